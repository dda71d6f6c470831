// SPDX-License-Identifier: GPL-2.0-only
#include "sim/heap.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/zeroes.h"
#include "sim/op.h"
#include "sim/place.h"
#include "sim/slub.h"

enum { NO_OBJECT = (uint8_t)-1 }; /* what layout_object_for() says when none is needed */

/* One kind of descriptor. */
struct cache {
	const struct layout_object *object;
	struct slub_cache *slub;
	uint64_t base;	     /* address of its first slab */
	uint64_t slab_bytes; /* of one slab: 1 << slab_shift */
	unsigned int slab_shift;
	uint64_t first_entry; /* memmap entry of the first page of its first slab */
	struct cache *slabs;  /* whence its slabs' descriptors come; itself; NULL: they have none */
	slub_object *slab_desc; /* by slab: its descriptor in the cache of slab descriptors */
	size_t cap_slab_desc;
};

struct heap {
	const struct layout *layout;
	uint32_t max_pfn;
	size_t nr_caches;
	struct cache caches[LAYOUT_MAX_OBJECTS];
	uint64_t *address; /* by pfn: of the descriptor, 0: none; NULL where the layout has none */
	uint64_t bytes, peak_bytes;
	struct heap_units units;
	uint8_t object_for[PAGE_KIND_MAX][LAYOUT_MAX_ORDER + 1]; /* tabled; or NO_OBJECT */
	bool failed;
};

DEFINE_CLEANUP(struct heap *, heap_destroy);

static int create_cache(struct heap *heap, size_t i, unsigned int nr_cpus, struct error *err)
{
	const struct layout_object *object = &heap->layout->objects[i];
	struct cache *cache = &heap->caches[i];
	const struct slub_opts opts = {
		.name = object->name,
		.size = object->stride, /* what --set changed about it, too */
		.align = object->align,
		.rcu = object->rcu,
		.self_described = object->cls == LAYOUT_CLASS_SLAB,
		.nr_cpus = nr_cpus,
	};
	struct slub_counts counts;
	int r;

	cache->object = object;
	cache->base = place_heap(i);
	r = slub_cache_create(&opts, cache->base, &cache->slub, err);
	if (r)
		return r;
	slub_counts(cache->slub, &counts);
	cache->slab_bytes = (uint64_t)PLACE_PAGE_SIZE << counts.order;
	cache->slab_shift = (unsigned int)__builtin_ctzll(cache->slab_bytes);
	cache->first_entry = place_entry(heap->layout, place_heap_pfn(heap->max_pfn, i));
	return 0;
}

/* Which object each unit needs, and which cache describes the slabs of each cache. */
static void link_caches(struct heap *heap)
{
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		for (unsigned int order = 0; order <= LAYOUT_MAX_ORDER; order++)
			heap->object_for[kind][order] =
				(uint8_t)layout_object_for(heap->layout, kind, order);
	for (size_t i = 0; i < heap->nr_caches; i++) {
		struct slub_counts counts;
		uint8_t slabs;

		slub_counts(heap->caches[i].slub, &counts);
		slabs = heap->object_for[PAGE_KIND_SLAB][counts.order];
		heap->caches[i].slabs = slabs == NO_OBJECT ? NULL : &heap->caches[slabs];
	}
}

int heap_create(const struct layout *layout, uint32_t max_pfn, unsigned int nr_cpus,
		struct heap **ret, struct error *err)
{
	_cleanup_(heap_destroyp) struct heap *heap = calloc(1, sizeof(*heap));

	if (!heap)
		return error_nomem(err);
	heap->layout = layout;
	heap->max_pfn = max_pfn;
	for (size_t i = 0; i < layout->nr_objects; i++) {
		int r = create_cache(heap, i, nr_cpus, err);

		if (r)
			return r;
		heap->nr_caches++;
	}
	link_caches(heap);
	if (heap->nr_caches) {
		heap->address = zeroes_map(((size_t)max_pfn + 1) * sizeof(*heap->address));
		if (!heap->address)
			return error_nomem(err);
	}
	*ret = take_ptr(heap);
	return 0;
}

