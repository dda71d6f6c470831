/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by codec_decode.c, which believes nothing of a block, and codec_chunk.c, where the time goes. */
#ifndef TRACE_CODEC_DECODER_H
#define TRACE_CODEC_DECODER_H

#include <stddef.h>

#include "trace/codec/codec.h"
#include "trace/codec/codec_predictor.h"
#include "trace/codec/codec_taker.h"

enum {
	CODEC_CHUNK = TAKER_STEP, /* decoded at once: events and columns together stay in L1 */
	/* 16 bits each, from the lowest: which event, and where some are skipped, at which byte it is kept and what it takes */
	PLACE_TO_SHIFT = 16,
	PLACE_OBJ_SHIFT = 32,
	PLACE_COUNT_SHIFT = 48,
};

/*
 * The ends of an event as two words, so that an event takes a few wide stores. What the row of the table says and what
 * the event says are ORed, as each is zero where the other has something.
 */
union what {
	uint64_t bits;
	struct {
		uint32_t obj, arg;
	};
};

union tail {
	uint64_t bits;
	struct {
		uint32_t count;
		uint16_t cpu;
		uint8_t kind, order;
	};
};

_Static_assert(offsetof(struct event, arg) == offsetof(struct event, obj) + 4 &&
		       offsetof(struct event, obj) == offsetof(struct event, index) + 8,
	       "obj and arg are one word, after index");
_Static_assert(offsetof(struct event, cpu) == offsetof(struct event, count) + 4 &&
		       offsetof(struct event, kind) == offsetof(struct event, count) + 6 &&
		       offsetof(struct event, order) == offsetof(struct event, count) + 7 &&
		       offsetof(struct event, count) % 8 == 0,
	       "count, cpu, kind and order are one word");

/* A byte for each kind: how many events of it, modulo 256. */
typedef uint8_t codec_kinds __attribute__((vector_size(32), aligned(1)));

_Static_assert(EVENT_KIND_MAX <= sizeof(codec_kinds), "a byte for each kind");

/*
 * A row of the table, ready to become events. What an event has is a mask, all bits or none; as a number that is -1, so
 * that one value more is taken of a column, or none.
 */
struct codec_form {
	codec_kinds one; /* of its kind */
	uint64_t index;	 /* 0; it and the next one are stored together */
	union what what;
	union tail tail;
	uint64_t has_pfn, has_index, has_obj, has_count;
	uint64_t next_place; /* PLACE_*: what to add to an event's for that of the next */
	uint16_t slots;	     /* of its kind: the predictor's for CPU 0 */
	uint8_t has_place;   /* 1 if what an event has beside a pfn is to be looked at */
	uint8_t kept_bytes;  /* 0: skipped; otherwise those of an event */
};

_Static_assert(FORMAT_MAX_RAW / 3 < UINT32_MAX / sizeof(struct codec_form),
	       "32 bits for where a form is: a row of the table has 3 bytes at least");
_Static_assert(EVENT_KIND_MAX <= 64, "a bit for each kind to skip");

_Static_assert(CODEC_CHUNK * sizeof(struct event) < 1 << 16, "16 bits for where an event is kept");
_Static_assert(TAKER_AHEAD + TAKER_STEP < 1 << 16, "and for what it takes");
_Static_assert(sizeof(struct event) <= UINT8_MAX, "8 for how long it is");
_Static_assert(EVENT_KIND_MAX *CODEC_CPU_SLOTS < 1 << 16, "16 for a kind's slots");

/* What there is among the forms of a block: the less, the less is to be done for each event. */
enum codec_mix {
	MIX_PAGES,   /* every event has a pfn, and nothing else that is its own */
	MIX_ALL,     /* some have more, or no pfn */
	MIX_SKIPPED, /* and some are left out */
};

/* What the events of a row have in common. */
struct codec_row {
	uint64_t ts;
	uint64_t tail; /* union tail: the CPU */
	uint64_t slot; /* of any kind: the CPU's among the predictor's */
};

struct codec_decoder;
/* Decodes the next nr events: how many are kept; -1: one of them names a row past the table. */
typedef int codec_chunk_fn(struct codec_decoder *d, size_t nr, struct event *out);

struct codec_decoder {
	codec_chunk_fn *chunk;
	struct columns columns;
	size_t nr, done; /* events of the block, and of these decoded */
	struct codec_form *forms;
	size_t nr_forms, nr_rows;
	enum codec_mix mix;
	uint64_t ts, first_ns; /* of the last event, and of the chunk's first */
	uint64_t bad;	       /* its top bit: a time or a pfn is; checked once at the end */
	uint64_t left;	       /* events of the current row that are still to come */
	bool has_rows;	       /* or each has a CPU and a time of its own */
	struct taker row_len, row_cpu, row_time, pfn, index, obj, count;
	uint32_t forms_at
		[CODEC_CHUNK]; /* of each event: first its code, then how many bytes its form is from the first */
	uint32_t cpus[CODEC_CHUNK]; /* without rows */
	uint64_t times[CODEC_CHUNK];
	/* with rows: those that the chunk's events are in, the first one's may have begun before; bytes to the event's from
	   that of the event before */
	struct codec_row rows[CODEC_CHUNK + 1];
	struct codec_row row; /* the last of them */
	uint8_t row_steps[CODEC_CHUNK];
	uint64_t places[CODEC_CHUNK];	      /* PLACE_*: events of the chunk with has_place */
	struct event nowhere;		      /* for those of them that are skipped */
	uint64_t counts[sizeof(codec_kinds)]; /* events of the block so far by kind */
	struct codec_predictor last;
};

/* The best that this CPU can do, and what every one can. */
codec_chunk_fn *codec_chunk(void);
int codec_chunk_plain(struct codec_decoder *d, size_t nr, struct event *out);

#endif
