// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "sim/heap/slub_internal.h"
#include "tests/draw.h"
#include "tests/unit/sim/slub_harness.h"

/* 63 useful descriptors in a page of 64-byte ones. */
Test(slub, a_self_described_slab_never_hands_out_its_first_object)
{
	struct slub_opts opts = {.name = "slab", .size = 64, .self_described = true, .nr_cpus = 1};
	struct slub_cache *c;
	struct slub_counts counts;
	bool new;

	cr_assert_eq(slub_cache_create(&opts, BASE, &c, NULL), 0);
	for (uint32_t i = 0; i < 63 * 50; i++) {
		cr_assert_eq(slub_alloc(c, 0, &new), i / 63 * 64 + 1 + i % 63);
		cr_assert_eq(new, i % 63 == 0);
	}
	for (uint32_t i = 0; i < 63 * 50; i++)
		slub_free(c, 0, i / 63 * 64 + 1 + i % 63, NULL);
	slub_counts(c, &counts);
	cr_assert_eq(counts.objects_per_slab, 63);
	cr_assert_eq(counts.objects, 0);
	cr_assert_lt(counts.slabs, 12); /* a slab is empty without its first object */
	for (uint32_t i = 0; i < 63 * 50; i++)
		cr_assert_neq(slub_alloc(c, 0, NULL) % 64, 0);
	slub_cache_destroy(c);
}

/* Against a set of live addresses. Phases grow and shrink; frees come from any CPU. */
static uint64_t random_life(uint32_t size, uint32_t cpus, bool rcu, uint64_t seed)
{
	enum { LIVE = 3000, STEPS = 60000 };
	struct slub_cache *c = make(size, 16, cpus, rcu);
	const struct slub_counts shape = counts_of(c);
	uint64_t slab_bytes = 4096ULL << shape.order, trail = 0, slab_allocs = 0, peak = 0;
	slub_object *live = calloc(LIVE, sizeof(*live));
	uint8_t *used = calloc(1 << 20, 1); /* by place: (address - base) / 16 */
	struct slub_counts counts;
	size_t nr = 0;
	bool event;

	for (int i = 0; i < STEPS; i++) {
		unsigned int cpu = (unsigned int)(draw(&seed) % cpus);
		bool grow = (i / 5000) % 2 == 0;

		if (nr < LIVE && (!nr || (draw(&seed) % 8 < (grow ? 6 : 2)))) {
			slub_object object = slub_alloc(c, cpu, &event);
			uint64_t at, slab;

			cr_assert_neq(object, SLUB_NONE);
			at = slub_address(c, object) - BASE;
			slab = slub_slab_address(c, object) - BASE;
			cr_assert_eq(at % 16, 0);
			cr_assert_eq(slab, at / slab_bytes * slab_bytes);
			cr_assert_leq(at + size, slab + slab_bytes);
			cr_assert_eq((at - slab) % shape.stride, 0);
			cr_assert_lt(at / 16, 1 << 20);
			cr_assert(!used[at / 16], "handed out twice");
			used[at / 16] = 1;
			slab_allocs += event;
			live[nr++] = object;
			trail = trail * 31 + at;
		} else {
			size_t pick = draw(&seed) % 3 ? nr - 1 - draw(&seed) % (nr < 20 ? nr : 20)
						      : draw(&seed) % nr;
			uint64_t before = counts_of(c).slab_frees;

			used[(slub_address(c, live[pick]) - BASE) / 16] = 0;
			slub_free(c, cpu, live[pick], &event);
			cr_assert_eq(event, counts_of(c).slab_frees > before);
			live[pick] = live[--nr];
		}
		if (draw(&seed) % 500 == 0)
			slub_quiesce(c);
		peak = nr > peak ? nr : peak;
		counts = counts_of(c);
		cr_assert_eq(counts.objects, nr);
		cr_assert_eq(counts.allocs - counts.frees, nr);
		cr_assert_eq(counts.slab_allocs - counts.slab_frees, counts.slabs);
		cr_assert_geq(counts.slabs * counts.objects_per_slab, nr);
	}
	cr_assert_eq(counts.slab_allocs, slab_allocs);
	cr_assert_eq(counts.peak_objects, peak);
	cr_assert_geq(counts.peak_slabs, counts.slabs);
	cr_assert_gt(counts.slab_frees, 0);
	slub_cache_destroy(c);
	free(live);
	free(used);
	return trail;
}

