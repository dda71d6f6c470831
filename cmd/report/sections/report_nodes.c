// SPDX-License-Identifier: GPL-2.0-only
/* What comes from which NUMA node, where a machine has several. */
#include <math.h>

#include "cmd/report/sections/report_sections.h"

enum { NS_LEN = 32 };

static void add_row(struct report_table *t, const struct report_trace *trace,
		    const struct layout_result *l, int nr_sources)
{
	const struct replay_result *result = trace->result;

	report_cell_text(t, trace->name);
	report_cell_text(t, l->layout->name);
	for (int source = 0; source < nr_sources; source++)
		report_cell_real(t, report_per_second(result, (double)l->total.from[source]));
	for (int source = 0; source < nr_sources; source++)
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

/* Which caches are whose. */
static void describe_machine(struct report_text *text, const struct replay_result *result)
{
	if (result->has_groups)
		report_add(
			text,
			"Of lines that no cache behind a CPU's last level had: those that the "
			"memory of its NUMA node gave, the memory of another node, the caches of "
			"another node, which had written them, and those behind another last "
			"level of the node (LLC), likewise. One is shared by %u CPUs, in the "
			"order of their numbers; ",
			result->geometry.llc_cpus);
	else
		report_add(text, "Of lines that no cache of a CPU's NUMA node had: those that its "
				 "own memory "
				 "gave, the memory of another node, and the caches of another "
				 "node, which had "
				 "written them. Each node has a last-level cache of its own; ");
	report_add(text, "entries of the memmap and descriptors are taken to lie on the node of "
			 "their pages.");
	if (result->machine.nodes && result->nr_nodes > 1)
		report_add(text,
			   " The machine profile supposes %u nodes, which share CPUs and memory "
			   "evenly.",
			   result->nr_nodes);
	else if (result->nr_nodes > 1)
		report_add(text, " Whose pages and CPUs are which was recorded.");
}

static void describe(struct report *r, const struct replay_result *result)
{
	char ns[4][NS_LEN];
	const struct machine *m = &result->machine;
	struct report_text text = {.len = 0};

	describe_machine(&text, result);
	if (result->has_stall && result->nr_nodes > 1)
		report_add(&text,
			   " It is %s ns (%s) to local, %s ns (%s) to remote memory, and "
			   "%s ns (%s) to another node's caches.",
			   format(m, FIGURE_LATENCY_MEMORY, ns[0]), how(m, FIGURE_LATENCY_MEMORY),
			   format(m, FIGURE_LATENCY_REMOTE, ns[1]), how(m, FIGURE_LATENCY_REMOTE),
			   format(m, FIGURE_TRANSFER, ns[2]), how(m, FIGURE_TRANSFER));
	if (result->has_stall && result->has_groups)
		report_add(&text, " It is %s ns (%s) to another last level of the node.",
			   format(m, FIGURE_GROUP, ns[3]), how(m, FIGURE_GROUP));
	report_paragraph(r, text.s);
}

/* Whether any of them has last levels that not all CPUs of a node share. */
static bool have_groups(const struct report_runs *runs)
{
	bool found = false;

	for (size_t i = 0; i < runs->nr; i++)
		found |= runs->traces[i].result->has_groups;
	return found;
}

static struct report_table *make_table(struct report *r, int nr_sources)
{
	static const struct report_column_spec first[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
	};
	static const struct report_column_spec lines[CACHE_SOURCE_MAX] = {
		{"local_per_second", "local/s", REPORT_RATE},
		{"remote_per_second", "remote/s", REPORT_RATE},
		{"other_node_per_second", "other/s", REPORT_RATE},
		{"other_group_per_second", "LLC/s", REPORT_RATE},
	};
	static const struct report_column_spec stall[CACHE_SOURCE_MAX] = {
		{"local_stall_us_per_second", "local us/s", REPORT_RATE},
		{"remote_stall_us_per_second", "remote us/s", REPORT_RATE},
		{"other_node_stall_us_per_second", "other us/s", REPORT_RATE},
		{"other_group_stall_us_per_second", "LLC us/s", REPORT_RATE},
	};
	struct report_table *t = report_table(r, "nodes", "NUMA nodes");

	report_columns(t, first, sizeof(first) / sizeof(first[0]));
	report_columns(t, lines, (size_t)nr_sources);
	report_columns(t, stall, (size_t)nr_sources);
	report_table_grouped(t);
	return t;
}

void report_nodes(struct report *r, const struct report_runs *runs)
{
	const int nr_sources = have_groups(runs) ? CACHE_SOURCE_MAX : CACHE_OTHER_GROUP;
	struct report_table *t = NULL;

	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *result = runs->traces[i].result;

		if (!replay_has_source(result, CACHE_LOCAL))
			continue;
		if (!t) {
			describe(r, result);
			t = make_table(r, nr_sources);
		}
		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			add_row(t, &runs->traces[i], &result->layouts[l], nr_sources);
	}
	if (t)
		report_show_table(r, t);
}
