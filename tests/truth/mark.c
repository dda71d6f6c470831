// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command between the two markers and writes when that was: a trace names its own beginning in this clock.
 *	mark STAMPS COMMAND [ARG...]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/truth/marker.h"

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void say(volatile char *marker, uint64_t ns)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		marker[TRUTH_MARKER_SAY - TRUTH_MARKER_PAGE + (ns >> shift & 0xff)] = 1;
}

int main(int argc, char **argv)
{
	volatile char *marker = mmap((void *)TRUTH_MARKER_PAGE, 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	FILE *stamps = argc > 2 ? fopen(argv[1], "we") : NULL;
	uint64_t start, stop;
	int status;
	pid_t child;

	if (marker == MAP_FAILED || !stamps)
		return 125;
	/* nobody's page fault belongs between the markers */
	marker[128] = 1;
	start = now_ns(); /* the first one has pages to touch */
	start = now_ns();
	marker[TRUTH_MARKER_START - TRUTH_MARKER_PAGE] = 1;
	say(marker, start);
	child = fork();
	if (!child) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		status = -1;
	stop = now_ns();
	marker[TRUTH_MARKER_STOP - TRUTH_MARKER_PAGE] = 1;
	say(marker, stop);
	fprintf(stamps, "%" PRIu64 " %" PRIu64 " %d\n", start, stop, status);
	if (fclose(stamps) != 0)
		return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
