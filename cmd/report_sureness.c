// SPDX-License-Identifier: GPL-2.0-only
/* What would turn the answer round, in words. */
#include <stdlib.h>
#include <string.h>

#include "cmd/report.h"

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
	const struct assumption *a; /* where it turned the sign first */
	const char *trace;
	size_t traces, order;
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
			ret[nr] = (struct flip){a, runs->traces[i].name,
						count_flips(runs, a, effect), nr};
			nr++;
		}
	}
	qsort(ret, nr, sizeof(*ret), by_traces);
	return nr;
}

/* What an assumption is about, for people who do not know the layouts' parameters. */
static void add_words(struct report_text *t, const char *name)
{
	static const struct {
		const char *name, *words;
	} known[] = {
		{"pressure", "background pressure"},
		{ASSUMPTION_IDLE, "what fills idle memory"},
		{ASSUMPTION_MACHINE, "the machine and its prefetchers"},
		{"folio.caches", "slab caches for folios"},
		{"census.fill", "how full old slabs are, in per cent"},
		{"slub.sheaf", "objects in a sheaf of SLUB"},
		{"freed.kept", "freed descriptors that a CPU keeps"},
		{"rcu.freeptr", "bytes for a free pointer"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i].name)) {
			report_add(t, "%s", known[i].words);
			return;
		}
	if (dot && !strcmp(dot, ".stride"))
		report_add(t, "bytes from one %.*s descriptor to the next", (int)(dot - name),
			   name);
	else if (dot && !strcmp(dot, ".fraction"))
		report_add(t, "per cent that need a %.*s descriptor", (int)(dot - name), name);
	else
		report_add(t, "bytes of a %s descriptor", name);
}

/* Assumptions by which the sign of a layout's comparison changes; returns how many there are. */
static size_t add_flips(struct report_text *t, const struct report_runs *runs, size_t layout,
			report_effect_fn *effect)
{
	struct flip found[MOST_FLIPS];
	size_t nr = find_flips(runs, layout, effect, found);
	size_t told = runs->nr > 1 && nr > TOLD_FLIPS ? TOLD_FLIPS : nr;

	for (size_t i = 0; i < told; i++) {
		const struct assumption *a = found[i].a;

		report_add(t, "%s ", i ? ";" : "");
		add_words(t, a->name);
		report_add(t, ": %s (%+.1f %%) or %s (%+.1f %%)", a->ends[0], effect(a, 0),
			   a->ends[1], effect(a, 1));
		if (runs->nr > 1)
			report_add(t, " in %s%s", found[i].trace,
				   found[i].traces > 1 ? "" : " alone");
		if (found[i].traces > 1)
			report_add(t, " and %zu more", found[i].traces - 1);
	}
	if (nr > told)
		report_add(t, "; and %zu others (see the tables of assumptions)", nr - told);
	return nr;
}

static size_t assumptions_of(const struct report_runs *runs, size_t layout)
{
	const struct report_trace *t = &runs->traces[0];
	size_t nr = 0;

	for (size_t k = 0; k < t->nr_assumptions; k++)
		nr += t->assumptions[k].layout == layout && !is_all(&t->assumptions[k]);
	return nr;
}

static void add_span(struct report_text *t, const struct estimate *e)
{
	if (e->max - e->min < 0.05)
		report_add(t, "%+.1f %%", e->mean);
	else
		report_add(t, "%+.1f to %+.1f %%", e->min, e->max);
}

/* Errors of assumptions may add up. */
static void add_all(struct report_text *t, const struct report_runs *runs, size_t layout,
		    report_effect_fn *effect)
{
	struct estimate ends[2] = {{.nr = 0}, {.nr = 0}};

	for (size_t i = 0; i < runs->nr; i++)
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];

			for (int end = 0; end < 2 && a->layout == layout && is_all(a); end++)
				estimate_add(&ends[end], effect(a, end));
		}
	report_add(t, " All at once: ");
	add_span(t, &ends[0]);
	report_add(t, " at their best, ");
	add_span(t, &ends[1]);
	report_add(t, " at their worst.");
}

enum leaning { LEANS_NOT, LEANS_BEST, LEANS_WORST, LEANING_MAX };

