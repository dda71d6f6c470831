/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by cache_nodes.c, where accesses go, and cache_nodes_counts.c, what became of them and what presses on them. */
#ifndef SIM_CACHE_NODES_IMPL_H
#define SIM_CACHE_NODES_IMPL_H

#include "sim/cache/cache_nodes.h"
#include "sim/cache/cache_nodes_directory.h"
#include "sim/cache/cache_written.h"

/* CPUs that share a last level. */
struct group {
	struct cache_nodes *all;
	unsigned int node;
	struct cache_hierarchy *caches;
	unsigned int nr_cpus, *cpus;   /* of the machine, by their number in the group */
	uint64_t llc_fills, llc_found; /* of background pressure so far */
};

struct prefetched {
	uint64_t line;
	unsigned int number;
};

struct cache_nodes {
	unsigned int nr, nr_cpus;
	bool several;	      /* groups, or nodes */
	unsigned int per_bit; /* groups that share one in the directory */
	struct group *groups;
	unsigned int *group, *local; /* by CPU: its group, and its number there */
	struct cache_nodes_opts opts;
	struct directory directory;
	struct cache_written written;
	uint64_t llc_fills, llc_found;
	cache_taken_fn *taken;
	void *taken_ctx;
	/* while accesses go through the caches of a group: those since the last that others had to hear of */
	struct cache_missed part;
	const struct group *part_group; /* which */
	unsigned int first;		/* number of the first of them in the call */
	struct cache_missed *told;	/* what the caller has been told */
	size_t told_part;		/* so many of the part's misses of L2 are there */
	/* what prefetchers brought since, after which of the accesses; NULL: there are none */
	struct prefetched *prefetched;
	size_t nr_prefetched;
};

#endif
