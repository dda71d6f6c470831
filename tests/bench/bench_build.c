// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recording costs a build, or any other command.
 *	bench_build MEMSIM TRACE BLOCKS [OPTION...] COMMAND [ARG...]
 * COMMAND runs RUNS times under memsim record, with its defaults or these options, and as often without, in blocks of four
 * such turns: with, without, without, with, and the other way round in every other block, so that neither a machine that
 * becomes slower nor the turn before favours one of them. A turn begins with a run that does not count, as what starting
 * a recorder or the turn before left in the caches is no cost of it. Compared are CPU time of the command and all its
 * children, user and system, and the time that passes. That one has the recorder in it as far as it wants the same
 * CPUs, and on a machine with other work all the rest, too: it is for tests/bench/build_guest, where there is none, and
 * where a nanosecond is an instruction. On a machine that is not emulated, bench_toggle tells smaller differences.
 *
 * The cost of a block is (with - without) / without; printed is the median of all blocks with an interval that holds the
 * true one in 95 of 100 cases, whatever the noise is like (ranks of the binomial distribution). The same of the two
 * turns without shows what the method makes of nothing. Beside it stands how often and how long each of the programs
 * ran, for whoever was there, by the kernel's own measuring, which is in these times, too; they lack the way into the
 * programs and what they push out of the caches. Needs root.
 *
 * (bench_build --turn FILE COMMAND [ARG...] is what memsim record runs.)
 */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/num.h"
#include "tests/bench/programs.h"

enum { BLOCKS_MAX = 10000, SKIPPED = 77, RUNS = 3 };

/* What a turn tells about itself. */
struct turn {
	double cpu; /* seconds, of the runs that count */
	double all; /* of those that do not, too */
	double elapsed;
	double busy;		  /* seconds that all CPUs were not idle meanwhile */
	struct programs programs; /* of the recorder, see there */
};

static double cpu_seconds(const struct rusage *use)
{
	return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
	       (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e6;
}

static double seconds(void)
{
	return (double)clock_ns(CLOCK_MONOTONIC) / 1e9;
}

static pid_t start(const char *const *argv)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO) >= 0)
		execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* CPU time of the process and its children; negative: it failed. */
static double run(const char *const *argv)
{
	pid_t pid = start(argv);
	struct rusage use;
	int status;

	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || !WIFEXITED(status))
		return -1;
	/* 3: something was lost */
	return WEXITSTATUS(status) && WEXITSTATUS(status) != 3 ? -1 : cpu_seconds(&use);
}

/* Seconds since the machine was booted in which its CPUs had something to do: the first line of /proc/stat. */
static double busy_seconds(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/stat", "re");
	uint64_t user, nice, system;

	if (!f || fscanf(f, "cpu %" SCNu64 "%" SCNu64 "%" SCNu64, &user, &nice, &system) != 3)
		return 0;
	return (double)(user + nice + system) / (double)sysconf(_SC_CLK_TCK);
}

/* In a process of its own, the recorder's child if there is one. */
static int do_turn(const char *path, const char *const *command)
{
	struct turn t = {0};
	FILE *f = fopen(path, "we");

	for (int i = -1; f && i < RUNS; i++) {
		double cpu;

		if (!i) {
			programs_add(&t.programs, getppid(), -1);
			t.busy = -busy_seconds();
			t.elapsed = -seconds();
		}
		cpu = run(command);
		if (cpu < 0)
			return 1;
		t.all += cpu;
		t.cpu += i < 0 ? 0 : cpu;
	}
	t.elapsed += seconds();
	t.busy += busy_seconds();
	programs_add(&t.programs, getppid(), 1);
	if (!f || fwrite(&t, sizeof(t), 1, f) != 1)
		return 1;
	return fclose(f) ? 1 : 0;
}

struct bench {
	const char *memsim, *trace, *self, *turn;
	const char *const *options; /* of memsim record */
	const char *const *command;
	size_t nr_options, nr_command;
};

