// SPDX-License-Identifier: GPL-2.0-only
/* The slabs of the SLUB model: their size, where they lie, and their life. */
#include "sim/heap/slub_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define PAGE_SIZE 4096U	  /* of most architectures */
#define MAX_ORDER 3	  /* slub_max_order: PAGE_ALLOC_COSTLY_ORDER */
#define MAX_PAGE_ORDER 10 /* the largest block of the page allocator */
#define MAX_OBJECTS 32767 /* slab->objects has 15 bits */
#define MIN_PARTIAL 5	  /* bounds of min_partial, in slabs */
#define MAX_PARTIAL 10

DEFINE_CLEANUP(struct slub_cache *, slub_cache_destroy);

static uint32_t ilog2(uint32_t n)
{
	return 31 - (uint32_t)__builtin_clz(n);
}

static uint32_t page_size(const struct slub_opts *o)
{
	return o->page_size ? o->page_size : PAGE_SIZE;
}

static uint32_t get_order(uint64_t size, uint32_t page)
{
	uint32_t order = 0;

	while ((uint64_t)page << order < size)
		order++;
	return order;
}

/* "calculate_order" and "calc_slab_order", with slub_min_order 0 and slub_min_objects unset. */
static uint32_t calculate_order(uint32_t size, uint32_t nr_cpus, uint32_t page)
{
	uint32_t wanted = 4 * (ilog2(nr_cpus) + 2); /* 4 * (fls(nr_cpus) + 1) */
	uint32_t max_objects = (page << MAX_ORDER) / size;
	uint32_t min_order, order;

	if (wanted > max_objects)
		wanted = max_objects ? max_objects : 1;
	min_order = get_order((uint64_t)wanted * size, page);
	for (uint32_t fraction = 16; fraction > 1; fraction /= 2)
		for (order = min_order; order <= MAX_ORDER; order++) {
			uint32_t slab_bytes = page << order;

			if (slab_bytes % size <= slab_bytes / fraction)
				return order;
		}
	return get_order(size, page);
}

void slub_geometry(const struct slub_opts *o, struct slub_geometry *ret)
{
	uint32_t align = o->align < 8 ? 8 : o->align; /* the free pointer needs a word */
	uint32_t size = (o->size + align - 1) & ~(align - 1);
	uint32_t min_partial = ilog2(size) / 2, page = page_size(o);

	*ret = (struct slub_geometry){
		.stride = size,
		.order = calculate_order(size, o->nr_cpus, page),
		.cpu_partial = size >= page   ? 6
			       : size >= 1024 ? 24
			       : size >= 256  ? 52
					      : 120,
		.min_partial = min_partial > MAX_PARTIAL   ? MAX_PARTIAL
			       : min_partial < MIN_PARTIAL ? MIN_PARTIAL
							   : min_partial,
	};
	ret->objects = (page << ret->order) / size;
}

static int check_opts(const struct slub_opts *o, struct error *err)
{
	uint32_t page = page_size(o);

	if (!o->size || o->size > PAGE_SIZE << MAX_PAGE_ORDER)
		return error_set(err, -EINVAL,
				 "slab cache '%s': an object of %u bytes is not possible", o->name,
				 o->size);
	if (o->align > page || (o->align & (o->align - 1)))
		return error_set(err, -EINVAL,
				 "slab cache '%s': the alignment %u is not a power of two up to %u",
				 o->name, o->align, page);
	if (o->self_described && o->size > page / 2)
		return error_set(err, -EINVAL,
				 "slab cache '%s': a slab has no room beside its own descriptor",
				 o->name);
	if (!o->nr_cpus)
		return error_set(err, -EINVAL, "slab cache '%s': there are no CPUs", o->name);
	return 0;
}

static int check_geometry(const struct slub_opts *o, const struct slub_geometry *g,
			  struct error *err)
{
	if (g->order <= MAX_PAGE_ORDER && g->objects && g->objects <= MAX_OBJECTS &&
	    g->stride >= o->size && (uint64_t)g->objects * g->stride <= page_size(o) << g->order &&
	    g->cpu_partial <= UINT32_MAX / 4 && g->sheaf_capacity <= UINT16_MAX)
		return 0;
	return error_set(err, -EINVAL,
			 "slab cache '%s': %u objects of %u bytes do not fit into a slab of order "
			 "%u",
			 o->name, g->objects, g->stride, g->order);
}

