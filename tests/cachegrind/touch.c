// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same accesses twice: made for real, for cachegrind to watch, and replayed through the cache model.
 * usage: cachegrind_touch touch N | predict N
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "sim/cache/cache.h"
#include "tests/draw.h"

enum { ARRAY = 8 << 20 };

/*
 * What `compare` gives to cachegrind, which has no L2: one of a single line never holds what L1 misses. 48 KiB in
 * 12 ways and 1 MiB in 16 are no power of two of lines and one; random and sequential accesses by halves.
 */
static const char GEOMETRY[] = "l1=48K/12,l2=64/1,llc=1M/16";

/* The i-th access: an offset in the array, and whether it writes. The state must be kept. */
static uint64_t next_access(uint64_t i, uint64_t *state, bool *write)
{
	uint64_t random = draw(state);

	*write = random >> 60 == 0;
	return i & 1 ? i * 8 % (ARRAY / 2) : ARRAY / 2 + (random % (2 << 20) & ~7ULL);
}

static int touch(uint64_t n)
{
	/* aligned, so that sets do not depend on where it is */
	volatile uint64_t *array = aligned_alloc(2 << 20, ARRAY);
	uint64_t state = 88172645463325252ULL;

	if (!array)
		return 1;
	for (uint64_t i = 0; i < n; i++) {
		bool write;
		uint64_t at = next_access(i, &state, &write) / 8;

		if (write)
			array[at] = i;
		else
			(void)array[at];
	}
	return 0;
}

static int predict(uint64_t n)
{
	uint64_t state = 88172645463325252ULL, hits[CACHE_LEVEL_MAX] = {0};
	struct cache_geometry geometry;
	struct cache_hierarchy *h;
	struct error err = {0};

	if (cache_geometry_parse(GEOMETRY, &geometry, &err) ||
	    cache_hierarchy_create(&geometry, 1, false, &h, &err)) {
		fprintf(stderr, "cachegrind_touch: %s\n", err.msg);
		return 1;
	}
	for (uint64_t i = 0; i < n; i++) {
		bool write;
		uint64_t at = next_access(i, &state, &write);

		hits[cache_access(h, 0, at / 64, write)]++;
	}
	cache_hierarchy_destroy(h);
	printf("%" PRIu64 " %" PRIu64 "\n", n - hits[CACHE_L1], hits[CACHE_MEMORY]);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t n;

	if (argc != 3 || num_parse(argv[2], "N", 0, 100000000, &n, NULL)) {
		fprintf(stderr, "usage: cachegrind_touch touch N | predict N\n");
		return 2;
	}
	return !strcmp(argv[1], "touch") ? touch(n) : predict(n);
}
