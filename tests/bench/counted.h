/* SPDX-License-Identifier: GPL-2.0-only */
/* How often tracepoints are met by this thread and by the processes that it starts, as perf counts them. */
#ifndef TESTS_BENCH_COUNTED_H
#define TESTS_BENCH_COUNTED_H

#include <stdint.h>

enum { COUNTED_MAX = 32 };

struct counted {
	int fds[COUNTED_MAX];
	unsigned int nr;
};

/* From now on; 0, or -1 without tracefs or perf. Processes that were there before are not counted. */
int counted_add(struct counted *c, const char *tracepoint);
uint64_t counted_sum(const struct counted *c);
void counted_close(struct counted *c);

#endif
