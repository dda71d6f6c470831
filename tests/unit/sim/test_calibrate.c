// SPDX-License-Identifier: GPL-2.0-only
/* What is derived from times, fed with machines that are known; the clock itself is not tested here. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/calibrate_impl.h"

/* A machine as the chases would see it; bytes and nanoseconds. */
struct truth {
	uint64_t size[3]; /* the last one 0: none */
	double ns[4];
	unsigned int tlb; /* pages */
	double walk;
	bool small_pages; /* the host has no others */
};

static const struct truth bare_metal = {
	{48 << 10, 2 << 20, 32 << 20}, {1.3, 4, 22, 95}, 2048, 25, false};
/* The development machine of the first notes: what follows L2 is gone after some 5 MiB. */
static const struct truth shared_host = {
	{48 << 10, 2 << 20, 5 << 20}, {1.9, 7, 45, 178}, 2048, 40, false};
static const struct truth no_last_level = {
	{48 << 10, 2 << 20, 0}, {1.9, 7, 0, 178}, 2048, 40, false};

static void twice(struct sample *s, double ns)
{
	*s = (struct sample){.best = ns, .second = ns * 1.02, .nr = 8};
}

/* Which level answers a circle of that size: LRU loses all of it as soon as it does not fit. */
static int level_of(const struct truth *t, uint64_t size)
{
	int level = 0;

	while (level < 3 && size > t->size[level])
		level++;
	return level;
}

static struct calibration *observe(const struct truth *t)
{
	struct calibration *c = calloc(1, sizeof(*c));

	/* advertised is what SPR's CPUID says, whatever is true */
	c->advertised.cache[0].size = 48 << 10;
	c->advertised.cache[0].ways = 12;
	c->advertised.cache[1].size = 2 << 20;
	c->advertised.cache[1].ways = 16;
	c->advertised.cache[2].size = 105 << 20;
	c->advertised.cache[2].ways = 15;
	c->advertised.line = 64;
	for (uint64_t size = 16 << 10; size <= 128 << 20;
	     size += size < 64 << 10 ? 8 << 10 : size / 4) {
		struct chase_point *p = &c->sizes[c->nr_sizes++];

		cr_assert_leq(c->nr_sizes, CALIBRATE_MAX_SIZES);
		p->size = size;
		twice(&p->ns, t->ns[level_of(t, size)]);
		for (int miss = 0; miss < 3; miss++)
			p->misses[miss] = level_of(t, size) > miss;
	}
	for (uint32_t pages = 16; pages <= 16384; pages *= 2) {
		struct tlb_point *p = &c->tlb[c->nr_tlb++];
		double dense = t->ns[level_of(t, pages * 64ULL)];

		p->pages = pages;
		twice(&p->small, dense + (pages > t->tlb ? t->walk : pages > 64 ? 2 : 0));
		twice(&p->huge, dense + (t->small_pages && pages > t->tlb ? t->walk : 0));
	}
	c->memory.size = 512 << 20;
	twice(&c->pairs, t->ns[3]);
	twice(&c->pages, t->ns[3]);
	twice(&c->memory.ns, t->ns[3]);
	twice(&c->hop, 1.6);
	twice(&c->atomic, 5);
	twice(&c->shared, 60);
	for (int i = 0; i < CALIBRATE_LANES; i++)
		twice(&c->lanes[i], t->ns[3] / (calibrate_lanes[i] < 12 ? calibrate_lanes[i] : 12));
	c->huge_pages = true;
	c->shared_cpus[1] = 1;
	return c;
}

static void expect_ns(const struct machine *m, enum machine_figure_id id, double ns)
{
	cr_expect_eq(m->figures[id].value, (uint64_t)llround(1000 * ns), "%s is %lu",
		     machine_figure_info(id)->key, m->figures[id].value);
}

static bool says(const struct machine *m, const char *words)
{
	for (size_t i = 0; i < m->nr_sources; i++)
		if (strstr(m->sources[i], words))
			return true;
	return false;
}

Test(calibrate, finds_what_a_plain_machine_has)
{
	struct calibration *c = observe(&bare_metal);
	struct machine *m = calloc(1, sizeof(*m));
	struct error err = {0};

	cr_assert_eq(calibrate_derive(c, m, &err), 0, "%s", err.msg);
	cr_expect_eq(m->figures[FIGURE_L1].value, 48 << 10);
	cr_expect_eq(m->figures[FIGURE_L2].value, 2 << 20);
	/* the last size tried that fits, in steps of a quarter; the advertised 105 MiB are not believed */
	cr_expect_gt(m->figures[FIGURE_LLC].value, 25 << 20);
	cr_expect_leq(m->figures[FIGURE_LLC].value, 32 << 20);
	for (int level = 0; level < 4; level++)
		expect_ns(m, FIGURE_LATENCY_L1 + (unsigned int)level, bare_metal.ns[level]);
	expect_ns(m, FIGURE_PARALLELISM, 12);
	expect_ns(m, FIGURE_TLB_WALK, 25);
	cr_expect_eq(m->figures[FIGURE_TLB_4K].value, 2048);
	cr_expect_eq(m->figures[FIGURE_L1].how, HOW_TIMING);
	cr_expect(says(m, "no hardware counters"));
	free(c);
	free(m);
}

