// SPDX-License-Identifier: GPL-2.0-only
/* Events that name the very folio: lookups, mappings, and uses that the kernel itself tells. */
#include "sim/pages/pages_internal.h"

/* The first page of the folio around the event's page; memory of drivers, mapped too, stays what it is. */
static uint32_t mapped_unit(struct pages *p, const struct event *e)
{
	uint32_t head = pages_unit_head(p, (uint32_t)e->pfn);
	uint8_t known = p->state[head].kind;
	struct event folio = *e;

	if (!kind_is_free(known) && !kind_is_folio(known))
		return head;
	folio.pfn &= ~((1ULL << e->order) - 1);
	pages_folio_unit(p, &folio, pages_kind_of_mapped(known, e->arg & MAPF_ANON));
	return (uint32_t)folio.pfn;
}

/* Unmapped by wp_page_copy(), which has just mapped a copy; or on the way out of the address space. */
static void unmapped(struct pages *p, const struct event *e, uint32_t head)
{
	struct page_cpu *c = &p->cpus[e->cpu];
	uint32_t order = p->state[head].order;
	bool file = kind_is_cached(p->state[head].kind);

	if (c->mapped_new) {
		pages_emit(p, OP_WP_COPY, head, order, e->cpu);
		pages_lock_table(p, &c->fault_table, e->cpu);
		pages_lock_memcg(p, head, order, e->cpu);
		pages_emit(p, OP_RMAP_DEL, head, order, e->cpu);
		pages_emit(p, OP_WP_PUT, head, order, e->cpu);
		pages_emit(p, OP_SWAP_LOOK, head, order, e->cpu);
		pages_emit(p, OP_WP_PUT, head, order, e->cpu);
		return;
	}
	if (c->kernel) {
		/* khugepaged and reclaim unmap what they have in hand; only of the one's pages is known that they left their lists */
		if (!(p->state[head].flags & PS_LRU)) {
			pages_emit(p, OP_COLLAPSE_DONE, head, order, e->cpu);
			pages_emit(p, OP_SWAP_LOOK, head, order, e->cpu);
		}
		pages_lock_memcg(p, head, order, e->cpu);
		pages_emit(p, OP_RMAP_DEL, head, order, e->cpu);
		pages_emit(p, OP_PUT, head, order, e->cpu);
		return;
	}
	if ((e->arg & MAPF_LEVEL) == MAPF_PTE) {
		/* one batch of page-table entries is zapped and put aside at a time */
		pages_emit(p, file ? OP_ZAP_FILE : OP_ZAP, head, order, e->cpu);
		if (file)
			pages_accessed(p, head, e->cpu);
	}
	pages_lock_memcg(p, head, order, e->cpu);
	pages_emit(p, OP_RMAP_DEL, head, order, e->cpu);
	if (file)
		pages_emit_unbatched(p, OP_RMAP_HUGE, head, order, e->cpu);
	pages_zap(p, head, e->cpu);
}

static void mapped_more(struct pages *p, const struct event *e, uint32_t head)
{
	uint32_t order = p->state[head].order;

	/* a page fault: what was unmapped before it has been put */
	pages_zap_flush(p, e->cpu);
	if (e->kind == EVENT_MAP_DUP) {
		/* copy_pte_range() has the copy's table locked, and then the one that it found */
		pages_lock_table(p, &p->cpus[e->cpu].found_table, e->cpu);
		pages_emit(p, OP_FORK_DUP, head, order, e->cpu);
		if (pages_usage(p, head)->exclusive)
			pages_emit(p, OP_FORK_SHARE, head, order, e->cpu);
		pages_usage(p, head)->exclusive = 0;
	} else if (e->arg & MAPF_NEW) {
		pages_new_anon(p, head, order, e->cpu);
	} else {
		/* a fault found the table first; who maps a device's memory beforehand did not */
		if (!kind_is_folio(p->state[head].kind) && p->cpus[e->cpu].fault_table)
			pages_emit(p, OP_FAULT_OTHER, head, order, e->cpu);
		pages_lock_memcg(p, head, order, e->cpu);
		pages_emit(p, OP_RMAP_ADD, head, order, e->cpu);
	}
}

/*
 * Huge pages of processes are a statistic of their own (NR_ANON_THPS): with the first mapping as a whole, and without the
 * last one. Those of files are counted by node.
 */
static void mapped_entirely(struct pages *p, const struct event *e, uint32_t head)
{
	uint32_t order = p->state[head].order;
	bool edge = e->kind == EVENT_MAP_ADD ? e->arg & MAPF_NEW : !pages_usage(p, head)->mapcount;

	pages_emit(p, OP_RMAP_ENTIRE, head, order, e->cpu);
	if (edge && p->state[head].kind == PAGE_KIND_ANON)
		pages_emit(p, OP_MEMCG_STAT, head, order, e->cpu);
}

