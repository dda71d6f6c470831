// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recording costs a build, or any other command.
 *	bench_build MEMSIM TRACE BLOCKS COMMAND [ARG...]
 * COMMAND runs RUNS times under memsim record with its defaults, and as often without, in blocks of four such turns: with,
 * without, without, with, and the other way round in every other block, so that neither a machine that becomes slower
 * nor the turn before favours one of them. A turn begins with a run that does not count, as what starting a recorder or
 * the turn before left in the caches is no cost of it. What counts is CPU time of the command and all its children,
 * user and system: elapsed time says more about who else wants the CPUs.
 *
 * The cost of a block is (with - without) / without; printed is the median of all blocks with an interval that holds the
 * true one in 95 of 100 cases, whatever the noise is like (ranks of the binomial distribution). The same of the two
 * turns without shows what the method makes of nothing. Beside it stands how long the programs themselves ran, which no
 * noise hides; that lacks the way into them and what they push out of the caches. Needs root.
 *
 * (bench_build --turn FILE COMMAND [ARG...] is what memsim record runs.)
 */
#include <bpf/bpf.h>
#include <dirent.h>
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
#include "base/error.h"
#include "base/num.h"

enum { BLOCKS_MAX = 10000, SKIPPED = 77, RUNS = 3 };

/* What a turn tells about itself. */
struct turn {
	double cpu; /* seconds, of the runs that count */
	double all; /* of those that do not, too */
	/* of the recorder's programs, if the kernel takes the time; they run for whoever is there, so on all CPUs */
	uint64_t program_ns, hits;
	double busy; /* seconds that all CPUs were not idle meanwhile */
};

static double cpu_seconds(const struct rusage *use)
{
	return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
	       (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e6;
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

/* Adds up what the programs that a process holds have run so far. */
static void add_programs(pid_t pid, struct turn *t, int sign)
{
	char path[64 + NAME_MAX], line[128];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		_cleanup_fclose_ FILE *f = NULL;
		uint64_t value;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, entry->d_name);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f)) {
			if (sscanf(line, "run_time_ns: %" SCNu64, &value) == 1)
				t->program_ns += (uint64_t)sign * value;
			if (sscanf(line, "run_cnt: %" SCNu64, &value) == 1)
				t->hits += (uint64_t)sign * value;
		}
	}
	if (dir)
		closedir(dir);
}

/* In a process of its own, the recorder's child if there is one. */
static int do_turn(const char *path, const char *const *command)
{
	struct turn t = {0};
	FILE *f = fopen(path, "we");

	for (int i = -1; f && i < RUNS; i++) {
		double cpu;

		if (!i) {
			add_programs(getppid(), &t, -1);
			t.busy = -busy_seconds();
		}
		cpu = run(command);
		if (cpu < 0)
			return 1;
		t.all += cpu;
		t.cpu += i < 0 ? 0 : cpu;
	}
	add_programs(getppid(), &t, 1);
	t.busy += busy_seconds();
	if (!f || fwrite(&t, sizeof(t), 1, f) != 1)
		return 1;
	return fclose(f) ? 1 : 0;
}

struct bench {
	const char *memsim, *trace, *self, *turn;
	const char *const *command;
	size_t nr_command;
};

/* Returns the CPU time of the recorder's own process, 0 without one; negative: it failed. */
static double take_turn(const struct bench *b, bool recorded, struct turn *ret)
{
	const char *const record[] = {b->memsim, "record", "-q", "-o", b->trace, "--"};
	const size_t before = recorded ? sizeof(record) / sizeof(record[0]) : 0;
	_cleanup_free_ const char **argv = calloc(before + 4 + b->nr_command, sizeof(*argv));
	size_t nr = before;
	double cpu;
	FILE *f;

	if (!argv)
		return -1;
	memcpy(argv, record, before * sizeof(*argv));
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

/* In per cent of the turns without; seconds of one run, and of the recorder for one turn. */
struct costs {
	double with[BLOCKS_MAX], nothing[BLOCKS_MAX], seconds, own;
};

static int run_block(const struct bench *b, struct costs *c, size_t nr)
{
	double with = 0, without[2], own = 0;
	int nr_without = 0;

	for (int i = 0; i < 4; i++) {
		bool recorded = (i == 1 || i == 2) == (nr & 1);
		struct turn t;
		double cpu = take_turn(b, recorded, &t);

		if (cpu < 0)
			return -1;
		own += cpu;
		if (recorded)
			with += t.cpu / 2;
		else
			without[nr_without++] = t.cpu;
	}
	c->nothing[nr] = 200 * (without[1] - without[0]) / (without[0] + without[1]);
	without[0] = (without[0] + without[1]) / 2;
	c->with[nr] = 100 * (with - without[0]) / without[0];
	c->own += own / 2;
	c->seconds += without[0] / RUNS;
	return 0;
}

static void print_programs(const struct bench *b)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct turn t = {0};
	double own = fd < 0 ? -1 : take_turn(b, true, &t);

	if (fd >= 0)
		close(fd);
	if (own < 0 || !t.hits || t.busy <= 0)
		return;
	printf("the recorder's programs, of all that ran meanwhile: %.0f runs per second of CPU "
	       "time, "
	       "%.0f ns each with the kernel's own measuring: %.2f %%\n",
	       (double)t.hits / t.busy, (double)t.program_ns / (double)t.hits,
	       (double)t.program_ns / t.busy / 1e7);
}

static void print(const struct bench *b, struct costs *c, size_t nr)
{
	double half, cost = median(c->with, nr, &half);

	printf("%s takes %.2f s of CPU time; recorded %.2f %% +- %.2f more (wanted: at most 0.5), "
	       "in %zu blocks of %d runs\n",
	       b->command[0], c->seconds / (double)nr, cost, half, nr, 4 * RUNS);
	if (half > 0.5)
		printf("that says little: more blocks, or a quieter machine, narrow it\n");
	cost = median(c->nothing, nr, &half);
	printf("what this makes of no difference at all: %.2f %% +- %.2f\n", cost, half);
	printf("the recorder's own process takes %.2f s for each %d runs besides, its start and "
	       "census "
	       "included\n",
	       c->own / (double)nr, RUNS + 1);
}

int main(int argc, char **argv)
{
	static struct costs costs;
	static char self[4096], turn[4096];
	struct bench b = {.self = self, .turn = turn};
	struct error err = {0};
	uint64_t blocks;
	int bad = 0;

	if (argc > 3 && !strcmp(argv[1], "--turn"))
		return do_turn(argv[2], (const char *const *)argv + 3);
	if (argc < 5 || num_parse(argv[3], "BLOCKS", 1, BLOCKS_MAX, &blocks, &err) < 0) {
		fprintf(stderr, "%s\n",
			argc < 5 ? "usage: bench_build MEMSIM TRACE BLOCKS COMMAND" : err.msg);
		return 2;
	}
	if (geteuid())
		return SKIPPED;
	b.memsim = argv[1];
	b.trace = argv[2];
	b.command = (const char *const *)argv + 4;
	b.nr_command = (size_t)argc - 4;
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
	fprintf(stderr, "%s failed, or memsim record does not work here\n", argv[4]);
	return SKIPPED;
}
