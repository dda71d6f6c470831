/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a trace. Calls come in this order: create, then census, events and stats in any order, then
 * finish. Events must arrive in time order. Not thread-safe. The file is written as NAME.partial,
 * which survives a crash up to its last block, and gets its name when finish() succeeds.
 */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/census.h"
#include "trace/counts.h"
#include "trace/event.h"
#include "trace/meta.h"

struct trace_writer;

struct trace_writer_opts {
	int zstd_level;	       /* 0: the default (1); higher ones gain little on columns */
	uint32_t block_events; /* events per block; 0: the default (65536) */
	/*
	 * Compress and write full blocks of events in a thread of the writer's, while the next is
	 * gathered. What fails there is told by a later call.
	 */
	bool background;
};

int trace_writer_create(const char *path, const struct trace_meta *meta,
			const struct trace_writer_opts *opts, struct trace_writer **ret,
			struct error *err) __must_check;

/* From now on no block of the census is written that would end behind this byte of the file. */
void trace_writer_census_end(struct trace_writer *w, uint64_t end);

/*
 * One range [start_pfn, end_pfn) as it was from ts_ns on: when looking at it began. Runs outside the
 * range or out of order are -EINVAL. A stat after the last range shows when the census was over. Returns 1 if the range,
 * or the end of it, was left out: see trace_writer_census_end().
 */
int trace_writer_census(struct trace_writer *w, uint64_t ts_ns, uint64_t start_pfn,
			uint64_t end_pfn, const struct census_run *runs, size_t nr,
			struct error *err) __must_check;

/* Appends n events; a ts_ns before the last one's is raised to it and counted as late. */
int trace_writer_events(struct trace_writer *w, const struct event *events, size_t n,
			struct error *err) __must_check;

int trace_writer_stat(struct trace_writer *w, const struct trace_stat *stat,
		      struct error *err) __must_check;

/*
 * What CPUs counted, in time order. Such a block may stand anywhere: events that are still gathered in memory come
 * after it, though they may have happened before.
 */
int trace_writer_counts(struct trace_writer *w, const struct trace_count *counts, size_t nr,
			struct error *err) __must_check;

/* Writes out the events that are still gathered in memory: what a crash would lose. */
int trace_writer_flush(struct trace_writer *w, struct error *err) __must_check;

/* Bytes in the file so far, without a block that is just being written in the background. */
uint64_t trace_writer_size(const struct trace_writer *w);

/* Footer and trailer, then fsync and rename. footer->events, ->census_runs and ->late are filled in by the writer. */
int trace_writer_finish(struct trace_writer *w, struct trace_footer *footer,
			struct error *err) __must_check;

/* What was written is worth nothing: NAME.partial goes when the writer does. */
void trace_writer_abandon(struct trace_writer *w);

/* Frees it. Before finish() NAME.partial stays behind, unless abandoned. NULL is fine. */
void trace_writer_destroy(struct trace_writer *w);

#endif
