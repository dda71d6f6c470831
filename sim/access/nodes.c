// SPDX-License-Identifier: GPL-2.0-only
#include "sim/access/nodes.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct nodes *, nodes_destroy);

enum { LINE_SHIFT = 6 };

void nodes_destroy(struct nodes *n)
{
	if (!n)
		return;
	free(n->of_cpu);
	free(n->of_block);
	free(n);
}

/* The nodes' numbers as the kernel has them, which may leave gaps. */
struct known {
	uint32_t id[NODES_MAX];
	unsigned int nr;
};

static int add_known(struct known *k, uint32_t id, struct error *err)
{
	unsigned int at = k->nr;

	for (unsigned int i = 0; i < k->nr; i++)
		if (k->id[i] == id)
			return 0;
	if (k->nr == NODES_MAX)
		return error_set(
			err, -ENOTSUP,
			"the trace is of a machine with more than %d NUMA nodes; a machine "
			"profile with 'nodes: 1' takes it for one",
			NODES_MAX);
	for (; at && k->id[at - 1] > id; at--)
		k->id[at] = k->id[at - 1];
	k->id[at] = id;
	k->nr++;
	return 0;
}

static uint8_t index_of(const struct known *k, uint32_t id)
{
	unsigned int i = 0;

	while (i < k->nr && k->id[i] != id)
		i++;
	return (uint8_t)(i < k->nr ? i : 0);
}

static int know(const struct trace_meta *meta, struct known *k, struct error *err)
{
	int r = 0;

	if (!meta->nr_node_ranges || !meta->nr_node_cpus)
		return add_known(k, 0, err);
	for (size_t i = 0; !r && i < meta->nr_node_ranges; i++)
		r = add_known(k, meta->node_ranges[i].node, err);
	for (size_t i = 0; !r && i < meta->nr_node_cpus; i++)
		r = add_known(k, meta->node_cpus[i].node, err);
	return r;
}

static void recorded(struct nodes *n, const struct trace_meta *meta, const struct known *k)
{
	n->nr = k->nr;
	for (unsigned int cpu = 0; cpu < n->nr_cpus; cpu++)
		n->of_cpu[cpu] = index_of(k, trace_node_of_cpu(meta, cpu));
	for (uint64_t pfn = 0; pfn < n->max_pfn; pfn += 1 << NODES_BLOCK_SHIFT)
		n->of_block[pfn >> NODES_BLOCK_SHIFT] = index_of(k, trace_node_of_pfn(meta, pfn));
}

static void supposed(struct nodes *n, unsigned int number)
{
	uint64_t last = n->max_pfn >> NODES_BLOCK_SHIFT;
	/* the last one may be a part, or nothing at all */
	uint64_t blocks = last + (n->max_pfn & ((1 << NODES_BLOCK_SHIFT) - 1) || !last);

	n->nr = number;
	for (unsigned int cpu = 0; cpu < n->nr_cpus; cpu++)
		n->of_cpu[cpu] = (uint8_t)((uint64_t)cpu * number / n->nr_cpus);
	for (uint64_t i = 0; i < blocks; i++)
		n->of_block[i] = (uint8_t)(i * number / blocks);
	n->of_block[last] = (uint8_t)(number - 1);
}

int nodes_create(const struct trace_meta *meta, unsigned int number, struct nodes **ret,
		 struct error *err)
{
	_cleanup_(nodes_destroyp) struct nodes *n = calloc(1, sizeof(*n));
	struct known known = {.nr = 0};

	if (!n)
		return error_nomem(err);
	n->nr_cpus = meta->nr_cpus;
	n->max_pfn = meta->max_pfn;
	n->of_cpu = calloc(n->nr_cpus, 1);
	n->of_block = calloc((n->max_pfn >> NODES_BLOCK_SHIFT) + 1, 1);
	if (!n->of_cpu || !n->of_block)
		return error_nomem(err);
	if (number) {
		supposed(n, number);
	} else {
		int r = know(meta, &known, err);

		if (r)
			return r;
		recorded(n, meta, &known);
	}
	*ret = take_ptr(n);
	return 0;
}

uint64_t nodes_units_from(const struct nodes *n, uint64_t pfn, uint64_t nr, unsigned int order)
{
	unsigned int node = nodes_of_pfn(n, pfn);
	uint64_t same = 1;

	if (nodes_nr(n) == 1)
		return nr;
	while (same < nr && nodes_of_pfn(n, pfn + (same << order)) == node)
		same++;
	return same;
}

unsigned int nodes_of_line(const struct nodes *n, const struct layout *layout, uint64_t line)
{
	uint64_t address = line << LINE_SHIFT, pfn;

	if (nodes_nr(n) == 1)
		return 0;
	if (address < PLACE_MEMMAP)
		return place_heap_node(address);
	pfn = (address - PLACE_MEMMAP) / layout->page_size << layout_page_shift(layout);
	return pfn < n->max_pfn ? nodes_of_pfn(n, pfn) : place_heap_pfn_node(n->max_pfn, pfn);
}
