// SPDX-License-Identifier: GPL-2.0-only
/* Background lines that are found again: closed forms, and both walks. test_cache_pressure.c has a naive model. */
#include "sim/cache/cache_general.h"
#include "tests/unit/sim/cache_harness.h"

/*
 * The first of two sets of a level, L2 or the last one, to which even lines belong: 8 background lines, 7 lines, finds, one line
 * more, fills; is the line still there?
 */
static bool survives(const char *geometry, size_t variant, enum cache_level level, uint64_t finds,
		     uint64_t fills, uint64_t line)
{
	struct cache_hierarchy *h = make_pressed(geometry, 1, variant);
	bool last = level == CACHE_LLC, found;

	cache_pressure(h, 0, 0, last ? 0 : 2 * 8, last ? 2 * 8 : 0);
	for (uint64_t i = 0; i < 7; i++)
		cache_access(h, 0, 2 * i, false);
	cache_pressure_found(h, 0, last ? 0 : 2 * finds, last ? 2 * finds : 0);
	cache_access(h, 0, 2 * 7, false);
	cache_pressure(h, 0, 0, last ? 0 : 2 * fills, last ? 2 * fills : 0);
	found = cache_access(h, 0, 2 * line, false) == level;
	cache_hierarchy_destroy(h);
	return found;
}

static void check_survivors(const char *geometry, size_t variant, enum cache_level level)
{
	/* finds, and the background lines that are still older than the 7 lines then */
	static const uint64_t finds[][2] = {{0, 8}, {1, 7}, {1000, 0}, {1ULL << 40, 0}};

	for (size_t f = 0; f < 4; f++)
		for (uint64_t fills = 0; fills < 15; fills++)
			for (uint64_t line = 0; line < 7; line++)
				cr_assert_eq(survives(geometry, variant, level, finds[f][0], fills,
						      line),
					     line + finds[f][1] >= fills,
					     "%s: %lu finds, %lu fills, line %lu", geometry,
					     finds[f][0], fills, line);
}

Test(cache_pressure, what_is_found_again_is_not_pushed_out_before_what_was_used_since)
{
	for (size_t v = 0; v < cache_variants_nr; v++)
		if (cache_variants[v].available())
			check_survivors("l1=128/1,l2=2K/16,llc=2K/16", v, CACHE_L2);
}

/* An inclusive last level shows what comes to it line by line, as each one that it loses must go from L1 and L2. */
Test(cache_pressure, is_found_in_an_inclusive_last_level_likewise)
{
	for (size_t v = 0; v < cache_variants_nr; v++)
		if (cache_variants[v].available())
			check_survivors("l1=128/1,l2=128/1,llc=2K/16,llc-kind=inclusive", v,
					CACHE_LLC);
}

/* Where no background line is in a set none is found. */
Test(cache_pressure, nothing_is_found_where_nothing_was_filled_in)
{
	struct cache_hierarchy *h =
		make_pressed("l1=128/1,l2=2K/16,llc=2K/16", 1, cache_variants_nr - 2);

	for (uint64_t i = 0; i < 32; i++)
		cache_access(h, 0, i, false);
	cache_pressure_found(h, 0, 1000, 1000);
	for (uint64_t i = 0; i < 30; i++)
		cr_assert_eq(cache_access(h, 0, i, false), CACHE_L2);
	cache_hierarchy_destroy(h);
}

/* The walk that knows all kinds of last level, where that level loses nothing, against the one for plain ones. */
Test(cache_pressure, is_found_by_both_walks_alike)
{
	struct cache_hierarchy *h[2] = {
		make_pressed("l1=1K/4,l2=8K/16,llc=64K/16", 2, cache_variants_nr - 2),
		make_pressed("l1=1K/4,l2=8K/16,llc=64K/16,llc-kind=inclusive", 2,
			     cache_variants_nr - 1)};
	uint64_t seed = 17;

	for (int i = 0; i < 50000; i++) {
		unsigned int cpu = draw(&seed) % 2;
		uint64_t line = draw(&seed) % 300, fills = draw(&seed) % 8;
		uint64_t found = draw(&seed) % 60;
		enum cache_level level[2];

		for (int k = 0; k < 2; k++) {
			cache_pressure(h[k], cpu, fills, fills, 0);
			cache_pressure_found(h[k], cpu, found, 0);
			level[k] = cache_access(h[k], cpu, line, found == 7);
		}
		cr_assert_eq(level[0], level[1], "access %d", i);
	}
	for (int k = 0; k < 2; k++)
		cache_hierarchy_destroy(h[k]);
}

