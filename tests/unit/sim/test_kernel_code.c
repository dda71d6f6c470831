// SPDX-License-Identifier: GPL-2.0-only
/* Rows of the access map that hold for some kernels only, and what the page states make of it. */
#include "tests/unit/sim/pages_harness.h"

#include "sim/access/kernel_code.h"

enum { NR_KERNELS = 3 };

static uint64_t code_of(int kernel)
{
	static const char *const names[NR_KERNELS] = {"v6.1", "v6.12", "v7.3"};
	uint64_t code;

	cr_assert_eq(kernel_code_parse(names[kernel], NULL, &code, NULL), 0);
	return code;
}

/* Accesses to a page or folio of order 0, neighbours included. */
static unsigned int accesses(enum op_kind kind, uint64_t code)
{
	struct op_step steps[OP_MAX_STEPS];
	size_t nr = op_steps(kind, code, steps);
	unsigned int n = 0;

	for (size_t i = 0; i < nr; i++)
		n += steps[i].min_order || steps[i].target == TARGET_TAILS ? 0 : steps[i].times;
	return n;
}

/* What the plugin counted per event in stock kernels, without any memsim (docs/validation.md). */
Test(kernel_code, operations_take_what_each_kernel_was_seen_to_take)
{
	static const struct {
		enum op_kind kind;
		unsigned int accesses[NR_KERNELS];
	} seen[] = {
		{OP_ALLOC, {12, 18, 18}},
		{OP_MEMCG_STAT, {4, 2, 2}},
		{OP_RMAP_DEL, {3, 2, 2}},
		{OP_ZAP, {7, 5, 5}},
		{OP_CACHE_MAP, {12, 17, 12}},
		{OP_FORK_DUP, {8, 9, 10}},
		{OP_ANON_MAP, {11, 13, 9}},
		{OP_WP_COPY, {16, 17, 15}},
		{OP_WRITE_FILE, {22, 17, 24}},
		{OP_BUFFERS_NEW, {12, 10, 10}},
		{OP_LRU_REFERENCED, {5, 5, 6}},
		{OP_CACHE_GET, {2, 3, 2}},
		{OP_WRITEBACK_BEGIN, {53, 41, 50}},
		{OP_MEMCG_GET, {2, 1, 2}},
		{OP_UNCHARGE, {9, 7, 6}},
		{OP_ANON_FAULT, {2, 4, 5}},
		{OP_COLLAPSE_SCAN, {17, 16, 18}},
		{OP_COLLAPSE_TAKE, {25, 27, 31}},
		{OP_COLLAPSE_DONE, {8, 5, 5}},
		{OP_LRU_ISOLATE, {19, 16, 16}},
		{OP_WP_PUT, {2, 1, 1}},
		{OP_SWAP_LOOK, {3, 2, 2}},
		{OP_RMAP_HUGE, {2, 0, 0}},
		{OP_FRAG_PUT, {2, 2, 3}},
		/* one of these to begin with, of the memory cgroup, is from source */
		{OP_PGTABLE_NEW, {2 + 1, 4 + 1, 4 + 1}},
		{OP_PGTABLE_FREE, {1, 3, 5}},
		{OP_PGTABLE_PMD, {2, 2, 2}},
		{OP_PGTABLE_PUD_FREE, {0, 3, 5}},
		{OP_PGD_NEW, {5, 5, 8}},
		{OP_PGD_FREE, {6, 6, 11}},
	};

	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++)
		for (int kernel = 0; kernel < NR_KERNELS; kernel++)
			cr_expect_eq(accesses(seen[i].kind, code_of(kernel)),
				     seen[i].accesses[kernel], "%s on kernel %d: %u",
				     op_name(seen[i].kind), kernel,
				     accesses(seen[i].kind, code_of(kernel)));
}

/* What it takes to let one more page of a compound page go, as counted. */
Test(kernel_code, tails_are_freed_as_each_kernel_was_seen_to_do)
{
	static const unsigned int seen[NR_KERNELS] = {8, 12, 13};
	static const enum op_kind kinds[] = {OP_FREE_FOLIO, OP_FREE_PAGE};

	for (int i = 0; i < 2 * NR_KERNELS; i++) {
		const enum op_kind both[] = {kinds[i % 2], OP_FREE_TAILS};
		struct op_step steps[OP_MAX_STEPS];
		unsigned int n = 0;

		for (int j = 0; j < 2; j++) {
			size_t nr = op_steps(both[j], code_of(i / 2), steps);

			for (size_t k = 0; k < nr; k++)
				n += steps[k].target == TARGET_TAILS ? steps[k].times : 0;
		}
		cr_expect_eq(n, seen[i / 2], "%s on kernel %d: %u", op_name(both[0]), i / 2, n);
	}
}

