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
 * until slub_quiesce() says that the grace period of what was freed before is over.
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
	const char *name;	/* copied */
	uint32_t size, align;	/* bytes per object, before rounding; align is a power of two */
	bool rcu;
	uint32_t nr_cpus;
};

/*
 * `base` is the address at which this cache's slabs are laid out in the simulated direct map: slab n lies
 * at base + n * slab bytes. Slabs that were given back are used again, lowest address first.
 */
int slub_cache_create(const struct slub_opts *opts, uint64_t base, struct slub_cache **ret,
		      struct error *err) __must_check;
void slub_cache_destroy(struct slub_cache *cache);

/* SLUB_NONE: out of memory. new_slab (may be NULL) tells whether a slab was taken from the page allocator. */
slub_object slub_alloc(struct slub_cache *cache, unsigned int cpu, bool *new_slab);
/* freed_slab (may be NULL) tells whether a slab was given back. */
void slub_free(struct slub_cache *cache, unsigned int cpu, slub_object object, bool *freed_slab);
/* Ends a grace period. */
void slub_quiesce(struct slub_cache *cache);

/* The object's address, and that of the slab that holds it. */
uint64_t slub_address(const struct slub_cache *cache, slub_object object);
uint64_t slub_slab_address(const struct slub_cache *cache, slub_object object);

struct slub_counts {
	uint32_t order, objects_per_slab; /* of one slab */
	uint32_t stride;		  /* bytes from one object to the next */
	uint64_t slabs, objects;	  /* now: slabs held (waiting for RCU included), objects in use */
	uint64_t peak_slabs, peak_objects;
	uint64_t allocs, frees;		  /* calls */
	uint64_t slab_allocs, slab_frees; /* slabs taken and given back */
};

void slub_counts(const struct slub_cache *cache, struct slub_counts *ret);

#endif
