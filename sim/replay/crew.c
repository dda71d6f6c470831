// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay/crew.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct batch {
	const struct op *ops;
	size_t nr;
	uint64_t end_ns;
	uint64_t *bytes; /* of descriptors at its end, by model */
};

struct crew {
	struct model *const *models;
	size_t nr;
	unsigned int nr_threads; /* running; 0: no threads, all work in crew_give() */
	unsigned int nr_members; /* threads there will be: known before the first one looks */
	struct member {
		struct crew *crew;
		pthread_t thread;
		unsigned int number;
	} * members;
	/* for each model */
	struct progress {
		unsigned long done; /* batches */
		bool running;
	} * progress;

	pthread_mutex_t lock;
	pthread_cond_t work, done;  /* a new batch; a thread finished one */
	unsigned long given, taken; /* batches */
	struct batch batches[CREW_BATCHES];
	uint64_t *bytes; /* of all batches */
	bool quit;
	int failure; /* first failure of any model, sticky */
};

DEFINE_CLEANUP(struct crew *, crew_destroy);

static int run_model(const struct crew *crew, const struct batch *b, size_t i)
{
	int failure = model_run(crew->models[i], b->ops, b->nr, b->end_ns, NULL);

	b->bytes[i] = heap_bytes(model_heap(crew->models[i]));
	return failure;
}

/* Of every step-th model, from `from` on, the one that is most behind and that nobody runs; nr: none. */
static size_t choose(const struct crew *crew, size_t from, size_t step)
{
	size_t best = crew->nr;

	for (size_t i = from; i < crew->nr; i += step) {
		const struct progress *p = &crew->progress[i];

		if (!p->running && p->done < crew->given &&
		    (best == crew->nr || p->done < crew->progress[best].done))
			best = i;
	}
	return best;
}

/*
 * A thread has models of its own, which its core's caches may know; but they cost differently, so when these
 * are done it takes others'.
 */
static void *member_main(void *arg)
{
	struct member *member = arg;
	struct crew *crew = member->crew;

	pthread_mutex_lock(&crew->lock);
	while (!crew->quit) {
		size_t i = choose(crew, member->number, crew->nr_members);
		struct progress *p;
		int failure;

		i = i < crew->nr ? i : choose(crew, 0, 1);
		if (i == crew->nr) {
			pthread_cond_wait(&crew->work, &crew->lock);
			continue;
		}
		p = &crew->progress[i];
		p->running = true;
		pthread_mutex_unlock(&crew->lock);
		/* while it runs, nobody else changes what it has done */
		failure = run_model(crew, &crew->batches[p->done % CREW_BATCHES], i);
		pthread_mutex_lock(&crew->lock);
		crew->failure = failure ? failure : crew->failure;
		p->running = false;
		p->done++;
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
	crew->bytes = calloc(nr * CREW_BATCHES, sizeof(*crew->bytes));
	crew->progress = calloc(nr, sizeof(*crew->progress));
	if (!crew->bytes || !crew->progress)
		return error_nomem(err);
	for (size_t i = 0; i < CREW_BATCHES; i++)
		crew->batches[i].bytes = crew->bytes + i * nr;
	if (jobs <= 1) {
		*ret = take_ptr(crew);
		return 0;
	}
	crew->members = calloc(wanted, sizeof(*crew->members));
	if (!crew->members)
		return error_nomem(err);
	crew->nr_members = wanted;
	for (unsigned int i = 0; i < wanted; i++) {
		struct member *member = &crew->members[i];
		int e;

		member->crew = crew;
		member->number = i;
		e = pthread_create(&member->thread, NULL, member_main, member);
		if (e)
			return error_set(err, -e, "cannot start a thread: %s", strerror(e));
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
	free(crew->progress);
	free(crew->bytes);
	free(crew);
}

unsigned int crew_depth(const struct crew *crew)
{
	return crew->nr_threads ? CREW_BATCHES : 1;
}

void crew_give(struct crew *crew, const struct op *ops, size_t nr, uint64_t end_ns)
{
	struct batch *b = &crew->batches[crew->given % CREW_BATCHES];

	pthread_mutex_lock(&crew->lock);
	assert(crew->given - crew->taken < CREW_BATCHES);
	b->ops = ops;
	b->nr = nr;
	b->end_ns = end_ns;
	crew->given++;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
	for (size_t i = 0; !crew->nr_threads && i < crew->nr; i++) {
		int failure = run_model(crew, b, i);

		crew->failure = failure ? failure : crew->failure;
	}
}

static bool all_done(const struct crew *crew)
{
	for (size_t i = 0; crew->nr_threads && i < crew->nr; i++)
		if (crew->progress[i].done == crew->taken)
			return false;
	return true;
}

int crew_take(struct crew *crew, const uint64_t **bytes, struct error *err)
{
	int failure;

	pthread_mutex_lock(&crew->lock);
	assert(crew->given != crew->taken);
	while (!all_done(crew))
		pthread_cond_wait(&crew->done, &crew->lock);
	failure = crew->failure;
	*bytes = crew->batches[crew->taken++ % CREW_BATCHES].bytes;
	pthread_mutex_unlock(&crew->lock);
	return failure ? error_nomem(err) : 0;
}
