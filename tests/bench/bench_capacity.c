// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many events memsim record takes before it loses any.
 *	bench_capacity MEMSIM TRACE [SECONDS [THREADS]]
 * THREADS (one per CPU) fill and punch a tmpfs file and fault and unmap anonymous memory for SECONDS (30), with the
 * buffers of 16 MiB per CPU that memsim record has by default and without stepping down to a sample. What the
 * trace then holds is printed: its rates, also the highest within 20 ms and 1 s, what was lost, how full the buffers
 * became, and the CPU time of the recorder. That recorded and lost events add up to what a second witness counts is
 * what live.count holds. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "trace/reader.h"

enum {
	AREA = 8 << 20, /* larger than a CPU's lists: blocks go to the buddy allocator and back */
	MAX_THREADS = 64,
	SKIPPED = 77,
	SLICE_NS = 1000000, /* rates are looked at in steps of so much */
	SLICES_MAX = 1 << 20,
	CENSUS_S = 3,
};

static uint64_t end_ns; /* of the load; set before the threads begin */

/* Pages of a file in memory: taken without being cleared, so most of the time goes into events. */
static bool fill_and_punch(int fd)
{
	return !fallocate(fd, 0, 0, AREA) &&
	       !fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, AREA);
}

static void touch_and_unmap(void)
{
	void *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		abort();
	(void)madvise(area, AREA, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < AREA; at += 4096)
		*((volatile char *)area + at) = 1;
	munmap(area, AREA);
}

