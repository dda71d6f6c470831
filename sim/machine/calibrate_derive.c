// SPDX-License-Identifier: GPL-2.0-only
/*
 * From times to a profile. A chase through a random circle is the worst case of LRU: as soon as a working
 * set does not fit, nearly every hop misses, so capacities are steps in the curve of time over size.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "sim/machine/calibrate_impl.h"

/* How far the second shortest time may be from the shortest; a shared host moves by that much and more. */
#define MAX_SPREAD 0.25
/* A counter confirms that a level had the lines when so many of all hops agree. */
#define MOST 0.9
struct derivation {
	const struct calibration *c;
	struct machine *m;
	/* indexes into c->sizes: where each level was timed, and the last that it holds; -1: none */
	int timed[3], holds[3];
};

static double time_at(const struct derivation *d, int i)
{
	return d->c->sizes[i].ns.best;
}

/* The point with the shortest time among those with from <= size <= to; -1: none. */
static int shortest_between(const struct derivation *d, double from, double to)
{
	int best = -1;

	for (int i = 0; i < (int)d->c->nr_sizes; i++) {
		double size = (double)d->c->sizes[i].size;

		if (size >= from && size <= to && (best < 0 || time_at(d, i) < time_at(d, best)))
			best = i;
	}
	return best;
}

/* From `first` on, the last point before the time passes the limit, or the misses pass half of the hops. */
static int last_before(const struct derivation *d, int first, double limit, enum pmu_event event)
{
	int last = first;

	for (int i = first; i < (int)d->c->nr_sizes; i++) {
		double misses = d->c->sizes[i].misses[event];

		if (d->c->counted[event] ? misses > 0.5 : time_at(d, i) > limit)
			break;
		last = i;
	}
	return last;
}

/*
 * Where the last level answers: past L2, clearly faster than memory, and where the curve is flattest. Where
 * a host scatters its memory, L2 runs full by and by, and the curve climbs long after it should have
 * jumped. -1: what leaves L2 comes from memory.
 */
static int find_last_level(const struct derivation *d)
{
	double from = 1.4 * (double)d->c->sizes[d->holds[1]].size, flattest = HUGE_VAL;
	int found = -1;

	for (int i = d->holds[1] + 1; i < (int)d->c->nr_sizes; i++) {
		double size = (double)d->c->sizes[i].size, slope = HUGE_VAL;

		if (size < from || time_at(d, i) > 0.6 * d->c->memory.ns.best)
			continue;
		if (i + 1 < (int)d->c->nr_sizes)
			slope = log(time_at(d, i + 1) / time_at(d, i)) /
				log((double)d->c->sizes[i + 1].size / size);
		if (found < 0 || slope < flattest) {
			found = i;
			flattest = slope;
		}
	}
	return found;
}

static void find_levels(struct derivation *d)
{
	const struct calibration *c = d->c;
	uint64_t told = c->advertised.cache[0].size;
	double memory = c->memory.ns.best, l1 = (double)(told ? told : 64 << 10);

	for (int level = 0; level < 3; level++)
		d->timed[level] = d->holds[level] = -1;
	d->timed[0] = 0;
	/* well beyond L1, and well within any L2 */
	d->timed[1] = shortest_between(d, 4 * l1, 8 * l1);
	if (d->timed[1] < 0)
		return;
	d->holds[0] = last_before(d, 0, sqrt(time_at(d, 0) * time_at(d, d->timed[1])), PMU_L1_MISS);
	d->holds[1] = last_before(
		d, d->timed[1],
		fmin(2 * time_at(d, d->timed[1]), sqrt(time_at(d, d->timed[1]) * memory)),
		PMU_L2_MISS);
	d->timed[2] = find_last_level(d);
	if (d->timed[2] >= 0)
		d->holds[2] = last_before(d, d->timed[2], sqrt(time_at(d, d->timed[2]) * memory),
					  PMU_LLC_MISS);
}

void calibrate_note(struct machine *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->sources[m->nr_sources++], MACHINE_TEXT_LEN, fmt, ap);
	va_end(ap);
}

void calibrate_set(struct machine *m, enum machine_figure_id id, double value, enum machine_how how)
{
	m->figures[id].value = (uint64_t)llround(value);
	m->figures[id].how = (uint8_t)how;
}

/* All that is measured is kept in thousandths. */
static void set_sample(struct machine *m, enum machine_figure_id id, double value, bool confirmed)
{
	calibrate_set(m, id, value * 1000, confirmed ? HOW_PMU : HOW_TIMING);
}

