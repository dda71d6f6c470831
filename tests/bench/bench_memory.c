// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory side of a replay alone, on one core: how long the census takes, how many events per second come after it,
 * how long it takes to sum up what all pages are at the end, and how much memory the process had at the most, which must not be above 24 bytes per page of the recorded host and
 * 64 MiB; for each of the layouts, and for all at once. Beside it the same trace decoded and not looked at: nothing can
 * be faster than that. In a short trace much of the time is what the beginning and the end of a replay take; so all of
 * it once more with the trace made TIMES as long, see lengthen.h.
 * usage: bench_memory TRACE TIMES LAYOUT...
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "lengthen.h"
#include "sim/replay/replay.h"

enum { ROUNDS = 5, MAX_LAYOUTS = 32 };

/* CPU time: the rates are those of one core, whoever else wants it. */
static void fail(const struct error *err)
{
	fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

struct run {
	double census_share; /* of the file, that ends with the last of the census */
	uint64_t census_ns, events_ns, end_ns; /* what each took, at best */
	uint64_t census_done, events_done;     /* when */
	uint64_t nr_events, max_pfn;
};

static void note_progress(void *ctx, double done)
{
	struct run *run = ctx;

	run->events_done = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	if (done <= run->census_share)
		run->census_done = run->events_done;
}

static uint64_t shorter(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Without looking at the events; also where the census ends. */
static uint64_t decode(const char *path, struct run *run)
{
	uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
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
			start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		}
		run->nr_events += block.type == BLOCK_EVENTS ? block.events.nr : 0;
	}
	if (res)
		fail(&err);
	trace_reader_destroy(r);
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
}

static void replay(const char *path, struct layout *const *layouts, size_t nr, struct run *run)
{
	const struct replay_opts opts = {.layouts = (const struct layout *const *)layouts,
					 .nr_layouts = nr,
					 .jobs = 1,
					 .policy = {.max_order = POLICY_AS_TRACED},
					 .memory_only = true,
					 .progress = note_progress,
					 .progress_ctx = run};
	struct replay_result *result;
	struct trace_reader *r;
	struct error err;
	uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	run->census_done = run->events_done = start;
	if (trace_reader_open(path, &r, &err) || replay_run(r, &opts, &result, &err))
		fail(&err);
	run->end_ns = shorter(run->end_ns, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - run->events_done);
	run->events_ns = shorter(run->events_ns, run->events_done - run->census_done);
	run->census_ns = shorter(run->census_ns, run->census_done - start);
	replay_result_destroy(result);
	trace_reader_destroy(r);
}

/* In a process of its own, for its memory. 1 where that is too much. */
static int measure(const char *path, char **names, size_t nr, struct run *run)
{
	uint64_t bound = 24 * run->max_pfn + (64 << 20), peak;
	struct layout *layouts[MAX_LAYOUTS];
	struct rusage usage;
	struct error err;

	for (size_t i = 0; i < nr; i++)
		if (layout_load(names[i], &layouts[i], &err))
			fail(&err);
	run->events_ns = run->census_ns = run->end_ns = UINT64_MAX;
	for (int round = 0; round < ROUNDS; round++)
		replay(path, layouts, nr, run);
	for (size_t i = 0; i < nr; i++)
		layout_destroy(layouts[i]);
	getrusage(RUSAGE_SELF, &usage);
	peak = (uint64_t)usage.ru_maxrss << 10;
	printf("%-10s census of %.1f GiB %6.1f ms, then %6.1f M events/s, end %5.1f ms, peak %4llu "
	       "of %llu MiB\n",
	       nr > 1 ? "all these" : names[0], (double)run->max_pfn / (1 << 18),
	       (double)run->census_ns / 1e6, (double)run->nr_events * 1e3 / (double)run->events_ns,
	       (double)run->end_ns / 1e6, (unsigned long long)peak >> 20,
	       (unsigned long long)bound >> 20);
	fflush(stdout);
	return peak > bound;
}

static int measure_apart(const char *path, char **names, size_t nr, struct run *run)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(measure(path, names, nr, run));
	return pid < 0 || waitpid(pid, &status, 0) < 0 || status;
}

/* Each of the layouts, and all. */
static int measure_all(const char *path, char **names, size_t nr)
{
	uint64_t decoded = UINT64_MAX;
	struct run run = {0};
	int failed = 0;

	for (int round = 0; round < ROUNDS; round++)
		decoded = shorter(decoded, decode(path, &run));
	printf("%.1f M events, decoded and not looked at: %.1f M events/s\n",
	       (double)run.nr_events / 1e6, (double)run.nr_events * 1e3 / (double)decoded);
	fflush(stdout);
	for (size_t i = 0; i < nr; i++)
		failed |= measure_apart(path, names + i, 1, &run);
	return nr > 1 ? failed | measure_apart(path, names, nr, &run) : failed;
}

int main(int argc, char **argv)
{
	char longer[] = "/tmp/memsim-bench-XXXXXX";
	uint64_t times;
	struct error err;
	int fd, failed;

	if (argc < 4 || argc - 3 > MAX_LAYOUTS ||
	    num_parse(argv[2], "TIMES", 1, 100, &times, &err)) {
		fprintf(stderr, "usage: bench_memory TRACE TIMES LAYOUT...\n");
		return 2;
	}
	failed = measure_all(argv[1], argv + 3, (size_t)argc - 3);
	if (times == 1)
		return failed;
	fd = mkstemp(longer);
	if (fd < 0)
		return 1;
	close(fd);
	if (lengthen(argv[1], (unsigned int)times, LENGTHEN_HOSTS, longer, &err))
		fail(&err);
	failed |= measure_all(longer, argv + 3, (size_t)argc - 3);
	unlink(longer);
	return failed;
}
