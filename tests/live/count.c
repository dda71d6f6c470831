// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocates and frees pages on every CPU as fast as it goes, while perf counts what its threads do: a witness
 * that shares nothing with the recorder but the tracepoints.
 *	live_count SECONDS FILE
 * FILE receives, one per line, allocations, frees, and the threads' ids. Then the threads sleep until standard
 * input ends, so that nothing is added before the recording has ended. FILE.threads is the same without the counts (0),
 * and there before anything is counted.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

enum { MAX_THREADS = 64, AREA = 4 << 20, SKIPPED = 77 };

struct shared {
	uint64_t end_ns;
	pthread_barrier_t told, begin, done, leave;
	pid_t tids[MAX_THREADS];
};

struct worker {
	struct shared *shared;
	int cpu;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(w->cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
	w->shared->tids[w->cpu] = gettid();
	pthread_barrier_wait(&w->shared->told);
	pthread_barrier_wait(&w->shared->begin);
	while (now_ns() < w->shared->end_ns) {
		volatile char *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (area == MAP_FAILED)
			abort();
		(void)madvise((void *)area, AREA, MADV_NOHUGEPAGE);
		if (madvise((void *)area, AREA, MADV_POPULATE_WRITE) < 0)
			for (size_t at = 0; at < AREA; at += 4096)
				area[at] = 1;
		munmap((void *)area, AREA);
	}
	pthread_barrier_wait(&w->shared->done);
	pthread_barrier_wait(&w->shared->leave);
	return NULL;
}

/* Will count what this thread does, and with inherit those that it starts; -1: cannot. */
static int open_counter(const char *event, int inherit)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT,
				       .size = sizeof(attr),
				       .disabled = 1,
				       .inherit = inherit ? 1 : 0};
	uint64_t id = 0;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/kmem/%s/id", event);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%" SCNu64, &id) != 1)
		return -1;
	fclose(f);
	attr.config = id;
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static uint64_t read_counter(int fd)
{
	uint64_t value = 0;

	if (read(fd, &value, sizeof(value)) != sizeof(value))
		abort();
	return value;
}

static int report(const char *path, const uint64_t counts[2], const struct shared *s, long nr)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return -1;
	fprintf(f, "%" PRIu64 "\n%" PRIu64 "\n", counts[0], counts[1]);
	for (int i = 0; i < nr; i++)
		fprintf(f, "%d\n", s->tids[i]);
	return fclose(f);
}

int main(int argc, char **argv)
{
	static const char *const events[2] = {"mm_page_alloc", "mm_page_free"};
	static struct shared shared;
	static struct worker workers[MAX_THREADS];
	long nr = sysconf(_SC_NPROCESSORS_ONLN);
	int counters[2][2];
	pthread_t threads[MAX_THREADS];
	uint64_t seconds, counts[2] = {0};
	char byte, *names;

	if (argc != 3 || sscanf(argv[1], "%" SCNu64, &seconds) != 1)
		return 2;
	nr = nr < MAX_THREADS ? nr : MAX_THREADS;
	for (int i = 0; i < 4; i++) {
		counters[i / 2][i % 2] = open_counter(events[i / 2], i % 2);
		if (counters[i / 2][i % 2] < 0) {
			fprintf(stderr, "no tracefs or no perf: %s\n", strerror(errno));
			return SKIPPED;
		}
	}
	if (prctl(PR_TASK_PERF_EVENTS_ENABLE) < 0)
		return 1;
	shared.end_ns = now_ns() + seconds * 1000000000u;
	pthread_barrier_init(&shared.told, NULL, (unsigned int)nr + 1);
	pthread_barrier_init(&shared.begin, NULL, (unsigned int)nr + 1);
	pthread_barrier_init(&shared.done, NULL, (unsigned int)nr + 1);
	pthread_barrier_init(&shared.leave, NULL, (unsigned int)nr + 1);
	for (int i = 0; i < nr; i++) {
		workers[i] = (struct worker){&shared, i};
		if (pthread_create(&threads[i], NULL, work, &workers[i]))
			return 1;
	}
	pthread_barrier_wait(&shared.told);
	if (asprintf(&names, "%s.threads", argv[2]) < 0 || report(names, counts, &shared, nr) < 0)
		return 1;
	free(names);
	pthread_barrier_wait(&shared.begin);
	pthread_barrier_wait(&shared.done);
	usleep(100000); /* until all of them sleep: an interrupt in a thread that runs is the thread's */
	/* what the threads did, without the one that counts; it has no page to allocate while it reads */
	for (int event = 0; event < 2; event++)
		counts[event] = read_counter(counters[event][1]) - read_counter(counters[event][0]);
	if (report(argv[2], counts, &shared, nr) < 0)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
