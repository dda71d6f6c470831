// SPDX-License-Identifier: GPL-2.0-only
/* Allocation and freeing: what the buddy allocator and the per-CPU lists hand out and get back. */
#include "sim/pages/freelist.h"

/*
 * What gfp flags tell of an allocation. Page tables: GFP_PGTABLE_USER is GFP_KERNEL | __GFP_ZERO |
 * __GFP_ACCOUNT, order 0 (include/asm-generic/pgalloc.h). Slabs: allocate_slab() always sets
 * __GFP_NOWARN and __GFP_NORETRY, and its caches always ask for compound pages (mm/slub.c).
 */
enum page_kind pages_kind_of_alloc(struct pages *p, const struct event *e)
{
	const uint32_t slab = GFPC_COMP | GFPC_NOWARN | GFPC_NORETRY;
	const uint32_t table = GFPC_ZERO | GFPC_ACCOUNT;

	if (e->arg & GFPC_MOVABLE)
		return PAGE_KIND_USER;
	if (p->exact[CLASS_KIND])
		return PAGE_KIND_KERNEL;
	if ((e->arg & slab) == slab && e->order <= PCP_MAX_ORDER && !(e->arg & GFPC_ZERO)) {
		p->counts.inferred_slab++;
		return PAGE_KIND_SLAB;
	}
	if ((e->arg & table) == table && e->order == 0 &&
	    !(e->arg & (GFPC_NOWARN | GFPC_HIGHMEM))) {
		p->counts.inferred_pgtable++;
		return PAGE_KIND_PGTABLE;
	}
	return PAGE_KIND_KERNEL;
}

void pages_alloc(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;
	struct page_state *state = &p->state[pfn];
	enum page_kind kind = pages_kind_of_alloc(p, e);
	bool whole = !(state->flags & PS_TAIL) && state->order == e->order;
	struct op *op;

	p->cpus[e->cpu].freed = 0;
	if (whole && state->kind == PAGE_KIND_PCP) {
		op = pages_emit(p, OP_ALLOC, pfn, e->order, e->cpu);
		if (state->list)
			list_del(p, pfn, op);
		op->page_kind = (uint8_t)kind;
	} else {
		if (state->kind != PAGE_KIND_UNKNOWN && !kind_is_free(state->kind))
			p->counts.reallocated++;
		pages_clear_range(p, pfn, e->order, e->cpu);
		op = pages_emit(p, OP_ALLOC, pfn, e->order, e->cpu);
		op->page_kind = (uint8_t)kind;
	}
	pages_set_unit(p, pfn, e->order, kind);
	pages_usage(p, pfn)->fresh = !!(e->arg & GFPC_ZERO);
	pages_describe(p, pfn, e->order, e->cpu);
	if (e->order && e->arg & GFPC_COMP) {
		state->flags |= PS_COMPOUND;
		pages_emit(p, OP_COMPOUND, pfn, e->order, e->cpu);
	}
	if (kind == PAGE_KIND_PGTABLE)
		pages_emit(p, OP_PGTABLE_NEW, pfn, e->order, e->cpu);
	else if (kind == PAGE_KIND_SLAB)
		pages_emit(p, OP_SLAB_NEW, pfn, e->order, e->cpu);
}

/* Whether a unit is freed when its last reference goes, though it is no folio: slabs and what was one just now are not. */
static bool by_reference(const struct pages *p, uint32_t head, uint16_t cpu)
{
	const struct page_state *state = &p->state[head];

	return state->kind == PAGE_KIND_KERNEL && state->order && state->flags & PS_COMPOUND &&
	       p->cpus[cpu].slab != head + 1;
}

/*
 * Folios of which many are freed at a time go on a list of their own first (release_pages() before v6.10): next to the one
 * before, if they are of one batch. What a CPU allocates ends it.
 */
static void free_folio(struct pages *p, const struct event *e, uint32_t head)
{
	struct op *op = pages_emit(p, OP_FREE_FOLIO, head, p->state[head].order, e->cpu);
	uint32_t *freed = &p->cpus[e->cpu].freed;

	if (*freed && *freed != head + 1)
		op->next = *freed - 1;
	*freed = head + 1;
}

