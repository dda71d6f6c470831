// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recording costs a build, or any other command.
 *	bench_build MEMSIM TRACE ROUNDS COMMAND [ARG...]
 * COMMAND runs in pairs, once while memsim record records everything and once without, the order changing from pair to
 * pair. Its cost is the median of the differences in its own CPU time, with the quartiles behind it: elapsed time says
 * more about who else wants the CPUs. The recorder's process is measured by itself. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"

enum { ROUNDS_MAX = 1000, SKIPPED = 77, CENSUS_S = 2 };

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
static double finish(pid_t pid)
{
	struct rusage use;
	int status;

	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || !WIFEXITED(status))
		return -1;
	/* 3: something was lost */
	return WEXITSTATUS(status) && WEXITSTATUS(status) != 3 ? -1 : cpu_seconds(&use);
}

/* *ret_own is the recorder's, 0 without one. */
static double run(const char *const *record, const char *const *command, double *ret_own)
{
	pid_t recorder = record ? start(record) : 0;
	double cpu;

	if (recorder)
		sleep(CENSUS_S);
	cpu = finish(start(command));
	*ret_own = 0;
	if (!recorder)
		return cpu;
	kill(recorder, SIGINT);
	*ret_own = finish(recorder);
	return *ret_own < 0 ? -1 : cpu;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Sorted ones; the value below which that share of them lies. */
static double quantile(const double *values, size_t n, double share)
{
	return values[(size_t)(share * (double)(n - 1) + 0.5)];
}

int main(int argc, char **argv)
{
	static double slower[ROUNDS_MAX], own[ROUNDS_MAX], base;
	const char *const *command = (const char *const *)argv + 4;
	struct error err = {0};
	uint64_t rounds;

	if (argc < 5 || num_parse(argv[3], "ROUNDS", 1, ROUNDS_MAX, &rounds, &err) < 0) {
		fprintf(stderr, "%s\n",
			argc < 5 ? "usage: bench_build MEMSIM TRACE ROUNDS COMMAND" : err.msg);
		return 2;
	}
	if (geteuid())
		return SKIPPED;
	for (uint64_t i = 0; i < rounds; i++) {
		const char *record[] = {argv[1], "record", "-q",     "-o",
					argv[2], "-d",	   "100000", NULL};
		double nobody, first, second, with, without;

		first = run(i & 1 ? record : NULL, command, i & 1 ? &own[i] : &nobody);
		second = run(i & 1 ? NULL : record, command, i & 1 ? &nobody : &own[i]);
		with = i & 1 ? first : second;
		without = i & 1 ? second : first;
		if (with < 0 || without <= 0) {
			fprintf(stderr, "%s failed, or memsim record does not work here\n",
				argv[4]);
			return SKIPPED;
		}
		slower[i] = 100 * (with - without) / without;
		own[i] *= 100 / without;
		base += without / (double)rounds;
	}
	(void)unlink(argv[2]);
	qsort(slower, rounds, sizeof(*slower), compare);
	qsort(own, rounds, sizeof(*own), compare);
	printf("%s takes %.2f s of CPU time; recorded %.2f %% more, quartiles [%.2f %.2f], of %zu "
	       "pairs (wanted: at most 0.5)\n",
	       argv[4], base, quantile(slower, rounds, 0.5), quantile(slower, rounds, 0.25),
	       quantile(slower, rounds, 0.75), (size_t)rounds);
	printf("the recorder's own process takes %.2f %% of that besides, its start and census "
	       "included\n",
	       quantile(own, rounds, 0.5));
	return 0;
}
