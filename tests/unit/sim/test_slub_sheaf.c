// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches with sheaves of v6.18. Slabs of 16 objects that go back as soon as they are empty, so that
 * the number of slabs tells what the sheaves hold.
 */
#include "tests/unit/sim/slub_harness.h"

enum { OBJECTS = 16, CAPACITY = 32 };

static struct slub_cache *with_sheaves(uint32_t cpus)
{
	static const struct slub_geometry geometry = {
		.stride = 256, .objects = OBJECTS, .sheaf_capacity = CAPACITY};
	struct slub_opts opts = {
		.name = "test", .size = 256, .nr_cpus = cpus, .geometry = &geometry};
	struct slub_cache *c;

	cr_assert_eq(slub_cache_create(&opts, BASE, &c, NULL), 0);
	return c;
}

static uint64_t objects_in_slabs(const struct slub_cache *c)
{
	uint64_t slabs, nr_free;

	slub_node_partial(c, &slabs, &nr_free);
	return counts_of(c).slabs * OBJECTS - nr_free;
}

Test(slub_sheaf, an_empty_sheaf_is_filled_as_a_whole)
{
	struct slub_cache *c = with_sheaves(1);
	bool new;

	for (uint32_t i = 0; i < 10 * CAPACITY; i++) {
		cr_assert_neq(slub_alloc(c, 0, &new), SLUB_NONE);
		cr_assert_eq(new, i % CAPACITY == 0);
		cr_assert_eq(counts_of(c).slabs, (i / CAPACITY + 1) * CAPACITY / OBJECTS);
		cr_assert_eq(counts_of(c).objects, i + 1);
	}
	slub_cache_destroy(c);
}

/* Two sheaves for the CPU and ten for the node; the eleventh full one goes to the slabs. */
Test(slub_sheaf, sheaves_hold_so_many_free_objects_and_no_more)
{
	enum { LIVE = 100 * CAPACITY, HELD = 12 * CAPACITY };
	static slub_object live[LIVE];
	struct slub_cache *c = with_sheaves(1);
	bool freed;

	for (uint32_t i = 0; i < LIVE; i++)
		live[i] = slub_alloc(c, 0, NULL);
	for (uint32_t i = 0; i < LIVE; i++) {
		uint64_t before = counts_of(c).slabs;

		slub_free(c, 0, live[i], &freed);
		cr_assert_eq(freed, counts_of(c).slabs < before);
		if (i < HELD)
			cr_assert_eq(counts_of(c).slabs, LIVE / OBJECTS);
		else
			cr_assert_leq(objects_in_slabs(c), LIVE - i - 1 + HELD + OBJECTS);
	}
	cr_assert_eq(counts_of(c).objects, 0);
	/* each flush empties one of the twelve; what is left of them lies in slabs */
	cr_assert_leq(counts_of(c).slabs, HELD / OBJECTS + 1);
	cr_assert_geq(counts_of(c).slabs, (HELD - CAPACITY) / OBJECTS);
	slub_cache_destroy(c);
}

Test(slub_sheaf, one_cpu_gives_what_another_takes)
{
	enum { LIVE = 8 * CAPACITY };
	static slub_object live[LIVE];
	struct slub_cache *c = with_sheaves(2);

	for (uint32_t i = 0; i < LIVE; i++)
		live[i] = slub_alloc(c, 0, NULL);
	/* CPU 1 keeps two full sheaves and gives six to the node ... */
	for (uint32_t i = 0; i < LIVE; i++)
		slub_free(c, 1, live[i], NULL);
	/* ... which CPU 0 takes: no slab is needed before the seventh */
	for (uint32_t i = 0; i < LIVE; i++) {
		uint64_t slabs = counts_of(c).slabs;
		slub_object object = slub_alloc(c, 0, NULL);

		cr_assert_neq(object, SLUB_NONE);
		cr_assert_eq(counts_of(c).slabs > slabs, i == 6 * CAPACITY || i == 7 * CAPACITY,
			     "object %u", i);
	}
	slub_cache_destroy(c);
}

Test(slub_sheaf, never_hands_out_a_live_object_again)
{
	enum { LIVE = 2000, PLACES = 1 << 14 };
	static slub_object live[LIVE];
	static uint8_t used[PLACES];
	struct slub_cache *c = with_sheaves(4);
	uint64_t seed = 4711;
	uint32_t nr = 0;

	for (int i = 0; i < 200000; i++) {
		bool grow = (i / 10000) % 2 == 0;
		unsigned int cpu;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		cpu = seed >> 40 & 3;
		if (nr < LIVE && (!nr || (seed >> 50) % 8 < (grow ? 6 : 2))) {
			slub_object object = slub_alloc(c, cpu, NULL);

			cr_assert_lt(object, PLACES);
			cr_assert(!used[object]);
			used[object] = 1;
			live[nr++] = object;
		} else {
			uint32_t pick = (uint32_t)(seed >> 33) % nr;

			used[live[pick]] = 0;
			slub_free(c, cpu, live[pick], NULL);
			live[pick] = live[--nr];
		}
		cr_assert_eq(counts_of(c).objects, nr);
	}
	cr_assert_geq(objects_in_slabs(c), nr);
	cr_assert_leq(objects_in_slabs(c), nr + (4 * 2 + 10) * CAPACITY + 4 * OBJECTS);
	slub_cache_destroy(c);
}