/* Whether what was assumed is the end that is best, or worst, for the layout: in every recording in which it matters. */
static bool leans(const struct report_runs *runs, const struct assumption *wanted,
		  report_effect_fn *effect, enum leaning *ret)
{
	bool matters = false, at[2] = {true, true};

	for (size_t i = 0; i < runs->nr; i++)
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];
			int best = effect(a, 0) <= effect(a, 1) ? 0 : 1;

			if (a->layout != wanted->layout || strcmp(a->name, wanted->name) != 0 ||
			    !report_is_change(effect(a, 1) - effect(a, 0)))
				continue;
			matters = true;
			at[0] &= !strcmp(a->standard, a->ends[best]);
			at[1] &= !strcmp(a->standard, a->ends[!best]);
		}
	*ret = at[0] ? LEANS_BEST : at[1] ? LEANS_WORST : LEANS_NOT;
	return matters;
}

/* Which side the figures are on that the answer gives. */
static void add_leaning(struct report_text *t, const struct report_runs *runs, size_t layout,
			report_effect_fn *effect)
{
	size_t nr[LEANING_MAX] = {0}, all = 0;

	for (size_t k = 0; k < runs->traces[0].nr_assumptions; k++) {
		const struct assumption *a = &runs->traces[0].assumptions[k];
		enum leaning leaning;

		if (a->layout != layout || is_all(a) || !leans(runs, a, effect, &leaning))
			continue;
		nr[leaning]++;
		all++;
	}
	if (all)
		report_add(t,
			   " Of %zu that matter %zu are assumed at their best, %zu at their worst.",
			   all, nr[LEANS_BEST], nr[LEANS_WORST]);
}

/* "less", or "less in 10 of 11 workloads". */
static void add_sign(struct report_text *t, const struct estimate *now)
{
	if (now->nr == 1)
		report_add(t, "%s", now->below ? "less" : now->mean > 0 ? "more" : "as much");
	else
		report_add(t, "less in %zu of %zu workloads", now->below, now->nr);
}

static void add_verdict(struct report_text *t, const struct report_runs *runs, size_t layout,
			const char *what, const struct estimate *now, report_effect_fn *effect)
{
	struct report_text flips = {.len = 0};

	report_add(t, "%s: ", what);
	if (!now->nr) {
		report_add(t, "no events, so nothing is known.");
		return;
	}
	add_sign(t, now);
	if (add_flips(&flips, runs, layout, effect))
		report_add(t, "; the sign hangs on%s.", flips.s);
	else
		report_add(t, ", whichever of %zu assumptions is changed.",
			   assumptions_of(runs, layout));
	add_all(t, runs, layout, effect);
	add_leaning(t, runs, layout, effect);
}

static void write_flips(struct report *r, const struct report_runs *runs)
{
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct report_text t = {.len = 0};
		struct overall o;

		if (!report_is_proposal(runs, l))
			continue;
		overall_of(runs, l, &o);
		add_verdict(&t, runs, l, "Memory", &o.change, assumption_memory);
		report_add(&t, " ");
		add_verdict(&t, runs, l, "Misses", &o.fetches_change, assumption_fetches);
		report_item(r, report_layout_name(runs, l), t.s);
	}
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
		   "How sure that is, and what would turn it round. Bytes are exact for the pages "
		   "whose use is known, given what the layout says; misses depend on what else is "
		   "in the caches, which");
	report_add_pressure_source(&t, runs);
	report_add(&t,
		   ". Each assumption was changed to both its ends, one at a time, and then all "
		   "but the machine at once to those that are best for the layout by themselves, "
		   "and to those that are worst (which may come to less than one alone, as what "
		   "the layout is compared with changes, too). What turns a sign:");
	report_paragraph(r, t.s);
	write_flips(r, runs);
}

static void write_chance(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	size_t workloads = summary_workloads(runs);

	if (runs->nr == workloads)
		report_add(&t,
			   "%s recorded once, so chance has no interval here: record %s again "
			   "(NAME-1.trace, NAME-2.trace) to get one.",
			   workloads == 1 ? "The workload was" : "Each workload was",
			   workloads == 1 ? "it" : "them");
	else
		report_add(&t,
			   "%zu recordings of %zu workloads: those that were recorded more than "
			   "once have intervals under Statistics, and a difference within these "
			   "is no difference; the others have none.",
			   runs->nr, workloads);
	report_paragraph(r, t.s);
}

void report_sureness(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};

	write_varied(r, runs);
	write_chance(r, runs);
	report_add_measured(&t, runs);
	report_paragraph(r, t.s);
}