Test(calibrate, does_not_believe_in_a_last_level_that_is_advertised)
{
	struct calibration *c = observe(&shared_host);
	struct machine *m = calloc(1, sizeof(*m));

	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect_gt(m->figures[FIGURE_LLC].value, 3 << 20);
	cr_expect_leq(m->figures[FIGURE_LLC].value, 5 << 20);
	expect_ns(m, FIGURE_LATENCY_LLC, 45);
	free(c);
	c = observe(&no_last_level);
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect_eq(m->figures[FIGURE_LLC].value, 15 * 64, "one set");
	cr_expect_eq(m->figures[FIGURE_LATENCY_LLC].how, HOW_ASSUMED);
	cr_expect(says(m, "no last level"));
	free(c);
	free(m);
}

/* Each figure in turn is made to look as if a neighbour had disturbed all attempts but one. */
Test(calibrate, refuses_to_write_down_noise_and_names_it)
{
	struct calibration *c = observe(&bare_metal);
	struct machine *m = calloc(1, sizeof(*m));
	struct {
		struct sample *sample;
		const char *words;
	} cases[] = {
		{&c->sizes[0].ns, "latency l1"}, {&c->memory.ns, "latency memory"},
		{&c->hop, "latency hop"},	 {&c->atomic, "atomic unshared"},
		{&c->shared, "atomic shared"},	 {&c->tlb[c->nr_tlb - 1].small, "tlb walk"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample held = *cases[i].sample;
		struct error err = {0};

		cases[i].sample->second = held.best * 1.3;
		memset(m, 0x5a, sizeof(*m));
		cr_assert_eq(calibrate_derive(c, m, &err), -EBUSY, "%s", cases[i].words);
		cr_assert_not_null(strstr(err.msg, cases[i].words), "%s", err.msg);
		cr_assert_eq(m->name[0], 0x5a, "what failed must not touch the result");
		cases[i].sample->second = held.best * 1.2;
		cr_assert_eq(calibrate_derive(c, m, &err), 0, "%s", err.msg);
		cases[i].sample->nr = 1;
		cr_assert_eq(calibrate_derive(c, m, &err), -EBUSY, "once is not enough");
		*cases[i].sample = held;
	}
	free(c);
	free(m);
}

Test(calibrate, marks_as_pmu_only_what_counters_confirm)
{
	struct calibration *c = observe(&bare_metal);
	struct machine *m = calloc(1, sizeof(*m));

	for (int event = 0; event < PMU_MAX; event++)
		c->counted[event] = true;
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect_eq(m->figures[FIGURE_L1].how, HOW_PMU);
	cr_expect_eq(m->figures[FIGURE_LATENCY_L2].how, HOW_PMU);
	/* memory's own counters say that the last level had half of it */
	c->memory.misses[PMU_LLC_MISS] = 0.5;
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect_eq(m->figures[FIGURE_LATENCY_MEMORY].how, HOW_TIMING);
	c->memory.misses[PMU_LLC_MISS] = 0.99;
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect_eq(m->figures[FIGURE_LATENCY_MEMORY].how, HOW_PMU);
	free(c);
	free(m);
}

Test(calibrate, tells_of_another_node_only_where_there_is_one)
{
	struct truth small_pages = bare_metal;
	struct calibration *c = observe(&bare_metal);
	struct machine *m = calloc(1, sizeof(*m));
	struct error err = {0};

	c->nr_nodes = 1;
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect(says(m, "one node: remote latency not measured"));
	cr_expect_eq(m->figures[FIGURE_LATENCY_REMOTE].how, HOW_UNKNOWN);
	cr_expect_eq(m->figures[FIGURE_TRANSFER].how, HOW_UNKNOWN);
	c->nr_nodes = 2;
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect(says(m, "2 nodes, but none"));
	twice(&c->remote, 171);
	twice(&c->transfer, 130);
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect(!says(m, "not measured"));
	expect_ns(m, FIGURE_LATENCY_REMOTE, 171);
	expect_ns(m, FIGURE_TRANSFER, 130);
	cr_expect_eq(m->figures[FIGURE_LATENCY_REMOTE].how, HOW_TIMING);
	twice(&c->remote, 94.5);
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	expect_ns(m, FIGURE_LATENCY_REMOTE, 95);
	c->transfer.second = 200;
	cr_assert_eq(calibrate_derive(c, m, &err), -EBUSY);
	cr_expect_not_null(strstr(err.msg, "latency transfer"), "%s", err.msg);
	free(c);
	/* a walk in every load from memory, here as there */
	small_pages.small_pages = true;
	c = observe(&small_pages);
	c->nr_nodes = 2;
	twice(&c->remote, 171);
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	expect_ns(m, FIGURE_LATENCY_MEMORY, 95 - 25);
	expect_ns(m, FIGURE_LATENCY_REMOTE, 171 - 25);
	free(c);
	free(m);
}

Test(calibrate, assumes_the_shared_line_where_there_is_one_cpu)
{
	struct calibration *c = observe(&bare_metal);
	struct machine *m = calloc(1, sizeof(*m));

	c->shared = (struct sample){0};
	cr_assert_eq(calibrate_derive(c, m, NULL), 0);
	cr_expect_eq(m->figures[FIGURE_ATOMIC_SHARED].how, HOW_ASSUMED);
	expect_ns(m, FIGURE_ATOMIC_SHARED, 44);
	cr_expect(says(m, "one CPU only"));
	free(c);
	free(m);
}

Test(calibrate, samples_keep_the_two_shortest)
{
	static const double ns[] = {5, 3, 9, 4, 8};
	struct sample s = {0};

	for (size_t i = 0; i < 5; i++)
		sample_add(&s, ns[i]);
	cr_assert_float_eq(s.best, 3, 1e-9);
	cr_assert_float_eq(s.second, 4, 1e-9);
	cr_assert_eq(s.nr, 5);
}

/* The thread on the other CPU ends, and the caller's CPUs are what they were. */
Test(calibrate, leaves_no_thread_and_no_pinning_behind)
{
	struct machine *m = calloc(1, sizeof(*m));
	/* long enough for a sweep or two, too short for a profile that one would use */
	const struct calibrate_opts opts = {.quick = true, .seconds = 2};
	cpu_set_t before, after;
	struct error err = {0};
	double ns = 0;
	int r;

	sched_getaffinity(0, sizeof(before), &before);
	for (int cpu = 1; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &before)) {
			cr_assert_eq(atomic_shared(cpu, &ns), 0);
			cr_assert_gt(ns, 0);
			break;
		}
	cr_assert_lt(atomic_shared(CPU_SETSIZE - 1, &ns), 0, "there is no such CPU");
	r = calibrate(&opts, m, &err);
	cr_assert(!r || r == -EBUSY, "%s", err.msg);
	sched_getaffinity(0, sizeof(after), &after);
	cr_assert(CPU_EQUAL(&before, &after));
	free(m);
}