static void mapped(struct pages *p, const struct event *e)
{
	uint32_t head = mapped_unit(p, e), order = p->state[head].order;
	bool pte = (e->arg & MAPF_LEVEL) == MAPF_PTE, first = e->arg & MAPF_NEW;
	int64_t nr = pte ? e->count : 1;

	/* from here on it is about operations */
	if (p->memory_only)
		return;
	if (e->kind == EVENT_MAP_DEL)
		unmapped(p, e, head);
	else
		mapped_more(p, e, head);
	p->cpus[e->cpu].mapped_new = e->kind == EVENT_MAP_ADD && first;
	if (e->kind == EVENT_MAP_ADD && first)
		pages_usage(p, head)->mapcount = (uint32_t)nr & PAGE_USAGE_MAPCOUNT_MAX;
	else
		pages_count_mappings(p, head, e->kind == EVENT_MAP_DEL ? -nr : nr, e->cpu);
	if (!order)
		return;
	if (!pte) {
		mapped_entirely(p, e, head);
		return;
	}
	/* a folio has no more pages than that, whatever the trace says */
	for (uint32_t i = 0; i < e->count && i < 1U << order; i++) {
		if (e->kind == EVENT_MAP_ADD && kind_is_cached(p->state[head].kind))
			pages_emit(p, OP_MAP_PAGE, (uint32_t)e->pfn + i, 0, e->cpu);
		pages_emit(p, OP_RMAP_PAGE, (uint32_t)e->pfn + i, 0, e->cpu);
	}
}

static void folio_get(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;

	pages_folio_unit(p, e, pages_kind_of_found(p->state[pfn].kind));
	p->counts.lookups_resolved++;
	if (pages_usage(p, pfn)->fresh && (e->arg == FOLIO_GET_MAP || e->arg == FOLIO_GET_READ))
		pages_read_in(p, pfn, e->cpu);
	switch (e->arg) {
	case FOLIO_GET_BUFFER:
		pages_accessed(p, pfn, e->cpu);
		return;
	case FOLIO_GET_MAP:
		pages_emit(p, OP_CACHE_MAP, pfn, e->order, e->cpu);
		return;
	case FOLIO_GET_READ:
		pages_emit(p, OP_CACHE_READ, pfn, e->order, e->cpu);
		pages_accessed(p, pfn, e->cpu);
		return;
	case FOLIO_GET_BATCH:
		pages_emit(p, OP_CACHE_BATCH, pfn, e->order, e->cpu);
		pages_emit(p, OP_PUT, pfn, e->order, e->cpu);
		return;
	default:
		pages_emit(p, OP_CACHE_GET, pfn, e->order, e->cpu);
		pages_emit(p, OP_CACHE_LOCK, pfn, e->order, e->cpu);
		p->cpus[e->cpu].got = pfn + 1;
		return;
	}
}

/* What is done to a folio's first block, and to each further one; a block is a page, no file's folio exceeds a huge page. */
static void blocks(struct pages *p, const struct event *e, enum op_kind first, enum op_kind more)
{
	uint32_t nr = 1U << (e->order < PCP_THP_ORDER ? e->order : PCP_THP_ORDER);

	pages_emit(p, first, (uint32_t)e->pfn, e->order, e->cpu);
	for (uint32_t i = 1; i < nr; i++)
		pages_emit(p, more, (uint32_t)e->pfn, e->order, e->cpu);
}

/* A folio that is neither known as a file's nor announced as added to a file's cache is one of shmem. */
static void written(struct pages *p, const struct event *e)
{
	struct page_cpu *c = &p->cpus[e->cpu];
	uint32_t pfn = (uint32_t)e->pfn;
	bool found = c->got == pfn + 1, file = p->state[pfn].kind == PAGE_KIND_FILE;
	struct page_usage *usage = pages_usage(p, pfn);

	if (c->got && !found)
		pages_settle_lookup(p, e->cpu);
	c->got = 0;
	if (file) {
		if (p->code & CODE_BIT(__filemap_get_folio_mpol))
			pages_emit(p, OP_CACHE_FOR_WRITE, pfn, e->order, e->cpu);
		if (!usage->buffers)
			blocks(p, e, OP_BUFFERS_NEW, OP_BUFFER_MORE);
		if (!usage->buffers && p->code & CODE_BIT(__free_frozen_pages))
			pages_emit(p, OP_MEMCG_GET, pfn, e->order, e->cpu);
		blocks(p, e, OP_WRITE_FILE, OP_WRITE_MORE);
		usage->buffers = 1;
		usage->fresh = 0;
		return;
	}
	if (p->state[pfn].kind != PAGE_KIND_SHMEM)
		pages_shmem_added(p, pfn, e->order, e->cpu);
	pages_folio_unit(p, e, PAGE_KIND_SHMEM);
	pages_emit(p, OP_WRITE_SHMEM, pfn, e->order, e->cpu);
	if (!usage->dirty)
		pages_emit(p, OP_WRITE_FIRST, pfn, e->order, e->cpu);
	usage->dirty = 1;
	if (found)
		pages_accessed(p, pfn, e->cpu);
}

