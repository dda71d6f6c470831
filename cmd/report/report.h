/* SPDX-License-Identifier: GPL-2.0-only */
/* From replays to a report: every number of it is computed here, once, and nowhere else. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include "cmd/report/report_doc.h"
#include "cmd/report/report_runs.h"

int report_build(const struct report_runs *runs, struct report **ret,
		 struct error *err) __must_check;

/* The sections, in their order. Memory running out sticks in the report. */
void report_answer(struct report *r, const struct report_runs *runs);
void report_sureness(struct report *r, const struct report_runs *runs);
void report_memory(struct report *r, const struct report_runs *runs);
void report_memory_pictures(struct report *r, const struct report_runs *runs);
void report_costs(struct report *r, const struct report_runs *runs);
/* Parts of it. */
void report_breakdown(struct report *r, const struct report_runs *runs);
void report_traffic(struct report *r, const struct report_runs *runs);
void report_nodes(struct report *r, const struct report_runs *runs);
void report_doubts(struct report *r, const struct report_runs *runs);
void report_limits(struct report *r, const struct report_runs *runs);

/* What cannot be said of hosts that traces do not tell of; true: of none of them anything. */
bool report_hostless(struct report *r, const struct report_runs *runs);
/* What a miss is, and in whose caches: "What that costs in misses, that is ...:". */
void report_add_misses(struct report_text *t, const struct report_runs *runs);
/* Under which pressure misses were counted: " if nothing else used the caches," and which traces if they differ. */
void report_add_pressure(struct report_text *t, const struct report_runs *runs);
/* " is taken from what CPUs counted", "no trace tells" and the like: whence that is known. */
void report_add_pressure_source(struct report_text *t, const struct report_runs *runs);
/* " All traffic ... would be ...": what that makes of the answer which misses give. */
void report_add_traffic(struct report_text *t, const struct report_runs *runs);
/* For whose misses the caches were as empty as can be. */
void report_lower_bounds(struct report *r, const struct report_runs *runs);
/* Caches and the like as items: of one trace what not all have in common, then what they have. */
void report_trace_machine(struct report *r, const struct report_runs *runs, size_t trace);
void report_machine(struct report *r, const struct report_runs *runs);

/* How far the access map was off on kernels like the traces', in short and run by run. */
void report_checked(struct report *r, const struct report_runs *runs);
void report_measured(struct report *r, const struct report_runs *runs);

/* Change against a baseline in percent; 0 where there is nothing to compare. */
double report_change(double value, double base);
/* Whether a change in percent is one that can be seen in what is printed. */
bool report_is_change(double percent);
/* What a second of the workload has of something that was counted over a trace. */
double report_per_second(const struct replay_result *result, double n);
/* What bytes here would be for each TiB of memory, on a machine like this one. */
double report_per_tib(const struct replay_result *result, double bytes);
/* Pages that nobody has at the end; those whose use is not known are not among them. */
uint64_t report_free_pages(const struct replay_result *result);
double report_percent_of_pages(const struct replay_result *result, uint64_t pages);
const struct layout_result *report_base(const struct report_runs *runs,
					const struct report_trace *t);
const char *report_layout_name(const struct report_runs *runs, size_t layout);
bool report_is_proposal(const struct report_runs *runs, size_t layout);

/* Mean, and half the width of the interval that holds the true mean in 95 of 100 cases (Student's t). */
struct estimate {
	size_t nr,
		below; /* values; those printed as less than 0, if they are percent: over workloads, those of them that are clear */
	double mean, half, min, max;
	double sum_of_squares; /* of differences from the mean, while values come in */
};
void estimate_add(struct estimate *e, double value);
void estimate_end(struct estimate *e);
/* Whether the interval, or with one value the value, leaves no doubt about the sign. */
bool estimate_is_clear(const struct estimate *e);

/* "18.3 % fewer", or "between 18.3 % fewer and 4.0 % more" where values differ. */
void report_add_range(struct report_text *t, const struct estimate *e, const char *less,
		      const char *more);
/* A layout's change on the workload that begins with this trace; false: there is none, or no clear one. */
typedef bool report_change_fn(const struct report_runs *runs, size_t first, size_t layout,
			      double *ret);
/* The same range, but told apart by sign, with the workloads that have it. */
void report_add_signs(struct report_text *t, const struct report_runs *runs, size_t layout,
		      report_change_fn *change, const char *less, const char *more);
/* " That is with 80 % of the memory free", and what that is worth. */
void report_add_idle(struct report_text *t, const struct report_runs *runs);
/* " on 2 machines, ...", with what was recorded on each. */
void report_add_machines(struct report_text *t, const struct report_runs *runs);

/* One layout on one workload: the recordings of it put together. */
struct summary {
	const char *workload;
	size_t layout;
	bool has_costs, has_stall;
	double cycles_per_us; /* 0: the machine's frequency is not known */
	struct estimate bytes, change_bytes, per_tib, change, percent_of_ram;
	struct estimate lines, lines_change, fetches, fetches_change, traffic_change, stall_us,
		stall_change;
};
/* first: index of the workload's first trace. */
void summary_of(const struct report_runs *runs, size_t first, size_t layout, struct summary *ret);
/* Every layout of every workload, in this order, from {0} on; false: that was all. */
struct summary_at {
	size_t trace, layout;
};
bool summary_next(const struct report_runs *runs, struct summary_at *at, struct summary *ret);
size_t summary_workloads(const struct report_runs *runs);

/* One layout's estimates over all workloads. */
struct overall {
	struct estimate change, per_tib, fetches_change, lines_change, traffic_change;
	struct estimate stall_percent; /* waiting for metadata, of all CPUs' time */
};

void overall_of(const struct report_runs *runs, size_t layout, struct overall *ret);

/* What one assumption does to the comparison with the baseline, in percent; fetches too if there are any. */
double assumption_memory(const struct assumption *a, int end);
double assumption_fetches(const struct assumption *a, int end);
typedef double report_effect_fn(const struct assumption *a, int end);
extern report_effect_fn *const report_effects[NR_ANSWERS];
extern const char *const report_answers[NR_ANSWERS]; /* what they are of: "memory", "misses" */
/* The same with what the replay that was asked for assumes. */
double report_as_assumed(const struct report_runs *runs, const struct report_trace *trace,
			 size_t layout, report_effect_fn *effect);

#endif