Test(kernel_code, the_nearest_kernel_is_the_one_with_fewest_differences)
{
	unsigned int differ = 99;

	cr_expect_str_eq(kernel_code_nearest(code_of(1), &differ), "v6.12");
	cr_expect_eq(differ, 0);
	/* how a kernel is run is not its code */
	cr_expect_str_eq(kernel_code_nearest(code_of(2) ^ CODE_BIT(lru_gen), &differ), "v7.3");
	cr_expect_eq(differ, 0);
	cr_expect_str_eq(kernel_code_nearest(code_of(1) | CODE_BIT(__free_frozen_pages), &differ),
			 "v6.12");
	cr_expect_eq(differ, 1);
	cr_expect_str_eq(kernel_code_nearest(code_of(0) & ~CODE_BIT(free_pcp_prepare), &differ),
			 "v6.1");
	cr_expect_eq(differ, 1);
	cr_expect_eq(kernel_code_traits(), CODE_MAX - 1);
}

Test(kernel_code, an_operation_that_is_like_another_has_its_steps)
{
	struct op_step take[OP_MAX_STEPS], merge[OP_MAX_STEPS];
	size_t nr = op_steps(OP_BUDDY_TAKE, code_of(1), take);

	cr_assert_gt(nr, 0);
	cr_assert_eq(op_steps(OP_BUDDY_MERGE, code_of(1), merge), nr);
	cr_assert_arr_eq(take, merge, nr * sizeof(*take));
}

/* A row below two conditions wants both: v7.3 without lru_gen adds to the list as kernels before it do. */
Test(kernel_code, a_further_condition_does_not_make_up_for_the_first)
{
	const uint64_t lru_gen = CODE_BIT(lru_gen), v6_12 = code_of(1), v7_3 = code_of(2);

	cr_expect_eq(accesses(OP_LRU_ADD, v6_12) - accesses(OP_LRU_ADD, v6_12 & ~lru_gen), 5);
	cr_expect_eq(accesses(OP_LRU_ADD, v7_3) - accesses(OP_LRU_ADD, v7_3 & ~lru_gen), 11);
}

/* What a trace tells decides, the rest is as in v6.12; how the kernel was run is no matter of its code. */
Test(kernel_code, the_recorded_kernel_is_what_the_trace_tells)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	uint64_t code;

	meta->lru_gen = 1;
	cr_expect_eq(kernel_code_of(meta), code_of(1));
	meta->code.told = CODE_BIT(folios_put_refs) | CODE_BIT(slab_sheaf);
	meta->code.has = CODE_BIT(slab_sheaf);
	cr_expect_eq(kernel_code_of(meta),
		     (code_of(1) | CODE_BIT(slab_sheaf)) & ~CODE_BIT(folios_put_refs));
	cr_expect_eq(kernel_code_untold(meta), kernel_code_traits() - 2);
	cr_expect_str_eq(kernel_code_text(NULL, meta),
			 "the recorded kernel's as far as the trace tells, the rest as of v6.12");
	meta->code.told = ((1ULL << CODE_MAX) - 1) & ~CODE_BIT(lru_gen);
	cr_expect_eq(kernel_code_untold(meta), 0);
	cr_expect_str_eq(kernel_code_text(NULL, meta), "the recorded kernel's");
	cr_expect_str_eq(kernel_code_text("v6.1", meta), "as of v6.1");
	meta->code.told = 0;
	cr_expect_str_eq(kernel_code_text(NULL, meta), "as of v6.12, as the trace does not tell");
	meta->lru_gen = 0;
	cr_assert_eq(kernel_code_parse("v7.3", meta, &code, NULL), 0);
	cr_expect_eq(code, code_of(2) & ~CODE_BIT(lru_gen));
	free(meta);
}

static void event(struct harness *h, uint8_t kind, uint64_t pfn, uint32_t arg)
{
	harness_event(h, (struct event){.kind = kind, .pfn = pfn, .arg = arg, .count = 1});
}

/* Two pages are mapped, unmapped in this order, and freed. */
static void unmap_two(struct harness *h, struct trace_code code, uint64_t first, uint64_t second)
{
	harness_init_code(h, 2048, 1u << CLASS_MAPCOUNT, code);
	harness_all_free(h);
	for (uint64_t pfn = 64; pfn < 66; pfn++) {
		event(h, EVENT_PAGE_ALLOC, pfn, GFPC_MOVABLE | GFPC_COMP);
		event(h, EVENT_MAP_ADD, pfn, MAPF_ANON | MAPF_NEW);
	}
	/* another thread, or the first unmapping would be of a page just copied */
	event(h, EVENT_TASK, 0, 0);
	event(h, EVENT_MAP_DEL, 64, MAPF_ANON);
	event(h, EVENT_MAP_DEL, 65, MAPF_ANON);
	event(h, EVENT_PAGE_FREE, first, FREE_ANON);
	event(h, EVENT_PAGE_FREE, second, FREE_ANON);
}

