// SPDX-License-Identifier: GPL-2.0-only
/* Page tables: what their levels take, their locks, and how they are let go. */
#include "tests/unit/sim/pages_harness.h"

enum { TABLE = 64, TOP = 128, GFP_TABLE = GFPC_ZERO | GFPC_ACCOUNT };

static const struct trace_code all_told = {.told = UINT64_MAX >> (64 - CODE_MAX)};

static void start(struct harness *h, uint64_t has)
{
	struct trace_code code = all_told;

	code.has = has;
	harness_init_code(h, 2048, 1u << CLASS_KIND | 1u << CLASS_TABLE | 1u << CLASS_FORK, code);
	harness_all_free(h);
}

static void tell(struct harness *h, uint8_t kind, uint64_t pfn, uint8_t order, uint32_t arg)
{
	harness_event(h, (struct event){.kind = kind, .pfn = pfn, .order = order, .arg = arg});
}

static void table(struct harness *h, uint64_t pfn, bool begins, enum pgtable_level level)
{
	tell(h, EVENT_PGTABLE_PAGE, pfn, 0, begins | level << PGTABLE_LEVEL_SHIFT);
}

/* How many of each operation a table of this level makes when it comes and when it goes. */
static void expect(uint64_t has, enum pgtable_level level, const uint64_t wanted[8])
{
	static const enum op_kind ops[8] = {OP_PGTABLE_NEW, OP_PGTABLE_FREE,	 OP_PGTABLE_PMD,
					    OP_PGTABLE_PUD, OP_PGTABLE_PUD_FREE, OP_PGD_NEW,
					    OP_PGD_FREE,    OP_MEMCG_STAT};
	struct harness h;

	start(&h, has);
	tell(&h, EVENT_PAGE_ALLOC, TABLE, 0, GFP_TABLE);
	table(&h, TABLE, true, level);
	cr_expect_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_PGTABLE], 1);
	table(&h, TABLE, false, level);
	cr_expect_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_PGTABLE], 0);
	for (int i = 0; i < 8; i++)
		cr_expect_eq(harness_count(&h, ops[i]), wanted[i], "level %d, %s", level,
			     op_name(ops[i]));
	tell(&h, EVENT_PAGE_FREE, TABLE, 0, 0);
	cr_expect_eq(harness_count(&h, OP_PGTABLE_FREE), wanted[1], "not once more");
	harness_check_counts(&h);
	harness_fini(&h);
}

Test(pages_table, each_level_has_its_own_way_to_begin_and_to_end)
{
	const uint64_t ptdesc = 1ULL << CODE_ptdesc;

	expect(ptdesc, PGTABLE_PTE, (uint64_t[8]){1, 1, 0, 0, 0, 0, 0, 2});
	expect(ptdesc, PGTABLE_PMD, (uint64_t[8]){1, 1, 1, 0, 0, 0, 0, 2});
	expect(ptdesc, PGTABLE_PUD, (uint64_t[8]){0, 0, 0, 1, 1, 0, 0, 2});
	expect(ptdesc, PGTABLE_PGD, (uint64_t[8]){0, 0, 0, 0, 0, 1, 1, 0});
	expect(ptdesc | 1ULL << CODE___free_frozen_pages, PGTABLE_PGD,
	       (uint64_t[8]){0, 0, 0, 0, 0, 1, 1, 2});
	/* before v6.6 nobody counts those without locks */
	expect(0, PGTABLE_PMD, (uint64_t[8]){1, 1, 1, 0, 0, 0, 0, 2});
	expect(0, PGTABLE_PUD, (uint64_t[8]){0, 0, 0, 1, 1, 0, 0, 0});
}

/* In a batch with other pages their memory cgroups are asked for; after a grace period they are not. */
Test(pages_table, a_table_that_is_let_go_in_a_batch_is_asked_for_its_memory_cgroup)
{
	for (int waits = 0; waits < 2; waits++) {
		struct harness h;

		start(&h, waits ? 1ULL << CODE___free_frozen_pages : 0);
		for (int level = PGTABLE_PTE; level <= PGTABLE_PGD; level++) {
			tell(&h, EVENT_PAGE_ALLOC, TABLE + (uint64_t)level, 0, GFP_TABLE);
			table(&h, TABLE + (uint64_t)level, true, level);
			table(&h, TABLE + (uint64_t)level, false, level);
		}
		cr_expect_eq(harness_count(&h, OP_MEMCG_NONE), waits ? 0 : 3,
			     "all but the topmost one");
		harness_fini(&h);
	}
}

/* It is of two pages that are no compound page, which nobody tells but the allocation. */
Test(pages_table, the_topmost_table_is_as_large_as_it_was_allocated)
{
	const struct pages_counts *c;
	struct harness h;

	start(&h, 0);
	c = pages_counts(h.pages);
	tell(&h, EVENT_PAGE_ALLOC, TOP, 1, GFP_TABLE);
	table(&h, TOP, true, PGTABLE_PGD);
	cr_expect_eq(c->kind_pages[PAGE_KIND_PGTABLE], 2);
	cr_expect_eq(harness_last(&h, OP_PGD_NEW)->next, PFN_NONE, "the first on the list");
	tell(&h, EVENT_PAGE_ALLOC, TOP + 2, 1, GFP_TABLE);
	table(&h, TOP + 2, true, PGTABLE_PGD);
	cr_expect_eq(harness_last(&h, OP_PGD_NEW)->next, TOP);
	table(&h, TOP + 2, false, PGTABLE_PGD);
	tell(&h, EVENT_PAGE_FREE, TOP + 2, 1, 0);
	cr_expect_eq(c->kind_pages[PAGE_KIND_PGTABLE], 2);
	table(&h, TOP + 4, true, PGTABLE_PGD);
	cr_expect_eq(harness_last(&h, OP_PGD_NEW)->next, PFN_NONE, "its neighbour is gone");
	cr_expect_eq(c->split, 0);
	harness_check_counts(&h);
	harness_fini(&h);
}

/* fork locks the copy's table, finds the other and locks that, too: two locks for each pair, however many pages it copies. */
Test(pages_table, a_table_that_fork_copies_is_locked_with_its_copy)
{
	struct harness h;

	start(&h, 0);
	for (uint64_t i = 0; i < 3; i++) {
		tell(&h, EVENT_TABLE_LOCK, TABLE + 2 * i, 0, TABLE_LOCKED);
		tell(&h, EVENT_TABLE_LOCK, TABLE + 2 * i + 1, 0, TABLE_FOUND);
		for (uint64_t page = 0; page <= i; page++)
			harness_event(&h, (struct event){.kind = EVENT_MAP_DUP,
							 .pfn = 512 + page,
							 .arg = MAPF_ANON,
							 .count = 1});
		cr_expect_eq(harness_count(&h, OP_TABLE_LOCK), 2 * (i + 1));
		cr_expect_eq(harness_last(&h, OP_TABLE_LOCK)->pfn, TABLE + 2 * i + 1);
	}
	harness_fini(&h);
}
