/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways to record mm_page_alloc and mm_page_free, each to be attached and detached again and again. */
#ifndef BENCH_RECORD_TRACERS_H
#define BENCH_RECORD_TRACERS_H

#include <stdint.h>

#include "base/error.h"

struct tracer {
	const char *name, *what;
	/* Once, before the first attach(); -ENOENT: this machine does not have it, and why. */
	int (*open)(struct tracer *t, int cpu, struct error *err);
	int (*attach)(struct tracer *t, struct error *err);
	/* Returns the events that it recorded since attach(), or 0 if it does not tell; negative: an error. */
	int64_t (*detach)(struct tracer *t, struct error *err);
	void (*close)(struct tracer *t); /* NULL is no tracer's state; always called after open() */
	void *state;
	/* Runs of its BPF programs from attach() to detach(), and ns in them if the kernel took the time. */
	uint64_t runs, run_ns;
};

extern struct tracer tracers[];
extern const unsigned int tracers_nr;

/* Places in tracers[] that the summary compares. */
enum {
	TRACER_FLOOR = 1,
	TRACER_CLOCK,
	TRACER_ALLOC,
	TRACER_DEFAULT,
	TRACER_BACKUPS,
	TRACER_FTRACE,
	TRACER_PERF
};

#endif
