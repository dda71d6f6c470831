// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors that memory had before the trace began: how densely they lie is a parameter of the layout. */
#include <stdlib.h>

#include "sim/heap/heap_internal.h"
#include "sim/heap/slub_internal.h"

/* Takes an object that nothing uses, so that there is a hole when the census is over. */
static void make_hole(struct heap *heap, struct cache *cache)
{
	if (cache->nr_holes == cache->cap_holes) {
		size_t cap = cache->cap_holes ? 2 * cache->cap_holes : 64;
		slub_object *holes = realloc(cache->holes, cap * sizeof(*holes));

		if (!holes) {
			heap->failed = true;
			return;
		}
		cache->holes = holes;
		cache->cap_holes = cap;
	}
	cache->holes[cache->nr_holes] = heap_take(heap, cache, 0);
	cache->nr_holes += cache->holes[cache->nr_holes] != SLUB_NONE;
}

static void seed_one(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t page_kind)
{
	unsigned int fill = heap->layout->census_fill;
	struct cache *cache;
	struct heap_ref ref;

	if (!heap_describe(heap, pfn, order, page_kind, 0, &ref) || heap->settled)
		return;
	cache = &heap->caches[heap->ties[pfn].cache];
	for (cache->due += 100 - fill; cache->due >= fill && !heap->failed; cache->due -= fill)
		make_hole(heap, cache);
}

/* As many as the CPU's slab has at once, up to nr: how many. */
static uint64_t seed_ready(struct heap *heap, uint32_t pfn, uint64_t nr, unsigned int order,
			   uint8_t i)
{
	struct slub_cache *slub = heap->caches[i].slub;
	struct cpu_slab *cpu = &slub->cpu[0];
	uint64_t done = 0;

	if (!slub_is_bare(cpu))
		return 0;
	for (; done < nr && cpu->freelist != SLOT_END; done++)
		heap_note(heap, pfn + (uint32_t)(done << order), i, slub_pop_lockless(slub, cpu));
	slub_count_allocs(slub, done);
	return done;
}

/* Each of them gets one, and no room is left free. All are on one node. */
static void seed_packed(struct heap *heap, uint32_t pfn, uint64_t nr, unsigned int order, uint8_t i)
{
	for (uint64_t done = 0; done < nr; done++) {
		slub_object object;

		done += seed_ready(heap, pfn + (uint32_t)(done << order), nr - done, order, i);
		if (done == nr)
			return;
		object = heap_take(heap, &heap->caches[i], 0);
		if (object == SLUB_NONE)
			return;
		heap_note(heap, pfn + (uint32_t)(done << order), i, object);
	}
}

void heap_seed(struct heap *heap, uint32_t pfn, uint64_t nr, unsigned int order, uint8_t page_kind)
{
	uint8_t object = heap->object_for[page_kind][order];

	if (object == NO_OBJECT)
		return;
	if (heap->layout->census_fill == 100 && !heap->kept &&
	    heap->layout->objects[object].fraction_percent == 100) {
		for (uint64_t done = 0, here; done < nr; done += here) {
			uint32_t first = pfn + (uint32_t)(done << order);

			here = nodes_units_from(heap->nodes, first, nr - done, order);
			seed_packed(heap, first, here, order, heap_cache_of(heap, first, object));
		}
		heap->units.units[page_kind][order] += nr;
		return;
	}
	for (uint64_t i = 0; i < nr; i++)
		seed_one(heap, pfn + (uint32_t)(i << order), order, page_kind);
}

void heap_settle(struct heap *heap)
{
	bool any = false;

	heap->settled = true;
	for (size_t i = 0; i < heap->nr_caches; i++) {
		struct cache *cache = &heap->caches[i];

		any |= cache->nr_holes > 0;
		while (cache->nr_holes)
			heap_give(heap, cache, 0, cache->holes[--cache->nr_holes]);
		slub_forget_peak(cache->slub);
	}
	/* those of RCU caches, too: all of that was long ago */
	if (any)
		heap_quiesce(heap);
	heap->peak_bytes = heap->bytes;
}
