/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the slab allocators' model share: slub.c moves objects, slub_slab.c makes and unmakes slabs,
 * slub_sheaf.c and slab_array.c are what SLUB since v6.18, and SLAB, have before them. The fast way in and out, at the end,
 * is what heap_slabs.c spends its time with.
 */
#ifndef SIM_SLUB_INTERNAL_H
#define SIM_SLUB_INTERNAL_H

#include <assert.h>
#include <stddef.h>

#include "sim/heap/slub.h"

/* What next[] holds instead of a slot number; slots are below MAX_OBJECTS. */
#define SLOT_END 0xffff	 /* free, and the last of its freelist */
#define SLOT_USED 0xfffe /* handed out */
#define NO_SLAB UINT32_MAX

enum slab_place {
	SLAB_ABSENT, /* given back to the page allocator, or waiting for RCU to be */
	SLAB_FULL,   /* on no list */
	SLAB_CPU,    /* a CPU's current slab; the kernel calls it frozen */
	SLAB_CPU_PARTIAL,
	SLAB_NODE_PARTIAL,
	SLAB_UNUSED, /* SLAB: on the node's list of slabs without an object in use */
};

struct slab {
	uint32_t next, prev; /* struct slab_list; next also links the other lists */
	uint32_t told; /* links those of which slub_pop_born() or slub_pop_freed() will tell */
	uint32_t nr_partial; /* slabs on the CPU partial list from this one on */
	uint16_t freelist;
	uint16_t inuse; /* without the reserved; a current slab counts its lockless freelist too */
	uint8_t place;
};

/* Slabs by next and prev. */
struct slab_list {
	uint32_t head, tail, nr;
};

#define SLAB_LIST_EMPTY ((struct slab_list){NO_SLAB, NO_SLAB, 0})

struct sheaf;
struct slab_array;

struct cpu_slab {
	uint32_t slab, partial;
	uint16_t freelist;	    /* the lockless one, of `slab` */
	struct sheaf *main, *spare; /* main is NULL in a cache without sheaves */
	struct slab_array *array;   /* NULL unless the cache is SLAB's */
};

struct slub_cache {
	char *name;
	uint64_t base;
	uint32_t stride, order, objects;
	uint32_t reserved; /* objects at the start of a slab that are never handed out: 0 or 1 */
	uint32_t slab_bytes;
	uint64_t per_objects; /* 2^63 / objects, rounded up */
	uint32_t cpu_partial_slabs, min_partial;
	bool rcu;
	uint32_t nr_cpus;
	struct cpu_slab *cpu;

	struct slab *slab;
	uint16_t *next;	  /* the freelist link of each object ever created */
	uint32_t nr_slab; /* entries of slab[] in use; the room is capacity */
	uint32_t capacity;

	uint32_t *absent; /* a binary heap, lowest on top: slabs to be used again */
	uint32_t nr_absent;
	uint32_t freed_head; /* slabs given back and not asked for yet, linked by told */
	uint32_t born_head;  /* new since the last allocation began, linked by told */
	uint32_t rcu_head;   /* slabs that wait for the end of a grace period */

	uint32_t sheaf_capacity;
	struct sheaf *barn_full, *barn_empty; /* the node's, the last one first */
	uint32_t barn_nr_full;

	struct slab_array *shared;
	struct slab_list unused; /* slab_array.c: "slabs_free" */
	uint32_t free_objects, free_limit;
	bool unused_touched; /* since the node's list was reaped last */
	bool reap_node;	     /* the next reaping is of that, not of the arrays */

	struct slab_list partial;  /* of the node */
	struct slub_counts counts; /* allocs: see slub_counts() */
};

/* object / objects: exact, as one has 32 bits and the other 15. */
static inline uint32_t slub_slab_of(const struct slub_cache *c, slub_object object)
{
	return (uint32_t)((unsigned __int128)object * c->per_objects >> 63);
}

static inline uint16_t *slub_links(struct slub_cache *c, uint32_t slab)
{
	return c->next + (size_t)slab * c->objects;
}

static inline void slab_list_add(struct slub_cache *c, struct slab_list *list, uint32_t n)
{
	c->slab[n].prev = NO_SLAB;
	c->slab[n].next = list->head;
	if (list->head == NO_SLAB)
		list->tail = n;
	else
		c->slab[list->head].prev = n;
	list->head = n;
	list->nr++;
}

static inline void slab_list_add_tail(struct slub_cache *c, struct slab_list *list, uint32_t n)
{
	c->slab[n].next = NO_SLAB;
	c->slab[n].prev = list->tail;
	if (list->tail == NO_SLAB)
		list->head = n;
	else
		c->slab[list->tail].next = n;
	list->tail = n;
	list->nr++;
}

