// SPDX-License-Identifier: GPL-2.0-only
#include "sim/memory.h"

#include <string.h>

uint64_t memory_saved(const struct layout *layout, enum layout_huge memory, unsigned int order)
{
	uint64_t bytes = 4096ULL << order;

	return bytes / layout->base_page * layout->page_size -
	       layout_huge_memmap(layout, memory, bytes);
}

/* Hugetlb folios of each order keep only a part of their memmap under HVO; device memory is in no trace. */
static uint64_t saved_on_hugetlb(const struct layout *layout, const struct pages_counts *counts)
{
	uint64_t saved = 0;

	for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++)
		saved += counts->units[PAGE_KIND_HUGETLB][order] *
			 memory_saved(layout, LAYOUT_HUGE_HUGETLB, order);
	return saved;
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
	ret->saved_bytes = saved_on_hugetlb(layout, counts);
	ret->memmap_bytes = entries * layout->page_size - ret->saved_bytes;
	ret->side_bytes = entries * layout_side_bytes(layout, false);
	ret->debug_side_bytes = entries * layout_side_bytes(layout, true);
	ret->rounding_bytes = rounding(layout, counts);
}
