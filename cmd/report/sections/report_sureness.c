// SPDX-License-Identifier: GPL-2.0-only
/* What would turn the answer round, in words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/sections/report_sections.h"

static bool is_all(const struct assumption *a)
{
	return !strcmp(a->name, ASSUMPTION_ALL);
}

/* Whether an assumption turns the sign by itself. */
static bool flips(const struct assumption *a, report_effect_fn *effect)
{
	return !is_all(a) && effect(a, 0) * effect(a, 1) < 0 && report_is_change(effect(a, 0)) &&
	       report_is_change(effect(a, 1));
}

/* How many traces there are in which this assumption turns the sign. */
static size_t count_flips(const struct report_runs *runs, const struct assumption *wanted,
			  report_effect_fn *effect)
{
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++)
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];

			nr += a->layout == wanted->layout && !strcmp(a->name, wanted->name) &&
			      flips(a, effect);
		}
	return nr;
}

/* The first time that this trace's assumption turns the sign, of all the traces. */
static bool is_told(const struct report_runs *runs, size_t trace, size_t index,
		    report_effect_fn *effect)
{
	const struct assumption *wanted = &runs->traces[trace].assumptions[index];

	for (size_t i = 0; i < trace; i++) {
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];

			if (a->layout == wanted->layout && !strcmp(a->name, wanted->name) &&
			    flips(a, effect))
				return true;
		}
	}
	return false;
}

/* What is told of the assumptions that turn the sign; the tables have the others. */
enum { MOST_FLIPS = 64, TOLD_FLIPS = 5 };

struct flip {
	const struct assumption *a; /* where it turned the sign first: in this trace */
	size_t trace, traces, order;
};

static int by_traces(const void *a, const void *b)
{
	const struct flip *x = a, *y = b;

	if (x->traces != y->traces)
		return x->traces > y->traces ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static size_t find_flips(const struct report_runs *runs, size_t layout, report_effect_fn *effect,
			 struct flip *ret)
{
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		for (size_t k = 0; k < runs->traces[i].nr_assumptions && nr < MOST_FLIPS; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];

			if (a->layout != layout || !flips(a, effect) || is_told(runs, i, k, effect))
				continue;
			ret[nr] = (struct flip){a, i, count_flips(runs, a, effect), nr};
			nr++;
		}
	}
	qsort(ret, nr, sizeof(*ret), by_traces);
	return nr;
}

/* What an assumption is about, for people who do not know the layouts' parameters. */
static void assumption_words(struct report_text *t, const char *name)
{
	static const struct {
		const char *name, *words;
	} known[] = {
		{"pressure", "background pressure"},
		{ASSUMPTION_IDLE, "what fills idle memory"},
		{ASSUMPTION_MACHINE, "machine, prefetchers"},
		{"folio.caches", "slab caches for folios"},
		{"census.fill", "fill of old slabs, %"},
		{"slub.sheaf", "objects in a sheaf"},
		{"freed.kept", "freed descriptors kept"},
		{"rcu.freeptr", "bytes of a free pointer"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i].name)) {
			report_add(t, "%s", known[i].words);
			return;
		}
	if (dot && !strcmp(dot, ".stride"))
		report_add(t, "%.*s stride, bytes", (int)(dot - name), name);
	else if (dot && !strcmp(dot, ".fraction"))
		report_add(t, "%.*s descriptors, %%", (int)(dot - name), name);
	else
		report_add(t, "%s descriptor, bytes", name);
}

/* Rows of the assumptions that turn the sign of a layout's comparison by themselves; returns how many are left out. */
static size_t turn_rows(struct report_table *table, const struct report_runs *runs, size_t layout,
			enum report_answer_of answer)
{
	report_effect_fn *effect = report_effects[answer];
	struct flip found[MOST_FLIPS];
	size_t nr = find_flips(runs, layout, effect, found);
	size_t told = runs->nr > 1 && nr > TOLD_FLIPS ? TOLD_FLIPS : nr;

