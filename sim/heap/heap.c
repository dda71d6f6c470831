// SPDX-License-Identifier: GPL-2.0-only
#include "sim/heap/heap.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/zeroes.h"
#include "sim/heap/heap_internal.h"
#include "sim/access/op.h"
#include "sim/access/place.h"

DEFINE_CLEANUP(struct heap *, heap_destroy);

/* SLAB's management lies in the slabs themselves, or in kmalloc()ed memory. */
static void manage(struct cache *cache, const struct layout *layout, struct slub_geometry *ret)
{
	struct layout_slab_home home;

	layout_slab_home(layout, &home);
	*ret = (struct slub_geometry){.stride = home.stride, .objects = home.per_page};
	if (home.kmalloced)
		ret->array_limit = slub_array_limit(home.stride, layout->base_page);
	cache->colours = home.colours;
	cache->colour_bytes = home.colour_bytes;
}

static int create_cache(struct heap *heap, size_t i, unsigned int nr_cpus, struct error *err)
{
	const size_t kind = i % heap->nr_objects, node = i / heap->nr_objects;
	const struct layout_object *object = &heap->layout->objects[kind];
	struct cache *cache = &heap->caches[i];
	struct slub_opts opts = {
		.name = object->name,
		.size = object->stride, /* what --set changed about it, too */
		.align = object->align,
		.rcu = object->rcu,
		.page_size = heap->layout->base_page,
		.self_described = object->cls == LAYOUT_CLASS_SLAB,
		.nr_cpus = nr_cpus,
	};
	bool managed = layout_is_managed(heap->layout, object);
	struct slub_counts counts;
	struct slub_geometry geometry;
	int r;

	cache->object = object;
	cache->picky = object->fraction_percent != 100;
	cache->base = place_heap(kind, node);
	cache->colours = 1;
	if (managed) {
		manage(cache, heap->layout, &geometry);
		opts.self_described = false; /* it describes the slab that it lies in, or none */
	} else {
		slub_geometry(&opts, &geometry);
		geometry.sheaf_capacity = heap->layout->slub_sheaf;
	}
	opts.geometry = &geometry;
	r = slub_cache_create(&opts, cache->base, &cache->slub, err);
	if (r)
		return r;
	slub_counts(cache->slub, &counts);
	cache->slab_bytes = (uint64_t)heap->layout->base_page << counts.order;
	/* the memory that holds SLAB's management is not the heap's: what counts is the descriptors */
	cache->charge = managed ? (uint64_t)geometry.objects * object->stride : cache->slab_bytes;
	cache->first_entry = place_entry(heap->layout, place_heap_pfn(heap->max_pfn, kind, node));
	return 0;
}

/* Which object each unit needs, and which cache describes the slabs of each cache. */
static void link_caches(struct heap *heap)
{
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		for (unsigned int order = 0; order <= LAYOUT_MAX_ORDER; order++)
			heap->object_for[kind][order] = (uint8_t)layout_object_for(
				heap->layout, kind, layout_order(heap->layout, order));
	for (size_t i = 0; i < heap->nr_caches; i++) {
		struct slub_counts counts;
		unsigned int order;
		uint8_t slabs;

		slub_counts(heap->caches[i].slub, &counts);
		order = counts.order + layout_page_shift(heap->layout);
		slabs = heap->object_for[PAGE_KIND_SLAB][order];
		/* slabs that are not the heap's have theirs */
		if (slabs != NO_OBJECT && heap->caches[i].charge == heap->caches[i].slab_bytes)
			heap->caches[i].slabs = &heap->caches[i - i % heap->nr_objects + slabs];
	}
}

