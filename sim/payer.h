/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose memory it is that page metadata is for: the total of a layout, distributed over the kinds of pages
 * and, once more, over the orders of what was allocated. Every byte of the total has one payer of each sort;
 * what no unit of memory can be charged with stands apart.
 *
 * Memory cgroups are no payers yet: no trace says which one a page is charged to.
 */
#ifndef SIM_PAYER_H
#define SIM_PAYER_H

#include <stdint.h>

#include "base/page_kind.h"
#include "layouts/layout.h"
#include "sim/heap.h"
#include "sim/memory.h"
#include "sim/pages.h"

struct payer {
	uint64_t pages;		   /* of 4 KiB */
	uint64_t units, described; /* allocations, or free blocks; those that have a descriptor */
	uint64_t memmap_bytes;	   /* entries of these pages, less what huge pages give back */
	uint64_t side_bytes;	   /* arrays beside the memmap; SLAB's in slabs */
	uint64_t descriptor_bytes; /* descriptors in use, with their padding */
};

struct payers {
	struct payer kinds[PAGE_KIND_MAX];
	struct payer orders[CENSUS_MAX_ORDER + 1];
	/*
	 * Slabs of descriptors hold more than the descriptors in use: free ones, ends that no descriptor
	 * fits in, and the descriptors of these slabs themselves.
	 */
	uint64_t unused_bytes;
};

/* All of the same moment; slab_bytes: of all slabs of descriptors. */
void payers_of_layout(const struct layout *layout, const struct pages_counts *counts,
		      const struct heap_units *described, uint64_t slab_bytes, struct payers *ret);

static inline uint64_t payer_bytes(const struct payer *p)
{
	return p->memmap_bytes + p->side_bytes + p->descriptor_bytes;
}

#endif
