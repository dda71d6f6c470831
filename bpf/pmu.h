/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUs count while events are recorded: opened by libpfm's names, read some times a second by the thread that drains
 * the rings. Counting only: no interrupts but those that ask other CPUs, nothing in the kernel's paths.
 */
#ifndef BPF_PMU_H
#define BPF_PMU_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/counts.h"
#include "trace/meta.h"

#define PMU_DEFAULT_NS 100000000ULL
/*
 * Reading the counters of another CPU takes an interrupt there, some microseconds of both, 20 and more on virtual machines.
 * What comes oftener would tell no more: docs/validation.md has what misses come to with counts each 0.1 ms, 1 ms...
 */
#define PMU_SHORTEST_NS 1000000ULL
#define PMU_LONGEST_NS 60000000000ULL

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

/* How long until a period is over, in ns; 0: it is, UINT64_MAX: there are no counters. */
uint64_t pmu_sampler_due_ns(const struct pmu_sampler *s);
/* As many counts wait to be taken as a block of a trace has room for, about. */
bool pmu_sampler_is_full(const struct pmu_sampler *s);
/*
 * Reads all counters if a period is over, or with now at all events; times are told from start_ns on. Where that takes long,
 * the next reading without now waits until it has taken no more than an eighth of the time.
 */
int pmu_sampler_step(struct pmu_sampler *s, uint64_t start_ns, bool now,
		     struct error *err) __must_check;
/* What was counted since the last call; valid until the next step. */
size_t pmu_sampler_take(struct pmu_sampler *s, const struct trace_count **ret);

#endif
