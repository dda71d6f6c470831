// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "sim/heap/series.h"

enum { MS = 1000000 };

Test(series, a_constant_has_itself_as_mean_and_peak)
{
	struct series s;

	series_start(&s, 7);
	cr_assert_eq(series_mean(&s), 7);
	series_end(&s, 10 * MS);
	cr_assert_eq(series_mean(&s), 7);
	cr_assert_eq(s.peak, 7);
	cr_assert_eq(s.nr, 11);
	cr_assert_eq(s.point[10], 7);
}

Test(series, the_mean_is_weighted_by_time)
{
	struct series s;

	series_start(&s, 0);
	series_set(&s, 3 * MS, 100);
	series_set(&s, 4 * MS, 0);
	series_end(&s, 10 * MS);
	cr_assert_float_eq(series_mean(&s), 10, 1e-9);
	cr_assert_eq(s.peak, 100);
	cr_assert_eq(s.peak_ns, 3 * MS);
	cr_assert_eq(s.point[2], 0);
	cr_assert_eq(s.point[3], 100);
	cr_assert_eq(s.point[4], 0);
}

Test(series, a_peak_between_two_points_is_not_lost)
{
	struct series s;

	series_start(&s, 1);
	series_set(&s, MS / 2, 9);
	series_set(&s, MS / 2 + 1, 1);
	series_end(&s, 2 * MS);
	cr_assert_eq(s.peak, 9);
	cr_assert_eq(s.point[1], 1);
}

/* Against the whole history, kept: points, mean and peak of 20,000 random steps over a minute. */
Test(series, agrees_with_the_whole_history)
{
	enum { STEPS = 20000 };
	uint64_t *ts = calloc(STEPS + 1, sizeof(*ts)), *value = calloc(STEPS + 1, sizeof(*value));
	uint64_t seed = 99, now = 0, peak = 5, end;
	double area = 0;
	struct series s;
	int at = 0;

	value[0] = 5;
	series_start(&s, 5);
	for (int i = 1; i <= STEPS; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		now += (seed >> 33) % (6 * MS);
		ts[i] = now;
		value[i] = (seed >> 20) % 1000;
		area += (double)value[i - 1] * (double)(ts[i] - ts[i - 1]);
		peak = value[i] > peak ? value[i] : peak;
		series_set(&s, now, value[i]);
	}
	end = now + 3 * MS;
	area += (double)value[STEPS] * 3 * MS;
	series_end(&s, end);
	cr_assert_eq(s.peak, peak);
	cr_assert_lt(fabs(series_mean(&s) / (area / (double)end) - 1), 1e-9);
	cr_assert(s.nr > SERIES_POINTS / 2 && s.nr <= SERIES_POINTS);
	for (uint32_t i = 0; i < s.nr; i++) {
		while (at < STEPS && ts[at + 1] <= i * s.step_ns)
			at++;
		cr_assert_eq(s.point[i], value[at], "point %u: %lu, not %lu", i, s.point[i],
			     value[at]);
	}
	free(ts);
	free(value);
}