/* What is done to a unit in use before its pages reach a free list. */
static void release_unit(struct pages *p, const struct event *e, uint32_t head)
{
	struct page_state *state = &p->state[head];
	unsigned int order = state->order;
	bool folio = kind_is_folio(state->kind);

	if (p->memory_only) {
		if (state->flags & PS_LRU)
			pages_leave_list(p, OP_LRU_DEL, head, order, e->cpu);
		pages_emit(p, OP_UNDESCRIBE, head, order, e->cpu);
		return;
	}
	if (state->flags & PS_MAPPED && !p->exact[CLASS_MAPCOUNT]) {
		pages_emit(p, OP_ZAP, head, order, e->cpu);
		pages_emit(p, OP_ANON_UNMAP, head, order, e->cpu);
		pages_emit(p, OP_ZAP_DONE, head, order, e->cpu);
	}
	pages_zap_freed(p, head, e->cpu);
	if (state->kind == PAGE_KIND_PGTABLE)
		pages_emit(p, OP_PGTABLE_FREE, head, order, e->cpu);
	if (state->kind == PAGE_KIND_SLAB)
		pages_emit(p, OP_SLAB_FREE, head, order, e->cpu);
	if (state->flags & PS_LRU)
		pages_leave_list(p, OP_LRU_DEL, head, order, e->cpu);
	if (folio)
		pages_emit(p, OP_UNCHARGE, head, order, e->cpu);
	if (folio)
		free_folio(p, e, head);
	else
		pages_emit(p, OP_FREE_PAGE, head, order, e->cpu);
	if (state->kind == PAGE_KIND_ANON || state->kind == PAGE_KIND_KSM)
		pages_emit(p, OP_FREE_ANON, head, order, e->cpu);
	if (by_reference(p, head, e->cpu)) {
		pages_fragments_end(p, head, e->cpu);
		pages_emit(p, OP_PUT_COMPOUND, head, order, e->cpu);
		pages_emit(p, OP_MEMCG_NONE, head, order, e->cpu);
	}
	if (order && state->flags & PS_COMPOUND)
		pages_emit(p, OP_FREE_TAILS, head, order, e->cpu);
	pages_emit(p, OP_UNDESCRIBE, head, order, e->cpu);
}

/* Memory of which a part may be free already, or that is only a part of a unit. */
static void release_parts(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn, end = pfn + (1U << e->order);

	pages_cut_out(p, pfn, e->order, e->cpu);
	if (kind_is_free(p->state[pages_unit_head(p, pfn)].kind)) {
		p->counts.unseen_frees++;
		pages_clear_range(p, pfn, e->order, e->cpu);
		pages_set_unit(p, pfn, e->order, PAGE_KIND_UNKNOWN);
	}
	for (uint32_t at = pfn; at < end;) {
		unsigned int order = p->state[at].order;

		if (kind_is_free(p->state[at].kind))
			pages_clear_range(p, at, order, e->cpu);
		else
			release_unit(p, e, at);
		at += 1U << order;
	}
}

void pages_free(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;
	const struct page_state *state = &p->state[pfn];
	unsigned int pcp = freelist_pcp(p, e->cpu, e->order);

	if (!kind_is_free(state->kind) && !(state->flags & PS_TAIL) && state->order == e->order)
		release_unit(p, e, pfn);
	else
		release_parts(p, e);
	pages_set_unit(p, pfn, e->order, PAGE_KIND_PCP);
	if (pcp == LIST_NONE) {
		freelist_give(p, pfn, e->order, e->arg >> GFPC_MT_SHIFT, e->cpu);
		return;
	}
	list_push(p, pcp, pfn);
	pages_emit(p, OP_PCP_ADD, pfn, e->order, e->cpu)->next = list_next(p, pfn);
}

void pages_buddy_take(struct pages *p, const struct event *e, bool refill)
{
	uint32_t pfn = (uint32_t)e->pfn;
	unsigned int pcp = freelist_pcp(p, e->cpu, e->order);

	p->last_take[e->cpu] = pfn + 1;
	if (!freelist_take(p, pfn, e->order, e->arg, e->cpu)) {
		p->counts.buddy_unknown++;
		pages_clear_range(p, pfn, e->order, e->cpu);
	}
	pages_set_unit(p, pfn, e->order, PAGE_KIND_PCP);
	if (!refill || pcp == LIST_NONE)
		return;
	list_push_tail(p, pcp, pfn);
	pages_emit(p, OP_PCP_REFILL, pfn, e->order, e->cpu)->next = list_prev(p, pfn);
}

void pages_pcp_drain(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;
	struct page_state *state = &p->state[pfn];

	if (state->kind == PAGE_KIND_PCP && !(state->flags & PS_TAIL) && state->order == e->order) {
		struct op *op = pages_emit(p, OP_PCP_DRAIN, pfn, e->order, e->cpu);

		if (state->list)
			list_del(p, pfn, op);
	} else {
		/* a page that was on a per-CPU list when the trace began, or freed unseen */
		pages_clear_range(p, pfn, e->order, e->cpu);
		pages_emit(p, OP_PCP_DRAIN, pfn, e->order, e->cpu);
	}
	freelist_give(p, pfn, e->order, e->arg, e->cpu);
}
