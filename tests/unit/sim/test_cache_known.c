// SPDX-License-Identifier: GPL-2.0-only
/* Results that are known beforehand. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/cache_harness.h"

/* ---- the regression stream and its known answer ---- */

struct stream {
	uint64_t state, next, i;
};

static void stream_fill(struct stream *s, uint64_t *words, size_t n)
{
	const uint64_t range = 64 << 20;

	for (size_t k = 0; k < n; k++, s->i++) {
		uint64_t address;

		if (s->i & 1) {
			address = 0x200000000 + s->next % range;
			s->next += 8;
		} else {
			address = 0x100000000 + (draw(&s->state) & (range - 1) & ~7ULL);
		}
		words[k] = address >> 6 << 1;
		words[k] |= draw(&s->state) % 5 == 0;
	}
}

static void run_stream(struct cache_hierarchy *h, size_t n, uint64_t hits[CACHE_LEVEL_MAX])
{
	struct stream s = {.state = 88172645463325252ULL};
	uint64_t words[1000];

	memset(hits, 0, CACHE_LEVEL_MAX * sizeof(*hits));
	for (size_t done = 0; done < n; done += 1000) {
		stream_fill(&s, words, 1000);
		cache_access_batch(h, 0, words, 1000, hits);
	}
}

/*
 * Hits agreed by two published simulators and two written for the purpose, without write-backs; with
 * them, the counts of the order "fill, then write the victim" that sim/cache/cache.h defines.
 */
Test(cache_known, answers_the_shared_stream_exactly)
{
	static const uint64_t known[2][CACHE_LEVEL_MAX] = {{21891152, 676369, 9904728, 17527751},
							   {21891152, 675137, 9860092, 17573619}};
	static const uint64_t writebacks[3] = {7601682, 7564582, 6743461};
	uint64_t hits[CACHE_LEVEL_MAX];

	if (SANITIZED)
		cr_skip("50 million accesses take too long here; the naive oracle covers it");
	for (int dirty = 0; dirty < 2; dirty++) {
		struct cache_geometry g = geometry_of("l1=48K/12,l2=2M/16,llc=32M/16");
		struct cache_hierarchy *h;
		struct cache_counts counts;

		cr_assert_eq(cache_hierarchy_create(&g, 1, dirty, &h, NULL), 0);
		run_stream(h, 50000000, hits);
		cr_assert_arr_eq(hits, known[dirty], sizeof(hits));
		cache_counts(h, &counts);
		for (int i = 0; i < 3; i++)
			cr_assert_eq(counts.writebacks[i], dirty ? writebacks[i] : 0);
		cache_hierarchy_destroy(h);
	}
}

Test(cache_known, every_variant_gives_the_same_result)
{
	uint64_t first[CACHE_LEVEL_MAX] = {0}, hits[CACHE_LEVEL_MAX];

	for (size_t v = 0; v < cache_variants_nr; v++) {
		struct cache_hierarchy *h = make("l1=48K/12,l2=2M/16,llc=105M/15", 1, false, v);

		if (!h)
			continue;
		run_stream(h, SANITIZED ? 500000 : 3000000, hits);
		if (!first[CACHE_L1])
			memcpy(first, hits, sizeof(first));
		cr_assert_arr_eq(hits, first, sizeof(hits), "%s", cache_variants[v].name);
		cache_hierarchy_destroy(h);
	}
}

/* ---- closed forms ---- */

/* Hits at each level of `rounds` reads of lines 0, stride, 2 * stride ... (n of them). */
static void scan(struct cache_hierarchy *h, uint64_t n, uint64_t stride, int rounds,
		 uint64_t hits[CACHE_LEVEL_MAX])
{
	memset(hits, 0, CACHE_LEVEL_MAX * sizeof(*hits));
	for (int r = 0; r < rounds; r++)
		for (uint64_t i = 0; i < n; i++)
			hits[cache_access(h, 0, i * stride, false)]++;
}

Test(cache_known, a_footprint_that_fits_misses_each_line_once)
{
	for (size_t v = 0; v < cache_variants_nr; v++) {
		struct cache_hierarchy *h = make("l1=2K/16,l2=8K/64,llc=64K/16", 1, false, v);
		uint64_t hits[CACHE_LEVEL_MAX];

		if (!h)
			continue;
		scan(h, 1024, 1, 10, hits); /* 64 KiB: all of the LLC */
		cr_assert_eq(hits[CACHE_MEMORY], 1024);
		cr_assert_eq(hits[CACHE_LLC], 9 * 1024);
		cache_hierarchy_destroy(h);
	}
}