int slub_cache_create(const struct slub_opts *opts, uint64_t base, struct slub_cache **ret,
		      struct error *err)
{
	_cleanup_(slub_cache_destroyp) struct slub_cache *c = calloc(1, sizeof(*c));
	struct slub_geometry g;
	int r = check_opts(opts, err);

	if (!r) {
		slub_geometry(opts, &g);
		if (opts->geometry)
			g = *opts->geometry;
		r = check_geometry(opts, &g, err);
	}
	if (r)
		return r;
	if (!c)
		return error_nomem(err);
	c->name = strdup(opts->name);
	c->cpu = calloc(opts->nr_cpus, sizeof(*c->cpu));
	if (!c->name || !c->cpu)
		return error_nomem(err);
	for (uint32_t i = 0; i < opts->nr_cpus; i++)
		c->cpu[i] = (struct cpu_slab){NO_SLAB, NO_SLAB, SLOT_END, NULL, NULL, NULL};
	c->base = base;
	c->stride = g.stride;
	c->order = g.order;
	c->objects = g.objects;
	c->min_partial = g.min_partial;
	/* "slub_set_cpu_partial": enough slabs for so many objects, if they are half full */
	c->cpu_partial_slabs = (g.cpu_partial * 2 + g.objects - 1) / g.objects;
	c->slab_bytes = page_size(opts) << c->order;
	c->per_objects = ((1ULL << 63) + c->objects - 1) / c->objects;
	c->reserved = opts->self_described ? 1 : 0;
	if (c->reserved == c->objects)
		return error_set(err, -EINVAL,
				 "slab cache '%s': a slab has room for its own descriptor only",
				 opts->name);
	c->rcu = opts->rcu;
	c->nr_cpus = opts->nr_cpus;
	c->freed_head = c->born_head = c->rcu_head = NO_SLAB;
	c->partial = c->unused = SLAB_LIST_EMPTY;
	c->sheaf_capacity = g.sheaf_capacity;
	if (!slub_sheaves_init(c) || !slub_arrays_init(c, g.array_limit, page_size(opts)))
		return error_nomem(err);
	c->counts.order = c->order;
	c->counts.objects_per_slab = c->objects - c->reserved;
	c->counts.stride = c->stride;
	*ret = take_ptr(c);
	return 0;
}

void slub_cache_destroy(struct slub_cache *c)
{
	if (!c)
		return;
	slub_sheaves_fini(c);
	slub_arrays_fini(c);
	free(c->name);
	free(c->cpu);
	free(c->slab);
	free(c->next);
	free(c->absent);
	free(c);
}

/* Slabs given back: the lowest address is taken first. */
static void absent_push(struct slub_cache *c, uint32_t slab)
{
	uint32_t i = c->nr_absent++;

	for (; i && c->absent[(i - 1) / 2] > slab; i = (i - 1) / 2)
		c->absent[i] = c->absent[(i - 1) / 2];
	c->absent[i] = slab;
}

static uint32_t absent_pop(struct slub_cache *c)
{
	uint32_t lowest = c->absent[0], last = c->absent[--c->nr_absent];
	uint32_t i = 0, child;

	for (; (child = 2 * i + 1) < c->nr_absent; i = child) {
		if (child + 1 < c->nr_absent && c->absent[child + 1] < c->absent[child])
			child++;
		if (c->absent[child] >= last)
			break;
		c->absent[i] = c->absent[child];
	}
	c->absent[i] = last;
	return lowest;
}

static bool grow(void **array, uint64_t nr, size_t size)
{
	void *bigger = reallocarray(*array, nr, size);

	if (bigger)
		*array = bigger;
	return bigger;
}

/* Room for one more slab; the heap of absent slabs gets the same, so that giving back cannot fail. */
static bool reserve_slab(struct slub_cache *c)
{
	uint64_t capacity = c->capacity ? (uint64_t)c->capacity * 2 : 64;
	uint64_t limit = SLUB_NONE / c->objects; /* object names end below SLUB_NONE */

	if (c->nr_slab < c->capacity)
		return true;
	if (capacity > limit)
		capacity = limit;
	if (capacity <= c->nr_slab || !grow((void **)&c->slab, capacity, sizeof(*c->slab)) ||
	    !grow((void **)&c->absent, capacity, sizeof(*c->absent)) ||
	    !grow((void **)&c->next, capacity * c->objects, sizeof(*c->next)))
		return false;
	c->capacity = (uint32_t)capacity;
	return true;
}

