// SPDX-License-Identifier: GPL-2.0-only
#include "sim/machine/pressure_series.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/machine/contents.h"

/*
 * Time is divided into equal steps. With sums at their ends a look-up takes a division, however long the trace is. There are
 * so many that each reading of a counter has STEPS_OF_READING of them, MIN_STEPS at least, as what events explain is put
 * into steps, too: a CPU takes 96 KiB for these. Where all CPUs together would take more than MAX_BYTES, steps are longer.
 */
enum { MIN_STEPS = 4096, STEPS_OF_READING = 4, LEVELS = 3 };

static const uint64_t MAX_BYTES = 64 << 20;

struct pressure_series {
	uint64_t step_ns, nr_steps;
	uint32_t nr_cpus;
	uint64_t cpu_ns;	  /* of all CPUs together, in which was counted */
	uint8_t counted, derived; /* bits by level */
	/* [level][cpu][step]: fills in the steps before; the last CPU is all of them */
	uint64_t *sums;
	/* while it is loaded */
	struct contents *contents;
	uint64_t *bursts; /* [cpu][step]: lines that events explain, of any level */
	uint32_t sample;  /* one page in so many has events */
	uint64_t end_ns;
	/* of all counters of fills and all CPUs, and the time in which they counted */
	uint64_t readings;
	unsigned __int128 spans;
};

DEFINE_CLEANUP(struct pressure_series *, pressure_series_destroy);

static void drop_bursts(struct pressure_series *s)
{
	contents_destroy(s->contents);
	free(s->bursts);
	s->contents = NULL;
	s->bursts = NULL;
}

void pressure_series_destroy(struct pressure_series *s)
{
	if (!s)
		return;
	drop_bursts(s);
	free(s->sums);
	free(s);
}

static uint64_t *sums_of(const struct pressure_series *s, uint32_t cpu, int level)
{
	size_t all = s->nr_cpus + 1;

	return s->sums +
	       ((size_t)level * all + (cpu < s->nr_cpus ? cpu : s->nr_cpus)) * (s->nr_steps + 1);
}

static int level_of(uint8_t counter)
{
	return counter == COUNTER_L1D_FILLS   ? 0
	       : counter == COUNTER_L2_FILLS  ? 1
	       : counter == COUNTER_LLC_FILLS ? 2
					      : -1;
}

/* The first look: how long, and which levels. */
static int see_extent(void *arg, const struct trace_count *counts, size_t nr, struct error *err)
{
	struct pressure_series *s = arg;

	(void)err;
	for (size_t i = 0; i < nr; i++) {
		int level = level_of(counts[i].counter);

		if (level < 0 || counts[i].cpu >= s->nr_cpus || !counts[i].span_ns)
			continue;
		s->counted |= (uint8_t)(1 << level);
		s->readings++;
		s->spans += counts[i].span_ns;
		if (counts[i].ts_ns > s->end_ns)
			s->end_ns = counts[i].ts_ns;
	}
	return 0;
}

static uint64_t part(uint64_t value, uint64_t of, uint64_t whole)
{
	return (uint64_t)((unsigned __int128)value * of / whole);
}

static int see_events(void *arg, const struct event *events, size_t nr, struct error *err)
{
	struct pressure_series *s = arg;

	(void)err;
	for (size_t i = 0; i < nr; i++) {
		const struct event *e = &events[i];
		uint64_t lines = contents_lines(s->contents, e), step = e->ts_ns / s->step_ns;

		if (step < s->nr_steps && e->cpu < s->nr_cpus)
			s->bursts[e->cpu * s->nr_steps + step] += lines * s->sample;
	}
	return 0;
}

/* A count without what lies before the trace, on its way through the steps. */
struct span {
	const uint64_t *bursts; /* of its CPU */
	uint64_t from, to, at;
	uint64_t passed; /* lines of bursts, from `from` to `at` */
};

/* On to the end of the step, or of the span. */
static void pass_step(const struct pressure_series *s, struct span *span)
{
	uint64_t step = span->at / s->step_ns;
	/* times may be anything below 2^64, the end of the last step beyond that */
	uint64_t end = span->to / s->step_ns > step ? (step + 1) * s->step_ns : span->to;

	if (step < s->nr_steps)
		span->passed += part(span->bursts[step], end - span->at, s->step_ns);
	span->at = end;
}

/* Spreads a count over the steps that its span touches. */
static void add(struct pressure_series *s, const struct trace_count *c, int level)
{
	uint64_t *sums = sums_of(s, c->cpu, level) + 1;
	uint64_t before = c->span_ns > c->ts_ns ? c->span_ns - c->ts_ns : 0;
	struct span all = {.bursts = s->bursts + c->cpu * s->nr_steps,
			   .from = c->ts_ns + before - c->span_ns,
			   .to = c->ts_ns},
		    span;
	uint64_t value = c->value - part(c->value, before, c->span_ns), bursts, done = 0;

	all.at = all.from;
	span = all;
	while (all.at < all.to && all.at / s->step_ns < s->nr_steps)
		pass_step(s, &all);
	bursts = value < all.passed ? value : all.passed;
	while (span.at < all.at) {
		uint64_t step = span.at / s->step_ns, upto;

		pass_step(s, &span);
		upto = part(value - bursts, span.at - span.from, span.to - span.from) +
		       (bursts ? part(bursts, span.passed, all.passed) : 0);
		sums[step] += upto - done;
		done = upto;
	}
}

