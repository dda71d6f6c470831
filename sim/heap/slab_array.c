// SPDX-License-Identifier: GPL-2.0-only
/*
 * SLAB instead of SLUB: arrays of free objects in front of the slabs, one for each CPU and one for the node, and the
 * node's lists of slabs. Function names in quotes are those of mm/slab.c in v3.11, which this follows; what v3.13 made
 * of bufctl (b1cb0982bdd6 "slab: change the management method of free objects of the slab") hands objects out in the
 * same order. A cache is of one node, without alien caches; no debugging, no shrinkers, no tuning through /proc/slabinfo.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/heap/slub_internal.h"

/* Objects for a CPU that asks for the first time since it was reaped. */
#define BATCHREFILL_LIMIT 16
/* The shared array has room for so many batches of a CPU's. */
#define SHARED_BATCHES 8

struct slab_array {
	uint32_t avail, limit, batchcount;
	bool touched; /* since "drain_array" saw it last */
	slub_object entry[];
};

/* "enable_cpucache" */
uint32_t slub_array_limit(uint32_t stride, uint32_t page_size)
{
	return stride > 131072	    ? 1
	       : stride > page_size ? 8
	       : stride > 1024	    ? 24
	       : stride > 256	    ? 54
				    : 120;
}

/* "alloc_arraycache" */
static struct slab_array *new_array(uint32_t limit, uint32_t batchcount)
{
	struct slab_array *a = calloc(1, sizeof(*a) + limit * sizeof(a->entry[0]));

	if (a) {
		a->limit = limit;
		a->batchcount = batchcount;
	}
	return a;
}

bool slub_arrays_init(struct slub_cache *c, uint32_t limit, uint32_t page_size)
{
	uint32_t batchcount = (limit + 1) / 2;

	if (!limit)
		return true;
	for (uint32_t i = 0; i < c->nr_cpus; i++) {
		c->cpu[i].array = new_array(limit, batchcount);
		if (!c->cpu[i].array)
			return false;
	}
	c->free_limit = (1 + c->nr_cpus) * batchcount + c->objects;
	if (c->stride > page_size || c->nr_cpus == 1)
		return true;
	c->shared = new_array(SHARED_BATCHES * batchcount, 0);
	return c->shared;
}

void slub_arrays_fini(struct slub_cache *c)
{
	for (uint32_t i = 0; c->cpu && i < c->nr_cpus; i++)
		free(c->cpu[i].array);
	free(c->shared);
}

/* "transfer_objects": the youngest of them */
static uint32_t transfer(struct slab_array *to, struct slab_array *from, uint32_t max)
{
	uint32_t nr = from->avail < max ? from->avail : max;

	memcpy(to->entry + to->avail, from->entry + from->avail - nr, nr * sizeof(to->entry[0]));
	from->avail -= nr;
	to->avail += nr;
	return nr;
}

/* The oldest objects of an array are gone. */
static void drop_oldest(struct slab_array *a, uint32_t nr)
{
	a->avail -= nr;
	memmove(a->entry, a->entry + nr, a->avail * sizeof(a->entry[0]));
}

/* Up to max objects of one slab, as "slab_get_obj" hands them out; the slab is on no list. How many. */
static uint32_t take_objects(struct slub_cache *c, struct slab_array *to, uint32_t n, uint32_t max)
{
	struct slab *s = &c->slab[n];
	uint16_t *next = slub_links(c, n);
	uint32_t nr = 0;

	for (; nr < max && s->freelist != SLOT_END; nr++) {
		uint16_t slot = s->freelist;

		s->freelist = next[slot];
		next[slot] = SLOT_USED;
		to->entry[to->avail++] = n * c->objects + slot;
	}
	s->inuse = (uint16_t)(s->inuse + nr);
	return nr;
}

/* "cache_alloc_refill", as far as there are slabs */
static void refill_from_slabs(struct slub_cache *c, struct slab_array *a, uint32_t wanted)
{
	while (wanted) {
		struct slab_list *list = c->partial.nr ? &c->partial : &c->unused;
		uint32_t n = list->head, got;

		c->unused_touched |= list == &c->unused;
		if (n == NO_SLAB)
			return;
		slab_list_del(c, list, n);
		got = take_objects(c, a, n, wanted);
		wanted -= got;
		c->free_objects -= got;
		c->slab[n].place = SLAB_FULL;
		if (c->slab[n].freelist == SLOT_END)
			continue;
		c->slab[n].place = SLAB_NODE_PARTIAL;
		slab_list_add(c, &c->partial, n);
	}
}

