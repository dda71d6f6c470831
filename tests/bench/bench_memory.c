// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory side of a replay alone, on one core: how long the census takes, how many events per second come after it,
 * and how much memory the process had at the most, which must not be above 24 bytes per page of the recorded host and
 * 64 MiB. Beside it the same trace decoded and not looked at: nothing can be faster than that.
 * usage: bench_memory TRACE LAYOUT...
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/replay.h"

enum { ROUNDS = 5 };

/* CPU time: the rates are those of one core, whoever else wants it. */
static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void fail(const struct error *err)
{
	fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

struct run {
	double census_share; /* of the file, that ends with the last of the census */
	uint64_t start_ns, census_ns, events_ns; /* the last two: what each took, at best */
	uint64_t census_end_ns, nr_events, max_pfn;
};

static void note_census(void *ctx, double done)
{
	struct run *run = ctx;

	if (done <= run->census_share)
		run->census_end_ns = now_ns();
}

static uint64_t shorter(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Without looking at the events; also where the census ends. */
static uint64_t decode(const char *path, struct run *run)
{
	uint64_t start = now_ns();
	struct trace_reader *r;
	struct trace_block block;
	struct error err;
	int res;

	run->nr_events = 0;
	if (trace_reader_open(path, &r, &err))
		fail(&err);
	run->max_pfn = trace_reader_meta(r)->max_pfn;
	while ((res = trace_reader_next(r, &block, &err)) > 0) {
		if (block.type == BLOCK_CENSUS) {
			run->census_share =
				(double)trace_reader_offset(r) / (double)trace_reader_file_size(r);
			start = now_ns();
		}
		run->nr_events += block.type == BLOCK_EVENTS ? block.events.nr : 0;
	}
	if (res)
		fail(&err);
	trace_reader_destroy(r);
	return now_ns() - start;
}

static void replay(const char *path, const struct layout *layout, struct run *run)
{
	const struct replay_opts opts = {.layouts = &layout,
					 .nr_layouts = 1,
					 .jobs = 1,
					 .policy = {.max_order = POLICY_AS_TRACED},
					 .memory_only = true,
					 .progress = note_census,
					 .progress_ctx = run};
	struct replay_result *result;
	struct trace_reader *r;
	struct error err;
	uint64_t start = now_ns();

	run->census_end_ns = start;
	if (trace_reader_open(path, &r, &err) || replay_run(r, &opts, &result, &err))
		fail(&err);
	run->events_ns = shorter(run->events_ns, now_ns() - run->census_end_ns);
	run->census_ns = shorter(run->census_ns, run->census_end_ns - start);
	replay_result_destroy(result);
	trace_reader_destroy(r);
}

/* In a process of its own, for its memory. 1 where that is too much. */
static int measure(const char *path, const char *name, struct run *run)
{
	uint64_t bound = 24 * run->max_pfn + (64 << 20), peak;
	struct rusage usage;
	struct layout *layout;
	struct error err;

	if (layout_load(name, &layout, &err))
		fail(&err);
	run->events_ns = run->census_ns = UINT64_MAX;
	for (int round = 0; round < ROUNDS; round++)
		replay(path, layout, run);
	layout_destroy(layout);
	getrusage(RUSAGE_SELF, &usage);
	peak = (uint64_t)usage.ru_maxrss << 10;
	printf("%-10s census of %.1f GiB %6.1f ms, then %6.1f M events/s, peak %4llu of %llu MiB\n",
	       name, (double)run->max_pfn / (1 << 18), (double)run->census_ns / 1e6,
	       (double)run->nr_events * 1e3 / (double)run->events_ns,
	       (unsigned long long)peak >> 20, (unsigned long long)bound >> 20);
	fflush(stdout);
	return peak > bound;
}

int main(int argc, char **argv)
{
	struct run run = {0};
	uint64_t decoded = UINT64_MAX;
	int failed = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_memory TRACE LAYOUT...\n");
		return 2;
	}
	for (int round = 0; round < ROUNDS; round++)
		decoded = shorter(decoded, decode(argv[1], &run));
	printf("decoded and not looked at: %.1f M events/s\n",
	       (double)run.nr_events * 1e3 / (double)decoded);
	fflush(stdout);
	for (int i = 2; i < argc; i++) {
		pid_t pid = fork();
		int status;

		if (!pid)
			_exit(measure(argv[1], argv[i], &run));
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return 1;
		failed |= status != 0;
	}
	return failed;
}
