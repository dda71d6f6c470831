// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recording adds to one page that is allocated and freed, by how much of the caches was used for something else since
 * the last one.
 *	bench_cold TRACE [ROUNDS]
 * In a loop that does nothing but that, the programs are always in the L1. In a build a page comes and goes every 8 us, and
 * the compiler needs the caches in between; so what counts is how many lines a program takes, not instructions. Timed is
 * a single page fault, and a single page given back; before each, data and code in the caches are replaced by others.
 * Kinds (kinds.h) take turns in an order that chance has; a cost is the median of the differences between a round's
 * median with and without, with the quartiles behind it. Needs root.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "tests/bench/kinds.h"

enum {
	SKIPPED = 77,
	SAMPLES = 3, /* of a kind in a round */
	SETTLE = 1,  /* not counted, after a change */
	ROUNDS_MAX = 1000,
	PAGE = 4096,
	PAGES = 31, /* the kernel puts so many on the LRU lists at once */
	AREA = PAGES * PAGE,
	FUNCTIONS = 1024, /* functions, a line each */
};

/* Between two samples: so much data is written, so many functions are called. */
static const struct heat {
	const char *name;
	size_t bytes, functions;
} heats[] = {
	{"nothing in between", 0, 0},
	{"the L1 used in between (128 KiB of data, 64 KiB of code)", 128 << 10, FUNCTIONS},
	{"the L2 used in between (3 MiB of data, 64 KiB of code)", 3 << 20, FUNCTIONS},
};

enum { HEATS = sizeof(heats) / sizeof(heats[0]), FAULT = 0, INSERT, GIVE_BACK, STEPS };

#define UNDISTURBED 0.2

#define FUNCTION(n)                                                                                \
	static __attribute__((noinline, aligned(64))) uint64_t code_##n(uint64_t x)                \
	{                                                                                          \
		return x + 0x##n;                                                                  \
	}
#define ENTRY(n) code_##n,
#define OF_4(DO, n) DO(n##0) DO(n##1) DO(n##2) DO(n##3)
#define OF_16(DO, n) OF_4(DO, n##0) OF_4(DO, n##1) OF_4(DO, n##2) OF_4(DO, n##3)
#define OF_64(DO, n) OF_16(DO, n##0) OF_16(DO, n##1) OF_16(DO, n##2) OF_16(DO, n##3)
#define OF_256(DO, n) OF_64(DO, n##0) OF_64(DO, n##1) OF_64(DO, n##2) OF_64(DO, n##3)
#define OF_1024(DO) OF_256(DO, 0) OF_256(DO, 1) OF_256(DO, 2) OF_256(DO, 3)

OF_1024(FUNCTION)

static uint64_t (*const code[FUNCTIONS])(uint64_t) = {OF_1024(ENTRY)};

struct bench {
	struct kinds *kinds;
	char *area, *data;
	uint64_t sum; /* of what the functions return, so that they are called */
	double costs[HEATS][KIND_MAX][STEPS][ROUNDS_MAX];
};

static void use_caches(struct bench *b, const struct heat *heat)
{
	for (size_t at = 0; at < heat->bytes; at += 64)
		((volatile char *)b->data)[at]++;
	for (size_t i = 0; i < heat->functions; i++)
		b->sum = code[i](b->sum);
	(void)now_ns();
}

/* Nanoseconds of each fault, and of giving back, a page. */
static double sample(struct bench *b, const struct heat *heat, double faults[PAGES])
{
	uint64_t start;

	for (size_t i = 0; i < PAGES; i++) {
		use_caches(b, heat);
		start = now_ns();
		((volatile char *)b->area)[i * PAGE] = 1;
		faults[i] = (double)(now_ns() - start);
	}
	use_caches(b, heat);
	start = now_ns();
	(void)madvise(b->area, AREA, MADV_DONTNEED);
	return (double)(now_ns() - start) / PAGES;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *values, size_t nr, double share)
{
	qsort(values, nr, sizeof(*values), compare);
	return values[(size_t)((double)(nr - 1) * share)];
}

