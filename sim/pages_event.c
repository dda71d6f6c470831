// SPDX-License-Identifier: GPL-2.0-only
/* What each kind of event does to the state of its pages, and which operations it stands for. */
#include <errno.h>

#include "sim/pages_internal.h"

/* A read batch holds at most this many folios (PAGEVEC_SIZE, v6.9: 31), whatever range was asked for. */
enum { READ_BATCH = 31 };

/*
 * What gfp flags tell of an allocation. Page tables: GFP_PGTABLE_USER is GFP_KERNEL | __GFP_ZERO |
 * __GFP_ACCOUNT, order 0 (include/asm-generic/pgalloc.h). Slabs: allocate_slab() always sets
 * __GFP_NOWARN and __GFP_NORETRY, and its caches always ask for compound pages (mm/slub.c).
 */
static enum page_kind kind_of_alloc(struct pages *p, const struct event *e)
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

static void describe(struct pages *p, uint32_t pfn, unsigned int order, uint16_t cpu)
{
	pages_emit(p, OP_DESCRIBE, pfn, order, cpu);
}

static void leave_list(struct pages *p, enum op_kind kind, uint32_t pfn, unsigned int order,
		       uint16_t cpu)
{
	list_del(p, pfn, pages_emit(p, kind, pfn, order, cpu));
}

/* Breaks a unit up into pieces of a lower order, each described anew: a THP split, a partial free. */
static void split_unit(struct pages *p, uint32_t head, unsigned int to_order, uint16_t cpu)
{
	struct page_state old = p->state[head];

	if (old.list)
		leave_list(p, OP_LRU_DEL, head, old.order, cpu);
	pages_emit(p, OP_UNDESCRIBE, head, old.order, cpu);
	p->counts.split++;
	for (uint32_t i = 0; i < 1U << old.order; i += 1U << to_order) {
		pages_set_unit(p, head + i, to_order, old.kind);
		p->state[head + i].flags = old.flags & (PS_LRU | PS_MAPPED);
		describe(p, head + i, to_order, cpu);
	}
}

/* Ends one unit that is in use: off its lists, its descriptor gone. */
static void end_unit(struct pages *p, uint32_t head, uint16_t cpu)
{
	unsigned int order = p->state[head].order;

	if (p->state[head].flags & PS_LRU)
		leave_list(p, OP_LRU_DEL, head, order, cpu);
	pages_emit(p, OP_UNDESCRIBE, head, order, cpu);
}

/*
 * Makes [pfn, pfn + 2^order) a unit on its own, if it is a part of a larger one. What lies inside it in
 * smaller units stays as it is.
 */
static inline void cut_out(struct pages *p, uint32_t pfn, unsigned int order, uint16_t cpu)
{
	uint32_t head = pages_unit_head(p, pfn);

	if (!kind_is_free(p->state[head].kind) && p->state[head].order > order)
		split_unit(p, head, order, cpu);
}

/* Takes whatever is free in [pfn, pfn + 2^order) off the free lists, and ends what is in use there. */
static void clear_range(struct pages *p, uint32_t pfn, unsigned int order, uint16_t cpu)
{
	uint32_t end = pfn + (1U << order);

	for (uint32_t at = pfn; at < end;) {
		uint32_t head = pages_unit_head(p, at);
		struct page_state *state = &p->state[head];
		unsigned int unit = state->order;

		if (state->kind == PAGE_KIND_FREE) {
			unit = unit < order ? unit : order;
			freelist_take(p, at, unit, 0, cpu);
			pages_set_unit(p, at, unit, PAGE_KIND_UNKNOWN);
		} else if (state->kind == PAGE_KIND_PCP) {
			if (state->list)
				leave_list(p, OP_PCP_DRAIN, head, unit, cpu);
			/* in pieces, as only one of them may be wanted */
			for (uint32_t piece = 0; piece < 1U << unit; piece++)
				pages_set_unit(p, head + piece, 0, PAGE_KIND_UNKNOWN);
		} else {
			cut_out(p, at, order, cpu);
			unit = p->state[at].order;
			end_unit(p, at, cpu);
			p->state[at].list = LIST_NONE;
			p->state[at].flags &= 63 & ~PS_LRU;
		}
		at = (at & ~((1U << unit) - 1)) + (1U << unit);
	}
}