/* "cache_grow" */
static bool grow(struct slub_cache *c, bool *new)
{
	uint32_t n = slub_new_slab(c);

	if (n == NO_SLAB)
		return false;
	*new = true;
	slub_tell_born(c, n);
	c->slab[n].place = SLAB_UNUSED;
	slab_list_add_tail(c, &c->unused, n);
	c->free_objects += c->objects;
	return true;
}

/* "cache_alloc_refill": the array is empty */
static bool refill(struct slub_cache *c, struct slab_array *a, bool *new)
{
	uint32_t wanted = a->batchcount;

	if (!a->touched && wanted > BATCHREFILL_LIMIT)
		wanted = BATCHREFILL_LIMIT;
	if (c->shared && transfer(a, c->shared, wanted)) {
		c->shared->touched = true;
		return true;
	}
	refill_from_slabs(c, a, wanted);
	if (!a->avail) {
		if (!grow(c, new))
			return false;
		refill_from_slabs(c, a, wanted);
	}
	return true;
}

slub_object slub_array_alloc(struct slub_cache *c, struct cpu_slab *cpu, bool *new)
{
	struct slab_array *a = cpu->array;

	if (!a->avail && !refill(c, a, new))
		return SLUB_NONE;
	a->touched = true;
	return a->entry[--a->avail];
}

/* "free_block" for one object: true if its slab went back. */
static bool free_object(struct slub_cache *c, slub_object object)
{
	uint32_t n = slub_slab_of(c, object);
	uint16_t slot = (uint16_t)(object - n * c->objects);
	struct slab *s = &c->slab[n];

	if (s->place == SLAB_NODE_PARTIAL)
		slab_list_del(c, &c->partial, n);
	slub_links(c, n)[slot] = s->freelist;
	s->freelist = slot;
	s->inuse--;
	c->free_objects++;
	if (s->inuse) {
		slub_add_partial(c, n);
		return false;
	}
	if (c->free_objects > c->free_limit) {
		c->free_objects -= c->objects;
		return slub_discard_slab(c, n);
	}
	s->place = SLAB_UNUSED;
	slab_list_add(c, &c->unused, n);
	return false;
}

static bool free_block(struct slub_cache *c, struct slab_array *a, uint32_t nr)
{
	bool gave_back = false;

	for (uint32_t i = 0; i < nr; i++)
		gave_back |= free_object(c, a->entry[i]);
	drop_oldest(a, nr);
	return gave_back;
}

/* "cache_flusharray": the array is full */
static bool flush(struct slub_cache *c, struct slab_array *a)
{
	struct slab_array *shared = c->shared;
	uint32_t nr = a->batchcount, room = shared ? shared->limit - shared->avail : 0;

	if (!room)
		return free_block(c, a, nr);
	nr = nr < room ? nr : room;
	memcpy(shared->entry + shared->avail, a->entry, nr * sizeof(a->entry[0]));
	shared->avail += nr;
	drop_oldest(a, nr);
	return false;
}

bool slub_array_free(struct slub_cache *c, struct cpu_slab *cpu, slub_object object)
{
	struct slab_array *a = cpu->array;
	bool gave_back = a->avail == a->limit && flush(c, a);

	a->entry[a->avail++] = object;
	return gave_back;
}

/* "drain_array": a fifth of it, unless it was used since */
static void drain(struct slub_cache *c, struct slab_array *a)
{
	uint32_t nr = (a->limit + 4) / 5;

	if (!a->avail)
		return;
	if (a->touched) {
		a->touched = false;
		return;
	}
	(void)free_block(c, a, nr > a->avail ? (a->avail + 1) / 2 : nr);
}

/* "drain_freelist": a fifth of the free objects that the node may have */
static void drain_unused(struct slub_cache *c)
{
	uint32_t nr = (c->free_limit + 5 * c->objects - 1) / (5 * c->objects);

	for (uint32_t n; nr-- && (n = c->unused.tail) != NO_SLAB;) {
		slab_list_del(c, &c->unused, n);
		c->free_objects -= c->objects;
		(void)slub_discard_slab(c, n);
	}
}

/* "cache_reap": by each CPU every two seconds, the node's part every four */
void slub_reap(struct slub_cache *c)
{
	if (!c->cpu->array)
		return;
	for (uint32_t i = 0; i < c->nr_cpus; i++) {
		drain(c, c->cpu[i].array);
		if (i || !c->reap_node)
			continue;
		if (c->shared)
			drain(c, c->shared);
		if (!c->unused_touched)
			drain_unused(c);
		c->unused_touched = false;
	}
	c->reap_node = !c->reap_node;
}
