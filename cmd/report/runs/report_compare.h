/* SPDX-License-Identifier: GPL-2.0-only */
/* One replay's figures, set against the baseline's or against the size of the machine. */
#ifndef CMD_REPORT_COMPARE_H
#define CMD_REPORT_COMPARE_H

#include "cmd/report/runs/report_runs.h"

/* Change against a baseline in percent; 0 where there is nothing to compare. */
double report_change(double value, double base);
/* Whether a change in percent does not round to nothing when it is printed. */
bool report_is_change(double percent);
/* n, counted over the whole trace, as a rate per second of the workload; NAN for a trace that took no time. */
double report_per_second(const struct replay_result *result, double n);
/* Bytes on the recorded machine as bytes for each TiB of memory. */
double report_per_tib(const struct replay_result *result, double bytes);
double report_percent_of_pages(const struct replay_result *result, uint64_t pages);
const struct layout_result *report_base(const struct report_runs *runs,
					const struct report_trace *t);
const char *report_layout_name(const struct report_runs *runs, size_t layout);
bool report_is_proposal(const struct report_runs *runs, size_t layout);

/* What one assumption does to the comparison with the baseline, in percent; fetches too if there are any. */
double assumption_memory(const struct assumption *a, int end);
double assumption_fetches(const struct assumption *a, int end);
typedef double report_effect_fn(const struct assumption *a, int end);
extern report_effect_fn *const report_effects[NR_ANSWERS];
extern const char *const report_answers[NR_ANSWERS]; /* what they are of: "memory", "misses" */
/* The same change as in the replay that was asked for. */
double report_as_assumed(const struct report_runs *runs, const struct report_trace *trace,
			 size_t layout, report_effect_fn *effect);

#endif
