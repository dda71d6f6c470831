// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recording costs the thread that allocates and frees pages.
 *	bench_record [ROUNDS]
 * Rounds of the same work run in pairs, one with the tracer attached and one without, the order changing from
 * pair to pair and the tracers taking turns: what else the machine does meets all of them alike. A cost is the
 * median of the differences, with the quartiles behind it; time is the thread's CPU time. Needs root.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "record_tracers.h"

enum {
	AREA = 8 << 20,
	AREAS = 4, /* one round: 8,192 pages of 4 KiB come and go */
	SKIPPED = 77,
	TRACERS_MAX = 16,
};

struct result {
	double *ns, *share; /* per round: of one event; of the round without the tracer */
	double base_ns;	    /* sum over rounds, per event */
	double program_ns;  /* of one run of a BPF program, in the best round; 0: has none */
	bool absent;
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static double work(void)
{
	uint64_t start = cpu_ns();

	for (int i = 0; i < AREAS; i++) {
		void *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);

		if (area == MAP_FAILED)
			abort();
		(void)madvise(area, AREA, MADV_NOHUGEPAGE);
		if (madvise(area, AREA, MADV_POPULATE_WRITE) < 0)
			for (size_t at = 0; at < AREA; at += 4096)
				*((volatile char *)area + at) = 1;
		munmap(area, AREA);
	}
	return (double)(cpu_ns() - start);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Sorts; the value below which that share of them lies. */
static double quantile(double *values, int nr, double share)
{
	qsort(values, (size_t)nr, sizeof(*values), compare);
	return values[(int)((nr - 1) * share)];
}

/* The first of two is not measured: what attaching, detaching or the tracer before left behind is no cost of it. */
static double settled_work(void)
{
	(void)work();
	return work();
}

/* Returns the events of one round. */
static int64_t measure(struct tracer *t, bool first, double *ret_with, double *ret_without,
		       struct error *err)
{
	int64_t events;
	int r;

