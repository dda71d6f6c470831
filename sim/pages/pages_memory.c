// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where only memory is asked for: what nearly all events are, single pages handed out, given back and put on LRU lists,
 * and folios that are used as what they are known to be, without a way through everything that operations want to know.
 * Whatever is not as simple as that, or not as it should be, goes the way of pages_alloc.c, pages_folio.c and
 * pages_exact.c, and with the same result.
 */
#include "base/ahead.h"
#include "sim/pages/freelist.h"

static inline unsigned int kind_of(uint32_t word)
{
	return (word & WORD(.kind = 31)) / WORD(.kind = 1);
}

/* A single page's state has none of these bits. */
static inline uint32_t unit_bits(void)
{
	return WORD(.order = 31, .flags = PS_TAIL);
}

/* What a run of events needs at hand. */
struct run {
	struct pages *p;
	struct page_state *state;
	struct op *op; /* the next one: there is room for one of each event */
	/* bytes from one to the next; 0: nobody asks for operations, and they lie one upon the other */
	size_t step;
	/* single pages of each kind that came since, modulo 2^64: two counters of p->counts at once */
	uint64_t singles[PAGE_KIND_MAX];
};

static inline void count_change(struct run *run, unsigned int old, unsigned int new)
{
	run->singles[old]--;
	run->singles[new]++;
}

/* pages_emit() of a page that becomes or ceases to be of this kind, or becomes of it from another. */
static inline void emit(struct run *run, const struct event *e, enum op_kind kind,
			unsigned int page_kind, unsigned int old)
{
	struct op *op = run->op;

	/* each by itself: a compound literal clears the padding, too */
	op->pfn = (uint32_t)e->pfn;
	op->next = PFN_NONE;
	op->prev = PFN_NONE;
	op->cpu = e->cpu;
	op->kind = (uint8_t)kind;
	op->order = 0;
	op->page_kind = (uint8_t)page_kind;
	op->old_kind = (uint8_t)old;
	run->op = (struct op *)((char *)op + run->step);
}

/* A single page that waits on a CPU's list. */
static inline bool is_single_pcp(uint32_t word)
{
	return (word & (WORD(.kind = 31) | unit_bits())) == WORD(.kind = PAGE_KIND_PCP);
}

static inline bool alloc_single(struct run *run, const struct event *e)
{
	struct page_state *state = &run->state[e->pfn];
	enum page_kind kind;

	if (!is_single_pcp(word_of(*state)))
		return false;
	kind = pages_kind_of_alloc(run->p, e);
	count_change(run, PAGE_KIND_PCP, kind);
	set_word(state, kind * WORD(.kind = 1));
	emit(run, e, OP_DESCRIBE, kind, PAGE_KIND_UNKNOWN);
	return true;
}

/* The word of a single page on the CPU's list; the CPU is one of the host's. */
static inline uint32_t pcp_word(const struct event *e)
{
	return WORD(.kind = PAGE_KIND_PCP) | freelist_pcp_of(e->cpu, 0) * WORD(.list = 1);
}

static inline bool free_single(struct run *run, const struct event *e)
{
	struct page_state *state = &run->state[e->pfn];
	const uint32_t word = word_of(*state);
	const unsigned int kind = kind_of(word);

	if (kind_is_free((uint8_t)kind) || word & unit_bits())
		return false;
	run->p->counts.neighbours_unknown +=
		(word & WORD(.flags = PS_LRU, .list = LIST_MAX - 1)) == WORD(.flags = PS_LRU);
	emit(run, e, OP_UNDESCRIBE, kind, PAGE_KIND_UNKNOWN);
	count_change(run, kind, PAGE_KIND_PCP);
	set_word(state, pcp_word(e));
	return true;
}

/* The block that is named is none that is known to be free: it was on this list, or on no list that is known. */
static inline bool take_single(struct run *run, const struct event *e)
{
	struct page_state *state = &run->state[e->pfn];

	if (!is_single_pcp(word_of(*state)))
		return false;
	run->p->last_take[e->cpu] = (uint32_t)e->pfn + 1;
	run->p->counts.buddy_unknown++;
	set_word(state, e->arg & BUDDY_TAKE_PCP_REFILL ? pcp_word(e) : WORD(.kind = PAGE_KIND_PCP));
	return true;
}

/* Whether the unit that the event names is known to be there; a single page becomes of this kind, if it was not yet. */
static inline bool is_folio_of(struct run *run, const struct event *e, enum page_kind kind)
{
	struct page_state *state = &run->state[e->pfn];
	const uint32_t word = word_of(*state);
	const unsigned int old = kind_of(word);

	if (kind_is_free((uint8_t)old) || (word & unit_bits()) != e->order * WORD(.order = 1))
		return false;
	if (old == kind)
		return true;
	if (e->order)
		return false;
	emit(run, e, OP_REKIND, kind, old);
	count_change(run, old, kind);
	set_word(state, word ^ (old ^ kind) * WORD(.kind = 1));
	return true;
}

