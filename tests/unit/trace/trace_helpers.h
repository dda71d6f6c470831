/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_UNIT_TRACE_HELPERS_H
#define TESTS_UNIT_TRACE_HELPERS_H

#include <stddef.h>
#include <stdint.h>

#include "trace/reader.h"
#include "trace/writer.h"

/* A scratch folder per test, as .init and .fini of a suite. */
void enter_scratch(void);
void leave_scratch(void);

extern const struct trace_meta test_meta; /* 4 CPUs, pfns 0..0x9ffff and 0x100000..0x13ffff */

uint64_t test_random(uint64_t *state);
/* Valid events of all kinds, in time order, with values near and at the limits. */
void random_events(struct event *events, size_t nr, uint64_t seed);
void random_runs(struct census_run *runs, size_t nr, uint64_t start_pfn, uint64_t *ret_end,
		 uint64_t seed);

/* A whole small trace of census, stat and two blocks of events at path. */
void write_small_trace(const char *path);
/* The bytes of a file; the caller frees them. */
uint8_t *slurp(const char *path, size_t *ret_len);
/* Opens the bytes and reads to the end: 0 or the error; counts the blocks that came before it. */
int read_to_end(const void *data, size_t len, unsigned int *ret_blocks, struct error *err);

#endif
