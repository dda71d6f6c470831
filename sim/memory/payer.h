/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose memory it is that page metadata is for: the total of a layout, distributed over the kinds of pages
 * and, once more, over the orders of what was allocated, and over the memory cgroups that it is charged to where the
 * trace tells them. Every byte of the total has one payer of each sort; what no unit of memory can be charged with
 * stands apart.
 */
#ifndef SIM_PAYER_H
#define SIM_PAYER_H

#include <stdint.h>

#include "base/page_kind.h"
#include "layouts/layout.h"
#include "sim/memory/charged.h"
#include "sim/heap/heap.h"
#include "sim/memory/memory.h"
#include "sim/pages/pages.h"

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
	 * By the number that `charged` has for the memory cgroup, and that one's inode. NULL: the trace does not tell
	 * it, or it does not go with what was asked for.
	 */
	struct payer *memcgs;
	uint64_t *memcg_inodes; /* 0 below CHARGED_FIRST */
	size_t nr_memcgs;
	/*
	 * Slabs of descriptors hold more than the descriptors in use: free ones, ends that no descriptor
	 * fits in, and the descriptors of these slabs themselves.
	 */
	uint64_t unused_bytes;
};

/* All of the same moment; slab_bytes: of all slabs of descriptors. */
void payers_of_layout(const struct layout *layout, const struct pages_counts *counts,
		      const struct heap_units *described, uint64_t slab_bytes, struct payers *ret);

/*
 * Fills in who pays by memory cgroup. All of the same moment, as the trace has it: neither with a sample nor under a
 * policy.
 */
int payers_by_memcg(const struct layout *layout, const struct trace_meta *meta,
		    const struct pages *pages, const struct charged *charged,
		    const struct heap *heap, struct payers *ret, struct error *err) __must_check;
void payers_fini(struct payers *payers);

/* What there is to say for a number: "none", "not known", the path, or "" where the trace has only the inode. */
const char *payer_memcg_name(const struct payers *payers, size_t group,
			     const struct trace_meta *meta);

static inline uint64_t payer_bytes(const struct payer *p)
{
	return p->memmap_bytes + p->side_bytes + p->descriptor_bytes;
}

#endif
