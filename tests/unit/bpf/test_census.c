// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/page_kind.h"
#include "bpf/census/census.h"

#define B(n) (1ULL << KPF_##n)

/* Feeds pages in windows of the given size and gathers the runs of all windows. */
static size_t gather_charged(uint64_t start, const uint64_t *kpf, const uint64_t *counts,
			     const uint64_t *memcgs, size_t n, size_t window,
			     struct census_run *ret, size_t max)
{
	struct census_builder b;
	uint64_t covered = start, before;
	size_t nr = 0;

	cr_assert_eq(census_builder_init(&b, window, NULL), 0);
	census_begin(&b, start);
	for (size_t i = 0; i < n; i += window) {
		size_t here = n - i < window ? n - i : window;

		before = covered;
		b.nr = 0;
		covered = census_add(&b,
				     &(struct census_window){(uint64_t *)kpf + i,
							     (uint64_t *)counts + i,
							     (uint64_t *)memcgs + i},
				     here, i + here == n);
		cr_assert(covered >= before && covered <= start + i + here);
		for (size_t j = 0; j < b.nr; j++) {
			uint64_t end = b.runs[j].start_pfn + (b.runs[j].count << b.runs[j].order);

			cr_assert(b.runs[j].start_pfn >= before && end <= covered);
			cr_assert_lt(nr, max);
			ret[nr++] = b.runs[j];
		}
	}
	cr_assert_eq(covered, start + n);
	census_builder_fini(&b);
	return nr;
}

/* Pages that nobody is charged for. */
static size_t gather(uint64_t start, const uint64_t *kpf, const uint64_t *counts, size_t n,
		     size_t window, struct census_run *ret, size_t max)
{
	uint64_t *memcgs = calloc(n, sizeof(*memcgs));
	size_t nr;

	cr_assert_not_null(memcgs);
	nr = gather_charged(start, kpf, counts, memcgs, n, window, ret, max);
	free(memcgs);
	return nr;
}

static void expect(const struct census_run *run, uint64_t start, uint64_t count, uint8_t order,
		   uint8_t kind, uint64_t mapcount)
{
	cr_assert_eq(run->start_pfn, start, "start %lu, not %lu", run->start_pfn, start);
	cr_assert_eq(run->count, count, "count %lu, not %lu", run->count, count);
	cr_assert_eq(run->order, order, "order %u, not %u", run->order, order);
	cr_assert_eq(run->kind, kind, "kind %u, not %u", run->kind, kind);
	cr_assert_eq(run->mapcount, mapcount, "mapcount %lu, not %lu", run->mapcount, mapcount);
}

Test(census, alike_units_form_one_run_and_holes_none)
{
	const uint64_t anon = B(ANON) | B(LRU) | B(MMAP) | B(SWAPBACKED);
	uint64_t kpf[] = {anon, anon, B(NOPAGE), anon, B(LRU), 0}, counts[] = {1, 1, 0, 2, 0, 0};
	struct census_run runs[8];

	cr_assert_eq(gather(100, kpf, counts, 6, 6, runs, 8), 4);
	expect(&runs[0], 100, 2, 0, PAGE_KIND_ANON, 1);
	expect(&runs[1], 103, 1, 0, PAGE_KIND_ANON, 2);
	expect(&runs[2], 104, 1, 0, PAGE_KIND_FILE, 0);
	expect(&runs[3], 105, 1, 0, PAGE_KIND_UNKNOWN, 0);
	cr_assert_eq(runs[0].flags, CENSUS_LRU | CENSUS_MAPPED | CENSUS_SWAPBACKED);
}