Test(cache_known, a_cyclic_scan_one_line_too_long_never_hits)
{
	for (size_t v = 0; v < cache_variants_nr; v++) {
		struct cache_hierarchy *h = make("l1=2K/16,l2=8K/64,llc=64K/16", 1, false, v);
		uint64_t hits[CACHE_LEVEL_MAX];

		if (!h)
			continue;
		scan(h, 17, 2, 10, hits); /* even lines: one set of L1, which has 16 ways */
		cr_assert_eq(hits[CACHE_L1], 0);
		cr_assert_eq(hits[CACHE_L2], 9 * 17);
		cache_hierarchy_destroy(h);
	}
}

/* Every 2^k-th line meets sets / 2^k sets; up to ways of them in each fit. */
Test(cache_known, strides_hit_as_the_arithmetic_says)
{
	struct cache_geometry g =
		geometry_of("l1=32K/8,l2=256K/8,llc=1M/8"); /* 64, 512, 2048 sets */

	for (int shift = 0; shift < 10; shift++) {
		uint64_t stride = 1ULL << shift, l1_fits = shift < 6 ? 512 >> shift : 8;
		uint64_t hits[CACHE_LEVEL_MAX];
		struct cache_hierarchy *h;

		cr_assert_eq(cache_hierarchy_create(&g, 1, false, &h, NULL), 0);
		scan(h, l1_fits, stride, 5, hits);
		cr_assert_eq(hits[CACHE_L1], 4 * l1_fits);
		cr_assert_eq(hits[CACHE_MEMORY], l1_fits);
		cache_hierarchy_destroy(h);
		cr_assert_eq(cache_hierarchy_create(&g, 1, false, &h, NULL), 0);
		scan(h, 2 * l1_fits, stride, 5, hits); /* twice as much: every set thrashes */
		cr_assert_eq(hits[CACHE_L1], 0);
		cache_hierarchy_destroy(h);
	}
}

Test(cache_known, more_ways_never_miss_more)
{
	uint64_t before = UINT64_MAX;

	for (uint32_t ways = 1; ways <= 64; ways++) {
		struct cache_geometry g = geometry_of("l1=64/1,l2=64/1,llc=1K/1");
		uint64_t seed = 5, misses = 0;
		struct cache_hierarchy *h;

		g.level[CACHE_LLC].ways = ways;
		g.level[CACHE_LLC].size = ways * 16ULL * 64;
		cr_assert_eq(cache_hierarchy_create(&g, 1, false, &h, NULL), 0);
		for (int i = 0; i < 20000; i++)
			misses += cache_access(h, 0, draw(&seed) % 1500, false) == CACHE_MEMORY;
		cr_assert_leq(misses, before, "%u ways", ways);
		before = misses;
		cache_hierarchy_destroy(h);
	}
	cr_assert_lt(before, 20000);
}

/* Sets depend on the line modulo the number of sets alone. */
Test(cache_known, shifting_all_lines_by_whole_sets_changes_nothing)
{
	uint64_t first[CACHE_LEVEL_MAX] = {0};

	for (uint64_t shift = 0; shift < 1ULL << 57; shift = shift * 8 + 5 * 7 * 64 * 3) {
		struct cache_geometry g = geometry_of("l1=15K/5,l2=28K/7,llc=64K/16");
		uint64_t seed = 77, hits[CACHE_LEVEL_MAX] = {0};
		struct cache_hierarchy *h;

		cr_assert_eq(cache_hierarchy_create(&g, 1, false, &h, NULL), 0);
		for (int i = 0; i < 20000; i++)
			hits[cache_access(h, 0, shift * 48 * 64 + draw(&seed) % 3000, false)]++;
		if (!shift)
			memcpy(first, hits, sizeof(first));
		cr_assert_arr_eq(hits, first, sizeof(hits));
		cache_hierarchy_destroy(h);
	}
}

/* ---- several CPUs ---- */

