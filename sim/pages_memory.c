// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where only memory is asked for: what nearly all events are, single pages handed out, given back and put on LRU lists,
 * and folios that are used as what they are known to be, without a way through everything that operations want to know.
 * Whatever is not as simple as that, or not as it should be, goes the way of pages_alloc.c, pages_folio.c and
 * pages_exact.c, and with the same result.
 */
#include "sim/freelist.h"

/* A page that is a unit by itself. */
static inline bool is_single(struct page_state state)
{
	return !(state.flags & PS_TAIL) && !state.order;
}

static inline void count_change(struct pages *p, unsigned int old, unsigned int new)
{
	p->counts.kind_pages[old]--;
	p->counts.units[old][0]--;
	p->counts.kind_pages[new]++;
	p->counts.units[new][0]++;
}

/* pages_emit() of a page that becomes or ceases to be of this kind, or becomes of it from another. */
static inline void emit(struct pages *p, const struct event *e, enum op_kind op,
			enum page_kind kind, enum page_kind old)
{
	if (p->undescribed)
		return;
	*op_list_add(p->out) = (struct op){.pfn = (uint32_t)e->pfn,
					   .next = PFN_NONE,
					   .prev = PFN_NONE,
					   .cpu = e->cpu,
					   .kind = (uint8_t)op,
					   .page_kind = (uint8_t)kind,
					   .old_kind = (uint8_t)old};
}

static inline bool alloc_single(struct pages *p, const struct event *e)
{
	struct page_state *state = &p->state[e->pfn];
	enum page_kind kind;

	if (state->kind != PAGE_KIND_PCP || !is_single(*state))
		return false;
	kind = pages_kind_of_alloc(p, e);
	count_change(p, PAGE_KIND_PCP, kind);
	*state = (struct page_state){.kind = kind & 31};
	emit(p, e, OP_DESCRIBE, kind, PAGE_KIND_UNKNOWN);
	return true;
}

static inline bool free_single(struct pages *p, const struct event *e)
{
	struct page_state *state = &p->state[e->pfn];

	if (kind_is_free(state->kind) || !is_single(*state))
		return false;
	p->counts.neighbours_unknown += state->flags & PS_LRU && state->list == LIST_NONE;
	emit(p, e, OP_UNDESCRIBE, state->kind, PAGE_KIND_UNKNOWN);
	count_change(p, state->kind, PAGE_KIND_PCP);
	*state = (struct page_state){.kind = PAGE_KIND_PCP,
				     .list = freelist_pcp(p, e->cpu, 0) & (LIST_MAX - 1)};
	return true;
}

/* The block that is named is none that is known to be free: it was on this list, or on no list that is known. */
static inline bool take_single(struct pages *p, const struct event *e)
{
	struct page_state *state = &p->state[e->pfn];
	bool refill = e->arg & BUDDY_TAKE_PCP_REFILL;

	if (state->kind != PAGE_KIND_PCP || !is_single(*state))
		return false;
	p->last_take[e->cpu] = (uint32_t)e->pfn + 1;
	p->counts.buddy_unknown++;
	*state = (struct page_state){.kind = PAGE_KIND_PCP,
				     .list = (refill ? freelist_pcp(p, e->cpu, 0) : LIST_NONE) &
					     (LIST_MAX - 1)};
	return true;
}

/* Whether the unit that the event names is known to be there; a single page becomes of this kind, if it was not yet. */
static inline bool is_folio_of(struct pages *p, const struct event *e, enum page_kind kind)
{
	struct page_state *state = &p->state[e->pfn];

	if (kind_is_free(state->kind) || state->flags & PS_TAIL || state->order != e->order)
		return false;
	if (state->kind == kind)
		return true;
	if (e->order)
		return false;
	emit(p, e, OP_REKIND, kind, state->kind);
	count_change(p, state->kind, kind);
	state->kind = kind & 31;
	return true;
}

static inline bool list_single(struct pages *p, const struct event *e)
{
	struct page_state *state = &p->state[e->pfn];

	if (!is_folio_of(p, e, pages_kind_of_folio(e->arg >> LRUF_SHIFT)))
		return false;
	state->list = (LIST_LRU + (e->arg & 0xff) % NR_LRU_LISTS) & (LIST_MAX - 1);
	state->flags |= PS_LRU;
	return true;
}

