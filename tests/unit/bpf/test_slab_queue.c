// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/slab/slab_queue.h"

enum { WORDS = WIRE_MIN_RING_WORDS };

static void put(struct ring *ring, uint64_t word0, uint64_t ns, uint64_t object)
{
	uint64_t *record = &ring->chunks[0].words[ring->control->head & (WORDS - 1)];

	record[0] = word0;
	record[1] = ns;
	record[2] = object;
	ring->control->head += SLAB_RECORD_WORDS;
}

static struct ring make_ring(void)
{
	struct ring ring = {.words = WORDS, .cpu = 5};

	ring.control = calloc(1, sizeof(*ring.control));
	ring.chunks = calloc(1, sizeof(*ring.chunks));
	cr_assert(ring.control && ring.chunks);
	return ring;
}

static void drop_ring(struct ring *ring)
{
	free(ring->control);
	free(ring->chunks);
}

Test(slab_queue, records_become_events_up_to_the_cut)
{
	struct ring ring = make_ring();
	struct slab_queue q = {0};

	put(&ring, 1 | 6 << SLAB_CACHE_SHIFT, 100, 0xffff888000001000);
	put(&ring, 1 | SLAB_FREE, 110, 0xffff888000002000);
	put(&ring, 1, 121, 0xffff888000003000);
	cr_assert_eq(slab_queue_take(&q, &ring, 120, NULL), 0);
	cr_assert_eq(q.nr, 2);
	cr_assert_eq(q.events[0].cache, 6);
	cr_assert(!q.events[0].free);
	cr_assert_eq(q.events[0].object, 0xffff888000001000);
	cr_assert_eq(q.events[0].ns, 100);
	cr_assert_eq(q.events[0].cpu, 5);
	cr_assert_eq(q.events[1].cache, 0);
	cr_assert(q.events[1].free);
	cr_assert_eq(slab_queue_take(&q, &ring, 121, NULL), 0);
	cr_assert_eq(q.nr, 3);
	cr_assert_eq(ring.control->tail, ring.control->head);
	slab_queue_fini(&q);
	drop_ring(&ring);
}

/* An interrupt's record is complete before that of the event it interrupted, and lies behind it. */
Test(slab_queue, an_unfinished_record_holds_the_others_back_and_times_never_go_back)
{
	struct ring ring = make_ring();
	struct slab_queue q = {0};

	put(&ring, 0, 0, 0);
	put(&ring, 1, 200, 2);
	cr_assert_eq(slab_queue_take(&q, &ring, 1000, NULL), 0);
	cr_assert_eq(q.nr, 0);
	ring.chunks[0].words[1] = 210; /* it took its time after the interrupt */
	ring.chunks[0].words[2] = 1;
	ring.chunks[0].words[0] = 1;
	cr_assert_eq(slab_queue_take(&q, &ring, 1000, NULL), 0);
	cr_assert_eq(q.nr, 2);
	cr_assert_eq(q.events[0].object, 1);
	cr_assert_eq(q.events[1].object, 2);
	cr_assert_eq(q.events[1].ns, 210);
	slab_queue_fini(&q);
	drop_ring(&ring);
}

/* Many times around the ring: 4,096 words are no multiple of three, so records run over its end. */
Test(slab_queue, goes_around_and_leaves_zeroes)
{
	struct ring ring = make_ring();
	struct slab_queue q = {0};
	uint64_t next = 1;

	for (uint64_t i = 1; i < 50000; i++) {
		put(&ring, 1, i, i);
		if (i % 700)
			continue;
		cr_assert_eq(slab_queue_take(&q, &ring, UINT64_MAX, NULL), 0);
		for (; q.first < q.nr; q.first++)
			cr_assert_eq(q.events[q.first].object, next++);
		cr_assert_eq(next, i + 1);
		for (size_t k = 0; k < WORDS + WIRE_SLACK_WORDS; k++)
			cr_assert_eq(ring.chunks[0].words[k], 0);
	}
	slab_queue_fini(&q);
	drop_ring(&ring);
}
