/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often and how long each BPF program of a process ran, for whoever was there and so on all CPUs; if the kernel takes
 * the time (bpf_enable_stats()).
 */
#ifndef TESTS_BENCH_PROGRAMS_H
#define TESTS_BENCH_PROGRAMS_H

#include <bpf/bpf.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROGRAMS_MAX = 128 };

struct program {
	uint32_t id;
	char name[BPF_OBJ_NAME_LEN];
	uint64_t ns, hits;
};

struct programs {
	size_t nr;
	struct program programs[PROGRAMS_MAX];
};

/* Adds, or with sign -1 subtracts, what those that the process holds have run so far. */
void programs_add(struct programs *all, pid_t pid, int sign);

/* With shares of so many seconds of CPU time; sorts. */
void programs_print(struct programs *all, double busy);

#endif
