/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose events are recorded: those of some processes and their children, of a cgroup, on some CPUs. Given several,
 * an event must pass them all. See select.bpf.h for how the kernel's side keeps to it.
 */
#ifndef BPF_SELECT_H
#define BPF_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "bpf/wire.h"

struct bpf_object;
struct select;

enum { SELECT_MAX_PIDS = 64, SELECT_MAX_CPUS = 4096 };

/* Zeros: everything. */
struct select_opts {
	pid_t pids[SELECT_MAX_PIDS]; /* with their children, those of today and of later */
	size_t nr_pids;
	const char *cgroup; /* folder of a cgroup of version 2, with those below it; borrowed */
	const char *cpus;   /* as in "0-3,8"; borrowed */
};

bool select_is_all(const struct select_opts *opts);

/* In words, for the head of the trace: "processes 12, 14 and their children; CPUs 0-3". */
void select_describe(const struct select_opts *opts, char *buf, size_t len);

/* Sets ret[0 .. SELECT_MAX_CPUS) to 1 for the CPUs of a list; all must be below nr_cpus. */
int select_parse_cpus(const char *list, unsigned int nr_cpus, uint8_t *ret,
		      struct error *err) __must_check;

/* One line of /proc/PID/stat, whose second member may hold anything: the parent, or -1. */
pid_t select_parse_parent(const char *stat);

/*
 * Between opening and loading the programs: decides which are needed, how large the maps must be, and what
 * the programs have to know. -ESRCH, -ENOENT, -EINVAL: what is asked for is not there.
 */
int select_create(const struct select_opts *opts, struct bpf_object *object, uint64_t max_pfn,
		  unsigned int nr_cpus, struct wire_select *ret_selection, struct select **ret,
		  struct error *err) __must_check;

/* After loading: from here on children of chosen processes are followed. */
int select_start(struct select *s, struct wire_cpu *control, unsigned int levels,
		 unsigned int nr_cpus, struct error *err) __must_check;
void select_destroy(struct select *s);

#endif
