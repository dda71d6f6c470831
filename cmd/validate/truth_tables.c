// SPDX-License-Identifier: GPL-2.0-only
/* Accesses and lines by class of work, by field and by kernel function; misses by level; sharing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "cmd/validate/truth_compare.h"

enum { TOP_FUNCTIONS = 15, STRUCT_PAGE_WORD = 8 };

int truth_print_table(const struct truth_opts *opts, struct table *t, struct error *err)
{
	return opts->markdown ? table_print_markdown(t, stdout, err) : table_print(t, stdout, err);
}

void truth_add_error(struct table *t, uint64_t truth, uint64_t predicted)
{
	if (!truth || !predicted)
		table_text(t, "-");
	else
		table_format(t, "%+.1f %%",
			     100 * ((double)predicted - (double)truth) / (double)truth);
}

static void add_class(struct table *t, const char *name, const struct truth_class *cls,
		      uint64_t all)
{
	table_row(t);
	table_text(t, name);
	table_count(t, cls->seen);
	table_format(t, "%.1f", truth_share(cls->seen, all));
	table_count(t, cls->predicted);
	truth_add_error(t, cls->seen, cls->predicted);
	table_count(t, cls->lines);
	table_count(t, cls->predicted_lines);
	table_count(t, cls->seen_atomics);
	table_count(t, cls->predicted_atomics);
}

static int print_classes(const struct truth_opts *o, const struct truth_comparison *c,
			 struct error *err)
{
	static const struct table_column columns[] = {
		{"CLASS", false},    {"ACCESSES", true},
		{"% OF ALL", true},  {"PREDICTED", true},
		{"ERROR", true},     {"LINES", true},
		{"PREDICTED", true}, {"ATOMICS", true},
		{"PREDICTED", true}, {0},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (int work = 0; t && work < WORK_MAX; work++)
		if (c->works[work].seen || c->works[work].predicted)
			add_class(t, work_name(work), &c->works[work], c->total.seen);
	if (t)
		add_class(t, "all", &c->total, c->total.seen);
	return truth_print_table(o, t, err);
}

/* The fields of the layout that lie there in the first entry. */
static void name_words(const struct layout *layout, unsigned int from, unsigned int to, char *text,
		       size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (int field = 0; field < FIELD_MAX && len < size; field++) {
		const struct layout_place *place = &layout->places[field];
		const char *name = field_name(field);

		if (place->at >= to || place->at + place->size <= from || !place->size)
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "", name);
	}
}

/* Words of a list are one row: the access map says of a field how often it is touched, not which of its words. */
static unsigned int row_end(const struct layout *layout, unsigned int at)
{
	const struct layout_place *lru = &layout->places[FIELD_FOLIO_LRU];

	return at == lru->at ? at + lru->size : at + STRUCT_PAGE_WORD;
}