Test(cache_known, ping_pong_of_two_writers_hits_the_llc_every_time)
{
	struct cache_geometry g = geometry_of("l1=32K/8,l2=256K/8,llc=1M/8");
	uint64_t hits[CACHE_LEVEL_MAX] = {0};
	struct cache_counts counts;
	struct cache_hierarchy *h;

	cr_assert_eq(cache_hierarchy_create(&g, 2, false, &h, NULL), 0);
	for (unsigned int i = 0; i < 1000; i++)
		hits[cache_access(h, i & 1, 4711, true)]++;
	cr_assert_eq(hits[CACHE_MEMORY], 1);
	cr_assert_eq(hits[CACHE_LLC], 999);
	cache_counts(h, &counts);
	cr_assert_eq(counts.invalidations, 2 * 999); /* an L1 and an L2 copy each time */
	cache_hierarchy_destroy(h);
}

Test(cache_known, readers_share_and_a_write_invalidates_all_of_1024_cpus)
{
	struct cache_geometry g = geometry_of("l1=48K/12,l2=2M/16,llc=105M/15");
	struct cache_counts counts;
	struct cache_hierarchy *h;

	cr_assert_eq(cache_hierarchy_create(&g, 1024, false, &h, NULL), 0);
	for (int round = 0; round < 2; round++) {
		for (unsigned int cpu = 0; cpu < 1024; cpu++)
			cr_assert_eq(cache_access(h, cpu, 12345, false), cpu	 ? CACHE_LLC
									 : round ? CACHE_L1
										 : CACHE_MEMORY);
		for (unsigned int cpu = 0; cpu < 1024; cpu++)
			cr_assert_eq(cache_access(h, cpu, 12345, false), CACHE_L1);
		cr_assert_eq(cache_access(h, 0, 12345, true), CACHE_L1);
		cache_counts(h, &counts);
		cr_assert_eq(counts.invalidations, (round + 1) * 2 * 1023ULL);
	}
	cache_hierarchy_destroy(h);
}

/* Few lines that stay in all caches: a write takes both copies of each of those who have got the line since the last one. */
static void take_turns(unsigned int cpus)
{
	enum { LINES = 5 };
	struct cache_geometry g = geometry_of("l1=1K/4,l2=4K/4,llc=64K/4");
	uint64_t state = 88172645463325252ULL, want = 0;
	bool *has = calloc((size_t)cpus * LINES, sizeof(*has));
	struct cache_hierarchy *h;

	cr_assert(has);
	cr_assert_eq(cache_hierarchy_create(&g, cpus, false, &h, NULL), 0);
	for (unsigned int i = 0; i < 3000; i++) {
		unsigned int cpu = (unsigned int)(draw(&state) % cpus);
		uint64_t line = draw(&state) % LINES;
		/* mostly one, two or three have it */
		bool write = draw(&state) % 3 == 0;
		struct cache_counts counts;

		cache_access(h, cpu, line << 30 | line, write); /* of several windows */
		for (unsigned int other = 0; write && other < cpus; other++) {
			want += other != cpu && has[other * LINES + line] ? 2 : 0;
			has[other * LINES + line] = false;
		}
		has[cpu * LINES + line] = true;
		cache_counts(h, &counts);
		cr_assert_eq(counts.invalidations, want, "%u CPUs, access %u", cpus, i);
	}
	cache_hierarchy_destroy(h);
	free(has);
}

Test(cache_known, a_write_takes_a_line_from_all_who_have_it)
{
	/* up to 31 CPUs, more than are told one by one, and more than pairs can name */
	static const unsigned int cpus[] = {2, 3, 31, 32, 200, 34000};

	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++)
		take_turns(cpus[i]);
}

/* Lines of many windows come in between, and no holder is forgotten. */
Test(cache_known, sharers_are_known_after_many_other_lines)
{
	struct cache_geometry g = geometry_of("l1=1K/4,l2=4K/4,llc=64K/4");
	struct cache_counts before, after;
	struct cache_hierarchy *h;

	cr_assert_eq(cache_hierarchy_create(&g, 64, false, &h, NULL), 0);
	for (unsigned int cpu = 1; cpu < 64; cpu++)
		cache_access(h, cpu, 7, false);
	for (uint64_t i = 0; i < 300000; i++)
		cache_access(h, 0, 1000 + i, i % 3 == 0);
	cache_counts(h, &before);
	cache_access(h, 0, 7, true);
	cache_counts(h, &after);
	cr_assert_eq(after.invalidations - before.invalidations, 2 * 63);
	cache_hierarchy_destroy(h);
}