/* release_pages() frees the last one first: the other is not put for that, but freed as well. */
Test(kernel_code, old_kernels_lock_the_cgroup_and_free_in_reverse)
{
	const struct trace_code old = {.told = CODE_BIT(folios_put_refs) |
					       CODE_BIT(folio_remove_rmap_ptes)};
	struct harness h;

	unmap_two(&h, old, 65, 64);
	cr_expect_eq(harness_count(&h, OP_ZAP_DONE), 2);
	cr_expect_eq(harness_count(&h, OP_PUT), 0);
	cr_expect_eq(harness_count(&h, OP_MEMCG_LOCK), 2);
	harness_fini(&h);

	unmap_two(&h, (struct trace_code){0}, 64, 65);
	cr_expect_eq(harness_count(&h, OP_ZAP_DONE), 2);
	cr_expect_eq(harness_count(&h, OP_PUT), 0);
	cr_expect_eq(harness_count(&h, OP_MEMCG_LOCK), 0);
	harness_fini(&h);

	/* in the order of v6.10 and later, what comes before the one freed has been put and stays */
	unmap_two(&h, (struct trace_code){0}, 65, 64);
	cr_expect_eq(harness_count(&h, OP_PUT), 1);
	harness_fini(&h);
}

/* Before v6.3 nothing tells of lookups for writeback: each folio that is written back was found by one. */
Test(kernel_code, old_kernels_look_up_pages_to_write_them_back)
{
	const struct trace_code old = {.told = CODE_BIT(free_pcp_prepare),
				       .has = CODE_BIT(free_pcp_prepare)};
	struct harness h;

	for (int is_old = 0; is_old < 2; is_old++) {
		harness_init_code(&h, 2048, 1u << CLASS_LOOKUP | 1u << CLASS_WRITEBACK,
				  is_old ? old : (struct trace_code){0});
		harness_all_free(&h);
		event(&h, EVENT_PAGE_ALLOC, 64, GFPC_MOVABLE | GFPC_COMP);
		event(&h, EVENT_CACHE_ADD, 64, 0);
		event(&h, EVENT_WRITEBACK, 64, 1);
		event(&h, EVENT_WRITEBACK, 64, 0);
		cr_expect_eq(harness_count(&h, OP_CACHE_BATCH), is_old);
		cr_expect_eq(harness_count(&h, OP_PUT), is_old);
		harness_fini(&h);
	}
}

/* A file's folio is put on its list, and read three times. */
static void read_thrice(struct harness *h, int lru_gen, uint64_t code)
{
	harness_init_exact(h, 2048, 1u << CLASS_LOOKUP);
	pages_destroy(h->pages);
	h->meta->lru_gen = lru_gen;
	cr_assert_eq(pages_create(h->meta, &h->pages, NULL), 0);
	pages_set_code(h->pages, code);
	harness_all_free(h);
	event(h, EVENT_PAGE_ALLOC, 64, GFPC_MOVABLE | GFPC_COMP);
	event(h, EVENT_CACHE_ADD, 64, 0);
	event(h, EVENT_FOLIO_GET, 64, FOLIO_GET_READ);
	/* LRU_INACTIVE_FILE */
	event(h, EVENT_LRU_ADD, 64, 2);
	event(h, EVENT_FOLIO_GET, 64, FOLIO_GET_READ);
	event(h, EVENT_LRU_ACTIVATE, 64, 0);
	event(h, EVENT_FOLIO_GET, 64, FOLIO_GET_READ);
}

/*
 * folio_mark_accessed(): the classic LRU activates at the second mark and tells so, the multi-generational one counts.
 * Of a kernel that runs the other one than the recorded kernel, activations are made up, or left out.
 */
Test(kernel_code, activations_are_those_of_the_lru_that_the_kernel_runs)
{
	const uint64_t gen = code_of(1), classic = gen & ~CODE_BIT(lru_gen);
	struct harness h;

	read_thrice(&h, 0, classic);
	cr_expect_eq(harness_count(&h, OP_LRU_ACTIVATE), 1, "as recorded");
	cr_expect_eq(harness_count(&h, OP_LRU_REFERENCED), 1);
	harness_fini(&h);

	read_thrice(&h, 0, gen);
	cr_expect_eq(harness_count(&h, OP_LRU_ACTIVATE), 0);
	cr_expect_eq(harness_count(&h, OP_LRU_REFERENCED), 3);
	harness_fini(&h);

	/* the event is one that has another cause there: it stays */
	read_thrice(&h, 1, classic);
	cr_expect_eq(harness_count(&h, OP_LRU_ACTIVATE), 2);
	cr_expect_eq(harness_count(&h, OP_LRU_REFERENCED), 1);
	cr_expect_eq(harness_count(&h, OP_LRU_ACCESSED), 2);
	event(&h, EVENT_FOLIO_GET, 64, FOLIO_GET_READ);
	cr_expect_eq(harness_count(&h, OP_LRU_ACTIVATE), 2, "it is active");
	harness_fini(&h);

	read_thrice(&h, 1, gen);
	cr_expect_eq(harness_count(&h, OP_LRU_ACTIVATE), 1);
	harness_fini(&h);
}
