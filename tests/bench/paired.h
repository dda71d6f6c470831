/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a difference between two kinds of runs is, when both are run in turns and a machine's noise is larger than the
 * difference. Work that consists of several parts has each of them measured by itself; the cost is that of all together.
 */
#ifndef TESTS_BENCH_PAIRED_H
#define TESTS_BENCH_PAIRED_H

#include <stddef.h>

enum { PAIRED_PARTS = 16, PAIRED_MAX = 4096 };

/* Seconds of both kinds of runs, as many of each, side by side. */
struct paired_part {
	size_t nr;
	double with[PAIRED_MAX], without[PAIRED_MAX];
};

/* In per cent of the runs without; 95 of 100 samples drawn from the runs are from low to high (bootstrap). */
struct interval {
	double cost, low, high;
};

struct paired_result {
	/* the middle half of all differences, as neighbours take a whole run's worth now and then */
	struct interval middle;
	/* between those runs, a quarter of each kind, that were disturbed least: what adds to all adds to them */
	struct interval least;
	double seconds; /* of all parts together, without */
};

/* Draws the same samples every time. */
void paired_result(const struct paired_part *parts, size_t nr_parts, struct paired_result *ret);

#endif