static int see_fills(void *arg, const struct trace_count *counts, size_t nr, struct error *err)
{
	struct pressure_series *s = arg;
	/* one counter stands for the time in which there were any */
	int timed = s->counted & 2 ? 1 : s->counted & 4 ? 2 : 0;

	(void)err;
	for (size_t i = 0; i < nr; i++) {
		const struct trace_count *c = &counts[i];
		int level = level_of(c->counter);

		if (level < 0 || c->cpu >= s->nr_cpus || !c->span_ns)
			continue;
		add(s, c, level);
		if (level == timed)
			s->cpu_ns += c->span_ns < c->ts_ns ? c->span_ns : c->ts_ns;
	}
	return 0;
}

/* From fills per step to sums, of each CPU and of all. */
static void sum_up(struct pressure_series *s, int level)
{
	uint64_t *all = sums_of(s, UINT32_MAX, level);

	for (uint32_t cpu = 0; cpu < s->nr_cpus; cpu++) {
		uint64_t *sums = sums_of(s, cpu, level);

		for (uint64_t step = 1; step <= s->nr_steps; step++) {
			sums[step] += sums[step - 1];
			all[step] += sums[step];
		}
	}
}

/* A level that was not counted, from one that was. */
static void derive(struct pressure_series *s, int level)
{
	int from = s->counted & 2 ? 1 : s->counted & 4 ? 2 : 0;
	size_t nr = (size_t)(s->nr_cpus + 1) * (s->nr_steps + 1);
	const uint64_t *known = sums_of(s, 0, from);
	uint64_t *sums = sums_of(s, 0, level);

	for (size_t i = 0; i < nr; i++)
		sums[i] = part(known[i], pressure_per_mille[level], pressure_per_mille[from]);
	s->derived |= (uint8_t)(1 << level);
}

/* Where counts come from. */
struct source {
	struct trace_reader *reader;
	const struct trace_count *counts; /* NULL: the trace has them */
	size_t nr;
};

static int visit(const struct source *from, trace_counts_fn *see, struct pressure_series *s,
		 struct error *err)
{
	return from->counts ? see(s, from->counts, from->nr, err)
			    : trace_reader_counts(from->reader, see, s, err);
}

static int load_bursts(struct pressure_series *s, struct trace_reader *reader, struct error *err)
{
	int r = contents_create(trace_reader_meta(reader), &s->contents, err);

	if (r)
		return r;
	s->sample = trace_reader_sample(reader);
	s->bursts = calloc((size_t)s->nr_cpus * s->nr_steps, sizeof(*s->bursts));
	return s->bursts ? trace_reader_events(reader, CONTENTS_KINDS, see_events, s, err)
			 : error_nomem(err);
}

static int load_fills(struct pressure_series *s, const struct source *from, struct error *err)
{
	int r = load_bursts(s, from->reader, err);

	if (r)
		return r;
	r = visit(from, see_fills, s, err);
	drop_bursts(s);
	for (int level = 0; level < LEVELS; level++)
		if (s->counted >> level & 1)
			sum_up(s, level);
	for (int level = 0; level < LEVELS; level++)
		if (!(s->counted >> level & 1))
			derive(s, level);
	return r;
}

static void choose_steps(struct pressure_series *s)
{
	uint64_t of_cpu = (LEVELS + 1) * sizeof(uint64_t); /* a step, with its bursts */
	uint64_t most = MAX_BYTES / (of_cpu * (s->nr_cpus + 1));
	/* each reading is of one counter of one CPU */
	unsigned __int128 steps =
		(unsigned __int128)s->end_ns * STEPS_OF_READING * s->readings / s->spans;

	steps = steps < most ? steps : most;
	s->nr_steps = steps > MIN_STEPS ? (uint64_t)steps : MIN_STEPS;
	/* at least 1: all may have been counted before the trace began */
	s->step_ns = s->end_ns ? (s->end_ns - 1) / s->nr_steps + 1 : 1;
}

static int load(const struct source *from, struct pressure_series **ret, struct error *err)
{
	_cleanup_(pressure_series_destroyp) struct pressure_series *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_nomem(err);
	s->nr_cpus = trace_reader_meta(from->reader)->nr_cpus;
	r = visit(from, see_extent, s, err);
	if (r || !s->counted) {
		*ret = r ? *ret : NULL;
		return r;
	}
	choose_steps(s);
	s->sums = calloc((size_t)LEVELS * (s->nr_cpus + 1) * (s->nr_steps + 1), sizeof(*s->sums));
	r = s->sums ? load_fills(s, from, err) : error_nomem(err);
	if (!r)
		*ret = take_ptr(s);
	return r;
}

int pressure_series_load(struct trace_reader *reader, struct pressure_series **ret,
			 struct error *err)
{
	return load(&(struct source){.reader = reader}, ret, err);
}

int pressure_series_create(struct trace_reader *reader, const struct trace_count *counts, size_t nr,
			   struct pressure_series **ret, struct error *err)
{
	return load(&(struct source){reader, counts, nr}, ret, err);
}

uint64_t pressure_series_fills(const struct pressure_series *s, uint32_t cpu, int level,
			       uint64_t ns)
{
	const uint64_t *sums = sums_of(s, cpu, level);
	uint64_t step = ns / s->step_ns;

	if (step >= s->nr_steps)
		return sums[s->nr_steps];
	return sums[step] + part(sums[step + 1] - sums[step], ns % s->step_ns, s->step_ns);
}

struct pressure pressure_series_mean(const struct pressure_series *s)
{
	struct pressure p = {.name = "trace", .measured = true, .derived = s->derived};

	for (int level = 0; level < LEVELS && s->cpu_ns; level++)
		p.fills[level] =
			part(sums_of(s, UINT32_MAX, level)[s->nr_steps], 1000000000, s->cpu_ns);
	return p;
}
