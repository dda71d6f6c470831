// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/table.h"

enum { TOP_FUNCTIONS = 30 };

static const struct table_column lost_columns[] = {
	{"LAYOUT", false},
	{"LOOKUPS", true},
#define STREAM_LOST(name, text) {"NOT CHARGED: " #name, true},
	STREAM_LOSSES(STREAM_LOST)
#undef STREAM_LOST
		{0},
};

static int print_lost(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(lost_columns, err);

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct stream_result *s = result->layouts[i].stream;

		table_row(t);
		table_text(t, result->layouts[i].layout->name);
		table_count(t, s->lookups);
#define STREAM_LOST(name, text) table_count(t, s->name);
		STREAM_LOSSES(STREAM_LOST)
#undef STREAM_LOST
	}
	puts("");
	return table_print(t, stdout, err);
}

static const struct table_column cost_columns[] = {
	{"LAYOUT", false}, {"FUNCTION", false},
	{"TURNS", true},   {"ACCESSES", true},
	{"LINES", true},   {"L1", true},
	{"L2", true},	   {"LLC", true},
	{"MEMORY", true},  {0},
};

/* By accesses, then as the trace has them. */
static int by_accesses(const void *a, const void *b, void *ctx)
{
	const struct stream_result *s = ctx;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	uint64_t n = s->functions[x].accesses, m = s->functions[y].accesses;

	if (n != m)
		return n > m ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void function_row(struct table *t, const struct replay_result *result, size_t layout,
			 size_t function)
{
	const struct layout_result *r = &result->layouts[layout];
	const struct op_cost *cost = &r->stream->functions[function];

	table_row(t);
	table_text(t, r->layout->name);
	table_text(t, function < r->stream->nr_functions ? result->meta.functions[function].name
							 : "[unknown]");
	table_count(t, cost->count);
	table_count(t, cost->accesses);
	table_count(t, cost->lines);
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		table_count(t, cost->hits[level]);
}

static int print_functions(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(cost_columns, err);
	struct stream_result *first = result->layouts[0].stream;
	size_t nr = first->nr_functions + 1, shown = nr < TOP_FUNCTIONS ? nr : TOP_FUNCTIONS;
	_cleanup_free_ size_t *order = calloc(nr, sizeof(*order));

	if (!order)
		return error_nomem(err);
	for (size_t i = 0; i < nr; i++)
		order[i] = i;
	qsort_r(order, nr, sizeof(*order), by_accesses, first);
	for (size_t i = 0; t && i < shown && first->functions[order[i]].accesses; i++)
		for (size_t layout = 0; layout < result->nr_layouts; layout++)
			function_row(t, result, layout, order[i]);
	printf("\nThe kernel functions that access most; --json has all %zu.\n\n",
	       first->nr_functions);
	return table_print(t, stdout, err);
}

static const struct table_column field_columns[] = {
	{"LAYOUT", false},  {"FIELD", false},
	{"ACCESSES", true}, {"STORES", true},
	{"ATOMICS", true},  {"L1", true},
	{"L2", true},	    {"LLC", true},
	{"MEMORY", true},   {0},
};

static int print_fields(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(field_columns, err);

	for (int field = 0; t && field < FIELD_MAX; field++) {
		for (size_t i = 0; i < result->nr_layouts; i++) {
			const struct stream_field *f = &result->layouts[i].stream->fields[field];

			if (!f->accesses)
				continue;
			table_row(t);
			table_text(t, result->layouts[i].layout->name);
			table_text(t, field_name(field));
			table_count(t, f->accesses);
			table_count(t, f->stores);
			table_count(t, f->atomics);
			for (int level = 0; level < CACHE_LEVEL_MAX; level++)
				table_count(t, f->hits[level]);
		}
	}
	printf("\nThe fields of %s that were accessed, and where each layout had them.\n\n",
	       result->meta.layout);
	return table_print(t, stdout, err);
}

int replay_stream_print(const struct replay_result *result, bool by_function, struct error *err)
{
	int r = print_lost(result, err);

	if (!r && by_function)
		r = print_functions(result, err);
	if (!r && by_function)
		r = print_fields(result, err);
	return r;
}
