// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/merge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	BATCH = 1024,
	LONG_RUN = 64,		    /* from here on a copy costs more than a call of the sink */
	LOOK = 4 * WIRE_STRIDE_MAX, /* events of another CPU among which a missing one is sought */
};

/* What the trace has told about a page, in two bits; 0: nothing yet. */
enum { PAGE_FREED = 1, PAGE_USED = 2 };

struct merge {
	merge_sink *sink;
	void *arg;
	size_t nr_stages, nr_heap, nr_batch;
	uint32_t *heap; /* stages with events left; the one with the oldest on top */
	bool *taken;	/* stages that events are just taken from */
	uint8_t *pages; /* four to a byte */
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
	if (!m->heap || !m->taken || !m->pages)
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

/* What a kind does to its pages: makes them used, makes them free, or needs them in use. */
enum role { ROLE_NONE, ROLE_ALLOC, ROLE_FREE, ROLE_USE };

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
	};

	return roles[kind & ((1u << WIRE_KIND_BITS) - 1)];
}

static inline unsigned int page_state(const struct merge *m, uint64_t pfn)
{
	return m->pages[pfn / 4] >> pfn % 4 * 2 & 3;
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

/* Gives the event its final time, and its pages what it does to them. */
static inline void settle(struct merge *m, struct event *e)
{
	enum role role = role_of(e->kind);

	if (e->ts_ns < m->last_ns)
		e->ts_ns = m->last_ns;
	m->last_ns = e->ts_ns;
	e->ts_ns -= e->ts_ns % MERGE_UNIT_NS;
	if (role == ROLE_ALLOC || role == ROLE_FREE)
		set_pages(m, e->pfn, e->order, role == ROLE_ALLOC ? PAGE_USED : PAGE_FREED);
}

/* Whether another event must have come before this one: the role of that, or ROLE_NONE. */
static inline enum role missing_before(const struct merge *m, const struct event *e)
{
	enum role role = role_of(e->kind);

	if (role == ROLE_NONE || e->pfn >= m->max_pfn)
		return ROLE_NONE;
	if (role == ROLE_ALLOC)
		return page_state(m, e->pfn) == PAGE_USED ? ROLE_FREE : ROLE_NONE;
	return page_state(m, e->pfn) == PAGE_FREED ? ROLE_ALLOC : ROLE_NONE;
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

static int run(struct merge *m, struct stage *stages, size_t nr, size_t n, bool *ret_moved,
	       struct error *err);

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
	return run(m, stages, from, count, ret_moved, err);
}

/* The next n events of the stage, and those of others that must have come before one of them. */
static int run(struct merge *m, struct stage *stages, size_t nr, size_t n, bool *ret_moved,
	       struct error *err)
{
	struct stage *s = &stages[nr];
	size_t done = 0;
	int r = 0;

	m->taken[nr] = true;
	while (done < n && !r) {
		struct event *e = &s->events[s->first + done];
		enum role missing = missing_before(m, e);

		if (missing != ROLE_NONE) {
			r = emit(m, s, done, err);
			n -= done;
			done = 0;
			if (!r)
				r = bring_forward(m, stages, nr, missing, ret_moved, err);
		}
		settle(m, e);
		done++;
	}
	m->taken[nr] = false;
	return r ? r : emit(m, s, done, err);
}

int merge_run(struct merge *m, struct stage *stages, uint64_t limit_ns, struct error *err)
{
	build_heap(m, stages);
	while (m->nr_heap) {
		size_t top = m->heap[0], n = run_length(m, stages, limit_ns);
		bool moved = false;
		int r;

		if (!n)
			break; /* the oldest of all is past the limit */
		r = run(m, stages, top, n, &moved, err);
		if (r < 0)
			return r;
		if (moved)
			build_heap(m, stages);
		else if (stages[top].first == stages[top].nr)
			m->heap[0] = m->heap[--m->nr_heap];
		if (m->nr_heap)
			sink_down(m, stages, 0);
	}
	for (size_t i = 0; i < m->nr_stages; i++)
		if (stages[i].first == stages[i].nr)
			stages[i].first = stages[i].nr = 0;
	return flush(m, err);
}
