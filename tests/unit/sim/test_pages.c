// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>

#include "tests/draw.h"
#include "tests/unit/sim/pages_harness.h"

enum { GFP_FOLIO = GFPC_MOVABLE | GFPC_COMP };

/*
 * The oracle: a buddy allocator that knows nothing of lists or units. It keeps the set of free pages and
 * derives the blocks from it: the largest aligned blocks that are wholly free and were put together by
 * frees; a map of block heads is merged to a fixed point after each free.
 */
enum { NR = 4096 };

struct oracle {
	int8_t block[NR]; /* order of the free block that starts here, -1: none */
};

static bool oracle_merge_once(struct oracle *o)
{
	for (uint32_t pfn = 0; pfn < NR; pfn++) {
		int order = o->block[pfn];
		uint32_t buddy;

		if (order < 0 || order == BUDDY_MAX_ORDER)
			continue;
		buddy = pfn ^ (1U << order);
		if (o->block[buddy] != order)
			continue;
		o->block[pfn & buddy] = (int8_t)(order + 1);
		o->block[pfn | buddy] = -1;
		return true;
	}
	return false;
}

static void oracle_free(struct oracle *o, uint32_t pfn, int order)
{
	o->block[pfn] = (int8_t)order;
	while (oracle_merge_once(o))
		;
}

/* The lowest block that is large enough, cut down; UINT32_MAX: none. */
static uint32_t oracle_alloc(struct oracle *o, int order)
{
	for (uint32_t pfn = 0; pfn < NR; pfn++) {
		int have = o->block[pfn];

		if (have < order)
			continue;
		o->block[pfn] = -1;
		while (have > order) {
			have--;
			o->block[pfn + (1U << have)] = (int8_t)have;
		}
		return pfn;
	}
	return UINT32_MAX;
}

static void compare(const struct harness *h, const struct oracle *o, uint64_t in_use)
{
	const struct pages_counts *counts = pages_counts(h->pages);
	uint64_t blocks[BUDDY_MAX_ORDER + 1] = {0};

	for (uint32_t pfn = 0; pfn < NR; pfn++)
		if (o->block[pfn] >= 0)
			blocks[o->block[pfn]]++;
	for (int order = 0; order <= BUDDY_MAX_ORDER; order++)
		cr_assert_eq(counts->free_blocks[order], blocks[order], "order %d: %lu, not %lu",
			     order, counts->free_blocks[order], blocks[order]);
	cr_assert_eq(counts->kind_pages[PAGE_KIND_USER], in_use);
	harness_check_counts(h);
	cr_assert_eq(counts->reallocated + counts->buddy_unknown + counts->unseen_frees, 0);
}

Test(pages, free_blocks_are_those_of_an_independent_buddy_allocator)
{
	struct {
		uint32_t pfn;
		int order;
	} used[600];
	struct oracle *o = malloc(sizeof(*o));
	size_t nr_used = 0;
	uint64_t seed = 88172645463325252ULL, in_use = 0;
	struct harness h;

	harness_init(&h, NR);
	harness_all_free(&h);
	memset(o->block, -1, sizeof(o->block));
	for (uint32_t pfn = 0; pfn < NR; pfn += 1 << BUDDY_MAX_ORDER)
		o->block[pfn] = BUDDY_MAX_ORDER;
	for (int step = 0; step < 6000; step++) {
		if (nr_used < 600 && draw(&seed) % 100 < 52) {
			int order =
				draw(&seed) % 8 ? (int)(draw(&seed) % 4) : (int)(draw(&seed) % 11);
			uint32_t pfn = oracle_alloc(o, order);

			if (pfn == UINT32_MAX)
				continue;
			harness_event(&h, (struct event){.kind = EVENT_BUDDY_TAKE,
							 .pfn = pfn,
							 .order = (uint8_t)order});
			harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC,
							 .pfn = pfn,
							 .order = (uint8_t)order,
							 .arg = GFP_FOLIO});
			used[nr_used].pfn = pfn;
			used[nr_used++].order = order;
			in_use += 1ULL << order;
		} else if (nr_used) {
			size_t i = draw(&seed) % nr_used;
			struct event e = {.pfn = used[i].pfn, .order = (uint8_t)used[i].order};

			e.kind = EVENT_PAGE_FREE;
			harness_event(&h, e);
			/* orders with a per-CPU list wait there until they are drained */
			e.kind = EVENT_PCP_DRAIN;
			if (e.order <= 3 || e.order == 9)
				harness_event(&h, e);
			oracle_free(o, used[i].pfn, used[i].order);
			in_use -= 1ULL << used[i].order;
			used[i] = used[--nr_used];
		}
		if (step % 50 == 0)
			compare(&h, o, in_use);
		h.ops.nr = 0;
	}
	compare(&h, o, in_use);
	harness_fini(&h);
	free(o);
}