static void page_alloc(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;
	struct page_state *state = &p->state[pfn];
	enum page_kind kind = kind_of_alloc(p, e);
	bool whole = !(state->flags & PS_TAIL) && state->order == e->order;
	struct op *op;

	if (whole && state->kind == PAGE_KIND_PCP) {
		op = pages_emit(p, OP_ALLOC, pfn, e->order, e->cpu);
		if (state->list)
			list_del(p, pfn, op);
		op->page_kind = (uint8_t)kind;
	} else {
		if (state->kind != PAGE_KIND_UNKNOWN && !kind_is_free(state->kind))
			p->counts.reallocated++;
		clear_range(p, pfn, e->order, e->cpu);
		op = pages_emit(p, OP_ALLOC, pfn, e->order, e->cpu);
		op->page_kind = (uint8_t)kind;
	}
	pages_set_unit(p, pfn, e->order, kind);
	p->usage[pfn].fresh = !!(e->arg & GFPC_ZERO);
	describe(p, pfn, e->order, e->cpu);
	if (e->order && e->arg & GFPC_COMP) {
		state->flags |= PS_COMPOUND;
		pages_emit(p, OP_COMPOUND, pfn, e->order, e->cpu);
	}
	if (kind == PAGE_KIND_PGTABLE)
		pages_emit(p, OP_PGTABLE_NEW, pfn, e->order, e->cpu);
	else if (kind == PAGE_KIND_SLAB)
		pages_emit(p, OP_SLAB_NEW, pfn, e->order, e->cpu);
}

/* What is done to a unit in use before its pages reach a free list. */
static void release_unit(struct pages *p, const struct event *e, uint32_t head)
{
	struct page_state *state = &p->state[head];
	unsigned int order = state->order;
	bool folio = kind_is_folio(state->kind);

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
		leave_list(p, OP_LRU_DEL, head, order, e->cpu);
	if (folio)
		pages_emit(p, OP_UNCHARGE, head, order, e->cpu);
	pages_emit(p, folio ? OP_FREE_FOLIO : OP_FREE_PAGE, head, order, e->cpu);
	if (order && state->flags & PS_COMPOUND)
		pages_emit(p, OP_FREE_TAILS, head, order, e->cpu);
	pages_emit(p, OP_UNDESCRIBE, head, order, e->cpu);
}

static void page_free(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn, end = pfn + (1U << e->order);
	unsigned int pcp = freelist_pcp(p, e->cpu, e->order);

	cut_out(p, pfn, e->order, e->cpu);
	if (kind_is_free(p->state[pages_unit_head(p, pfn)].kind)) {
		p->counts.unseen_frees++;
		clear_range(p, pfn, e->order, e->cpu);
		pages_set_unit(p, pfn, e->order, PAGE_KIND_UNKNOWN);
	}
	for (uint32_t at = pfn; at < end;) {
		unsigned int order = p->state[at].order;

		if (kind_is_free(p->state[at].kind))
			clear_range(p, at, order, e->cpu);
		else
			release_unit(p, e, at);
		at += 1U << order;
	}
	pages_set_unit(p, pfn, e->order, PAGE_KIND_PCP);
	if (pcp == LIST_NONE) {
		freelist_give(p, pfn, e->order, e->arg >> GFPC_MT_SHIFT, e->cpu);
		return;
	}
	list_push(p, pcp, pfn);
	pages_emit(p, OP_PCP_ADD, pfn, e->order, e->cpu)->next = p->state[pfn].next - 1;
}

static void buddy_take(struct pages *p, const struct event *e, bool refill)
{
	uint32_t pfn = (uint32_t)e->pfn;
	unsigned int pcp = freelist_pcp(p, e->cpu, e->order);

	p->last_take[e->cpu] = pfn + 1;
	if (!freelist_take(p, pfn, e->order, e->arg, e->cpu)) {
		p->counts.buddy_unknown++;
		clear_range(p, pfn, e->order, e->cpu);
	}
	pages_set_unit(p, pfn, e->order, PAGE_KIND_PCP);
	if (!refill || pcp == LIST_NONE)
		return;
	list_push_tail(p, pcp, pfn);
	pages_emit(p, OP_PCP_REFILL, pfn, e->order, e->cpu)->next = p->state[pfn].prev - 1;
}

static void pcp_drain(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;
	struct page_state *state = &p->state[pfn];

	if (state->kind == PAGE_KIND_PCP && !(state->flags & PS_TAIL) && state->order == e->order) {
		struct op *op = pages_emit(p, OP_PCP_DRAIN, pfn, e->order, e->cpu);

		if (state->list)
			list_del(p, pfn, op);
	} else {
		/* a page that was on a per-CPU list when the trace began, or freed unseen */
		clear_range(p, pfn, e->order, e->cpu);
		pages_emit(p, OP_PCP_DRAIN, pfn, e->order, e->cpu);
	}
	freelist_give(p, pfn, e->order, e->arg, e->cpu);
}

/* The unit that a folio event names, made so if the trace shows it for the first time. */
struct page_state *pages_folio_unit(struct pages *p, const struct event *e, enum page_kind kind)
{
	uint32_t pfn = (uint32_t)e->pfn;
	struct page_state *state = &p->state[pfn];

