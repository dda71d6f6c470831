// SPDX-License-Identifier: GPL-2.0-only
/* The counts on sequences whose truth is known by construction. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/page_kind.h"
#include "trace/check.h"
#include "trace_helpers.h"

TestSuite(check, .init = enter_scratch, .fini = leave_scratch);

static struct check_counts check(uint64_t census_ts, const struct census_run *runs, size_t nr_runs,
				 const struct event *events, size_t nr)
{
	/* shows that the census was over one ns after it began */
	const struct trace_stat stat = {.ts_ns = census_ts + 1};
	struct trace_footer footer = {0};
	struct check_counts counts;
	struct trace_writer *w;
	struct trace_reader *r;

	cr_assert_eq(trace_writer_create("t", &test_meta, NULL, &w, NULL), 0);
	cr_assert_eq(trace_writer_census(w, census_ts, 0, 0xa0000, runs, nr_runs, NULL), 0);
	cr_assert_eq(trace_writer_stat(w, &stat, NULL), 0);
	cr_assert_eq(trace_writer_events(w, events, nr, NULL), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	cr_assert_eq(trace_reader_open("t", &r, NULL), 0);
	cr_assert_eq(trace_check(r, &counts, NULL), 0);
	trace_reader_destroy(r);
	return counts;
}

#define CHECK(ts, ...)                                                                             \
	check(ts, NULL, 0, (const struct event[]){__VA_ARGS__},                                    \
	      sizeof((const struct event[]){__VA_ARGS__}) / sizeof(struct event))
#define ALLOC(t, p, o)                                                                             \
	{                                                                                          \
		.kind = EVENT_PAGE_ALLOC, .ts_ns = t, .pfn = p, .order = o                         \
	}
#define FREE(t, p, o)                                                                              \
	{                                                                                          \
		.kind = EVENT_PAGE_FREE, .ts_ns = t, .pfn = p, .order = o                          \
	}

Test(check, a_normal_life_violates_nothing)
{
	struct check_counts c =
		CHECK(0, ALLOC(1, 8, 3), FREE(2, 8, 3), ALLOC(3, 9, 0), FREE(4, 9, 0));

	cr_assert(c.events == 4 && c.allocs == 2 && c.frees == 2 && c.frees_matched == 2);
	cr_assert_eq(check_violations(&c), 0);
}

Test(check, an_allocation_of_an_allocated_page_is_counted)
{
	struct check_counts same = CHECK(0, ALLOC(1, 8, 0), ALLOC(2, 8, 0));
	struct check_counts inside = CHECK(0, ALLOC(1, 8, 3), ALLOC(2, 15, 0));
	struct check_counts around = CHECK(0, ALLOC(1, 15, 0), ALLOC(2, 8, 3));
	struct check_counts beside = CHECK(0, ALLOC(1, 8, 3), ALLOC(2, 16, 0), ALLOC(3, 7, 0));

	cr_assert(same.double_allocs == 1 && check_violations(&same) == 0);
	cr_assert_eq(inside.double_allocs, 1);
	cr_assert_eq(around.double_allocs, 1);
	cr_assert_eq(beside.double_allocs, 0);
}

Test(check, frees_of_parts_and_of_unseen_pages_are_no_violations)
{
	struct check_counts c =
		CHECK(0, ALLOC(1, 8, 2), FREE(2, 9, 0), FREE(3, 8, 0), FREE(4, 10, 1),
		      FREE(5, 64, 0), FREE(6, 64, 0), ALLOC(7, 8, 2));

	cr_assert_eq(c.frees_split, 3);
	cr_assert_eq(c.frees_unseen, 2);
	cr_assert_eq(c.frees_matched, 0);
	cr_assert_eq(check_violations(&c), 0);
}

