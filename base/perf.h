/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of the kernel's perf interface, by names: libpfm knows how each CPU names and encodes its events, and the
 * generic ones of the kernel beside them.
 */
#ifndef BASE_PERF_H
#define BASE_PERF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Comes before the first perf_open(). True where libpfm knows this CPU; only then perf_names_end() has to be called. */
bool perf_names_begin(void);
void perf_names_end(void);

struct perf_where {
	pid_t pid;	      /* 0: the calling thread, -1: everybody */
	int cpu;	      /* -1: any */
	int group;	      /* file descriptor of the leader, or -1 */
	bool user;	      /* only what happens in user space */
	uint64_t read_format; /* PERF_FORMAT_*: what read() returns */
};

/*
 * Opens the first of the events, a list that ends with NULL, which the CPU and the kernel have; it counts from then on.
 * The file descriptor, or a negative errno: the kernel's, -ENOENT where no name is known. *ret_event is its name.
 */
int perf_open(const char *const *events, const struct perf_where *where, const char **ret_event);

#endif