/* A line that is found in an exclusive last level leaves it, which is not told of other data; in a victim's it stays. */
Test(cache_pressure, an_exclusive_last_level_shows_nothing_of_what_is_found_there)
{
	static const char *const kinds[] = {"exclusive", "victim"};

	for (int k = 0; k < 2; k++) {
		struct cache_hierarchy *h;
		char text[96];

		snprintf(text, sizeof(text), "l1=128/1,l2=128/1,llc=2K/16,llc-kind=%s", kinds[k]);
		h = make_pressed(text, 1, cache_variants_nr - 1);
		cache_pressure(h, 0, 0, 0, 2 * 8);
		for (uint64_t i = 0; i < 8; i++)
			cache_access(h, 0, 2 * i, false);
		cache_pressure_found(h, 0, 0, 2000);
		cache_access(h, 0, 2 * 8, false);
		cache_pressure(h, 0, 0, 0, 2 * 7);
		cr_assert_eq(cache_access(h, 0, 0, false), k ? CACHE_MEMORY : CACHE_LLC);
		cache_hierarchy_destroy(h);
	}
}

/*
 * A tree of two ways is true LRU: whatever is found, and in whichever order background lines are counted, lines are there or not
 * as without one.
 */
Test(cache_pressure, is_found_in_a_tree_of_two_ways_as_in_their_order)
{
	static const char plain[] = "l1=256/2,l2=1K/2,llc=4K/2";
	struct cache_hierarchy *h[2] = {
		make_pressed(plain, 1, cache_variants_nr - 1),
		make_pressed("l1=256/2,l2=1K/2,llc=4K/2,plru=l2+llc", 1, cache_variants_nr - 1)};
	uint64_t seed = 23, hits[CACHE_LEVEL_MAX] = {0};

	for (int i = 0; i < 50000; i++) {
		uint64_t line = draw(&seed) % 32, fills = draw(&seed) % 4 == 0;
		uint64_t found = draw(&seed) % 3;
		enum cache_level level[2];

		for (int k = 0; k < 2; k++) {
			cache_pressure(h[k], 0, 0, fills, 4 * fills);
			cache_pressure_found(h[k], 0, found, 2 * found);
			level[k] = cache_access(h[k], 0, line, false);
		}
		cr_assert_eq(level[0], level[1], "access %d", i);
		hits[level[0]]++;
	}
	cr_assert(hits[CACHE_L2] > 1000 && hits[CACHE_LLC] > 1000 && hits[CACHE_MEMORY] > 1000);
	for (int k = 0; k < 2; k++)
		cache_hierarchy_destroy(h[k]);
}

/* However many they are, those that are left out make no difference to the tree. */
Test(cache_pressure, of_what_is_found_in_a_tree_the_last_of_each_line_decides)
{
	uint64_t seed = 29, left_out = 0;

	for (int i = 0; i < 20000; i++) {
		struct cache_mix mix = {.set = (uint32_t)draw(&seed), .first = draw(&seed)};
		uint32_t background = 1 + (uint32_t)(draw(&seed) % 64);
		uint64_t from = draw(&seed) % 100, to = from + draw(&seed) % 400, last;
		uint64_t all = draw(&seed), some = all;

		last = cache_found_last(&mix, background, from, to);
		left_out += last - from;
		for (uint64_t n = from; n < to; n++) {
			uint32_t way =
				cache_found_which(mix.set, mix.first + n, background) * 37 % 64;

			cache_tree_use(&all, 64, way);
			if (n >= last)
				cache_tree_use(&some, 64, way);
		}
		cr_assert_eq(all, some, "%u background lines, %lu finds", background, to - from);
	}
	cr_assert(left_out > 20000);
}
