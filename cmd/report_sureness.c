// SPDX-License-Identifier: GPL-2.0-only
/* What would turn the answer round, in words. */
#include <string.h>

#include "cmd/report.h"

/* How an assumption's two ends compare with the baseline, in per cent. */
typedef double effect_fn(const struct assumption *, int);

/* The first time that this trace's assumption turns the sign, of all the traces. */
static bool is_told(const struct report_runs *runs, size_t trace, size_t index, effect_fn *effect)
{
	const struct assumption *wanted = &runs->traces[trace].assumptions[index];

	for (size_t i = 0; i < trace; i++) {
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];

			if (a->layout == wanted->layout && !strcmp(a->name, wanted->name) &&
			    effect(a, 0) * effect(a, 1) < 0)
				return true;
		}
	}
	return false;
}

/* Assumptions by which the sign of a layout's comparison changes; returns how many there are. */
static size_t add_flips(struct report_text *t, const struct report_runs *runs, size_t layout,
			effect_fn *effect)
{
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];

			if (a->layout != layout || effect(a, 0) * effect(a, 1) >= 0 ||
			    is_told(runs, i, k, effect))
				continue;
			report_add(t, "%s %s=%s (%+.1f %%) or %s (%+.1f %%)", nr++ ? "," : "",
				   a->name, a->ends[0], effect(a, 0), a->ends[1], effect(a, 1));
			if (runs->nr > 1)
				report_add(t, " in %s", runs->traces[i].name);
		}
	}
	return nr;
}

static size_t assumptions_of(const struct report_runs *runs, size_t layout)
{
	size_t nr = 0;

	for (size_t k = 0; k < runs->traces[0].nr_assumptions; k++)
		nr += runs->traces[0].assumptions[k].layout == layout;
	return nr;
}

/* "less", or "less in 10 of 11 workloads". */
static void add_sign(struct report_text *t, const struct estimate *now)
{
	bool less = now->mean < 0;
	size_t same = less ? now->below : now->nr - now->below;

	report_add(t, "%s", less ? "less" : "not less");
	if (now->nr > 1)
		report_add(t, " in %zu of %zu workloads", same, now->nr);
}

static void add_verdict(struct report_text *t, const struct report_runs *runs, size_t layout,
			const char *what, const struct estimate *now, effect_fn *effect)
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

void report_sureness(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	size_t workloads = summary_workloads(runs);

	if (runs->quick) {
		report_paragraph(r,
				 "How sure: nothing that was assumed has been varied (--quick).");
		return;
	}
	report_paragraph(r, "How sure that is, and what would turn it round. Bytes follow exactly "
			    "from the pages that the trace found and from what the layout says; "
			    "misses depend on what else is in the caches, which no trace tells. "
			    "Each assumption was changed to both its ends, one at a time:");
	write_flips(r, runs);
	if (runs->nr == workloads)
		report_add(&t,
			   "%s recorded once, so chance has no interval here: record %s again "
			   "(NAME-1.trace, NAME-2.trace) to get one.",
			   workloads == 1 ? "The workload was" : "Each workload was",
			   workloads == 1 ? "it" : "them");
	else
		report_add(&t, "Workloads that were recorded more than once have intervals under "
			       "Statistics; a difference within them is no difference.");
	report_paragraph(r, t.s);
}
