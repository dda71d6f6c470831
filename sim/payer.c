// SPDX-License-Identifier: GPL-2.0-only
#include "sim/payer.h"

#include <string.h>

/* One walk over all units, by kind or by order. */
struct walk {
	const struct layout *layout;
	const struct pages_counts *counts;
	const struct heap_units *described;
	/* so far: where an entry is for several pages, no sum of rounded numbers may be off */
	uint64_t pages;
};

static uint64_t units_of(const struct pages_counts *counts, int kind, unsigned int order)
{
	if (kind != PAGE_KIND_FREE)
		return counts->units[kind][order];
	return order <= BUDDY_MAX_ORDER ? counts->free_blocks[order] : 0;
}

static void add(struct walk *walk, int kind, unsigned int order, struct payer *p)
{
	const struct layout *layout = walk->layout;
	unsigned int shift = layout_page_shift(layout);
	int object = layout_object_for(layout, kind, layout_order(layout, order));
	uint64_t units = units_of(walk->counts, kind, order);
	uint64_t described = walk->described->units[kind][order];
	uint64_t entries = walk->pages >> shift;

	walk->pages += units << order;
	entries = (walk->pages >> shift) - entries;
	p->pages += units << order;
	p->units += units;
	p->described += described;
	p->memmap_bytes += entries * layout->page_size;
	p->side_bytes += entries * layout_side_bytes(layout, false);
	if (kind == PAGE_KIND_SLAB && order <= BUDDY_MAX_ORDER)
		p->side_bytes += units * memory_slab_bytes(layout, order);
	p->memmap_bytes -= units * memory_saved(layout, kind, order);
	if (object >= 0)
		p->descriptor_bytes += described * layout->objects[object].stride;
}

void payers_of_layout(const struct layout *layout, const struct pages_counts *counts,
		      const struct heap_units *described, uint64_t slab_bytes, struct payers *ret)
{
	struct walk by_kind = {layout, counts, described, 0}, by_order = by_kind;

	memset(ret, 0, sizeof(*ret));
	ret->unused_bytes = slab_bytes;
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
		for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++)
			add(&by_kind, kind, order, &ret->kinds[kind]);
		ret->unused_bytes -= ret->kinds[kind].descriptor_bytes;
	}
	for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++)
		for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
			add(&by_order, kind, order, &ret->orders[order]);
}
