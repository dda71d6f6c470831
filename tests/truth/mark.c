// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command between the two markers and says when that was: a trace names its own beginning in this clock.
 *	mark COMMAND [ARG...]
 */
#include <fcntl.h>
#include <stdint.h>
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

/* When the store was made: about in the middle between two looks at the clock, each of which takes some 10 us here. */
static __attribute__((noinline)) uint64_t set(volatile char *marker)
{
	uint64_t before = now_ns();

	*marker = 1;
	return before + (now_ns() - before) / 2;
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
	int status;
	pid_t child;

	if (marker == MAP_FAILED || argc < 2)
		return 125;
	/*
	 * Once for nothing: nobody's page fault belongs between the markers, and the emulator translates what runs for
	 * the first time, which takes a tenth of a millisecond.
	 */
	(void)set(marker + 128);
	say(marker, set(marker + (TRUTH_MARKER_START - TRUTH_MARKER_PAGE)));
	child = fork();
	if (!child) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		status = -1;
	say(marker, set(marker + (TRUTH_MARKER_STOP - TRUTH_MARKER_PAGE)));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
