// SPDX-License-Identifier: GPL-2.0-only
/* Page tables: their locks, and that pages become and cease to be some. */
#include "sim/pages/pages_internal.h"

void pages_lock_table(struct pages *p, uint32_t *table, uint16_t cpu)
{
	if (*table)
		pages_emit(p, OP_TABLE_LOCK, *table - 1, 0, cpu);
	*table = 0;
}

/*
 * A page fault that finds an entry locks its table there and then, and once more after it has copied a page; one
 * that finds none comes back through pte_offset_map_lock(), which is an event of its own.
 */
void pages_table_lock(struct pages *p, const struct event *e)
{
	struct page_cpu *c = &p->cpus[e->cpu];

	if (e->arg == TABLE_FOUND) {
		pages_lock_table(p, &c->found_table, e->cpu);
		c->found_table = (uint32_t)e->pfn + 1;
		return;
	}
	c->fault_table = c->found_table;
	c->found_table = 0;
	pages_emit(p, OP_TABLE_LOCK, (uint32_t)e->pfn, 0, e->cpu);
}

/* Whoever allocates the topmost table asks for pages that are no compound page: how many there are is known from then. */
static struct event whole_table(const struct pages *p, const struct event *e)
{
	const struct page_state *state = &p->state[e->pfn];
	struct event whole = *e;

	if (!kind_is_free(state->kind) && !(state->flags & PS_TAIL))
		whole.order = state->order;
	return whole;
}

/* They are on a list of all (pgd_list), each put before the one that came last. */
static void topmost_begins(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn, last = p->last_pgd - 1;
	struct op *op = pages_emit(p, OP_PGD_NEW, pfn, e->order, e->cpu);

	if (p->last_pgd && last != pfn && p->state[last].kind == PAGE_KIND_PGTABLE)
		op->next = last;
	p->last_pgd = pfn + 1;
}

static void begins(struct pages *p, const struct event *e, enum pgtable_level level)
{
	uint32_t pfn = (uint32_t)e->pfn;

	pages_folio_unit(p, e, PAGE_KIND_PGTABLE);
	if (level == PGTABLE_PGD) {
		topmost_begins(p, e);
		return;
	}
	pages_emit(p, level == PGTABLE_PUD ? OP_PGTABLE_PUD : OP_PGTABLE_NEW, pfn, e->order,
		   e->cpu);
	if (level == PGTABLE_PMD)
		pages_emit(p, OP_PGTABLE_PMD, pfn, e->order, e->cpu);
}

/*
 * Until x86 let page tables always wait for a grace period (v6.15: MMU_GATHER_RCU_TABLE_FREE) they went with the pages that were
 * unmapped, in batches whose memory cgroups are asked for (uncharge_folio).
 */
static void ends(struct pages *p, const struct event *e, enum pgtable_level level)
{
	static const enum op_kind ends[] = {OP_PGTABLE_FREE, OP_PGTABLE_FREE, OP_PGTABLE_PUD_FREE,
					    OP_PGD_FREE};
	uint32_t pfn = (uint32_t)e->pfn;

	pages_emit(p, ends[level], pfn, e->order, e->cpu);
	if (level != PGTABLE_PGD && !(p->code & CODE_BIT(__free_frozen_pages)))
		pages_emit(p, OP_MEMCG_NONE, pfn, e->order, e->cpu);
}

/*
 * Tables that the kernel marks as such it counts, too (NR_PAGETABLE): those without locks since they have descriptors, the
 * topmost ones later yet.
 */
static bool is_counted(const struct pages *p, enum pgtable_level level)
{
	if (level == PGTABLE_PGD)
		return p->code & CODE_BIT(__free_frozen_pages);
	return level != PGTABLE_PUD || p->code & CODE_BIT(ptdesc);
}

void pages_table(struct pages *p, const struct event *e)
{
	enum pgtable_level level = e->arg >> PGTABLE_LEVEL_SHIFT & PGTABLE_PGD;
	struct event table = level == PGTABLE_PGD ? whole_table(p, e) : *e;
	uint32_t pfn = (uint32_t)e->pfn;

	if (e->arg & 1)
		begins(p, &table, level);
	else if (p->state[pfn].kind == PAGE_KIND_PGTABLE)
		ends(p, &table, level);
	else
		return;
	if (is_counted(p, level))
		pages_emit(p, OP_MEMCG_STAT, pfn, table.order, e->cpu);
	if (!(e->arg & 1))
		pages_folio_unit(p, &table, PAGE_KIND_KERNEL);
}
