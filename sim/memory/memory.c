// SPDX-License-Identifier: GPL-2.0-only
#include "sim/memory/memory.h"

#include <string.h>

uint64_t memory_saved(const struct layout *layout, enum page_kind kind, unsigned int order)
{
	uint64_t bytes = 4096ULL << order;
	enum layout_huge memory =
		kind == PAGE_KIND_DEVICE ? LAYOUT_HUGE_DEVICE : LAYOUT_HUGE_HUGETLB;

	if (kind != PAGE_KIND_DEVICE && kind != PAGE_KIND_HUGETLB)
		return 0;
	return bytes / layout->base_page * layout->page_size -
	       layout_huge_memmap(layout, memory, bytes);
}

/* HVO keeps a part of the memmap of hugetlb folios, device DAX of its compound pages. */
static uint64_t saved_bytes(const struct layout *layout, const struct pages_counts *counts)
{
	static const enum page_kind kinds[] = {PAGE_KIND_HUGETLB, PAGE_KIND_DEVICE};
	uint64_t saved = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++)
			saved += counts->units[kinds[i]][order] *
				 memory_saved(layout, kinds[i], order);
	return saved;
}

uint64_t memory_slab_bytes(const struct layout *layout, unsigned int order)
{
	int object = layout_object_for(layout, PAGE_KIND_SLAB, layout_order(layout, order));
	uint64_t bytes = layout_slab_management_bytes(layout, order);
	uint64_t own = object < 0 ? 0 : layout->objects[object].stride;

	return bytes > own ? bytes - own : 0;
}

/* Memory that somebody allocated, as opposed to what is free, or never was the allocator's. */
static bool is_allocated(int kind)
{
	switch (kind) {
	case PAGE_KIND_UNKNOWN:
	case PAGE_KIND_HOLE:
	case PAGE_KIND_FREE:
	case PAGE_KIND_PCP:
	case PAGE_KIND_RESERVED:
	case PAGE_KIND_OFFLINE:
		return false;
	default:
		return true;
	}
}

static uint64_t rounding(const struct layout *layout, const struct pages_counts *counts)
{
	uint64_t bytes = 0;

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		for (unsigned int order = 0; order < layout_page_shift(layout); order++)
			if (is_allocated(kind))
				bytes += counts->units[kind][order] *
					 (layout->base_page - (4096ULL << order));
	return bytes;
}

void memory_of_layout(const struct layout *layout, const struct trace_meta *meta,
		      const struct pages_counts *counts, struct memory *ret)
{
	uint64_t bytes = 0, entries;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < meta->nr_ranges; i++)
		bytes += meta->ranges[i].nr_pages * meta->page_size;
	entries = bytes / layout->base_page;
	ret->saved_bytes = saved_bytes(layout, counts);
	ret->memmap_bytes = entries * layout->page_size - ret->saved_bytes;
	ret->side_bytes = entries * layout_side_bytes(layout, false);
	ret->debug_side_bytes = entries * layout_side_bytes(layout, true);
	for (unsigned int order = 0; order <= BUDDY_MAX_ORDER; order++)
		ret->slab_bytes +=
			counts->units[PAGE_KIND_SLAB][order] * memory_slab_bytes(layout, order);
	ret->rounding_bytes = rounding(layout, counts);
}
