// SPDX-License-Identifier: GPL-2.0-only
/* What the rest of the workload fills into the caches, as the emulator counted it. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cmd/validate/truth_compare.h"
#include "trace/reader.h"

static const uint8_t counter_of[CACHE_MEMORY] = {COUNTER_L1D_FILLS, COUNTER_L2_FILLS,
						 COUNTER_LLC_FILLS};

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

/* Counts, and of each counter of each CPU the row that is not yet complete. */
struct merged {
	struct trace_count *counts;
	size_t nr, cap;
	uint32_t nr_cpus;
	uint64_t from_ns, period_ns;
	uint64_t spans, readings;
	struct trace_count *open; /* [cpu][counter] */
};

static void merged_fini(struct merged *m)
{
	free(m->counts);
	free(m->open);
}

static int append(struct merged *m, const struct trace_count *count, struct error *err)
{
	if (m->nr == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 1024;
		struct trace_count *more = realloc(m->counts, cap * sizeof(*more));

		if (!more)
			return error_nomem(err);
		m->counts = more;
		m->cap = cap;
	}
	m->counts[m->nr++] = *count;
	m->readings++;
	m->spans += count->span_ns;
	return 0;
}

/* Which of the periods, which follow each other from the first marker on, a moment ends in. */
static uint64_t period_of(const struct merged *m, uint64_t ns)
{
	return m->period_ns && ns > m->from_ns ? (ns - m->from_ns - 1) / m->period_ns : 0;
}

/* A reading that is the last of its period ends what was counted in it. */
static int merge(void *arg, const struct trace_count *counts, size_t nr, struct error *err)
{
	struct merged *m = arg;
	int r = 0;

	for (size_t i = 0; !r && i < nr; i++) {
		const struct trace_count *c = &counts[i];
		struct trace_count *open;

		if (c->cpu >= m->nr_cpus)
			continue;
		open = &m->open[(size_t)c->cpu * COUNTER_MAX + c->counter];
		if (open->span_ns &&
		    (!m->period_ns || period_of(m, open->ts_ns) != period_of(m, c->ts_ns))) {
			r = append(m, open, err);
			open->value = open->span_ns = 0;
		}
		*open = (struct trace_count){
			.ts_ns = c->ts_ns,
			.span_ns = open->span_ns + c->span_ns,
			.value = open->value + c->value,
			.cpu = c->cpu,
			.counter = c->counter,
		};
	}
	return r;
}

/* The trace has none, but what was counted in all: traces of plugins before. One number for each level and CPU. */
static int count_as_one(struct merged *m, const struct truth_window *w, int64_t start_ns,
			struct error *err)
{
	int r = 0;

	for (int level = CACHE_L1; level < CACHE_MEMORY; level++)
		for (uint32_t cpu = 0; !r && cpu < m->nr_cpus; cpu++)
			r = append(m,
				   &(struct trace_count){
					   .ts_ns = w->to_ns - (uint64_t)start_ns,
					   .span_ns = w->to_ns - w->from_ns,
					   .value = truth_misses(w->other_hits, level) / m->nr_cpus,
					   .cpu = (uint16_t)cpu,
					   .counter = counter_of[level],
				   },
				   err);
	return r;
}

static int gather(struct merged *m, struct trace_reader *reader, const struct truth_window *w,
		  struct error *err)
{
	const struct trace_meta *meta = trace_reader_meta(reader);
	int r;

	m->nr_cpus = meta->nr_cpus;
	m->from_ns = w->from_ns - (uint64_t)meta->start_unix_ns;
	m->open = calloc((size_t)m->nr_cpus * COUNTER_MAX, sizeof(*m->open));
	if (!m->open)
		return error_nomem(err);
	r = trace_reader_counts(reader, merge, m, err);
	for (size_t i = 0; !r && i < (size_t)m->nr_cpus * COUNTER_MAX; i++)
		if (m->open[i].span_ns)
			r = append(m, &m->open[i], err);
	return r || m->nr ? r : count_as_one(m, w, meta->start_unix_ns, err);
}

int truth_pressure_load(struct truth_comparison *c, uint64_t period_ns, struct error *err)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *reader = NULL;
	_cleanup_(merged_fini) struct merged merged = {.period_ns = period_ns};
	int r;

	if (!c->window.cached)
		return 0;
	r = trace_reader_open(c->accesses, &reader, err);
	if (!r)
		r = gather(&merged, reader, &c->window, err);
	if (r)
		return r;
	c->counted_ns = merged.spans / merged.readings;
	return pressure_series_create(reader, merged.counts, merged.nr, &c->series, err);
}
