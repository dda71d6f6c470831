// SPDX-License-Identifier: GPL-2.0-only
/* Whose the misses are: of which structure, and of operations on which kinds and orders of pages. */
#include <string.h>

#include "cmd/replay/replay_breakdown.h"
#include "cmd/report/sections/report_sections.h"

/* The part of that name in this layout; layouts have different structures. */
static bool find(const struct breakdown_way *way, const struct layout_result *l, const char *name,
		 struct breakdown_row *ret)
{
	char other[BREAKDOWN_NAME];

	for (unsigned int i = 0; i < way->nr; i++)
		if (way->part(l, i, other, ret) && !strcmp(other, name))
			return true;
	return false;
}

/* One row for each name, as the first layout that has it comes to it. */
static void add_part(struct report_table *t, const struct report_trace *trace,
		     const struct breakdown_way *way, const char *by, size_t layout, unsigned int i)
{
	const struct replay_result *result = trace->result;
	char name[BREAKDOWN_NAME];
	struct breakdown_row row;
	uint64_t fetches = 0;

	if (!way->part(&result->layouts[layout], i, name, &row))
		return;
	for (size_t l = 0; l < result->nr_layouts; l++) {
		if (!find(way, &result->layouts[l], name, &row))
			continue;
		if (l < layout)
			return;
		fetches += row.hits[CACHE_MEMORY];
	}
	if (!fetches)
		return;
	report_cell_text(t, trace->name);
	report_cell_text(t, by);
	report_cell_text(t, name);
	for (size_t l = 0; l < result->nr_layouts; l++) {
		if (find(way, &result->layouts[l], name, &row))
			report_cell_real(t,
					 report_per_second(result, (double)row.hits[CACHE_MEMORY]));
		else
			report_cell_none(t);
	}
}

static void add_trace(struct report_table *t, const struct report_trace *trace)
{
	static const struct {
		int way;
		const char *by;
	} shown[] = {{BY_STRUCTURE, "structure"}, {BY_KIND, "kind"}, {BY_ORDER, "order"}};

	for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++) {
		const struct breakdown_way *way = &breakdown_ways[shown[k].way];

		for (size_t l = 0; l < trace->result->nr_layouts; l++)
			for (unsigned int i = 0; i < way->nr; i++)
				add_part(t, trace, way, shown[k].by, l, i);
	}
}

void report_breakdown(struct report *r, const struct report_runs *runs)
{
	struct report_table *t = report_table(
		r, "breakdown", "Lines fetched from memory in a second, by whose they are");

	report_column(t, "trace", "trace", REPORT_TEXT);
	report_column(t, "by", "by", REPORT_TEXT);
	report_column(t, "part", "part", REPORT_TEXT);
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		const char *name = report_layout_name(runs, l);
		struct report_text key = {.len = 0};

		report_add(&key, "fetches_per_second.%s", name);
		report_column(t, key.s, name, REPORT_RATE);
	}
	report_table_grouped(t);
	if (runs->nr > 1)
		report_table_detail(t);
	for (size_t i = 0; i < runs->nr; i++)
		if (runs->traces[i].result->events)
			add_trace(t, &runs->traces[i]);
	report_paragraph(r,
			 "The same misses by the structure that they are in, and by the kind of "
			 "page and the order of the unit that the operation was about: each of the "
			 "three comes to all of them. memsim replay --breakdown also tells the "
			 "fields.");
	report_show_table(r, t);
}
