// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "sim/machine/calibrate_impl.h"

enum {
	ADDITIONS = 20000,
	/* a preemption costs milliseconds: a few hundred hand-overs at a time have a chance to see none */
	HANDOVERS = 400,
	ROUNDS = 20,
};

/* Alone in its line and in the one that an adjacent-line prefetcher would bring along. */
struct counter {
	_Alignas(256) atomic_uint value;
	char rest[252];
};

double atomic_unshared(void)
{
	struct counter counter = {0};
	uint64_t begin = calibrate_now();

	for (int i = 0; i < ADDITIONS; i++)
		atomic_fetch_add(&counter.value, 1);
	return (double)(calibrate_now() - begin) / ADDITIONS;
}

/* Waits until it is this side's turn, and ends it, `times` times. */
static void take_turns(atomic_uint *value, unsigned int side, unsigned int times)
{
	for (unsigned int i = 0; i < times; i++) {
		unsigned int turn = 2 * i + side;

		while (atomic_load_explicit(value, memory_order_relaxed) != turn)
			;
		atomic_fetch_add(value, 1);
	}
}

static void *other_side(void *arg)
{
	struct counter *counter = arg;

	for (int round = 0; round < ROUNDS; round++)
		take_turns(&counter[round].value, 1, HANDOVERS);
	return NULL;
}

int atomic_shared(int cpu, double *ret)
{
	struct counter *counters =
		aligned_alloc(_Alignof(struct counter), ROUNDS * sizeof(*counters));
	double best = 0;
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t set;
	int r;

	if (!counters)
		return -ENOMEM;
	for (int round = 0; round < ROUNDS; round++)
		atomic_init(&counters[round].value, 0);
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	pthread_attr_init(&attr);
	r = pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	if (!r)
		r = pthread_create(&thread, &attr, other_side, counters);
	pthread_attr_destroy(&attr);
	for (int round = 0; !r && round < ROUNDS; round++) {
		uint64_t begin = calibrate_now();
		double ns;

		take_turns(&counters[round].value, 0, HANDOVERS);
		ns = (double)(calibrate_now() - begin) / (2 * HANDOVERS);
		/* the first round waits for the thread to start */
		if (round && (best == 0 || ns < best))
			best = ns;
	}
	if (!r)
		pthread_join(thread, NULL);
	free(counters);
	if (!r)
		*ret = best;
	return -r;
}