Test(census, types_win_over_the_bits_that_their_words_happen_to_show)
{
	static const struct {
		uint64_t kpf;
		uint8_t kind;
	} cases[] = {
		{B(SLAB) | B(ANON) | B(KSM), PAGE_KIND_SLAB},
		{B(SLAB) | B(MMAP), PAGE_KIND_SLAB},
		{B(PGTABLE) | B(ANON), PAGE_KIND_PGTABLE},
		{B(BUDDY) | B(ANON), PAGE_KIND_FREE},
		{B(NOPAGE) | B(BUDDY), PAGE_KIND_HOLE},
		{B(OFFLINE), PAGE_KIND_OFFLINE},
		{B(HUGE) | B(ANON) | B(COMPOUND_HEAD), PAGE_KIND_HUGETLB},
		{B(ZERO_PAGE) | B(RESERVED), PAGE_KIND_ZERO},
		{B(RESERVED) | B(MMAP), PAGE_KIND_RESERVED},
		{B(KSM) | B(ANON), PAGE_KIND_KSM},
		{B(ANON) | B(SWAPBACKED) | B(LRU), PAGE_KIND_ANON},
		{B(SWAPBACKED) | B(LRU) | B(UPTODATE), PAGE_KIND_SHMEM},
		{B(UNEVICTABLE) | B(MLOCKED), PAGE_KIND_FILE},
		{B(LRU) | B(MMAP), PAGE_KIND_FILE},
		{B(MMAP), PAGE_KIND_MAPPED},
		{B(COMPOUND_HEAD), PAGE_KIND_COMPOUND},
		{0, PAGE_KIND_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t kind;
		uint32_t flags;

		census_classify(cases[i].kpf, &kind, &flags);
		cr_expect_eq(kind, cases[i].kind, "case %zu: %u, not %u", i, kind, cases[i].kind);
		if (kind == PAGE_KIND_SLAB || kind == PAGE_KIND_FREE)
			cr_expect_eq(flags & ~CENSUS_COMPOUND, 0, "case %zu", i);
	}
}

/* Two order-2 folios, one of them with tails in the next window, between single pages. */
Test(census, a_folio_stays_whole_whatever_the_window)
{
	const uint64_t head = B(COMPOUND_HEAD) | B(LRU) | B(UPTODATE);
	uint64_t kpf[] = {
		B(LRU), B(LRU),		  B(LRU),	    B(LRU),
		head,	B(COMPOUND_TAIL), B(COMPOUND_TAIL), B(COMPOUND_TAIL),
		head,	B(COMPOUND_TAIL), B(COMPOUND_TAIL), B(COMPOUND_TAIL),
		0,
	};
	uint64_t counts[] = {0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 0, 0, 9};

	for (size_t window = 1; window <= 13; window++) {
		struct census_run runs[32];
		size_t nr = gather(0, kpf, counts, 13, window, runs, 32);

		/* single pages may be split where a window ends */
		cr_assert_geq(nr, 3);
		cr_assert_eq(runs[nr - 1].kind, PAGE_KIND_UNKNOWN);
		expect(&runs[nr - 1], 12, 1, 0, PAGE_KIND_UNKNOWN, 0);
		if (runs[nr - 2].count == 2) {
			expect(&runs[nr - 2], 4, 2, 2, PAGE_KIND_FILE, 3);
		} else {
			expect(&runs[nr - 3], 4, 1, 2, PAGE_KIND_FILE, 3);
			expect(&runs[nr - 2], 8, 1, 2, PAGE_KIND_FILE, 3);
		}
	}
}

Test(census, a_folio_cut_by_a_change_leaves_unknown_pages)
{
	const uint64_t head = B(COMPOUND_HEAD) | B(LRU);
	/* three pages cannot be a folio; and a tail at the very start lost its head */
	uint64_t kpf[] = {B(COMPOUND_TAIL) | B(ANON), 0, head, B(COMPOUND_TAIL), B(COMPOUND_TAIL)};
	uint64_t counts[5] = {0};
	struct census_run runs[8];

	cr_assert_eq(gather(6, kpf, counts, 5, 5, runs, 8), 4);
	expect(&runs[0], 6, 1, 0, PAGE_KIND_COMPOUND, 0);
	expect(&runs[1], 7, 1, 0, PAGE_KIND_UNKNOWN, 0);
	expect(&runs[2], 8, 1, 1, PAGE_KIND_FILE, 0);
	expect(&runs[3], 10, 1, 0, PAGE_KIND_UNKNOWN, 0);
}

/* Pages 3 .. 3000: worked out by hand; 1024 and 2048 are the order-10 boundaries. */
Test(census, free_runs_become_the_blocks_of_a_buddy_allocator)
{
	static const struct {
		uint64_t start, count;
		uint8_t order;
	} blocks[] = {
		{3, 1, 0},    {4, 1, 2},    {8, 1, 3},	  {16, 1, 4},	 {32, 1, 5},   {64, 1, 6},
		{128, 1, 7},  {256, 1, 8},  {512, 1, 9},  {1024, 1, 10}, {2048, 1, 9}, {2560, 1, 8},
		{2816, 1, 7}, {2944, 1, 5}, {2976, 1, 4}, {2992, 1, 3},
	};
	enum { FIRST = 3, END = 3000, NR = END - FIRST };
	uint64_t *kpf = malloc(NR * sizeof(*kpf)), *counts = calloc(NR, sizeof(*counts));
	static const size_t windows[] = {1, 7, 512, 1000, 1024, 1025, NR};

	for (size_t i = 0; i < NR; i++)
		kpf[i] = B(BUDDY);
	for (size_t w = 0; w < sizeof(windows) / sizeof(windows[0]); w++) {
		struct census_run runs[64];
		size_t nr = gather(FIRST, kpf, counts, NR, windows[w], runs, 64);

		cr_assert_eq(nr, sizeof(blocks) / sizeof(blocks[0]), "window %zu: %zu", windows[w],
			     nr);
		for (size_t i = 0; i < nr; i++)
			expect(&runs[i], blocks[i].start, blocks[i].count, blocks[i].order,
			       PAGE_KIND_FREE, 0);
	}
	free(kpf);
	free(counts);
}

/* The group of a folio is its first page's; and slabs' words are no groups. */
Test(census, units_of_different_groups_are_different_runs)
{
	const uint64_t anon = B(ANON) | B(LRU) | B(SWAPBACKED), head = anon | B(COMPOUND_HEAD);
	uint64_t kpf[] = {anon, anon, anon, anon, head, B(COMPOUND_TAIL), B(SLAB), B(BUDDY), 0};
	uint64_t counts[9] = {0}, memcgs[] = {7, 7, 8, 0, 9, 7, 7, 7, 5};

	for (size_t window = 1; window <= 9; window++) {
		static const uint64_t expected[] = {7, 7, 8, 0, 9, 9, 0, 0, 5};
		struct census_run runs[16];
		size_t nr = gather_charged(100, kpf, counts, memcgs, 9, window, runs, 16);

		if (window == 9)
			cr_assert_eq(nr, 7);
		for (size_t i = 0; i < nr; i++)
			for (uint64_t p = 0; p < runs[i].count << runs[i].order; p++)
				cr_assert_eq(runs[i].memcg, expected[runs[i].start_pfn - 100 + p],
					     "window %zu, pfn %lu", window, runs[i].start_pfn + p);
	}
}

/* A 1 GiB folio: far larger than a window. */
Test(census, a_gigantic_folio_is_one_unit)
{
	enum { NR = 1 << 18 };
	uint64_t *kpf = malloc(NR * sizeof(*kpf)), *counts = calloc(NR, sizeof(*counts));
	struct census_run runs[4];

	for (size_t i = 0; i < NR; i++)
		kpf[i] = B(HUGE) | (i ? B(COMPOUND_TAIL) : B(COMPOUND_HEAD));
	cr_assert_eq(gather(NR, kpf, counts, NR, 8192, runs, 4), 1);
	expect(&runs[0], NR, 1, 18, PAGE_KIND_HUGETLB, 0);
	free(kpf);
	free(counts);
}

/* A step's time is that of all it tells: what is read with it does not wait for the next. */
Test(census, a_folio_at_the_end_of_a_step_belongs_to_it)
{
	enum { NR = 1024 };
	static uint64_t kpf[NR], counts[NR], memcgs[NR];
	const struct census_window window = {kpf, counts, memcgs};
	struct census_builder b;

	kpf[NR - 4] = B(COMPOUND_HEAD);
	for (int i = NR - 3; i < NR; i++)
		kpf[i] = B(COMPOUND_TAIL);
	cr_assert_eq(census_builder_init(&b, NR, NULL), 0);
	census_begin(&b, 0);
	cr_assert_eq(census_add(&b, &window, NR, false), NR);
	expect(&b.runs[b.nr - 1], NR - 4, 1, 2, PAGE_KIND_COMPOUND, 0);
	census_builder_fini(&b);
}

/* Random pages against the sum of what went in, for every kind, in every window size. */
Test(census, no_page_is_lost_or_counted_twice)
{
	enum { NR = 4000 };
	static const uint64_t words[] = {0,
					 B(BUDDY),
					 B(SLAB),
					 B(LRU),
					 B(ANON),
					 B(NOPAGE),
					 B(COMPOUND_HEAD) | B(LRU),
					 B(COMPOUND_TAIL) | B(LRU)};
	uint64_t kpf[NR], counts[NR] = {0}, seed = 88172645463325252ULL, holes = 0;

	for (size_t i = 0; i < NR; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		kpf[i] = words[seed % 8];
		holes += kpf[i] == B(NOPAGE);
	}
	for (size_t window = 1; window < NR; window = window * 3 + 1) {
		struct census_run *runs = malloc(NR * sizeof(*runs));
		size_t nr = gather(5, kpf, counts, NR, window, runs, NR);
		uint64_t pages = 0, at = 5;

		for (size_t i = 0; i < nr; i++) {
			cr_assert_geq(runs[i].start_pfn, at);
			cr_assert_eq(runs[i].start_pfn & ((1ULL << runs[i].order) - 1), 0);
			at = runs[i].start_pfn + (runs[i].count << runs[i].order);
			pages += runs[i].count << runs[i].order;
		}
		cr_assert_eq(pages + holes, NR);
		free(runs);
	}
}

/* With the vmemmap optimisation every 64 pages of a 2 MiB page show the head's flags again. */
Test(census, heads_that_are_mapped_again_do_not_cut_a_huge_page_up)
{
	enum { PAGES = 3 * 512 + 64 };
	const uint64_t head = B(HUGE) | B(COMPOUND_HEAD), tail = B(HUGE) | B(COMPOUND_TAIL);
	static uint64_t kpf[PAGES], counts[PAGES], memcgs[PAGES];
	struct census_builder b;

	for (int i = 0; i < PAGES; i++) {
		kpf[i] = i % 64 ? tail : head;
		counts[i] = 0;
	}
	/* what follows the third huge page is a compound page of another kind */
	for (int i = 3 * 512; i < PAGES; i++)
		kpf[i] = i % 64 ? B(COMPOUND_TAIL) : B(COMPOUND_HEAD);
	cr_assert_eq(census_builder_init(&b, PAGES, NULL), 0);
	b.huge_order = 9;
	census_begin(&b, 512);
	census_add(&b, &(struct census_window){kpf, counts, memcgs}, PAGES, true);
	cr_assert_eq(b.nr, 2);
	expect(&b.runs[0], 512, 3, 9, PAGE_KIND_HUGETLB, 0);
	expect(&b.runs[1], 4 * 512, 1, 6, PAGE_KIND_COMPOUND, 0);
	census_builder_fini(&b);
}

/* A free block's first page, as the memmap has it. */
static uint64_t block(unsigned int order)
{
	return B(BUDDY) | (uint64_t)(order + 1) << KPF_MEMMAP_ORDER;
}

Test(census, a_free_block_that_tells_its_order_is_taken_as_it_is)
{
	/* its other pages show what they were before; two of order 1 are not merged into one */
	uint64_t kpf[] = {block(1), B(LRU), block(1), 0, block(0), B(LRU), B(LRU), B(LRU)};
	uint64_t counts[8] = {0};
	struct census_run runs[8];

	for (size_t window = 2; window <= 8; window *= 2) {
		size_t nr = gather(64, kpf, counts, 8, window, runs, 8), at = window == 2;

		cr_assert_eq(nr, window == 2 ? 5 : 3);
		expect(&runs[0], 64, window == 2 ? 1 : 2, 1, PAGE_KIND_FREE, 0);
		expect(&runs[1 + at], 68, 1, 0, PAGE_KIND_FREE, 0);
		expect(&runs[2 + at], 69, window == 2 ? 1 : 3, 0, PAGE_KIND_FILE, 0);
	}
}

Test(census, an_order_that_cannot_be_right_is_not_believed)
{
	uint64_t counts[4] = {0};
	uint64_t unaligned[] = {B(LRU), block(1), B(LRU), B(LRU)};
	uint64_t too_long[] = {B(LRU), B(LRU), block(2), B(LRU)};
	uint64_t absurd[] = {block(20), B(LRU), B(LRU), B(LRU)};
	struct census_run runs[4];

	cr_assert_eq(gather(64, unaligned, counts, 4, 4, runs, 4), 3);
	expect(&runs[1], 65, 1, 0, PAGE_KIND_FREE, 0);
	cr_assert_eq(gather(64, too_long, counts, 4, 4, runs, 4), 3);
	expect(&runs[1], 66, 1, 0, PAGE_KIND_FREE, 0);
	cr_assert_eq(gather(64, absurd, counts, 4, 4, runs, 4), 2);
	expect(&runs[0], 64, 1, 0, PAGE_KIND_FREE, 0);
}

Test(census, what_only_the_memmap_tells_has_its_kind)
{
	uint64_t kpf[] = {B(MEMMAP_PCP), B(MEMMAP_ZSMALLOC), B(MEMMAP_NETPOOL),
			  B(MEMMAP_KMALLOC) | B(COMPOUND_HEAD), B(COMPOUND_TAIL)};
	uint64_t counts[5] = {0};
	struct census_run runs[5];

	cr_assert_eq(gather(1, kpf, counts, 3, 3, runs, 5), 3);
	expect(&runs[0], 1, 1, 0, PAGE_KIND_PCP, 0);
	expect(&runs[1], 2, 1, 0, PAGE_KIND_ZSMALLOC, 0);
	expect(&runs[2], 3, 1, 0, PAGE_KIND_NETPOOL, 0);
	cr_assert_eq(gather(4, kpf + 3, counts, 2, 2, runs, 5), 1);
	expect(&runs[0], 4, 1, 1, PAGE_KIND_COMPOUND, 0);
}

Test(census, a_folio_is_mapped_when_any_of_its_pages_is)
{
	const uint64_t anon = B(ANON) | B(LRU) | B(SWAPBACKED);
	uint64_t kpf[] = {anon | B(COMPOUND_HEAD), B(COMPOUND_TAIL) | B(MMAP)}, counts[] = {0, 3};
	struct census_run runs[2];

	cr_assert_eq(gather(8, kpf, counts, 2, 2, runs, 2), 1);
	expect(&runs[0], 8, 1, 1, PAGE_KIND_ANON, 3);
	cr_assert(runs[0].flags & CENSUS_MAPPED);
}
