// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_nodes.h"

#include <stdio.h>
#include <string.h>

#include "cmd/table.h"

static void print_latency(const struct machine *m, enum machine_figure_id id, const char *what)
{
	char value[32];

	printf(", %s %s ns (%s)", what, machine_format(m, id, value, sizeof(value)),
	       machine_how_name(m->figures[id].how));
}

void replay_nodes_head(const struct replay_result *result)
{
	const struct machine *m = &result->machine;

	if (result->nr_nodes == 1 || result->memory_only)
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

static const struct table_column columns[] = {
	{"LAYOUT", false},  {"LOCAL", true},	 {"REMOTE", true},	  {"OTHER NODE", true},
	{"LOCAL MS", true}, {"REMOTE MS", true}, {"OTHER NODE MS", true}, {0},
};
enum { STALL_COLUMN = 1 + CACHE_SOURCE_MAX };

int replay_nodes_print(const struct replay_result *result, struct error *err)
{
	struct table_column shown[sizeof(columns) / sizeof(columns[0])];
	_cleanup_(table_destroyp) struct table *t = NULL;

	if (result->nr_nodes == 1)
		return 0;
	memcpy(shown, columns, sizeof(columns));
	if (!result->has_stall)
		shown[STALL_COLUMN] = (struct table_column){0};
	t = table_create(shown, err);
	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct op_cost *cost = &result->layouts[i].total;

		table_row(t);
		table_text(t, result->layouts[i].layout->name);
		for (int source = 0; source < CACHE_SOURCE_MAX; source++)
			table_count(t, cost->from[source]);
		for (int source = 0; result->has_stall && source < CACHE_SOURCE_MAX; source++)
			table_format(t, "%.3f", op_cost_ms(cost->from_fs[source]));
	}
	puts("");
	return table_print(t, stdout, err);
}
