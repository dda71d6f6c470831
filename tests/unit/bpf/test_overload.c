// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>

#include "bpf/overload.h"
#include "trace/sample.h"

#define MS 1000000ULL

Test(overload, a_buffer_that_fills_halves_the_sample)
{
	struct overload o = {.one_in = 1};

	cr_assert(!overload_buffer(&o, 0, 74, 100, 0));
	cr_assert(overload_buffer(&o, MS, 75, 100, 0));
	cr_assert_eq(o.one_in, 2);
}

Test(overload, events_without_room_halve_it_however_empty_the_buffer_is_now)
{
	struct overload o = {.one_in = 4};

	cr_assert(overload_buffer(&o, MS, 0, 100, 1));
	cr_assert_eq(o.one_in, 8);
	/* those were told already */
	cr_assert(!overload_buffer(&o, 1000 * MS, 0, 100, 1));
}

Test(overload, a_step_is_given_time_to_show_and_the_next_one_more)
{
	struct overload o = {.one_in = 1};

	cr_assert(overload_buffer(&o, 0, 100, 100, 0));
	cr_assert(!overload_buffer(&o, 19 * MS, 100, 100, 5));
	cr_assert(overload_buffer(&o, 20 * MS, 100, 100, 5));
	cr_assert(!overload_buffer(&o, 59 * MS, 100, 100, 5));
	cr_assert(overload_buffer(&o, 60 * MS, 100, 100, 5));
	cr_assert_eq(o.one_in, 8);
}

Test(overload, it_never_goes_below_the_least_sample_nor_up_again)
{
	struct overload o = {.one_in = SAMPLE_MAX};

	cr_assert(!overload_buffer(&o, 0, 100, 100, 1));
	cr_assert(!overload_buffer(&o, UINT64_MAX, 0, 100, 1));
	cr_assert_eq(o.one_in, SAMPLE_MAX);
}

Test(overload, who_would_rather_lose_events_does)
{
	struct overload o = {.one_in = 1, .off = true};

	cr_assert(!overload_buffer(&o, 0, 100, 100, 7));
	cr_assert_eq(o.one_in, 1);
}

Test(overload, time_spent_counts_against_what_may_be_spent)
{
	struct overload o = {.one_in = 1, .max_percent = 2};

	cr_assert(!overload_spent(&o, 20 * MS, 1000 * MS));
	cr_assert(overload_spent(&o, 21 * MS, 1000 * MS));
	cr_assert_eq(o.one_in, 2);
	o.max_percent = 0;
	cr_assert(!overload_spent(&o, 1000 * MS, 1000 * MS));
}

/* What the replay multiplies by. */
Test(overload, a_sample_holds_its_share_of_the_pages_in_whole_blocks)
{
	const uint64_t blocks = 1 << 20;

	for (uint32_t n = 1; n <= 64; n *= 2) {
		uint64_t held = 0;

		for (uint64_t b = 0; b < blocks; b++) {
			uint64_t pfn = b << SAMPLE_SHIFT;

			held += sample_holds(pfn, n - 1);
			cr_assert_eq(sample_holds(pfn, n - 1), sample_holds(pfn + 1023, n - 1));
			/* nested */
			cr_assert(!sample_holds(pfn, 2 * n - 1) || sample_holds(pfn, n - 1));
		}
		cr_assert_float_eq((double)held * n / (double)blocks, 1.0, 0.02);
	}
}
