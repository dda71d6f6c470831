// SPDX-License-Identifier: GPL-2.0-only
#include "sim/page_map.h"

#include "sim/pages_internal.h"

static uint8_t most_frequent(const struct pages *p, uint64_t first, uint64_t last)
{
	uint64_t count[PAGE_KIND_MAX] = {0};
	uint8_t most = 0;

	for (uint64_t pfn = first; pfn < last; pfn++)
		count[p->state[pfn].kind]++;
	for (int kind = 1; kind < PAGE_KIND_MAX; kind++)
		if (count[kind] > count[most])
			most = (uint8_t)kind;
	return most;
}

void pages_map(const struct pages *p, struct page_map *ret)
{
	uint64_t cell = 1;

	while (cell * PAGE_MAP_CELLS < p->max_pfn)
		cell *= 2;
	ret->cell_pages = cell;
	ret->nr = 0;
	for (uint64_t first = 0; first < p->max_pfn; first += cell)
		ret->kind[ret->nr++] = most_frequent(
			p, first, first + cell < p->max_pfn ? first + cell : p->max_pfn);
}
