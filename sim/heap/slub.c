// SPDX-License-Identifier: GPL-2.0-only
/*
 * Function names in quotes are those of mm/slub.c in v6.12, which this follows: no debugging, no random
 * freelist, CONFIG_SLUB_CPU_PARTIAL, one node.
 */
#include "sim/heap/slub_internal.h"

#include <assert.h>

void slub_add_partial(struct slub_cache *c, uint32_t n)
{
	c->slab[n].place = SLAB_NODE_PARTIAL;
	slab_list_add_tail(c, &c->partial, n);
}

/* "__put_partials": a whole CPU partial list moves to the node; true if a slab was given back. */
static bool put_partials(struct slub_cache *c, uint32_t n)
{
	bool gave_back = false;

	for (uint32_t next; n != NO_SLAB; n = next) {
		next = c->slab[n].next;
		if (!c->slab[n].inuse && c->partial.nr >= c->min_partial)
			gave_back |= slub_discard_slab(c, n);
		else
			slub_add_partial(c, n);
	}
	return gave_back;
}

/* "put_cpu_partial": a list that is full is drained first, unless the slab came from the node. */
static bool put_cpu_partial(struct slub_cache *c, struct cpu_slab *cpu, uint32_t n, bool drain)
{
	uint32_t old = cpu->partial, to_put = NO_SLAB;

	if (old != NO_SLAB && drain && c->slab[old].nr_partial >= c->cpu_partial_slabs) {
		to_put = old;
		old = NO_SLAB;
	}
	c->slab[n].place = SLAB_CPU_PARTIAL;
	c->slab[n].nr_partial = old == NO_SLAB ? 1 : c->slab[old].nr_partial + 1;
	c->slab[n].next = old;
	cpu->partial = n;
	return put_partials(c, to_put);
}

/* "get_partial_node": the first slab of the node, and some more for the CPU's partial list */
static uint32_t get_partial(struct slub_cache *c, struct cpu_slab *cpu)
{
	uint32_t first = c->partial.head, taken = 0;

	if (first == NO_SLAB)
		return NO_SLAB;
	slab_list_del(c, &c->partial, first);
	while (c->cpu_partial_slabs && c->partial.head != NO_SLAB &&
	       taken <= c->cpu_partial_slabs / 2) {
		uint32_t n = c->partial.head;

		slab_list_del(c, &c->partial, n);
		(void)put_cpu_partial(c, cpu, n, false); /* drains nothing, so gives nothing back */
		taken++;
	}
	return first;
}

/* "get_freelist" and "freeze_slab": all free objects of a slab become the CPU's. */
static void freeze(struct slub_cache *c, struct cpu_slab *cpu, uint32_t n)
{
	struct slab *s = &c->slab[n];

	cpu->slab = n;
	cpu->freelist = s->freelist;
	s->freelist = SLOT_END;
	s->inuse = (uint16_t)(c->objects - c->reserved);
	s->place = SLAB_CPU;
}

/* "___slab_alloc": gives the CPU a lockless freelist that is not empty. */
static bool refill(struct slub_cache *c, struct cpu_slab *cpu, bool *new)
{
	uint32_t n = cpu->slab;

	if (n != NO_SLAB && c->slab[n].freelist == SLOT_END) {
		c->slab[n].place = SLAB_FULL;
		cpu->slab = n = NO_SLAB;
	}
	if (n == NO_SLAB && cpu->partial != NO_SLAB) {
		n = cpu->partial;
		cpu->partial = c->slab[n].next;
	}
	if (n == NO_SLAB)
		n = get_partial(c, cpu);
	if (n == NO_SLAB) {
		n = slub_new_slab(c);
		*new = n != NO_SLAB;
	}
	if (n == NO_SLAB)
		return false;
	if (*new)
		slub_tell_born(c, n);
	freeze(c, cpu, n);
	return true;
}

slub_object slub_take(struct slub_cache *c, struct cpu_slab *cpu, bool *new)
{
	bool grew = false;

	if (cpu->freelist == SLOT_END && !refill(c, cpu, &grew))
		return SLUB_NONE;
	*new |= grew;
	return slub_pop_lockless(c, cpu);
}

slub_object slub_alloc(struct slub_cache *c, unsigned int cpu_nr, bool *ret_new)
{
	struct cpu_slab *cpu = &c->cpu[cpu_nr];
	bool new = false;
	slub_object object;

	c->born_head = NO_SLAB;
	object = cpu->array  ? slub_array_alloc(c, cpu, &new)
		 : cpu->main ? slub_sheaf_alloc(c, cpu, &new)
			     : slub_take(c, cpu, &new);
	if (ret_new)
		*ret_new = new;
	if (object != SLUB_NONE)
		slub_count_allocs(c, 1);
	return object;
}

/* "__slab_free": the slab is not the CPU's current one. True if a slab was given back. */
static bool slow_free(struct slub_cache *c, struct cpu_slab *cpu, uint32_t n, uint16_t slot)
{
	struct slab *s = &c->slab[n];

	slub_links(c, n)[slot] = s->freelist;
	s->freelist = slot;
	s->inuse--;
	if (s->place == SLAB_FULL && c->cpu_partial_slabs)
		return put_cpu_partial(c, cpu, n, true);
	if (s->place == SLAB_FULL) {
		if (!s->inuse && c->partial.nr >= c->min_partial)
			return slub_discard_slab(c, n);
		slub_add_partial(c, n);
		return false;
	}
	/* on a CPU partial list it stays, even when empty */
	if (s->place == SLAB_NODE_PARTIAL && !s->inuse && c->partial.nr >= c->min_partial) {
		slab_list_del(c, &c->partial, n);
		return slub_discard_slab(c, n);
	}
	return false;
}

bool slub_put(struct slub_cache *c, struct cpu_slab *cpu, slub_object object)
{
	uint32_t n = slub_slab_of(c, object);
	uint16_t slot = (uint16_t)(object - n * c->objects);

	if (n != cpu->slab)
		return slow_free(c, cpu, n, slot);
	slub_links(c, n)[slot] = cpu->freelist;
	cpu->freelist = slot;
	return false;
}

/* For assertions: handed out and not given back. */
static inline bool is_used(struct slub_cache *c, slub_object object)
{
	uint32_t n = slub_slab_of(c, object);

	return n < c->nr_slab && slub_links(c, n)[object - n * c->objects] == SLOT_USED;
}

void slub_free(struct slub_cache *c, unsigned int cpu_nr, slub_object object, bool *ret_freed)
{
	struct cpu_slab *cpu = &c->cpu[cpu_nr];
	bool freed;

	assert(is_used(c, object));
	freed = cpu->array  ? slub_array_free(c, cpu, object)
		: cpu->main ? slub_sheaf_free(c, cpu, object)
			    : slub_put(c, cpu, object);
	c->counts.frees++;
	c->counts.objects--;
	if (ret_freed)
		*ret_freed = freed;
}
