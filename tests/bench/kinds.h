/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can hang on the tracepoints while something is timed: the recorder, with and without its backups, and programs that
 * return at once in the same places. What these cost is the kernel's way into programs, which no program can do without.
 */
#ifndef TESTS_BENCH_KINDS_H
#define TESTS_BENCH_KINDS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum kind {
	KIND_NOTHING,
	KIND_EMPTY,	  /* one on each tracepoint */
	KIND_EMPTY_TWICE, /* and another one where the recorder has a backup */
	KIND_ALLOC,	  /* memsim record --events=alloc */
	KIND_ALONE,	  /* the recorder without backups */
	KIND_DEFAULT,	  /* memsim record with its defaults */
	KIND_MAX,
};

extern const char *const kind_names[KIND_MAX];

struct kinds;

/*
 * Where functions are hooked, those hooks are with the recorder only: a tracepoint is what all kernels have.
 * Begins to record into `trace` and trace.alloc, and with all kinds into trace.alone, with threads on these CPUs, and attaches
 * nothing. Maps and rings stay as kinds change. Otherwise there are KIND_NOTHING, KIND_ALLOC and KIND_DEFAULT only.
 */
int kinds_create(const char *trace, bool all, const cpu_set_t *threads, struct kinds **ret,
		 struct error *err) __must_check;

/* Nothing changes where that kind is attached already. */
int kinds_change(struct kinds *k, enum kind kind, struct error *err) __must_check;
enum kind kinds_now(const struct kinds *k);

/* Seconds that a recorder was attached so far; events of the whole host in those of KIND_DEFAULT. */
double kinds_seconds(const struct kinds *k);
uint64_t kinds_events(const struct kinds *k);

/* Names of the tracepoints where the recorder has a program; NULL after the last. */
const char *kinds_tracepoint(const struct kinds *k, unsigned int i);

/* Ends the recordings, whose traces are not kept. An error of theirs is told. NULL is fine. */
int kinds_destroy(struct kinds *k, struct error *err);

#endif
