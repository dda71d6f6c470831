// SPDX-License-Identifier: GPL-2.0-only
/* Folios on the LRU lists and in the page cache. */
#include "sim/pages/pages_internal.h"

static void lru_push(struct pages *p, struct op *op, uint32_t pfn, unsigned int lru)
{
	list_push(p, LIST_LRU + lru % NR_LRU_LISTS, pfn);
	if (op->next == PFN_NONE)
		op->next = list_next(p, pfn);
	p->state[pfn].flags |= PS_LRU;
}

/* Since v6.14 (4d5d14a01e2c) the multi-generational LRU marks what faults add as accessed, instead of active. */
static bool marks_added(const struct pages *p)
{
	return p->code & CODE_BIT(lru_gen) && p->code & CODE_BIT(__free_frozen_pages);
}

void pages_lru_add(struct pages *p, const struct event *e)
{
	enum page_kind kind = pages_kind_of_folio(e->arg >> LRUF_SHIFT);
	uint32_t pfn = (uint32_t)e->pfn;
	uint8_t known = p->state[pfn].kind;
	struct page_state *state = pages_folio_unit(p, e, kind);

	if (p->memory_only) {
		if (state->list)
			pages_leave_list(p, OP_LRU_DEL, pfn, e->order, e->cpu);
		lru_push(p, &p->nobodys, pfn, e->arg & 0xff);
		return;
	}
	if (kind == PAGE_KIND_SHMEM && known == PAGE_KIND_USER)
		pages_shmem_added(p, pfn, e->order, e->cpu);
	if (kind == PAGE_KIND_ANON && !(state->flags & (PS_MAPPED | PS_LRU)) &&
	    !p->exact[CLASS_MAPCOUNT]) {
		state->flags |= PS_MAPPED;
		pages_new_anon(p, pfn, e->order, e->cpu);
	}
	/*
	 * What write() fills it has filled by now, but for the one folio that makes the batch full; large ones wait for no
	 * batch (folio_batch_add_and_move()), and are read in by the time they are looked up.
	 */
	if (pages_usage(p, pfn)->fresh && kind == PAGE_KIND_FILE && !e->order)
		pages_read_in(p, pfn, e->cpu);
	if (state->list)
		pages_leave_list(p, OP_LRU_DEL, pfn, e->order, e->cpu);
	/* folio_add_lru() in a page fault; which folios of files come there by one is not told */
	if (kind == PAGE_KIND_ANON && marks_added(p))
		pages_accessed(p, pfn, e->cpu);
	lru_push(p, pages_emit(p, OP_LRU_ADD, pfn, e->order, e->cpu), pfn, e->arg & 0xff);
	pages_emit(p, OP_PUT, pfn, e->order, e->cpu);
}

void pages_activate(struct pages *p, uint32_t head, uint16_t cpu)
{
	/* enum lru_list: LRU_ACTIVE_ANON 1 and LRU_ACTIVE_FILE 3 */
	unsigned int lru = p->state[head].kind == PAGE_KIND_FILE ? 3 : 1;
	unsigned int order = p->state[head].order;
	struct op *op = pages_emit(p, OP_LRU_ACTIVATE, head, order, cpu);

	list_del(p, head, op);
	lru_push(p, op, head, lru);
	pages_emit(p, OP_PUT, head, order, cpu);
}

void pages_lru_activate(struct pages *p, const struct event *e)
{
	pages_folio_unit(p, e, pages_kind_of_folio(e->arg >> LRUF_SHIFT));
	/* there folio_mark_accessed() counts in flags (folio_inc_refs()), and nothing moves */
	if (p->classic_lru && p->code & CODE_BIT(lru_gen))
		return;
	pages_activate(p, (uint32_t)e->pfn, e->cpu);
}

/* (file, index) as one key; false where a file number or an index is too large to be told apart. */
static bool cache_key(const struct event *e, uint64_t index, uint64_t *ret)
{
	if (!e->obj || e->obj >> 24 || index >> 40)
		return false;
	*ret = (uint64_t)e->obj << 40 | index;
	return true;
}

