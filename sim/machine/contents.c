// SPDX-License-Identifier: GPL-2.0-only
#include "sim/machine/contents.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/cleanup.h"

enum { LINE = 64, BITS = 64 };

struct contents {
	uint64_t max_pfn, page_lines;
	bool finds_folios; /* it is told from which folio read() copies */
	uint64_t *zeroed;  /* a bit for each page: the allocator did it */
	uint64_t *shared;  /* it belongs to a file of tmpfs */
	uint32_t nr_cpus;
	bool *reads; /* by CPU: found such a page last, and has neither written to nor mapped it yet */
};

DEFINE_CLEANUP(struct contents *, contents_destroy);

void contents_destroy(struct contents *c)
{
	if (!c)
		return;
	free(c->zeroed);
	free(c->shared);
	free(c->reads);
	free(c);
}

int contents_create(const struct trace_meta *meta, struct contents **ret, struct error *err)
{
	_cleanup_(contents_destroyp) struct contents *c = calloc(1, sizeof(*c));

	if (!c)
		return error_nomem(err);
	c->max_pfn = meta->max_pfn;
	c->page_lines = meta->page_size / LINE;
	c->finds_folios = meta->classes[CLASS_LOOKUP].fidelity == FIDELITY_EXACT;
	c->zeroed = calloc(c->max_pfn / BITS + 1, sizeof(*c->zeroed));
	c->shared = calloc(c->max_pfn / BITS + 1, sizeof(*c->shared));
	c->nr_cpus = meta->nr_cpus;
	c->reads = calloc(c->nr_cpus, sizeof(*c->reads));
	if (!c->zeroed || !c->shared || !c->reads)
		return error_nomem(err);
	*ret = take_ptr(c);
	return 0;
}

static bool test(const struct contents *c, const uint64_t *bits, uint64_t pfn)
{
	return pfn < c->max_pfn && bits[pfn / BITS] >> pfn % BITS & 1;
}

static void put(const struct contents *c, uint64_t *bits, uint64_t pfn, bool value)
{
	if (pfn < c->max_pfn)
		bits[pfn / BITS] = (bits[pfn / BITS] & ~(UINT64_C(1) << pfn % BITS)) |
				   (uint64_t)value << pfn % BITS;
}

/* post_alloc_hook() zeroes all pages, mm/page_alloc.c. Of a folio its first page is asked for. */
static uint64_t allocated(struct contents *c, const struct event *e)
{
	bool zeroed = e->arg & GFPC_ZERO;

	put(c, c->zeroed, e->pfn, zeroed);
	put(c, c->shared, e->pfn, false);
	return zeroed ? c->page_lines << e->order : 0;
}

/*
 * A new anonymous folio has contents when it is mapped, mm/memory.c: one page that came as it was is a copy
 * (wp_page_copy(), do_cow_fault()), read from one page and written to the other; a larger one was zeroed by the fault
 * (folio_zero_user(), before v6.12 clear_huge_page()).
 */
static uint64_t mapped(const struct contents *c, const struct event *e)
{
	const uint32_t new_anon = MAPF_ANON | MAPF_NEW;

	if ((e->arg & new_anon) != new_anon || test(c, c->zeroed, e->pfn))
		return 0;
	return e->order ? c->page_lines << e->order : 2 * c->page_lines;
}

/*
 * tmpfs looks up one folio at a time for read() (shmem_file_read_iter(), mm/shmem.c), as it does for write() and for page
 * faults, which say so next. That no such thing came, the next lookup tells.
 */
static uint64_t looked_up(struct contents *c, const struct event *e)
{
	bool *reads = &c->reads[e->cpu % c->nr_cpus], read = *reads;

	*reads = e->kind == EVENT_FOLIO_GET && e->arg == FOLIO_GET_ENTRY &&
		 test(c, c->shared, e->pfn);
	return e->kind == EVENT_FOLIO_GET && read ? c->page_lines : 0;
}

static uint64_t of_event(struct contents *c, const struct event *e)
{
	switch (e->kind) {
	case EVENT_PAGE_ALLOC:
		return allocated(c, e);
	case EVENT_LRU_ADD:
		put(c, c->shared, e->pfn,
		    (e->arg >> LRUF_SHIFT & (LRUF_ANON | LRUF_SWAPBACKED)) == LRUF_SWAPBACKED);
		return 0;
	case EVENT_MAP_ADD:
		return mapped(c, e);
	case EVENT_MIGRATE:
		return 2 * c->page_lines << e->order;
	case EVENT_WRITE:
		/* how much of a large folio is not told: one page at least, or about that */
		return c->page_lines;
	case EVENT_FOLIO_GET:
		return e->arg == FOLIO_GET_READ ? c->page_lines : 0;
	case EVENT_CACHE_READ:
		return c->finds_folios ? 0 : c->page_lines * e->count;
	default:
		return 0;
	}
}

uint64_t contents_lines(struct contents *c, const struct event *e)
{
	uint64_t lines = of_event(c, e);

	if (e->kind == EVENT_FOLIO_GET || e->kind == EVENT_WRITE || e->kind == EVENT_MAP_ADD)
		lines += looked_up(c, e);
	return lines;
}
