// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recording takes from a build, to a tenth of a per cent.
 *	bench_toggle TRACE SECONDS COMMAND [ARG...] [+ COMMAND [ARG...]]...
 * Each of the commands runs again and again on one CPU while the recorder's programs are attached and detached between the
 * runs: with, without, without, with, or the other way round, as chance has it. The recorder is that of memsim record with
 * its defaults; its maps and rings stay, its threads run on other CPUs if there are any, so that nothing but the links
 * changes. Compared is what wait4() says of the command and all its children, user and system; and the time that
 * passes. Some short processes come first, uncounted, after every change: what they touch for the first time, the
 * build has not to.
 *
 * paired.h says what is made of that. A figure is called resolved where its interval is narrower than WANTED_WIDTH. The
 * same of the runs without against each other shows what the method makes of nothing. What the recorder's own threads take
 * has a line of its own, and so have the programs, by the kernel's measuring, which is in their times, too. Needs root.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "bpf/recorder_internal.h"
#include "tests/bench/paired.h"
#include "tests/bench/programs.h"

enum {
	SKIPPED = 77,
	WARM = 4, /* short processes after a change */
};

#define WANTED_WIDTH 0.2 /* per cent */
#define WANTED_COST 0.5

/* Seconds of runs. */
struct spent {
	double cpu, elapsed;
};

/* Of the commands, and of the second run without each against the first. */
struct measured {
	const char *what;
	struct paired_part with[PAIRED_PARTS], nothing[PAIRED_PARTS];
};

struct bench {
	struct recorder *recorder;
	pthread_t thread; /* the recorder's */
	cpu_set_t here, others;
	volatile sig_atomic_t stop;
	int status; /* of the thread */
	struct error err;
	char *const *commands[PAIRED_PARTS];
	size_t nr_commands;
	bool attached;
	double attached_seconds;
	uint64_t attached_since;
	struct measured cpu, elapsed;
};

static uint64_t draw(void)
{
	static uint64_t s = 88172645463325252;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s;
}

static void *record(void *arg)
{
	struct bench *b = arg;
	enum recorder_stop why;
	int exit_status;

	/* its writer's thread comes from here, and runs there, too */
	(void)pthread_setaffinity_np(pthread_self(), sizeof(b->others), &b->others);
	b->status =
		recorder_start(b->recorder, &b->err); /* drops this thread's capabilities only */
	if (!b->status)
		b->status = recorder_run(b->recorder, 0, 0, &b->stop, &why, &exit_status, &b->err);
	return NULL;
}

static int change(struct bench *b, bool attached, struct error *err)
{
	static struct trace_meta unused; /* what it says is in the trace's header already */
	int r = 0;

	if (attached == b->attached)
		return 0;
	if (attached)
		r = attach_start(b->recorder->attach, &unused, err);
	else
		attach_stop(b->recorder->attach);
	if (attached)
		b->attached_since = now_ns();
	else
		b->attached_seconds += (double)(now_ns() - b->attached_since) / 1e9;
	b->attached = attached;
	return r;
}

static int run(char *const *argv, struct spent *ret, struct error *err)
{
	uint64_t start = now_ns();
	struct rusage use;
	pid_t pid = vfork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status))
		return error_set(err, -EIO, "%s failed", argv[0]);
	ret->elapsed += (double)(now_ns() - start) / 1e9;
	ret->cpu += (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	return 0;
}

static int settled_run(struct bench *b, size_t command, bool attached, struct spent *ret,
		       struct error *err)
{
	char *const nothing[] = {(char *)"/bin/true", NULL};
	struct spent unused = {0};
	int r = 0;

	if (attached != b->attached) {
		r = change(b, attached, err);
		for (int i = 0; !r && i < WARM; i++)
			r = run(nothing, &unused, err);
	}
	return r ? r : run(b->commands[command], ret, err);
}

static void add(struct paired_part *p, double with, double without)
{
	p->with[p->nr] = with;
	p->without[p->nr++] = without;
}

static int run_four(struct bench *b, size_t command, struct error *err)
{
	struct spent with[2] = {{0}}, without[2] = {{0}};
	int nr_with = 0, nr_without = 0, r = 0;
	bool outer = draw() >> 32 & 1, swap;

	for (int i = 0; !r && i < 4; i++) {
		bool attached = (i == 0 || i == 3) == outer;

		r = settled_run(b, command, attached,
				attached ? &with[nr_with++] : &without[nr_without++], err);
	}
	for (int i = 0; !r && i < 2; i++) {
		add(&b->cpu.with[command], with[i].cpu, without[i].cpu);
		add(&b->elapsed.with[command], with[i].elapsed, without[i].elapsed);
	}
	/* the first of them finds less in the caches than the second: as with all four, chance has to say which is which */
	swap = draw() >> 32 & 1;
	if (!r) {
		add(&b->cpu.nothing[command], without[swap].cpu, without[!swap].cpu);
		add(&b->elapsed.nothing[command], without[swap].elapsed, without[!swap].elapsed);
	}
	return r;
}

static void print_interval(const char *what, const struct interval *i)
{
	printf("  %-44s %+.2f %% (%+.2f to %+.2f), %s\n", what, i->cost, i->low, i->high,
	       i->high - i->low < WANTED_WIDTH ? "resolved" : "not resolved");
}