static void dirtied(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;

	if (!kind_is_folio(p->state[pfn].kind))
		pages_folio_unit(p, e, PAGE_KIND_FILE);
	pages_usage(p, pfn)->fresh = 0;
	pages_lock_memcg(p, pfn, e->order, e->cpu);
	blocks(p, e, OP_DIRTY, OP_DIRTY_MORE);
	pages_emit(p, OP_MEMCG_STAT, pfn, e->order, e->cpu);
	pages_usage(p, pfn)->dirty = 1;
}

/* The number of dirty pages falls and that of pages under writeback rises; in the end it falls. */
static void written_back(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;

	if (!kind_is_folio(p->state[pfn].kind))
		pages_folio_unit(p, e, PAGE_KIND_FILE);
	if (e->arg && p->tagged_untold) {
		pages_emit(p, OP_CACHE_BATCH, pfn, e->order, e->cpu);
		pages_emit(p, OP_PUT, pfn, e->order, e->cpu);
	}
	if (e->arg) {
		blocks(p, e, OP_WRITEBACK_BEGIN, OP_WRITEBACK_MORE);
		blocks(p, e, OP_MEMCG_GET, OP_MEMCG_MORE);
	} else {
		blocks(p, e, OP_WRITEBACK_END, OP_WRITEBACK_DONE);
	}
	pages_emit_unbatched(p, OP_MEMCG_HOLD, pfn, e->order, e->cpu);
	pages_emit(p, OP_MEMCG_STAT, pfn, e->order, e->cpu);
	if (!e->arg)
		return;
	pages_emit(p, OP_MEMCG_STAT, pfn, e->order, e->cpu);
	pages_usage(p, pfn)->dirty = 0;
}

/* The allocation was charged when it happened, as kernel memory; now its use is known, and later that it ended. */
static void slab_used(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn;

	if (e->arg) {
		pages_folio_unit(p, e, PAGE_KIND_SLAB);
		pages_emit(p, OP_SLAB_NEW, pfn, e->order, e->cpu);
	} else if (p->state[pfn].kind == PAGE_KIND_SLAB) {
		pages_emit(p, OP_SLAB_FREE, pfn, e->order, e->cpu);
		pages_folio_unit(p, e, PAGE_KIND_KERNEL);
	}
}

static void slab(struct pages *p, const struct event *e)
{
	uint32_t pfn = (uint32_t)e->pfn, nr = pages_nr_objects(e->arg >> SLAB_OBJECTS_SHIFT);

	slab_used(p, e);
	p->cpus[e->cpu].slab = pfn + 1;
	pages_usage(p, pfn)->fresh = e->arg != 0;
	for (uint32_t i = 0; i < nr && !p->memory_only; i++)
		pages_emit(p, OP_SLAB_OBJECT, pfn, e->order, e->cpu);
}

bool pages_exact_event(struct pages *p, const struct event *e)
{
	switch (e->kind) {
	case EVENT_FOLIO_GET:
		folio_get(p, e);
		return true;
	case EVENT_MAP_ADD:
	case EVENT_MAP_DEL:
	case EVENT_MAP_DUP:
		mapped(p, e);
		return true;
	case EVENT_WRITE:
		written(p, e);
		return true;
	case EVENT_DIRTY:
		dirtied(p, e);
		return true;
	case EVENT_WRITEBACK:
		written_back(p, e);
		return true;
	case EVENT_TABLE_LOCK:
		pages_table_lock(p, e);
		return true;
	case EVENT_OBJECT_FREE:
		pages_object(p, e);
		return true;
	case EVENT_TASK:
		/* another thread's: not the fault that maps a copy */
		p->cpus[e->cpu].mapped_new = false;
		p->cpus[e->cpu].kernel = !e->count;
		return false;
	case EVENT_SLAB_PAGE:
		slab(p, e);
		return true;
	case EVENT_PGTABLE_PAGE:
		pages_table(p, e);
		return true;
	default:
		return false;
	}
}
