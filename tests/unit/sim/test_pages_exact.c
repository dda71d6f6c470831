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
	map(&h, EVENT_MAP_DUP, 512, 9, MAPF_PMD | MAPF_ANON, 512);
	map(&h, EVENT_MAP_DEL, 512, 9, MAPF_PMD | MAPF_ANON, 512);
	cr_expect_eq(harness_count(&h, OP_MEMCG_STAT), 2, "of the file, and of huge pages");
	map(&h, EVENT_MAP_DEL, 512, 9, MAPF_PMD | MAPF_ANON, 512);
	cr_expect_eq(harness_count(&h, OP_MEMCG_STAT), 3, "the last one");
	cr_expect_eq(harness_count(&h, OP_RMAP_PAGE), 3, "no page of it by itself");
	cr_expect_eq(harness_count(&h, OP_RMAP_ENTIRE), 4);
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

static void tell(struct harness *h, uint8_t kind, uint64_t pfn, uint32_t arg)
{
	harness_event(h, (struct event){.kind = kind, .pfn = pfn, .arg = arg});
}

static void fault(struct harness *h, uint64_t pfn, uint32_t gfp)
{
	alloc(h, pfn, 0, gfp);
	map(h, EVENT_MAP_ADD, pfn, 0, MAPF_ANON | MAPF_NEW, 1);
}

/* The kernel puts unmapped pages in the order in which it unmapped them, batch by batch. */
Test(pages_exact, unmapped_pages_are_put_later_and_in_order)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT);
	for (uint64_t pfn = 64; pfn < 67; pfn++)
		fault(&h, pfn, GFP_FOLIO | GFPC_ZERO);
	harness_event(&h, (struct event){.kind = EVENT_TASK, .arg = 2, .count = 2});
	for (uint64_t pfn = 64; pfn < 67; pfn++)
		map(&h, EVENT_MAP_DEL, pfn, 0, MAPF_ANON, 1);
	cr_expect_eq(harness_count(&h, OP_ZAP), 3);
	cr_expect_eq(harness_count(&h, OP_ZAP_DONE) + harness_count(&h, OP_PUT), 0, "not yet");
	tell(&h, EVENT_PAGE_FREE, 65, FREE_ANON);
	cr_expect_eq(harness_count(&h, OP_ZAP_DONE), 2, "that one and the one before it");
	cr_expect_eq(harness_count(&h, OP_PUT), 1, "the last put of a page is in free_folio");
	cr_expect_eq(harness_last(&h, OP_PUT)->pfn, 64);
	fault(&h, 70, GFP_FOLIO | GFPC_ZERO);
	cr_expect_eq(harness_count(&h, OP_PUT), 2, "all of them before the next page fault");
	cr_expect_eq(harness_last(&h, OP_PUT)->pfn, 66);
	harness_fini(&h);
}

/* Two mappings of one page: the first fork takes it away from its owner, a write brings a copy. */
Test(pages_exact, a_shared_page_is_copied_and_not_zapped)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT | 1u << CLASS_FORK | 1u << CLASS_TABLE);
	fault(&h, 64, GFP_FOLIO | GFPC_ZERO);
	cr_expect_eq(harness_count(&h, OP_ANON_FAULT), 1);
	map(&h, EVENT_MAP_DUP, 64, 0, MAPF_ANON, 1);
	map(&h, EVENT_MAP_DUP, 64, 0, MAPF_ANON, 1);
	cr_expect_eq(harness_count(&h, OP_FORK_SHARE), 1, "then it is shared already");
	tell(&h, EVENT_TABLE_LOCK, 70, TABLE_FOUND);
	tell(&h, EVENT_TABLE_LOCK, 70, TABLE_LOCKED);
	fault(&h, 65, GFP_FOLIO);
	cr_expect_eq(harness_count(&h, OP_ANON_FAULT), 1, "a copy is not zeroed");
	map(&h, EVENT_MAP_DEL, 64, 0, MAPF_ANON, 1);
	cr_expect_eq(harness_count(&h, OP_WP_COPY), 1);
	cr_expect_eq(harness_last(&h, OP_WP_COPY)->pfn, 64);
	cr_expect_eq(harness_count(&h, OP_ZAP), 0);
	cr_expect_eq(harness_count(&h, OP_TABLE_LOCK), 2, "before the copy and after it");
	map(&h, EVENT_MAP_DEL, 64, 0, MAPF_ANON, 1);
	map(&h, EVENT_MAP_DEL, 64, 0, MAPF_ANON, 1);
	cr_expect_eq(harness_count(&h, OP_ZAP), 2);
	cr_expect_eq(harness_count(&h, OP_RMAP_EDGE), 1, "only the last of three");
	harness_fini(&h);
}

