// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	BATCH = 1024,
	LONG_RUN = 64, /* from here on a copy costs more than a call of the sink */
};

struct merge {
	merge_sink *sink;
	void *arg;
	size_t nr_stages, nr_heap, nr_batch;
	uint32_t *heap; /* stages with events left; the one with the oldest on top */
	struct event batch[BATCH];
};

DEFINE_CLEANUP(struct merge *, merge_destroy);

int merge_create(size_t nr_stages, merge_sink *sink, void *arg, struct merge **ret,
		 struct error *err)
{
	_cleanup_(merge_destroyp) struct merge *m = calloc(1, sizeof(*m));

	if (!m)
		return error_nomem(err);
	m->heap = calloc(nr_stages + 1, sizeof(*m->heap));
	if (!m->heap)
		return error_nomem(err);
	m->nr_stages = nr_stages;
	m->sink = sink;
	m->arg = arg;
	*ret = take_ptr(m);
	return 0;
}

void merge_destroy(struct merge *m)
{
	if (!m)
		return;
	free(m->heap);
	free(m);
}

static int older(const struct stage *stages, uint32_t a, uint32_t b)
{
	uint64_t at = stages[a].events[stages[a].first].ts_ns;
	uint64_t bt = stages[b].events[stages[b].first].ts_ns;

	return at < bt || (at == bt && a < b);
}

static void sink_down(struct merge *m, const struct stage *stages, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;
		uint32_t tmp;

		if (child >= m->nr_heap)
			return;
		if (child + 1 < m->nr_heap && older(stages, m->heap[child + 1], m->heap[child]))
			child++;
		if (!older(stages, m->heap[child], m->heap[i]))
			return;
		tmp = m->heap[i];
		m->heap[i] = m->heap[child];
		m->heap[child] = tmp;
		i = child;
	}
}

static int flush(struct merge *m, struct error *err)
{
	size_t n = m->nr_batch;

	m->nr_batch = 0;
	return n ? m->sink(m->arg, m->batch, n, err) : 0;
}

static int emit(struct merge *m, const struct event *events, size_t n, struct error *err)
{
	int r = 0;

	if (n >= LONG_RUN) {
		r = flush(m, err);
		return r ? r : m->sink(m->arg, events, n, err);
	}
	if (m->nr_batch + n > BATCH)
		r = flush(m, err);
	memcpy(m->batch + m->nr_batch, events, n * sizeof(*events));
	m->nr_batch += n;
	return r;
}

/* How many of the stage's events come before any other stage's and are not past the limit. */
static size_t run_length(const struct merge *m, const struct stage *stages, uint64_t limit_ns)
{
	uint32_t top = m->heap[0], next;
	const struct stage *s = &stages[top];
	uint64_t bound = limit_ns, next_ns;
	size_t i = s->first;

	if (m->nr_heap > 1) {
		next = m->heap[1];
		if (m->nr_heap > 2 && older(stages, m->heap[2], next))
			next = m->heap[2];
		next_ns = stages[next].events[stages[next].first].ts_ns;

		/*
		 * at equal times the lower CPU goes first; top is strictly older than a lower one
		 */
		if (next < top)
			next_ns--;
		if (next_ns < bound)
			bound = next_ns;
	}
	while (i < s->nr && s->events[i].ts_ns <= bound)
		i++;
	return i - s->first;
}

int merge_run(struct merge *m, struct stage *stages, uint64_t limit_ns, struct error *err)
{
	m->nr_heap = 0;
	for (size_t i = 0; i < m->nr_stages; i++)
		if (stages[i].first < stages[i].nr)
			m->heap[m->nr_heap++] = (uint32_t)i;
	for (size_t i = m->nr_heap / 2; i-- > 0;)
		sink_down(m, stages, i);
	while (m->nr_heap) {
		struct stage *s = &stages[m->heap[0]];
		size_t n = run_length(m, stages, limit_ns);
		int r;

		if (!n)
			break; /* the oldest of all is past the limit */
		r = emit(m, s->events + s->first, n, err);
		if (r < 0)
			return r;
		s->first += n;
		if (s->first == s->nr) {
			s->first = s->nr = 0;
			m->heap[0] = m->heap[--m->nr_heap];
		}
		if (m->nr_heap)
			sink_down(m, stages, 0);
	}
	return flush(m, err);
}