uint32_t slub_new_slab(struct slub_cache *c)
{
	uint16_t *next;
	uint32_t n;

	if (c->nr_absent)
		n = absent_pop(c);
	else if (reserve_slab(c))
		n = c->nr_slab++;
	else
		return NO_SLAB;
	c->freed_head =
		NO_SLAB; /* what was not asked for in time is not told: it may be this very slab */
	next = slub_links(c, n);
	for (uint32_t i = 0; i + 1 < c->objects; i++)
		next[i] = (uint16_t)(i + 1);
	next[c->objects - 1] = SLOT_END;
	if (c->reserved)
		next[0] = SLOT_END; /* on no freelist, and never to be freed */
	c->slab[n] = (struct slab){
		.next = NO_SLAB,
		.prev = NO_SLAB,
		.freelist = (uint16_t)c->reserved,
	};
	c->counts.slab_allocs++;
	if (++c->counts.slabs > c->counts.peak_slabs)
		c->counts.peak_slabs = c->counts.slabs;
	return n;
}

int slub_seed(struct slub_cache *c, uint32_t inuse, slub_object *ret_first, struct error *err)
{
	uint32_t n, room = c->objects - c->reserved;
	uint16_t *next;

	if (inuse > room)
		return error_set(err, -EINVAL, "slab cache '%s': a slab holds %u objects, not %u",
				 c->name, room, inuse);
	n = slub_new_slab(c);
	if (n == NO_SLAB)
		return error_nomem(err);
	next = slub_links(c, n) + c->reserved;
	for (uint32_t i = 0; i < inuse; i++) {
		c->slab[n].freelist = next[i];
		next[i] = SLOT_USED;
	}
	c->slab[n].inuse = (uint16_t)inuse;
	c->slab[n].place = SLAB_FULL;
	if (inuse < room)
		slub_add_partial(c, n);
	c->counts.objects += inuse;
	if (c->counts.objects > c->counts.peak_objects)
		c->counts.peak_objects = c->counts.objects;
	*ret_first = n * c->objects + c->reserved;
	return 0;
}

static void release_pages(struct slub_cache *c, uint32_t n)
{
	absent_push(c, n);
	c->slab[n].told = c->freed_head;
	c->freed_head = n;
	c->counts.slabs--;
	c->counts.slab_frees++;
}

bool slub_discard_slab(struct slub_cache *c, uint32_t n)
{
	c->slab[n].place = SLAB_ABSENT;
	if (!c->rcu) {
		release_pages(c, n);
		return true;
	}
	c->slab[n].next = c->rcu_head;
	c->rcu_head = n;
	return false;
}

uint32_t slub_quiesce(struct slub_cache *c)
{
	uint32_t nr = 0;

	for (uint32_t n = c->rcu_head, next; n != NO_SLAB; n = next, nr++) {
		next = c->slab[n].next;
		release_pages(c, n);
	}
	c->rcu_head = NO_SLAB;
	return nr;
}

static bool pop_told(struct slub_cache *c, uint32_t *head, uint32_t *ret)
{
	uint32_t n = *head;

	if (n == NO_SLAB)
		return false;
	*head = c->slab[n].told;
	*ret = n;
	return true;
}

bool slub_pop_born(struct slub_cache *c, uint32_t *ret)
{
	return pop_told(c, &c->born_head, ret);
}

bool slub_pop_freed(struct slub_cache *c, uint32_t *ret)
{
	return pop_told(c, &c->freed_head, ret);
}

uint64_t slub_address(const struct slub_cache *c, slub_object object)
{
	uint32_t n = slub_slab_of(c, object);

	return c->base + (uint64_t)n * c->slab_bytes +
	       (uint64_t)(object - n * c->objects) * c->stride;
}

uint64_t slub_slab_address(const struct slub_cache *c, slub_object object)
{
	return c->base + (uint64_t)slub_slab_of(c, object) * c->slab_bytes;
}

void slub_counts(const struct slub_cache *c, struct slub_counts *ret)
{
	*ret = c->counts;
	/* what was taken is in use or was given back: no need to count it three times */
	ret->allocs = c->counts.objects + c->counts.frees;
}

void slub_forget_peak(struct slub_cache *c)
{
	c->counts.peak_slabs = c->counts.slabs;
	c->counts.peak_objects = c->counts.objects;
}

void slub_node_partial(const struct slub_cache *c, uint64_t *ret_slabs, uint64_t *ret_free)
{
	uint64_t nr_free = 0;

	for (uint32_t n = c->partial.head; n != NO_SLAB; n = c->slab[n].next)
		nr_free += c->objects - c->reserved - c->slab[n].inuse;
	*ret_slabs = c->partial.nr;
	*ret_free = nr_free;
}
