// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a trace longer, for rates in which what a replay begins with counts for little.
 * usage: bench_longer TRACE TIMES OUT
 */
#include <stdio.h>

#include "base/num.h"
#include "lengthen.h"

int main(int argc, char **argv)
{
	struct error err;
	uint64_t times;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_longer TRACE TIMES OUT\n");
		return 2;
	}
	if (num_parse(argv[2], "TIMES", 1, 1000, &times, &err) < 0 ||
	    lengthen(argv[1], (unsigned int)times, LENGTHEN_AGAIN, argv[3], &err) < 0) {
		fprintf(stderr, "bench_longer: %s\n", err.msg);
		return 1;
	}
	return 0;
}
