/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a trace, block by block. Nothing is believed before its checksum is verified, and the end is
 * an end only when the footer's totals equal what was read; a file that just stops is damaged.
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/census.h"
#include "trace/counts.h"
#include "trace/event.h"
#include "trace/format.h"
#include "trace/meta.h"

struct trace_reader;

/* One block's content; events come some at a time. Pointers live until the next call on the reader. */
struct trace_block {
	enum format_block
		type; /* BLOCK_CENSUS, BLOCK_EVENTS, BLOCK_STAT, BLOCK_COUNTS or BLOCK_FOOTER */
	union {
		struct {
			uint64_t ts_ns, start_pfn, end_pfn;
			const struct census_run *runs;
			size_t nr;
		} census;
		struct {
			const struct event *events;
			size_t nr, skipped; /* in events; and others, see trace_reader_skip() */
			uint64_t last_ns;   /* time of the last one, skipped or not */
			bool more;	    /* the next call goes on with the same block */
		} events;
		const struct trace_stat *stat;
		struct {
			const struct trace_count *counts;
			size_t nr;
		} counts;
		const struct trace_footer *footer;
	};
};

/* Opens the file and reads its first block. -EBADMSG: not a trace, or damaged; -EPROTONOSUPPORT: a newer format. */
int trace_reader_open(const char *path, struct trace_reader **ret, struct error *err) __must_check;
/* The same for bytes in memory, which stay the caller's and must outlive the reader; `name` is for messages. */
int trace_reader_open_mem(const char *name, const void *data, size_t len, struct trace_reader **ret,
			  struct error *err) __must_check;
void trace_reader_destroy(struct trace_reader *r);

const struct trace_meta *trace_reader_meta(const struct trace_reader *r);
/* NULL until the footer has been read. */
const struct trace_footer *trace_reader_footer(const struct trace_reader *r);

/*
 * One page in so many is in all of the trace: the header's sample, or a smaller one that its recorder had to
 * step down to. Looks ahead; the reader must be freshly opened.
 */
uint32_t trace_reader_sample(struct trace_reader *r);

/* From the next block on events of these kinds (a bit each, 1 << kind) are verified and counted, but not handed out. */
void trace_reader_skip(struct trace_reader *r, uint64_t kinds);

/*
 * Hands all blocks of counts to see(), before those of events. Looks ahead; the reader must be freshly opened. What is
 * damaged is left out here: trace_reader_next() tells of it. A negative number from see() ends it and is returned.
 */
typedef int trace_counts_fn(void *arg, const struct trace_count *counts, size_t nr,
			    struct error *err);
int trace_reader_counts(struct trace_reader *r, trace_counts_fn *see, void *arg,
			struct error *err) __must_check;

/* The same with events of these kinds, a bit each (1 << kind), some at a time. */
typedef int trace_events_fn(void *arg, const struct event *events, size_t nr, struct error *err);
int trace_reader_events(struct trace_reader *r, uint64_t kinds, trace_events_fn *see, void *arg,
			struct error *err) __must_check;

/*
 * 1: a block; 0: the end, verified; -EBADMSG: damaged, with the byte offset and what is wrong.
 * After a failure everything returned before remains valid, and further calls fail the same way.
 */
int trace_reader_next(struct trace_reader *r, struct trace_block *ret,
		      struct error *err) __must_check;

/* For progress and statistics. */
uint64_t trace_reader_file_size(const struct trace_reader *r);
uint64_t trace_reader_offset(const struct trace_reader *r);

#endif
