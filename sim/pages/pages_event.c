// SPDX-License-Identifier: GPL-2.0-only
/* Which events count, in which order, and who acts on each: pages_alloc.c, pages_folio.c, pages_exact.c. */
#include "base/ahead.h"
#include "sim/pages/pages_internal.h"

/* A read batch holds at most this many folios (PAGEVEC_SIZE, v6.9: 31), whatever range was asked for. */
enum { READ_BATCH = 31 };

/* Events of pages whose census came later tell what the census already knew. */
static inline bool is_superseded(const struct pages *p, const struct event *e)
{
	const struct census_range *range = p->census;
	size_t left = p->nr_census;

	if (!may_be_superseded(p, e))
		return false;
	if (p->looks[e->pfn >> LOOK_SHIFT].whole &&
	    e->ts_ns < p->looks[e->pfn >> LOOK_SHIFT].first_ns)
		return true;
	/* they ascend, but for those of a trace that looked at some memory more than once */
	while (p->census_ascends && left > 1) {
		size_t half = left / 2;

		range += e->pfn >= range[half].start ? half : 0;
		left -= half;
	}
	for (; left; left--, range++)
		if (e->pfn >= range->start && e->pfn < range->end)
			return e->ts_ns < range->ts_ns;
	return false;
}

/* Whether an event's CPU, and its pages if it has some, are those of the recorded host. */
static inline bool fits(const struct pages *p, const struct event *e, unsigned int fields)
{
	/* with a count, the pfn is of any page in the folio */
	uint64_t start = fields & F_COUNT ? e->pfn & ~((1ULL << e->order) - 1) : e->pfn;

	if (e->cpu >= p->nr_cpus)
		return false;
	return !(fields & F_PFN) ||
	       (pfn_ok(p, start, e->order) && !(start & ((1ULL << e->order) - 1)) &&
		!(fields & F_COUNT && e->count > p->max_pfn - e->pfn));
}

bool pages_takes_event(const struct pages *p, const struct event *e)
{
	return fits(p, e, p->fields[e->kind]) && !is_superseded(p, e);
}

int pages_one_event(struct pages *p, const struct event *e, struct error *err)
{
	unsigned int fields = p->fields[e->kind];

	if (!fits(p, e, fields)) {
		p->counts.outside++;
		return 0;
	}
	if (fields & F_PFN && is_superseded(p, e)) {
		p->counts.superseded++;
		return 0;
	}
	if (!p->memory_only && p->cpus[e->cpu].got && e->kind != EVENT_WRITE)
		pages_settle_lookup(p, e->cpu);
	switch (e->kind) {
	case EVENT_PAGE_ALLOC:
	case EVENT_BULK_ALLOC:
		pages_alloc(p, e);
		return 0;
	case EVENT_PAGE_FREE:
		pages_free(p, e);
		return 0;
	case EVENT_BUDDY_TAKE:
		pages_buddy_take(p, e, e->arg & BUDDY_TAKE_PCP_REFILL);
		return 0;
	case EVENT_BUDDY_STEAL:
		/* repeats a buddy_take of the same block, or stands alone: see mm_page_alloc_extfrag in mm/page_alloc.c */
		if (p->last_take[e->cpu] != (uint32_t)e->pfn + 1)
			pages_buddy_take(p, e, false);
		return 0;
	case EVENT_PCP_DRAIN:
		pages_pcp_drain(p, e);
		return 0;
	case EVENT_LRU_ADD:
		pages_lru_add(p, e);
		return 0;
	case EVENT_LRU_ACTIVATE:
		pages_lru_activate(p, e);
		return 0;
	case EVENT_CACHE_ADD:
		return pages_cache_add(p, e, err);
	case EVENT_CACHE_DEL:
		pages_cache_del(p, e);
		return 0;
	case EVENT_MIGRATE:
		pages_migrate(p, e);
		return 0;
	case EVENT_THP:
		pages_thp(p, e);
		return 0;
	case EVENT_CACHE_READ:
		pages_cache_lookup(p, e, OP_CACHE_READ, e->count, READ_BATCH);
		return 0;
	case EVENT_CACHE_FAULT:
		pages_cache_lookup(p, e, OP_CACHE_FAULT, 1, 1);
		return 0;
	case EVENT_CACHE_MAP:
		pages_cache_lookup(p, e, OP_CACHE_MAP, e->count, e->count);
		return 0;
	default:
		p->counts.ignored += !pages_exact_event(p, e);
		return 0;
	}
}

/* Of a page of which nothing is known, the struct page is known all the same. */
static void one_access(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn, head;
	struct op *op;

	if (!pfn_ok(p, e->pfn, 0) || e->cpu >= p->nr_cpus) {
		p->counts.outside++;
		return;
	}
	head = pages_unit_head(p, pfn);
	op = op_list_add(p->out);
	*op = (struct op){
		.kind = OP_ACCESS,
		.pfn = pfn,
		.cpu = e->cpu,
		.order = p->state[head].order,
		.page_kind = p->state[head].kind,
	};
	op_set_access(op, head, e->arg);
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
		ahead_to_write(&p->state[events[FAR].pfn]);
	if (p->memory_only)
		return;
	if (left > FAR)
		ahead_to_write(&p->more[events[FAR].pfn]);
	if (left > NEAR && events[NEAR].pfn < p->max_pfn) {
		const struct page_more *more = &p->more[events[NEAR].pfn];

		ahead_to_write(&p->more[more->next - 1]);
		ahead_to_write(&p->more[more->prev - 1]);
	}
}

int pages_events(struct pages *p, const struct event *events, size_t nr, struct op_list *out,
		 struct error *err)
{
	p->out = out;
	p->touched_end = p->max_pfn;
	if (p->memory_only && !p->accesses && !p->told_ns)
		return pages_memory_events(p, events, nr, err);
	for (size_t i = 0; i < nr; i++) {
		int r;

		if (events[i].kind == EVENT_ACCESS && !p->accesses)
			continue;
		look_ahead(p, &events[i], nr - i);
		if (p->told_ns)
			tell_time(p, &events[i]);
		if (events[i].kind == EVENT_ACCESS) {
			one_access(p, &events[i]);
			continue;
		}
		r = pages_one_event(p, &events[i], err);
		if (r)
			return r;
	}
	return out->failed ? error_nomem(err) : 0;
}

uint64_t pages_idle_kinds(const struct pages *p)
{
	/* operations want to know whose CPU it is, and every event may be the one that tells the time */
	return p->memory_only && !p->told_ns ? 1ULL << EVENT_RSS_STAT | 1ULL << EVENT_TASK : 0;
}

void pages_ignore(struct pages *p, uint64_t nr)
{
	p->counts.ignored += nr;
}
