/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things lie in the simulated address space. The memmap is one array, as with SPARSEMEM_VMEMMAP;
 * each kind of descriptor has a region of the direct map of its own, with a part for each NUMA node. The pages of
 * descriptor slabs have memmap entries too: they follow those of the recorded host's pages. Regions are far apart
 * and aligned to 1 TiB, their parts to 64 GiB, so that the low bits of an address, which pick the cache set, start
 * alike.
 */
#ifndef SIM_PLACE_H
#define SIM_PLACE_H

#include <stdint.h>

#include "layouts/layout.h"

#define PLACE_MEMMAP 0xffffea0000000000ULL /* VMEMMAP_START of x86-64 with four-level page tables */
#define PLACE_HEAP 0xffff888000000000ULL   /* start of its direct map */

/* Address of the memmap entry of a pfn of the trace: neighbours share one where base pages are larger. */
static inline uint64_t place_entry(const struct layout *layout, uint64_t pfn)
{
	return PLACE_MEMMAP + (pfn >> layout_page_shift(layout)) * layout->page_size;
}

enum {
	PLACE_HEAP_SHIFT = 40, /* of the bytes between the regions of two kinds of descriptors */
	PLACE_NODE_SHIFT = 36, /* and of two nodes in one */
	PLACE_NODES = 1 << (PLACE_HEAP_SHIFT - PLACE_NODE_SHIFT),
	PLACE_PFN_SHIFT = 12,
};

/* First slab of the i-th kind of descriptor on a node. */
static inline uint64_t place_heap(uint64_t i, uint64_t node)
{
	return PLACE_HEAP + (i << PLACE_HEAP_SHIFT) + (node << PLACE_NODE_SHIFT);
}

/* i, for an address in the region that begins there. */
static inline unsigned int place_heap_index(uint64_t address)
{
	return (unsigned int)((address - PLACE_HEAP) >> PLACE_HEAP_SHIFT);
}

static inline unsigned int place_heap_node(uint64_t address)
{
	return (unsigned int)((address - PLACE_HEAP) >> PLACE_NODE_SHIFT) % PLACE_NODES;
}

/* A pfn beyond the recorded host's, aligned to 4 GiB. */
static inline uint64_t place_heap_first_pfn(uint64_t max_pfn)
{
	return ((max_pfn >> 20) + 1) << 20;
}

/* The pfn of the first page of what begins at place_heap(). */
static inline uint64_t place_heap_pfn(uint64_t max_pfn, uint64_t i, uint64_t node)
{
	return place_heap_first_pfn(max_pfn) +
	       ((place_heap(i, node) - PLACE_HEAP) >> PLACE_PFN_SHIFT);
}

static inline unsigned int place_heap_pfn_node(uint64_t max_pfn, uint64_t pfn)
{
	return place_heap_node(PLACE_HEAP +
			       ((pfn - place_heap_first_pfn(max_pfn)) << PLACE_PFN_SHIFT));
}

#endif
