// SPDX-License-Identifier: GPL-2.0-only
/* Huge pages that are split, and put together by khugepaged. */
#include "tests/unit/sim/pages_harness.h"

static void start(struct harness *h, uint32_t exact)
{
	harness_init_exact(h, 2048, exact);
	harness_all_free(h);
}

static void alloc(struct harness *h, uint64_t pfn, uint8_t order)
{
	harness_event(h, (struct event){.kind = EVENT_PAGE_ALLOC,
					.pfn = pfn,
					.order = order,
					.arg = GFPC_MOVABLE | GFPC_COMP});
}

static void thp(struct harness *h, uint64_t pfn, uint8_t order, uint32_t arg)
{
	harness_event(h, (struct event){.kind = EVENT_THP, .pfn = pfn, .order = order, .arg = arg});
}

/* Sixteen pages become four folios, of which one is freed and the others stay. */
Test(pages_thp, a_huge_page_that_is_split_is_as_many_folios)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT);
	alloc(&h, 64, 4);
	harness_event(&h, (struct event){.kind = EVENT_LRU_ADD,
					 .pfn = 64,
					 .order = 4,
					 .arg = 1 | LRUF_ANON << LRUF_SHIFT});
	h.ops.nr = 0;
	thp(&h, 64, 4, THP_SPLIT | 2 << THP_ORDER_SHIFT);
	cr_expect_eq(pages_counts(h.pages)->units[PAGE_KIND_ANON][4], 0);
	cr_expect_eq(pages_counts(h.pages)->units[PAGE_KIND_ANON][2], 4);
	cr_expect_eq(harness_count(&h, OP_SPLIT), 1);
	cr_expect_eq(harness_last(&h, OP_SPLIT)->order, 4);
	cr_expect_eq(harness_count(&h, OP_SPLIT_PART), 3);
	cr_expect_eq(harness_last(&h, OP_SPLIT_PART)->pfn, 76);
	cr_expect_eq(harness_count(&h, OP_UNDESCRIBE), 1);
	cr_expect_eq(harness_count(&h, OP_DESCRIBE), 4);
	h.ops.nr = 0;
	harness_event(
		&h,
		(struct event){.kind = EVENT_PAGE_FREE, .pfn = 68, .order = 2, .arg = FREE_HEAD});
	cr_expect_eq(pages_counts(h.pages)->units[PAGE_KIND_ANON][2], 3);
	cr_expect_eq(harness_count(&h, OP_FREE_TAILS), 1, "its tails point to its own head");
	harness_check_counts(&h);
	harness_fini(&h);
}

/* Into what it is already, or larger ones; and where nothing was known of the pages. */
Test(pages_thp, splits_that_cannot_be_are_counted)
{
	struct harness h;

	start(&h, 0);
	alloc(&h, 64, 2);
	thp(&h, 64, 2, THP_SPLIT | 2 << THP_ORDER_SHIFT);
	thp(&h, 64, 2, THP_SPLIT | 9 << THP_ORDER_SHIFT);
	thp(&h, 2048, 9, THP_SPLIT);
	cr_expect_eq(pages_counts(h.pages)->outside, 3);
	cr_expect_eq(harness_count(&h, OP_SPLIT), 0);
	thp(&h, 512, 3, THP_SPLIT);
	cr_expect_eq(pages_counts(h.pages)->units[PAGE_KIND_USER][0], 8);
	harness_check_counts(&h);
	harness_fini(&h);
}

/* It is looked at twice and taken once, off its list; a tail stands for its folio, a page of nobody for a process's. */
Test(pages_thp, khugepaged_looks_at_pages_and_takes_them)
{
	struct harness h;

	start(&h, 0);
	alloc(&h, 64, 2);
	harness_event(&h, (struct event){.kind = EVENT_LRU_ADD,
					 .pfn = 64,
					 .order = 2,
					 .arg = 1 | LRUF_ANON << LRUF_SHIFT});
	h.ops.nr = 0;
	thp(&h, 64, 0, THP_SCAN);
	thp(&h, 66, 0, THP_SCAN);
	cr_expect_eq(harness_count(&h, OP_COLLAPSE_SCAN), 2);
	cr_expect_eq(harness_last(&h, OP_COLLAPSE_SCAN)->pfn, 64);
	cr_expect_eq(harness_count(&h, OP_LRU_DEL), 0);
	thp(&h, 64, 0, THP_COLLAPSE);
	thp(&h, 65, 0, THP_COLLAPSE);
	cr_expect_eq(harness_count(&h, OP_COLLAPSE_TAKE), 2);
	cr_expect_eq(harness_count(&h, OP_LRU_ISOLATE), 1, "it is on a list only once");
	cr_expect_eq(harness_count(&h, OP_LRU_DEL), 0, "whoever isolates it does not free it");
	thp(&h, 512, 0, THP_SCAN);
	cr_expect_eq(pages_counts(h.pages)->units[PAGE_KIND_ANON][0], 1);
	harness_check_counts(&h);
	harness_fini(&h);
}

/* What a thread of the kernel unmaps is khugepaged's if it was taken before; else reclaim has it in hand. */
Test(pages_thp, a_page_that_was_copied_is_let_go)
{
	struct harness h;

	start(&h, 1u << CLASS_MAPCOUNT);
	for (uint64_t pfn = 64; pfn < 66; pfn++) {
		alloc(&h, pfn, 0);
		harness_event(&h, (struct event){.kind = EVENT_LRU_ADD,
						 .pfn = pfn,
						 .arg = 1 | LRUF_ANON << LRUF_SHIFT});
	}
	harness_event(&h, (struct event){.kind = EVENT_TASK, .arg = 30, .count = 0});
	thp(&h, 64, 0, THP_COLLAPSE);
	for (uint64_t pfn = 64; pfn < 66; pfn++)
		harness_event(&h, (struct event){.kind = EVENT_MAP_DEL,
						 .pfn = pfn,
						 .count = 1,
						 .arg = MAPF_ANON});
	cr_expect_eq(harness_count(&h, OP_COLLAPSE_DONE), 1);
	cr_expect_eq(harness_last(&h, OP_COLLAPSE_DONE)->pfn, 64);
	cr_expect_eq(harness_count(&h, OP_RMAP_DEL), 2);
	harness_fini(&h);
}

/* folio_batch_add_and_move(): what is large goes to its list at once, before write() has filled it. */
Test(pages_thp, a_large_folio_reaches_its_list_before_it_is_filled)
{
	for (uint8_t order = 0; order < 3; order += 2) {
		struct event e = {.pfn = 64, .order = order};
		struct harness h;

		harness_init_exact(&h, 2048, 1u << CLASS_LOOKUP);
		harness_all_free(&h);
		e.kind = EVENT_PAGE_ALLOC;
		e.arg = GFPC_MOVABLE | GFPC_COMP;
		harness_event(&h, e);
		e.arg = 2; /* LRU_INACTIVE_FILE */
		e.kind = EVENT_CACHE_ADD;
		harness_event(&h, e);
		e.kind = EVENT_LRU_ADD;
		harness_event(&h, e);
		cr_expect_eq(harness_count(&h, OP_READ_IN), order ? 0 : 1);
		e.kind = EVENT_WRITE;
		harness_event(&h, e);
		e.kind = EVENT_FOLIO_GET;
		e.arg = FOLIO_GET_READ;
		harness_event(&h, e);
		cr_expect_eq(harness_count(&h, OP_READ_IN), order ? 0 : 1);
		harness_fini(&h);
	}
}
