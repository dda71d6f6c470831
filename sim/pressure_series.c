// SPDX-License-Identifier: GPL-2.0-only
#include "sim/pressure_series.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/*
 * Time is divided into so many steps: of a minute each has 15 ms, less than there is between two readings. With sums at
 * their ends a look-up takes a division, and a CPU 96 KiB, however long the trace is.
 */
enum { STEPS = 4096, LEVELS = 3 };

struct pressure_series {
	uint64_t step_ns;
	uint32_t nr_cpus;
	uint64_t cpu_ns;	  /* of all CPUs together, in which was counted */
	uint8_t counted, derived; /* bits by level */
	/* [level][cpu][step]: fills in the steps before; the last CPU is all of them */
	uint64_t *sums;
};

DEFINE_CLEANUP(struct pressure_series *, pressure_series_destroy);

void pressure_series_destroy(struct pressure_series *s)
{
	if (!s)
		return;
	free(s->sums);
	free(s);
}

static uint64_t *sums_of(const struct pressure_series *s, uint32_t cpu, int level)
{
	size_t all = s->nr_cpus + 1;

	return s->sums +
	       ((size_t)level * all + (cpu < s->nr_cpus ? cpu : s->nr_cpus)) * (STEPS + 1);
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
		if (counts[i].ts_ns > s->step_ns)
			s->step_ns = counts[i].ts_ns; /* the end, for now */
	}
	return 0;
}

static uint64_t part(uint64_t value, uint64_t of, uint64_t whole)
{
	return (uint64_t)((unsigned __int128)value * of / whole);
}

/* Spreads a count over the steps that its span touches; what lies before the trace is left out. */
static void add(struct pressure_series *s, const struct trace_count *c, int level)
{
	uint64_t *sums = sums_of(s, c->cpu, level) + 1;
	uint64_t before = c->span_ns > c->ts_ns ? c->span_ns - c->ts_ns : 0;
	uint64_t at = c->ts_ns + before - c->span_ns;
	uint64_t done = part(c->value, before, c->span_ns);

	for (uint64_t step = at / s->step_ns; at < c->ts_ns && step < STEPS; step++) {
		/* times may be anything below 2^64, the end of the last step beyond that */
		uint64_t end = c->ts_ns / s->step_ns > step ? (step + 1) * s->step_ns : c->ts_ns;
		uint64_t upto = part(c->value, c->span_ns - (c->ts_ns - end), c->span_ns);

		sums[step] += upto - done;
		done = upto;
		at = end;
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

		for (int step = 1; step <= STEPS; step++) {
			sums[step] += sums[step - 1];
			all[step] += sums[step];
		}
	}
}

/* A level that was not counted, from one that was. */
static void derive(struct pressure_series *s, int level)
{
	int from = s->counted & 2 ? 1 : s->counted & 4 ? 2 : 0;
	size_t nr = (size_t)(s->nr_cpus + 1) * (STEPS + 1);
	const uint64_t *known = sums_of(s, 0, from);
	uint64_t *sums = sums_of(s, 0, level);

	for (size_t i = 0; i < nr; i++)
		sums[i] = part(known[i], pressure_per_mille[level], pressure_per_mille[from]);
	s->derived |= (uint8_t)(1 << level);
}

int pressure_series_load(struct trace_reader *reader, struct pressure_series **ret,
			 struct error *err)
{
	_cleanup_(pressure_series_destroyp) struct pressure_series *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_nomem(err);
	s->nr_cpus = trace_reader_meta(reader)->nr_cpus;
	r = trace_reader_counts(reader, see_extent, s, err);
	if (r || !s->counted) {
		*ret = r ? *ret : NULL;
		return r;
	}
	/* at least 1: all may have been counted before the trace began */
	s->step_ns = s->step_ns ? (s->step_ns - 1) / STEPS + 1 : 1;
	s->sums = calloc((size_t)LEVELS * (s->nr_cpus + 1) * (STEPS + 1), sizeof(*s->sums));
	if (!s->sums)
		return error_nomem(err);
	r = trace_reader_counts(reader, see_fills, s, err);
	if (r)
		return r;
	for (int level = 0; level < LEVELS; level++)
		if (s->counted >> level & 1)
			sum_up(s, level);
	for (int level = 0; level < LEVELS; level++)
		if (!(s->counted >> level & 1))
			derive(s, level);
	*ret = take_ptr(s);
	return 0;
}

uint64_t pressure_series_fills(const struct pressure_series *s, uint32_t cpu, int level,
			       uint64_t ns)
{
	const uint64_t *sums = sums_of(s, cpu, level);
	uint64_t step = ns / s->step_ns;

	if (step >= STEPS)
		return sums[STEPS];
	return sums[step] + part(sums[step + 1] - sums[step], ns % s->step_ns, s->step_ns);
}

struct pressure pressure_series_mean(const struct pressure_series *s)
{
	struct pressure p = {.name = "trace", .measured = true, .derived = s->derived};

	for (int level = 0; level < LEVELS && s->cpu_ns; level++)
		p.fills[level] = part(sums_of(s, UINT32_MAX, level)[STEPS], 1000000000, s->cpu_ns);
	return p;
}
