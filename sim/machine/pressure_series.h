/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Background pressure as a trace measured it: how many lines entered the caches of each CPU, and when. What CPUs counted
 * is everything, metadata too; that is a small part of it. Caches of other sizes than the recorded machine's would have
 * been filled at other rates, which is not accounted for.
 *
 * Between two readings of a counter, which are a tenth of a second apart unless --pmu-period says something else, lines enter
 * in bursts: as many of them as events explain (sim/machine/contents.h) come when the events were, all of them in proportion where they explain more than was
 * counted. The rest is spread evenly.
 */
#ifndef SIM_PRESSURE_SERIES_H
#define SIM_PRESSURE_SERIES_H

#include "base/error.h"
#include "sim/machine/pressure.h"
#include "trace/reader.h"

struct pressure_series;

/*
 * Looks ahead in a freshly opened reader. *ret is NULL where the trace has no counts of fills of any level. Of levels that
 * were not counted the fills follow in the proportions of sim/machine/pressure.h from one that was: L2, else the LLC, else L1.
 */
int pressure_series_load(struct trace_reader *reader, struct pressure_series **ret,
			 struct error *err) __must_check;
/* The same where somebody else counted. */
int pressure_series_create(struct trace_reader *reader, const struct trace_count *counts, size_t nr,
			   struct pressure_series **ret, struct error *err) __must_check;
void pressure_series_destroy(struct pressure_series *s);

/* Lines that entered the level (enum cache_level) of this CPU up to a time; of all CPUs together with cpu == UINT32_MAX. */
uint64_t pressure_series_fills(const struct pressure_series *s, uint32_t cpu, int level,
			       uint64_t ns);

/* The means over the trace, per second and CPU that was counted, under the name of what was measured. */
struct pressure pressure_series_mean(const struct pressure_series *s);

#endif