	for (size_t i = 0; i < told; i++) {
		const struct report_trace *trace = &runs->traces[found[i].trace];
		const struct assumption *a = found[i].a;
		double now = report_as_assumed(runs, trace, layout, effect);
		int other = (effect(a, 0) < 0) == (now < 0);
		struct report_text words = {.len = 0};

		assumption_words(&words, a->name);
		report_cell_text(table, report_layout_name(runs, layout));
		report_cell_text(table, words.s);
		report_cell_text(table, report_answers[answer]);
		report_cell_text(table, a->standard);
		report_cell_real(table, now);
		report_cell_text(table, a->ends[other]);
		report_cell_real(table, effect(a, other));
		report_cell_int(table, (int64_t)found[i].traces);
	}
	return nr - told;
}

/* Errors of assumptions may add up: the changes with all of them at their best, and at their worst. */
static void joint_ends(const struct report_runs *runs, size_t layout, report_effect_fn *effect,
		       struct estimate ends[2])
{
	for (size_t i = 0; i < runs->nr; i++)
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];

			for (int end = 0; end < 2 && a->layout == layout && is_all(a); end++)
				estimate_add(&ends[end], effect(a, end));
		}
}

/* Whether an assumption matters in some recording; *at_best: and is, wherever it does, at the end that is best for the layout. */
static bool matters(const struct report_runs *runs, const struct assumption *wanted,
		    report_effect_fn *effect, bool *at_best)
{
	bool found = false, best_everywhere = true;

	for (size_t i = 0; i < runs->nr; i++)
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];
			int best = effect(a, 0) <= effect(a, 1) ? 0 : 1;

			if (a->layout != wanted->layout || strcmp(a->name, wanted->name) != 0 ||
			    !report_is_change(effect(a, 1) - effect(a, 0)))
				continue;
			found = true;
			best_everywhere &= !strcmp(a->standard, a->ends[best]);
		}
	*at_best = best_everywhere;
	return found;
}

/* Which side the figures are on that the answer gives: how many assumptions matter, and are at their best. */
static void leaning_cells(struct report_table *table, const struct report_runs *runs, size_t layout,
			  report_effect_fn *effect)
{
	int64_t best = 0, all = 0;

	for (size_t k = 0; k < runs->traces[0].nr_assumptions; k++) {
		const struct assumption *a = &runs->traces[0].assumptions[k];
		bool at_best;

		if (a->layout != layout || is_all(a) || !matters(runs, a, effect, &at_best))
			continue;
		best += at_best;
		all++;
	}
	report_cell_int(table, all);
	report_cell_int(table, best);
}

static void verdict_row(struct report_table *table, const struct report_runs *runs, size_t layout,
			enum report_answer_of answer, const struct estimate *now)
{
	struct estimate ends[2] = {{.nr = 0}, {.nr = 0}};
	struct report_text less = {.len = 0};

	if (!now->nr)
		return;
	joint_ends(runs, layout, report_effects[answer], ends);
	report_add(&less, "%zu of %zu", now->below, now->nr);
	report_cell_text(table, report_layout_name(runs, layout));
	report_cell_text(table, report_answers[answer]);
	report_cell_real(table, now->mean);
	report_cell_text(table, less.s);
	report_cell_real(table, ends[0].nr ? ends[0].min : NAN);
	report_cell_real(table, ends[1].nr ? ends[1].max : NAN);
	leaning_cells(table, runs, layout, report_effects[answer]);
}

static void write_verdicts(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"layout", "layout", REPORT_TEXT},
		{"answer", "what", REPORT_TEXT},
		{"assumed_change_percent", "mean", REPORT_CHANGE},
		{"less_in", "less in", REPORT_TEXT},
		{"best_change_percent", "all best", REPORT_CHANGE},
		{"worst_change_percent", "all worst", REPORT_CHANGE},
		{"matter", "matter", REPORT_COUNT},
		{"at_best", "at best", REPORT_COUNT},
	};
	struct report_table *t = report_table(r, "sureness", "How far assumptions carry");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;

		if (!report_is_proposal(runs, l))
			continue;
		overall_of(runs, l, &o);
		verdict_row(t, runs, l, ANSWER_MEMORY, &o.change);
		verdict_row(t, runs, l, ANSWER_FETCHES, &o.fetches_change);
	}
	if (t && t->nr_rows)
		report_show_table(r, t);
}