void heap_destroy(struct heap *heap)
{
	if (!heap)
		return;
	for (size_t i = 0; i < LAYOUT_MAX_OBJECTS; i++) {
		slub_cache_destroy(heap->caches[i].slub);
		free(heap->caches[i].slab_desc);
	}
	zeroes_unmap(heap->address, ((size_t)heap->max_pfn + 1) * sizeof(*heap->address));
	free(heap);
}

bool heap_is_empty(const struct heap *heap)
{
	return !heap->nr_caches;
}

bool heap_failed(const struct heap *heap)
{
	return heap->failed;
}

static size_t slab_index(const struct cache *cache, slub_object object)
{
	return (size_t)((slub_address(cache->slub, object) - cache->base) >> cache->slab_shift);
}

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

/* Takes one descriptor; a new slab makes it take a slab descriptor too, and so on. */
static slub_object take(struct heap *heap, struct cache *cache, unsigned int cpu)
{
	bool new_slab = false;
	slub_object object = slub_alloc(cache->slub, cpu, &new_slab);
	struct cache *slabs;
	size_t slab;

	if (object == SLUB_NONE) {
		heap->failed = true;
		return SLUB_NONE;
	}
	if (!new_slab)
		return object;
	heap->bytes += cache->slab_bytes;
	if (heap->bytes > heap->peak_bytes)
		heap->peak_bytes = heap->bytes;
	slabs = cache->slabs;
	if (!slabs || slabs == cache) /* a slab of slab descriptors describes itself */
		return object;
	slab = slab_index(cache, object);
	if (!reserve_slab_desc(cache, slab)) {
		heap->failed = true;
		return object;
	}
	cache->slab_desc[slab] = take(heap, slabs, cpu);
	return object;
}

/* A slab went back to the page allocator, and its own descriptor to its cache. */
static void collect(struct heap *heap, struct cache *cache, unsigned int cpu)
{
	uint32_t slab;

	while (slub_pop_freed(cache->slub, &slab)) {
		struct cache *slabs = cache->slabs;
		slub_object desc;

		heap->bytes -= cache->slab_bytes;
		if (!slabs || slab >= cache->cap_slab_desc)
			continue;
		desc = cache->slab_desc[slab];
		cache->slab_desc[slab] = SLUB_NONE;
		if (desc == SLUB_NONE)
			continue;
		slub_free(slabs->slub, cpu, desc, NULL);
		collect(heap, slabs, cpu);
	}
}

static struct heap_ref make_ref(const struct heap *heap, uint64_t address)
{
	return (struct heap_ref){
		.object = &heap->layout->objects[place_heap_index(address)],
		.address = address,
	};
}

static void give(struct heap *heap, struct cache *cache, unsigned int cpu, slub_object object)
{
	slub_free(cache->slub, cpu, object, NULL);
	collect(heap, cache, cpu);
}

static void make_home(const struct heap *heap, const struct cache *cache, uint64_t address,
		      struct heap_home *ret)
{
	uint64_t page = (address - cache->base) / PLACE_PAGE_SIZE;
	uint64_t slab = (address - cache->base) >> cache->slab_shift;

	ret->page_entry = cache->first_entry + page * heap->layout->page_size;
	ret->slab_descriptor = 0;
	if (cache->slabs == cache)
		ret->slab_descriptor = cache->base + (slab << cache->slab_shift);
	else if (slab < cache->cap_slab_desc && cache->slab_desc[slab] != SLUB_NONE)
		ret->slab_descriptor = slub_address(cache->slabs->slub, cache->slab_desc[slab]);
}

/* Which units get an object that only a fraction of them needs: chosen by their place, evenly and for good. */
static bool is_picked(const struct layout_object *object, uint32_t pfn)
{
	return (uint32_t)(pfn * 0x9e3779b1U) >> 16 < object->fraction_percent * 65536U / 100;
}

