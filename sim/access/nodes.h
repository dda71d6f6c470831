/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NUMA nodes: whose pages and whose CPUs are which, and so on which node metadata lies. The kernel allocates a
 * section's memmap on the section's node (sparse_init_nid() of mm/sparse.c), so an entry lies on the node of its page.
 * A descriptor is taken to lie on the node of the page that it describes, since page allocator and kmem_cache_alloc_node()
 * are asked for the same node (alloc_slab_page() of mm/slub.c); no proposal says otherwise.
 */
#ifndef SIM_NODES_H
#define SIM_NODES_H

#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/access/place.h"
#include "trace/meta.h"

enum {
	NODES_MAX = PLACE_NODES,
	NODES_BLOCK_SHIFT =
		10, /* pages; the largest block of the page allocator lies on one node */
};

struct nodes {
	unsigned int nr;
	unsigned int nr_cpus;
	uint64_t max_pfn;
	uint8_t *of_cpu;
	uint8_t *of_block; /* by pfn >> NODES_BLOCK_SHIFT */
};

/*
 * The trace's nodes, numbered from 0 in rising order; one where it does not say both whose pages and whose CPUs there
 * are. Or, unless number is 0, so many instead: they share the CPUs and the range of pfns evenly, lowest first.
 */
int nodes_create(const struct trace_meta *meta, unsigned int number, struct nodes **ret,
		 struct error *err) __must_check;
void nodes_destroy(struct nodes *n);

/* NULL stands for one node. */
static inline unsigned int nodes_nr(const struct nodes *n)
{
	return n ? n->nr : 1;
}

static inline unsigned int nodes_of_cpu(const struct nodes *n, unsigned int cpu)
{
	return n ? n->of_cpu[cpu] : 0;
}

/* The pfn is below max_pfn. */
static inline unsigned int nodes_of_pfn(const struct nodes *n, uint64_t pfn)
{
	return n ? n->of_block[pfn >> NODES_BLOCK_SHIFT] : 0;
}

/* How many of so many units of the order, side by side from pfn on, begin on the node of the first. */
uint64_t nodes_units_from(const struct nodes *n, uint64_t pfn, uint64_t nr, unsigned int order);

/* Of a line of the layout's memmap or descriptors. */
unsigned int nodes_of_line(const struct nodes *n, const struct layout *layout, uint64_t line);

#endif