Test(pages, an_anonymous_folio_lives_and_dies)
{
	struct harness h;
	const struct pages_counts *counts;

	harness_init(&h, 2048);
	harness_all_free(&h);
	harness_event(
		&h,
		(struct event){.kind = EVENT_BUDDY_TAKE, .pfn = 8, .arg = BUDDY_TAKE_PCP_REFILL});
	harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 8, .arg = GFP_FOLIO});
	counts = pages_counts(h.pages);
	cr_assert_eq(counts->kind_pages[PAGE_KIND_USER], 1);
	harness_event(&h, (struct event){.kind = EVENT_LRU_ADD,
					 .pfn = 8,
					 .arg = 1 | (LRUF_ANON | LRUF_SWAPBACKED) << LRUF_SHIFT});
	cr_assert_eq(counts->kind_pages[PAGE_KIND_ANON], 1);
	cr_assert_eq(counts->kind_pages[PAGE_KIND_USER], 0);
	cr_assert_eq(harness_count(&h, OP_ANON_MAP), 1);
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 8, .arg = FREE_ANON});
	cr_assert_eq(harness_count(&h, OP_ANON_UNMAP), 1);
	cr_assert_eq(harness_count(&h, OP_LRU_DEL), 1);
	cr_assert_eq(harness_count(&h, OP_DESCRIBE), 1);
	cr_assert_eq(harness_count(&h, OP_UNDESCRIBE), 1);
	cr_assert_eq(counts->kind_pages[PAGE_KIND_PCP], 1);
	harness_fini(&h);
}

Test(pages, list_neighbours_are_the_folios_added_before)
{
	const uint32_t file = LRUF_SHIFT ? 2 : 0;
	struct harness h;

	harness_init(&h, 2048);
	harness_all_free(&h);
	for (uint64_t pfn = 100; pfn < 103; pfn++) {
		harness_event(
			&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = pfn, .arg = GFP_FOLIO});
		harness_event(&h, (struct event){.kind = EVENT_LRU_ADD, .pfn = pfn, .arg = file});
	}
	cr_assert_eq(harness_last(&h, OP_LRU_ADD)->next, 101);
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 101});
	cr_assert_eq(harness_last(&h, OP_LRU_DEL)->next, 100);
	cr_assert_eq(harness_last(&h, OP_LRU_DEL)->prev, 102);
	harness_event(&h, (struct event){.kind = EVENT_LRU_ACTIVATE, .pfn = 100});
	cr_assert_eq(harness_last(&h, OP_LRU_ACTIVATE)->prev, 102,
		     "100 was behind 102 once 101 had gone");
	cr_assert_eq(harness_last(&h, OP_LRU_ACTIVATE)->next, PFN_NONE);
	cr_assert_eq(pages_counts(h.pages)->neighbours_unknown, 0);
	harness_fini(&h);
}

