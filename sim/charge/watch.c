// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/watch.h"

#include <stdlib.h>

#define HUGE_PAGE (1ULL << 21)

/* Bits for the blocks of 2 MiB of a memmap of which HVO may take some apart. */
static int create_split(struct watch *w, const struct watch_opts *opts, struct error *err)
{
	const struct layout *layout = opts->layout;
	uint64_t whole = HUGE_PAGE / layout->base_page * layout->page_size;

	/* where a huge page keeps all of its memmap, nothing is remapped */
	if (layout_huge_memmap(layout, LAYOUT_HUGE_HUGETLB, HUGE_PAGE) >= whole)
		return 0;
	w->nr_split = opts->max_pfn * layout->page_size / HUGE_PAGE + 1;
	w->split = calloc((w->nr_split + 63) / 64, sizeof(*w->split));
	return w->split ? 0 : error_nomem(err);
}

static int create_tlb(struct watch *w, const struct watch_opts *opts, struct error *err)
{
	int r = tlb_create(&opts->tlb->geometry, opts->nr_cpus, &w->tlb, err);

	w->memmap = opts->tlb->memmap;
	w->direct = opts->tlb->direct;
	return r ? r : create_split(w, opts, err);
}

int watch_init(struct watch *w, const struct watch_opts *opts, struct error *err)
{
	int r = 0;

	w->page_size = opts->layout->page_size;
	if (opts->nr_cpus > 1 && !opts->no_sharing)
		r = sharing_create(&w->sharing, err);
	if (!r && opts->tlb)
		r = create_tlb(w, opts, err);
	if (!r && opts->breakdown) {
		w->breakdown = calloc(1, sizeof(*w->breakdown));
		r = w->breakdown ? 0 : error_nomem(err);
	}
	if (r || !opts->heat)
		return r;
	w->heat = calloc(1, sizeof(*w->heat));
	if (!w->heat)
		return error_nomem(err);
	/* a power of two, so that a part describes the same pages in every layout */
	for (w->heat->pages = 1; w->heat->pages * HEAT_PARTS < opts->max_pfn;)
		w->heat->pages *= 2;
	return 0;
}

void watch_fini(struct watch *w)
{
	sharing_destroy(w->sharing);
	tlb_destroy(w->tlb);
	free(w->split);
	free(w->heat);
	free(w->breakdown);
}

void watch_hugetlb(struct watch *w, uint32_t pfn, unsigned int order)
{
	uint64_t first = (uint64_t)pfn * w->page_size / HUGE_PAGE;
	uint64_t last = (((uint64_t)pfn + (1ULL << order)) * w->page_size - 1) / HUGE_PAGE;

	for (uint64_t block = first; w->split && block <= last && block < w->nr_split; block++)
		w->split[block / 64] |= 1ULL << block % 64;
}

/* Which part the line is of; HEAT_PARTS: none. */
static uint64_t part_of(const struct watch *w, uint64_t line)
{
	uint64_t part;

	if (line < PLACE_MEMMAP >> 6)
		return HEAT_PARTS;
	part = ((line << 6) - PLACE_MEMMAP) / (w->page_size * w->heat->pages);
	return part < HEAT_PARTS ? part : HEAT_PARTS;
}

void watch_heat(struct watch *w, uint64_t line, unsigned int times)
{
	uint64_t part = part_of(w, line);

	*(part < HEAT_PARTS ? &w->heat->touched[part] : &w->heat->beyond) += times;
}

void watch_heat_memory(struct watch *w, uint64_t line, unsigned int times)
{
	uint64_t part = part_of(w, line);

	*(part < HEAT_PARTS ? &w->heat->memory[part] : &w->heat->beyond_memory) += times;
}
