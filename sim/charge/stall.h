/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an operation waits for, from where its lines were: an estimate by a machine profile's latencies.
 *
 * The first line of an operation is waited for in full, and so is each line whose address the operation
 * had to load first (the descriptor behind a page's word, a neighbour on a list): a dependent hop. The
 * other lines can be on their way at the same time, `parallelism` of them, so each costs its latency
 * divided by that. A line in L1 is no different, only cheap. The line's translation is waited for before the
 * line, in the same way; what its walk reads is taken to cost what the profile says, wherever it lies.
 *
 * Left out: that the CPU finds other work to do meanwhile, that prefetchers guess right, atomics, and that a line which
 * another CPU of the node wrote takes longer than one that waits in the last level.
 */
#ifndef SIM_STALL_H
#define SIM_STALL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cache/cache_nodes.h"
#include "sim/machine/machine.h"
#include "sim/cache/tlb.h"

struct stall_model {
	uint64_t serial_ps[CACHE_LEVEL_MAX]; /* picoseconds, by the level that had the line */
	uint64_t overlapped_fs
		[CACHE_LEVEL_MAX]; /* femtoseconds: a share of a picosecond counts too */
	/* the same for CACHE_MEMORY, by enum cache_source; local memory is above */
	uint64_t source_serial_ps[CACHE_SOURCE_MAX], source_overlapped_fs[CACHE_SOURCE_MAX];
	/* what a translation that is not in the first level of the TLB adds; 0 where nobody knows */
	uint64_t tlb_serial_ps[TLB_LEVELS], tlb_overlapped_fs[TLB_LEVELS];
};

/* For the line, in femtoseconds; and for its translation. */
static inline uint64_t stall_of_level(const struct stall_model *m, int level, bool serial)
{
	return serial ? m->serial_ps[level] * 1000 : m->overlapped_fs[level];
}

/* For a line that no cache of the node gave. */
static inline uint64_t stall_of_source(const struct stall_model *m, int source, bool serial)
{
	if (source == CACHE_LOCAL)
		return stall_of_level(m, CACHE_MEMORY, serial);
	return serial ? m->source_serial_ps[source] * 1000 : m->source_overlapped_fs[source];
}

static inline uint64_t stall_of_tlb(const struct stall_model *m, int where, bool serial)
{
	return serial ? m->tlb_serial_ps[where] * 1000 : m->tlb_overlapped_fs[where];
}

/* False: the profile lacks a latency or the parallelism, and nothing can be said. */
bool stall_model_init(const struct machine *machine, struct stall_model *ret);

#endif
