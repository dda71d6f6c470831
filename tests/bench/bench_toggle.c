// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recording takes from a build, to a tenth of a per cent.
 *	bench_toggle [--floor] TRACE SECONDS COMMAND [ARG...] [+ COMMAND [ARG...]]... [++ COMMAND ...]
 * Each of the commands runs again and again on one CPU while the recorder's programs are attached and detached between the
 * runs, with all that is compared once in an order that chance has, and once more the other way round. Compared are the recorder
 * of memsim record with its defaults, the same with --events=alloc, and none. Their maps and rings stay, its threads run on other CPUs if there are any, so that nothing but the links
 * changes. Compared is what wait4() says of the command and all its children, user and system. Some short processes come
 * first, uncounted, after every change: what they touch for the first time, the build has not to.
 *
 * With --floor the other kinds of kinds.h take turns with these two, so that the same run tells how much of the cost is the
 * kernel's way into programs that do nothing; it takes two and a half times as long for the same precision.
 *
 * What ++ separates are builds of their own, each with its own result. Of each the events per second of CPU time are
 * counted, by perf and in a run of its own, so that who knows those of another build can tell what that one would lose:
 * what a page that comes and goes costs is much the same everywhere, how many do so in a second is not.
 *
 * paired.h says what is made of the differences. A figure is called resolved where there are ENOUGH and its interval is
 * narrower than WANTED_WIDTH. The same of the runs without against each other shows what the method makes of nothing. What the recorder's
 * own threads take has a line of its own, and so have the programs, by the kernel's measuring, which is in their times, too.
 * Needs root.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "tests/bench/counted.h"
#include "tests/bench/kinds.h"
#include "tests/bench/paired.h"
#include "tests/bench/programs.h"

enum {
	SKIPPED = 77,
	WARM = 4,    /* short processes after a change */
	ENOUGH = 20, /* runs; of fewer, those that are drawn from them are all alike */
};

#define WANTED_WIDTH 0.2 /* per cent */
#define WANTED_COST 0.5

/* Seconds of runs. */
struct spent {
	double cpu, elapsed;
};

/* Of the commands, of each kind against KIND_NOTHING, and of that the second run against the first. */
struct measured {
	const char *what;
	struct paired_part parts[KIND_MAX][PAIRED_PARTS];
};

struct bench {
	struct kinds *kinds;
	enum kind compared[KIND_MAX]; /* these take turns */
	int nr_compared;
	char *const *commands[PAIRED_PARTS];
	size_t nr_commands, first[PAIRED_PARTS + 1]; /* of each build; and behind the last */
	size_t nr_builds;
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

static int settled_run(struct bench *b, size_t command, enum kind kind, struct spent *ret,
		       struct error *err)
{
	char *const nothing[] = {(char *)"/bin/true", NULL};
	struct spent unused = {0};
	int r = 0;

