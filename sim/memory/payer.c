// SPDX-License-Identifier: GPL-2.0-only
#include "sim/memory/payer.h"

#include <stdlib.h>
#include <string.h>

/* What one unit of a kind and order costs besides its entries in the memmap. */
struct share {
	uint64_t saved;	     /* of the memmap, given back */
	uint64_t side_bytes; /* management in a slab */
	uint64_t descriptor; /* where it has one */
};

static uint64_t units_of(const struct pages_counts *counts, int kind, unsigned int order)
{
	if (kind != PAGE_KIND_FREE)
		return counts->units[kind][order];
	return order <= BUDDY_MAX_ORDER ? counts->free_blocks[order] : 0;
}

static struct share share_of(const struct layout *layout, int kind, unsigned int order)
{
	int object = layout_object_for(layout, kind, layout_order(layout, order));
	struct share share = {.saved = memory_saved(layout, kind, order)};

	if (kind == PAGE_KIND_SLAB && order <= BUDDY_MAX_ORDER)
		share.side_bytes = memory_slab_bytes(layout, order);
	if (object >= 0)
		share.descriptor = layout->objects[object].stride;
	return share;
}

static void put_units(const struct share *share, unsigned int order, uint64_t units,
		      uint64_t described, struct payer *p)
{
	p->pages += units << order;
	p->units += units;
	p->described += described;
	p->memmap_bytes -= units * share->saved;
	p->side_bytes += units * share->side_bytes;
	p->descriptor_bytes += described * share->descriptor;
}

/* Where an entry is for several pages, no sum of rounded numbers may be off: they are handed out in one row. */
static void put_entries(const struct layout *layout, struct payer *payers, size_t nr)
{
	unsigned int shift = layout_page_shift(layout);
	uint64_t pages = 0;

	for (size_t i = 0; i < nr; i++) {
		uint64_t entries = pages >> shift;

		pages += payers[i].pages;
		entries = (pages >> shift) - entries;
		payers[i].memmap_bytes += entries * layout->page_size;
		payers[i].side_bytes += entries * layout_side_bytes(layout, false);
	}
}

void payers_of_layout(const struct layout *layout, const struct pages_counts *counts,
		      const struct heap_units *described, uint64_t slab_bytes, struct payers *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->unused_bytes = slab_bytes;
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
		for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++) {
			struct share share = share_of(layout, kind, order);
			uint64_t units = units_of(counts, kind, order);
			uint64_t with = described->units[kind][order];

			put_units(&share, order, units, with, &ret->kinds[kind]);
			put_units(&share, order, units, with, &ret->orders[order]);
		}
		ret->unused_bytes -= ret->kinds[kind].descriptor_bytes;
	}
	put_entries(layout, ret->kinds, PAGE_KIND_MAX);
	put_entries(layout, ret->orders, CENSUS_MAX_ORDER + 1);
}

/* Units side by side: as many of them at once as are charged to the same group. */
static void put_charged(const struct share *share, const struct pages_units *units,
			const uint16_t *groups, const struct heap *heap, struct payer *payers)
{
	for (uint32_t done = 0, nr; done < units->nr; done += nr) {
		const uint32_t pfn = units->pfn + (done << units->order);
		const uint16_t group = groups[pfn];

		for (nr = 1; done + nr < units->nr; nr++)
			if (groups[pfn + (nr << units->order)] != group)
				break;
		/* what is free has none, and is most of a host */
		put_units(share, units->order, nr,
			  share->descriptor ? heap_count(heap, pfn, nr, units->order) : 0,
			  &payers[group]);
	}
}

int payers_by_memcg(const struct layout *layout, const struct trace_meta *meta,
		    const struct pages *pages, const struct charged *charged,
		    const struct heap *heap, struct payers *ret, struct error *err)
{
	struct share shares[PAGE_KIND_MAX][CENSUS_MAX_ORDER + 1];
	const uint16_t *groups = charged_groups(charged);
	struct pages_units units;

	ret->nr_memcgs = charged_nr(charged);
	ret->memcgs = calloc(ret->nr_memcgs, sizeof(*ret->memcgs));
	ret->memcg_inodes = calloc(ret->nr_memcgs, sizeof(*ret->memcg_inodes));
	if (!ret->memcgs || !ret->memcg_inodes)
		return error_nomem(err);
	for (size_t i = CHARGED_FIRST; i < ret->nr_memcgs; i++)
		ret->memcg_inodes[i] = charged_memcg(charged, i);
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++)
			shares[kind][order] = share_of(layout, kind, order);
	for (uint64_t pfn = 0; pages_next_units(pages, meta, pfn, &units);
	     pfn = units.pfn + ((uint64_t)units.nr << units.order))
		put_charged(&shares[units.kind][units.order], &units, groups, heap, ret->memcgs);
	put_entries(layout, ret->memcgs, ret->nr_memcgs);
	return 0;
}

const char *payer_memcg_name(const struct payers *payers, size_t group,
			     const struct trace_meta *meta)
{
	const char *name;

	if (group < CHARGED_FIRST)
		return group == CHARGED_TO_NONE ? "none" : "not known";
	name = trace_memcg_name(meta, payers->memcg_inodes[group]);
	return name ? name : "";
}

void payers_fini(struct payers *payers)
{
	free(payers->memcgs);
	free(payers->memcg_inodes);
	*payers = (struct payers){.memcgs = NULL};
}