static void write_turns(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"layout", "layout", REPORT_TEXT},
		{"assumption", "one assumption", REPORT_TEXT},
		{"answer", "what", REPORT_TEXT},
		{"assumed", "assumed", REPORT_TEXT},
		{"assumed_change_percent", "change", REPORT_CHANGE},
		{"turned_by", "turned by", REPORT_TEXT},
		{"turned_change_percent", "then", REPORT_CHANGE},
		{"workloads", "in", REPORT_COUNT},
	};
	struct report_table *t = report_table(r, "turns", "What turns a sign by itself");
	struct report_text text = {.len = 0};
	size_t left = 0, varied = 0;

	for (size_t i = 0; i < runs->nr; i++)
		varied += runs->traces[i].nr_assumptions > 0;
	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t l = 0; l < runs->args->nr_layouts; l++)
		for (int a = 0; report_is_proposal(runs, l) && a < NR_ANSWERS; a++)
			left += turn_rows(t, runs, l, a);
	if (!t || !t->nr_rows) {
		report_paragraph(r, "No assumption turns a sign by itself.");
		return;
	}
	report_add(&text,
		   "Which single assumption turns more into less, or less into more: the change as "
		   "assumed, then with the assumption at its other end");
	if (varied > 1)
		report_add(&text,
			   ", in the first workload that it turns; and in how many of %zu it does",
			   varied);
	else if (runs->nr > 1)
		report_add(&text, ", in the first recording");
	if (left)
		report_add(&text, " (%zu more turn it in fewer: see What the answer hangs on)",
			   left);
	report_add(&text, ".");
	report_paragraph(r, text.s);
	report_show_table(r, t);
}

static void write_varied(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};

	if (runs->quick) {
		report_paragraph(r,
				 "How sure: nothing that was assumed has been varied (--quick).");
		return;
	}
	report_add(&t,
		   "How sure that is. Bytes are exact for the pages whose use is known, given what "
		   "the layout says. Misses depend on what else is in the caches, which");
	report_add_pressure_source(&t, runs);
	report_add(&t,
		   ". Each assumption was moved to both ends of its range alone; then all of them, "
		   "except the machine, at once: to the ends that are best for the layout, and to "
		   "those that are worst. The table has the change as assumed, as the mean of all "
		   "workloads, and in how many of them it is less; the lowest change with all at "
		   "best and the highest with all at worst (a single assumption can go further, as "
		   "it changes the baseline, too); how many assumptions matter; and how many of "
		   "these are at best already.");
	report_paragraph(r, t.s);
	write_verdicts(r, runs);
	write_turns(r, runs);
}

static void write_chance(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	size_t workloads = summary_workloads(runs);

	if (runs->nr == workloads)
		report_add(&t,
			   "%s recorded once, so nothing is known of chance: record %s again "
			   "(NAME-1.trace, NAME-2.trace) to get an interval.",
			   workloads == 1 ? "The workload was" : "Each workload was",
			   workloads == 1 ? "it" : "them");
	else
		report_add(
			&t,
			"Chance: there are %zu recordings of %zu workload%s. Workloads that were "
			"recorded more than once have intervals under Statistics, and a "
			"difference within its interval is no difference; the others have none.",
			runs->nr, workloads, workloads > 1 ? "s" : "");
	report_paragraph(r, t.s);
}

void report_sureness(struct report *r, const struct report_runs *runs)
{
	write_varied(r, runs);
	write_chance(r, runs);
	report_checked(r, runs);
}