static const struct census_run some_use[] = {
	{.start_pfn = 16, .count = 16, .kind = PAGE_KIND_FREE},
	{.start_pfn = 32, .count = 16, .kind = PAGE_KIND_ANON},
	{.start_pfn = 64, .count = 2, .order = 2, .kind = PAGE_KIND_FILE},
	{.start_pfn = 80, .count = 16, .kind = PAGE_KIND_KERNEL},
};

static struct check_counts with_census(const struct event *events, size_t nr)
{
	return check(100, some_use, 4, events, nr);
}

Test(check, the_census_tells_what_was_in_use)
{
	const struct event e[] = {ALLOC(101, 16, 2), FREE(102, 32, 0), ALLOC(103, 32, 0),
				  FREE(104, 64, 2),  FREE(105, 80, 0), FREE(106, 16, 2)};
	struct check_counts c = with_census(e, 6);

	cr_assert_eq(c.frees_census, 2);
	cr_assert_eq(c.frees_unseen, 1); /* nobody knows whether an untyped page was in use */
	cr_assert_eq(c.frees_matched, 1);
	cr_assert_eq(check_violations(&c), 0);
}

Test(check, many_allocations_of_allocated_pages_are_a_violation)
{
	struct event e[CHECK_UNTOLD + 3];
	struct check_counts c;

	for (int i = 0; i < CHECK_UNTOLD + 3; i++)
		e[i] = (struct event)ALLOC(1 + (uint64_t)i, 8, 0);
	c = check(0, NULL, 0, e, CHECK_UNTOLD + 1);
	cr_assert(c.double_allocs == CHECK_UNTOLD && check_violations(&c) == 0);
	c = check(0, NULL, 0, e, CHECK_UNTOLD + 3);
	cr_assert(c.double_allocs == CHECK_UNTOLD + 2 && check_violations(&c) == 2);
}

Test(check, an_allocation_of_a_page_in_the_census_needs_a_free_before)
{
	const struct event used[] = {ALLOC(101, 40, 0)}, tail[] = {ALLOC(101, 71, 0)};
	const struct event untyped[] = {ALLOC(101, 80, 0)};
	struct check_counts c = with_census(used, 1);

	cr_assert_eq(c.double_allocs, 1);
	c = with_census(tail, 1);
	cr_assert_eq(c.double_allocs, 1);
	c = with_census(untyped, 1);
	cr_assert_eq(c.double_allocs, 0);
}

Test(check, what_happened_before_the_census_was_over_is_uncertain)
{
	const struct event e[] = {FREE(50, 32, 0), ALLOC(101, 32, 0), ALLOC(102, 33, 0)};
	const struct event order[] = {ALLOC(50, 32, 0), FREE(101, 32, 0)};
	const struct event during[] = {ALLOC(100, 32, 0), FREE(101, 32, 0)};
	struct check_counts c = with_census(e, 3);

	/* 32 may have been freed after the census looked; 33 was never freed */
	cr_assert_eq(c.double_allocs, 1);
	c = with_census(order, 2);
	cr_assert_eq(check_violations(&c), 0);
	/* the census may have looked at 32 after the allocation */
	c = with_census(during, 2);
	cr_assert_eq(check_violations(&c), 0);
}

Test(check, impossible_places_are_violations)
{
	struct check_counts c =
		CHECK(0, ALLOC(1, 0xa0000, 0), ALLOC(2, 0xfffff, 0), ALLOC(3, 0x9ff00, 9),
		      ALLOC(4, 0x140000, 0), ALLOC(5, 0x100000, 9), ALLOC(6, 0x9ffff, 0));

	cr_assert_eq(c.pfn_outside, 4);
	cr_assert_eq(c.order_bad, 1);
	c = CHECK(0, {.kind = EVENT_LRU_ADD, .pfn = 3, .order = 1}, {.kind = EVENT_TASK, .cpu = 4},
		  {.kind = EVENT_TASK, .cpu = 3});
	cr_assert_eq(c.order_bad, 1);
	cr_assert_eq(c.cpu_bad, 1);
	cr_assert_eq(check_violations(&c), 2);
}
