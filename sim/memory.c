// SPDX-License-Identifier: GPL-2.0-only
#include "sim/memory.h"

#include <string.h>

/* Hugetlb folios of each order keep only a part of their memmap under HVO; device memory is in no trace. */
static uint64_t saved_on_hugetlb(const struct layout *layout, const struct trace_meta *meta,
				 const struct pages_counts *counts)
{
	uint64_t saved = 0;

	for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++) {
		uint64_t units = counts->units[PAGE_KIND_HUGETLB][order];
		uint64_t bytes = (uint64_t)meta->page_size << order;

		if (!units || bytes < layout->base_page)
			continue;
		saved += units * (bytes / layout->base_page * layout->page_size -
				  layout_huge_memmap(layout, LAYOUT_HUGE_HUGETLB, bytes));
	}
	return saved;
}

void memory_of_layout(const struct layout *layout, const struct trace_meta *meta,
		      const struct pages_counts *counts, struct memory *ret)
{
	uint64_t bytes = 0, entries;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < meta->nr_ranges; i++)
		bytes += meta->ranges[i].nr_pages * meta->page_size;
	entries = bytes / layout->base_page;
	ret->saved_bytes = saved_on_hugetlb(layout, meta, counts);
	ret->memmap_bytes = entries * layout->page_size - ret->saved_bytes;
	ret->side_bytes = entries * layout_side_bytes(layout, false);
	ret->debug_side_bytes = entries * layout_side_bytes(layout, true);
}