static inline bool list_single(struct run *run, const struct event *e)
{
	struct page_state *state = &run->state[e->pfn];
	uint32_t word;

	if (!is_folio_of(run, e, pages_kind_of_folio(e->arg >> LRUF_SHIFT)))
		return false;
	word = word_of(*state) & ~WORD(.list = LIST_MAX - 1);
	set_word(state, word | WORD(.flags = PS_LRU) |
				(LIST_LRU + e->arg % NR_LRU_LISTS) * WORD(.list = 1));
	return true;
}

/* Mapped, unmapped or mapped once more: the folio, or some of its pages; drivers' memory stays what it is. */
static inline bool mapped(struct run *run, const struct event *e)
{
	const uint32_t word = word_of(run->state[e->pfn]);
	const uint8_t known = (uint8_t)kind_of(word);

	if (e->count > run->p->max_pfn - e->pfn || (e->order && e->pfn & ((1ULL << e->order) - 1)))
		return false;
	if (!kind_is_free(known) && !kind_is_folio(known))
		return !e->order && !(word & unit_bits());
	return is_folio_of(run, e, pages_kind_of_mapped(known, e->arg & MAPF_ANON));
}

static inline bool found(struct run *run, const struct event *e)
{
	if (!is_folio_of(run, e, pages_kind_of_found(run->state[e->pfn].kind)))
		return false;
	run->p->counts.lookups_resolved++;
	return true;
}

/* Put into the page cache, or taken out: where it was is remembered for lookups that tell no folio. */
static inline bool cached(struct run *run, const struct event *e, enum page_kind kind)
{
	return run->p->exact[CLASS_LOOKUP] && is_folio_of(run, e, kind);
}

/* Who writes to a file's folio tells nothing new of it; all others are shmem's. */
static inline bool written(struct run *run, const struct event *e)
{
	bool file = run->state[e->pfn].kind == PAGE_KIND_FILE;

	return is_folio_of(run, e, file ? PAGE_KIND_FILE : PAGE_KIND_SHMEM);
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
static inline bool simple(struct run *run, const struct event *e)
{
	struct pages *p = run->p;

	if (e->pfn >= p->max_pfn || e->cpu >= p->nr_cpus || may_be_superseded(p, e))
		return false;
	switch (e->kind) {
	case EVENT_PAGE_ALLOC:
		return !e->order && alloc_single(run, e);
	case EVENT_PAGE_FREE:
		return !e->order && free_single(run, e);
	case EVENT_LRU_ADD:
		return !e->order && list_single(run, e);
	case EVENT_MAP_ADD:
	case EVENT_MAP_DEL:
	case EVENT_MAP_DUP:
		return mapped(run, e);
	case EVENT_FOLIO_GET:
		return found(run, e);
	case EVENT_CACHE_ADD:
		return cached(run, e, pages_kind_of_cached(p->state[e->pfn].kind));
	case EVENT_CACHE_DEL:
		return cached(run, e, pages_kind_of_found(p->state[e->pfn].kind));
	case EVENT_WRITE:
		return written(run, e);
	case EVENT_CACHE_READ:
	case EVENT_CACHE_FAULT:
	case EVENT_CACHE_MAP:
		return looked_up(p, e);
	case EVENT_BUDDY_TAKE:
		return !e->order && take_single(run, e);
	case EVENT_TABLE_LOCK:
	case EVENT_OBJECT_FREE:
		return true; /* nobody begins or ceases to describe anything */
	default:
		return false;
	}
}

/* An event that is not: it may have any number of operations, of which the list must hear. */
static int other(struct run *run, const struct event *e, size_t left, struct error *err)
{
	struct op_list *list = run->p->out;
	int r;

	list->nr = (size_t)(run->op - list->ops);
	r = pages_one_event(run->p, e, err);
	if (r)
		return r;
	if (!op_list_reserve(list, left))
		return error_nomem(err);
	run->op = list->ops + list->nr;
	return 0;
}

static void count_singles(const struct run *run)
{
	struct pages_counts *counts = &run->p->counts;

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
		counts->kind_pages[kind] += run->singles[kind];
		counts->units[kind][0] += run->singles[kind];
	}
}

int pages_memory_events(struct pages *p, const struct event *events, size_t nr, struct error *err)
{
	enum { FAR = 32 }; /* events; how far ahead states are fetched, which are met at random */
	struct run run = {
		.p = p, .state = p->state, .step = p->undescribed ? 0 : sizeof(struct op)};

	if (!op_list_reserve(p->out, nr))
		return error_nomem(err);
	run.op = p->out->ops + p->out->nr;
	for (size_t i = 0; i < nr && i < FAR; i++)
		ahead_to_write(&p->state[events[i].pfn]);
	for (size_t i = 0; i < nr; i++) {
		int r;

		if (i + FAR < nr)
			ahead_to_write(&p->state[events[i + FAR].pfn]);
		if (simple(&run, &events[i]) || events[i].kind == EVENT_ACCESS)
			continue;
		r = other(&run, &events[i], nr - i, err);
		if (r)
			return r;
	}
	p->out->nr = (size_t)(run.op - p->out->ops);
	count_singles(&run);
	return 0;
}
