/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes of descriptors over time: of all, and of each object of the layout. */
#ifndef SIM_HEAP_SERIES_H
#define SIM_HEAP_SERIES_H

#include "sim/heap/heap.h"
#include "sim/heap/series.h"

struct heap_series {
	struct series total;
	struct series object[LAYOUT_MAX_OBJECTS]; /* by index in the layout; empty beyond */
};

/* Time begins, with what the heap holds now. */
void heap_series_start(struct heap_series *s, const struct heap *heap);
/* Nothing before heap_series_start(). */
void heap_series_set(struct heap_series *s, const struct heap *heap, uint64_t ts_ns);
void heap_series_end(struct heap_series *s, uint64_t end_ns);

#endif