static inline void slab_list_del(struct slub_cache *c, struct slab_list *list, uint32_t n)
{
	const struct slab *s = &c->slab[n];

	if (s->prev == NO_SLAB)
		list->head = s->next;
	else
		c->slab[s->prev].next = s->next;
	if (s->next == NO_SLAB)
		list->tail = s->prev;
	else
		c->slab[s->next].prev = s->prev;
	list->nr--;
}

/* A slab that slub_new_slab() made is told of. */
static inline void slub_tell_born(struct slub_cache *c, uint32_t n)
{
	c->slab[n].told = c->born_head;
	c->born_head = n;
}

static inline void slub_count_allocs(struct slub_cache *c, uint64_t nr)
{
	c->counts.objects += nr;
	if (c->counts.objects > c->counts.peak_objects)
		c->counts.peak_objects = c->counts.objects;
}

/* Whether objects come from and go to the CPU's slab without anything between. */
static inline bool slub_is_bare(const struct cpu_slab *cpu)
{
	return !cpu->main && !cpu->array;
}

/* The next one of the CPU's lockless freelist, which is not empty. */
static inline slub_object slub_pop_lockless(struct slub_cache *c, struct cpu_slab *cpu)
{
	const slub_object object = cpu->slab * c->objects + cpu->freelist;
	uint16_t *next = c->next + object;

	cpu->freelist = *next;
	*next = SLOT_USED;
	return object;
}

/* slub_alloc() where that takes nothing but the CPU's freelist; SLUB_NONE where it takes more. */
static inline slub_object slub_alloc_fast(struct slub_cache *c, unsigned int cpu_nr)
{
	struct cpu_slab *cpu = &c->cpu[cpu_nr];

	if (cpu->freelist == SLOT_END || !slub_is_bare(cpu))
		return SLUB_NONE;
	slub_count_allocs(c, 1);
	return slub_pop_lockless(c, cpu);
}

/* Puts the object, the slot of its slab, on a freelist of that. */
static inline void slub_push(struct slub_cache *c, slub_object object, uint32_t slot,
			     uint16_t *freelist)
{
	uint16_t *next = c->next + object;

	assert(*next == SLOT_USED);
	*next = *freelist;
	*freelist = (uint16_t)slot;
	c->counts.frees++;
	c->counts.objects--;
}

/* slub_free() where no slab gets anywhere else by it; false: one does, or there is something before the slabs. */
static inline bool slub_free_fast(struct slub_cache *c, unsigned int cpu_nr, slub_object object)
{
	struct cpu_slab *cpu = &c->cpu[cpu_nr];
	uint32_t slab, slot = object - cpu->slab * c->objects;
	struct slab *s;

	if (!slub_is_bare(cpu))
		return false;
	if (cpu->slab != NO_SLAB && slot < c->objects) {
		slub_push(c, object, slot, &cpu->freelist);
		return true;
	}
	slab = slub_slab_of(c, object);
	s = &c->slab[slab];
	if (s->place == SLAB_FULL || (s->place == SLAB_NODE_PARTIAL && s->inuse == 1))
		return false;
	slub_push(c, object, object - slab * c->objects, &s->freelist);
	s->inuse--;
	return true;
}

/* "new_slab": NO_SLAB when memory ran out. Its freelist goes through the objects by address. */
uint32_t slub_new_slab(struct slub_cache *c);
/* Past the sheaves: an object of the CPU's slab or SLUB_NONE; *new is set if it took a new slab. */
slub_object slub_take(struct slub_cache *c, struct cpu_slab *cpu, bool *new);
/* True if slabs were given back. */
bool slub_put(struct slub_cache *c, struct cpu_slab *cpu, slub_object object);

bool slub_sheaves_init(struct slub_cache *c);
void slub_sheaves_fini(struct slub_cache *c);
slub_object slub_sheaf_alloc(struct slub_cache *c, struct cpu_slab *cpu, bool *new);
bool slub_sheaf_free(struct slub_cache *c, struct cpu_slab *cpu, slub_object object);

/* slab_array.c: with room for so many objects in a CPU's array; false: no memory */
bool slub_arrays_init(struct slub_cache *c, uint32_t limit, uint32_t page_size);
void slub_arrays_fini(struct slub_cache *c);
slub_object slub_array_alloc(struct slub_cache *c, struct cpu_slab *cpu, bool *new);
bool slub_array_free(struct slub_cache *c, struct cpu_slab *cpu, slub_object object);

/* "add_partial" with DEACTIVATE_TO_TAIL, the only way in which slabs get onto the node's list */
void slub_add_partial(struct slub_cache *c, uint32_t n);
/* "discard_slab" of a slab that is on no list; true if the pages went back at once, not after RCU. */
bool slub_discard_slab(struct slub_cache *c, uint32_t n);

#endif
