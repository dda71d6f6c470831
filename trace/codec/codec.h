/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is inside a block: columns of numbers, each laid out as byte planes so that zstd sees like
 * beside like and the decoder has no branch per value. memsim-trace(5) defines the bytes. The
 * decoders believe nothing: they are fed with anything by a fuzzer. Messages name no file; the
 * reader puts it in front.
 */
#ifndef TRACE_CODEC_H
#define TRACE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "trace/census.h"
#include "trace/counts.h"
#include "trace/event.h"
#include "trace/format.h"

/*
 * Columns in memory. On disk the first have these numbers; those from COLUMN_SKIPPABLE on are numbered from
 * CODEC_OPTIONAL, from where on a reader that does not know a column skips it.
 */
enum codec_column {
	COLUMN_TABLE = 1, /* the distinct (kind, order, arg) or (kind, order, flags) of the block */
	COLUMN_CODE = 2,  /* which row of the table */
	COLUMN_CPU = 3,	  /* events: the CPU; of each row, where there are rows */
	COLUMN_TIME = 4,  /* events: ns since the event, or the row, before */
	COLUMN_PFN = 5,	  /* events: zigzag distance to the last pfn of the same kind and CPU */
	COLUMN_INDEX = 6, /* events: zigzag distance to the last index of the same file */
	COLUMN_OBJ = 7,	  /* events: the object */
	COLUMN_COUNT = 8, /* both: the count */
	COLUMN_GAP = 9,	  /* census: pfns between the end of the run before and this one */
	COLUMN_MAPCOUNT = 10, /* census: the mapcount */
	COLUMN_ROW = 11,      /* events: more events after the first that have its CPU and time */
	COLUMN_SKIPPABLE,
	COLUMN_MEMCG = COLUMN_SKIPPABLE, /* census: the memory cgroup; not there where all are 0 */
	COLUMN_SPAN,			 /* counts: ns in which was counted, up to the time */
	COLUMN_MAX,
	CODEC_OPTIONAL = 128,
};

enum {
	CODEC_CONST = 0,  /* encoding: one varint, the value of all */
	CODEC_TABLE = 16, /* encoding: rows; encodings 1..8 are that many byte planes */
	CODEC_CPU_SLOTS = 64,
	CODEC_OBJ_SLOTS = 256,
};

/* One column of a payload, as found by codec_parse_columns(). */
struct column {
	const uint8_t *data;
	uint64_t value;	    /* CODEC_CONST */
	size_t len, values; /* bytes; values in planes */
	uint8_t encoding;
	bool present;
};

struct columns {
	struct column col[COLUMN_MAX];
};

/* One row of a table. */
struct shape {
	uint32_t arg; /* arg of events, flags of census runs */
	uint8_t kind, order;
};

struct codec_form;
struct codec_decoder;
struct codec_encoder;

/* Working memory of encoders and decoders, kept from block to block; all zero is a valid start. */
struct codec {
	uint64_t *values; /* encoder: one array per column */
	uint32_t *hash;	  /* encoder: row + 1 by hash of the shape */
	size_t values_cap, hash_size, hash_used;
	struct shape *shapes; /* the table */
	size_t nr_shapes, shapes_cap;
	struct codec_form *forms; /* decoder: the table as it goes into events */
	size_t forms_cap;
	struct codec_decoder *decoder; /* of a block of events, between its parts */
	struct codec_encoder *encoder; /* the same on the way out */
	size_t ends[8 * COLUMN_MAX];   /* encoder: where the planes end in the payload */
	unsigned int nr_ends;
};

void codec_fini(struct codec *codec);

/* Room for nr elements of working memory; what is there need not be kept. */
int codec_grow(void **array, size_t *cap, size_t nr, size_t size, struct error *err) __must_check;

/* The sentence about an event that does not fit; returns -EINVAL. */
int codec_event_refuse(const struct event *e, struct error *err);

/* The time of the last event, and how many came with an earlier one. */
struct codec_time {
	uint64_t last_ns, late;
};

/*
 * Encodes a block of at most max events as they come. add() returns how many it took: all of them, or those before one
 * that cannot be stored; who has an earlier time than the one before gets that one's. end() appends the payload to out.
 */