static int print_fields(const struct truth_opts *o, const struct truth_comparison *c,
			struct error *err)
{
	static const struct table_column columns[] = {
		{"OFFSET", true}, {"ACCESSES", true},	      {"PREDICTED", true},
		{"ERROR", true},  {"WHAT LIES THERE", false}, {0},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (unsigned int at = 0, end; t && at < c->layout->page_size; at = end) {
		uint64_t seen = 0, predicted = 0;
		char names[256];

		end = row_end(c->layout, at);
		for (unsigned int piece = at / 4; piece < end / 4; piece++) {
			seen += c->truth.pieces[piece];
			predicted += c->prediction.pieces[piece];
		}
		name_words(c->layout, at, end, names, sizeof(names));
		table_row(t);
		table_format(t, "%u", at);
		table_count(t, seen);
		table_count(t, predicted);
		truth_add_error(t, seen, predicted);
		table_text(t, names);
	}
	return truth_print_table(o, t, err);
}

static int print_misses(const struct truth_opts *o, const struct truth_comparison *c,
			struct error *err)
{
	static const struct table_column columns[] = {
		{"MISSED", false},	   {"ACCESSES", true},
		{"PREDICTED", true},	   {"ERROR", true},
		{"IN THE EMULATOR", true}, {"ERROR", true},
		{"OTHER DATA", true},	   {0},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (enum cache_level level = CACHE_L1; t && level < CACHE_MEMORY; level++) {
		uint64_t truth = truth_misses(c->hits, level);
		uint64_t predicted = truth_misses(c->predicted_hits, level);
		uint64_t emulator = truth_misses(c->emulator_hits, level);

		table_row(t);
		table_text(t, cache_level_name(level));
		table_count(t, truth);
		table_count(t, predicted);
		truth_add_error(t, truth, predicted);
		if (!c->window.cached) {
			for (int i = 0; i < 3; i++)
				table_text(t, "-");
			continue;
		}
		table_count(t, emulator);
		truth_add_error(t, emulator, predicted);
		table_count(t, truth_misses(c->window.other_hits, level));
	}
	return truth_print_table(o, t, err);
}

static void add_sharing(struct table *t, const char *name, uint64_t truth, uint64_t predicted)
{
	table_row(t);
	table_text(t, name);
	table_count(t, truth);
	table_count(t, predicted);
	truth_add_error(t, truth, predicted);
}

/* True or false is said of the first access that misses, and of a predicted operation as a whole: both do compare. */
static int print_sharing(const struct truth_opts *o, const struct truth_comparison *c,
			 struct error *err)
{
	static const struct table_column columns[] = {
		{"SHARING", false}, {"ACCESSES", true}, {"PREDICTED", true}, {"ERROR", true}, {0},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	if (t) {
		add_sharing(t, "true", c->sharing[SHARING_TRUE],
			    c->predicted_sharing[SHARING_TRUE]);
		add_sharing(t, "false", c->sharing[SHARING_FALSE],
			    c->predicted_sharing[SHARING_FALSE]);
		add_sharing(t, "both", c->sharing[SHARING_TRUE] + c->sharing[SHARING_FALSE],
			    c->predicted_sharing[SHARING_TRUE] +
				    c->predicted_sharing[SHARING_FALSE]);
	}
	return truth_print_table(o, t, err);
}

static int print_functions(const struct truth_opts *o, const struct truth_comparison *c,
			   struct error *err)
{
	static const struct table_column columns[] = {
		{"FUNCTION", false}, {"CLASS", false},	{"ACCESSES", true},    {"% OF ALL", true},
		{"STORES", true},    {"ATOMICS", true}, {"UNEXPLAINED", true}, {0},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (size_t i = 0; t && i < c->nr_functions && i < TOP_FUNCTIONS; i++) {
		const struct truth_function *f = &c->functions[i];

		table_row(t);
		table_text(t, f->name);
		table_text(t, work_name(f->work));
		table_count(t, f->accesses);
		table_format(t, "%.1f", truth_share(f->accesses, c->total.seen));
		table_count(t, f->seen->stores);
		table_count(t, f->seen->atomics);
		table_count(t, truth_unexplained(c, f));
	}
	return truth_print_table(o, t, err);
}

static void print_head(const struct truth_comparison *c)
{
	time_t start = (time_t)(c->truth.meta.start_unix_ns / 1000000000);
	char date[16] = "";
	struct tm tm;

	if (gmtime_r(&start, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	/* cmd/report/sections/measured.awk reads this line */
	printf("%s, %s, recorded %s: %" PRIu64
	       " accesses to the memmap in %.3f s, %.1f %% of them explained by %" PRIu64
	       " events; %" PRIu64 " events lost, %" PRIu64 " lookups of unknown folios.\n\n",
	       c->truth.meta.kernel, c->layout->name, date, c->total.seen,
	       (double)(c->window.to_ns - c->window.from_ns) / 1e9,
	       truth_share(c->explained, c->total.seen), c->prediction.events, c->prediction.lost,
	       c->prediction.unresolved);
}

int truth_print(const struct truth_opts *o, const struct truth_comparison *c, struct error *err)
{
	int r;

	print_head(c);
	r = print_classes(o, c, err);
	puts("");
	if (!r)
		r = print_fields(o, c, err);
	puts("");
	if (!r)
		r = print_misses(o, c, err);
	puts("");
	if (!r && c->truth.meta.nr_cpus > 1) {
		r = print_sharing(o, c, err);
		puts("");
	}
	return r ? r : print_functions(o, c, err);
}

enum { SUMMARY_COLUMNS = 3 };

static bool in_summary(int work)
{
	return work != WORK_RECORDER && work != WORK_OTHER && work != WORK_DAEMON;
}

struct table *truth_summary_create(struct error *err)
{
	struct table_column columns[SUMMARY_COLUMNS + WORK_MAX + 1] = {
		{"RUN", false}, {"EXPLAINED", true}, {"ALL", true}};
	size_t n = SUMMARY_COLUMNS;

	for (int work = 0; work < WORK_MAX; work++)
		if (in_summary(work))
			columns[n++] = (struct table_column){work_name(work), true};
	return table_create(columns, err);
}

void truth_name_run(const char *path, char name[128])
{
	const char *end = strrchr(path, '/'), *p = end ? end : path + strlen(path);

	end = p;
	for (int slashes = 0; p > path; p--)
		if (p[-1] == '/' && ++slashes == 2)
			break;
	(void)snprintf(name, 128, "%.*s", (int)(end - p), p);
}

static void add_errors(struct table *t, const struct truth_comparison *c, bool as_often)
{
	table_format(t, "%.1f %%",
		     truth_share(as_often ? c->explained_as_often : c->explained, c->total.seen));
	truth_add_error(t, c->total.seen, as_often ? c->total.as_often : c->total.predicted);
	for (int work = 0; work < WORK_MAX; work++) {
		const struct truth_class *cls = &c->works[work];

		if (!in_summary(work))
			continue;
		/* less than one in a hundred says nothing about the whole */
		if (cls->seen < c->total.seen / 100)
			table_text(t, "-");
		else
			truth_add_error(t, cls->seen, as_often ? cls->as_often : cls->predicted);
	}
}

void truth_summary_add(struct table *t, const struct truth_comparison *c)
{
	char run[128], from[128];

	truth_name_run(c->accesses, run);
	truth_name_run(c->events, from);
	table_row(t);
	if (strcmp(run, from) != 0)
		table_format(t, "%s from %s", run, from);
	else
		table_text(t, run);
	add_errors(t, c, false);
	if (!c->other_run)
		return;
	table_row(t);
	table_text(t, "... as often");
	add_errors(t, c, true);
}
