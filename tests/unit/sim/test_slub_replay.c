// SPDX-License-Identifier: GPL-2.0-only
/* Streams of a made-up cache: 16 objects of 256 bytes in slabs of a page. */
#include <errno.h>
#include <string.h>

#include "sim/heap/slub_replay.h"
#include "tests/draw.h"
#include "tests/unit/sim/slub_harness.h"

enum { OBJECTS = 16, STRIDE = 256, SLAB_BYTES = 4096 };

/* Neither CPU lists nor spare slabs: a slab that is empty goes back at once. */
static const struct slub_geometry eager = {.stride = STRIDE, .objects = OBJECTS};
static const struct slub_geometry usual = {
	.stride = STRIDE, .objects = OBJECTS, .cpu_partial = 52, .min_partial = 5};

static struct slub_replay *start(const struct slub_geometry *geometry, uint32_t cpus,
				 const struct slub_population *population)
{
	struct slub_opts opts = {
		.name = "test", .size = STRIDE, .nr_cpus = cpus, .geometry = geometry};
	struct error err = {0};
	struct slub_replay *r;

	cr_assert_eq(slub_replay_create(&opts, population, &r, &err), 0, "%s", err.msg);
	return r;
}

static struct slub_replay_counts counts(const struct slub_replay *r)
{
	struct slub_replay_counts c;

	slub_replay_counts(r, &c);
	return c;
}

/* Slabs are neighbours; which of the objects are left in each is all that counts. */
Test(slub_replay, old_objects_empty_the_slabs_that_they_share)
{
	enum { SLABS = 300, PARTIAL = 40 };
	static uint64_t order[SLABS * OBJECTS];
	struct slub_known_slab known[PARTIAL];
	struct slub_population p = {.slabs = SLABS, .known = known, .nr_known = PARTIAL};
	uint32_t left[SLABS];
	uint64_t seed = 99, nr = 0, held = SLABS;
	struct slub_replay *r;

	for (uint32_t i = 0; i < SLABS; i++) {
		left[i] = i < PARTIAL ? 1 + i % (OBJECTS - 1) : OBJECTS;
		if (i < PARTIAL) /* anything in the slab names it */
			known[i] = (struct slub_known_slab){BASE + i * SLAB_BYTES + 15 * STRIDE,
							    left[i]};
		for (uint32_t k = 0; k < left[i]; k++)
			order[nr++] = BASE + i * SLAB_BYTES + k * STRIDE;
	}
	for (uint64_t i = nr - 1; i; i--) {
		uint64_t other = draw(&seed) % (i + 1), swap = order[i];

		order[i] = order[other];
		order[other] = swap;
	}
	r = start(&eager, 2, &p);
	cr_assert_eq(counts(r).live, nr);
	for (uint64_t i = 0; i < nr; i++) {
		uint64_t slab = (order[i] - BASE) / SLAB_BYTES;

		cr_assert_eq(slub_replay_free(r, (unsigned int)(i % 2), order[i], NULL), 0);
		held -= --left[slab] == 0;
		cr_assert_eq(counts(r).slabs, held, "after %lu of %lu", i, nr);
		cr_assert_eq(counts(r).active, nr - i - 1);
	}
	cr_assert_eq(counts(r).old_frees, nr);
	cr_assert_eq(counts(r).stray_frees, 0);
	slub_replay_destroy(r);
}

/* A tenth of the slabs partial, a third of their objects free: the sums hold whatever is met first. */
Test(slub_replay, a_guessed_start_has_the_counts_that_were_read)
{
	for (uint64_t slabs = 0; slabs < 200; slabs += 7) {
		struct slub_population p = {.slabs = slabs, .partial = (slabs + 9) / 10};
		struct slub_replay_counts c;
		struct slub_replay *r;

		p.partial_free = p.partial * OBJECTS / 3;
		r = start(&usual, 1, &p);
		c = counts(r);
		cr_assert_eq(c.slabs, slabs);
		cr_assert_eq(c.active, slabs * OBJECTS - p.partial_free);
		cr_assert_eq(c.live, c.active);
		slub_replay_destroy(r);
	}
}

