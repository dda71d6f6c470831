// SPDX-License-Identifier: GPL-2.0-only
/* Events that name the very folio: lookups, mappings, and uses that the kernel itself tells. */
#include "sim/pages_internal.h"

/* What the folio is, by what is known of it and by the event; the event decides about anonymous ones. */
static enum page_kind kind_of_mapped(uint8_t known, bool anon)
{
	if (anon)
		return known == PAGE_KIND_KSM ? PAGE_KIND_KSM : PAGE_KIND_ANON;
	if (known == PAGE_KIND_SHMEM || known == PAGE_KIND_HUGETLB)
		return known;
	return PAGE_KIND_FILE;
}

/* The first page of the folio around the event's page; memory of drivers, mapped too, stays what it is. */
static uint32_t mapped_unit(struct pages *p, const struct event *e)
{
	uint32_t head = pages_unit_head(p, (uint32_t)e->pfn);
	uint8_t known = p->state[head].kind;
	struct event folio = *e;

	if (!kind_is_free(known) && !kind_is_folio(known))
		return head;
	folio.pfn &= ~((1ULL << e->order) - 1);
	pages_folio_unit(p, &folio, kind_of_mapped(known, e->arg & MAPF_ANON));
	return (uint32_t)folio.pfn;
}

static void mapped(struct pages *p, const struct event *e, enum op_kind kind)
{
	uint32_t head = mapped_unit(p, e), order = p->state[head].order;

	if (e->kind == EVENT_MAP_ADD && e->arg & MAPF_NEW) {
		pages_emit(p, OP_CHARGE, head, order, e->cpu);
		kind = OP_ANON_MAP;
	}
	/* one batch of page-table entries is zapped and put aside at a time */
	if (kind == OP_RMAP_DEL && (e->arg & MAPF_LEVEL) == MAPF_PTE)
		pages_emit(p, OP_ZAP, head, order, e->cpu);
	pages_emit(p, kind, head, order, e->cpu);
	if (!order)
		return;
	if ((e->arg & MAPF_LEVEL) != MAPF_PTE) {
		pages_emit(p, OP_RMAP_ENTIRE, head, order, e->cpu);
		return;
	}
	/* a folio has no more pages than that, whatever the trace says */
	for (uint32_t i = 0; i < e->count && i < 1U << order; i++)
		pages_emit(p, OP_RMAP_PAGE, (uint32_t)e->pfn + i, 0, e->cpu);
}

static void folio_get(struct pages *p, const struct event *e)
{
	uint8_t known = p->state[e->pfn].kind;

	/* what is found in the page cache is a folio, but its kind is known better by others */
	if (!kind_is_folio(known) || known == PAGE_KIND_USER)
		known = PAGE_KIND_FILE;
	pages_folio_unit(p, e, known);
	p->counts.lookups_resolved++;
	pages_emit(p, e->arg == FOLIO_GET_MAP ? OP_CACHE_MAP : OP_CACHE_READ, (uint32_t)e->pfn,
		   e->order, e->cpu);
}

/* The allocation was charged when it happened, as kernel memory; now its use is known, and later that it ended. */
static void use(struct pages *p, const struct event *e, enum page_kind kind, enum op_kind begins,
		enum op_kind ends)
{
	uint32_t pfn = (uint32_t)e->pfn;

	if (e->arg) {
		pages_folio_unit(p, e, kind);
		pages_emit(p, begins, pfn, e->order, e->cpu);
	} else if (p->state[pfn].kind == kind) {
		pages_emit(p, ends, pfn, e->order, e->cpu);
		pages_folio_unit(p, e, PAGE_KIND_KERNEL);
	}
}

bool pages_exact_event(struct pages *p, const struct event *e)
{
	switch (e->kind) {
	case EVENT_FOLIO_GET:
		folio_get(p, e);
		return true;
	case EVENT_MAP_ADD:
		mapped(p, e, OP_RMAP_ADD);
		return true;
	case EVENT_MAP_DEL:
		mapped(p, e, OP_RMAP_DEL);
		return true;
	case EVENT_MAP_DUP:
		mapped(p, e, OP_FORK_DUP);
		return true;
	case EVENT_SLAB_PAGE:
		use(p, e, PAGE_KIND_SLAB, OP_SLAB_NEW, OP_SLAB_FREE);
		return true;
	case EVENT_PGTABLE_PAGE:
		use(p, e, PAGE_KIND_PGTABLE, OP_PGTABLE_NEW, OP_PGTABLE_FREE);
		return true;
	default:
		return false;
	}
}
