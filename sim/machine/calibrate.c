// SPDX-License-Identifier: GPL-2.0-only
/* The order of measurements: everything in turn, again and again, so that a bad second spoils one attempt. */
#include "sim/machine/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sim/machine/calibrate_impl.h"

static const struct plan {
	double seconds; /* allowed in all */
	unsigned int sweeps;
	uint64_t largest; /* working set, bytes */
} plans[2] = {
	{.seconds = 54, .sweeps = 26, .largest = 128 << 20},
	{.seconds = 18, .sweeps = 16, .largest = 48 << 20}, /* quick */
};

enum {
	SMALL_CHASE = 16 << 10, /* bytes: within any L1 */
	TRANSFERRED = 64 << 10, /* bytes */
	MIN_HOPS = 16384,
	MAX_HOPS =
		65536, /* a sample of a large circle: it has been walked as a whole just before */
	LANE_HOPS = 8192,
	GROUPED =
		128
		<< 20, /* bytes: a stretch that was walked is out of the caches when it comes again */
	TLB_PAGES = 16384, /* small pages: more than any TLB holds */
};

/* Working sets, KiB: steps of a half octave and less around the sizes that caches have. */
static const unsigned int sizes_kib[] = {
	16,   24,   32,	   40,	  48,	 56,	64,    80,    96,    128,    192,  256,
	384,  512,  768,   1024,  1280,	 1536,	1792,  2048,  2304,  2560,   3072, 4096,
	6144, 8192, 12288, 16384, 24576, 32768, 49152, 65536, 98304, 131072,
};

static const unsigned int tlb_pages[] = {16,   32,   48,   64,	 96,   128,  256,      512,
					 1024, 1536, 2048, 3072, 4096, 8192, TLB_PAGES};

struct session {
	const struct calibrate_opts *opts;
	const struct plan *plan;
	struct calibration *c;
	struct chase curve, memory, small;
	struct chase pairs, pages; /* memory, in the order that prefetchers are made for */
	struct other_node other;
	struct chase remote; /* memory of that; without size: there is none */
	struct pmu pmu;
	double seconds; /* allowed in all */
	uint64_t begin_ns;
	cpu_set_t before; /* the thread's CPUs, to go back to */
	bool pinned;
};

static void session_fini(struct session *s)
{
	chase_fini(&s->curve);
	chase_fini(&s->memory);
	chase_fini(&s->small);
	chase_fini(&s->pairs);
	chase_fini(&s->pages);
	chase_fini(&s->remote);
	other_node_fini(&s->other);
	pmu_close(&s->pmu);
	free(s->c);
	if (s->pinned)
		(void)sched_setaffinity(0, sizeof(s->before), &s->before);
}

static double seconds(const struct session *s)
{
	return (double)(calibrate_now() - s->begin_ns) / 1e9;
}

static void show(const struct session *s)
{
	double done = seconds(s) / s->seconds;

	if (s->opts->progress)
		s->opts->progress(s->opts->progress_ctx, done < 1 ? done : 1);
}

/* Stays on the first CPU that is allowed, and remembers another one, if there is any. */
static int pin(struct session *s, struct error *err)
{
	int *cpus = s->c->shared_cpus, nr = 0;
	cpu_set_t one;

	if (sched_getaffinity(0, sizeof(s->before), &s->before))
		return error_set(err, -errno, "cannot ask which CPUs are allowed: %s",
				 strerror(errno));
	cpus[0] = cpus[1] = -1;
	for (int cpu = 0; cpu < CPU_SETSIZE && nr < 2; cpu++)
		if (CPU_ISSET((size_t)cpu, &s->before))
			cpus[nr++] = cpu;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpus[0], &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return error_set(err, -errno, "cannot stay on CPU %d: %s", cpus[0],
				 strerror(errno));
	s->pinned = true;
	return 0;
}

/* A working set several times the largest cache told of, but never more than an eighth of the memory. */
static size_t memory_size(const struct session *s)
{
	uint64_t ram = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t size = 128 << 20, told = s->c->advertised.cache[2].size;

	while (size < 2 * told && size < 512 << 20)
		size *= 2;
	while (size > ram / 8 && size > 32 << 20)
		size /= 2;
	return size;
}