/* A fault that finds an entry and copies nothing locks the table that it found, once. */
Test(pages_exact, a_table_that_was_found_is_locked_once)
{
	struct harness h;

	start(&h, 1u << CLASS_TABLE);
	tell(&h, EVENT_TABLE_LOCK, 70, TABLE_FOUND);
	cr_expect_eq(harness_count(&h, OP_TABLE_LOCK), 0);
	tell(&h, EVENT_TABLE_LOCK, 71, TABLE_FOUND);
	cr_expect_eq(harness_count(&h, OP_TABLE_LOCK), 1);
	cr_expect_eq(harness_last(&h, OP_TABLE_LOCK)->pfn, 70);
	tell(&h, EVENT_TABLE_LOCK, 71, TABLE_LOCKED);
	cr_expect_eq(harness_count(&h, OP_TABLE_LOCK), 2);
	harness_fini(&h);
}

/* Memory of a driver is mapped by the fault that found its table; mmap() that maps it beforehand finds none. */
Test(pages_exact, a_page_of_a_driver_is_mapped_by_a_fault)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT | 1u << CLASS_KIND | 1u << CLASS_TABLE);
	harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 64});
	harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 65});
	tell(&h, EVENT_TABLE_LOCK, 70, TABLE_LOCKED);
	map(&h, EVENT_MAP_ADD, 64, 0, 0, 1);
	cr_expect_eq(harness_count(&h, OP_FAULT_OTHER), 0);
	tell(&h, EVENT_TABLE_LOCK, 70, TABLE_FOUND);
	tell(&h, EVENT_TABLE_LOCK, 70, TABLE_LOCKED);
	map(&h, EVENT_MAP_ADD, 65, 0, 0, 1);
	cr_expect_eq(harness_count(&h, OP_FAULT_OTHER), 1);
	cr_expect_eq(harness_last(&h, OP_FAULT_OTHER)->pfn, 65);
	cr_expect_eq(harness_count(&h, OP_RMAP_ADD), 2);
	harness_fini(&h);
}

/* As folio_mark_accessed() does without the multi-generational LRU: PG_referenced is all that it sets. */
Test(pages_exact, marking_accessed_writes_until_there_is_nothing_to_mark)
{
	struct harness h;

	start(&h, 1u << CLASS_LOOKUP);
	alloc(&h, 64, 0, GFP_FOLIO);
	harness_event(&h, (struct event){.kind = EVENT_CACHE_ADD, .pfn = 64, .obj = 7});
	for (int i = 0; i < 9; i++)
		tell(&h, EVENT_FOLIO_GET, 64, FOLIO_GET_READ);
	cr_expect_eq(harness_count(&h, OP_LRU_REFERENCED) + harness_count(&h, OP_LRU_ACCESSED), 9);
	cr_expect_eq(harness_count(&h, OP_LRU_REFERENCED), 1);
	cr_expect_eq(harness_count(&h, OP_READ_IN), 1, "its content came from the file");
	harness_fini(&h);
}

