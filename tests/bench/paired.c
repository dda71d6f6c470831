// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/paired.h"

#include <stdint.h>
#include <stdlib.h>

enum { DRAWS = 1000 };

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The mean of the middle half; sorts. */
static double middle(double *values, size_t nr)
{
	size_t from = nr / 4, to = nr - from;
	double sum = 0;

	qsort(values, nr, sizeof(*values), compare);
	for (size_t i = from; i < to; i++)
		sum += values[i];
	return sum / (double)(to - from);
}

/* The mean of the lowest quarter; sorts. */
static double least(double *values, size_t nr)
{
	size_t some = nr / 4 ? nr / 4 : 1;
	double sum = 0;

	qsort(values, nr, sizeof(*values), compare);
	for (size_t i = 0; i < some; i++)
		sum += values[i];
	return sum / (double)some;
}

struct estimate {
	double middle, least, seconds;
};

/* Of all pairs, or with a state for chance, of as many that are drawn from them. */
static struct estimate estimate(const struct paired_part *parts, size_t nr_parts, uint64_t *chance)
{
	static double with[PAIRED_MAX], without[PAIRED_MAX], more[PAIRED_MAX];
	double sum_more = 0, sum_least = 0, base = 0, base_least = 0;

	for (const struct paired_part *p = parts; p < parts + nr_parts; p++) {
		for (size_t i = 0; i < p->nr; i++) {
			size_t from = i;

			if (chance) { /* xorshift64 */
				*chance ^= *chance << 13;
				*chance ^= *chance >> 7;
				*chance ^= *chance << 17;
				from = *chance % p->nr;
			}
			with[i] = p->with[from];
			without[i] = p->without[from];
			more[i] = with[i] - without[i];
		}
		sum_more += middle(more, p->nr);
		base += middle(without, p->nr);
		base_least += least(without, p->nr);
		sum_least += least(with, p->nr);
	}
	return (struct estimate){100 * sum_more / base, 100 * (sum_least - base_least) / base_least,
				 base};
}

static struct interval interval(double cost, double *drawn)
{
	qsort(drawn, DRAWS, sizeof(*drawn), compare);
	return (struct interval){cost, drawn[DRAWS / 40], drawn[DRAWS - 1 - DRAWS / 40]};
}

void paired_result(const struct paired_part *parts, size_t nr_parts, struct paired_result *ret)
{
	static double middles[DRAWS], leasts[DRAWS];
	struct estimate all = estimate(parts, nr_parts, NULL);
	uint64_t chance = 88172645463325252;

	for (size_t i = 0; i < DRAWS; i++) {
		struct estimate drawn = estimate(parts, nr_parts, &chance);

		middles[i] = drawn.middle;
		leasts[i] = drawn.least;
	}
	ret->middle = interval(all.middle, middles);
	ret->least = interval(all.least, leasts);
	ret->seconds = all.seconds;
}
