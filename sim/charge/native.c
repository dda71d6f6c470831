// SPDX-License-Identifier: GPL-2.0-only
/* Rounds: in each of them the host's latencies are measured anew, and every program is run both ways. */
#include "sim/charge/native.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/charge/native_impl.h"
#include "sim/charge/stall.h"

enum {
	MAX_ROUNDS = 1000,
	HOPS = 4096, /* of one attempt at a latency: short enough to escape preemption */
	HOP_ATTEMPTS = 6,
	RUN_ATTEMPTS = 2, /* in each round; the shorter one counts */
	MIN_MEMORY = 128 << 20,
};

struct run {
	struct native_program program;
	struct native_prediction prediction;
	double *base, *measured, *predicted; /* ns per access, by round */
};

struct session {
	const struct native_opts *opts;
	size_t nr;
	struct run *runs;
	struct chase chases[CACHE_LEVEL_MAX];
	struct pmu pmu;
	cpu_set_t before;
	bool pinned;
};

static void session_fini(struct session *s)
{
	for (size_t i = 0; s->runs && i < s->nr; i++) {
		native_program_fini(&s->runs[i].program);
		free(s->runs[i].base);
		free(s->runs[i].measured);
		free(s->runs[i].predicted);
	}
	free(s->runs);
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		chase_fini(&s->chases[level]);
	pmu_close(&s->pmu);
	if (s->pinned)
		(void)sched_setaffinity(0, sizeof(s->before), &s->before);
}

/* Stays where it is: another CPU would have other caches. */
static void pin(struct session *s)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	if (cpu < 0 || sched_getaffinity(0, sizeof(s->before), &s->before))
		return;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	s->pinned = !sched_setaffinity(0, sizeof(one), &one);
}

/* Working sets that lie well within each level, by the profile's capacities. */
static size_t working_set(const struct machine *m, int level)
{
	uint64_t l1 = m->figures[FIGURE_L1].value, l2 = m->figures[FIGURE_L2].value,
		 llc = m->figures[FIGURE_LLC].value;
	const uint64_t sizes[CACHE_LEVEL_MAX] = {
		l1 / 3,
		l2 / 3 > 2 * l1 ? l2 / 3 : 2 * l1,
		2 * l2 < llc ? 2 * l2 : l2 + llc,
		4 * llc > MIN_MEMORY && llc < MIN_MEMORY ? 4 * llc : MIN_MEMORY,
	};

	return sizes[level] / NATIVE_LINE * NATIVE_LINE;
}

static int prepare_chases(struct session *s, struct error *err)
{
	int r = 0;

	for (int level = 0; !r && level < CACHE_LEVEL_MAX; level++) {
		size_t size = working_set(s->opts->machine, level), unit = 2 << 20;
		struct chase *c = &s->chases[level];

		r = chase_create((size + unit - 1) / unit * unit, true, NULL, c, err);
		if (!r)
			chase_link(c, size / NATIVE_LINE, NATIVE_LINE, 0);
	}
	return r;
}

static int prepare(struct session *s, const struct native_stream *const *streams, struct error *err)
{
	int r = 0;

	s->runs = calloc(s->nr, sizeof(*s->runs));
	if (!s->runs)
		return error_nomem(err);
	for (size_t i = 0; !r && i < s->nr; i++) {
		struct run *run = &s->runs[i];

		run->base = calloc(s->opts->rounds, sizeof(double));
		run->measured = calloc(s->opts->rounds, sizeof(double));
		run->predicted = calloc(s->opts->rounds, sizeof(double));
		if (!run->base || !run->measured || !run->predicted)
			return error_nomem(err);
		r = native_program_create(streams[i], s->opts->background, &run->program, err);
		if (!r)
			r = native_predict(streams[i], s->opts->machine, s->opts->background,
					   &run->prediction, err);
	}
	return r ? r : prepare_chases(s, err);
}

