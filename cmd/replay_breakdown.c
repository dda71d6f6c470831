// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay_breakdown.h"

#include <stdio.h>

#include "base/page_kind.h"
#include "cmd/table.h"

enum { NAME_MAX_LEN = 96 };

/* One way to take costs apart: `nr` parts at most; false: this one has nothing, in this layout. */
struct way {
	const char *column, *doc;
	unsigned int nr;
	bool (*part)(const struct layout_result *r, unsigned int i, char name[NAME_MAX_LEN],
		     struct breakdown_row *ret);
};

static bool has_something(const struct breakdown_row *row)
{
	return row->accesses || row->lines;
}

static bool structure(const struct layout_result *r, unsigned int i, char name[NAME_MAX_LEN],
		      struct breakdown_row *ret)
{
	if (i > r->layout->nr_objects)
		return false;
	breakdown_structure(r->breakdown, i, ret);
	snprintf(name, NAME_MAX_LEN, "%s", breakdown_structure_name(r->layout, i));
	return has_something(ret);
}

/* Of all structures together: a field that is in several of them is one. */
static bool field(const struct layout_result *r, unsigned int i, char name[NAME_MAX_LEN],
		  struct breakdown_row *ret)
{
	breakdown_field(r->breakdown, i, ret);
	snprintf(name, NAME_MAX_LEN, "%s", breakdown_field_name(i));
	return has_something(ret);
}

static bool kind(const struct layout_result *r, unsigned int i, char name[NAME_MAX_LEN],
		 struct breakdown_row *ret)
{
	breakdown_kind(r->breakdown, i, ret);
	snprintf(name, NAME_MAX_LEN, "%s", page_kind_name(i));
	return has_something(ret);
}

static bool order(const struct layout_result *r, unsigned int i, char name[NAME_MAX_LEN],
		  struct breakdown_row *ret)
{
	breakdown_order(r->breakdown, i, ret);
	snprintf(name, NAME_MAX_LEN, "%u", i);
	return has_something(ret);
}

static const struct way ways[] = {
	{"STRUCTURE", "By structure: the memmap, and each kind of descriptor.",
	 BREAKDOWN_STRUCTURES, structure},
	{"FIELD", "By field: a line counts with the field that the operation touches first in it.",
	 BREAKDOWN_FIELDS, field},
	{"KIND", "By kind of page that the operation is about.", PAGE_KIND_MAX, kind},
	{"ORDER", "By order of the unit that the operation is about.", LAYOUT_MAX_ORDER + 1, order},
};

static int print_way(const struct way *way, const struct replay_result *result, struct error *err)
{
	const struct table_column columns[] = {
		{"LAYOUT", false}, {way->column, false}, {"ACCESSES", true},
		{"LINES", true},   {"L1", true},	 {"L2", true},
		{"LLC", true},	   {"MEMORY", true},	 {0},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (unsigned int i = 0; t && i < way->nr; i++)
		for (size_t layout = 0; layout < result->nr_layouts; layout++) {
			const struct layout_result *r = &result->layouts[layout];
			struct breakdown_row row;
			char name[NAME_MAX_LEN];

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

	for (size_t i = 0; !r && i < sizeof(ways) / sizeof(ways[0]); i++)
		r = print_way(&ways[i], result, err);
	return r;
}
