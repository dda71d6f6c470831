/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the heap share: heap.c, and heap_seed.c for descriptors from before the trace. */
#ifndef SIM_HEAP_INTERNAL_H
#define SIM_HEAP_INTERNAL_H

#include <stddef.h>

#include "base/ahead.h"
#include "base/page_kind.h"
#include "sim/heap/heap.h"
#include "sim/heap/kept.h"
#include "sim/access/nodes.h"
#include "sim/heap/slub_internal.h"

enum { NO_OBJECT = (uint8_t)-1 }; /* what layout_object_for() says when none is needed */

/* One kind of descriptor. */
struct cache {
	const struct layout_object *object;
	struct slub_cache *slub;
	bool picky;	     /* only a part of the units that it could describe have one of these */
	uint64_t base;	     /* address of its first slab */
	uint64_t slab_bytes; /* of one slab */
	uint64_t charge; /* bytes that a slab counts for: slab_bytes, unless it is not the heap's */
	unsigned int colours, colour_bytes; /* of slabs that are not the heap's; 1, 0 */
	uint64_t first_entry;		    /* memmap entry of the first page of its first slab */
	struct cache *slabs; /* whence its slabs' descriptors come; itself; NULL: they have none */
	slub_object *slab_desc; /* by slab: its descriptor in the cache of slab descriptors */
	size_t cap_slab_desc;
	/* while the census goes on: objects that keep room free, and how many are due, in per cent */
	slub_object *holes;
	size_t nr_holes, cap_holes;
	unsigned int due;
};

/* What ties a unit to its descriptor: side by side, as both are met together, at random. */
struct heap_tie {
	uint32_t handle; /* object + 1, 0: none */
	uint8_t cache;	 /* index of it */
} __attribute__((packed));

struct heap {
	const struct layout *layout;
	uint32_t max_pfn;
	unsigned int page_shift;   /* log2 of the bytes of a base page */
	const struct nodes *nodes; /* borrowed; NULL: one */
	size_t nr_objects;	   /* kinds of descriptors */
	size_t nr_caches;	   /* as many for each node, one node after the other */
	struct cache *caches;
	struct heap_tie *ties; /* by pfn */
	uint64_t *address;     /* by pfn: of the descriptor, 0: none */
	uint64_t bytes, peak_bytes;
	struct heap_units units;
	uint8_t object_for[PAGE_KIND_MAX][LAYOUT_MAX_ORDER + 1]; /* tabled; or NO_OBJECT */
	struct kept *kept;					 /* NULL: none are */
	bool settled;						 /* the census is over */
	bool count_only;					 /* nobody asks where they lie */
	bool failed;
};

/* Index of the cache that describes the unit with this kind of object: on its own node. */
static inline uint8_t heap_cache_of(const struct heap *heap, uint32_t pfn, uint8_t object)
{
	return (uint8_t)(nodes_of_pfn(heap->nodes, pfn) * heap->nr_objects + object);
}

/* Which object that cache has. */
static inline uint8_t heap_kind_of(const struct heap *heap, uint8_t cache)
{
	return (uint8_t)(heap->nodes ? cache % heap->nr_objects : cache);
}

/* heap_has_same() and heap_rekind(), for those to whom calling takes longer than doing it. */
static inline bool heap_is_same(const struct heap *heap, unsigned int order, uint8_t a, uint8_t b)
{
	return heap->object_for[a][order] == heap->object_for[b][order];
}

static inline void heap_count_rekind(struct heap *heap, uint32_t pfn, unsigned int order,
				     uint8_t old_kind, uint8_t page_kind)
{
	if (!heap->ties[pfn].handle)
		return;
	heap->units.units[old_kind][order]--;
	heap->units.units[page_kind][order]++;
}

/* The unit's descriptor comes or goes soon. */
static inline void heap_look_ahead(const struct heap *heap, uint32_t pfn)
{
	ahead_to_write(&heap->ties[pfn]);
}

/* Whether this one of the units that need a descriptor gets one: the layout may say that only a part of them does. */
static inline bool heap_is_picked(const struct layout_object *object, uint32_t pfn)
{
	/* chosen by their place, evenly and for good */
	return object->fraction_percent == 100 ||
	       (uint32_t)(pfn * 0x9e3779b1U) >> 16 < object->fraction_percent * 65536U / 100;
}

/* The number of the slab that holds the object. */
static inline size_t heap_slab_index(const struct cache *cache, slub_object object)
{
	return slub_slab_of(cache->slub, object);
}

/* The slabs that went back to the page allocator, and their own descriptors to their cache. */
void heap_collect(struct heap *heap, struct cache *cache, unsigned int cpu);
/* Takes one descriptor; a new slab makes it take a slab descriptor too, and so on. SLUB_NONE: no memory. */
slub_object heap_take(struct heap *heap, struct cache *cache, unsigned int cpu);
/* Where the unit's descriptor lies. */
void heap_note_address(struct heap *heap, uint32_t pfn, uint8_t cache, slub_object object);
void heap_give(struct heap *heap, struct cache *cache, unsigned int cpu, slub_object object);

/* From now on the unit at pfn has this descriptor. */
static inline void heap_note(struct heap *heap, uint32_t pfn, uint8_t cache, slub_object object)
{
	heap->ties[pfn] = (struct heap_tie){.handle = object + 1, .cache = cache};
	if (!heap->count_only)
		heap_note_address(heap, pfn, cache, object);
}

#endif
