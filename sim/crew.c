// SPDX-License-Identifier: GPL-2.0-only
#include "sim/crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct crew {
	struct model *const *models;
	size_t nr;
	unsigned long *taken;	 /* for each model: the batch that it was last given */
	unsigned int nr_threads; /* 0: no threads, all work in crew_start() */
	struct member {
		struct crew *crew;
		pthread_t thread;
		unsigned int number;
	} * members;

	pthread_mutex_t lock;
	pthread_cond_t work, done; /* a new batch; the last thread finished it */
	unsigned long batch;	   /* number of the current batch */
	unsigned int busy;	   /* threads that are still at it */
	bool quit;
	int failure; /* first failure of any model, sticky */

	const struct op *ops;
	size_t nr_ops;
	uint64_t end_ns;
};

DEFINE_CLEANUP(struct crew *, crew_destroy);

/* The first of every step-th model, from `from` on, that this batch has not been given yet; nr: none. */
static size_t take(struct crew *crew, size_t from, size_t step)
{
	for (size_t i = from; i < crew->nr; i += step)
		if (crew->taken[i] != crew->batch) {
			crew->taken[i] = crew->batch;
			return i;
		}
	return crew->nr;
}

/*
 * A thread has models of its own, which its core's caches may know; but they cost differently, so when these
 * are done it takes others'. Under the lock, but for the work itself.
 */
static void run_batch(struct crew *crew, unsigned int number)
{
	for (;;) {
		size_t i = take(crew, number, crew->nr_threads);
		int failure;

		i = i < crew->nr ? i : take(crew, 0, 1);
		if (i == crew->nr)
			return;
		pthread_mutex_unlock(&crew->lock);
		failure = model_run(crew->models[i], crew->ops, crew->nr_ops, crew->end_ns, NULL);
		pthread_mutex_lock(&crew->lock);
		crew->failure = failure ? failure : crew->failure;
	}
}

static void *member_main(void *arg)
{
	struct member *member = arg;
	struct crew *crew = member->crew;
	unsigned long seen = 0;

	pthread_mutex_lock(&crew->lock);
	for (;;) {
		while (crew->batch == seen && !crew->quit)
			pthread_cond_wait(&crew->work, &crew->lock);
		if (crew->quit)
			break;
		seen = crew->batch;
		run_batch(crew, member->number);
		if (--crew->busy == 0)
			pthread_cond_signal(&crew->done);
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

int crew_create(struct model *const *models, size_t nr, unsigned int jobs, struct crew **ret,
		struct error *err)
{
	_cleanup_(crew_destroyp) struct crew *crew = calloc(1, sizeof(*crew));
	unsigned int wanted = jobs < nr ? jobs : (unsigned int)nr;

	if (!crew)
		return error_nomem(err);
	crew->models = models;
	crew->nr = nr;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->work, NULL);
	pthread_cond_init(&crew->done, NULL);
	crew->taken = calloc(nr, sizeof(*crew->taken));
	if (!crew->taken)
		return error_nomem(err);
	if (jobs <= 1) {
		*ret = take_ptr(crew);
		return 0;
	}
	crew->members = calloc(wanted, sizeof(*crew->members));
	if (!crew->members)
		return error_nomem(err);
	for (unsigned int i = 0; i < wanted; i++) {
		struct member *member = &crew->members[i];
		int e;

		member->crew = crew;
		member->number = i;
		e = pthread_create(&member->thread, NULL, member_main, member);
		if (e)
			return error_set(err, -e, "cannot start a thread: %s", strerror(e));
		/* members only look at this once a batch is started, after all of them exist */
		crew->nr_threads++;
	}
	*ret = take_ptr(crew);
	return 0;
}

void crew_destroy(struct crew *crew)
{
	if (!crew)
		return;
	pthread_mutex_lock(&crew->lock);
	crew->quit = true;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned int i = 0; i < crew->nr_threads; i++)
		pthread_join(crew->members[i].thread, NULL);
	pthread_cond_destroy(&crew->done);
	pthread_cond_destroy(&crew->work);
	pthread_mutex_destroy(&crew->lock);
	free(crew->members);
	free(crew->taken);
	free(crew);
}

void crew_start(struct crew *crew, const struct op *ops, size_t nr, uint64_t end_ns)
{
	pthread_mutex_lock(&crew->lock);
	crew->ops = ops;
	crew->nr_ops = nr;
	crew->end_ns = end_ns;
	crew->batch++;
	crew->busy = crew->nr_threads;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
	for (size_t i = 0; !crew->nr_threads && i < crew->nr; i++) {
		int failure = model_run(crew->models[i], ops, nr, end_ns, NULL);

		crew->failure = failure ? failure : crew->failure;
	}
}

int crew_wait(struct crew *crew, struct error *err)
{
	pthread_mutex_lock(&crew->lock);
	while (crew->busy)
		pthread_cond_wait(&crew->done, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
	return crew->failure ? error_nomem(err) : 0;
}
