// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/sim/pages_harness.h"

enum {
	GFP_FOLIO = GFPC_MOVABLE | GFPC_COMP,
	GFP_SLAB = GFPC_COMP | GFPC_NOWARN | GFPC_NORETRY,
	GFP_TABLE = GFPC_ZERO | GFPC_ACCOUNT,
	ANON = LRUF_ANON << LRUF_SHIFT,
};

static void start(struct harness *h, uint32_t exact)
{
	harness_init_exact(h, 2048, exact);
	harness_all_free(h);
}

static void alloc(struct harness *h, uint64_t pfn, uint8_t order, uint32_t arg)
{
	harness_event(h, (struct event){
				 .kind = EVENT_PAGE_ALLOC, .pfn = pfn, .order = order, .arg = arg});
}

static void map(struct harness *h, uint8_t kind, uint64_t pfn, uint8_t order, uint32_t arg,
		uint32_t count)
{
	harness_event(
		h, (struct event){
			   .kind = kind, .pfn = pfn, .order = order, .arg = arg, .count = count});
}

/* One page mapped, put on the LRU, forked, unmapped twice, freed: each is charged once, nothing is inferred. */
Test(pages_exact, mappings_are_charged_as_told_and_not_inferred_beside)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT | 1u << CLASS_FORK);
	alloc(&h, 64, 0, GFP_FOLIO);
	map(&h, EVENT_MAP_ADD, 64, 0, MAPF_ANON | MAPF_NEW, 1);
	harness_event(&h, (struct event){.kind = EVENT_LRU_ADD, .pfn = 64, .arg = ANON});
	map(&h, EVENT_MAP_DUP, 64, 0, MAPF_ANON, 1);
	map(&h, EVENT_MAP_DEL, 64, 0, MAPF_ANON, 1);
	map(&h, EVENT_MAP_DEL, 64, 0, MAPF_ANON, 1);
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 64, .arg = FREE_ANON});
	cr_expect_eq(harness_count(&h, OP_ANON_MAP), 1);
	cr_expect_eq(harness_count(&h, OP_RMAP_ADD), 0);
	cr_expect_eq(harness_count(&h, OP_FORK_DUP), 1);
	cr_expect_eq(harness_count(&h, OP_RMAP_DEL), 2);
	cr_expect_eq(harness_count(&h, OP_ANON_UNMAP), 0);
	cr_expect_eq(harness_count(&h, OP_RMAP_PAGE), 0, "a small folio has one counter");
	harness_fini(&h);
}

/* Three pages in the middle of a file folio of 16, then all of a huge one at once. */
Test(pages_exact, large_folios_are_charged_by_page_or_as_a_whole)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT);
	alloc(&h, 64, 4, GFP_FOLIO);
	harness_event(
		&h, (struct event){
			    .kind = EVENT_CACHE_ADD, .pfn = 64, .order = 4, .obj = 7, .index = 16});
	map(&h, EVENT_MAP_ADD, 69, 4, MAPF_PTE, 3);
	cr_expect_eq(harness_count(&h, OP_RMAP_ADD), 1);
	cr_expect_eq(harness_last(&h, OP_RMAP_ADD)->pfn, 64, "the folio's own counters");
	cr_expect_eq(harness_count(&h, OP_RMAP_PAGE), 3);
	cr_expect_eq(harness_last(&h, OP_RMAP_PAGE)->pfn, 71);
	alloc(&h, 512, 9, GFP_FOLIO);
	map(&h, EVENT_MAP_ADD, 512, 9, MAPF_PMD | MAPF_ANON | MAPF_NEW, 512);
	map(&h, EVENT_MAP_DEL, 512, 9, MAPF_PMD | MAPF_ANON, 512);
	cr_expect_eq(harness_count(&h, OP_RMAP_PAGE), 3, "no page of it by itself");
	cr_expect_eq(harness_count(&h, OP_RMAP_ENTIRE), 2);
	cr_expect_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_ANON], 512);
	cr_expect_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_FILE], 16);
	cr_expect_eq(pages_counts(h.pages)->outside, 0);
	harness_fini(&h);
}

Test(pages_exact, a_lookup_names_its_folio_and_ranges_are_not_charged_beside)
{
	struct harness h;

	start(&h, 1u << CLASS_LOOKUP);
	alloc(&h, 64, 2, GFP_FOLIO);
	harness_event(
		&h, (struct event){
			    .kind = EVENT_CACHE_ADD, .pfn = 64, .order = 2, .obj = 7, .index = 4});
	harness_event(
		&h, (struct event){
			    .kind = EVENT_FOLIO_GET, .pfn = 64, .order = 2, .arg = FOLIO_GET_READ});
	harness_event(
		&h, (struct event){
			    .kind = EVENT_FOLIO_GET, .pfn = 64, .order = 2, .arg = FOLIO_GET_MAP});
	harness_event(&h,
		      (struct event){.kind = EVENT_CACHE_READ, .obj = 7, .index = 4, .count = 4});
	cr_expect_eq(harness_count(&h, OP_CACHE_READ), 1);
	cr_expect_eq(harness_count(&h, OP_CACHE_MAP), 1);
	cr_expect_eq(harness_last(&h, OP_CACHE_READ)->pfn, 64);
	cr_expect_eq(harness_last(&h, OP_CACHE_READ)->order, 2);
	harness_fini(&h);
}

/* What looks like a slab and like a page table by its flags is one only if the kernel says so. */
Test(pages_exact, uses_are_told_and_not_inferred_from_flags)
{
	const struct pages_counts *c;
	struct harness h;

	start(&h, 1u << CLASS_KIND);
	c = pages_counts(h.pages);
	alloc(&h, 64, 1, GFP_SLAB);
	alloc(&h, 70, 0, GFP_TABLE);
	cr_expect_eq(c->kind_pages[PAGE_KIND_KERNEL], 3);
	cr_expect_eq(c->inferred_slab + c->inferred_pgtable, 0);
	harness_event(&h, (struct event){.kind = EVENT_SLAB_PAGE, .pfn = 64, .order = 1, .arg = 1});
	harness_event(&h, (struct event){.kind = EVENT_PGTABLE_PAGE, .pfn = 70, .arg = 1});
	cr_expect_eq(c->kind_pages[PAGE_KIND_SLAB], 2);
	cr_expect_eq(c->kind_pages[PAGE_KIND_PGTABLE], 1);
	cr_expect_eq(harness_count(&h, OP_SLAB_NEW), 1);
	cr_expect_eq(harness_count(&h, OP_PGTABLE_NEW), 1);
	harness_event(&h, (struct event){.kind = EVENT_SLAB_PAGE, .pfn = 64, .order = 1});
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 64, .order = 1});
	cr_expect_eq(harness_count(&h, OP_SLAB_FREE), 1, "told, and not again when it is freed");
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 70});
	cr_expect_eq(harness_count(&h, OP_PGTABLE_FREE), 1, "an end that was not told is inferred");
	cr_expect_eq(c->kind_pages[PAGE_KIND_SLAB] + c->kind_pages[PAGE_KIND_PGTABLE], 0);
	harness_fini(&h);
}

Test(pages_exact, a_page_from_the_bulk_allocator_is_an_allocation)
{
	struct harness h;

	start(&h, 1u << CLASS_BULK);
	harness_event(&h, (struct event){.kind = EVENT_BULK_ALLOC, .pfn = 33, .arg = GFPC_ZERO});
	cr_expect_eq(harness_count(&h, OP_ALLOC), 1);
	cr_expect_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_KERNEL], 1);
	harness_fini(&h);
}
