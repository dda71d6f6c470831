/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by reader.c and reader_ahead.c. */
#ifndef TRACE_READER_INTERNAL_H
#define TRACE_READER_INTERNAL_H

#include <jansson.h>

#include "trace/codec/codec.h"
#include "trace/codec/container.h"
#include "trace/reader.h"

/* Events handed out at a time: as long as they lie in L1, decoding costs a third less than writing all of a block. */
enum { READER_PART = 256 };

struct trace_reader {
	struct container file;
	struct codec codec;
	struct event *events;	  /* READER_PART of them */
	struct frame_block block; /* the block of events that is being decoded */
	uint64_t left;		  /* of its events */
	uint64_t skipped;	  /* kinds that are only counted, a bit each */
	struct census_run *runs;
	size_t runs_cap;
	struct trace_count *counted;
	size_t counted_cap;
	uint64_t last_ts;
	uint64_t counts[EVENT_KIND_MAX], census_runs; /* read, to be compared with the footer's */
	bool have_footer, ended;
	struct error failed; /* every call after a failure fails alike */
	struct trace_meta meta;
	struct trace_footer footer;
	struct trace_stat stat;
};

/* The document in the block that was read last, or NULL with a fragment of a sentence. */
json_t *reader_load_json(struct trace_reader *r, struct error *err);
/* The counts in the block that was read last. */
int reader_get_counts(struct trace_reader *r, uint64_t count, struct trace_block *ret,
		      struct error *err) __must_check;

#endif