Test(calibrate, finds_both_levels_of_the_tlb)
{
	struct calibration *c = observe(&bare_metal);
	struct machine *m = calloc(1, sizeof(*m));
	struct error err = {0};

	c->direct_kib[0] = 1000;
	c->direct_kib[1] = 2000000;
	c->direct_kib[2] = 30000000;
	cr_assert_eq(calibrate_derive(c, m, &err), 0, "%s", err.msg);
	cr_assert_eq(m->figures[FIGURE_TLB_FIRST_4K].value, 64);
	cr_assert_eq(m->figures[FIGURE_TLB_SECOND].value, 2000);
	cr_assert_eq(m->figures[FIGURE_TLB_4K].value, 2048);
	cr_assert_eq(m->figures[FIGURE_TLB_WALK].value, 25000);
	cr_assert_eq(m->figures[FIGURE_PAGES_DIRECT].value, 1 << 30);
	cr_assert_eq(m->figures[FIGURE_PAGES_DIRECT].how, HOW_PUBLISHED);
	cr_assert_eq(m->figures[FIGURE_PAGES_MEMMAP].how, HOW_UNKNOWN);
	cr_assert_eq(m->figures[FIGURE_LATENCY_MEMORY].value, 95000);
	free(c);
	free(m);
}

/* A host that maps its guests by 4 KiB: the guest's larger pages are of no use, and chases hold walks. */
Test(calibrate, on_a_host_of_small_pages_all_pages_are_small)
{
	struct truth t = bare_metal;
	struct machine *m = calloc(1, sizeof(*m));
	struct calibration *c;
	struct error err = {0};

	t.small_pages = true;
	c = observe(&t);
	c->direct_kib[2] = 30000000;
	cr_assert_eq(calibrate_derive(c, m, &err), 0, "%s", err.msg);
	cr_assert_eq(m->figures[FIGURE_PAGES_MEMMAP].value, 4096);
	cr_assert_eq(m->figures[FIGURE_PAGES_DIRECT].value, 4096);
	cr_assert_eq(m->figures[FIGURE_LATENCY_MEMORY].value, 95000 - 25000);
	free(c);
	free(m);
}

Test(calibrate, prefetchers_show_in_lines_that_follow_each_other)
{
	static const struct {
		double pairs, pages;
		uint8_t prefetch;
	} cases[] = {
		{95, 95, 0},
		{50, 48, CACHE_PREFETCH_PAIR},
		{95, 9, CACHE_PREFETCH_STREAM},
		{52, 7, CACHE_PREFETCH_PAIR | CACHE_PREFETCH_STREAM},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct calibration *c = observe(&bare_metal);
		struct machine *m = calloc(1, sizeof(*m));
		struct error err = {0};

		twice(&c->pairs, cases[i].pairs);
		twice(&c->pages, cases[i].pages);
		cr_assert_eq(calibrate_derive(c, m, &err), 0, "%s", err.msg);
		cr_assert_eq(m->prefetch, cases[i].prefetch, "%zu", i);
		free(c);
		free(m);
	}
}