/* Whether the advertised size lies between the last one that fitted and the first that did not. */
static bool is_as_told(const struct derivation *d, int level)
{
	uint64_t told = d->c->advertised.cache[level].size;
	size_t last = (size_t)d->holds[level];

	if (d->holds[level] < 0 || last + 1 >= d->c->nr_sizes)
		return false;
	return told >= d->c->sizes[last].size && told <= d->c->sizes[last + 1].size;
}

static void derive_capacity(struct derivation *d, int level)
{
	const struct advertised *a = &d->c->advertised;
	static const enum pmu_event miss[3] = {PMU_L1_MISS, PMU_L2_MISS, PMU_LLC_MISS};
	struct machine_figure *figure = &d->m->figures[FIGURE_L1 + level];
	uint64_t told = a->cache[level].size, size, unit;

	figure->ways = a->cache[level].ways;
	if (!figure->ways || figure->ways > 64 || (d->holds[level] >= 0 && !is_as_told(d, level)))
		figure->ways = 16;
	unit = (uint64_t)figure->ways * a->line;
	/* no such level: a cache of one set is as good as none */
	size = d->holds[level] < 0 ? unit : d->c->sizes[d->holds[level]].size;
	if (is_as_told(d, level) && told % unit == 0)
		size = told;
	figure->value = size < unit ? unit : size / unit * unit;
	figure->how = d->c->counted[miss[level]] ? HOW_PMU : HOW_TIMING;
}

/* Whether the counters say that nearly every hop at this point missed the one and hit the other level. */
static bool confirmed(const struct derivation *d, const struct chase_point *p, int misses, int hits)
{
	if ((misses >= 0 && (!d->c->counted[misses] || p->misses[misses] < MOST)) ||
	    (hits >= 0 && (!d->c->counted[hits] || p->misses[hits] > 1 - MOST)))
		return false;
	return misses >= 0 || hits >= 0;
}

static void derive_latencies(struct derivation *d)
{
	static const int miss[5] = {-1, PMU_L1_MISS, PMU_L2_MISS, PMU_LLC_MISS, -1};
	const struct calibration *c = d->c;
	double last = 0;

	for (int level = 0; level < 4; level++) {
		const struct chase_point *p = level == 3	    ? &c->memory
					      : d->timed[level] < 0 ? NULL
								    : &c->sizes[d->timed[level]];
		enum machine_figure_id id = FIGURE_LATENCY_L1 + (unsigned int)level;

		if (!p) {
			/* nothing will be found there, so the figure is never used; it has to be one */
			calibrate_set(d->m, id, c->memory.ns.best * 1000, HOW_ASSUMED);
			continue;
		}
		/* a profile's levels get slower; jitter of a fraction must not turn them round */
		last = fmax(last, p->ns.best);
		set_sample(d->m, id, last,
			   confirmed(d, p, miss[level], level < 3 ? miss[level + 1] : -1));
	}
}

static int fastest_lane(const struct calibration *c)
{
	int best = 0;

	for (int i = 1; i < CALIBRATE_LANES; i++)
		if (c->lanes[i].nr && c->lanes[i].best < c->lanes[best].best)
			best = i;
	return best;
}

static void derive_rest(struct derivation *d)
{
	const struct calibration *c = d->c;

	set_sample(d->m, FIGURE_HOP, c->hop.best, false);
	set_sample(d->m, FIGURE_ATOMIC, c->atomic.best, false);
	if (c->shared.nr)
		set_sample(d->m, FIGURE_ATOMIC_SHARED, c->shared.best, false);
	else /* there and back: the line comes from the other CPU's cache through the last level */
		calibrate_set(d->m, FIGURE_ATOMIC_SHARED,
			      2.0 * (double)d->m->figures[FIGURE_LATENCY_LLC].value, HOW_ASSUMED);
	set_sample(d->m, FIGURE_PARALLELISM, c->lanes[0].best / c->lanes[fastest_lane(c)].best,
		   false);
	if (c->advertised.base_mhz)
		calibrate_set(d->m, FIGURE_FREQUENCY, c->advertised.base_mhz, HOW_PUBLISHED);
}

static int check(const char *what, const struct sample *s, struct error *err)
{
	if (s->nr >= 2 && s->second <= s->best * (1 + MAX_SPREAD))
		return 0;
	return error_set(
		err, -EBUSY,
		"too noisy for a profile: %s took %.2f ns once, but %.2f ns at the next best of "
		"%u attempts; try again while the machine is quieter",
		what, s->best, s->second, s->nr);
}

