/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Streams what some slab caches hand out and get back, in order of time. Not seen: objects that go
 * through the bulk interfaces (kmem_cache_alloc_bulk(), kmem_cache_free_bulk(), kfree_rcu()).
 */
#ifndef BPF_SLAB_RECORDER_H
#define BPF_SLAB_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/slab/slab_wire.h"

struct slab_recorder;

struct slab_event {
	uint64_t ns; /* CLOCK_MONOTONIC */
	uint64_t object;
	uint16_t cpu;
	uint8_t cache; /* place in the list of names */
	bool free;
};

/*
 * Names as /proc/slabinfo has them, SLAB_CACHES_MAX at most. The programs are attached on return,
 * and so learn which caches have the names, but record nothing before the start.
 */
int slab_recorder_create(const char *const *names, size_t nr, uint64_t buffer_bytes,
			 struct slab_recorder **ret, struct error *err) __must_check;
void slab_recorder_destroy(struct slab_recorder *r);
void slab_recorder_start(struct slab_recorder *r);
/* CPUs that events may come from: 0 to one less. */
uint32_t slab_recorder_cpus(const struct slab_recorder *r);

/* Returns 0, or a negative errno that ends the drain. */
typedef int slab_event_fn(void *arg, const struct slab_event *event, struct error *err);

/* Hands over all events up to cut_ns. One that is still being written holds its CPU's others back. */
int slab_recorder_drain(struct slab_recorder *r, uint64_t cut_ns, slab_event_fn *fn, void *arg,
			struct error *err) __must_check;

/* The slabs of a cache on node 0 at one moment. */
struct slab_walk {
	uint64_t ns;
	uint64_t slabs;		   /* on whatever list */
	struct slab_seen *partial; /* those of the node's partial list, to be freed by the caller */
	size_t nr_partial;
};

/*
 * -EAGAIN: the list changed meanwhile, three times; -EOPNOTSUPP: this kernel does not show it, or
 * the cache was not used since the programs are attached.
 */
int slab_recorder_walk(struct slab_recorder *r, size_t cache, struct slab_walk *ret,
		       struct error *err) __must_check;

/* Events of a cache that found no room, and runs that the kernel skipped and no backup made good. */
uint64_t slab_recorder_lost(const struct slab_recorder *r, size_t cache);
uint64_t slab_recorder_skipped(const struct slab_recorder *r);

#endif
