// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where only memory is asked for: what nearly all events are, single pages handed out, given back and put on LRU lists,
 * without a way through everything that operations want to know. Whatever is not as simple as that, or not as it should
 * be, goes the way of pages_alloc.c and pages_folio.c, and with the same result.
 */
#include "sim/pages_internal.h"

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

static inline bool alloc_single(struct pages *p, const struct event *e)
{
	struct page_state *state = &p->state[e->pfn];
	enum page_kind kind;

	if (state->kind != PAGE_KIND_PCP || !is_single(*state))
		return false;
	kind = pages_kind_of_alloc(p, e);
	count_change(p, PAGE_KIND_PCP, kind);
	*state = (struct page_state){.kind = kind & 31};
	pages_describe(p, (uint32_t)e->pfn, 0, e->cpu);
	return true;
}

static inline bool free_single(struct pages *p, const struct event *e)
{
	struct page_state *state = &p->state[e->pfn];

	if (kind_is_free(state->kind) || !is_single(*state))
		return false;
	p->counts.neighbours_unknown += state->flags & PS_LRU && state->list == LIST_NONE;
	pages_emit(p, OP_UNDESCRIBE, (uint32_t)e->pfn, 0, e->cpu);
	count_change(p, state->kind, PAGE_KIND_PCP);
	*state = (struct page_state){.kind = PAGE_KIND_PCP,
				     .list = freelist_pcp(p, e->cpu, 0) & (LIST_MAX - 1)};
	return true;
}

static inline bool list_single(struct pages *p, const struct event *e)
{
	struct page_state *state = &p->state[e->pfn];
	enum page_kind kind = pages_kind_of_folio(e->arg >> LRUF_SHIFT);

	if (kind_is_free(state->kind) || !is_single(*state))
		return false;
	if (state->kind != kind) {
		struct op *op = pages_emit(p, OP_REKIND, (uint32_t)e->pfn, 0, e->cpu);

		op->old_kind = op->page_kind;
		op->page_kind = (uint8_t)kind;
		count_change(p, state->kind, kind);
		state->kind = kind & 31;
	}
	state->list = (LIST_LRU + (e->arg & 0xff) % NR_LRU_LISTS) & (LIST_MAX - 1);
	state->flags |= PS_LRU;
	return true;
}

/* Whether the event is one of these; if not, nothing is done yet. */
static inline bool single(struct pages *p, const struct event *e)
{
	if (e->order || e->pfn >= p->max_pfn || e->cpu >= p->nr_cpus || may_be_superseded(p, e))
		return false;
	switch (e->kind) {
	case EVENT_PAGE_ALLOC:
		return alloc_single(p, e);
	case EVENT_PAGE_FREE:
		return free_single(p, e);
	case EVENT_LRU_ADD:
		return list_single(p, e);
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
		if (single(p, &events[i]) || events[i].kind == EVENT_ACCESS)
			continue;
		r = pages_one_event(p, &events[i], err);
		if (r)
			return r;
	}
	return p->out->failed ? error_nomem(err) : 0;
}
