// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/merge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	BATCH = 1024,
	LONG_RUN = 16,		    /* from here on a copy costs more than a call of the sink */
	LOOK = 4 * WIRE_STRIDE_MAX, /* events of another CPU among which a missing one is sought */
};

/* What the trace has told about a page, in two bits; 0: nothing yet. */
enum { PAGE_FREED = 1, PAGE_USED = 2 };

struct merge {
	merge_sink *sink;
	void *arg;
	size_t nr_stages, nr_heap, nr_batch;
	uint32_t *heap;	     /* stages with events left; the one with the oldest on top */
	bool *taken;	     /* stages that events are just taken from */
	uint8_t *pages;	     /* four to a byte */
	struct event *tasks; /* the last one of each CPU that was handed over; no kind: none was */
	uint64_t max_pfn, last_ns;
	struct event batch[BATCH];
};

DEFINE_CLEANUP(struct merge *, merge_destroy);

int merge_create(size_t nr_stages, uint64_t max_pfn, merge_sink *sink, void *arg,
		 struct merge **ret, struct error *err)
{
	_cleanup_(merge_destroyp) struct merge *m = calloc(1, sizeof(*m));

	if (!m)
		return error_nomem(err);
	m->heap = calloc(nr_stages + 1, sizeof(*m->heap));
	m->taken = calloc(nr_stages + 1, sizeof(*m->taken));
	m->pages = calloc(max_pfn / 4 + 1, 1);
	m->tasks = calloc(nr_stages + 1, sizeof(*m->tasks));
	if (!m->heap || !m->taken || !m->pages || !m->tasks)
		return error_nomem(err);
	m->nr_stages = nr_stages;
	m->max_pfn = max_pfn;
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
	free(m->taken);
	free(m->pages);
	free(m->tasks);
	free(m);
}

