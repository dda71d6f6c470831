/* SPDX-License-Identifier: GPL-2.0-only */
/* The sections of a report, and what they say in common: every sentence and every table is written here. */
#ifndef CMD_REPORT_SECTIONS_H
#define CMD_REPORT_SECTIONS_H

#include "cmd/report/doc/report_doc.h"
#include "cmd/report/runs/report_compare.h"
#include "cmd/report/runs/report_estimate.h"

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

/* Says which traces do not tell of their host, and what that leaves open; true: none does, so nothing is said of memory. */
bool report_hostless(struct report *r, const struct report_runs *runs);
/* What a miss is, in whose caches misses were counted and under which pressure, by trace where that differs. */
void report_what_misses_are(struct report *r, const struct report_runs *runs);
/* " is taken from what CPUs counted", " is only assumed": where the pressure comes from, by trace where that differs. */
void report_add_pressure_source(struct report_text *t, const struct report_runs *runs);
/* All traffic between caches and memory: where it gives another answer than misses do. */
void report_answer_traffic(struct report *r, const struct report_runs *runs);
/* What is waited for, where the machines' latencies are known: there, too; else that they are not. */
void report_waiting(struct report *r, const struct report_runs *runs);
/* Says of which traces misses are lower bounds, as nothing else competed for the caches. */
void report_lower_bounds(struct report *r, const struct report_runs *runs);
/* Caches and the like as items: of one trace what not all have in common, then what they have. */
void report_trace_machine(struct report *r, const struct report_runs *runs, size_t trace);
void report_machine(struct report *r, const struct report_runs *runs);

/* How far the access map was off on kernels like the traces', in short and run by run. */
void report_checked(struct report *r, const struct report_runs *runs);
void report_measured(struct report *r, const struct report_runs *runs);

/* "18.3 % fewer", or "between 18.3 % fewer and 4.0 % more" where values differ. */
void report_add_range(struct report_text *t, const struct estimate *e, const char *less,
		      const char *more);
/* A layout's change on the workload that begins with this trace; false: there is none, or no clear one. */
typedef bool report_change_fn(const struct report_runs *runs, size_t first, size_t layout,
			      double *ret);
/* The same range, but told apart by sign, with the workloads that have it. */
void report_add_signs(struct report_text *t, const struct report_runs *runs, size_t layout,
		      report_change_fn *change, const char *less, const char *more);
/* " Of the memory, 80 % was free ...", and what that is worth. */
void report_add_idle(struct report_text *t, const struct report_runs *runs);
/* " on 2 machines, ...", with what was recorded on each. */
void report_add_machines(struct report_text *t, const struct report_runs *runs);

#endif