Test(slub, never_hands_out_a_live_object_again)
{
	static const uint32_t size[] = {32, 80, 160, 700};

	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++)
		for (uint32_t cpus = 1; cpus <= 16; cpus *= 4) {
			random_life(size[i], cpus, false, 1234567 + cpus);
			random_life(size[i], cpus, true, 7654321 + cpus);
		}
}

Test(slub, the_same_calls_give_the_same_addresses)
{
	cr_assert_eq(random_life(96, 4, false, 42), random_life(96, 4, false, 42));
	cr_assert_neq(random_life(96, 4, false, 42), random_life(96, 4, false, 43));
}

Test(slub, a_new_slab_is_used_by_rising_address_and_a_freed_object_next)
{
	struct slub_cache *c = make(128, 16, 1, false);
	slub_object object[32];
	bool new;

	for (unsigned int i = 0; i < 32; i++) {
		object[i] = slub_alloc(c, 0, &new);
		cr_assert_eq(new, i == 0);
		cr_assert_eq(slub_address(c, object[i]), BASE + i * 128);
	}
	slub_alloc(c, 0, &new);
	cr_assert(new);
	/* the current slab's freelist: last in, first out */
	for (int i = 0; i < 3; i++)
		cr_assert_eq(slub_alloc(c, 0, NULL), 33U + (unsigned int)i);
	slub_free(c, 0, 34, NULL);
	slub_free(c, 0, 33, NULL);
	cr_assert_eq(slub_alloc(c, 0, NULL), 33);
	cr_assert_eq(slub_alloc(c, 0, NULL), 34);
	/* an object of a full slab: used only after the current slab, with the slab's other free ones */
	slub_free(c, 0, object[5], NULL);
	for (unsigned int i = 36; i < 64; i++)
		cr_assert_eq(slub_alloc(c, 0, &new), i);
	cr_assert_eq(slub_alloc(c, 0, &new), object[5]);
	cr_assert(!new);
	slub_cache_destroy(c);
}

Test(slub, a_free_by_another_cpu_goes_to_the_slab_not_to_that_cpu)
{
	struct slub_cache *c = make(128, 16, 2, false);
	slub_object first = slub_alloc(c, 0, NULL), other;

	slub_free(c, 1, first, NULL);
	other = slub_alloc(c, 1, NULL);
	cr_assert_eq(slub_slab_address(c, other), BASE + 4096); /* a slab of its own */
	for (unsigned int i = 1; i < 32; i++)
		cr_assert_eq(slub_alloc(c, 0, NULL), i);
	cr_assert_eq(slub_alloc(c, 0, NULL),
		     first); /* taken back when the lockless list is empty */
	cr_assert_eq(counts_of(c).slabs, 2);
	slub_cache_destroy(c);
}

/* All of n slabs allocated, then freed in order by CPU 0. */
static struct slub_counts fill_and_free(struct slub_cache *c, unsigned int slabs)
{
	struct slub_counts counts = counts_of(c);
	uint32_t n = slabs * counts.objects_per_slab;

	for (uint32_t i = 0; i < n; i++)
		cr_assert_eq(slub_alloc(c, 0, NULL), i);
	for (uint32_t i = 0; i < n; i++)
		slub_free(c, 0, i, NULL);
	return counts_of(c);
}

/*
 * 128 bytes: 32 objects a slab, so 120 objects are 8 slabs of a CPU's partial list; min_partial is
 * max(5, 7 / 2) = 5. 100 slabs freed in order: slab 99 is current; every 9th free of a full slab drains
 * the 8 before it, empty ones, of which the node keeps 5 in all. Slabs 96..98 are on the CPU's list.
 */
Test(slub, keeps_min_partial_empty_slabs_on_the_node_and_gives_back_the_rest)
{
	struct slub_cache *c = make(128, 16, 1, false);
	struct slub_counts counts = fill_and_free(c, 100);

	cr_assert_eq(counts.objects, 0);
	cr_assert_eq(counts.peak_slabs, 100);
	cr_assert_eq(counts.slabs, 1 + 3 + 5);
	cr_assert_eq(counts.slab_frees, 91);
	slub_cache_destroy(c);
}