	cut_out(p, pfn, e->order, e->cpu);
	if (kind_is_free(state->kind) || state->flags & PS_TAIL || state->order != e->order) {
		p->counts.appeared++;
		clear_range(p, pfn, e->order, e->cpu);
		pages_set_unit(p, pfn, e->order, kind);
		describe(p, pfn, e->order, e->cpu);
	} else if (state->kind != kind) {
		struct op *op = pages_emit(p, OP_REKIND, pfn, e->order, e->cpu);

		op->old_kind = op->page_kind;
		op->page_kind = (uint8_t)kind;
		pages_rekind_unit(p, pfn, kind);
	}
	return state;
}

static enum page_kind kind_of_folio(uint32_t lru_flags)
{
	if (lru_flags & LRUF_KSM)
		return PAGE_KIND_KSM;
	if (lru_flags & LRUF_ANON)
		return PAGE_KIND_ANON;
	return lru_flags & LRUF_SWAPBACKED ? PAGE_KIND_SHMEM : PAGE_KIND_FILE;
}

static void lru_push(struct pages *p, struct op *op, struct page_state *state, unsigned int lru)
{
	list_push(p, LIST_LRU + lru % NR_LRU_LISTS, op->pfn);
	if (op->next == PFN_NONE)
		op->next = state->next - 1;
	state->flags |= PS_LRU;
}

static void lru_add(struct pages *p, const struct event *e)
{
	enum page_kind kind = kind_of_folio(e->arg >> LRUF_SHIFT);
	uint32_t pfn = (uint32_t)e->pfn;
	uint8_t known = p->state[pfn].kind;
	struct page_state *state = pages_folio_unit(p, e, kind);

	if (kind == PAGE_KIND_SHMEM && known == PAGE_KIND_USER)
		pages_shmem_added(p, pfn, e->order, e->cpu);
	if (kind == PAGE_KIND_ANON && !(state->flags & (PS_MAPPED | PS_LRU)) &&
	    !p->exact[CLASS_MAPCOUNT]) {
		state->flags |= PS_MAPPED;
		pages_new_anon(p, pfn, e->order, e->cpu);
	}
	/* what write() fills it has filled by now, but for the one folio that makes the batch full */
	if (p->usage[pfn].fresh && kind == PAGE_KIND_FILE)
		pages_read_in(p, pfn, e->cpu);
	if (state->list)
		leave_list(p, OP_LRU_DEL, pfn, e->order, e->cpu);
	lru_push(p, pages_emit(p, OP_LRU_ADD, pfn, e->order, e->cpu), state, e->arg & 0xff);
}

static void lru_activate(struct pages *p, const struct event *e)
{
	/* the active list of its kind: enum lru_list, LRU_ACTIVE_ANON 1 and LRU_ACTIVE_FILE 3 */
	enum page_kind kind = kind_of_folio(e->arg >> LRUF_SHIFT);
	struct page_state *state = pages_folio_unit(p, e, kind);
	struct op *op = pages_emit(p, OP_LRU_ACTIVATE, (uint32_t)e->pfn, e->order, e->cpu);

	list_del(p, op->pfn, op);
	lru_push(p, op, state, kind == PAGE_KIND_FILE ? 3 : 1);
}

/* (file, index) as one key; false where a file number or an index is too large to be told apart. */
static bool cache_key(const struct event *e, uint64_t index, uint64_t *ret)
{
	if (!e->obj || e->obj >> 24 || index >> 40)
		return false;
	*ret = (uint64_t)e->obj << 40 | index;
	return true;
}

static int cache_add(struct pages *p, const struct event *e, struct error *err)
{
	uint64_t key;
	uint8_t kind = p->state[e->pfn].kind;

	pages_folio_unit(p, e, kind == PAGE_KIND_SHMEM ? PAGE_KIND_SHMEM : PAGE_KIND_FILE);
	pages_emit(p, OP_CHARGE, (uint32_t)e->pfn, e->order, e->cpu);
	pages_emit(p, OP_CACHE_ADD, (uint32_t)e->pfn, e->order, e->cpu);
	p->usage[e->pfn].fresh = 1;
	if (!cache_key(e, e->index, &key))
		return 0;
	p->cache_orders |= 1U << e->order;
	return idmap_set(p->cache, key, e->pfn, err);
}