/* Each node has lists of its own: LRU, free blocks and those of the CPUs. */
Test(pages, pages_of_two_nodes_are_no_neighbours)
{
	static const uint64_t pfns[] = {100, 2100, 101, 2101};
	struct harness h;

	harness_init_nodes(&h, 4096);
	harness_all_free(&h);
	for (size_t i = 0; i < 4; i++) {
		struct event e = {.kind = EVENT_PAGE_ALLOC, .pfn = pfns[i], .arg = GFP_FOLIO};

		harness_event(&h, e);
		e = (struct event){.kind = EVENT_LRU_ADD, .pfn = pfns[i], .arg = 2};
		harness_event(&h, e);
		cr_expect_eq(harness_last(&h, OP_LRU_ADD)->next,
			     i < 2 ? PFN_NONE : (uint32_t)pfns[i - 2], "%zu", i);
	}
	/* 100 is behind 101, nothing before it is of its node */
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 101});
	cr_expect_eq(harness_last(&h, OP_LRU_DEL)->prev, PFN_NONE);
	cr_expect_eq(harness_last(&h, OP_LRU_DEL)->next, 100);
	for (size_t i = 0; i < h.ops.nr; i++) {
		const struct op *op = &h.ops.ops[i];

		if (op->next != PFN_NONE)
			cr_expect_eq(op->next / 2048, op->pfn / 2048, "%zu", i);
		if (op->prev != PFN_NONE)
			cr_expect_eq(op->prev / 2048, op->pfn / 2048, "%zu", i);
	}
	cr_expect_eq(pages_counts(h.pages)->neighbours_unknown, 0);
	harness_fini(&h);
}

Test(pages, a_split_huge_page_becomes_small_folios)
{
	struct harness h;

	harness_init(&h, 2048);
	harness_all_free(&h);
	harness_event(
		&h,
		(struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 512, .order = 9, .arg = GFP_FOLIO});
	harness_event(&h, (struct event){.kind = EVENT_LRU_ADD,
					 .pfn = 512,
					 .order = 9,
					 .arg = (LRUF_ANON | LRUF_SWAPBACKED) << LRUF_SHIFT});
	cr_assert_eq(harness_count(&h, OP_DESCRIBE), 1);
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 700, .arg = FREE_ANON});
	cr_assert_eq(harness_count(&h, OP_DESCRIBE), 1 + 512);
	cr_assert_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_ANON], 511);
	cr_assert_eq(pages_counts(h.pages)->split, 1);
	harness_fini(&h);
}

Test(pages, lookups_find_folios_by_file_and_index)
{
	struct harness h;
	const struct pages_counts *c;

	harness_init(&h, 2048);
	harness_all_free(&h);
	c = pages_counts(h.pages);
	harness_event(
		&h,
		(struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 64, .order = 2, .arg = GFP_FOLIO});
	harness_event(
		&h, (struct event){
			    .kind = EVENT_CACHE_ADD, .pfn = 64, .order = 2, .obj = 7, .index = 4});
	harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 70, .arg = GFP_FOLIO});
	harness_event(&h, (struct event){.kind = EVENT_CACHE_ADD, .pfn = 70, .obj = 7, .index = 8});
	harness_event(&h,
		      (struct event){.kind = EVENT_CACHE_READ, .obj = 7, .index = 5, .count = 4});
	cr_assert_eq(c->lookups_resolved, 2, "pages 5..8 are the folios at 4 and 8");
	cr_assert_eq(harness_last(&h, OP_CACHE_READ)->pfn, 70);
	harness_event(&h, (struct event){.kind = EVENT_CACHE_FAULT, .obj = 8, .index = 5});
	cr_assert_eq(c->lookups_unresolved, 1);
	harness_event(
		&h, (struct event){
			    .kind = EVENT_CACHE_DEL, .pfn = 64, .order = 2, .obj = 7, .index = 4});
	harness_event(&h, (struct event){.kind = EVENT_CACHE_FAULT, .obj = 7, .index = 4});
	cr_assert_eq(c->lookups_unresolved, 2);
	cr_assert_eq(c->kind_pages[PAGE_KIND_FILE], 5);
	harness_fini(&h);
}