/* Where another node has no memory for us, the profile says that it was not measured. */
static void prepare_other_node(struct session *s)
{
	other_node_find(s->c->shared_cpus[0], &s->other);
	s->c->nr_nodes = s->other.nr_nodes;
	if (!s->other.nodeset || chase_create(memory_size(s), true, &s->other, &s->remote, NULL))
		return;
	chase_link(&s->remote, s->remote.size / CALIBRATE_LINE, CALIBRATE_LINE, 0);
}

static int prepare(struct session *s, struct error *err)
{
	struct calibration *c = s->c;
	int r;

	calibrate_host(&c->advertised);
	for (size_t i = 0; i < sizeof(sizes_kib) / sizeof(sizes_kib[0]); i++)
		if ((uint64_t)sizes_kib[i] << 10 <= s->plan->largest)
			c->sizes[c->nr_sizes++].size = (uint64_t)sizes_kib[i] << 10;
	for (size_t i = 0; i < sizeof(tlb_pages) / sizeof(tlb_pages[0]); i++)
		/* their lines must fit in half of L2, or the chase would tell of caches */
		if (!c->advertised.cache[1].size ||
		    tlb_pages[i] * CALIBRATE_LINE <= c->advertised.cache[1].size / 2)
			c->tlb[c->nr_tlb++].pages = tlb_pages[i];
	r = chase_create(s->plan->largest > TLB_PAGES * 4096 ? s->plan->largest : TLB_PAGES * 4096,
			 true, NULL, &s->curve, err);
	if (!r)
		r = chase_create(TLB_PAGES * 4096, false, NULL, &s->small, err);
	if (!r)
		r = chase_create(memory_size(s), true, NULL, &s->memory, err);
	if (!r)
		r = chase_create(GROUPED, true, NULL, &s->pairs, err);
	if (!r)
		r = chase_create(GROUPED, true, NULL, &s->pages, err);
	if (r)
		return r;
	prepare_other_node(s);
	c->memory.size = s->memory.size;
	chase_link(&s->memory, s->memory.size / CALIBRATE_LINE, CALIBRATE_LINE, 0);
	chase_link_groups(&s->pairs, s->pairs.size / CALIBRATE_LINE, 2);
	chase_link_groups(&s->pages, s->pages.size / CALIBRATE_LINE, 4096 / CALIBRATE_LINE);
	calibrate_direct_map(c->direct_kib);
	c->huge_pages = chase_is_huge(&s->curve) && chase_is_huge(&s->memory);
	pmu_open(&s->pmu);
	for (int event = 0; event < PMU_MAX; event++)
		c->counted[event] = s->pmu.fd[event] >= 0;
	return 0;
}

/* One timed run, with what the counters say of it. */
static void measure(struct session *s, struct chase *chase, size_t hops, struct chase_point *p)
{
	uint64_t before[PMU_MAX], after[PMU_MAX];

	pmu_read(&s->pmu, before);
	sample_add(&p->ns, chase_run(chase, hops));
	pmu_read(&s->pmu, after);
	for (int event = 0; event < PMU_MAX; event++) {
		double misses = (double)(after[event] - before[event]) / (double)hops;

		if (p->ns.nr == 1 || misses < p->misses[event])
			p->misses[event] = misses;
	}
}

static size_t hops_for(size_t lines)
{
	return lines < MIN_HOPS ? MIN_HOPS : lines > MAX_HOPS ? MAX_HOPS : lines;
}

/*
 * Short runs are cheap, and the smaller a working set, the more harm does whoever shares the core: an
 * interrupt, or another guest on its second thread.
 */
static unsigned int repetitions(size_t lines)
{
	return lines <= 8192 ? 8 : lines <= 65536 ? 2 : 1;
}