int pages_cache_add(struct pages *p, const struct event *e, struct error *err)
{
	uint64_t key;

	pages_folio_unit(p, e, pages_kind_of_cached(p->state[e->pfn].kind));
	pages_emit(p, OP_CHARGE, (uint32_t)e->pfn, e->order, e->cpu);
	pages_emit(p, OP_CACHE_ADD, (uint32_t)e->pfn, e->order, e->cpu);
	pages_usage(p, (uint32_t)e->pfn)->fresh = 1;
	/* nobody will look it up, if each folio that is found has an event of its own */
	if (p->exact[CLASS_LOOKUP] || !cache_key(e, e->index, &key))
		return 0;
	p->cache_orders |= 1U << e->order;
	p->cache_files[e->obj % CACHE_FILES / 64] |= 1ULL << e->obj % 64;
	return idmap_set(p->cache, key, e->pfn, err);
}

void pages_cache_del(struct pages *p, const struct event *e)
{
	uint64_t key;

	pages_folio_unit(p, e, pages_kind_of_found(p->state[e->pfn].kind));
	if (!p->exact[CLASS_LOOKUP])
		pages_emit(p, OP_CACHE_BATCH, (uint32_t)e->pfn, e->order, e->cpu);
	pages_emit(p, OP_CACHE_DEL, (uint32_t)e->pfn, e->order, e->cpu);
	if (p->state[e->pfn].kind == PAGE_KIND_SHMEM || e->order)
		pages_emit(p, OP_CACHE_DEL_ONE, (uint32_t)e->pfn, e->order, e->cpu);
	pages_left_cache(p, (uint32_t)e->pfn, e->cpu);
	if (!p->exact[CLASS_LOOKUP] && cache_key(e, e->index, &key))
		idmap_remove(p->cache, key);
}

/* Whether what the map remembers is still there: a removal may have been lost. */
static bool is_cached_unit(const struct page_state *state, unsigned int order)
{
	return (state->kind == PAGE_KIND_FILE || state->kind == PAGE_KIND_SHMEM) &&
	       !(state->flags & PS_TAIL) && state->order >= order;
}

/* The cached folio that holds this index of the file, or PFN_NONE. */
static uint32_t cache_find(const struct pages *p, const struct event *e, uint64_t index)
{
	if (!pages_may_be_cached(p, e->obj))
		return PFN_NONE;
	for (uint32_t orders = p->cache_orders; orders; orders &= orders - 1) {
		unsigned int order = (unsigned int)__builtin_ctz(orders);
		uint64_t key, *pfn;

		/* page-cache folios are naturally aligned in their file */
		if (!cache_key(e, index & ~((1ULL << order) - 1), &key))
			return PFN_NONE;
		pfn = idmap_find(p->cache, key);
		if (pfn && is_cached_unit(&p->state[*pfn], order))
			return (uint32_t)*pfn;
	}
	return PFN_NONE;
}

void pages_cache_lookup(struct pages *p, const struct event *e, enum op_kind kind, uint32_t pages,
			unsigned int max_folios)
{
	uint64_t index = e->index, end = e->index + pages;

	if (p->exact[CLASS_LOOKUP])
		return;

	for (unsigned int found = 0; index < end && found < max_folios; found++) {
		uint32_t pfn = cache_find(p, e, index);
		unsigned int order;

		if (pfn == PFN_NONE) {
			/* unknown from here on: the batch ends at the first folio that cannot be named */
			p->counts.lookups_unresolved++;
			return;
		}
		order = p->state[pfn].order;
		p->counts.lookups_resolved++;
		pages_emit(p, kind, pfn, order, e->cpu);
		if (kind == OP_CACHE_READ)
			pages_accessed(p, pfn, e->cpu);
		index = (index | ((1ULL << order) - 1)) + 1;
	}
}