Test(slub_replay, guessed_partial_slabs_are_met_as_often_as_they_are_there)
{
	enum { SLABS = 100, MET = 20 };
	struct slub_population p = {.slabs = SLABS, .partial = 50, .partial_free = 50 * 8};
	struct slub_replay *r = start(&eager, 1, &p);

	/* one object each of 20 slabs: 10 of them should be partial, with 8 left */
	for (uint64_t slab = 0; slab < MET; slab++)
		for (uint64_t k = 0; k < 8; k++)
			cr_assert_eq(
				slub_replay_free(r, 0, BASE + slab * SLAB_BYTES + k * STRIDE, NULL),
				0);
	cr_assert_eq(counts(r).slabs, SLABS - MET / 2);
	slub_replay_destroy(r);
}

Test(slub_replay, what_was_not_seen_is_counted)
{
	struct slub_population p = {.slabs = 1};
	struct slub_replay *r = start(&usual, 1, &p);
	struct slub_replay_counts c;

	cr_assert_eq(slub_replay_alloc(r, 0, BASE, NULL), 0);
	cr_assert_eq(slub_replay_alloc(r, 0, BASE, NULL), 0); /* somebody gave it back */
	cr_assert_eq(counts(r).unseen_frees, 1);
	cr_assert_eq(counts(r).live, OBJECTS + 1);
	for (uint64_t i = 0; i < OBJECTS; i++)
		cr_assert_eq(slub_replay_free(r, 0, BASE + SLAB_BYTES + i * STRIDE, NULL), 0);
	cr_assert_eq(counts(r).stray_frees, 0);
	/* of a slab that cannot be there, and one more object of a slab than it had */
	cr_assert_eq(slub_replay_free(r, 0, BASE + 9 * SLAB_BYTES, NULL), 0);
	cr_assert_eq(slub_replay_free(r, 0, BASE + SLAB_BYTES, NULL), 0);
	c = counts(r);
	cr_assert_eq(c.stray_frees, 2);
	cr_assert_eq(c.old_frees, OBJECTS);
	cr_assert_eq(c.allocs, 2);
	cr_assert_eq(c.frees, OBJECTS + 2);
	cr_assert_eq(c.live, 1);
	slub_replay_destroy(r);
}

/* Of a slab whose filling was read, what can be handed out is known, object by object. */
Test(slub_replay, objects_handed_out_though_in_use_came_back_unseen)
{
	struct slub_known_slab known = {BASE, OBJECTS - 2};
	struct slub_population p = {.slabs = 2, .known = &known, .nr_known = 1};
	struct slub_replay *r = start(&usual, 1, &p);

	for (uint64_t i = 0; i < 2; i++)
		cr_assert_eq(slub_replay_alloc(r, 0, BASE + i * STRIDE, NULL), 0);
	cr_assert_eq(counts(r).unseen_frees, 0, "there were two");
	cr_assert_eq(slub_replay_alloc(r, 0, BASE + 2 * STRIDE, NULL), 0);
	cr_assert_eq(counts(r).unseen_frees, 1, "the third was in use");
	cr_assert_eq(slub_replay_free(r, 0, BASE + 3 * STRIDE, NULL), 0);
	cr_assert_eq(slub_replay_alloc(r, 0, BASE + 3 * STRIDE, NULL), 0);
	cr_assert_eq(counts(r).unseen_frees, 1, "the fourth was given back before");
	/* a full slab, known by the one object that it got back */
	cr_assert_eq(slub_replay_free(r, 0, BASE + SLAB_BYTES, NULL), 0);
	cr_assert_eq(slub_replay_alloc(r, 0, BASE + SLAB_BYTES + STRIDE, NULL), 0);
	cr_assert_eq(counts(r).unseen_frees, 2);
	cr_assert_eq(counts(r).stray_frees, 0);
	cr_assert_eq(counts(r).live, 2 * OBJECTS - 1);
	slub_replay_destroy(r);
}