	if (kind != kinds_now(b->kinds)) {
		r = kinds_change(b->kinds, kind, err);
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

static void add_both(struct bench *b, enum kind kind, size_t command, const struct spent *with,
		     const struct spent *without)
{
	add(&b->cpu.parts[kind][command], with->cpu, without->cpu);
	add(&b->elapsed.parts[kind][command], with->elapsed, without->elapsed);
}

static void shuffle(enum kind *kinds, int nr)
{
	for (int i = nr - 1; i > 0; i--) {
		int at = (int)((draw() >> 32) % (uint64_t)(i + 1));
		enum kind kind = kinds[i];

		kinds[i] = kinds[at];
		kinds[at] = kind;
	}
}

/* All kinds once in an order that chance has, and once more the other way round. */
static int run_round(struct bench *b, size_t command, struct error *err)
{
	struct spent spent[KIND_MAX][2] = {{{0}}};
	const struct spent *nothing = spent[KIND_NOTHING];
	int nr = b->nr_compared, r = 0;
	bool swap;

	shuffle(b->compared, nr);
	for (int i = 0; !r && i < 2 * nr; i++) {
		enum kind kind = b->compared[i < nr ? i : 2 * nr - 1 - i];

		r = settled_run(b, command, kind, &spent[kind][i >= nr], err);
	}
	if (r)
		return r;
	for (int i = 0; i < 2 * nr; i++) {
		enum kind kind = b->compared[i / 2];

		if (kind != KIND_NOTHING)
			add_both(b, kind, command, &spent[kind][i % 2], &nothing[i % 2]);
	}
	/* the first of them finds less in the caches than the second: as with all, chance has to say which is which */
	swap = draw() >> 32 & 1;
	add_both(b, KIND_NOTHING, command, &nothing[swap], &nothing[!swap]);
	return 0;
}

static void print_interval(const char *what, const struct interval *i, size_t nr)
{
	printf("    %-16s %+.2f %% (%+.2f to %+.2f), %s", what, i->cost, i->low, i->high,
	       nr >= ENOUGH && i->high - i->low < WANTED_WIDTH ? "resolved" : "not resolved");
}

/* events: per second of CPU time; 0: not known. */
static void print_kind(const struct measured *m, const size_t *range, enum kind kind, double events)
{
	struct paired_result result;

	paired_result(m->parts[kind] + range[0], range[1] - range[0], &result);
	printf("  %s\n", kind ? kind_names[kind] : "what this makes of no difference at all");
	print_interval("middle half", &result.middle, m->parts[kind][range[0]].nr);
	if (kind && events > 0)
		printf("; %.0f ns an event", result.middle.cost * 1e7 / events);
	printf("\n");
	print_interval("least disturbed", &result.least, m->parts[kind][range[0]].nr);
	printf("\n");
}

static void print_measured(const struct bench *b, const struct measured *m, size_t build,
			   double events)
{
	const size_t *range = &b->first[build];
	struct paired_result recorded;

	paired_result(m->parts[KIND_DEFAULT] + range[0], range[1] - range[0], &recorded);
	printf(" %.3f s of %s, %zu times each (wanted: recorded at most %+.1f %%)\n",
	       recorded.seconds, m->what, m->parts[KIND_DEFAULT][range[0]].nr, WANTED_COST);
	for (int kind = KIND_NOTHING; kind < KIND_MAX; kind++)
		if (m->parts[kind][range[0]].nr)
			print_kind(m, range, (enum kind)kind, events);
}

/* Of one run of each command while nothing is attached: how many, and how many per second of CPU time; 0: not known. */
static int count_events(struct bench *b, size_t build, double *ret_nr, double *ret_per_second,
			struct error *err)
{
	struct counted counted = {.nr = 0};
	struct spent spent = {0};
	const char *name;
	bool all = true;
	int r = kinds_change(b->kinds, KIND_NOTHING, err);

	for (unsigned int i = 0; (name = kinds_tracepoint(b->kinds, i)); i++)
		all &= !counted_add(&counted, name);
	for (size_t i = b->first[build]; !r && i < b->first[build + 1]; i++)
		r = run(b->commands[i], &spent, err);
	*ret_nr = all ? (double)counted_sum(&counted) : 0;
	*ret_per_second = *ret_nr / spent.cpu;
	counted_close(&counted);
	return r;
}

static int print_build(struct bench *b, size_t build, struct error *err)
{
	double nr, events;
	int r = count_events(b, build, &nr, &events, err);

	if (r)
		return r;
	printf("build %zu, %zu commands", build + 1, b->first[build + 1] - b->first[build]);
	if (events > 0)
		printf(", %.0f events, %.0f in a second of CPU time", nr, events);
	printf("\n");
	print_measured(b, &b->cpu, build, events);
	print_measured(b, &b->elapsed, build, 0);
	return 0;
}

/* Runs the commands once more while the kernel takes the programs' time. */
static int print_programs(struct bench *b, struct error *err)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME), r;
	struct programs programs = {0};
	struct spent spent = {0};

