// SPDX-License-Identifier: GPL-2.0-only
/*
 * Speed of the cache walks on the shared regression stream (see tests/unit/sim/test_cache.c), against a
 * plain list-per-set simulator in the same run: absolute numbers of a shared machine move by half, their
 * ratio does not. It fails only when a walk disagrees with it: a
 * busy machine is not a bug.
 *
 * The stream is not what a replay meets. Every other access is anywhere in 64 MiB and misses L2, the others go through a
 * range in words; a fifth are writes; where there are several CPUs, each makes 4096 accesses in its turn. Lines that a
 * replay of tests/data/cbuild.trace puts through the caches (memdesc8, two CPUs) miss L2 at every twentieth only, but 85 % of
 * them are written, and another CPU's come after 79.
 *
 * usage: bench_cache [MILLION_ACCESSES]
 *        bench_cache --touch|--walk MILLION_ACCESSES TIMES
 * The latter go through the stream so many times: a program makes its accesses, to memory, for a simulator that watches
 * programs; the best walk with dirty lines makes them. What they take with different TIMES tells what the accesses take
 * by themselves, in caches that are full.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sim/cache/cache_impl.h"
#include "sim/heap/slub.h"
#include "sim/cache/tlb.h"
#include "tests/draw.h"

#define ROUNDS 5
#define GEOMETRY "l1=48K/12,l2=2M/16,llc=32M/16"
#define BATCH 4096

static uint64_t *make_stream(size_t n)
{
	const uint64_t range = 64 << 20;
	uint64_t state = 88172645463325252ULL, next = 0, *words = malloc(n * sizeof(*words));

	for (size_t i = 0; words && i < n; i++) {
		uint64_t address = 0x200000000 + next % range;

		if (i & 1)
			next += 8;
		else
			address = 0x100000000 + (draw(&state) & (range - 1) & ~7ULL);
		words[i] = address >> 6 << 1;
		words[i] |= draw(&state) % 5 == 0;
	}
	return words;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The baseline: the textbook, with 64-bit lines and memmove(). */
static bool naive_level(uint64_t *set, unsigned int ways, uint64_t line)
{
	unsigned int way = 0;

	while (way < ways && set[way] != line + 1)
		way++;
	memmove(set + 1, set, (way < ways ? way : ways - 1) * sizeof(*set));
	set[0] = line + 1;
	return way < ways;
}

static double naive(const struct cache_geometry *g, const uint64_t *words, size_t n,
		    uint64_t hits[CACHE_LEVEL_MAX])
{
	uint64_t sets[3], *level[3];
	double begin;

	for (int i = 0; i < 3; i++) {
		sets[i] = g->level[i].size / g->level[i].ways / g->line;
		level[i] = calloc(sets[i] * g->level[i].ways, sizeof(*level[i]));
		if (!level[i])
			abort();
	}
	begin = now();
	for (size_t k = 0; k < n; k++) {
		uint64_t line = words[k] >> 1;
		int i = 0;

		while (i < 3 && !naive_level(level[i] + line % sets[i] * g->level[i].ways,
					     g->level[i].ways, line))
			i++;
		hits[i]++;
	}
	begin = now() - begin;
	for (int i = 0; i < 3; i++)
		free(level[i]);
	return begin;
}

static double walk(const struct cache_geometry *g, const struct cache_variant *variant,
		   unsigned int cpus, bool dirty, const uint64_t *words, size_t n,
		   uint64_t hits[CACHE_LEVEL_MAX])
{
	struct cache_hierarchy *h;
	double begin;

	if (cache_hierarchy_create(g, cpus, dirty, &h, NULL) ||
	    cache_hierarchy_set_variant(h, variant, NULL))
		abort();
	begin = now();
	for (size_t i = 0; i < n; i += BATCH)
		cache_access_batch(h, (unsigned int)(i / BATCH % cpus), words + i,
				   n - i < BATCH ? n - i : BATCH, hits);
	begin = now() - begin;
	cache_hierarchy_destroy(h);
	return begin;
}

/*
 * The fills that came with each access to page metadata in the run that sim/machine/pressure.h describes:
 * 3,309,726, 1,387,381 and 1,018,591 for 3,154,344 of them.
 */
static void press(struct cache_hierarchy *h, unsigned int cpu, uint64_t accesses)
{
	cache_pressure(h, cpu, accesses * 105 / 100, accesses * 44 / 100, accesses * 32 / 100);
}

