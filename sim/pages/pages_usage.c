// SPDX-License-Identifier: GPL-2.0-only
/* What is known of a folio beyond its kind, as far as exact events tell: mappings, marks, what waits to be put. */
#include <stdlib.h>

#include "sim/pages/pages_internal.h"

/* As many pages as one mmu_gather holds before it is flushed (MAX_GATHER_BATCH_COUNT of mm/mmu_gather.c). */
enum { ZAP_BATCH = 10000 };

/*
 * The classic LRU activates what is marked twice (mm/swap.c: folio_mark_accessed()), which its traces tell; those of
 * the multi-generational LRU do not, as there it does not happen. What waits for its list becomes active on the way.
 */
static bool is_activated(const struct pages *p, uint32_t head)
{
	return !(p->code & CODE_BIT(lru_gen)) && !p->classic_lru &&
	       p->more[head].usage.accessed < ACCESSED_MAX && p->state[head].flags & PS_LRU;
}

void pages_accessed(struct pages *p, uint32_t head, uint16_t cpu)
{
	struct page_usage *usage = pages_usage(p, head);
	unsigned int order = p->state[head].order;

	/* whether that activates it hangs on what is not kept then, and changes no memory */
	if (p->memory_only)
		return;
	if (usage->accessed >= p->accessed_max) {
		pages_emit(p, OP_LRU_ACCESSED, head, order, cpu);
		if (is_activated(p, head)) {
			usage->accessed = ACCESSED_MAX;
			pages_activate(p, head, cpu);
		}
		return;
	}
	usage->accessed = (usage->accessed + 1) & 7;
	pages_emit(p, OP_LRU_REFERENCED, head, order, cpu);
}

void pages_count_mappings(struct pages *p, uint32_t head, int64_t nr, uint16_t cpu)
{
	struct page_usage *usage = pages_usage(p, head);
	unsigned int order = p->state[head].order;
	int64_t before = usage->mapcount, after = before + nr;

	/* more unmapped than the trace saw mapped: what the census had counted was gone or not counted */
	if (after < 0)
		after = 0;
	usage->mapcount = (uint32_t)after & PAGE_USAGE_MAPCOUNT_MAX;
	if (before && after)
		return;
	pages_emit(p, OP_RMAP_EDGE, head, order, cpu);
	if (p->state[head].kind == PAGE_KIND_ANON && !after)
		pages_emit_unbatched(p, OP_RMAP_HUGE, head, order, cpu);
	/* an anonymous folio's statistics are in charge and uncharge: it dies with its last mapping */
	if (p->state[head].kind != PAGE_KIND_ANON)
		pages_emit(p, OP_MEMCG_STAT, head, order, cpu);
}

/* free_pages_and_swap_cache() takes it out of the batch; without `freed` its reference is not the last. */
static void zap_done(struct pages *p, uint32_t head, bool freed, uint16_t cpu)
{
	unsigned int order = p->state[head].order;

	pages_usage(p, head)->zapped = 0;
	pages_emit(p, p->state[head].kind == PAGE_KIND_FILE ? OP_ZAP_DONE_FILE : OP_ZAP_DONE, head,
		   order, cpu);
	if (!freed)
		pages_emit(p, OP_PUT, head, order, cpu);
}

void pages_zap_flush(struct pages *p, uint16_t cpu)
{
	struct page_cpu *c = &p->cpus[cpu];

	for (; c->first < c->nr; c->first++)
		if (pages_usage(p, c->zapped[c->first])->zapped)
			zap_done(p, c->zapped[c->first], false, cpu);
	c->first = c->nr = 0;
}

void pages_zap_freed(struct pages *p, uint32_t head, uint16_t cpu)
{
	struct page_cpu *c = &p->cpus[cpu];

	if (!pages_usage(p, head)->zapped)
		return;
	if (!p->frees_in_order) {
		/* the others wait for the flush, freed or not */
		zap_done(p, head, true, cpu);
		return;
	}
	while (c->first < c->nr) {
		uint32_t next = c->zapped[c->first++];

		if (pages_usage(p, next)->zapped)
			zap_done(p, next, next == head, cpu);
		if (next == head)
			return;
	}
}

void pages_zap(struct pages *p, uint32_t head, uint16_t cpu)
{
	struct page_cpu *c = &p->cpus[cpu];

	if (p->memory_only)
		return;
	if (c->nr == ZAP_BATCH)
		pages_zap_flush(p, cpu);
	if (!c->zapped)
		c->zapped = calloc(ZAP_BATCH, sizeof(*c->zapped));
	if (!c->zapped || pages_usage(p, head)->zapped) {
		/* mapped more than once there; or without memory for a batch: at once then */
		zap_done(p, head, false, cpu);
		return;
	}
	pages_usage(p, head)->zapped = 1;
	c->zapped[c->nr++] = head;
}

void pages_settle_lookup(struct pages *p, uint16_t cpu)
{
	struct page_cpu *c = &p->cpus[cpu];
	uint32_t pfn = c->got - 1;

	if (!c->got)
		return;
	c->got = 0;
	pages_emit(p, OP_CACHE_LET_GO, pfn, p->state[pfn].order, cpu);
	if (p->state[pfn].kind == PAGE_KIND_SHMEM)
		pages_accessed(p, pfn, cpu);
}

void pages_read_in(struct pages *p, uint32_t head, uint16_t cpu)
{
	pages_usage(p, head)->fresh = 0;
	pages_emit(p, OP_READ_IN, head, p->state[head].order, cpu);
}

void pages_shmem_added(struct pages *p, uint32_t head, unsigned int order, uint16_t cpu)
{
	pages_emit(p, OP_SHMEM_ALLOC, head, order, cpu);
	pages_emit(p, OP_CHARGE, head, order, cpu);
	pages_emit(p, OP_SHMEM_ADD, head, order, cpu);
	pages_emit(p, OP_MEMCG_STAT, head, order, cpu); /* file pages and shmem pages are two */
}

void pages_left_cache(struct pages *p, uint32_t head, uint16_t cpu)
{
	struct page_usage *usage = pages_usage(p, head);
	unsigned int order = p->state[head].order;

	if (usage->dirty) {
		pages_emit(p, OP_CACHE_CANCEL, head, order, cpu);
		pages_emit_unbatched(p, OP_MEMCG_HOLD, head, order, cpu);
	}
	if (usage->buffers)
		pages_emit(p, OP_BUFFERS_FREE, head, order, cpu);
	/* dirty pages of files are counted, and pages of shmem are */
	if (usage->dirty || p->state[head].kind == PAGE_KIND_SHMEM)
		pages_emit(p, OP_MEMCG_STAT, head, order, cpu);
	usage->dirty = usage->buffers = 0;
}

void pages_new_anon(struct pages *p, uint32_t head, unsigned int order, uint16_t cpu)
{
	struct page_usage *usage = pages_usage(p, head);

	pages_emit(p, OP_CHARGE, head, order, cpu);
	/* the copy of a shared page comes from elsewhere, and is not zeroed */
	if (usage->fresh)
		pages_emit(p, OP_ANON_FAULT, head, order, cpu);
	pages_emit(p, OP_ANON_MAP, head, order, cpu);
	usage->fresh = 0;
	usage->exclusive = 1;
}
