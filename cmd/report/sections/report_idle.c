// SPDX-License-Identifier: GPL-2.0-only
/* What nobody uses where a trace was recorded, and what layouts would take if somebody did. */
#include <string.h>

#include "cmd/report/sections/report_sections.h"

/* From which part of the idle memory on a layout no longer gains: descriptors grow with what they describe. */
static void add_break_even(struct report_text *t, const struct report_runs *runs, size_t layout,
			   double filled)
{
	struct overall o;

	overall_of(runs, layout, &o);
	if (o.change.nr == 1 && o.change.mean < 0 && filled > 0)
		report_add(t, " (as much as %s if %.0f %% of it were filled)",
			   report_layout_name(runs, runs->baseline),
			   100 * -o.change.mean / (filled - o.change.mean));
}

/* The change if small folios filled what is free, where that was tried. */
static bool filled_change(const struct report_runs *runs, size_t first, size_t layout, double *ret)
{
	const struct report_trace *trace = &runs->traces[first];

	for (size_t k = 0; k < trace->nr_assumptions; k++)
		if (trace->assumptions[k].layout == layout &&
		    !strcmp(trace->assumptions[k].name, ASSUMPTION_IDLE)) {
			*ret = assumption_memory(&trace->assumptions[k], 1);
			return true;
		}
	return false;
}

static void add_filled(struct report_text *t, const struct report_runs *runs)
{
	unsigned int nr = 0;

	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		double filled;

		if (!filled_change(runs, 0, l, &filled))
			continue;
		report_add(
			t,
			nr++ ? "; %s "
			     : ". If small folios filled what is free or unknown, %s would take ",
			report_layout_name(runs, l));
		report_add_signs(t, runs, l, filled_change, "less", "more");
		add_break_even(t, runs, l, filled);
	}
}

/*
 * A machine that is mostly empty flatters layouts with descriptors: nothing describes free memory. That has to be
 * said where the bytes are.
 */
void report_add_idle(struct report_text *t, const struct report_runs *runs)
{
	struct estimate free = {.nr = 0}, unknown = {.nr = 0}, offline = {.nr = 0};

	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *r = runs->traces[i].result;
		const uint64_t *pages = r->end.kind_pages;

		estimate_add(&free, report_percent_of_pages(r, report_free_pages(r)));
		estimate_add(&unknown, report_percent_of_pages(r, pages[PAGE_KIND_UNKNOWN]));
		estimate_add(&offline, report_percent_of_pages(r, pages[PAGE_KIND_OFFLINE]));
	}
	report_add(t, " Of the memory, %.0f %% was free", free.mean);
	if (unknown.mean >= 0.5)
		report_add(t, " and %.0f %% of unknown use", unknown.mean);
	report_add(t, "%s: no descriptors are counted for that",
		   runs->nr > 1 ? ", on average" : "");
	if (offline.mean >= 0.5)
		report_add(t,
			   ". Another %.0f %% was offline, such as ballooned out; its memmap stays",
			   offline.mean);
	add_filled(t, runs);
	report_add(t, ".");
}