/* Blocks of 4096 as elsewhere, but of so few accesses between two steps of the pressure. */
static void bench_pressure(const struct cache_geometry *g, const struct cache_variant *variant,
			   unsigned int cpus, size_t step, const uint64_t *words, size_t n)
{
	double best = 1e9;

	for (int r = 0; r < ROUNDS; r++) {
		uint64_t hits[CACHE_LEVEL_MAX] = {0};
		struct cache_hierarchy *h;
		double begin;

		if (cache_hierarchy_create(g, cpus, false, &h, NULL) ||
		    cache_hierarchy_set_variant(h, variant, NULL) || cache_pressure_start(h, NULL))
			abort();
		begin = now();
		for (size_t i = 0; i < n; i += step) {
			unsigned int cpu = (unsigned int)(i / BATCH % cpus);

			press(h, cpu, step);
			cache_access_batch(h, cpu, words + i, n - i < step ? n - i : step, hits);
		}
		begin = now() - begin;
		best = begin < best ? begin : best;
		cache_hierarchy_destroy(h);
	}
	printf("%-7s %u CPU%s under pressure %6.1f M/s   stepping every %zu\n", variant->name, cpus,
	       cpus > 1 ? "s" : " ", (double)n / best / 1e6, step);
}

/* The same through cache_access(). */
static void bench_single(const struct cache_geometry *g, unsigned int cpus, const uint64_t *words,
			 size_t n)
{
	uint64_t hits[CACHE_LEVEL_MAX] = {0};
	struct cache_hierarchy *h;
	double begin;

	if (cache_hierarchy_create(g, cpus, false, &h, NULL))
		abort();
	begin = now();
	for (size_t i = 0; i < n; i++)
		hits[cache_access(h, (unsigned int)(i / BATCH % cpus), words[i] >> 1,
				  words[i] & 1)]++;
	begin = now() - begin;
	printf("single  %u CPU%s              %6.1f M/s   hits %" PRIu64 " %" PRIu64 " %" PRIu64
	       " %" PRIu64 "\n",
	       cpus, cpus > 1 ? "s" : " ", (double)n / begin / 1e6, hits[0], hits[1], hits[2],
	       hits[3]);
	cache_hierarchy_destroy(h);
}

/* Caches of these CPUs, and each access through a TLB of pages of that size. */
static void bench_tlb(const struct cache_geometry *g, unsigned int cpus, enum tlb_size size,
		      const uint64_t *words, size_t n)
{
	const struct tlb_geometry geometry = {
		.level = {{{64, 4}, {32, 4}, {4, 4}}, {{1536, 12}, {1536, 12}, {16, 4}}},
	};
	double best = 1e9;
	uint64_t walks = 0;

	for (int r = 0; r < ROUNDS; r++) {
		uint64_t hits[CACHE_LEVEL_MAX] = {0}, tlb[TLB_LEVELS] = {0};
		struct cache_hierarchy *h;
		struct tlb *t;
		double begin;

		if (cache_hierarchy_create(g, cpus, false, &h, NULL) ||
		    tlb_create(&geometry, cpus, &t, NULL))
			abort();
		begin = now();
		for (size_t i = 0; i < n; i += BATCH) {
			unsigned int cpu = (unsigned int)(i / BATCH % cpus);
			size_t nr = n - i < BATCH ? n - i : BATCH;

			cache_access_batch(h, cpu, words + i, nr, hits);
			for (size_t k = i; k < i + nr; k++)
				tlb[tlb_access(t, cpu, size, words[k] >> (tlb_shift(size) - 5))]++;
		}
		begin = now() - begin;
		best = begin < best ? begin : best;
		walks = tlb[TLB_WALK];
		cache_hierarchy_destroy(h);
		tlb_destroy(t);
	}
	printf("tlb     %u CPU%s, %s pages    %6.1f M/s   walks %" PRIu64 "\n", cpus,
	       cpus > 1 ? "s" : " ", size == TLB_4K ? "4K" : "2M", (double)n / best / 1e6, walks);
}

/* A hierarchy that only the general walk knows. */
static void bench_general(const char *text, const uint64_t *words, size_t n)
{
	struct cache_geometry g;
	double best = 1e9;

	if (cache_geometry_parse(text, &g, NULL))
		abort();
	for (int r = 0; r < ROUNDS; r++) {
		uint64_t hits[CACHE_LEVEL_MAX] = {0};
		struct cache_hierarchy *h;
		double begin;

		if (cache_hierarchy_create(&g, 1, false, &h, NULL))
			abort();
		begin = now();
		cache_access_batch(h, 0, words, n, hits);
		begin = now() - begin;
		best = begin < best ? begin : best;
		cache_hierarchy_destroy(h);
	}
	printf("general 1 CPU                 %6.1f M/s   %s\n", (double)n / best / 1e6, text);
}

/* Allocation and free of one object, warm, and with 10 million objects alive. */
static void bench_slub(void)
{
	const struct slub_opts opts = {.name = "bench", .size = 80, .align = 16, .nr_cpus = 2};
	const uint32_t n = 10000000;
	struct slub_cache *c;
	double begin;

	if (slub_cache_create(&opts, 0, &c, NULL))
		abort();
	begin = now();
	for (uint32_t i = 0; i < n; i++)
		slub_free(c, 0, slub_alloc(c, 0, NULL), NULL);
	printf("slub    warm alloc + free     %6.1f ns\n", (now() - begin) / n * 1e9);
	begin = now();
	for (uint32_t i = 0; i < n; i++)
		slub_alloc(c, i & 1, NULL);
	printf("slub    growing to 10 M       %6.1f ns an object\n", (now() - begin) / n * 1e9);
	slub_cache_destroy(c);
}

