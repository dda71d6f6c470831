// SPDX-License-Identifier: GPL-2.0-only
/* Accesses by class of work, by kernel function and by field; misses by level. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/truth/explain.h"

enum { TOP_FUNCTIONS = 15 };

static void add_class(struct table *t, const char *name, const struct seen *seen,
		      uint64_t predicted, uint64_t predicted_atomics, uint64_t all)
{
	table_row(t);
	table_text(t, name);
	table_count(t, seen->accesses);
	table_format(t, "%.1f", share(seen->accesses, all));
	table_count(t, predicted);
	if (seen->accesses && predicted)
		table_format(t, "%.2f", (double)predicted / (double)seen->accesses);
	else
		table_text(t, "-");
	table_count(t, seen->atomics);
	table_count(t, predicted_atomics);
}

int print(const struct options *o, struct table *t, struct error *err)
{
	return o->markdown ? table_print_markdown(t, stdout, err) : table_print(t, stdout, err);
}

int print_classes(const struct options *o, const struct comparison *c, struct error *err)
{
	static const struct table_column columns[] = {
		{"CLASS", false},	   {"TRUTH", true},
		{"% OF ALL", true},	   {"PREDICTED", true},
		{"PREDICTED/TRUTH", true}, {"ATOMICS", true},
		{"PREDICTED", true},	   {NULL, false},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);
	struct seen all = c->truth.total;

	all.accesses = c->all;
	for (int work = 0; work < WORK_MAX && t; work++)
		if (work != WORK_RECORDER && (c->truth.works[work].accesses || c->predicted[work]))
			add_class(t, work_name(work), &c->truth.works[work], c->predicted[work],
				  c->predicted_atomics[work], c->all);
	if (t)
		add_class(t, "all", &all, c->predicted_total, c->predicted_atomics_total, c->all);
	return print(o, t, err);
}

/* What a class lacks, spread over its functions: no operation says which function it stands for. */
static uint64_t unexplained(const struct comparison *c, const struct function *f)
{
	uint64_t seen = c->truth.works[f->work].accesses, predicted = c->predicted[f->work];

	if (f->work == WORK_RECORDER || predicted >= seen)
		return 0;
	return (uint64_t)((double)f->seen.accesses * (double)(seen - predicted) / (double)seen);
}

static int by_unexplained(const void *a, const void *b, void *ctx)
{
	uint64_t x = unexplained(ctx, a), y = unexplained(ctx, b);

	return x > y ? -1 : x < y;
}