/*
 * After the case above: the current slab, then the CPU's list from its newest slab (98), then the node's
 * list from its head. The first drain moved slabs 7 .. 0, newest first, of which 7 .. 3 stayed. The node
 * gives its head and, with 8 slabs per CPU, up to 5 more for the CPU's list, the last of them on top.
 * When all are used, the lowest slab that was given back.
 */
Test(slub, takes_slabs_from_the_cpu_list_then_the_node_then_the_lowest_given_back)
{
	static const uint32_t order[] = {99, 98, 97, 96, 7, 3, 4, 5, 6, 0, 1, 2, 8, 9};
	struct slub_cache *c = make(128, 16, 1, false);

	fill_and_free(c, 100);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (int k = 0; k < 32; k++)
			cr_assert_eq(slub_alloc(c, 0, NULL) / 32, order[i], "position %zu", i);
	slub_cache_destroy(c);
}

/*
 * 40 full slabs lose one object each: the CPU's list of 8 is drained four times, which puts 7 .. 0, 15 .. 8,
 * 23 .. 16 and 31 .. 24 on the node, and 32 .. 39 stay. The node then gives the first of its list to be the
 * current slab and 8 / 2 + 1 = 5 more, of which the CPU uses the last first.
 */
Test(slub, takes_one_slab_and_half_a_cpu_list_from_the_node_at_a_time)
{
	static const uint32_t order[] = {39, 38, 37, 36, 35, 34, 33, 32, 7,  2,
					 3,  4,	 5,  6,	 1,  12, 13, 14, 15, 0};
	struct slub_cache *c = make(128, 16, 1, false);

	for (uint32_t i = 0; i < 40 * 32 + 32; i++)
		slub_alloc(c, 0, NULL);
	for (uint32_t slab = 0; slab < 40; slab++)
		slub_free(c, 0, slab * 32, NULL);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		cr_assert_eq(slub_alloc(c, 0, NULL), order[i] * 32, "position %zu", i);
	slub_cache_destroy(c);
}

/* Every slab taken and not given back is held; the numbers told must say exactly which those are. */
Test(slub, tells_each_slab_that_was_given_back_once)
{
	for (int rcu = 0; rcu < 2; rcu++) {
		struct slub_cache *c = make(128, 16, 3, rcu);
		const uint32_t objects = counts_of(c).objects_per_slab;
		uint64_t seed = 99, told = 0;
		slub_object live[4000];
		bool held[4000] = {false}, event;
		size_t nr = 0;

		for (int i = 0; i < 100000; i++) {
			bool grow = (i / 6000) % 2 == 0;
			unsigned int cpu = (unsigned int)(draw(&seed) % 3);
			uint32_t slab;

			if (!nr || (nr < 4000 && draw(&seed) % 8 < (grow ? 6 : 2))) {
				live[nr] = slub_alloc(c, cpu, &event);
				cr_assert_eq(held[live[nr] / objects], !event);
				held[live[nr++] / objects] = true;
			} else {
				size_t pick = draw(&seed) % nr;

				slub_free(c, cpu, live[pick], NULL);
				live[pick] = live[--nr];
			}
			if (draw(&seed) % 100 == 0)
				slub_quiesce(c);
			for (; slub_pop_freed(c, &slab); told++) {
				cr_assert(held[slab]);
				held[slab] = false;
			}
		}
		cr_assert_eq(told, counts_of(c).slab_frees);
		cr_assert_gt(told, 100);
		slub_cache_destroy(c);
	}
}

Test(slub, a_slab_with_one_live_object_never_comes_back)
{
	struct slub_cache *c = make(64, 64, 1, false);
	struct slub_counts counts;

	for (uint32_t i = 0; i < 64 * 200; i++)
		slub_alloc(c, 0, NULL);
	for (uint32_t i = 0; i < 64 * 200; i += 2)
		slub_free(c, 0, i, NULL);
	counts = counts_of(c);
	cr_assert_eq(counts.slabs, 200);
	cr_assert_eq(counts.slab_frees, 0);
	cr_assert_eq(counts.objects, 64 * 100);
	/* and the holes are all used before a new slab is taken */
	for (uint32_t i = 0; i < 64 * 100; i++)
		slub_alloc(c, 0, NULL);
	cr_assert_eq(counts_of(c).slabs, 200);
	slub_alloc(c, 0, NULL);
	cr_assert_eq(counts_of(c).slabs, 201);
	slub_cache_destroy(c);
}