int codec_events_start(struct codec *codec, size_t max, struct error *err) __must_check;
size_t codec_events_add(struct codec *codec, const struct event *events, size_t n,
			struct codec_time *time) __must_check;
int codec_events_end(struct codec *codec, struct buf *out, struct error *err) __must_check;
/* Adds the events of the block so far by kind. */
void codec_events_taken(const struct codec *codec, uint64_t counts[EVENT_KIND_MAX]);

/* The same at once. -EINVAL names an event that cannot be stored. */
int codec_encode_events(struct codec *codec, const struct event *events, size_t nr, struct buf *out,
			struct error *err) __must_check;
/* Events that were decoded at once. */
struct codec_part {
	size_t nr, kept;	    /* of them; and those that were not of a kind to skip */
	uint64_t first_ns, last_ns; /* times of the first and the last one, skipped or not */
};

/*
 * Decodes a block of exactly nr events, some at a time, so that they stay in a cache. data is the caller's and must
 * outlive the last call of next(), which decodes up to max and writes those that are not of a kind in skipped (a bit
 * each); none is left once ret->nr is 0. -EBADMSG from either: these bytes are not such a payload.
 */
int codec_events_begin(struct codec *codec, const void *data, size_t len, size_t nr,
		       uint64_t skipped, struct error *err) __must_check;
int codec_events_next(struct codec *codec, struct event *out, size_t max, struct codec_part *ret,
		      struct error *err) __must_check;
/* Adds the events of the block so far by kind. */
void codec_events_count(const struct codec *codec, uint64_t counts[EVENT_KIND_MAX]);

struct census_span {
	uint64_t ts_ns, start_pfn, end_pfn;
};

int codec_encode_census(struct codec *codec, const struct census_span *span,
			const struct census_run *runs, size_t nr, struct buf *out,
			struct error *err) __must_check;
int codec_decode_census(struct codec *codec, const void *data, size_t len, size_t nr,
			struct census_span *ret_span, struct census_run *out,
			struct error *err) __must_check;

int codec_encode_counts(struct codec *codec, const struct trace_count *counts, size_t nr,
			struct buf *out, struct error *err) __must_check;
/* How many of the nr counts went to out: those of counters that this version knows. */
int codec_decode_counts(struct codec *codec, const void *data, size_t len, size_t nr,
			struct trace_count *out, struct error *err) __must_check;

/* 0 if the run may follow one that ended at *pos in a range up to end_pfn; moves *pos to its end. */
int census_run_check(const struct census_run *run, uint64_t end_pfn, uint64_t *pos,
		     struct error *err) __must_check;

/* --- shared by the two payloads --- */

/* A column of values on its way into a payload. */
int codec_put_columns(struct codec *codec, const uint8_t *ids, uint64_t *const *values,
		      const size_t *nr, unsigned int nr_columns, struct buf *out,
		      struct error *err) __must_check;
int codec_parse_columns(struct cursor *c, struct columns *ret, struct error *err) __must_check;
/* -EBADMSG unless the column holds nr values, none above max. */
int codec_expect(const struct columns *columns, enum codec_column id, size_t nr, uint64_t max,
		 struct error *err) __must_check;
/* Values [first, first + nr) of the column; beyond its end: 0. is_signed: they are zigzag on disk. */
void codec_unplane(const struct column *column, size_t first, size_t nr, bool is_signed,
		   uint64_t *out);
/* The same for columns of at most 32 bits. */
void codec_unplane32(const struct column *column, size_t first, size_t nr, uint32_t *out);
/* The same again, as on a machine that has nothing special. */
void codec_unplane_plain(const struct column *column, size_t first, size_t nr, bool is_signed,
			 uint64_t *out);
void codec_unplane32_plain(const struct column *column, size_t first, size_t nr, uint32_t *out);
int codec_parse_table(struct codec *codec, const struct columns *columns,
		      struct error *err) __must_check;
/* Prepares for encoding nr rows into `arrays` columns; forgets the table. */
int codec_begin(struct codec *codec, size_t nr, unsigned int arrays,
		struct error *err) __must_check;
/* The shape's row, added if new. codec_begin() reserved for one row per event. */
uint32_t codec_row(struct codec *codec, struct shape shape);

#endif