static void keep_shorter(double *shortest, double ns)
{
	if (*shortest == 0 || ns < *shortest)
		*shortest = ns;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* values / divisors, or values alone */
static double median(const double *values, const double *divisors, unsigned int nr)
{
	double sorted[MAX_ROUNDS];

	for (unsigned int i = 0; i < nr; i++)
		sorted[i] = divisors ? values[i] / divisors[i] : values[i];
	qsort(sorted, nr, sizeof(*sorted), by_size);
	return nr & 1 ? sorted[nr / 2] : (sorted[nr / 2 - 1] + sorted[nr / 2]) / 2;
}

/*
 * Nanoseconds for each level, now: the median of some attempts, as executions meet the average moment and not the
 * best one. Where the host maps 2 MiB by small pages, chases through more than the
 * TLB holds have walks in them, which the prediction adds by itself.
 */
static void measure_latencies(struct session *s, double ret[CACHE_LEVEL_MAX])
{
	const struct machine_figure *f = s->opts->machine->figures;
	bool small = f[FIGURE_PAGES_MEMMAP].value == 4096 && f[FIGURE_TLB_4K].how != HOW_UNKNOWN;

	for (int level = 0; level < CACHE_LEVEL_MAX; level++) {
		struct chase *c = &s->chases[level];
		size_t size = working_set(s->opts->machine, level);
		double ns[HOP_ATTEMPTS];

		if (level < CACHE_MEMORY)
			chase_run(c, size / NATIVE_LINE);
		for (int n = 0; n < HOP_ATTEMPTS; n++)
			ns[n] = chase_run(c, HOPS);
		ret[level] = median(ns, NULL, HOP_ATTEMPTS);
		if (small && size / 4096 > f[FIGURE_TLB_4K].value)
			ret[level] -= (double)f[FIGURE_TLB_WALK].value / 1000;
		if (level && ret[level] < ret[level - 1])
			ret[level] = ret[level - 1];
	}
}

static double run_cold(struct session *s, struct native_program *p, struct native_counters *ret)
{
	uint64_t before[PMU_MAX], after[PMU_MAX];
	double ns;

	native_program_cool(p, &s->chases[CACHE_MEMORY]);
	pmu_read(&s->pmu, before);
	ns = native_program_run(p, s->opts->background, false);
	pmu_read(&s->pmu, after);
	for (int event = 0; event < 3; event++)
		ret->misses[event] = after[event] - before[event];
	return ns;
}

static void measure(struct session *s, unsigned int round, struct native_result *results)
{
	double latency[CACHE_LEVEL_MAX];

	measure_latencies(s, latency);
	for (size_t k = 0; k < s->nr; k++) {
		/* every other round backwards, so that a drift of the host favours none */
		size_t i = round & 1 ? s->nr - 1 - k : k;
		struct run *run = &s->runs[i];
		struct native_program *p = &run->program;
		double nr = (double)p->nr_used, base = 0, measured = 0;

		native_program_run(p, s->opts->background, true);
		for (int n = 0; n < RUN_ATTEMPTS; n++) {
			keep_shorter(&base, native_program_run(p, s->opts->background, true));
			keep_shorter(&measured, run_cold(s, p, &results[i].counters));
		}
		run->base[round] = base / nr;
		run->measured[round] = measured / nr;
		run->predicted[round] =
			(base + native_prediction_ns(&run->prediction, latency, s->opts->machine)) /
			nr;
	}
}

/* Times per access become ratios of whole times by the number of accesses. */
static void conclude(const struct session *s, const struct native_stream *const *streams, size_t i,
		     struct native_result *ret)
{
	const struct run *run = &s->runs[i], *first = &s->runs[0];
	unsigned int rounds = s->opts->rounds;
	double scale = (double)streams[i]->nr / (double)streams[0]->nr;

	ret->ops = streams[i]->ops;
	ret->accesses = streams[i]->nr;
	ret->bytes = run->program.size;
	for (size_t k = 0; k < streams[i]->nr; k++) {
		ret->serial += streams[i]->words[k] >> 2 & 1;
		ret->atomics += (streams[i]->words[k] & 3) == MODE_A;
	}
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		ret->hits[level] =
			run->prediction.serial[level] + run->prediction.overlapped[level];
	for (int where = 0; where < TLB_LEVELS; where++)
		ret->tlb[where] =
			run->prediction.tlb_serial[where] + run->prediction.tlb_overlapped[where];
	for (int event = 0; event < 3; event++)
		ret->counters.counted[event] = s->pmu.fd[event] >= 0;
	ret->base_ns = median(run->base, NULL, rounds);
	ret->measured_ns = median(run->measured, NULL, rounds);
	ret->predicted_ns = median(run->predicted, NULL, rounds);
	ret->measured_ratio = scale * median(run->measured, first->measured, rounds);
	ret->predicted_ratio = scale * median(run->predicted, first->predicted, rounds);
	ret->error_percent = 100 * (ret->predicted_ratio / ret->measured_ratio - 1);
}

int native_run(const struct native_stream *const *streams, size_t nr,
	       const struct native_opts *opts, struct native_result *ret, struct error *err)
{
	_cleanup_(session_fini) struct session s = {
		.opts = opts, .nr = nr, .pmu = {.fd = {-1, -1, -1, -1}}};
	struct stall_model stall;
	int r;

	if (!opts->rounds || opts->rounds > MAX_ROUNDS)
		return error_set(err, -EINVAL, "%u rounds are not 1 to %d", opts->rounds,
				 MAX_ROUNDS);
	if (!stall_model_init(opts->machine, &stall))
		return error_set(
			err, -ENODATA,
			"machine %s has no latencies; measure this host by memsim calibrate",
			opts->machine->name);
	pin(&s);
	r = prepare(&s, streams, err);
	if (r)
		return r;
	memset(ret, 0, nr * sizeof(*ret));
	pmu_open(&s.pmu);
	for (unsigned int round = 0; round < opts->rounds; round++) {
		measure(&s, round, ret);
		if (opts->progress)
			opts->progress(opts->progress_ctx, (round + 1.0) / opts->rounds);
	}
	for (size_t i = 0; i < nr; i++)
		conclude(&s, streams, i, &ret[i]);
	return 0;
}