	if (!first)
		*ret_without = settled_work();
	r = t->attach(t, err);
	if (r)
		return r;
	*ret_with = settled_work();
	events = t->detach(t, err);
	if (first)
		*ret_without = settled_work();
	return events < 0 ? events : events / 2;
}

static int run_round(struct result *results, int round, struct error *err)
{
	for (unsigned int i = 0; i < tracers_nr; i++) {
		const double told = 2.0 * AREAS * (AREA / 4096); /* events of the two tracepoints */
		double with = 0, without = 0;
		int64_t events;

		if (results[i].absent)
			continue;
		events = measure(&tracers[i], round & 1, &with, &without, err);
		if (events < 0)
			return (int)events;
		if (events && (double)events < told)
			return error_set(err, -EPROTO, "%s saw %ld of at least %.0f events",
					 tracers[i].name, (long)events, told);
		results[i].ns[round] =
			(with - without) / (i == TRACER_DEFAULT ? (double)events : told);
		results[i].share[round] = (with - without) / without;
		results[i].base_ns += without / told;
	}
	return 0;
}

/*
 * The same by another clock: the kernel's own count of the time that it spends in each program. Its two readings of the
 * clock are in it, so only differences mean something; but they are hardly moved by what else the machine does.
 */
static int time_programs(struct result *results, struct error *err)
{
	for (unsigned int i = TRACER_FLOOR; i <= TRACER_BACKUPS; i++) {
		int fd = bpf_enable_stats(BPF_STATS_RUN_TIME), r;
		int64_t events = 0;
		double ns;

		if (fd < 0)
			return 0;
		r = tracers[i].attach(&tracers[i], err);
		if (!r) {
			(void)settled_work();
			events = tracers[i].detach(&tracers[i], err);
		}
		close(fd);
		if (r || events < 0)
			return r ? r : (int)events;
		ns = (double)tracers[i].run_ns / (double)tracers[i].runs;
		if (!results[i].program_ns || ns < results[i].program_ns)
			results[i].program_ns = ns;
	}
	return 0;
}

static void print_rounds(struct result *results, int rounds)
{
	printf("%-14s %8s  %-16s %7s %7s  %s\n", "tracer", "ns/event", "quartiles", "slower",
	       "in BPF", "what it is");
	for (unsigned int i = 0; i < tracers_nr; i++) {
		struct result *r = &results[i];
		double low = quantile(r->ns, rounds, 0.25), high = quantile(r->ns, rounds, 0.75);

		if (r->absent)
			printf("%-14s not here\n", tracers[i].name);
		else
			printf("%-14s %8.1f  [%6.1f %6.1f]  %6.1f%% %7.1f  %s\n", tracers[i].name,
			       quantile(r->ns, rounds, 0.5), low, high,
			       100 * quantile(r->share, rounds, 0.5), r->program_ns,
			       tracers[i].what);
	}
	printf("without any, an event comes every %.0f ns\n", results[0].base_ns / rounds);
}

static void print_summary(struct result *results, int rounds)
{
	double ns[TRACERS_MAX], rare;

	for (unsigned int i = 0; i < tracers_nr; i++)
		ns[i] = results[i].absent ? 0 : quantile(results[i].ns, rounds, 0.5);
	printf("\nmemsim --no-backups above the floor, same tracepoints: %.1f ns (wanted: at most "
	       "15)\n",
	       ns[TRACER_ALLOC] - ns[TRACER_FLOOR]);
	printf("the same by the kernel's time in the programs: %.1f ns\n",
	       results[TRACER_ALLOC].program_ns - results[TRACER_FLOOR].program_ns);
	printf("losing nothing to interrupts either takes %.1f ns more\n",
	       ns[TRACER_BACKUPS] - ns[TRACER_ALLOC]);
	if (!results[TRACER_FTRACE].absent)
		printf("--no-backups : ftrace  %.2f (wanted: at most 0.50)\n",
		       ns[TRACER_ALLOC] / ns[TRACER_FTRACE]);
	if (!results[TRACER_PERF].absent)
		printf("--no-backups : perf    %.2f (wanted: at most 0.20)\n",
		       ns[TRACER_ALLOC] / ns[TRACER_PERF]);
	printf("this loop slowed by %.1f %% (wanted: at most 12), with --events=alloc --no-backups "
	       "by %.1f %%\n",
	       100 * quantile(results[TRACER_DEFAULT].share, rounds, 0.5),
	       100 * quantile(results[TRACER_ALLOC].share, rounds, 0.5));
	/* rare events each have a time of their own, see bpf/wire.h */
	rare = ns[TRACER_DEFAULT] + ns[TRACER_CLOCK] - ns[TRACER_FLOOR];
	printf("a CPU with 25,000 events/s, as in a C build: %.2f %% (computed; wanted: at most "
	       "0.5)\n",
	       25000 * rare / 1e7);
}

static void release(struct result *results)
{
	for (unsigned int i = 0; i < tracers_nr; i++) {
		if (!results[i].absent)
			tracers[i].close(&tracers[i]);
		free(results[i].ns);
		free(results[i].share);
	}
}

static int bench(struct result *results, int rounds, int cpu, struct error *err)
{
	int r = 0;

	for (unsigned int i = 0; i < tracers_nr && !r; i++) {
		results[i].ns = calloc((size_t)rounds, sizeof(double));
		results[i].share = calloc((size_t)rounds, sizeof(double));
		r = tracers[i].open(&tracers[i], cpu, err);
		if (r == -ENOENT) {
			printf("%s: %s\n", tracers[i].name, err->msg);
			tracers[i].close(&tracers[i]);
			results[i].absent = true;
			r = 0;
		}
	}
	for (int round = 0; round < rounds && !r; round++) {
		r = run_round(results, round, err);
		if (!r && round % 4 == 0)
			r = time_programs(results, err);
	}
	if (r)
		return r;
	print_rounds(results, rounds);
	print_summary(results, rounds);
	return 0;
}

int main(int argc, char **argv)
{
	static struct result results[TRACERS_MAX];
	int cpu = sched_getcpu(), r = 0;
	struct error err = {0};
	uint64_t rounds = 40;
	cpu_set_t set;

	if (argc > 1)
		r = num_parse(argv[1], "ROUNDS", 1, 100000, &rounds, &err);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (tracers_nr > TRACERS_MAX || sched_setaffinity(0, sizeof(set), &set) < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	r = bench(results, (int)rounds, cpu, &err);
	release(results);
	if (!r)
		return 0;
	fprintf(stderr, "%s\n", err.msg);
	return r == -EPERM || r == -EOPNOTSUPP ? SKIPPED : 1;
}
