// SPDX-License-Identifier: GPL-2.0-only
/* What is waited for, in words: how long, and where that gives another answer than misses do. */
#include <math.h>

#include "cmd/report/sections/report_sections.h"

/*
 * Less waiting and more misses on the workload that begins with this trace, or the other way round; false: neither. The
 * misses are clear, the waiting may be noise.
 */
static bool disagree(const struct report_runs *runs, size_t first, size_t layout,
		     struct summary *ret)
{
	if (!report_runs_begins(runs, first) || !report_is_proposal(runs, layout))
		return false;
	summary_of(runs, first, layout, ret);
	return ret->has_stall && estimate_has_sign(&ret->fetches_change) &&
	       report_is_change(ret->stall_change.mean) &&
	       (ret->fetches_change.mean < 0) != (ret->stall_change.mean < 0);
}

/* So many workloads are named of each layout, more are only counted. */
enum { MOST_NAMES = 6 };

/* " with LAYOUT in ...": the workloads in which that is so, after what is said of other layouts. */
static void add_disagreeing(struct report_text *t, const struct report_runs *runs, size_t layout)
{
	struct summary s;
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		if (!disagree(runs, i, layout, &s) || nr++ >= MOST_NAMES)
			continue;
		if (nr > 1)
			report_add(t, ", ");
		else
			report_add(t, "%s with %s in ", t->len ? ";" : "",
				   report_layout_name(runs, layout));
		report_add(t, "%s (misses %+.1f %%, waiting %+.1f %%%s)", s.workload,
			   s.fetches_change.mean, s.stall_change.mean,
			   estimate_is_clear(&s.stall_change) ? "" : ", within noise");
	}
	if (nr > MOST_NAMES)
		report_add(t, " and %zu more", nr - MOST_NAMES);
}

/* Of all CPUs' time, with each layout; false: the latencies of some machine are not known. */
static bool add_shares(struct report_text *t, const struct report_runs *runs)
{
	unsigned int nr = 0;

	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		const struct estimate *e;
		struct overall o;

		overall_of(runs, l, &o);
		e = &o.stall_percent;
		if (!e->nr)
			return false;
		if (l != runs->baseline && !report_is_proposal(runs, l))
			continue;
		report_add(t, nr ? ", " : "Waiting for metadata (stall) takes ");
		/* what would be printed as one number is one */
		if (llround(100 * e->min) != llround(100 * e->max))
			report_add(t, "%.2f to ", e->min);
		report_add(t, "%.2f %%%s with %s", e->max, nr++ ? "" : " of the CPUs' time",
			   report_layout_name(runs, l));
	}
	return nr > 0;
}

void report_waiting(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0}, others = {.len = 0};

	if (!add_shares(&t, runs)) {
		report_paragraph(
			r, "How long CPUs wait for metadata (stall) is not estimated: that takes "
			   "the latencies of a machine profile (--machine).");
		return;
	}
	for (size_t l = 0; l < runs->args->nr_layouts; l++)
		add_disagreeing(&others, runs, l);
	report_add(
		&t,
		", as estimated. It need not follow misses: a line whose address must be loaded "
		"first, such as a descriptor's from the page's word (a dependent hop), is waited "
		"for in full, while others arrive several at a time; and lines from the second "
		"and the last level of the caches (L2, LLC) are waited for, too. %s in the other "
		"direction%s.",
		others.len ? "It changes" : "In no workload does it change", others.s);
	report_paragraph(r, t.s);
}
