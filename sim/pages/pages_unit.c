// SPDX-License-Identifier: GPL-2.0-only
/* Units that come to be and end: cut out of larger ones, taken apart, named by an event for the first time; and all there are. */
#include "sim/pages/freelist.h"

void pages_split_unit(struct pages *p, uint32_t head, unsigned int to_order, uint16_t cpu)
{
	struct page_state old = p->state[head];

	if (old.list)
		pages_leave_list(p, OP_LRU_DEL, head, old.order, cpu);
	pages_emit(p, OP_UNDESCRIBE, head, old.order, cpu);
	p->counts.split++;
	for (uint32_t i = 0; i < 1U << old.order; i += 1U << to_order) {
		pages_set_unit(p, head + i, to_order, old.kind);
		p->state[head + i].flags = old.flags & (PS_LRU | PS_MAPPED);
		pages_describe(p, head + i, to_order, cpu);
	}
}

/* Ends one unit that is in use: off its lists, its descriptor gone. */
static void end_unit(struct pages *p, uint32_t head, uint16_t cpu)
{
	unsigned int order = p->state[head].order;

	if (p->state[head].flags & PS_LRU)
		pages_leave_list(p, OP_LRU_DEL, head, order, cpu);
	pages_emit(p, OP_UNDESCRIBE, head, order, cpu);
}

void pages_clear_range(struct pages *p, uint32_t pfn, unsigned int order, uint16_t cpu)
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
				pages_leave_list(p, OP_PCP_DRAIN, head, unit, cpu);
			/* in pieces, as only one of them may be wanted */
			for (uint32_t piece = 0; piece < 1U << unit; piece++)
				pages_set_unit(p, head + piece, 0, PAGE_KIND_UNKNOWN);
		} else {
			pages_cut_out(p, at, order, cpu);
			unit = p->state[at].order;
			end_unit(p, at, cpu);
			p->state[at].list = LIST_NONE;
			p->state[at].flags &= 63 & ~PS_LRU;
		}
		at = (at & ~((1U << unit) - 1)) + (1U << unit);
	}
}

struct page_state *pages_folio_unit(struct pages *p, const struct event *e, enum page_kind kind)
{
	uint32_t pfn = (uint32_t)e->pfn;
	struct page_state *state = &p->state[pfn];

	pages_cut_out(p, pfn, e->order, e->cpu);
	if (kind_is_free(state->kind) || state->flags & PS_TAIL || state->order != e->order) {
		p->counts.appeared++;
		pages_clear_range(p, pfn, e->order, e->cpu);
		pages_set_unit(p, pfn, e->order, kind);
		pages_describe(p, pfn, e->order, e->cpu);
	} else if (state->kind != kind) {
		struct op *op = pages_emit(p, OP_REKIND, pfn, e->order, e->cpu);

		op->old_kind = op->page_kind;
		op->page_kind = (uint8_t)kind;
		pages_rekind_unit(p, pfn, kind);
	}
	return state;
}

/* Memory that no range holds has no state of its own: it would look like pages of unknown use. */
static uint64_t next_in_range(const struct pages *p, const struct trace_meta *meta, uint64_t pfn,
			      uint64_t *ret_end)
{
	for (size_t i = 0; i < meta->nr_ranges; i++) {
		const uint64_t start = meta->ranges[i].start_pfn,
			       end = start + meta->ranges[i].nr_pages;

		if (pfn >= end)
			continue;
		*ret_end = end < p->max_pfn ? end : p->max_pfn;
		return pfn > start ? pfn : start;
	}
	return UINT64_MAX;
}

bool pages_next_units(const struct pages *p, const struct trace_meta *meta, uint64_t pfn,
		      struct pages_units *ret)
{
	/* what tells one kind of unit from another */
	const uint32_t mask = WORD(.kind = 31, .order = 31, .flags = PS_TAIL);
	uint64_t end, next, size;
	uint32_t first;

	do {
		pfn = next_in_range(p, meta, pfn, &end);
		if (pfn >= p->max_pfn)
			return false;
		while (pfn < end && p->state[pfn].flags & PS_TAIL)
			pfn++;
	} while (pfn >= end);
	first = word_of(p->state[pfn]) & mask;
	size = 1ULL << p->state[pfn].order;
	next = pfn + size;
	while (next < end && (word_of(p->state[next]) & mask) == first)
		next += size;
	*ret = (struct pages_units){
		.pfn = (uint32_t)pfn,
		.nr = (uint32_t)((next - pfn) >> p->state[pfn].order),
		.kind = p->state[pfn].kind,
		.order = p->state[pfn].order,
	};
	return true;
}
