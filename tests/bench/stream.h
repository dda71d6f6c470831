/* SPDX-License-Identifier: GPL-2.0-only */
/* Events for benchmarks, as many as wanted: what some CPUs that allocate and free pages would record. */
#ifndef TESTS_BENCH_STREAM_H
#define TESTS_BENCH_STREAM_H

#include <stddef.h>

#include "trace/event.h"

enum {
	STREAM_CPUS = 4,
	STREAM_CPU_PAGES =
		0x100000, /* pages that a CPU takes new ones from; below them there is none */
	STREAM_MAX_PFN = STREAM_CPU_PAGES * (1 + STREAM_CPUS),
};

/* Of 100 events about so many are something else than pages allocated and freed. Always the same events. */
void stream_make(struct event *events, size_t nr, unsigned int others);

#endif
