// SPDX-License-Identifier: GPL-2.0-only
/* Huge pages: split, and put together by khugepaged from others. */
#include "sim/pages/pages_internal.h"

/* The parts stay what the whole was; they are mapped one by one afterwards, by events of their own. */
static void split(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn, nr = 1U << e->order, step;
	unsigned int to = e->arg >> THP_ORDER_SHIFT;
	uint8_t kind = p->state[pfn].kind;
	struct page_usage usage;

	if (to >= e->order) {
		p->counts.outside++;
		return;
	}
	pages_folio_unit(p, e, kind_is_folio(kind) ? kind : PAGE_KIND_USER);
	usage = *pages_usage(p, pfn);
	usage.mapcount = 0;
	usage.zapped = 0;
	pages_emit(p, OP_SPLIT, pfn, e->order, e->cpu);
	pages_split_unit(p, pfn, to, e->cpu);
	step = 1U << to;
	for (uint32_t i = 0; i < nr; i += step) {
		if (to)
			p->state[pfn + i].flags |= PS_COMPOUND;
		*pages_usage(p, pfn + i) = usage;
		if (i)
			pages_emit(p, OP_SPLIT_PART, pfn + i, to, e->cpu);
	}
}

/* What is mapped and was free, for all that was known, is a page of a process. */
static uint32_t mapped_page(struct pages *p, const struct event *e)
{
	uint32_t head = pages_unit_head(p, (uint32_t)e->pfn);

	if (!kind_is_free(p->state[head].kind))
		return head;
	pages_folio_unit(p, e, PAGE_KIND_ANON);
	return (uint32_t)e->pfn;
}

static void take(struct pages *p, uint32_t head, uint16_t cpu)
{
	struct page_state *state = &p->state[head];

	if (state->flags & PS_LRU)
		pages_leave_list(p, OP_LRU_ISOLATE, head, state->order, cpu);
	state->flags &= 63 & ~PS_LRU;
	pages_emit(p, OP_COLLAPSE_TAKE, head, state->order, cpu);
}

void pages_thp(struct pages *p, const struct event *e)
{
	uint32_t head;

	if ((e->arg & THP_WHAT) == THP_SPLIT) {
		split(p, e);
		return;
	}
	head = mapped_page(p, e);
	if ((e->arg & THP_WHAT) == THP_SCAN)
		pages_emit(p, OP_COLLAPSE_SCAN, head, p->state[head].order, e->cpu);
	else
		take(p, head, e->cpu);
}