/* A file's folio: found, locked, written to; written back; gone. */
Test(pages_exact, a_write_ends_the_lookup_before_it)
{
	struct harness h;

	start(&h, 1u << CLASS_LOOKUP | 1u << CLASS_WRITEBACK);
	alloc(&h, 64, 0, GFP_FOLIO);
	harness_event(&h, (struct event){.kind = EVENT_CACHE_ADD, .pfn = 64, .obj = 7});
	tell(&h, EVENT_WRITE, 64, 0);
	tell(&h, EVENT_DIRTY, 64, 0);
	tell(&h, EVENT_FOLIO_GET, 64, FOLIO_GET_ENTRY);
	tell(&h, EVENT_WRITE, 64, 0);
	cr_expect_eq(harness_count(&h, OP_CACHE_LET_GO), 0, "write() does that");
	cr_expect_eq(harness_count(&h, OP_WRITE_FILE), 2);
	cr_expect_eq(harness_count(&h, OP_BUFFERS_NEW), 1);
	tell(&h, EVENT_FOLIO_GET, 64, FOLIO_GET_ENTRY);
	tell(&h, EVENT_WRITEBACK, 64, 1);
	cr_expect_eq(harness_count(&h, OP_CACHE_LET_GO), 1, "a page fault or a read");
	tell(&h, EVENT_WRITEBACK, 64, 0);
	harness_event(&h, (struct event){.kind = EVENT_CACHE_DEL, .pfn = 64, .obj = 7});
	cr_expect_eq(harness_count(&h, OP_CACHE_CANCEL), 0, "it was clean");
	cr_expect_eq(harness_count(&h, OP_CACHE_DEL_ONE), 0, "small folios go in batches");
	cr_expect_eq(harness_count(&h, OP_BUFFERS_FREE), 1);
	cr_expect_eq(harness_count(&h, OP_READ_IN), 0, "its content came from write()");
	harness_fini(&h);
}

/* Nothing tells that shmem adds a folio: its first write or its way to an LRU list shows it, once. */
Test(pages_exact, a_folio_of_shmem_is_added_once)
{
	struct harness h;

	start(&h, 1u << CLASS_LOOKUP | 1u << CLASS_WRITEBACK);
	alloc(&h, 64, 0, GFP_FOLIO);
	tell(&h, EVENT_WRITE, 64, 0);
	cr_expect_eq(harness_count(&h, OP_SHMEM_ADD), 1);
	cr_expect_eq(harness_count(&h, OP_WRITE_FIRST), 1);
	tell(&h, EVENT_LRU_ADD, 64, LRUF_SWAPBACKED << LRUF_SHIFT);
	tell(&h, EVENT_WRITE, 64, 0);
	cr_expect_eq(harness_count(&h, OP_SHMEM_ADD), 1);
	cr_expect_eq(harness_count(&h, OP_WRITE_FIRST), 1);
	cr_expect_eq(harness_count(&h, OP_WRITE_SHMEM), 2);
	cr_expect_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_SHMEM], 1);
	harness_fini(&h);
}

/* Only the first mapping and the last one change what the kernel counts as mapped. */
Test(pages_exact, statistics_change_at_the_first_and_the_last_mapping_of_a_file_folio)
{
	struct harness h;
	uint64_t stats;

	start(&h, 1u << CLASS_MAPCOUNT);
	alloc(&h, 64, 0, GFP_FOLIO);
	harness_event(&h, (struct event){.kind = EVENT_CACHE_ADD, .pfn = 64, .obj = 7});
	stats = harness_count(&h, OP_MEMCG_STAT);
	map(&h, EVENT_MAP_ADD, 64, 0, MAPF_PTE, 1);
	cr_expect_eq(harness_count(&h, OP_RMAP_EDGE), 1);
	map(&h, EVENT_MAP_ADD, 64, 0, MAPF_PTE, 1);
	map(&h, EVENT_MAP_DEL, 64, 0, MAPF_PTE, 1);
	cr_expect_eq(harness_count(&h, OP_RMAP_EDGE), 1, "one mapping is left");
	map(&h, EVENT_MAP_DEL, 64, 0, MAPF_PTE, 1);
	cr_expect_eq(harness_count(&h, OP_RMAP_EDGE), 2);
	cr_expect_eq(harness_count(&h, OP_MEMCG_STAT) - stats, 2);
	cr_expect_eq(harness_count(&h, OP_ZAP_FILE), 2);
	harness_fini(&h);
}