static void print_measured(const struct bench *b, const struct measured *m)
{
	struct paired_result with, nothing;

	paired_result(m->with, b->nr_commands, &with);
	paired_result(m->nothing, b->nr_commands, &nothing);
	printf("%zu commands, %.3f s of %s, %zu times with and as often without; recorded (wanted: "
	       "at most %+.1f %%)\n",
	       b->nr_commands, with.seconds, m->what, m->with[0].nr, WANTED_COST);
	print_interval("by the middle half of all differences", &with.middle);
	print_interval("by the runs that were disturbed least", &with.least);
	print_interval("what the first makes of no difference at all", &nothing.middle);
	print_interval("what the second makes of it", &nothing.least);
}

/* Runs the commands once more while the kernel takes the programs' time. */
static int print_programs(struct bench *b, struct error *err)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME), r;
	struct programs programs = {0};
	struct spent spent = {0};

	if (fd < 0)
		return 0;
	r = change(b, true, err);
	programs_add(&programs, getpid(), -1);
	for (size_t i = 0; !r && i < b->nr_commands; i++)
		r = run(b->commands[i], &spent, err);
	programs_add(&programs, getpid(), 1);
	close(fd);
	if (!r)
		programs_print(&programs, spent.cpu);
	return r;
}

static void print(struct bench *b, double own)
{
	print_measured(b, &b->cpu);
	print_measured(b, &b->elapsed);
	printf("recorded: %.0f events per second; the recorder's own threads take %.2f %% of a CPU "
	       "for that, on another one\n",
	       (double)recorder_events(b->recorder) / b->attached_seconds,
	       100 * own / b->attached_seconds);
}

static int measure(struct bench *b, uint64_t seconds, struct error *err)
{
	uint64_t deadline = now_ns() + seconds * 1000000000, own;
	struct spent unused = {0};
	size_t fours = 0;
	int r = change(b, false, err);

	for (size_t i = 0; !r && i < b->nr_commands; i++)
		r = run(b->commands[i], &unused, err);
	own = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - clock_ns(CLOCK_THREAD_CPUTIME_ID);
	b->attached_seconds = 0;
	for (; !r && !b->status && fours < PAIRED_MAX / 2 && (!fours || now_ns() < deadline);
	     fours++)
		for (size_t i = 0; !r && i < b->nr_commands; i++)
			r = run_four(b, i, err);
	if (!r)
		r = change(b, false, err);
	own = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - clock_ns(CLOCK_THREAD_CPUTIME_ID) - own;
	if (!r)
		print(b, (double)own / 1e9);
	return r ? r : print_programs(b, err);
}

/* All of this process runs on one CPU, and so do the commands; the recorder's thread leaves it. */
static int choose_cpus(struct bench *b, struct error *err)
{
	int cpu = sched_getcpu();

	if (sched_getaffinity(0, sizeof(b->others), &b->others) < 0)
		return error_set(err, -errno, "cannot learn the CPUs: %m");
	if (CPU_COUNT(&b->others) > 1)
		CPU_CLR(cpu, &b->others);
	CPU_ZERO(&b->here);
	CPU_SET(cpu, &b->here);
	if (sched_setaffinity(0, sizeof(b->here), &b->here) < 0)
		return error_set(err, -errno, "cannot stay on CPU %d: %m", cpu);
	return 0;
}

static int bench(struct bench *b, const char *trace, uint64_t seconds, struct error *err)
{
	const struct recorder_opts opts = {.output = trace};
	int r = choose_cpus(b, err);

	if (!r)
		r = recorder_create(&opts, &b->recorder, err);
	if (r)
		return r;
	b->attached = true;
	b->attached_since = now_ns();
	if (pthread_create(&b->thread, NULL, record, b))
		return error_set(err, -EAGAIN, "cannot start a thread");
	r = measure(b, seconds, err);
	b->stop = 1;
	pthread_join(b->thread, NULL);
	if (!b->status) {
		recorder_abandon(b->recorder);
		return r;
	}
	*err = b->err;
	return b->status;
}

/* Takes the arguments apart at each +. */
static int read_commands(struct bench *b, int argc, char **argv)
{
	bool begins = true;

	for (int i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "+")) {
			argv[i] = NULL;
			begins = true;
		} else if (begins) {
			if (b->nr_commands == PAIRED_PARTS)
				return -1;
			b->commands[b->nr_commands++] = argv + i;
			begins = false;
		}
	}
	return b->nr_commands ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct bench b = {
		.cpu.what = "CPU time",
		.elapsed.what = "all time that passes",
	};
	struct error err = {0};
	uint64_t seconds;
	int r;

	if (argc < 4 || num_parse(argv[2], "SECONDS", 1, 1 << 20, &seconds, &err) < 0 ||
	    read_commands(&b, argc, argv) < 0) {
		fprintf(stderr, "%s\n",
			err.msg[0] ? err.msg
				   : "usage: bench_toggle TRACE SECONDS COMMAND [+ COMMAND]...");
		return 2;
	}
	if (geteuid())
		return SKIPPED;
	r = bench(&b, argv[1], seconds, &err);
	recorder_destroy(b.recorder);
	if (!r)
		return 0;
	fprintf(stderr, "%s\n", err.msg);
	return r == -EPERM || r == -EOPNOTSUPP || r == -ENOENT ? SKIPPED : 1;
}