/* Returns the CPU time of the recorder's own process, 0 without one; negative: it failed. */
static double take_turn(const struct bench *b, bool recorded, struct turn *ret)
{
	const char *const record[] = {b->memsim, "record", "-q", "-o", b->trace};
	const size_t before = sizeof(record) / sizeof(record[0]);
	_cleanup_free_ const char **argv =
		calloc(before + b->nr_options + 5 + b->nr_command, sizeof(*argv));
	size_t nr = 0;
	double cpu;
	FILE *f;

	if (!argv)
		return -1;
	if (recorded) {
		memcpy(argv, record, sizeof(record));
		memcpy(argv + before, b->options, b->nr_options * sizeof(*argv));
		nr = before + b->nr_options;
		argv[nr++] = "--";
	}
	argv[nr++] = b->self;
	argv[nr++] = "--turn";
	argv[nr++] = b->turn;
	memcpy(argv + nr, b->command, b->nr_command * sizeof(*argv));
	cpu = run(argv);
	f = fopen(b->turn, "re");
	if (!f || fread(ret, sizeof(*ret), 1, f) != 1)
		cpu = -1;
	if (f)
		fclose(f);
	return cpu < 0 ? -1 : recorded ? cpu - ret->all : 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Sorts. The median, and half the width of the interval between the ranks that bound it in 95 of 100 cases. */
static double median(double *values, size_t n, double *ret_half)
{
	double down = (double)n / 2 - 0.98 * sqrt((double)n);
	size_t low = down > 0 ? (size_t)down : 0;

	qsort(values, n, sizeof(*values), compare);
	*ret_half = (values[n - 1 - low] - values[low]) / 2;
	return (values[n / 2] + values[(n - 1) / 2]) / 2;
}

/* In per cent of the turns without. */
struct measured {
	const char *what;
	double with[BLOCKS_MAX], nothing[BLOCKS_MAX];
	double seconds; /* of one run, all blocks together */
};

struct costs {
	struct measured cpu, elapsed;
	double own; /* seconds of the recorder for one turn, all blocks together */
};

struct halves {
	double with[2], without[2];
};

static void add_block(struct measured *m, size_t nr, const struct halves *h)
{
	double without = (h->without[0] + h->without[1]) / 2;

	m->nothing[nr] = 100 * (h->without[1] - h->without[0]) / without;
	m->with[nr] = 100 * ((h->with[0] + h->with[1]) / 2 - without) / without;
	m->seconds += without / RUNS;
}

static int run_block(const struct bench *b, struct costs *c, size_t nr)
{
	struct halves cpu, elapsed;
	int nr_with = 0, nr_without = 0;

	for (int i = 0; i < 4; i++) {
		bool recorded = (i == 1 || i == 2) == (nr & 1);
		struct turn t;
		double own = take_turn(b, recorded, &t);

		if (own < 0)
			return -1;
		c->own += own / 2;
		if (recorded) {
			cpu.with[nr_with] = t.cpu;
			elapsed.with[nr_with++] = t.elapsed;
		} else {
			cpu.without[nr_without] = t.cpu;
			elapsed.without[nr_without++] = t.elapsed;
		}
	}
	add_block(&c->cpu, nr, &cpu);
	add_block(&c->elapsed, nr, &elapsed);
	return 0;
}

static void print_programs(const struct bench *b)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct turn t = {0};
	double own = fd < 0 ? -1 : take_turn(b, true, &t);

	if (fd >= 0)
		close(fd);
	if (own >= 0 && t.busy > 0)
		programs_print(&t.programs, t.busy);
}

static void print_measured(const char *name, struct measured *m, size_t nr)
{
	double half, cost = median(m->with, nr, &half);

	printf("%s takes %.3f s of %s; recorded %.3f %% +- %.3f more (wanted: at most 0.5), in %zu "
	       "blocks of %d runs\n",
	       name, m->seconds / (double)nr, m->what, cost, half, nr, 4 * RUNS);
	if (half > 0.5)
		printf("that says little: more blocks, or a quieter machine, narrow it\n");
	cost = median(m->nothing, nr, &half);
	printf("what this makes of no difference at all: %.3f %% +- %.3f\n", cost, half);
}

static void print(const struct bench *b, struct costs *c, size_t nr)
{
	print_measured(b->command[0], &c->cpu, nr);
	print_measured(b->command[0], &c->elapsed, nr);
	printf("the recorder's own process takes %.2f s for each %d runs besides, its start and "
	       "census included\n",
	       c->own / (double)nr, RUNS + 1);
}

int main(int argc, char **argv)
{
	static struct costs costs = {
		.cpu.what = "CPU time",
		.elapsed.what = "all time that passes",
	};
	static char self[4096], turn[4096];
	struct bench b = {.self = self, .turn = turn};
	struct error err = {0};
	uint64_t blocks;
	int bad = 0;

	if (argc > 3 && !strcmp(argv[1], "--turn"))
		return do_turn(argv[2], (const char *const *)argv + 3);
	if (argc < 5 || num_parse(argv[3], "BLOCKS", 1, BLOCKS_MAX, &blocks, &err) < 0) {
		fprintf(stderr, "%s\n",
			argc < 5 ? "usage: bench_build MEMSIM TRACE BLOCKS [OPTION...] COMMAND"
				 : err.msg);
		return 2;
	}
	if (geteuid())
		return SKIPPED;
	b.memsim = argv[1];
	b.trace = argv[2];
	b.options = (const char *const *)argv + 4;
	while (b.nr_options + 5 < (size_t)argc && b.options[b.nr_options][0] == '-')
		b.nr_options++;
	b.command = b.options + b.nr_options;
	b.nr_command = (size_t)argc - 4 - b.nr_options;
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	snprintf(turn, sizeof(turn), "%s.turn", b.trace);
	for (uint64_t i = 0; !bad && i < blocks; i++)
		bad = run_block(&b, &costs, i);
	if (!bad) {
		print(&b, &costs, blocks);
		print_programs(&b);
	}
	(void)unlink(b.trace);
	(void)unlink(turn);
	if (!bad)
		return 0;
	fprintf(stderr, "%s failed, or memsim record does not work here\n", b.command[0]);
	return SKIPPED;
}
