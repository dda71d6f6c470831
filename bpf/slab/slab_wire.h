/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of slab.bpf.c leave in the rings of wire.h. Every record has three words:
 *	word 0	1, or 3 for a free; the number of the cache from bit 2 on; never zero
 *	word 1	bpf_ktime_get_ns()
 *	word 2	the object's address
 * struct wire_cpu: lost[] counts by cache.
 */
#ifndef BPF_SLAB_WIRE_H
#define BPF_SLAB_WIRE_H

#include "bpf/wire.h"

enum {
	SLAB_CACHES_MAX = 8,
	SLAB_NAME_WORDS = 4,	 /* names are compared up to 31 characters */
	SLAB_CACHES_SEEN = 4096, /* that a host may have; beyond, each event compares names */
	SLAB_WALK_MAX = 1 << 16, /* slabs of one node partial list */

	SLAB_RECORD_WORDS = 3,
	SLAB_FREE = 2,
	SLAB_CACHE_SHIFT = 2,
};

_Static_assert(SLAB_CACHES_MAX <= sizeof(((struct wire_cpu *)0)->lost) / 8, "lost[] by cache");

/* A slab of a node partial list, as slab_walk met it. */
struct slab_seen {
	uint64_t object; /* address of one of its free objects */
	uint32_t inuse, objects;
};

/* What slab_walk is asked and answers. */
struct slab_walk_args {
	uint64_t cache;	     /* struct kmem_cache */
	uint64_t ns;	     /* bpf_ktime_get_ns() */
	uint64_t slabs;	     /* of the node, on whatever list */
	uint32_t nr;	     /* slabs written to the map `walked` */
	uint32_t came_round; /* the list was read to its end, nobody cut it off meanwhile */
};

#endif
