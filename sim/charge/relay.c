// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/relay.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/*
 * To wake a thread takes as long as the work of some slots. So whoever waits is woken when there is something to do for
 * a while: the thread when that many slots are full, the user when as many are free.
 */
enum { WORTH_WAKING = RELAY_SLOTS / 4 };

struct relay {
	relay_work_fn *work;
	void *ctx;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock;
	pthread_cond_t full, free;
	unsigned long given, done; /* slots */
	bool idle;		   /* the thread waits */
	bool hurry;		   /* the user waits for all of it, and may want to end */
	bool quit;
};

DEFINE_CLEANUP(struct relay *, relay_destroy);

static unsigned long pending(const struct relay *r)
{
	return r->given - r->done;
}

static void *relay_main(void *arg)
{
	struct relay *r = arg;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		unsigned long nr;

		while (!pending(r) && !r->quit) {
			r->idle = true;
			pthread_cond_wait(&r->full, &r->lock);
		}
		r->idle = false;
		if (!pending(r))
			break;
		nr = pending(r) < WORTH_WAKING ? pending(r) : WORTH_WAKING;
		pthread_mutex_unlock(&r->lock);
		/* nobody else changes what is done */
		for (unsigned long i = 0; i < nr; i++)
			r->work(r->ctx, (r->done + i) % RELAY_SLOTS);
		pthread_mutex_lock(&r->lock);
		r->done += nr;
		if (r->hurry ? !pending(r) : pending(r) <= RELAY_SLOTS - WORTH_WAKING)
			pthread_cond_signal(&r->free);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

int relay_create(relay_work_fn *work, void *ctx, struct relay **ret, struct error *err)
{
	_cleanup_(relay_destroyp) struct relay *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return error_nomem(err);
	r->work = work;
	r->ctx = ctx;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->full, NULL);
	pthread_cond_init(&r->free, NULL);
	e = pthread_create(&r->thread, NULL, relay_main, r);
	if (e)
		return error_set(err, -e, "cannot start a thread: %s", strerror(e));
	r->started = true;
	*ret = take_ptr(r);
	return 0;
}

void relay_destroy(struct relay *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->quit = true;
	pthread_cond_signal(&r->full);
	pthread_mutex_unlock(&r->lock);
	if (r->started)
		pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->full);
	pthread_cond_destroy(&r->free);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

unsigned int relay_hand_over(struct relay *r)
{
	unsigned int next;

	pthread_mutex_lock(&r->lock);
	next = (unsigned int)(++r->given % RELAY_SLOTS);
	if (r->idle && pending(r) >= WORTH_WAKING)
		pthread_cond_signal(&r->full);
	while (pending(r) == RELAY_SLOTS)
		pthread_cond_wait(&r->free, &r->lock);
	pthread_mutex_unlock(&r->lock);
	return next;
}

void relay_drain(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->hurry = true;
	pthread_cond_signal(&r->full);
	while (pending(r))
		pthread_cond_wait(&r->free, &r->lock);
	r->hurry = false;
	pthread_mutex_unlock(&r->lock);
}
