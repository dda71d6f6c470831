// SPDX-License-Identifier: GPL-2.0-only
/* What comes from which NUMA node, where a machine has several. */
#include <math.h>

#include "cmd/report/report.h"

enum { NS_LEN = 32 };

static void add_row(struct report_table *t, const struct report_trace *trace,
		    const struct layout_result *l)
{
	const struct replay_result *result = trace->result;

	report_cell_text(t, trace->name);
	report_cell_text(t, l->layout->name);
	for (int source = 0; source < CACHE_SOURCE_MAX; source++)
		report_cell_real(t, report_per_second(result, (double)l->total.from[source]));
	for (int source = 0; source < CACHE_SOURCE_MAX; source++)
		report_cell_real(
			t, result->has_stall
				   ? report_per_second(result,
						       1000 * op_cost_ms(l->total.from_fs[source]))
				   : NAN);
}

static const char *format(const struct machine *m, enum machine_figure_id id, char ns[NS_LEN])
{
	return machine_format(m, id, ns, NS_LEN);
}

static const char *how(const struct machine *m, enum machine_figure_id id)
{
	return machine_how_name(m->figures[id].how);
}

static void describe(struct report *r, const struct replay_result *result)
{
	char ns[3][NS_LEN];
	const struct machine *m = &result->machine;
	struct report_text text = {.len = 0};

	report_add(&text,
		   "Of lines that no cache of a CPU's NUMA node had: those that its own memory "
		   "gave, the memory of another node, and the caches of another node, which had "
		   "written them. Each node has a last-level cache of its own; entries of the "
		   "memmap and descriptors are taken to lie on the node of their pages. ");
	if (m->nodes)
		report_add(&text,
			   "The machine profile supposes %u nodes, which share CPUs and memory "
			   "evenly.",
			   result->nr_nodes);
	else
		report_add(&text, "Whose pages and CPUs are which was recorded.");
	if (result->has_stall)
		report_add(&text,
			   " It is %s ns (%s) to local, %s ns (%s) to remote memory, and "
			   "%s ns (%s) to another node's caches.",
			   format(m, FIGURE_LATENCY_MEMORY, ns[0]), how(m, FIGURE_LATENCY_MEMORY),
			   format(m, FIGURE_LATENCY_REMOTE, ns[1]), how(m, FIGURE_LATENCY_REMOTE),
			   format(m, FIGURE_TRANSFER, ns[2]), how(m, FIGURE_TRANSFER));
	report_paragraph(r, text.s);
}

void report_nodes(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"local_per_second", "local/s", REPORT_RATE},
		{"remote_per_second", "remote/s", REPORT_RATE},
		{"other_node_per_second", "other/s", REPORT_RATE},
		{"local_stall_us_per_second", "local us/s", REPORT_RATE},
		{"remote_stall_us_per_second", "remote us/s", REPORT_RATE},
		{"other_node_stall_us_per_second", "other us/s", REPORT_RATE},
	};
	struct report_table *t = NULL;

	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *result = runs->traces[i].result;

		if (result->nr_nodes == 1)
			continue;
		if (!t) {
			describe(r, result);
			t = report_table(r, "nodes", "NUMA nodes");
			report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
			report_table_grouped(t);
		}
		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			add_row(t, &runs->traces[i], &result->layouts[l]);
	}
	if (t)
		report_show_table(r, t);
}
