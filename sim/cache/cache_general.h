/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How accesses go through a hierarchy that is not plain: other kinds of last level, tree-PLRU, prefetchers. cache.h
 * says what each kind does.
 *
 * What the last level and other CPUs do never changes what is in a CPU's own L1 and L2, unless the last level is
 * inclusive. So a block of accesses goes through each level as a whole, as in the plain walk: L1 says what it lacks, L2
 * and the prefetchers make a list of what they ask for and what L2 gave up for it, which is what the last level sees
 * (cache_walk_general.h). With an inclusive one the same list is made access by access. From the list alone follows what
 * other CPUs must be told and asked (cache_general.c).
 */
#ifndef SIM_CACHE_GENERAL_H
#define SIM_CACHE_GENERAL_H

#include "sim/cache/cache_impl.h"
#include "sim/cache/cache_streams.h"

/* In a word of what L2 asks for: a prefetcher does. No line reaches that far up. */
#define CACHE_BROUGHT (1ULL << 63)

enum { CACHE_MAX_FETCHES = CACHE_BLOCK * (1 + CACHE_PREFETCHES) };

/* What the L2 of a CPU asks for, in order. */
struct cache_fetches {
	size_t nr;
	uint64_t word[CACHE_MAX_FETCHES]; /* line << 1 | write, CACHE_BROUGHT */
	uint64_t gone[CACHE_MAX_FETCHES]; /* what L2 gave up for it, as the walk has it */
	uint16_t at[CACHE_MAX_FETCHES];	  /* which access of the block it comes from */
	bool found[CACHE_MAX_FETCHES];	  /* in the last level */
};

/* A block of accesses on its way, and how far other CPUs know of it. */
struct cache_general_block {
	unsigned int cpu;
	const uint64_t *accesses;
	const uint16_t *which; /* their numbers */
	size_t n;
	/* and those beside them that change nothing in L1: a prefetcher may have made memory's what they write */
	const uint64_t *all;
	size_t nr_all;
	size_t done; /* inclusive: so many have been made */
	size_t told, told_fetches;
	size_t noted, noted_missed; /* in h->written: of all of them, of those that missed all */
	struct cache_missed *ret;
};

struct cache_general {
	struct cache_streams *streams; /* NULL without that prefetcher */
	/* a word for each set, in the order of first_set; NULL without tree-PLRU */
	uint64_t *trees;
	struct cache_general_block *block; /* NULL: none is on its way */
	struct cache_fetches fetches;
	uint16_t numbers[CACHE_BLOCK]; /* 0, 1 and so on */
};

static inline bool cache_takes_victims(const struct cache_hierarchy *h)
{
	return h->llc_kind == CACHE_LLC_EXCLUSIVE || h->llc_kind == CACHE_LLC_VICTIM;
}

/* What an inclusive last level loses, nobody may have. */
void cache_general_lose(struct cache_hierarchy *h, uint64_t line);

/*
 * A tree's nodes are bits 1 to ways - 1, the children of n are 2n and 2n + 1, and a bit says which half is
 * the older one. Using a way turns the nodes on its path away from it.
 */
static inline void cache_tree_use(uint64_t *tree, uint32_t ways, uint32_t way)
{
	uint64_t bits = *tree;
	uint32_t node = 1;

	for (uint32_t half = ways / 2; half; half /= 2) {
		bool upper = way & half;

		bits &= ~(1ULL << node);
		bits |= (uint64_t)!upper << node;
		node = 2 * node + upper;
	}
	*tree = bits;
}

static inline uint32_t cache_tree_oldest(uint64_t tree, uint32_t ways)
{
	uint32_t node = 1;

	while (node < ways)
		node = 2 * node + (tree >> node & 1);
	return node - ways;
}

#endif
