// SPDX-License-Identifier: GPL-2.0-only
/* Objects of slabs on kernels that have sheaves, arrays of free objects in front of the slabs. */
#include "tests/unit/sim/pages_harness.h"

enum { GFP_SLAB = GFPC_COMP | GFPC_NOWARN | GFPC_NORETRY, SLAB = 64 };

static const struct trace_code sheaves = {
	.told = UINT64_MAX >> (64 - CODE_MAX),
	.has = 1ULL << CODE_slab_sheaf | 1ULL << CODE_slabobj_ext,
};

static void tell(struct harness *h, uint8_t kind, uint64_t pfn, uint8_t order, uint32_t arg)
{
	harness_event(h, (struct event){.kind = kind, .pfn = pfn, .order = order, .arg = arg});
}

static void start(struct harness *h)
{
	harness_init_code(h, 2048, 1u << CLASS_KIND | 1u << CLASS_OBJECT, sheaves);
	harness_all_free(h);
	tell(h, EVENT_PAGE_ALLOC, SLAB, 1, GFP_SLAB);
	tell(h, EVENT_SLAB_PAGE, SLAB, 1, 1 | 21 << SLAB_OBJECTS_SHIFT);
}

static void object(struct harness *h, uint64_t pfn, uint32_t how)
{
	tell(h, EVENT_OBJECT_FREE, pfn, 0, how);
}

/*
 * build_detached_freelist() of mm/slub.c over a sheaf's objects, step by step: finds the objects of the last one's slab, moves
 * them to the end, and gives up at the third one of another slab. Tells the groups, and counts how often it looks for a slab.
 */
static uint32_t detach(uint32_t *objects, uint32_t *size, uint32_t *slab, uint32_t *found)
{
	uint32_t left = *size - 1, same = left, lookahead = 3, looks = 1;

	*slab = objects[left];
	*found = 1;
	while (left) {
		uint32_t of = objects[--left];

		looks++;
		if (of == *slab) {
			++*found;
			same--;
			if (left != same) {
				objects[left] = objects[same];
				objects[same] = of;
			}
			continue;
		}
		if (!--lookahead)
			break;
	}
	*size = same;
	return looks;
}

Test(pages_sheaf, a_sheaf_is_emptied_with_as_many_looks_as_the_kernel_takes)
{
	unsigned int seed = 1;

	for (int round = 0; round < 500; round++) {
		uint32_t objects[32], size = 1 + (uint32_t)rand_r(&seed) % 32,
				      slabs = 1 + (uint32_t)rand_r(&seed) % 12;
		uint64_t looks = 0;
		struct harness h;

		start(&h);
		for (uint32_t i = 0; i < slabs; i++) {
			tell(&h, EVENT_PAGE_ALLOC, 256 + i, 0, GFP_SLAB);
			tell(&h, EVENT_SLAB_PAGE, 256 + i, 0, 1);
		}
		for (uint32_t i = 0; i < size; i++)
			objects[i] = 256 + (uint32_t)rand_r(&seed) % slabs;
		/* the object that was one too many */
		object(&h, 256, OBJECT_KFREE);
		looks++;
		while (size) {
			uint32_t slab, found;

			looks += detach(objects, &size, &slab, &found);
			object(&h, slab, OBJECT_TO_SLAB | found << OBJECT_NR_SHIFT);
		}
		cr_assert_eq(harness_count(&h, OP_OBJECT_LOOK), looks, "round %d", round);
		/* another sheaf: what the last slabs of this one did not meet they do not meet there */
		object(&h, 256, OBJECT_KFREE);
		object(&h, 256, OBJECT_TO_SLAB | 1 << OBJECT_NR_SHIFT);
		cr_assert_eq(harness_count(&h, OP_OBJECT_LOOK), looks + 2);
		harness_fini(&h);
	}
}

/* A sheaf that is filled takes all that a slab has; the first object that comes back puts it on the node's list again. */
Test(pages_sheaf, a_slab_that_filled_a_sheaf_is_listed_when_an_object_comes_back)
{
	struct harness h;

	start(&h);
	object(&h, SLAB, OBJECT_TO_SLAB | 1 << OBJECT_NR_SHIFT);
	cr_expect_eq(harness_count(&h, OP_OBJECT_PARTIAL), 1,
		     "all of a new slab's were handed out");
	object(&h, SLAB, OBJECT_TO_SLAB | 1 << OBJECT_NR_SHIFT);
	cr_expect_eq(harness_count(&h, OP_OBJECT_PARTIAL), 1);
	for (uint64_t i = 1; i < 4; i++) {
		object(&h, SLAB, OBJECT_REFILL);
		cr_expect_eq(harness_count(&h, OP_OBJECT_REFILL), i);
		object(&h, SLAB, OBJECT_TO_SLAB | 1 << OBJECT_NR_SHIFT);
		object(&h, SLAB, OBJECT_TO_SLAB | 1 << OBJECT_NR_SHIFT);
		cr_expect_eq(harness_count(&h, OP_OBJECT_PARTIAL), i + 1);
	}
	harness_fini(&h);
}
