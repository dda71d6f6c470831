// SPDX-License-Identifier: GPL-2.0-only
/* A folio that moves to other pages, with all that it is. */
#include "sim/pages/pages_internal.h"

/*
 * The new pages have been allocated: seen, or, by compaction, not. The old ones are freed by an event of their own, and
 * until then they are what an isolated folio without mappings is. Lists are left before and entered after this; and
 * what is cached where is looked up by (file, index) only where functions cannot be hooked, so that no trace
 * tells both.
 */
void pages_migrate(struct pages *p, const struct event *e)
{
	struct event to = *e;
	uint32_t from = (uint32_t)e->pfn, pfn = (uint32_t)e->index;
	uint8_t kind = p->state[from].kind;
	struct page_usage usage;
	struct page_state *state;

	if (!pfn_ok(p, e->index, e->order) || pfn & ((1U << e->order) - 1) || pfn == from) {
		p->counts.outside++;
		return;
	}
	if (kind_is_free(kind)) {
		/* in use without a traced allocation, and of a kind that nothing tells */
		kind = PAGE_KIND_USER;
		pages_folio_unit(p, e, kind);
	}
	pages_cut_out(p, from, e->order, e->cpu);
	to.pfn = pfn;
	state = pages_folio_unit(p, &to, kind);
	pages_emit(p, OP_MIGRATE_FROM, from, e->order, e->cpu);
	pages_emit(p, OP_MIGRATE_TO, pfn, e->order, e->cpu);
	state->flags |= p->state[from].flags & (PS_COMPOUND | PS_MAPPED);
	p->state[from].flags &= 63 & ~PS_MAPPED;
	usage = *pages_usage(p, from);
	*pages_usage(p, from) = (struct page_usage){0};
	usage.zapped = 0; /* it is the old pages that wait */
	*pages_usage(p, pfn) = usage;
}