/* A process that ends zaps its pages; khugepaged takes them away one by one. */
Test(pages_exact, a_kernel_thread_unmaps_without_zapping)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT);
	fault(&h, 64, GFP_FOLIO | GFPC_ZERO);
	tell(&h, EVENT_TASK, 0, 30);
	map(&h, EVENT_MAP_DEL, 64, 0, MAPF_ANON, 1);
	cr_expect_eq(harness_count(&h, OP_ZAP) + harness_count(&h, OP_WP_COPY), 0);
	cr_expect_eq(harness_count(&h, OP_RMAP_DEL), 1);
	cr_expect_eq(harness_count(&h, OP_PUT), 1);
	harness_fini(&h);
}

static void move(struct harness *h, uint64_t from, uint8_t order, uint64_t to)
{
	harness_event(
		h, (struct event){.kind = EVENT_MIGRATE, .pfn = from, .order = order, .index = to});
}

/* Compaction takes the new page without a word: dirty, mapped twice and cached it is there afterwards. */
Test(pages_exact, a_folio_that_moves_takes_all_that_it_is_along)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT | 1u << CLASS_WRITEBACK);
	alloc(&h, 64, 2, GFP_FOLIO);
	harness_event(&h, (struct event){.kind = EVENT_CACHE_ADD, .pfn = 64, .order = 2, .obj = 7});
	harness_event(&h, (struct event){.kind = EVENT_DIRTY, .pfn = 64, .order = 2});
	map(&h, EVENT_MAP_ADD, 64, 2, MAPF_PTE, 2);
	move(&h, 64, 2, 1024);
	cr_expect_eq(harness_count(&h, OP_MIGRATE_FROM), 1);
	cr_expect_eq(harness_last(&h, OP_MIGRATE_TO)->pfn, 1024);
	cr_expect_eq(harness_last(&h, OP_MIGRATE_TO)->page_kind, PAGE_KIND_FILE);
	cr_expect_eq(pages_counts(h.pages)->units[PAGE_KIND_FILE][2], 2,
		     "until the old one is freed");
	harness_check_counts(&h);
	h.ops.nr = 0;
	map(&h, EVENT_MAP_DEL, 1024, 2, MAPF_PTE, 1);
	cr_expect_eq(harness_count(&h, OP_RMAP_EDGE), 0, "one mapping is left");
	map(&h, EVENT_MAP_DEL, 1024, 2, MAPF_PTE, 1);
	cr_expect_eq(harness_count(&h, OP_RMAP_EDGE), 1);
	harness_event(&h,
		      (struct event){.kind = EVENT_CACHE_DEL, .pfn = 1024, .order = 2, .obj = 7});
	cr_expect_eq(harness_count(&h, OP_CACHE_CANCEL), 1, "it was dirty");
	cr_expect_eq(harness_count(&h, OP_CACHE_DEL_ONE), 1);
	h.ops.nr = 0;
	harness_event(
		&h,
		(struct event){.kind = EVENT_PAGE_FREE, .pfn = 64, .order = 2, .arg = FREE_HEAD});
	cr_expect_eq(pages_counts(h.pages)->units[PAGE_KIND_FILE][2], 1);
	cr_expect_eq(harness_count(&h, OP_UNDESCRIBE), 1);
	harness_check_counts(&h);
	harness_fini(&h);
}

/* From pages of which nothing was known; to where there is no memory, or no folio can be. */
Test(pages_exact, moves_that_cannot_be_are_counted)
{
	struct harness h;

	start(&h, 0);
	move(&h, 64, 0, 2048);
	move(&h, 64, 1, 101);
	move(&h, 64, 0, 64);
	cr_expect_eq(pages_counts(h.pages)->outside, 3);
	move(&h, 64, 0, 100);
	cr_expect_eq(pages_counts(h.pages)->units[PAGE_KIND_USER][0], 2);
	harness_check_counts(&h);
	harness_fini(&h);
}