/* The accesses of the stream, as a program would make them; their sum, so that none is left out. */
static uint64_t touch(const uint64_t *words, size_t n)
{
	enum { RANGE = 64 << 20 };
	static unsigned char
		memory[2 * RANGE]; /* the stream goes through two ranges, at 4 and 8 GiB */
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t address = words[i] >> 1 << 6;
		volatile unsigned char *p =
			memory + (address >> 33 ? RANGE : 0) + (address & (RANGE - 1));

		if (words[i] & 1)
			*p = (unsigned char)i;
		else
			sum += *p;
	}
	return sum;
}

static uint64_t parse(const char *number, const char *what)
{
	uint64_t value;
	struct error err = {0};

	if (num_parse(number, what, 1, 1000, &value, &err)) {
		fprintf(stderr, "bench_cache: %s\n", err.msg);
		exit(2);
	}
	return value;
}

static int touch_or_walk(const char *what, size_t n, uint64_t times)
{
	_cleanup_free_ uint64_t *words = make_stream(n);
	uint64_t hits[CACHE_LEVEL_MAX] = {0}, sum = 0;
	struct cache_hierarchy *h;
	struct cache_geometry g;

	if (!words || cache_geometry_parse(GEOMETRY, &g, NULL) ||
	    cache_hierarchy_create(&g, 1, true, &h, NULL))
		return 1;
	for (uint64_t i = 0; i < times; i++)
		if (!strcmp(what, "--touch"))
			sum += touch(words, n);
		else
			cache_access_batch(h, 0, words, n, hits);
	printf("%s %" PRIu64 "\n", h->variant->name, sum + hits[CACHE_L1]);
	cache_hierarchy_destroy(h);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t expected[CACHE_LEVEL_MAX] = {0};
	double baseline = 1e9;
	_cleanup_free_ uint64_t *words = NULL;
	struct cache_geometry g;
	size_t n;

	if (argc == 4)
		return touch_or_walk(argv[1], parse(argv[2], "MILLION_ACCESSES") * 1000000,
				     parse(argv[3], "TIMES"));
	if (cache_geometry_parse(GEOMETRY, &g, NULL))
		return 1;
	n = (argc > 1 ? parse(argv[1], "MILLION_ACCESSES") : 5) * 1000000;
	words = make_stream(n);
	if (!words)
		return 1;
	for (int r = 0; r < ROUNDS; r++) {
		double t;

		memset(expected, 0, sizeof(expected));
		t = naive(&g, words, n, expected);
		baseline = t < baseline ? t : baseline;
	}
	printf("naive   1 CPU                 %6.1f M/s   hits %" PRIu64 " %" PRIu64 " %" PRIu64
	       " %" PRIu64 "\n",
	       (double)n / baseline / 1e6, expected[0], expected[1], expected[2], expected[3]);
	for (size_t v = 0; v < cache_variants_nr; v++)
		for (int mode = 0; mode < 4; mode++) {
			const struct cache_variant *variant = &cache_variants[v];
			unsigned int cpus = mode & 1 ? 8 : 1;
			uint64_t hits[CACHE_LEVEL_MAX];
			double best = 1e9;

			if (!variant->available())
				continue;
			for (int r = 0; r < ROUNDS; r++) {
				double t;

				memset(hits, 0, sizeof(hits));
				t = walk(&g, variant, cpus, mode & 2, words, n, hits);
				best = t < best ? t : best;
			}
			printf("%-7s %u CPU%s %-12s %6.1f M/s   %.2f x naive   hits %" PRIu64
			       " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			       variant->name, cpus, cpus > 1 ? "s" : " ",
			       mode & 2 ? "dirty lines" : "", (double)n / best / 1e6,
			       baseline / best, hits[0], hits[1], hits[2], hits[3]);
			if (!mode && memcmp(hits, expected, sizeof(hits))) {
				fprintf(stderr, "bench_cache: %s disagrees with the baseline\n",
					variant->name);
				return 1;
			}
		}
	for (size_t v = 0; v < cache_variants_nr; v++)
		for (int mode = 0; mode < 4 && cache_variants[v].available(); mode++)
			bench_pressure(&g, &cache_variants[v], mode & 1 ? 8 : 1,
				       mode & 2 ? 4 : BATCH, words, n);
	bench_single(&g, 1, words, n);
	bench_single(&g, 8, words, n);
	for (unsigned int cpus = 1; cpus <= 64; cpus *= 8) {
		bench_tlb(&g, cpus, TLB_4K, words, n);
		bench_tlb(&g, cpus, TLB_2M, words, n);
	}
	bench_general(GEOMETRY ",llc-kind=inclusive", words, n);
	bench_general(GEOMETRY ",llc-kind=exclusive", words, n);
	bench_general(GEOMETRY ",llc-kind=victim", words, n);
	bench_general(GEOMETRY ",prefetch=stream", words, n);
	bench_general(GEOMETRY ",llc-kind=victim,prefetch=pair+stream", words, n);
	bench_slub();
	return 0;
}
