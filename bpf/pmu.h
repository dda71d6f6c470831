/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUs count while events are recorded: opened by libpfm's names, read some times a second by the thread that drains
 * the rings. Counting only: no interrupts, nothing in the kernel's paths.
 */
#ifndef BPF_PMU_H
#define BPF_PMU_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/counts.h"
#include "trace/meta.h"

#define PMU_DEFAULT_NS 100000000ULL

enum pmu_what {
	PMU_AUTO,     /* hardware counters, where there are any */
	PMU_SOFTWARE, /* what the kernel counts: faults, switches, its clock */
	PMU_OFF,
};

struct pmu_sampler;

/* The events that stand for a counter, best first; ends with NULL. */
const char *const *pmu_events(enum trace_counter_id counter);

/*
 * Opens counters on all CPUs of the header, and says in it which, or why none: that there are none is no failure.
 * pmu_sampler_destroy() takes NULL.
 */
int pmu_sampler_create(enum pmu_what what, uint64_t period_ns, struct trace_meta *meta,
		       struct pmu_sampler **ret, struct error *err) __must_check;
void pmu_sampler_destroy(struct pmu_sampler *s);

/* Reads all counters if a period is over, or with now at all events; times are told from start_ns on. */
int pmu_sampler_step(struct pmu_sampler *s, uint64_t start_ns, bool now,
		     struct error *err) __must_check;
/* What was counted since the last call; valid until the next step. */
size_t pmu_sampler_take(struct pmu_sampler *s, const struct trace_count **ret);

#endif
