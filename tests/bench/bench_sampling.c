// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a sample of the caches' sets saves of the caches' work, and of all work, and how far its miss ratios are from
 * those of all sets. The program is linked such that it sees what goes to the caches (--wrap=lines_flush); all else is
 * the same with a sample and without. Of a trace as it is, of one TIMES as long (lengthen.h), and of one 4 * TIMES as
 * long: a sample begins with all sets, so that it is the length which makes it cheap. It prints, and fails on no figure.
 * usage: bench_sampling N TIMES TRACE LAYOUT...
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "lengthen.h"
#include "sim/replay/replay.h"

enum { ROUNDS = 5, ROUNDS_LONGEST = 2, LONGEST = 4 };

void __real_lines_flush(struct lines *l);
void __wrap_lines_flush(struct lines *l);

static uint64_t flush_ns, flushes;
static unsigned int depth;

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Those of a sample are flushed while all of them are. */
void __wrap_lines_flush(struct lines *l)
{
	uint64_t begin = 0;

	if (!l->batch->nr)
		return;
	if (!depth++)
		begin = now_ns(CLOCK_THREAD_CPUTIME_ID);
	__real_lines_flush(l);
	if (--depth)
		return;
	flush_ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
	flushes++;
}

/* What of it is the clock's own, which is a system call. */
static uint64_t clock_ns(void)
{
	enum { TIMES = 10000 };
	uint64_t sum = 0;

	for (int i = 0; i < TIMES; i++) {
		uint64_t begin = now_ns(CLOCK_THREAD_CPUTIME_ID);

		sum += now_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
	}
	return sum / TIMES;
}

struct run {
	uint64_t caches_ns, all_ns; /* at best */
	double missed[CACHE_MEMORY], error[CACHE_MEMORY], share;
};

static void fail(const struct error *err)
{
	fprintf(stderr, "bench_sampling: %s\n", err->msg);
	exit(1);
}

static uint64_t shorter(uint64_t a, uint64_t b)
{
	return !a || b < a ? b : a;
}

static void replay(const char *path, const struct layout *layout, unsigned int one_in,
		   struct run *run)
{
	const struct replay_opts opts = {
		.layouts = &layout,
		.nr_layouts = 1,
		.jobs = 1,
		.sample_sets = one_in,
	};
	uint64_t begin = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	const struct layout_result *r;
	struct replay_result *result;
	struct trace_reader *reader;
	struct error err;
	uint64_t left;

	flush_ns = flushes = 0;
	if (trace_reader_open(path, &reader, &err) || replay_run(reader, &opts, &result, &err))
		fail(&err);
	run->all_ns = shorter(run->all_ns, now_ns(CLOCK_PROCESS_CPUTIME_ID) - begin);
	run->caches_ns = shorter(run->caches_ns, flush_ns - flushes * clock_ns());
	r = &result->layouts[0];
	run->share = r->sample_share;
	left = r->total.lines;
	for (int level = CACHE_L1; level < CACHE_MEMORY; level++) {
		left -= r->total.hits[level];
		run->missed[level] = 100 * (double)left / (double)r->total.lines;
		run->error[level] = 100 * r->sample_error[level];
	}
	replay_result_destroy(result);
	trace_reader_destroy(reader);
}

static void bench(const char *path, const char *name, unsigned int one_in, int rounds)
{
	struct run full = {0}, sampled = {0};
	struct layout *layout;
	struct error err;

	if (layout_load(name, &layout, &err))
		fail(&err);
	for (int i = 0; i < rounds; i++) {
		replay(path, layout, 1, &full);
		replay(path, layout, one_in, &sampled);
	}
	layout_destroy(layout);
	printf("%-10s caches %7.1f ms, %7.1f ms with 1/%u (of %.1f %% of lines): %5.2f times "
	       "faster; "
	       "all of the replay %5.2f\n",
	       name, (double)full.caches_ns / 1e6, (double)sampled.caches_ns / 1e6, one_in,
	       100 * sampled.share, (double)full.caches_ns / (double)sampled.caches_ns,
	       (double)full.all_ns / (double)sampled.all_ns);
	fflush(stdout);
	for (enum cache_level level = CACHE_L1; level < CACHE_MEMORY; level++)
		printf("           misses of %-3s %6.2f %% of lines, %+5.2f points with a sample "
		       "(standard error told %.2f)\n",
		       cache_level_name(level), full.missed[level],
		       sampled.missed[level] - full.missed[level], sampled.error[level]);
}

static void bench_all(const char *path, char **names, unsigned int one_in, int rounds)
{
	for (; *names; names++)
		bench(path, *names, one_in, rounds);
}

static void bench_longer(const char *path, uint64_t times, char **names, unsigned int one_in,
			 int rounds)
{
	char longer[] = "/tmp/memsim-bench-XXXXXX";
	int fd = mkstemp(longer);
	struct error err;

	if (fd < 0) {
		perror("bench_sampling: mkstemp");
		exit(1);
	}
	close(fd);
	if (lengthen(path, (unsigned int)times, LENGTHEN_AGAIN, longer, &err))
		fail(&err);
	printf("%d times as long:\n", (int)times);
	bench_all(longer, names, one_in, rounds);
	unlink(longer);
}

int main(int argc, char **argv)
{
	uint64_t one_in, times;
	struct error err;

	if (argc < 5 || num_parse(argv[1], "N", 2, 64, &one_in, &err) ||
	    num_parse(argv[2], "TIMES", 1, 100, &times, &err)) {
		fprintf(stderr, "usage: bench_sampling N TIMES TRACE LAYOUT...\n");
		return 2;
	}
	bench_all(argv[3], argv + 4, (unsigned int)one_in, ROUNDS);
	if (times == 1)
		return 0;
	bench_longer(argv[3], times, argv + 4, (unsigned int)one_in, ROUNDS);
	bench_longer(argv[3], LONGEST * times, argv + 4, (unsigned int)one_in, ROUNDS_LONGEST);
	return 0;
}
