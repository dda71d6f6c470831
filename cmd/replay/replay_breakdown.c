// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_breakdown.h"

#include <stdio.h>

#include "base/page_kind.h"
#include "cmd/table.h"

static bool has_something(const struct breakdown_row *row)
{
	return row->accesses || row->lines;
}

static bool structure(const struct layout_result *r, unsigned int i, char name[BREAKDOWN_NAME],
		      struct breakdown_row *ret)
{
	if (i > r->layout->nr_objects)
		return false;
	breakdown_structure(r->breakdown, i, ret);
	snprintf(name, BREAKDOWN_NAME, "%s", breakdown_structure_name(r->layout, i));
	return has_something(ret);
}

/* Of all structures together: a field that is in several of them is one. */
static bool field(const struct layout_result *r, unsigned int i, char name[BREAKDOWN_NAME],
		  struct breakdown_row *ret)
{
	breakdown_field(r->breakdown, i, ret);
	snprintf(name, BREAKDOWN_NAME, "%s", breakdown_field_name(i));
	return has_something(ret);
}

static bool kind(const struct layout_result *r, unsigned int i, char name[BREAKDOWN_NAME],
		 struct breakdown_row *ret)
{
	breakdown_kind(r->breakdown, i, ret);
	snprintf(name, BREAKDOWN_NAME, "%s", page_kind_name(i));
	return has_something(ret);
}

static bool order(const struct layout_result *r, unsigned int i, char name[BREAKDOWN_NAME],
		  struct breakdown_row *ret)
{
	breakdown_order(r->breakdown, i, ret);
	snprintf(name, BREAKDOWN_NAME, "%u", i);
	return has_something(ret);
}

const struct breakdown_way breakdown_ways[BREAKDOWN_WAYS] = {
	[BY_STRUCTURE] = {"STRUCTURE", "By structure: the memmap, and each kind of descriptor.",
			  BREAKDOWN_STRUCTURES, structure},
	{"FIELD", "By field: a line counts with the field that the operation touches first in it.",
	 BREAKDOWN_FIELDS, field},
	[BY_KIND] = {"KIND", "By kind of page that the operation is about.", PAGE_KIND_MAX, kind},
	[BY_ORDER] = {"ORDER", "By order of the unit that the operation is about.",
		      LAYOUT_MAX_ORDER + 1, order},
};

static int print_way(const struct breakdown_way *way, const struct replay_result *result,
		     struct error *err)
{
	const struct table_column columns[] = {
		{"LAYOUT", false}, {way->name, false}, {"ACCESSES", true},
		{"LINES", true},   {"L1", true},       {"L2", true},
		{"LLC", true},	   {"MEMORY", true},   {0},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (unsigned int i = 0; t && i < way->nr; i++)
		for (size_t layout = 0; layout < result->nr_layouts; layout++) {
			const struct layout_result *r = &result->layouts[layout];
			struct breakdown_row row;
			char name[BREAKDOWN_NAME];

			if (!way->part(r, i, name, &row))
				continue;
			table_row(t);
			table_text(t, r->layout->name);
			table_text(t, name);
			table_count(t, row.accesses);
			table_count(t, row.lines);
			for (int level = 0; level < CACHE_LEVEL_MAX; level++)
				table_count(t, row.hits[level]);
		}
	printf("\n%s\n\n", way->doc);
	return table_print(t, stdout, err);
}

int replay_breakdown_print(const struct replay_result *result, struct error *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < BREAKDOWN_WAYS; i++)
		r = print_way(&breakdown_ways[i], result, err);
	return r;
}