int heap_create(const struct layout *layout, uint32_t max_pfn, unsigned int nr_cpus,
		const struct nodes *nodes, struct heap **ret, struct error *err)
{
	_cleanup_(heap_destroyp) struct heap *heap = calloc(1, sizeof(*heap));
	const size_t nr = layout->nr_objects * nodes_nr(nodes);

	if (!heap)
		return error_nomem(err);
	if (nr > NO_OBJECT)
		return error_set(err, -ENOTSUP,
				 "layout %s has %zu kinds of descriptors, which are too many on %u "
				 "NUMA nodes",
				 layout->name, layout->nr_objects, nodes_nr(nodes));
	heap->layout = layout;
	heap->max_pfn = max_pfn;
	heap->page_shift = (unsigned int)__builtin_ctz(layout->base_page);
	heap->nodes = nodes;
	heap->nr_objects = layout->nr_objects;
	heap->caches = calloc(nr ? nr : 1, sizeof(*heap->caches));
	if (!heap->caches)
		return error_nomem(err);
	for (size_t i = 0; i < nr; i++) {
		int r = create_cache(heap, i, nr_cpus, err);

		if (r)
			return r;
		heap->nr_caches++;
	}
	link_caches(heap);
	if (heap->nr_caches) {
		heap->ties = zeroes_map(((size_t)max_pfn + 1) * sizeof(*heap->ties));
		heap->address = zeroes_map(((size_t)max_pfn + 1) * sizeof(*heap->address));
		if (!heap->ties || !heap->address)
			return error_nomem(err);
	}
	if (heap->nr_caches && layout->freed_kept) {
		int r = kept_create(nr_cpus, (unsigned int)heap->nr_objects, layout->freed_kept,
				    &heap->kept, err);

		if (r)
			return r;
	}
	*ret = take_ptr(heap);
	return 0;
}

void heap_destroy(struct heap *heap)
{
	if (!heap)
		return;
	for (size_t i = 0; i < heap->nr_caches; i++) {
		slub_cache_destroy(heap->caches[i].slub);
		free(heap->caches[i].slab_desc);
		free(heap->caches[i].holes);
	}
	zeroes_unmap(heap->ties, ((size_t)heap->max_pfn + 1) * sizeof(*heap->ties));
	zeroes_unmap(heap->address, ((size_t)heap->max_pfn + 1) * sizeof(*heap->address));
	kept_destroy(heap->kept);
	free(heap->caches);
	free(heap);
}

void heap_count_only(struct heap *heap)
{
	heap->count_only = true;
}

bool heap_is_empty(const struct heap *heap)
{
	return !heap->nr_caches;
}

bool heap_failed(const struct heap *heap)
{
	return heap->failed;
}

/* Where an object is that SLUB would have at this address. Slabs take turns in their colours: cache_grow() of mm/slab.c */
static uint64_t coloured(const struct cache *cache, slub_object object, uint64_t address)
{
	if (cache->colours == 1)
		return address;
	return address + heap_slab_index(cache, object) % cache->colours * cache->colour_bytes;
}

static struct heap_ref make_ref(const struct heap *heap, const struct cache *cache, uint32_t pfn)
{
	return (struct heap_ref){
		.object = cache->object,
		.address = heap->address[pfn],
	};
}

static void make_home(const struct heap *heap, const struct cache *cache,
		      const struct kept_unit *unit, struct heap_home *ret)
{
	slub_object object = unit->object;
	uint64_t address = slub_address(cache->slub, object);
	uint64_t page = (address - cache->base) >> heap->page_shift;
	size_t slab = heap_slab_index(cache, object);

	ret->given = true;
	ret->pfn = unit->pfn;
	ret->order = unit->order;
	ret->address = coloured(cache, object, address);
	ret->page_entry = cache->first_entry + page * heap->layout->page_size;
	ret->slab_descriptor = 0;
	if (cache->slabs == cache)
		ret->slab_descriptor = slub_slab_address(cache->slub, object);
	else if (slab < cache->cap_slab_desc && cache->slab_desc[slab] != SLUB_NONE)
		ret->slab_descriptor = slub_address(cache->slabs->slub, cache->slab_desc[slab]);
}

void heap_note_address(struct heap *heap, uint32_t pfn, uint8_t i, slub_object object)
{
	const struct cache *cache = &heap->caches[i];

	heap->address[pfn] = coloured(cache, object, slub_address(cache->slub, object));
}

bool heap_describe(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t page_kind,
		   unsigned int cpu, struct heap_ref *ret)
{
	uint8_t kind = heap->object_for[page_kind][order], i;
	slub_object object;
	bool kept;

	if (kind == NO_OBJECT || !heap_is_picked(&heap->layout->objects[kind], pfn))
		return false;
	i = heap_cache_of(heap, pfn, kind);
	object = heap->kept ? kept_take(heap->kept, cpu, kind, pfn, (uint8_t)order) : SLUB_NONE;
	kept = object != SLUB_NONE;
	if (!kept)
		object = heap_take(heap, &heap->caches[i], cpu);
	if (object == SLUB_NONE)
		return false;
	heap_note(heap, pfn, i, object);
	heap->units.units[page_kind][order]++;
	if (heap->count_only)
		return true;
	*ret = make_ref(heap, &heap->caches[i], pfn);
	ret->kept = kept;
	return true;
}

