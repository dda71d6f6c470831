/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things lie in the simulated address space. The memmap is one array, as with SPARSEMEM_VMEMMAP;
 * each kind of descriptor has a region of the direct map of its own. The pages of descriptor slabs have
 * memmap entries too: they follow those of the recorded host's pages. Regions are far apart and aligned
 * to 1 TiB, so that the low bits of an address, which pick the cache set, start alike.
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

/* First slab of the i-th kind of descriptor. */
static inline uint64_t place_heap(uint64_t i)
{
	return PLACE_HEAP + (i << 40);
}

/* i, for an address in the region that begins there. */
static inline unsigned int place_heap_index(uint64_t address)
{
	return (unsigned int)((address - PLACE_HEAP) >> 40);
}

/* The pfn of that slab's first page, beyond the recorded host's. */
static inline uint64_t place_heap_pfn(uint64_t max_pfn, uint64_t i)
{
	return ((max_pfn >> 20) + 1 + (i << 8)) << 20;
}

#endif