Test(pages, what_lies_outside_is_counted_and_left_alone)
{
	struct census_run run = {.start_pfn = 2000, .count = 49, .kind = PAGE_KIND_FILE};
	struct trace_block block = {.type = BLOCK_CENSUS};
	struct harness h;

	harness_init(&h, 2048);
	harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 2048});
	harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 2040, .order = 4});
	harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 1, .order = 1});
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 1, .cpu = 2});
	cr_assert_eq(pages_counts(h.pages)->outside, 4);
	/* events without a page have a CPU, too */
	harness_event(&h, (struct event){.kind = EVENT_CACHE_ADD, .pfn = 9, .obj = 7});
	h.ops.nr = 0;
	harness_event(&h, (struct event){.kind = EVENT_CACHE_FAULT, .obj = 7, .cpu = 2});
	harness_event(&h, (struct event){.kind = EVENT_CACHE_READ, .obj = 7, .count = 1, .cpu = 2});
	harness_event(&h, (struct event){.kind = EVENT_TASK, .cpu = UINT16_MAX});
	cr_assert_eq(pages_counts(h.pages)->outside, 7);
	cr_assert_eq(h.ops.nr, 0);
	harness_event(&h, (struct event){.kind = EVENT_CACHE_FAULT, .obj = 7, .cpu = 1});
	cr_assert_gt(h.ops.nr, 0);
	block.census.runs = &run;
	block.census.nr = 1;
	cr_assert_lt(pages_census(h.pages, &block, &h.ops, NULL), 0);
	harness_fini(&h);
}

/* More than the buddy allocator ever has in one block: of contiguous allocations, which bypass it. */
Test(pages, what_is_larger_than_a_block_is_freed_as_several)
{
	struct census_run run = {.count = 1, .kind = PAGE_KIND_FREE, .order = 12};
	struct harness h;

	harness_init(&h, 3 << 12);
	harness_census(&h, &run, 1);
	cr_expect_eq(pages_counts(h.pages)->free_blocks[BUDDY_MAX_ORDER], 4);
	harness_event(&h, (struct event){.kind = EVENT_PAGE_ALLOC, .pfn = 1 << 12, .order = 12});
	harness_event(&h, (struct event){.kind = EVENT_PAGE_FREE, .pfn = 1 << 12, .order = 12});
	cr_expect_eq(pages_counts(h.pages)->free_blocks[BUDDY_MAX_ORDER], 8);
	cr_expect_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_FREE], 2 << 12);
	harness_check_counts(&h);
	harness_event(&h, (struct event){.kind = EVENT_BUDDY_TAKE, .pfn = 5 << 10, .order = 9});
	cr_expect_eq(pages_counts(h.pages)->free_blocks[BUDDY_MAX_ORDER], 7);
	cr_expect_eq(pages_counts(h.pages)->free_blocks[9], 1);
	cr_expect_eq(pages_counts(h.pages)->buddy_unknown, 0);
	harness_check_counts(&h);
	harness_fini(&h);
}

/* Random events, sensible or not, must never break the bookkeeping: what a damaged trace could hold. */
Test(pages, nonsense_keeps_every_page_in_exactly_one_kind)
{
	uint64_t seed = 1442695040888963407ULL;
	struct harness h;

	harness_init(&h, NR);
	harness_all_free(&h);
	for (int step = 0; step < 60000; step++) {
		struct event e = {
			.kind = (uint8_t)(1 + draw(&seed) % (EVENT_KIND_MAX - 1)),
			.order = (uint8_t)(draw(&seed) % 11),
			.cpu = (uint16_t)(draw(&seed) % 2),
			.arg = (uint32_t)draw(&seed),
			.obj = (uint32_t)(draw(&seed) % 5),
			.index = draw(&seed) % 64,
			.count = (uint32_t)(draw(&seed) % 32),
		};

		if (draw(&seed) % 4)
			e.order = (uint8_t)(draw(&seed) % 2);
		e.pfn = draw(&seed) % NR;
		if (!(event_info(e.kind)->fields & F_COUNT))
			e.pfn &= ~((1ULL << e.order) - 1);
		harness_event(&h, e);
		h.ops.nr = 0;
		if (step % 100 == 0)
			harness_check_counts(&h);
	}
	harness_fini(&h);
}
