// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/runs/report_compare.h"

#include <math.h>
#include <string.h>

double report_change(double value, double base)
{
	return base > 0 ? 100 * (value / base - 1) : 0;
}

bool report_is_change(double percent)
{
	return fabs(percent) >= 0.05;
}

double report_per_second(const struct replay_result *result, double n)
{
	return result->duration_ns ? n * 1e9 / (double)result->duration_ns : NAN;
}

double report_per_tib(const struct replay_result *result, double bytes)
{
	return bytes / (double)replay_ram_bytes(result) * (double)(1ULL << 40);
}

double report_percent_of_pages(const struct replay_result *result, uint64_t pages)
{
	return 100 * (double)pages / (double)result->meta.ram_pages;
}

const struct layout_result *report_base(const struct report_runs *runs,
					const struct report_trace *t)
{
	return &t->result->layouts[runs->baseline];
}

bool report_is_proposal(const struct report_runs *runs, size_t layout)
{
	return layout != runs->baseline && strcmp(runs->args->layouts[layout]->status, "released");
}

const char *report_layout_name(const struct report_runs *runs, size_t layout)
{
	return runs->args->layouts[layout]->name;
}

double assumption_memory(const struct assumption *a, int end)
{
	return report_change((double)a->outcome[end].bytes, (double)a->baseline[end].bytes);
}

double assumption_fetches(const struct assumption *a, int end)
{
	return report_change((double)a->outcome[end].fetches, (double)a->baseline[end].fetches);
}

const char *const report_answers[NR_ANSWERS] = {
	[ANSWER_MEMORY] = "memory",
	[ANSWER_FETCHES] = "misses",
};

report_effect_fn *const report_effects[NR_ANSWERS] = {
	[ANSWER_MEMORY] = assumption_memory,
	[ANSWER_FETCHES] = assumption_fetches,
};

double report_as_assumed(const struct report_runs *runs, const struct report_trace *trace,
			 size_t layout, report_effect_fn *effect)
{
	struct assumption a = {.layout = layout};

	outcome_of(trace->result, layout, &a.outcome[0]);
	outcome_of(trace->result, runs->baseline, &a.baseline[0]);
	return effect(&a, 0);
}
