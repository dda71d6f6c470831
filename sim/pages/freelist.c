// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buddy allocator and the per-CPU lists, as mm/page_alloc.c keeps them: what the events name is
 * which block left or entered; splits and merges follow from the blocks that are free here.
 */
#include "sim/pages/freelist.h"

static unsigned int buddy_list(unsigned int order, unsigned int mt)
{
	return LIST_BUDDY + order * NR_MIGRATETYPES + (mt % NR_MIGRATETYPES);
}

void freelist_seed(struct pages *p, uint32_t pfn, unsigned int order)
{
	list_push_tail(p, buddy_list(order, 0), pfn);
	p->counts.free_blocks[order]++;
}

/* __add_to_free_list() */
static void add_block(struct pages *p, enum op_kind kind, uint32_t pfn, unsigned int order,
		      unsigned int mt, uint16_t cpu)
{
	struct page_state *state = &p->state[pfn];
	struct op *op;

	state->order = order & 31;
	state->flags = 0;
	list_push(p, buddy_list(order, mt), pfn);
	p->counts.free_blocks[order]++;
	op = pages_emit(p, kind, pfn, order, cpu);
	op->next = list_next(p, pfn);
}

/* del_page_from_free_list() */
static void del_block(struct pages *p, enum op_kind kind, uint32_t pfn, unsigned int order,
		      uint16_t cpu)
{
	struct op *op = pages_emit(p, kind, pfn, order, cpu);

	list_del(p, pfn, op);
	p->counts.free_blocks[order]--;
}

/* None reaches past the end of memory, so pfn alone must lie before that. */
static inline bool is_free_block(const struct pages *p, uint32_t pfn, unsigned int order)
{
	struct page_state state = p->state[pfn];

	return state.kind == PAGE_KIND_FREE && !(state.flags & PS_TAIL) && state.order == order;
}

bool freelist_take(struct pages *p, uint32_t pfn, unsigned int order, unsigned int mt, uint16_t cpu)
{
	/* so are all pages of a free block */
	if (p->state[pfn].kind != PAGE_KIND_FREE)
		return false;
	for (unsigned int high = order; high <= BUDDY_MAX_ORDER; high++) {
		uint32_t head = pfn & ~((1U << high) - 1);

		if (!is_free_block(p, head, high))
			continue;
		del_block(p, OP_BUDDY_TAKE, head, high, cpu);
		/* expand(): the half that was not asked for goes back, from the largest down */
		while (high > order) {
			uint32_t low_half = head, high_half;

			high--;
			high_half = head + (1U << high);
			if (pfn >= high_half) {
				add_block(p, OP_BUDDY_ADD, low_half, high, mt, cpu);
				head = high_half;
			} else {
				add_block(p, OP_BUDDY_ADD, high_half, high, mt, cpu);
			}
		}
		return true;
	}
	return false;
}

/* __free_one_page() */
void freelist_give(struct pages *p, uint32_t pfn, unsigned int order, unsigned int mt, uint16_t cpu)
{
	/* memory that came from elsewhere than the free lists goes back as so many of the largest blocks */
	for (uint32_t part = 0; order > BUDDY_MAX_ORDER && part < 1U << order;
	     part += 1U << BUDDY_MAX_ORDER)
		freelist_give(p, pfn + part, BUDDY_MAX_ORDER, mt, cpu);
	if (order > BUDDY_MAX_ORDER)
		return;
	pages_set_unit(p, pfn, order, PAGE_KIND_FREE);
	for (; order < BUDDY_MAX_ORDER; order++) {
		uint32_t buddy = pfn ^ (1U << order), merged = pfn & buddy;

		if (!pfn_ok(p, buddy, order))
			break;
		pages_emit(p, OP_BUDDY_PROBE, buddy, order, cpu);
		if (!is_free_block(p, buddy, order))
			break;
		del_block(p, OP_BUDDY_MERGE, buddy, order, cpu);
		p->state[merged + (1U << order)].flags = PS_TAIL;
		pfn = merged;
	}
	add_block(p, OP_BUDDY_GIVE, pfn, order, mt, cpu);
}