static void *work(void *arg)
{
	int fd = memfd_create("memsim-bench", MFD_CLOEXEC);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(*(int *)arg, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
	for (unsigned int i = 0; now_ns() < end_ns; i++)
		if (i % 8 == 7 || fd < 0 || !fill_and_punch(fd))
			touch_and_unmap();
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void load(uint64_t seconds, int nr)
{
	pthread_t threads[MAX_THREADS];
	int cpus[MAX_THREADS];

	end_ns = now_ns() + seconds * 1000000000u;
	for (int i = 0; i < nr; i++) {
		cpus[i] = i;
		if (pthread_create(&threads[i], NULL, work, &cpus[i]))
			abort();
	}
	for (int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
}

/* Events by the millisecond of the recording. */
struct rates {
	uint64_t slices[SLICES_MAX], events;
};

static uint64_t highest(const struct rates *r, size_t slices)
{
	uint64_t sum = 0, most = 0;

	for (size_t i = 0; i < SLICES_MAX; i++) {
		sum += r->slices[i];
		if (i >= slices)
			sum -= r->slices[i - slices];
		most = sum > most ? sum : most;
	}
	return most;
}

/* The busiest stretch of that length, per second. */
static double rate(const struct rates *r, uint64_t ns)
{
	return (double)highest(r, ns / SLICE_NS) * 1e9 / (double)ns;
}

/* User CPU time of a process so far, ns: proc(5), /proc/PID/stat, the 14th word. */
static double user_ns(pid_t pid)
{
	char path[64];
	uint64_t ticks = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f ||
	    fscanf(f, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64, &ticks) != 1)
		ticks = 0;
	if (f)
		fclose(f);
	return (double)ticks * 1e9 / (double)sysconf(_SC_CLK_TCK);
}

/* before_ns: the recorder's user CPU time when the load began. */
static void report(const struct rates *r, const struct trace_footer *f, uint64_t bytes,
		   const struct rusage *use, uint64_t seconds, double before_ns)
{
	const double events = (double)r->events;
	double user = (double)use->ru_utime.tv_sec * 1e9 + (double)use->ru_utime.tv_usec * 1e3;
	double sys = (double)use->ru_stime.tv_sec * 1e9 + (double)use->ru_stime.tv_usec * 1e3;
	uint64_t lost = 0;

	for (int cls = 0; cls < CLASS_MAX; cls++)
		lost += f->lost[cls];
	printf("events recorded        %" PRIu64 "\n", r->events);
	printf("per second             %.2f M while the load ran (%" PRIu64 " s, CPUs shared with "
	       "whoever else is there)\n",
	       rate(r, seconds * 1000000000u) / 1e6, seconds);
	printf("the busiest second     %.2f M/s (wanted: 2 M/s without loss)\n",
	       rate(r, 1000000000u) / 1e6);
	printf("the busiest 20 ms      %.2f M/s (wanted: 7 M/s without loss)\n",
	       rate(r, 20000000u) / 1e6);
	printf("events lost            %" PRIu64 " (wanted: 0)\n", lost);
	for (int cls = 0; cls < CLASS_MAX; cls++)
		if (f->lost[cls])
			printf("  of class %-12s %" PRIu64 "\n",
			       event_class_name((enum event_class)cls), f->lost[cls]);
	printf("fullest buffer         %.2f of %.0f MiB\n", (double)f->buffer_high_water / 1048576,
	       (double)f->buffer_size / 1048576);
	printf("bytes per event        %.2f\n", (double)bytes / events);
	printf("recorder's user CPU    %.1f ns per event, compression included (wanted: at most "
	       "40), "
	       "and %.2f s to start and for the census\n",
	       (user - before_ns) / events, before_ns / 1e9);
	printf("recorder's system CPU  %.1f ns per event\n", sys / events);
}

static int read_rates(const char *path, struct rates *r, struct trace_footer *ret_footer,
		      uint64_t *ret_bytes, struct error *err)
{
	struct trace_reader *reader;
	struct trace_block b;
	int n = trace_reader_open(path, &reader, err);

	if (n < 0)
		return n;
	while ((n = trace_reader_next(reader, &b, err)) > 0)
		for (size_t i = 0; b.type == BLOCK_EVENTS && i < b.events.nr; i++) {
			uint64_t slice = b.events.events[i].ts_ns / SLICE_NS;

			r->slices[slice < SLICES_MAX ? slice : SLICES_MAX - 1]++;
			r->events++;
		}
	if (!n) {
		*ret_footer = *trace_reader_footer(reader);
		*ret_bytes = trace_reader_file_size(reader);
	}
	trace_reader_destroy(reader);
	return n;
}

static pid_t start(const char *memsim, const char *trace)
{
	pid_t pid = fork();

	if (!pid) {
		execl(memsim, memsim, "record", "-q", "--overload=drop", "-o", trace, "-d",
		      "100000", (char *)NULL);
		_exit(127);
	}
	return pid;
}

int main(int argc, char **argv)
{
	static struct rates rates;
	uint64_t seconds = 30, threads = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN), bytes;
	struct trace_footer footer;
	struct error err = {0};
	struct rusage use;
	int status, r = 0;
	double before_ns;
	pid_t pid;

	if (argc > 3)
		r = num_parse(argv[3], "SECONDS", 1, 900, &seconds, &err);
	if (argc > 4 && !r)
		r = num_parse(argv[4], "THREADS", 1, MAX_THREADS, &threads, &err);
	if (argc < 3 || r < 0) {
		fprintf(stderr, "%s\n",
			argc < 3 ? "usage: bench_capacity MEMSIM TRACE [SECONDS]" : err.msg);
		return 2;
	}
	if (geteuid())
		return SKIPPED;
	pid = start(argv[1], argv[2]);
	sleep(CENSUS_S);
	if (pid < 0 || waitpid(pid, &status, WNOHANG)) {
		fprintf(stderr, "memsim record does not work here\n");
		return SKIPPED;
	}
	before_ns = user_ns(pid);
	load(seconds, threads < MAX_THREADS ? (int)threads : MAX_THREADS);
	kill(pid, SIGINT);
	if (wait4(pid, &status, 0, &use) != pid || !WIFEXITED(status) ||
	    (WEXITSTATUS(status) && WEXITSTATUS(status) != 3)) {
		fprintf(stderr, "memsim record failed\n");
		return 1;
	}
	r = read_rates(argv[2], &rates, &footer, &bytes, &err);
	(void)unlink(argv[2]);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	report(&rates, &footer, bytes, &use, seconds, before_ns);
	return 0;
}
