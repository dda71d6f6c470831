// SPDX-License-Identifier: GPL-2.0-only
/* Slabs of descriptors come and go, and with each of them a descriptor of its own. */
#include <stdlib.h>

#include "sim/heap/heap_internal.h"

static bool reserve_slab_desc(struct cache *cache, size_t slab)
{
	size_t cap = cache->cap_slab_desc ? cache->cap_slab_desc : 64;
	slub_object *desc;

	if (slab < cache->cap_slab_desc)
		return true;
	while (cap <= slab)
		cap *= 2;
	desc = realloc(cache->slab_desc, cap * sizeof(*desc));
	if (!desc)
		return false;
	for (size_t i = cache->cap_slab_desc; i < cap; i++)
		desc[i] = SLUB_NONE;
	cache->slab_desc = desc;
	cache->cap_slab_desc = cap;
	return true;
}

static void count_slab(struct heap *heap, struct cache *cache, unsigned int cpu, uint32_t slab)
{
	struct cache *slabs = cache->slabs;

	heap->bytes += cache->charge;
	if (heap->bytes > heap->peak_bytes)
		heap->peak_bytes = heap->bytes;
	if (!slabs || slabs == cache) /* a slab of slab descriptors describes itself */
		return;
	if (!reserve_slab_desc(cache, slab)) {
		heap->failed = true;
		return;
	}
	cache->slab_desc[slab] = heap_take(heap, slabs, cpu);
}

static void count_slabs(struct heap *heap, struct cache *cache, unsigned int cpu)
{
	uint32_t slab;

	while (slub_pop_born(cache->slub, &slab))
		count_slab(heap, cache, cpu, slab);
}

slub_object heap_take(struct heap *heap, struct cache *cache, unsigned int cpu)
{
	slub_object object = slub_alloc_fast(cache->slub, cpu);
	bool grew = false;

	if (object != SLUB_NONE)
		return object;
	object = slub_alloc(cache->slub, cpu, &grew);
	heap->failed |= object == SLUB_NONE;
	if (grew)
		count_slabs(heap, cache, cpu);
	return object;
}

void heap_collect(struct heap *heap, struct cache *cache, unsigned int cpu)
{
	uint32_t slab;

	while (slub_pop_freed(cache->slub, &slab)) {
		struct cache *slabs = cache->slabs;
		slub_object desc;

		heap->bytes -= cache->charge;
		if (!slabs || slab >= cache->cap_slab_desc)
			continue;
		desc = cache->slab_desc[slab];
		cache->slab_desc[slab] = SLUB_NONE;
		if (desc == SLUB_NONE)
			continue;
		slub_free(slabs->slub, cpu, desc, NULL);
		heap_collect(heap, slabs, cpu);
	}
}

void heap_give(struct heap *heap, struct cache *cache, unsigned int cpu, slub_object object)
{
	bool gave_back = false;

	slub_free(cache->slub, cpu, object, &gave_back);
	if (gave_back)
		heap_collect(heap, cache, cpu);
}
