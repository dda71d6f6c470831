// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <stdlib.h>

#include "sim/pages/policy.h"
#include "trace/meta.h"

static size_t apply(struct policy policy, struct op op, struct op_list *out)
{
	out->nr = 0;
	policy_apply(&policy, &op, 1, out);
	return out->nr;
}

static struct op folio_op(enum op_kind kind, enum page_kind page, uint8_t order)
{
	return (struct op){.pfn = 512,
			   .next = 7,
			   .prev = PFN_NONE,
			   .kind = (uint8_t)kind,
			   .order = order,
			   .page_kind = (uint8_t)page};
}

Test(policy, a_folio_becomes_as_many_as_it_has_pages)
{
	struct policy small = {.max_order = 0};
	struct op_list out = {0};

	cr_assert_eq(apply(small, folio_op(OP_LRU_ADD, PAGE_KIND_FILE, 4), &out), 16);
	for (uint32_t i = 0; i < 16; i++) {
		cr_assert_eq(out.ops[i].pfn, 512 + i);
		cr_assert_eq(out.ops[i].order, 0);
		cr_assert_eq(out.ops[i].next, i ? 512 + i - 1 : 7);
	}
	cr_assert_eq(apply(small, folio_op(OP_COMPOUND, PAGE_KIND_FILE, 4), &out), 0,
		     "an order-0 folio is not compound");
	op_list_fini(&out);
}

Test(policy, a_cap_leaves_smaller_folios_and_everything_else_alone)
{
	struct policy capped = {.max_order = 2};
	struct op_list out = {0};

	cr_assert_eq(apply(capped, folio_op(OP_DESCRIBE, PAGE_KIND_ANON, 5), &out), 8);
	cr_assert_eq(out.ops[7].pfn, 512 + 28);
	cr_assert_eq(out.ops[7].order, 2);
	cr_assert_eq(apply(capped, folio_op(OP_COMPOUND, PAGE_KIND_ANON, 5), &out), 8);
	cr_assert_eq(apply(capped, folio_op(OP_DESCRIBE, PAGE_KIND_ANON, 2), &out), 1);
	cr_assert_eq(apply(capped, folio_op(OP_DESCRIBE, PAGE_KIND_SLAB, 3), &out), 1);
	cr_assert_eq(apply(capped, folio_op(OP_BUDDY_TAKE, PAGE_KIND_FILE, 9), &out), 1);
	cr_assert_eq(apply(capped, folio_op(OP_DESCRIBE, PAGE_KIND_HUGETLB, 9), &out), 1);
	op_list_fini(&out);
}

Test(policy, without_thp_only_anonymous_memory_of_its_size_changes)
{
	struct policy no_thp = {.max_order = POLICY_AS_TRACED, .no_thp = true};
	struct op_list out = {0};

	cr_assert_eq(apply(no_thp, folio_op(OP_DESCRIBE, PAGE_KIND_ANON, 9), &out), 512);
	cr_assert_eq(apply(no_thp, folio_op(OP_DESCRIBE, PAGE_KIND_ANON, 4), &out), 1);
	cr_assert_eq(apply(no_thp, folio_op(OP_DESCRIBE, PAGE_KIND_FILE, 9), &out), 1);
	op_list_fini(&out);
}

Test(policy, none_changes_nothing)
{
	struct policy none = {.max_order = POLICY_AS_TRACED};
	char buf[64];

	cr_assert(policy_is_none(&none));
	cr_assert_str_eq(policy_text(&none, buf, sizeof(buf)), "folio sizes as traced");
}

Test(policy, a_folio_that_turns_out_to_be_anonymous_is_split_then)
{
	struct policy no_thp = {.max_order = POLICY_AS_TRACED, .no_thp = true};
	struct op op = folio_op(OP_REKIND, PAGE_KIND_ANON, 9);
	struct op_list out = {0};

	op.old_kind = PAGE_KIND_USER;
	cr_assert_eq(apply(no_thp, op, &out), 1 + 512);
	cr_assert_eq(out.ops[0].kind, OP_UNDESCRIBE);
	cr_assert_eq(out.ops[0].page_kind, PAGE_KIND_USER);
	cr_assert_eq(out.ops[0].order, 9);
	cr_assert_eq(out.ops[512].kind, OP_DESCRIBE);
	cr_assert_eq(out.ops[512].pfn, 512 + 511);
	op_list_fini(&out);
}

Test(policy, what_the_census_found_side_by_side_stays_side_by_side)
{
	struct policy capped = {.max_order = 2};
	struct op op = folio_op(OP_SEED, PAGE_KIND_ANON, 5);
	struct op_list out = {0};

	op.next = 512 + 3 * 32; /* four units */
	cr_assert_eq(op_units(&op), 4);
	cr_assert_eq(apply(capped, op, &out), 1);
	cr_assert_eq(out.ops[0].pfn, 512);
	cr_assert_eq(out.ops[0].order, 2);
	cr_assert_eq(op_units(&out.ops[0]), 4 * 8);
	op.next = PFN_NONE;
	cr_assert_eq(op_units(&op), 1);
	cr_assert_eq(apply(capped, op, &out), 1);
	cr_assert_eq(op_units(&out.ops[0]), 8);
	op_list_fini(&out);
}

