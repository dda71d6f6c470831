// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors by operations: many at once and straight on where nobody asks where they lie. */
#include "sim/heap_internal.h"

enum {
	FAR = 32,
	NEAR = 12
}; /* operations; how far ahead is fetched who describes a unit, and its slab */

/* Neither is there a choice of caches, nor anything between them and their users. */
static inline bool is_straight(const struct heap *heap)
{
	return heap->count_only && !heap->kept && !heap->nodes;
}

static inline void describe(struct heap *heap, const struct op *op)
{
	uint8_t kind = heap->object_for[op->page_kind][op->order];
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
	heap_note(heap, op->pfn, kind, object);
	heap->units.units[op->page_kind][op->order]++;
}

static inline void undescribe(struct heap *heap, const struct op *op)
{
	struct heap_tie *tie = &heap->ties[op->pfn];
	slub_object object = tie->handle - 1;
	struct cache *cache = &heap->caches[tie->cache];

	if (object == SLUB_NONE)
		return;
	tie->handle = 0;
	if (!slub_free_fast(cache->slub, op->cpu, object))
		heap_give(heap, cache, op->cpu, object);
	heap->units.units[op->page_kind][op->order]--;
}

/* The unit is described as something else now; nothing is charged, as it was that all along. */
static inline void rekind(struct heap *heap, const struct op *op)
{
	struct heap_home home;
	struct heap_ref ref;

	if (heap_is_same(heap, op->order, op->old_kind, op->page_kind)) {
		heap_count_rekind(heap, op->pfn, op->order, op->old_kind, op->page_kind);
		return;
	}
	heap_undescribe(heap, op->pfn, op->order, op->old_kind, op->cpu, &ref, &home);
	heap_describe(heap, op->pfn, op->order, op->page_kind, op->cpu, &ref);
}

static void run_one(struct heap *heap, const struct op *op)
{
	struct heap_home home;
	struct heap_ref ref;

	switch (op->kind) {
	case OP_SEED:
		heap_seed(heap, op->pfn, op_units(op), op->order, op->page_kind);
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

/* Who describes a unit is met at random, and so are the slabs of what is given back. */
static inline void look_ahead(const struct heap *heap, const struct op *ops, size_t left)
{
	const struct heap_tie *tie;

	if (left > FAR)
		__builtin_prefetch(&heap->ties[ops[FAR].pfn], 1);
	if (left <= NEAR || ops[NEAR].kind != OP_UNDESCRIBE)
		return;
	tie = &heap->ties[ops[NEAR].pfn];
	if (tie->handle)
		slub_look_ahead(heap->caches[tie->cache].slub, tie->handle - 1);
}

void heap_run(struct heap *heap, const struct op *ops, size_t nr)
{
	const bool straight = is_straight(heap);

	if (heap_is_empty(heap))
		return;
	for (size_t i = 0; i < nr; i++) {
		const struct op *op = &ops[i];

		look_ahead(heap, op, nr - i);
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
