/* SPDX-License-Identifier: GPL-2.0-only */
/* The buddy allocator and the per-CPU lists, for the files of the page-state machine. */
#ifndef SIM_FREELIST_H
#define SIM_FREELIST_H

#include "sim/pages/pages_internal.h"

/* Of an order that has one. */
static inline unsigned int freelist_pcp_of(uint16_t cpu, unsigned int order)
{
	return LIST_PCP + cpu * NR_PCP_LISTS + order;
}

/* The number of the per-CPU list for this order, or LIST_NONE. */
static inline unsigned int freelist_pcp(const struct pages *p, uint16_t cpu, unsigned int order)
{
	if (cpu >= p->nr_cpus)
		return LIST_NONE;
	if (order <= PCP_MAX_ORDER)
		return freelist_pcp_of(cpu, order);
	if (order == PCP_THP_ORDER)
		return freelist_pcp_of(cpu, PCP_MAX_ORDER + 1);
	return LIST_NONE;
}

/* Takes [pfn, pfn + 2^order) out of the free block around it, splitting that. False: it was not free. */
bool freelist_take(struct pages *p, uint32_t pfn, unsigned int order, unsigned int mt,
		   uint16_t cpu);
/* Gives the block to the buddy allocator, merging it as far as its buddies are free. */
void freelist_give(struct pages *p, uint32_t pfn, unsigned int order, unsigned int mt,
		   uint16_t cpu);
/* Puts a block on a free list as it is: the census's. */
void freelist_seed(struct pages *p, uint32_t pfn, unsigned int order);

#endif