bool heap_describe(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t page_kind,
		   unsigned int cpu, struct heap_ref *ret)
{
	uint8_t i = heap->object_for[page_kind][order];
	slub_object object;

	if (i == NO_OBJECT || !is_picked(&heap->layout->objects[i], pfn))
		return false;
	object = take(heap, &heap->caches[i], cpu);
	if (object == SLUB_NONE)
		return false;
	heap->address[pfn] = slub_address(heap->caches[i].slub, object);
	heap->units.units[page_kind][order]++;
	*ret = make_ref(heap, heap->address[pfn]);
	return true;
}

void heap_seed(struct heap *heap, uint32_t pfn, uint64_t nr, unsigned int order, uint8_t page_kind)
{
	struct heap_ref ref;

	if (heap->object_for[page_kind][order] == NO_OBJECT)
		return;
	for (uint64_t i = 0; i < nr; i++)
		heap_describe(heap, pfn + (uint32_t)(i << order), order, page_kind, 0, &ref);
}

const uint64_t *heap_addresses(const struct heap *heap)
{
	return heap->address;
}

bool heap_find(const struct heap *heap, uint32_t pfn, struct heap_ref *ret)
{
	if (!heap->nr_caches || !heap->address[pfn])
		return false;
	*ret = make_ref(heap, heap->address[pfn]);
	return true;
}

bool heap_undescribe(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t page_kind,
		     unsigned int cpu, struct heap_ref *ret, struct heap_home *ret_home)
{
	struct cache *cache;

	if (!heap->nr_caches || !heap->address[pfn])
		return false;
	*ret = make_ref(heap, heap->address[pfn]);
	cache = &heap->caches[place_heap_index(ret->address)];
	make_home(heap, cache, ret->address, ret_home);
	give(heap, cache, cpu, slub_find(cache->slub, ret->address));
	heap->address[pfn] = 0;
	heap->units.units[page_kind][order]--;
	return true;
}

void heap_rekind(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t old_kind,
		 uint8_t page_kind, unsigned int cpu)
{
	struct heap_home home;
	struct heap_ref ref;

	if (heap->object_for[old_kind][order] != heap->object_for[page_kind][order]) {
		heap_undescribe(heap, pfn, order, old_kind, cpu, &ref, &home);
		heap_describe(heap, pfn, order, page_kind, cpu, &ref);
		return;
	}
	if (!heap->nr_caches || !heap->address[pfn])
		return;
	heap->units.units[old_kind][order]--;
	heap->units.units[page_kind][order]++;
}

const struct heap_units *heap_units(const struct heap *heap)
{
	return &heap->units;
}

void heap_quiesce(struct heap *heap)
{
	for (size_t i = 0; i < heap->nr_caches; i++)
		slub_quiesce(heap->caches[i].slub);
	for (size_t i = 0; i < heap->nr_caches; i++)
		collect(heap, &heap->caches[i], 0);
}

size_t heap_counts(const struct heap *heap, struct heap_counts ret[LAYOUT_MAX_OBJECTS])
{
	for (size_t i = 0; i < heap->nr_caches; i++) {
		const struct cache *cache = &heap->caches[i];
		struct slub_counts counts;

		slub_counts(cache->slub, &counts);
		ret[i] = (struct heap_counts){
			.object = cache->object,
			.stride = counts.stride,
			.slab_order = counts.order,
			.objects_per_slab = counts.objects_per_slab,
			.live = counts.objects,
			.peak = counts.peak_objects,
			.allocs = counts.allocs,
			.slab_bytes = counts.slabs * cache->slab_bytes,
			.slab_allocs = counts.slab_allocs,
		};
	}
	return heap->nr_caches;
}

uint64_t heap_bytes(const struct heap *heap)
{
	return heap->bytes;
}

uint64_t heap_peak_bytes(const struct heap *heap)
{
	return heap->peak_bytes;
}