/* One fault in PAGES is the slow one that puts as many on the LRU lists. */
static void measure(struct bench *b, enum kind kind, size_t round)
{
	static double faults[SAMPLES * PAGES];
	double inserts[SAMPLES], backs[SAMPLES], back;

	for (int heat = 0; heat < HEATS; heat++) {
		double(*to)[ROUNDS_MAX] = b->costs[heat][kind];

		for (int i = -SETTLE; i < SAMPLES; i++) {
			double *now = &faults[i < 0 ? 0 : i * PAGES];

			back = sample(b, &heats[heat], now);
			if (i < 0)
				continue;
			inserts[i] = quantile(now, PAGES, 1) / PAGES;
			backs[i] = back;
		}
		to[INSERT][round] = quantile(inserts, SAMPLES, UNDISTURBED);
		to[FAULT][round] = quantile(faults, SAMPLES * PAGES, UNDISTURBED);
		to[GIVE_BACK][round] = quantile(backs, SAMPLES, UNDISTURBED);
	}
}

static void print(const struct bench *b, size_t rounds)
{
	static double more[ROUNDS_MAX];

	for (int heat = 0; heat < HEATS; heat++) {
		printf("%s\n  %-46s %-24s %-24s %s\n", heats[heat].name, "ns more, and quartiles",
		       "allocated", "put on the LRU lists", "freed");
		printf("  %-46s", kind_names[KIND_NOTHING]);
		for (int step = 0; step < STEPS; step++) {
			memcpy(more, b->costs[heat][KIND_NOTHING][step], rounds * sizeof(*more));
			printf(" %6.0f                  ", quantile(more, rounds, 0.5));
		}
		printf("\n");
		for (int kind = KIND_NOTHING + 1; kind < KIND_MAX; kind++) {
			printf("  %-46s", kind_names[kind]);
			for (int step = 0; step < STEPS; step++) {
				for (size_t i = 0; i < rounds; i++)
					more[i] = b->costs[heat][kind][step][i] -
						  b->costs[heat][KIND_NOTHING][step][i];
				printf(" %6.0f [%6.0f %6.0f]  ", quantile(more, rounds, 0.5),
				       quantile(more, rounds, 0.25), quantile(more, rounds, 0.75));
			}
			printf("\n");
		}
	}
}

/* Every kind once, in an order that chance has. */
static int run_round(struct bench *b, size_t round, struct error *err)
{
	enum kind order[KIND_MAX];
	int r = 0;

	for (int i = 0; i < KIND_MAX; i++) {
		int at = rand() % (i + 1);

		order[i] = order[at];
		order[at] = (enum kind)i;
	}
	for (int i = 0; !r && i < KIND_MAX; i++) {
		r = kinds_change(b->kinds, order[i], err);
		if (!r)
			measure(b, order[i], round);
	}
	return r;
}

static int bench(struct bench *b, const char *trace, size_t rounds, struct error *err)
{
	cpu_set_t others, here;
	int cpu = sched_getcpu(), r;

	if (sched_getaffinity(0, sizeof(others), &others) < 0)
		return error_set(err, -errno, "cannot learn the CPUs: %m");
	if (CPU_COUNT(&others) > 1)
		CPU_CLR(cpu, &others);
	CPU_ZERO(&here);
	CPU_SET(cpu, &here);
	if (sched_setaffinity(0, sizeof(here), &here) < 0)
		return error_set(err, -errno, "cannot stay on CPU %d: %m", cpu);
	b->area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	b->data = malloc(heats[HEATS - 1].bytes);
	if (b->area == MAP_FAILED || !b->data)
		return error_nomem(err);
	(void)madvise(b->area, AREA, MADV_NOHUGEPAGE);
	memset(b->data, 1, heats[HEATS - 1].bytes);
	r = kinds_create(trace, true, &others, &b->kinds, err);
	for (size_t i = 0; !r && i < rounds; i++)
		r = run_round(b, i, err);
	if (!r)
		print(b, rounds);
	return r;
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct error err = {0};
	uint64_t rounds = 40;
	int r = argc < 2 ? -EINVAL : 0;

	if (argc > 2)
		r = num_parse(argv[2], "ROUNDS", 1, ROUNDS_MAX, &rounds, &err);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.msg[0] ? err.msg : "usage: bench_cold TRACE [ROUNDS]");
		return 2;
	}
	if (geteuid())
		return SKIPPED;
	r = bench(&b, argv[1], rounds, &err);
	if (!r)
		r = kinds_destroy(b.kinds, &err);
	else
		(void)kinds_destroy(b.kinds, NULL);
	if (!r)
		return 0;
	fprintf(stderr, "%s\n", err.msg);
	return r == -EPERM || r == -EOPNOTSUPP || r == -ENOENT ? SKIPPED : 1;
}