void merge_move_start(struct merge *m, uint64_t delta_ns)
{
	m->last_ns -= m->last_ns < delta_ns ? m->last_ns : delta_ns;
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

static void build_heap(struct merge *m, const struct stage *stages)
{
	m->nr_heap = 0;
	for (size_t i = 0; i < m->nr_stages; i++)
		if (stages[i].first < stages[i].nr)
			m->heap[m->nr_heap++] = (uint32_t)i;
	for (size_t i = m->nr_heap / 2; i-- > 0;)
		sink_down(m, stages, i);
}

static int flush(struct merge *m, struct error *err)
{
	size_t n = m->nr_batch;

	m->nr_batch = 0;
	return n ? m->sink(m->arg, m->batch, n, err) : 0;
}

/* The first n events of the stage leave it. */
static int emit(struct merge *m, struct stage *s, size_t n, struct error *err)
{
	const struct event *events = s->events + s->first;
	int r = 0;

	s->first += n;
	if (n >= LONG_RUN || m->nr_batch + n > BATCH)
		r = flush(m, err);
	if (r || n >= LONG_RUN)
		return r ? r : m->sink(m->arg, events, n, err);
	memcpy(m->batch + m->nr_batch, events, n * sizeof(*events));
	m->nr_batch += n;
	return 0;
}

/* Up to when the oldest stage's events come before any other stage's, and are not past the limit. */
static uint64_t run_bound(const struct merge *m, const struct stage *stages, uint64_t limit_ns)
{
	uint32_t top = m->heap[0], next;
	uint64_t next_ns;

	if (m->nr_heap < 2)
		return limit_ns;
	next = m->heap[1];
	if (m->nr_heap > 2 && older(stages, m->heap[2], next))
		next = m->heap[2];
	next_ns = stages[next].events[stages[next].first].ts_ns;
	/*
	 * at equal times the lower CPU goes first; top is strictly older than a lower one
	 */
	if (next < top)
		next_ns--;
	return next_ns < limit_ns ? next_ns : limit_ns;
}

/* What a kind does to its pages: makes them used, makes them free, or needs them in use. */
enum role { ROLE_NONE, ROLE_ALLOC, ROLE_FREE, ROLE_USE, ROLE_TASK };

static inline enum role role_of(unsigned int kind)
{
	static const uint8_t roles[1 << WIRE_KIND_BITS] = {
		[EVENT_PAGE_ALLOC] = ROLE_ALLOC, [EVENT_BULK_ALLOC] = ROLE_ALLOC,
		[EVENT_PAGE_FREE] = ROLE_FREE,	 [EVENT_LRU_ADD] = ROLE_USE,
		[EVENT_LRU_ACTIVATE] = ROLE_USE, [EVENT_CACHE_ADD] = ROLE_USE,
		[EVENT_CACHE_DEL] = ROLE_USE,	 [EVENT_FOLIO_GET] = ROLE_USE,
		[EVENT_MAP_ADD] = ROLE_USE,	 [EVENT_MAP_DEL] = ROLE_USE,
		[EVENT_MAP_DUP] = ROLE_USE,	 [EVENT_DIRTY] = ROLE_USE,
		[EVENT_SLAB_PAGE] = ROLE_USE,	 [EVENT_PGTABLE_PAGE] = ROLE_USE,
		[EVENT_TASK] = ROLE_TASK,
	};

	return roles[kind & ((1u << WIRE_KIND_BITS) - 1)];
}

static void set_pages(struct merge *m, uint64_t pfn, unsigned int order, unsigned int state)
{
	uint64_t end = pfn + (1ULL << order);

	if (end > m->max_pfn)
		end = m->max_pfn;
	for (; pfn < end; pfn++)
		if (pfn % 4 || end - pfn < 4)
			m->pages[pfn / 4] = (uint8_t)((m->pages[pfn / 4] & ~(3u << pfn % 4 * 2)) |
						      state << pfn % 4 * 2);
		else
			m->pages[pfn / 4] = (uint8_t)(state * 0x55), pfn += 3;
}

/* What must have come before an event of that role, where its page is in that state; ROLE_NONE: nothing. */
static inline enum role missing_before(enum role role, unsigned int state)
{
	if (role == ROLE_ALLOC)
		return state == PAGE_USED ? ROLE_FREE : ROLE_NONE;
	return state == PAGE_FREED ? ROLE_ALLOC : ROLE_NONE;
}

/*
 * Gives events of the stage their final times, and their pages what they do to them: from *at to end, none later than
 * the bound, until one lacks another before it, whose role is returned. That one is spared when it is the first and
 * `forgiven`: all that could be done was done.
 */
static enum role settle(struct merge *m, const struct stage *s, size_t *at, size_t end,
			uint64_t bound_ns, bool forgiven)
{
	struct event *e = s->events + *at, *const stop = s->events + end;
	enum role missing = ROLE_NONE;
	const uint64_t max_pfn = m->max_pfn;
	uint64_t last_ns = m->last_ns;
	uint8_t *const pages = m->pages;

	for (; e < stop && e->ts_ns <= bound_ns; e++, forgiven = false) {
		const enum role role = role_of(e->kind);

		if (role == ROLE_TASK) {
			if (e->cpu < m->nr_stages)
				m->tasks[e->cpu] = *e;
		} else if (role != ROLE_NONE && e->pfn < max_pfn) {
			unsigned int shift = e->pfn % 4 * 2, byte = pages[e->pfn / 4];

			missing = missing_before(role, byte >> shift & 3);
			if (missing != ROLE_NONE && !forgiven)
				break;
			missing = ROLE_NONE;
			if (role != ROLE_USE && !e->order)
				pages[e->pfn / 4] =
					(uint8_t)((byte & ~(3u << shift)) |
						  (role == ROLE_ALLOC ? PAGE_USED : PAGE_FREED)
							  << shift);
			else if (role != ROLE_USE)
				set_pages(m, e->pfn, e->order,
					  role == ROLE_ALLOC ? PAGE_USED : PAGE_FREED);
		}
		if (e->ts_ns > last_ns)
			last_ns = e->ts_ns;
		e->ts_ns = last_ns - last_ns % MERGE_UNIT_NS;
	}
	m->last_ns = last_ns;
	*at = (size_t)(e - s->events);
	return missing;
}

/* How many events of this stage until one of that role for that page is among them; 0: it has none so near. */
static size_t find(const struct stage *s, enum role role, uint64_t pfn, uint64_t until_ns)
{
	for (size_t i = s->first; i < s->nr && i < s->first + LOOK; i++) {
		const struct event *e = &s->events[i];

		if (e->ts_ns > until_ns)
			return 0;
		if (role_of(e->kind) == role && !((e->pfn ^ pfn) >> e->order))
			return i - s->first + 1;
	}
	return 0;
}

static int run(struct merge *m, struct stage *stages, size_t nr, size_t n, uint64_t bound_ns,
	       bool *ret_moved, struct error *err);

/* The first event of the stage lacks one before it: brings that forward if another CPU has it, not too far away. */
static int bring_forward(struct merge *m, struct stage *stages, size_t nr, enum role role,
			 bool *ret_moved, struct error *err)
{
	const struct stage *s = &stages[nr];
	const struct event *e = &s->events[s->first];
	uint64_t until_ns = UINT64_MAX;
	size_t from = 0, count = 0;

	/* it happened before the next stamp, and what it lacks before it: that may have a stamp past the limit */
	for (size_t i = s->first; i < s->nr; i++)
		if (s->events[i].ts_ns > e->ts_ns) {
			until_ns = s->events[i].ts_ns;
			break;
		}
	/* the oldest of several: a page may come and go between two stamps */
	for (size_t i = 0; i < m->nr_stages; i++) {
		size_t n = m->taken[i] ? 0 : find(&stages[i], role, e->pfn, until_ns);

		if (!n)
			continue;
		from = i;
		count = n;
		until_ns = stages[i].events[stages[i].first + n - 1].ts_ns;
	}
	if (!count)
		return 0;
	*ret_moved = true;
	return run(m, stages, from, count, UINT64_MAX, ret_moved, err);
}

/* The next n events of the stage that are not later than the bound, and those of others that they lack before them. */
static int run(struct merge *m, struct stage *stages, size_t nr, size_t n, uint64_t bound_ns,
	       bool *ret_moved, struct error *err)
{
	struct stage *s = &stages[nr];
	size_t at = s->first;
	const size_t end = at + n;
	bool forgiven = false;
	int r = 0;

	m->taken[nr] = true;
	while (!r) {
		enum role missing = settle(m, s, &at, end, bound_ns, forgiven);

		r = emit(m, s, at - s->first, err);
		if (r || missing == ROLE_NONE)
			break;
		r = bring_forward(m, stages, nr, missing, ret_moved, err);
		forgiven = true;
	}
	m->taken[nr] = false;
	return r;
}

int merge_tasks(const struct merge *m, uint64_t ts_ns, struct error *err)
{
	int r = 0;

	for (size_t cpu = 0; !r && cpu < m->nr_stages; cpu++) {
		struct event task = m->tasks[cpu];

		task.ts_ns = ts_ns;
		r = task.kind == EVENT_TASK ? m->sink(m->arg, &task, 1, err) : 0;
	}
	return r;
}

int merge_run(struct merge *m, struct stage *stages, uint64_t limit_ns, struct error *err)
{
	build_heap(m, stages);
	while (m->nr_heap) {
		size_t top = m->heap[0];
		struct stage *s = &stages[top];
		bool moved = false;
		int r;

		if (s->events[s->first].ts_ns > limit_ns)
			break; /* the oldest of all */
		r = run(m, stages, top, s->nr - s->first, run_bound(m, stages, limit_ns), &moved,
			err);
		if (r < 0)
			return r;
		if (moved)
			build_heap(m, stages);
		else if (s->first == s->nr)
			m->heap[0] = m->heap[--m->nr_heap];
		if (m->nr_heap)
			sink_down(m, stages, 0);
	}
	for (size_t i = 0; i < m->nr_stages; i++)
		if (stages[i].first == stages[i].nr)
			stages[i].first = stages[i].nr = 0;
	return flush(m, err);
}