Test(slub_replay, an_object_given_back_twice_left_unseen)
{
	struct slub_population p = {.slabs = 1};
	struct slub_replay *r = start(&usual, 1, &p);

	for (int i = 0; i < 2; i++)
		cr_assert_eq(slub_replay_free(r, 0, BASE, NULL), 0);
	cr_assert_eq(counts(r).stray_frees, 1);
	cr_assert_eq(counts(r).old_frees, 1);
	cr_assert_eq(counts(r).live, OBJECTS - 1);
	slub_replay_destroy(r);
}

Test(slub_replay, a_cpu_outside_is_refused)
{
	struct slub_population p = {0};
	struct slub_replay *r = start(&usual, 2, &p);
	struct error err = {0};

	cr_assert_eq(slub_replay_alloc(r, 2, BASE, &err), -ERANGE);
	cr_assert(strstr(err.msg, "CPU 2"), "%s", err.msg);
	cr_assert_eq(slub_replay_free(r, 2, BASE, &err), -ERANGE);
	slub_replay_destroy(r);
	slub_replay_destroy(NULL);
}

Test(slub_replay, without_cpu_lists_slabs_are_as_many_as_objects_need)
{
	struct slub_population p = {0};
	struct slub_replay *r = start(&eager, 1, &p);

	for (uint64_t i = 0; i < 1000; i++) {
		cr_assert_eq(slub_replay_alloc(r, 0, BASE + i * STRIDE, NULL), 0);
		cr_assert_eq(counts(r).slabs, i / OBJECTS + 1);
	}
	/* the CPU keeps its current slab, the last one */
	for (uint64_t i = 0; i < 1000; i++)
		cr_assert_eq(slub_replay_free(r, 0, BASE + i * STRIDE, NULL), 0);
	cr_assert_eq(counts(r).slabs, 1);
	cr_assert_eq(counts(r).live, 0);
	slub_replay_destroy(r);
}

Test(slub_seed, a_seeded_slab_is_used_before_a_new_one)
{
	struct slub_cache *c = make(256, 8, 1, false);
	uint64_t slabs, nr_free;
	slub_object first;
	bool new;

	cr_assert_eq(slub_seed(c, 13, &first, NULL), 0);
	slub_node_partial(c, &slabs, &nr_free);
	cr_assert_eq(slabs, 1);
	cr_assert_eq(nr_free, 3);
	for (uint32_t i = 0; i < 4; i++) {
		slub_object object = slub_alloc(c, 0, &new);

		cr_assert_eq(new, i == 3);
		cr_assert_eq(object, i < 3 ? first + 13 + i : first + 16);
	}
	slub_node_partial(c, &slabs, &nr_free);
	cr_assert_eq(slabs, 0);
	cr_assert_eq(counts_of(c).objects, 17);
	cr_assert_eq(slub_seed(c, 17, &first, NULL), -EINVAL);
	slub_cache_destroy(c);
}

Test(slub_geometry, a_given_geometry_is_used_and_an_impossible_one_refused)
{
	static const struct slub_geometry bad[] = {
		{.stride = 256, .objects = 17},
		{.stride = 128, .objects = 16},
		{.stride = 256, .objects = 0},
		{.stride = 256, .objects = 16, .order = 11},
		{.stride = 256, .objects = 16, .cpu_partial = UINT32_MAX},
	};
	struct slub_opts opts = {.name = "a", .size = 256, .nr_cpus = 2};
	struct slub_geometry computed, one = {.stride = 320, .objects = 3};
	struct slub_cache *c;

	slub_geometry(&opts, &computed);
	cr_assert_eq(computed.objects, 16);
	cr_assert_eq(computed.cpu_partial, 52);
	cr_assert_eq(computed.min_partial, 5);
	opts.geometry = &one;
	cr_assert_eq(slub_cache_create(&opts, BASE, &c, NULL), 0);
	cr_assert_eq(counts_of(c).stride, 320);
	cr_assert_eq(counts_of(c).objects_per_slab, 3);
	slub_cache_destroy(c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		opts.geometry = &bad[i];
		cr_assert_eq(slub_cache_create(&opts, BASE, &c, NULL), -EINVAL, "%zu", i);
	}
}
