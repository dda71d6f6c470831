/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes an access-level trace of what an emulator saw of a guest's memmap (access_log.h) and of the trace that memsim
 * recorded in the guest at the same time: the census and the events say what each page was when it was accessed.
 */
#ifndef TRACE_ACCESSES_H
#define TRACE_ACCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/access_log.h"
#include "trace/symbols.h"

/* Names of the counters in STAT blocks at the beginning and the end of what the emulator saw, and now and then between. */
extern const char *const accesses_counters[ACCESS_LOG_COUNTERS];

struct accesses_opts {
	const char *output, *tool;
	const char *layout; /* of the recorded kernel, by name */
	const char *events; /* the trace of the same run */
	const struct symbols *symbols;
	bool (*is_helper)(const char *function);   /* counts as the function that called it last */
	bool (*is_recorder)(const char *function); /* serves the recorder: left out */
	int zstd_level;				   /* 0: the default */
};

struct accesses_counts {
	uint64_t accesses, events;
	uint64_t recorder; /* accesses of its functions: left out */
	uint64_t outside;  /* accesses to struct pages beyond the recorded memory: left out */
	uint64_t unnamed;  /* accesses of functions for which there was no room in the table */
};

/* -EBADMSG: the log is not one, or cut off. `name` is for messages. */
int import_accesses(const char *name, const void *log, size_t len, const struct accesses_opts *opts,
		    struct accesses_counts *ret, struct error *err) __must_check;

#endif