/* The same units that the operations come to: of folios alone, and as many pages as before. */
Test(policy, units_are_counted_as_the_operations_have_them)
{
	struct policy capped = {.max_order = 2},
		      no_thp = {.max_order = POLICY_AS_TRACED, .no_thp = true};
	struct pages_counts *counts = calloc(1, sizeof(*counts)), *ret = calloc(1, sizeof(*ret));

	counts->units[PAGE_KIND_ANON][9] = 3;
	counts->units[PAGE_KIND_FILE][9] = 4;
	counts->units[PAGE_KIND_FILE][1] = 5;
	counts->units[PAGE_KIND_SLAB][3] = 6;
	counts->free_blocks[10] = 7;
	policy_counts(&capped, counts, ret);
	cr_expect_eq(ret->units[PAGE_KIND_ANON][2], 3 * 128);
	cr_expect_eq(ret->units[PAGE_KIND_ANON][9], 0);
	cr_expect_eq(ret->units[PAGE_KIND_FILE][2], 4 * 128);
	cr_expect_eq(ret->units[PAGE_KIND_FILE][1], 5);
	cr_expect_eq(ret->units[PAGE_KIND_SLAB][3], 6);
	cr_expect_eq(ret->free_blocks[10], 7);
	policy_counts(&no_thp, counts, ret);
	cr_expect_eq(ret->units[PAGE_KIND_ANON][0], 3 * 512);
	cr_expect_eq(ret->units[PAGE_KIND_FILE][9], 4);
	free(counts);
	free(ret);
}

Test(policy, what_only_large_folios_take_goes_with_them)
{
	static const enum op_kind gone[] = {OP_WRITE_MORE,     OP_DIRTY_MORE,	  OP_BUFFER_MORE,
					    OP_WRITEBACK_MORE, OP_WRITEBACK_DONE, OP_MEMCG_MORE,
					    OP_CACHE_DEL_ONE,  OP_FREE_TAILS};
	struct policy small = {.max_order = 0}, capped = {.max_order = 1};
	struct op_list out = {0};

	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		cr_expect_eq(apply(small, folio_op(gone[i], PAGE_KIND_FILE, 2), &out), 0, "%s",
			     op_name(gone[i]));
	/* told page by page, with the page's order */
	cr_expect_eq(apply(small, folio_op(OP_RMAP_PAGE, PAGE_KIND_FILE, 0), &out), 0);
	cr_expect_eq(apply(small, folio_op(OP_RMAP_ADD, PAGE_KIND_ANON, 2), &out), 4);
	/* but of files, faults map some: each is found and mapped by itself */
	cr_expect_eq(apply(small, folio_op(OP_RMAP_ADD, PAGE_KIND_FILE, 2), &out), 0);
	cr_expect_eq(apply(small, folio_op(OP_CACHE_MAP, PAGE_KIND_FILE, 2), &out), 0);
	cr_expect_eq(apply(small, folio_op(OP_MAP_PAGE, PAGE_KIND_FILE, 0), &out), 2);
	cr_expect_eq(out.ops[0].kind, OP_CACHE_MAP);
	cr_expect_eq(out.ops[1].kind, OP_RMAP_ADD);
	cr_expect_eq(apply(small, folio_op(OP_CACHE_DEL_ONE, PAGE_KIND_SHMEM, 2), &out), 4);
	cr_expect_eq(apply(capped, folio_op(OP_WRITE_MORE, PAGE_KIND_FILE, 2), &out), 1);
	op_list_fini(&out);
}

/* ext4 has large folios since v6.16; of the recorded kernels only v7.3 is later. */
Test(policy, a_kernel_before_large_folios_of_files_has_small_ones)
{
	const uint64_t later = CODE_BIT(memdesc_flags_t), before = 0;
	struct policy policy = policy_of_kernel(later, before);
	struct op_list out = {0};

	cr_expect(policy_is_none(&(struct policy){.max_order = POLICY_AS_TRACED}));
	cr_expect_not(policy_is_none(&policy));
	cr_expect_eq(apply(policy, folio_op(OP_LRU_ADD, PAGE_KIND_FILE, 9), &out), 512);
	cr_expect_eq(apply(policy, folio_op(OP_ALLOC, PAGE_KIND_USER, 2), &out), 4);
	cr_expect_eq(apply(policy, folio_op(OP_ALLOC, PAGE_KIND_USER, 9), &out), 1, "a huge page");
	cr_expect_eq(apply(policy, folio_op(OP_ALLOC, PAGE_KIND_ANON, 9), &out), 1);
	cr_expect_eq(apply(policy, folio_op(OP_RMAP_PAGE, PAGE_KIND_ANON, 0), &out), 1);
	op_list_fini(&out);

	/* what small ones would have been together, a trace does not tell */
	policy = policy_of_kernel(before, later);
	cr_expect(policy_is_none(&policy));
	policy = policy_of_kernel(later, later);
	cr_expect(policy_is_none(&policy));
}