int print_functions(const struct options *o, struct comparison *c, struct error *err)
{
	static const struct table_column columns[] = {
		{"FUNCTION", false}, {"CLASS", false},	{"ACCESSES", true},    {"% OF ALL", true},
		{"STORES", true},    {"ATOMICS", true}, {"UNEXPLAINED", true}, {NULL, false},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	qsort_r(c->truth.functions, c->truth.nr_functions, sizeof(*c->truth.functions),
		by_unexplained, c);
	for (size_t i = 0; i < c->truth.nr_functions && i < TOP_FUNCTIONS && t; i++) {
		const struct function *f = &c->truth.functions[i];

		table_row(t);
		table_text(t, f->name);
		table_text(t, work_name(f->work));
		table_count(t, f->seen.accesses);
		table_format(t, "%.1f", share(f->seen.accesses, c->all));
		table_count(t, f->seen.stores);
		table_count(t, f->seen.atomics);
		table_count(t, unexplained(c, f));
	}
	return print(o, t, err);
}

/* The members of struct page that lie at these offsets in v5.18 to v7.3 (layouts/builtin/v6.12.yaml). */
int print_fields(const struct options *o, const struct comparison *c, struct error *err)
{
	static const struct table_column columns[] = {
		{"OFFSET", true},    {"WHAT LIES THERE", false}, {"TRUTH", true},
		{"PREDICTED", true}, {"PREDICTED/TRUTH", true},	 {NULL, false},
	};
	static const struct {
		unsigned int piece, nr;
		const char *what;
	} rows[] = {
		{0, 2, "flags"},
		{2, 4, "lru, buddy_list, compound_head; slab_cache, slab_list"},
		{6, 2, "mapping; slab_list"},
		{8, 2, "index; freelist"},
		{10, 2, "private; counters of a slab, page-table lock"},
		{12, 1, "_mapcount, page_type"},
		{13, 1, "_refcount"},
		{14, 2, "memcg_data, obj_exts"},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && t; i++) {
		uint64_t seen = 0, predicted = 0;

		for (unsigned int j = rows[i].piece; j < rows[i].piece + rows[i].nr; j++) {
			seen += c->truth.pieces[j];
			predicted += c->prediction.pieces[j];
		}
		table_row(t);
		table_format(t, "%u", 4 * rows[i].piece);
		table_text(t, rows[i].what);
		table_count(t, seen);
		table_count(t, predicted);
		table_format(t, "%.2f", seen ? (double)predicted / (double)seen : 0);
	}
	return print(o, t, err);
}

int print_misses(const struct options *o, const struct comparison *c, struct error *err)
{
	static const struct table_column columns[] = {
		{"MISSED", false},
		{"TRUTH", true},
		{"PREDICTED", true},
		{"PREDICTED/TRUTH", true},
		{"BY OTHER DATA", true},
		{"THAT PER 1000 MEMMAP ACCESSES", true},
		{"PER MILLION INSTRUCTIONS", true},
		{"PER SECOND OF THE GUEST", true},
		{NULL, false},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);
	const struct truth *truth = &c->truth;

	for (enum cache_level level = CACHE_L1; level < CACHE_MEMORY && t; level++) {
		uint64_t seen = misses(truth->total.hits, level);
		uint64_t predicted = misses(c->predicted_hits, level);
		double fills = (double)misses(truth->other_hits, level);

		table_row(t);
		table_text(t, cache_level_name(level));
		table_count(t, seen);
		table_count(t, predicted);
		table_format(t, "%.2f", seen ? (double)predicted / (double)seen : 0);
		table_count(t, (uint64_t)fills);
		table_format(t, "%.1f", 1e3 * fills / (double)(truth->total.accesses + 1));
		table_format(t, "%.1f", 1e6 * fills / (double)(truth->instructions + 1));
		table_format(t, "%.0f", 1e9 * fills / (double)c->ns);
	}
	printf("%" PRIu64 " accesses to the memmap, %" PRIu64 " to all other data, %" PRIu64
	       " instructions.\n\n",
	       truth->total.accesses,
	       misses(truth->other_hits, CACHE_L1) + truth->other_hits[CACHE_L1],
	       truth->instructions);
	return print(o, t, err);
}

enum { SUMMARY_COLUMNS = 3 };

static bool in_summary(int work)
{
	return work != WORK_RECORDER && work != WORK_OTHER && work != WORK_DAEMON;
}

struct table *summary_create(struct error *err)
{
	struct table_column columns[SUMMARY_COLUMNS + WORK_MAX + 1] = {
		{"RUN", false}, {"EXPLAINED", true}, {"ALL", true}};
	size_t n = SUMMARY_COLUMNS;

	for (int work = 0; work < WORK_MAX; work++)
		if (in_summary(work))
			columns[n++] = (struct table_column){work_name(work), true};
	return table_create(columns, err);
}

/* The last two parts of a path: kernel and workload. */
static const char *run_name(const char *folder)
{
	const char *p = folder + strlen(folder);

	for (int slashes = 0; p > folder; p--)
		if (p[-1] == '/' && ++slashes == 2)
			break;
	return p;
}

/* The bars of issue 6: a class is to be within 10 % of truth, from another kernel's trace within 20 %. */
static void add_ratio(struct table *t, const struct options *o, double ratio)
{
	double bar = o->from ? 0.205 : 0.105;

	table_format(t, o->markdown && (ratio < 1 - bar || ratio > 1 + bar) ? "**%.2f**" : "%.2f",
		     ratio);
}

void summary_add(struct table *t, const struct options *o, const struct comparison *c)
{
	table_row(t);
	if (o->from)
		table_format(t, "%s from %s", run_name(o->folder), run_name(o->from));
	else
		table_text(t, run_name(o->folder));
	table_format(t, "%.1f %%", share(c->explained, c->all));
	table_format(t, "%.2f", (double)c->predicted_total / (double)c->all);
	for (int work = 0; work < WORK_MAX; work++) {
		uint64_t seen = c->truth.works[work].accesses;

		if (!in_summary(work))
			continue;
		/* less than one in a hundred says nothing about the whole */
		if (seen < c->all / 100)
			table_text(t, "-");
		else
			add_ratio(t, o, (double)c->predicted[work] / (double)seen);
	}
}