	if (fd < 0)
		return 0;
	r = kinds_change(b->kinds, KIND_DEFAULT, err);
	programs_add(&programs, getpid(), -1);
	for (size_t i = 0; !r && i < b->nr_commands; i++)
		r = run(b->commands[i], &spent, err);
	programs_add(&programs, getpid(), 1);
	close(fd);
	if (!r)
		programs_print(&programs, spent.cpu);
	return r;
}

/* What the recorder's own threads have taken so far: all that this process has but this thread. */
static double own_seconds(void)
{
	return (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - clock_ns(CLOCK_THREAD_CPUTIME_ID)) /
	       1e9;
}

static int measure(struct bench *b, uint64_t seconds, struct error *err)
{
	uint64_t deadline = now_ns() + seconds * 1000000000;
	struct spent unused = {0};
	double own;
	int r = 0;

	for (size_t i = 0; !r && i < b->nr_commands; i++)
		r = run(b->commands[i], &unused, err);
	own = own_seconds();
	for (size_t n = 0; !r && n < PAIRED_MAX / 2 && (!n || now_ns() < deadline); n++)
		for (size_t i = 0; !r && i < b->nr_commands; i++)
			r = run_round(b, i, err);
	if (!r)
		r = kinds_change(b->kinds, KIND_NOTHING, err);
	own = own_seconds() - own;
	for (size_t i = 0; !r && i < b->nr_builds; i++)
		r = print_build(b, i, err);
	if (!r)
		printf("the recorders' own threads, on another CPU: %.2f %% of one while one "
		       "records\n",
		       100 * own / kinds_seconds(b->kinds));
	return r ? r : print_programs(b, err);
}

/* All of this process runs on one CPU, and so do the commands; the recorder's thread leaves it. */
static int choose_cpus(cpu_set_t *ret_others, struct error *err)
{
	int cpu = sched_getcpu();
	cpu_set_t here;

	if (sched_getaffinity(0, sizeof(*ret_others), ret_others) < 0)
		return error_set(err, -errno, "cannot learn the CPUs: %m");
	if (CPU_COUNT(ret_others) > 1)
		CPU_CLR(cpu, ret_others);
	CPU_ZERO(&here);
	CPU_SET(cpu, &here);
	if (sched_setaffinity(0, sizeof(here), &here) < 0)
		return error_set(err, -errno, "cannot stay on CPU %d: %m", cpu);
	return 0;
}

static int bench(struct bench *b, const char *trace, uint64_t seconds, bool floor,
		 struct error *err)
{
	cpu_set_t others;
	int r = choose_cpus(&others, err);

	for (int kind = 0; kind < KIND_MAX; kind++)
		if (floor || kind == KIND_NOTHING || kind == KIND_ALLOC || kind == KIND_DEFAULT)
			b->compared[b->nr_compared++] = (enum kind)kind;
	if (!r)
		r = kinds_create(trace, floor, &others, &b->kinds, err);
	if (!r)
		r = measure(b, seconds, err);
	if (!r)
		return kinds_destroy(b->kinds, err);
	(void)kinds_destroy(b->kinds, NULL);
	return r;
}

/* Takes the arguments apart at each + and ++. */
static int read_commands(struct bench *b, char **argv)
{
	bool begins = true;

	b->nr_builds = 1;
	for (; *argv; argv++) {
		bool other = !strcmp(*argv, "++");

		if (other || !strcmp(*argv, "+")) {
			*argv = NULL;
			begins = true;
			if (other)
				b->first[b->nr_builds++] = b->nr_commands;
		} else if (begins) {
			if (b->nr_commands == PAIRED_PARTS)
				return -1;
			b->commands[b->nr_commands++] = argv;
			begins = false;
		}
	}
	b->first[b->nr_builds] = b->nr_commands;
	return begins ? -1 : 0;
}

int main(int argc, char **argv)
{
	static struct bench b = {
		.cpu.what = "CPU time",
		.elapsed.what = "all time that passes",
	};
	bool floor = argc > 1 && !strcmp(argv[1], "--floor");
	struct error err = {0};
	uint64_t seconds;
	int r;

	argv += floor;
	if (argc - floor < 4 || num_parse(argv[2], "SECONDS", 1, 1 << 20, &seconds, &err) < 0 ||
	    read_commands(&b, argv + 3) < 0) {
		fprintf(stderr, "%s\n",
			err.msg[0] ? err.msg
				   : "usage: bench_toggle [--floor] TRACE SECONDS COMMAND [+ "
				     "COMMAND]... [++ COMMAND ...]");
		return 2;
	}
	if (geteuid())
		return SKIPPED;
	r = bench(&b, argv[1], seconds, floor, &err);
	if (!r)
		return 0;
	fprintf(stderr, "%s\n", err.msg);
	return r == -EPERM || r == -EOPNOTSUPP || r == -ENOENT ? SKIPPED : 1;
}
