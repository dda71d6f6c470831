// SPDX-License-Identifier: GPL-2.0-only
#include "sim/heap/heap_series.h"

void heap_series_start(struct heap_series *s, const struct heap *heap)
{
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	size_t nr = heap_counts(heap, counts);

	series_start(&s->total, heap_bytes(heap));
	for (size_t i = 0; i < nr; i++)
		series_start(&s->object[i], counts[i].slab_bytes);
}

void heap_series_set(struct heap_series *s, const struct heap *heap, uint64_t ts_ns)
{
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	size_t nr;

	if (!s->total.nr)
		return;
	nr = heap_counts(heap, counts);
	series_set(&s->total, ts_ns, heap_bytes(heap));
	for (size_t i = 0; i < nr; i++)
		series_set(&s->object[i], ts_ns, counts[i].slab_bytes);
}

void heap_series_end(struct heap_series *s, uint64_t end_ns)
{
	series_end(&s->total, end_ns);
	for (size_t i = 0; i < LAYOUT_MAX_OBJECTS; i++)
		if (s->object[i].nr)
			series_end(&s->object[i], end_ns);
}
