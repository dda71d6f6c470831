// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_nodes.h"

#include <stdio.h>

#include "cmd/table.h"

static void print_latency(const struct machine *m, enum machine_figure_id id, const char *what)
{
	char value[32];

	printf(", %s %s ns (%s)", what, machine_format(m, id, value, sizeof(value)),
	       machine_how_name(m->figures[id].how));
}

static void print_groups(const struct replay_result *result)
{
	const struct machine *m = &result->machine;

	printf("last levels: %u, shared by %u CPUs each, in the order of their numbers",
	       result->nr_last_levels, result->geometry.llc_cpus);
	if (result->has_stall) {
		if (result->nr_nodes == 1)
			print_latency(m, FIGURE_LATENCY_MEMORY, "memory");
		print_latency(m, FIGURE_GROUP, "written by CPUs of another");
	}
	puts("");
}

void replay_nodes_head(const struct replay_result *result)
{
	const struct machine *m = &result->machine;

	if (result->memory_only)
		return;
	if (result->has_groups)
		print_groups(result);
	if (result->nr_nodes == 1)
		return;
	printf("nodes: %u, %s; caches are those of each; descriptors lie on the node of their "
	       "pages",
	       result->nr_nodes,
	       m->nodes ? "as the machine profile supposes, which share CPUs and memory evenly"
			: "as recorded");
	if (result->has_stall) {
		print_latency(m, FIGURE_LATENCY_MEMORY, "local");
		print_latency(m, FIGURE_LATENCY_REMOTE, "remote");
		print_latency(m, FIGURE_TRANSFER, "written on another");
	}
	puts("");
}

/* By enum cache_source. */
static const char *const lines_columns[] = {"LOCAL", "REMOTE", "OTHER NODE", "OTHER LLC"};
static const char *const stall_columns[] = {"LOCAL MS", "REMOTE MS", "OTHER NODE MS",
					    "OTHER LLC MS"};

static struct table_column *add_columns(const struct replay_result *result,
					const char *const names[CACHE_SOURCE_MAX],
					struct table_column *next)
{
	for (int source = 0; source < CACHE_SOURCE_MAX; source++)
		if (replay_has_source(result, (enum cache_source)source))
			*next++ = (struct table_column){names[source], true};
	return next;
}

static void print_row(const struct replay_result *result, const struct layout_result *l,
		      struct table *t)
{
	table_row(t);
	table_text(t, l->layout->name);
	for (int source = 0; source < CACHE_SOURCE_MAX; source++)
		if (replay_has_source(result, (enum cache_source)source))
			table_count(t, l->total.from[source]);
	for (int source = 0; result->has_stall && source < CACHE_SOURCE_MAX; source++)
		if (replay_has_source(result, (enum cache_source)source))
			table_format(t, "%.3f", op_cost_ms(l->total.from_fs[source]));
}

int replay_nodes_print(const struct replay_result *result, struct error *err)
{
	struct table_column columns[2 + 2 * CACHE_SOURCE_MAX] = {{"LAYOUT", false}};
	_cleanup_(table_destroyp) struct table *t = NULL;
	struct table_column *next;

	if (!replay_has_source(result, CACHE_LOCAL))
		return 0;
	next = add_columns(result, lines_columns, &columns[1]);
	if (result->has_stall)
		add_columns(result, stall_columns, next);
	t = table_create(columns, err);
	for (size_t i = 0; t && i < result->nr_layouts; i++)
		print_row(result, &result->layouts[i], t);
	puts("");
	return table_print(t, stdout, err);
}
