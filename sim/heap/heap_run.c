// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors by operations: many at once and straight on where nobody asks where they lie. */
#include "base/ahead.h"
#include "sim/heap/heap_internal.h"

enum { FAR = 32 }; /* operations; how far ahead is fetched who describes a unit, met at random */

/* The place of what units of this kind and order have, in either table of the heap. */
static inline size_t place_of(unsigned int page_kind, const struct op *op)
{
	return (size_t)page_kind * (LAYOUT_MAX_ORDER + 1) + op->order;
}

static inline uint8_t *objects_of(struct heap *heap)
{
	return &heap->object_for[0][0];
}

static inline uint64_t *units_of(struct heap *heap)
{
	return &heap->units.units[0][0];
}

/* Neither is there a choice of caches, nor anything between them and their users. */
static inline bool is_straight(const struct heap *heap)
{
	return heap->count_only && !heap->kept && !heap->nodes;
}

/* Inlined in the loop, where time goes, and once more for the census. */
static inline __attribute__((always_inline)) void describe(struct heap *heap, const struct op *op)
{
	const size_t place = place_of(op->page_kind, op);
	const uint8_t kind = objects_of(heap)[place];
	struct cache *cache;
	slub_object object;

	if (kind == NO_OBJECT)
		return;
	cache = &heap->caches[kind];
	if (cache->picky && !heap_is_picked(cache->object, op->pfn))
		return;
	object = slub_alloc_fast(cache->slub, op->cpu);
	if (object == SLUB_NONE)
		object = heap_take(heap, cache, op->cpu);
	if (object == SLUB_NONE)
		return;
	heap->ties[op->pfn] = (struct heap_tie){.handle = object + 1, .cache = kind};
	units_of(heap)[place]++;
}

static inline void undescribe(struct heap *heap, const struct op *op)
{
	const size_t place = place_of(op->page_kind, op);
	struct heap_tie *tie = &heap->ties[op->pfn];
	slub_object object = tie->handle - 1;
	struct cache *cache = &heap->caches[tie->cache];

	if (object == SLUB_NONE)
		return;
	tie->handle = 0;
	units_of(heap)[place]--;
	if (!slub_free_fast(cache->slub, op->cpu, object))
		heap_give(heap, cache, op->cpu, object);
}

/* The unit is described as something else now; nothing is charged, as it was that all along. */
static inline void rekind(struct heap *heap, const struct op *op)
{
	const size_t old = place_of(op->old_kind, op), new = place_of(op->page_kind, op);
	struct heap_home home;
	struct heap_ref ref;

	if (objects_of(heap)[old] == objects_of(heap)[new]) {
		const uint64_t nr = heap->ties[op->pfn].handle != 0;

		units_of(heap)[old] -= nr;
		units_of(heap)[new] += nr;
		return;
	}
	heap_undescribe(heap, op->pfn, op->order, op->old_kind, op->cpu, &ref, &home);
	heap_describe(heap, op->pfn, op->order, op->page_kind, op->cpu, &ref);
}

static void seed(struct heap *heap, const struct op *op)
{
	/* a unit by itself is described as any other, if no room is to be left free between them */
	if (op->next == PFN_NONE && is_straight(heap) && heap->layout->census_fill == 100)
		describe(heap, op);
	else
		heap_seed(heap, op->pfn, op_units(op), op->order, op->page_kind);
}

static void run_one(struct heap *heap, const struct op *op)
{
	struct heap_home home;
	struct heap_ref ref;

	switch (op->kind) {
	case OP_SEED:
		seed(heap, op);
		return;
	case OP_DESCRIBE:
		heap_describe(heap, op->pfn, op->order, op->page_kind, op->cpu, &ref);
		return;
	case OP_UNDESCRIBE:
		heap_undescribe(heap, op->pfn, op->order, op->page_kind, op->cpu, &ref, &home);
		return;
	default:
		return;
	}
}

void heap_run(struct heap *heap, const struct op *ops, size_t nr)
{
	const bool straight = is_straight(heap);

	if (heap_is_empty(heap))
		return;
	for (size_t i = 0; i < nr; i++) {
		const struct op *op = &ops[i];

		if (nr - i > FAR)
			ahead_to_write(&heap->ties[op[FAR].pfn]);
		if (op->kind == OP_DESCRIBE && straight)
			describe(heap, op);
		else if (op->kind == OP_UNDESCRIBE && straight)
			undescribe(heap, op);
		else if (op->kind == OP_REKIND)
			rekind(heap, op);
		else
			run_one(heap, op);
	}
}
