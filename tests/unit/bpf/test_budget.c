// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>

#include "bpf/budget.h"

#define MB (1 << 20)
enum { END = 128 << 10 };

Test(budget, without_a_limit_there_is_room_for_all)
{
	struct budget b = {0};

	budget_begin(&b, 1 << 30);
	budget_census(&b, 1, 1 << 30);
	budget_end(&b, UINT64_MAX / 2);
	cr_assert_eq(budget_room(&b, UINT64_MAX / 2), INT64_MAX);
	cr_assert_eq(budget_census_end(&b), UINT64_MAX);
	cr_assert(budget_another(&b, UINT64_MAX / 2));
}

Test(budget, the_end_always_fits)
{
	struct budget b = {.max_bytes = 2 * MB};

	cr_assert_eq(budget_room(&b, 0), 2 * MB - END);
	cr_assert_eq(budget_room(&b, 2 * MB - END), 0);
	cr_assert_lt(budget_room(&b, 2 * MB), 0);
	cr_assert_eq(budget_census_end(&b), 2 * MB - END);
}

/* A census that takes 1 MB of 2: whatever events come while it is taken, it finds its place. */
Test(budget, events_leave_to_the_census_what_it_will_take)
{
	enum { PARTS = 64, USED = MB, BYTES = MB / PARTS };
	struct budget b = {.max_bytes = 2 * MB};
	uint64_t size = 0;

	budget_begin(&b, USED);
	for (int i = 0; i < PARTS; i++) {
		/* they take all that they may */
		int64_t room = budget_room(&b, size);

		size += room > 0 ? (uint64_t)room : 0;
		/* and the parts differ by half of what they are on average */
		size += BYTES + (i & 1 ? BYTES / 2 : -BYTES / 2);
		budget_census(&b, USED / PARTS, BYTES + (i & 1 ? BYTES / 2 : -BYTES / 2));
	}
	budget_census_over(&b);
	cr_assert_leq(size, 2 * MB - END);
	cr_assert_geq(size, MB + MB / 4, "%lu bytes: events were refused what they could have had",
		      size);
}

Test(budget, before_a_census_has_begun_to_tell_its_pages_are_taken_for_dear_ones)
{
	struct budget b = {.max_bytes = 2 * MB};

	budget_begin(&b, 2 * MB);
	cr_assert_leq(budget_room(&b, 0), 0);
	/* it is nearly over, and took little */
	budget_census(&b, 2 * MB - 4096, 4096);
	cr_assert_geq(budget_room(&b, 4096), 2 * MB - 4096 - END - 2 * 4096);
	/* more pages than were in use when it began: nothing is known of those to come */
	budget_census(&b, 8192, 4096);
	cr_assert_eq(budget_room(&b, 8192), 2 * MB - 8192 - END);
}

Test(budget, a_trace_begins_only_where_a_census_like_the_last_one_has_room)
{
	struct budget b = {.max_bytes = 4 * MB};

	budget_begin(&b, 1000);
	budget_census(&b, 1000, MB);
	budget_census_over(&b);
	cr_assert(budget_another(&b, 2 * MB));
	cr_assert(!budget_another(&b, 3 * MB));
	budget_end(&b, 2 * MB);
	cr_assert_eq(budget_room(&b, 0), 2 * MB - END);
	cr_assert_eq(budget_census_end(&b), 2 * MB - END);
	cr_assert(!budget_another(&b, MB));
}