/* The step that a capacity follows from: the last size that fitted and the first that did not. */
static int check_step(const struct derivation *d, int level, struct error *err)
{
	static const char *const names[3] = {"the end of caches l1", "the end of caches l2",
					     "the end of caches llc"};
	const struct chase_point *last;
	int r;

	if (d->holds[level] < 0)
		return 0;
	last = &d->c->sizes[d->holds[level]];
	r = check(names[level], &last->ns, err);
	if (!r && d->holds[level] + 1 < (int)d->c->nr_sizes)
		r = check(names[level], &last[1].ns, err);
	return r;
}

/* The samples that figures come from. */
static int check_noise(const struct derivation *d, struct error *err)
{
	static const char *const levels[3] = {"latency l1", "latency l2", "latency llc"};
	const struct calibration *c = d->c;
	int r = 0;

	for (int level = 0; !r && level < 3; level++)
		if (d->timed[level] >= 0)
			r = check(levels[level], &c->sizes[d->timed[level]].ns, err);
	for (int level = 0; !r && level < 3; level++)
		r = check_step(d, level, err);
	if (!r)
		r = check("latency memory", &c->memory.ns, err);
	if (!r)
		r = check("latency hop", &c->hop, err);
	if (!r)
		r = check("atomic unshared", &c->atomic, err);
	if (!r && c->shared.nr)
		r = check("atomic shared", &c->shared, err);
	if (!r && c->remote.nr)
		r = check("latency remote", &c->remote, err);
	if (!r && c->transfer.nr)
		r = check("latency transfer", &c->transfer, err);
	if (!r)
		r = check("core parallelism", &c->lanes[fastest_lane(c)], err);
	if (!r && c->huge_pages)
		r = check("tlb walk", &c->tlb[c->nr_tlb - 1].small, err);
	return r;
}

static void describe(struct derivation *d)
{
	const struct calibration *c = d->c;
	const struct advertised *a = &c->advertised;
	bool counters = false;
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(d->m->date, sizeof(d->m->date), "%Y-%m-%d", &tm);
	snprintf(d->m->name, sizeof(d->m->name), "calibrated");
	snprintf(d->m->origin, sizeof(d->m->origin), "this host");
	snprintf(d->m->summary, sizeof(d->m->summary), "%s%s",
		 *a->cpu ? a->cpu : "a CPU without a name",
		 a->virtual_machine ? ", in a virtual machine" : "");
	calibrate_note(d->m, "memsim calibrate " MEMSIM_VERSION ", Linux %s, %u sweeps", a->kernel,
		       c->sweeps);
	calibrate_note(d->m,
		       "advertised: L1 %" PRIu64 "K/%u, L2 %" PRIu64 "K/%u, LLC %" PRIu64 "K/%u",
		       a->cache[0].size >> 10, a->cache[0].ways, a->cache[1].size >> 10,
		       a->cache[1].ways, a->cache[2].size >> 10, a->cache[2].ways);
	for (int event = 0; event < PMU_MAX; event++)
		counters |= c->counted[event];
	calibrate_note(d->m, "%s",
		       counters ? "figures marked pmu are confirmed by hardware counters"
				: "no hardware counters here: all figures are timings");
	if (!c->huge_pages)
		calibrate_note(
			d->m,
			"no 2 MiB pages here: latencies hold page-table walks, and the TLB is "
			"unknown");
	if (d->timed[2] < 0)
		calibrate_note(d->m,
			       "no last level was found: what leaves L2 comes from memory; one set "
			       "stands for it");
	else if ((size_t)d->holds[2] + 1 == c->nr_sizes)
		calibrate_note(d->m,
			       "the last level may hold more than the largest working set tried");
	if (c->shared.nr)
		calibrate_note(d->m, "atomic shared: between CPUs %d and %d", c->shared_cpus[0],
			       c->shared_cpus[1]);
	else
		calibrate_note(
			d->m, "atomic shared: one CPU only; assumed to be twice the latency of the "
			      "last level");
}

int calibrate_derive(const struct calibration *c, struct machine *ret, struct error *err)
{
	struct machine m = {.measured = true, .line = c->advertised.line};
	struct derivation d = {.c = c, .m = &m};
	int r;

	find_levels(&d);
	if (d.timed[1] < 0)
		return error_set(err, -EBUSY, "too noisy for a profile: no working set lies in L2");
	r = check_noise(&d, err);
	if (r)
		return r;
	describe(&d);
	for (int level = 0; level < 3; level++)
		derive_capacity(&d, level);
	derive_latencies(&d);
	derive_rest(&d);
	calibrate_derive_tlb(c, &m);
	calibrate_derive_prefetch(c, &m);
	calibrate_derive_nodes(c, &m);
	*ret = m;
	return 0;
}
