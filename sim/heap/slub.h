/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of SLUB (mm/slub.c) that places descriptors: which objects share a slab, a page and a cache
 * line is a result of the workload's allocation order, not an assumption.
 *
 * What is modelled: the slab order by calculate_order()'s rules (smallest order whose waste is at most
 * 1/16 and that holds the wanted number of objects for this number of CPUs, relaxing from there); a
 * current slab per CPU with its lockless freelist; a per-CPU partial list with its page limit; one node
 * partial list with min_partial; a free to another CPU's slab goes onto that slab's own freelist; an
 * empty slab is given back when the node has at least min_partial partial slabs. With rcu (a
 * SLAB_TYPESAFE_BY_RCU cache) a slab's pages come back only after a grace period: they count as in use
 * until slub_quiesce() says that the grace period of what was freed before is over. The objects' free
 * pointer lies inside them (use_freeptr_offset), so rcu does not change the stride.
 *
 * With array_limit it is SLAB (mm/slab.c, v3.11 and v3.13) instead: an array of free objects for each CPU and one that
 * they share, in front of the node's lists of slabs (slab_array.c).
 *
 * Sheaves (v6.18, in caches that ask for them) are modelled where their capacity is given; objects that
 * lie in them are not in use here, but are to their slabs. Not modelled: debugging, the random freelist
 * (objects of a new slab come by rising address), more than one node (sim/heap has caches for each), flushing of CPU slabs, sheaves that
 * kfree_rcu() and prefilling fill. One thread.
 */
#ifndef SIM_SLUB_H
#define SIM_SLUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct slub_cache;

/* Names one object: dense, below 2^32, reused after a free. */
typedef uint32_t slub_object;
#define SLUB_NONE UINT32_MAX

struct slub_opts {
	const char *name;     /* copied */
	uint32_t size, align; /* bytes per object, before rounding; align is a power of two */
	bool rcu;
	/*
	 * The cache of slab descriptors: the first object of each slab describes that slab itself, and is
	 * not handed out (Wilcox 2022, <YvZW/exP02XceTVl@casper>).
	 */
	bool self_described;
	uint32_t nr_cpus;
	uint32_t page_size; /* bytes of a base page, a power of two; 0: 4096 */
	/* What a kernel says of the cache, instead of what slub_geometry() works out; copied. */
	const struct slub_geometry *geometry;
};

struct slub_geometry {
	uint32_t stride;	 /* bytes from one object to the next */
	uint32_t order, objects; /* of a slab */
	uint32_t cpu_partial;	 /* objects for a CPU's partial list; 0: there is none */
	uint32_t min_partial;	 /* slabs that the node keeps although they are empty */
	uint32_t sheaf_capacity; /* objects of a sheaf; 0: the cache has none */
	uint32_t array_limit;	 /* SLAB: objects of a CPU's array cache; 0: the cache is SLUB's */
};

/* "calculate_sizes", "set_cpu_partial" and "set_min_partial". The options must be valid. */
void slub_geometry(const struct slub_opts *opts, struct slub_geometry *ret);

/* SLAB's: how many objects an array cache holds in a cache of objects that lie so many bytes apart. */
uint32_t slub_array_limit(uint32_t stride, uint32_t page_size);

/*
 * `base` is the address at which this cache's slabs are laid out in the simulated direct map: slab n lies
 * at base + n * slab bytes. Slabs that were given back are used again, lowest address first.
 */
int slub_cache_create(const struct slub_opts *opts, uint64_t base, struct slub_cache **ret,
		      struct error *err) __must_check;
void slub_cache_destroy(struct slub_cache *cache);

/* SLUB_NONE: out of memory. new_slab (may be NULL) tells whether a slab was taken from the page allocator. */
slub_object slub_alloc(struct slub_cache *cache, unsigned int cpu, bool *new_slab);
/*
 * The object must be in use. freed_slab (may be NULL) tells whether slabs were given back: this free may
 * have drained a full per-CPU partial list, so it need not be the object's own, nor only one. With rcu it
 * is never set: slub_quiesce() gives back.
 */
void slub_free(struct slub_cache *cache, unsigned int cpu, slub_object object, bool *freed_slab);
/* Ends a grace period: the number of slabs given back. */
uint32_t slub_quiesce(struct slub_cache *cache);
/* SLUB_REAP_NS have passed, so SLAB's CPUs look for what nobody needs. Nothing happens to SLUB's caches. */
void slub_reap(struct slub_cache *cache);
#define SLUB_REAP_NS 2000000000ULL

/*
 * Adds a slab that was there before the first call, its first `inuse` objects handed out: 0 to all of
 * them. A full one is on no list, any other becomes the last of the node's partial list.
 */
int slub_seed(struct slub_cache *cache, uint32_t inuse, slub_object *ret_first,
	      struct error *err) __must_check;

/*
 * Tells one of the slabs that were given back since the last call, by its number (address - base) / slab
 * bytes; false when there is none left. Whoever wants to know asks after every slub_free() and
 * slub_quiesce(), before the next slub_alloc() can take such a slab again.
 */
bool slub_pop_freed(struct slub_cache *cache, uint32_t *ret_slab);
/* The same of the slabs that an allocation took: one at most, or with sheaves as many as it takes to fill one. */
bool slub_pop_born(struct slub_cache *cache, uint32_t *ret_slab);

/* The object's address, and that of the slab that holds it. */
uint64_t slub_address(const struct slub_cache *cache, slub_object object);
uint64_t slub_slab_address(const struct slub_cache *cache, slub_object object);

struct slub_counts {
	uint32_t order, objects_per_slab; /* of one slab: what can be handed out */
	uint32_t stride;		  /* bytes from one object to the next */
	uint64_t slabs, objects; /* now: slabs held (waiting for RCU included), objects in use */
	uint64_t peak_slabs, peak_objects;
	uint64_t allocs, frees;		  /* calls */
	uint64_t slab_allocs, slab_frees; /* slabs taken and given back */
};

void slub_counts(const struct slub_cache *cache, struct slub_counts *ret);
/* From now on the peaks are those of what follows. */
void slub_forget_peak(struct slub_cache *cache);

/* Slabs on the node's partial list and the free objects in them. Takes time by their number. */
void slub_node_partial(const struct slub_cache *cache, uint64_t *ret_slabs, uint64_t *ret_free);

#endif
