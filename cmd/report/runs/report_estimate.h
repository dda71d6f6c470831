/* SPDX-License-Identifier: GPL-2.0-only */
/* What several recordings of a workload, and several workloads, come to together. */
#ifndef CMD_REPORT_ESTIMATE_H
#define CMD_REPORT_ESTIMATE_H

#include "cmd/report/runs/report_runs.h"

/* Mean, and half the width of the interval that holds the true mean in 95 of 100 cases (Student's t). */
struct estimate {
	size_t nr; /* values */
	size_t below; /* of these, in percent, those printed as less than 0; of workloads only if that is clear */
	double mean, half, min, max;
	double sum_of_squares; /* of differences from the mean, while values come in */
};
void estimate_add(struct estimate *e, double value);
void estimate_end(struct estimate *e);
/* Whether the interval, or with one value the value, leaves no doubt about the sign. */
bool estimate_is_clear(const struct estimate *e);
/* Whether it is clear and, in percent, can be seen in what is printed. */
bool estimate_has_sign(const struct estimate *e);

/* One layout on one workload: means over its recordings. */
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
/* Goes through all workloads, and through the layouts of each, from {0} on; false: that was all. */
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

#endif
