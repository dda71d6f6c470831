// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/runs/report_runs.h"

uint64_t report_free_pages(const struct replay_result *result)
{
	return result->end.kind_pages[PAGE_KIND_FREE] + result->end.kind_pages[PAGE_KIND_PCP];
}

/* What small folios may fill. */
static uint64_t idle_pages(const struct replay_result *result)
{
	return report_free_pages(result) + result->end.kind_pages[PAGE_KIND_UNKNOWN];
}

/* What it takes to describe so many folios of one page, in full slabs. */
static uint64_t small_folio_bytes(const struct layout_result *l, uint64_t folios,
				  uint32_t page_size)
{
	int object = layout_object_for(l->layout, PAGE_KIND_FILE, 0);
	const struct heap_counts *c;

	if (object < 0)
		return 0;
	c = &l->objects[object];
	return (folios + c->objects_per_slab - 1) / c->objects_per_slab *
	       ((uint64_t)page_size << c->slab_order);
}

void outcome_of(const struct replay_result *result, size_t layout, struct outcome *ret)
{
	const struct layout_result *r = &result->layouts[layout];
	uint64_t bytes = layout_result_bytes(r);

	*ret = (struct outcome){
		.bytes = bytes,
		.filled = bytes + small_folio_bytes(r, idle_pages(result), result->meta.page_size),
		.lines = r->total.lines,
		.fetches = r->total.hits[CACHE_MEMORY],
	};
}