const uint64_t *heap_addresses(const struct heap *heap)
{
	return heap->address;
}

bool heap_find(const struct heap *heap, uint32_t pfn, struct heap_ref *ret)
{
	if (!heap->nr_caches || !heap->ties[pfn].handle)
		return false;
	*ret = make_ref(heap, &heap->caches[heap->ties[pfn].cache], pfn);
	return true;
}

uint64_t heap_count(const struct heap *heap, uint32_t pfn, uint32_t nr, unsigned int order)
{
	uint64_t count = 0;

	if (!heap->nr_caches)
		return 0;
	for (uint64_t i = 0; i < nr; i++)
		count += heap->ties[pfn + (i << order)].handle != 0;
	return count;
}

bool heap_undescribe(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t page_kind,
		     unsigned int cpu, struct heap_ref *ret, struct heap_home *ret_home)
{
	struct kept_unit unit = {.pfn = pfn, .order = (uint8_t)order}, gone;
	struct cache *cache;
	uint8_t kind;

	if (!heap->nr_caches || !heap->ties[pfn].handle)
		return false;
	cache = &heap->caches[heap->ties[pfn].cache];
	kind = heap_kind_of(heap, heap->ties[pfn].cache);
	unit.object = heap->ties[pfn].handle - 1;
	if (!heap->count_only) {
		*ret = make_ref(heap, cache, pfn);
		ret->kept = heap->kept;
	}
	gone = unit;
	ret_home->given = !heap->kept || kept_put(heap->kept, cpu, kind, &unit, &gone);
	if (ret_home->given) {
		cache = &heap->caches[heap_cache_of(heap, gone.pfn, kind)];
		if (!heap->count_only)
			make_home(heap, cache, &gone, ret_home);
		heap_give(heap, cache, cpu, gone.object);
	}
	heap->ties[pfn].handle = 0;
	if (!heap->count_only)
		heap->address[pfn] = 0;
	heap->units.units[page_kind][order]--;
	return true;
}

bool heap_has_same(const struct heap *heap, unsigned int order, uint8_t a, uint8_t b)
{
	return heap_is_same(heap, order, a, b);
}

void heap_rekind(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t old_kind,
		 uint8_t page_kind)
{
	if (heap->nr_caches)
		heap_count_rekind(heap, pfn, order, old_kind, page_kind);
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
		heap_collect(heap, &heap->caches[i], 0);
}

void heap_reap(struct heap *heap)
{
	for (size_t i = 0; i < heap->nr_caches; i++) {
		slub_reap(heap->caches[i].slub);
		heap_collect(heap, &heap->caches[i], 0);
	}
}

static void add_counts(const struct heap *heap, const struct cache *cache, struct heap_counts *ret)
{
	struct slub_counts counts;

	slub_counts(cache->slub, &counts);
	ret->object = cache->object;
	ret->stride = cache->object->stride;
	ret->slab_order = counts.order;
	ret->objects_per_slab =
		layout_is_managed(heap->layout, cache->object) ? 0 : counts.objects_per_slab;
	ret->live += counts.objects;
	ret->peak += counts.peak_objects;
	ret->allocs += counts.allocs;
	ret->slab_bytes += counts.slabs * cache->charge;
	ret->slab_allocs += counts.slab_allocs;
}

size_t heap_counts(const struct heap *heap, struct heap_counts ret[LAYOUT_MAX_OBJECTS])
{
	for (size_t i = 0; i < heap->nr_objects; i++)
		ret[i] = (struct heap_counts){.object = NULL};
	for (size_t i = 0; i < heap->nr_caches; i++)
		add_counts(heap, &heap->caches[i], &ret[i % heap->nr_objects]);
	return heap->nr_objects;
}

uint64_t heap_bytes(const struct heap *heap)
{
	return heap->bytes;
}

uint64_t heap_peak_bytes(const struct heap *heap)
{
	return heap->peak_bytes;
}
