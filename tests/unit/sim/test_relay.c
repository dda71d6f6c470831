// SPDX-License-Identifier: GPL-2.0-only
/* What one thread does for another: all of it, in order, and never in a slot that is being filled. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "sim/charge/relay.h"

struct belt {
	unsigned int slots[RELAY_SLOTS]; /* what is to be taken over next, + 1; 0: free */
	unsigned int taken;		 /* so far, by the other thread */
	unsigned int wrong;
	unsigned int slow; /* one in so many takes its time; 0: none does */
};

static void take(void *ctx, unsigned int slot)
{
	struct belt *b = ctx;

	if (b->slow && b->taken % b->slow == 0)
		for (int i = 0; i < 20; i++)
			sched_yield();
	b->wrong += b->slots[slot] != ++b->taken || slot != (b->taken - 1) % RELAY_SLOTS;
	b->slots[slot] = 0;
}

/* drain: after so many, 0: never; slow: one in so many of what this thread gives takes its time, 0: none. */
static void run(unsigned int nr, unsigned int drain, unsigned int slow, unsigned int slow_taker)
{
	struct belt *b = calloc(1, sizeof(*b));
	unsigned int slot = 0;
	struct relay *r;

	b->slow = slow_taker;
	cr_assert_eq(relay_create(take, b, &r, NULL), 0);
	for (unsigned int i = 1; i <= nr; i++) {
		cr_assert_eq(b->slots[slot], 0, "number %u: slot %u is in use", i, slot);
		b->slots[slot] = i;
		slot = relay_hand_over(r);
		cr_assert_eq(slot, i % RELAY_SLOTS);
		for (int k = 0; slow && i % slow == 0 && k < 20; k++)
			sched_yield();
		if (!drain || i % drain)
			continue;
		relay_drain(r);
		cr_assert_eq(b->taken, i, "%u of %u", b->taken, i);
	}
	relay_destroy(r);
	cr_assert_eq(b->taken, nr, "the end waits for all of it: %u of %u", b->taken, nr);
	cr_assert_eq(b->wrong, 0);
	free(b);
}

Test(relay, does_everything_in_order)
{
	run(0, 0, 0, 0);
	run(1, 0, 0, 0);
	run(RELAY_SLOTS, 0, 0, 0);
	run(100000, 0, 0, 0);
}

Test(relay, a_drain_is_done_when_all_is)
{
	run(3000, 1, 0, 0);
	run(10000, 7, 0, 0);
	run(20000, RELAY_SLOTS, 0, 0);
	run(20000, 1000, 0, 0);
}

Test(relay, either_side_may_be_slow)
{
	run(20000, 0, 50, 0);
	run(20000, 0, 0, 50);
	run(20000, 333, 70, 50);
}