static void sweep_curve(struct session *s)
{
	for (size_t i = 0; i < s->c->nr_sizes; i++) {
		struct chase_point *p = &s->c->sizes[i];
		size_t lines = p->size / CALIBRATE_LINE;

		chase_link(&s->curve, lines, CALIBRATE_LINE, 0);
		chase_run(&s->curve, lines < MIN_HOPS ? MIN_HOPS : lines);
		for (unsigned int n = repetitions(lines); n > 0; n--)
			measure(s, &s->curve, hops_for(lines), p);
		show(s);
	}
}

static void sweep_tlb(struct session *s)
{
	for (size_t i = 0; i < s->c->nr_tlb; i++) {
		struct tlb_point *p = &s->c->tlb[i];
		struct chase *chases[2] = {&s->small, &s->curve};
		struct sample *samples[2] = {&p->small, &p->huge};

		for (int k = 0; k < 2; k++) {
			chase_link(chases[k], p->pages, 4096, 0);
			chase_run(chases[k], 2 * (size_t)p->pages);
			for (unsigned int n = repetitions(p->pages) / 2; n > 0; n--)
				sample_add(samples[k], chase_run(chases[k], hops_for(p->pages)));
		}
	}
}

static void sweep_small(struct session *s)
{
	double ns;

	chase_link(&s->curve, SMALL_CHASE / CALIBRATE_LINE, CALIBRATE_LINE, 3);
	chase_run_masked(&s->curve, MIN_HOPS);
	sample_add(&s->c->hop, chase_run_masked(&s->curve, MIN_HOPS));
	sample_add(&s->c->atomic, atomic_unshared());
	if (s->c->shared_cpus[1] >= 0 && atomic_shared(s->c->shared_cpus[1], &ns) == 0)
		sample_add(&s->c->shared, ns);
}

/* As far away as memory can be; and lines that were written there, few enough for the CPU's L2. */
static void sweep_other_node(struct session *s)
{
	double ns;

	if (!s->remote.size)
		return;
	sample_add(&s->c->remote, chase_run(&s->remote, MAX_HOPS / 4));
	if (s->other.cpu < 0)
		return;
	chase_link(&s->curve, TRANSFERRED / CALIBRATE_LINE, CALIBRATE_LINE, 0);
	if (other_node_transfer(&s->other, &s->curve, TRANSFERRED / CALIBRATE_LINE, &ns) == 0)
		sample_add(&s->c->transfer, ns);
}

static void sweep_memory(struct session *s)
{
	measure(s, &s->memory, MAX_HOPS / 4, &s->c->memory);
	sample_add(&s->c->pairs, chase_run(&s->pairs, MAX_HOPS / 4));
	sample_add(&s->c->pages, chase_run(&s->pages, MAX_HOPS / 4));
	for (int i = 0; i < CALIBRATE_LANES; i++)
		sample_add(&s->c->lanes[i],
			   chase_run_lanes(&s->memory, calibrate_lanes[i], LANE_HOPS));
	sweep_other_node(s);
	show(s);
}

int calibrate(const struct calibrate_opts *opts, struct machine *ret, struct error *err)
{
	_cleanup_(session_fini) struct session s = {
		.opts = opts,
		.plan = &plans[opts->quick],
		.seconds = opts->seconds > 0 ? opts->seconds : plans[opts->quick].seconds,
		.begin_ns = calibrate_now(),
		.other = {.cpu = -1},
		.pmu = {.fd = {-1, -1, -1, -1}},
		.c = calloc(1, sizeof(*s.c)),
	};
	double longest = 0;
	int r;

	if (!s.c)
		return error_nomem(err);
	r = pin(&s, err);
	if (!r)
		r = prepare(&s, err);
	if (r)
		return r;
	do {
		double begin = seconds(&s);

		sweep_small(&s);
		sweep_memory(&s);
		sweep_tlb(&s);
		sweep_curve(&s);
		sweep_memory(&s);
		sweep_small(&s);
		s.c->sweeps++;
		longest = fmax(longest, seconds(&s) - begin);
		r = calibrate_derive(s.c, ret, err);
		/* noise may still pass, as long as there is time for one sweep more */
	} while ((r == -EBUSY || s.c->sweeps < s.plan->sweeps) &&
		 seconds(&s) + longest < s.seconds);
	return r;
}