/* Mapped, unmapped or mapped once more: the folio, or some of its pages; drivers' memory stays what it is. */
static inline bool mapped(struct pages *p, const struct event *e)
{
	uint8_t known = p->state[e->pfn].kind;

	if (e->count > p->max_pfn - e->pfn || (e->order && e->pfn & ((1ULL << e->order) - 1)))
		return false;
	if (!kind_is_free(known) && !kind_is_folio(known))
		return !e->order && is_single(p->state[e->pfn]);
	return is_folio_of(p, e, pages_kind_of_mapped(known, e->arg & MAPF_ANON));
}

static inline bool found(struct pages *p, const struct event *e)
{
	if (!is_folio_of(p, e, pages_kind_of_found(p->state[e->pfn].kind)))
		return false;
	p->counts.lookups_resolved++;
	return true;
}

/* Put into the page cache, or taken out: where it was is remembered for lookups that tell no folio. */
static inline bool cached(struct pages *p, const struct event *e, enum page_kind kind)
{
	return p->exact[CLASS_LOOKUP] && is_folio_of(p, e, kind);
}

/* Who writes to a file's folio tells nothing new of it; all others are shmem's. */
static inline bool written(struct pages *p, const struct event *e)
{
	bool file = p->state[e->pfn].kind == PAGE_KIND_FILE;

	return is_folio_of(p, e, file ? PAGE_KIND_FILE : PAGE_KIND_SHMEM);
}

/* Looked up in a file of which nothing is known to be cached, or where each folio that is found has an event. */
static inline bool looked_up(struct pages *p, const struct event *e)
{
	if (p->exact[CLASS_LOOKUP])
		return true;
	if (pages_may_be_cached(p, e->obj) || e->index >> 32 ||
	    (e->kind != EVENT_CACHE_FAULT && !e->count))
		return false;
	p->counts.lookups_unresolved++;
	return true;
}

/* Whether the event is one of these; if not, nothing is done yet. */
static inline bool simple(struct pages *p, const struct event *e)
{
	if (e->pfn >= p->max_pfn || e->cpu >= p->nr_cpus || may_be_superseded(p, e))
		return false;
	switch (e->kind) {
	case EVENT_PAGE_ALLOC:
		return !e->order && alloc_single(p, e);
	case EVENT_PAGE_FREE:
		return !e->order && free_single(p, e);
	case EVENT_LRU_ADD:
		return !e->order && list_single(p, e);
	case EVENT_MAP_ADD:
	case EVENT_MAP_DEL:
	case EVENT_MAP_DUP:
		return mapped(p, e);
	case EVENT_FOLIO_GET:
		return found(p, e);
	case EVENT_CACHE_ADD:
		return cached(p, e, pages_kind_of_cached(p->state[e->pfn].kind));
	case EVENT_CACHE_DEL:
		return cached(p, e, pages_kind_of_found(p->state[e->pfn].kind));
	case EVENT_WRITE:
		return written(p, e);
	case EVENT_CACHE_READ:
	case EVENT_CACHE_FAULT:
	case EVENT_CACHE_MAP:
		return looked_up(p, e);
	case EVENT_BUDDY_TAKE:
		return !e->order && take_single(p, e);
	case EVENT_TABLE_LOCK:
	case EVENT_OBJECT_FREE:
		return true; /* nobody begins or ceases to describe anything */
	default:
		return false;
	}
}

int pages_memory_events(struct pages *p, const struct event *events, size_t nr, struct error *err)
{
	enum { FAR = 12 }; /* events; how far ahead states are fetched, which are met at random */
	for (size_t i = 0; i < nr; i++) {
		int r;

		if (i + FAR < nr)
			__builtin_prefetch(&p->state[events[i + FAR].pfn], 1);
		if (simple(p, &events[i]) || events[i].kind == EVENT_ACCESS)
			continue;
		r = pages_one_event(p, &events[i], err);
		if (r)
			return r;
	}
	return p->out->failed ? error_nomem(err) : 0;
}