static void cache_del(struct pages *p, const struct event *e)
{
	uint64_t key;
	uint8_t kind = p->state[e->pfn].kind;

	pages_folio_unit(p, e,
			 kind_is_folio(kind) && kind != PAGE_KIND_USER ? kind : PAGE_KIND_FILE);
	if (!p->exact[CLASS_LOOKUP])
		pages_emit(p, OP_CACHE_BATCH, (uint32_t)e->pfn, e->order, e->cpu);
	pages_emit(p, OP_CACHE_DEL, (uint32_t)e->pfn, e->order, e->cpu);
	pages_left_cache(p, (uint32_t)e->pfn, e->cpu);
	if (cache_key(e, e->index, &key))
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

static void lookup(struct pages *p, const struct event *e, enum op_kind kind, uint32_t pages,
		   unsigned int max_folios)
{
	uint64_t index = e->index, end = e->index + pages;

	/* each folio that was found has an event of its own */
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

/* Events of pages whose census came later tell what the census already knew. */
static bool is_superseded(const struct pages *p, const struct event *e)
{
	for (size_t i = 0; i < p->nr_census; i++)
		if (e->pfn >= p->census[i].start && e->pfn < p->census[i].end)
			return e->ts_ns < p->census[i].ts_ns;
	return false;
}

static int one_event(struct pages *p, const struct event *e, struct error *err)
{
	const struct event_info *info = event_info(e->kind);

	if (info->fields & F_PFN) {
		/* with a count, the pfn is of any page in the folio */
		uint64_t start =
			info->fields & F_COUNT ? e->pfn & ~((1ULL << e->order) - 1) : e->pfn;

		if (!pfn_ok(p, start, e->order) || e->cpu >= p->nr_cpus ||
		    start & ((1ULL << e->order) - 1) ||
		    (info->fields & F_COUNT && e->count > p->max_pfn - e->pfn)) {
			p->counts.outside++;
			return 0;
		}
		if (e->ts_ns < p->census_end_ns && is_superseded(p, e)) {
			p->counts.superseded++;
			return 0;
		}
	}
	if (e->cpu < p->nr_cpus && p->cpus[e->cpu].got && e->kind != EVENT_WRITE)
		pages_settle_lookup(p, e->cpu);
	switch (e->kind) {
	case EVENT_PAGE_ALLOC:
	case EVENT_BULK_ALLOC:
		page_alloc(p, e);
		return 0;
	case EVENT_PAGE_FREE:
		page_free(p, e);
		return 0;
	case EVENT_BUDDY_TAKE:
		buddy_take(p, e, e->arg & BUDDY_TAKE_PCP_REFILL);
		return 0;
	case EVENT_BUDDY_STEAL:
		/* repeats a buddy_take of the same block, or stands alone: see mm_page_alloc_extfrag in mm/page_alloc.c */
		if (p->last_take[e->cpu] != (uint32_t)e->pfn + 1)
			buddy_take(p, e, false);
		return 0;
	case EVENT_PCP_DRAIN:
		pcp_drain(p, e);
		return 0;
	case EVENT_LRU_ADD:
		lru_add(p, e);
		return 0;
	case EVENT_LRU_ACTIVATE:
		lru_activate(p, e);
		return 0;
	case EVENT_CACHE_ADD:
		return cache_add(p, e, err);
	case EVENT_CACHE_DEL:
		cache_del(p, e);
		return 0;
	case EVENT_CACHE_READ:
		lookup(p, e, OP_CACHE_READ, e->count, READ_BATCH);
		return 0;
	case EVENT_CACHE_FAULT:
		lookup(p, e, OP_CACHE_FAULT, 1, 1);
		return 0;
	case EVENT_CACHE_MAP:
		lookup(p, e, OP_CACHE_MAP, e->count, e->count);
		return 0;
	default:
		p->counts.ignored += !pages_exact_event(p, e);
		return 0;
	}
}

static void tell_time(struct pages *p, const struct event *e)
{
	struct op *op;

	if (e->cpu >= p->nr_cpus || e->ts_ns < p->told_ns[e->cpu] + PAGES_TIME_NS)
		return;
	p->told_ns[e->cpu] = e->ts_ns;
	op = op_list_add(p->out);
	*op = (struct op){.kind = OP_TIME, .prev = PFN_NONE, .cpu = e->cpu};
	op_set_time(op, e->ts_ns);
}

/* States are met at random: they, and then their neighbours', are fetched some events ahead. */
static inline void look_ahead(const struct pages *p, const struct event *events, size_t left)
{
	enum { FAR = 12, NEAR = 6 };

	if (left > FAR)
		__builtin_prefetch(&p->state[events[FAR].pfn], 1);
	if (left > NEAR && events[NEAR].pfn < p->max_pfn) {
		const struct page_state *state = &p->state[events[NEAR].pfn];

		__builtin_prefetch(&p->state[state->next - 1], 1);
		__builtin_prefetch(&p->state[state->prev - 1], 1);
	}
}

int pages_events(struct pages *p, const struct event *events, size_t nr, struct op_list *out,
		 struct error *err)
{
	p->out = out;
	p->touched_end = p->max_pfn;
	for (size_t i = 0; i < nr; i++) {
		int r;

		look_ahead(p, &events[i], nr - i);
		if (p->told_ns)
			tell_time(p, &events[i]);
		r = one_event(p, &events[i], err);
		if (r)
			return r;
	}
	return out->failed ? error_nomem(err) : 0;
}