Test(slub, rcu_slabs_come_back_only_after_a_grace_period)
{
	struct slub_cache *c = make(128, 16, 1, true);
	struct slub_counts counts = fill_and_free(c, 100);

	cr_assert_eq(counts.slabs, 100);
	cr_assert_eq(counts.slab_frees, 0);
	for (int i = 0; i < 32 * 9; i++)
		cr_assert_neq(slub_alloc(c, 0, NULL), SLUB_NONE);
	cr_assert_eq(counts_of(c).slab_allocs, 100); /* the kept ones were used */
	cr_assert_eq(slub_alloc(c, 0, NULL), 100 * 32, "pages in their grace period were used");
	cr_assert_eq(slub_quiesce(c), 91);
	cr_assert_eq(counts_of(c).slabs, 10);
	cr_assert_eq(slub_quiesce(c), 0);
	slub_cache_destroy(c);
}

Test(slub, given_back_slabs_are_taken_again_lowest_first)
{
	struct slub_cache *c = make(4096, 4096, 1, false); /* 8 objects a slab of order 3 */
	struct slub_counts counts = fill_and_free(c, 300);
	uint64_t before = 0, given_back = counts.slab_frees;
	bool new;

	cr_assert_eq(counts.objects_per_slab, 8);
	for (uint64_t i = 0; i < counts.slabs * 8; i++) {
		slub_alloc(c, 0, &new);
		cr_assert(!new);
	}
	for (uint64_t i = 0; i < given_back; i++) {
		slub_object object = slub_alloc(c, 0, &new);

		cr_assert(new);
		cr_assert(!i || before < slub_slab_address(c, object));
		before = slub_slab_address(c, object);
		for (int k = 0; k < 7; k++)
			slub_alloc(c, 0, NULL);
	}
	cr_assert_lt(before, BASE + 300 * 32768);
	cr_assert_eq(slub_alloc(c, 0, NULL), 300 * 8);
	slub_cache_destroy(c);
}

/* The short way for what changes no lists is the same as the way round, whatever happened before. */
Test(slub, objects_that_come_and_go_the_short_way_are_those_that_would_have_come_and_gone)
{
	enum { NR = 4000, ROUNDS = 60000 };
	struct slub_cache *one = make(192, 64, 2, false), *fast = make(192, 64, 2, false);
	slub_object got[NR];
	uint32_t nr = 0, short_allocs = 0, short_frees = 0;
	uint64_t seed = 5;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		unsigned int cpu = draw(&seed) & 1, frees = round / 6000 % 2 ? 4 : 2;
		slub_object object;

		if (nr && (nr == NR || draw(&seed) % 6 < frees)) {
			/* mostly the last ones, so that slabs of every kind get some back */
			uint32_t at = nr - 1 - (uint32_t)(draw(&seed) % (round % 3 ? nr : 1));
			bool freed_one, freed = false;

			object = got[at];
			got[at] = got[--nr];
			slub_free(one, cpu, object, &freed_one);
			if (slub_free_fast(fast, cpu, object))
				short_frees++;
			else
				slub_free(fast, cpu, object, &freed);
			cr_assert_eq(freed, freed_one);
			continue;
		}
		object = slub_alloc_fast(fast, cpu);
		if (object == SLUB_NONE)
			object = slub_alloc(fast, cpu, NULL);
		else
			short_allocs++;
		cr_assert_eq(object, slub_alloc(one, cpu, NULL));
		got[nr++] = object;
	}
	cr_assert_gt(short_allocs, ROUNDS / 4);
	cr_assert_gt(short_frees, ROUNDS / 4);
	cr_assert_eq(counts_of(one).slabs, counts_of(fast).slabs);
	cr_assert_eq(counts_of(one).objects, counts_of(fast).objects);
	cr_assert_eq(counts_of(one).peak_objects, counts_of(fast).peak_objects);
	cr_assert_eq(counts_of(one).allocs, counts_of(fast).allocs);
	cr_assert_eq(counts_of(one).frees, counts_of(fast).frees);
	slub_cache_destroy(one);
	slub_cache_destroy(fast);
}
