/* SPDX-License-Identifier: GPL-2.0-only */
/* One of the two replays that `memsim validate truth` compares: between the emulator's two markers, from empty caches. */
#ifndef CMD_TRUTH_REPLAY_H
#define CMD_TRUTH_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/replay/model.h"
#include "sim/machine/pressure_series.h"
#include "trace/meta.h"

/* A struct page in pieces of four bytes. */
enum { TRUTH_PIECES = 32 };

/* What the emulator's counters say. */
struct truth_window {
	uint64_t from_ns, to_ns; /* in CLOCK_REALTIME of the recorded host */
	char layout[32];	 /* of its kernel */
	uint64_t code;		 /* that kernel's, bits by enum code */
	uint64_t instructions;
	bool cached;			      /* the next is known */
	uint64_t other_hits[CACHE_LEVEL_MAX]; /* of all data but the memmap */
};

/* -ENODATA: the trace has no such counters. */
int truth_window_read(const char *trace, struct truth_window *ret, struct error *err) __must_check;

/* An instruction that loads and stores one place makes one access, as in the access map. */
struct truth_seen {
	uint64_t accesses, loads, stores, atomics;
	uint64_t flag_updates, flag_atomics; /* that read and write the first word */
	uint64_t hits[CACHE_LEVEL_MAX];	     /* in the emulator's caches, where it had some */
};

/* What operations of one kind and order made. */
struct truth_size {
	uint64_t count, accesses;
};

struct truth_replay_opts {
	const char *trace;
	const struct layout *layout;
	struct cache_geometry geometry;
	const struct pressure_series *measured; /* NULL: nothing else is in the caches */
	uint64_t code;				/* whose is predicted */
	uint64_t from_ns, to_ns;		/* as in the window */
	bool accesses;				/* they, not the events */
	bool even;				/* of what was measured the mean all the time */
};

struct truth_replay {
	struct trace_meta meta;
	struct op_cost ops[OP_MAX];
	struct truth_size sizes[OP_MAX][CENSUS_MAX_ORDER + 1]; /* of the events */
	struct stream_result stream;			       /* with accesses */
	struct truth_seen seen[TRACE_MAX_FUNCTIONS + 1];
	uint64_t pieces
		[TRUTH_PIECES]; /* accesses by the piece where they begin, of entries in the memmap */
	uint64_t events;	/* of both kinds */
	uint64_t lost;		/* in the whole trace */
	uint64_t unresolved;	/* lookups whose folio is not known */
};

/* What comes before the first moment sets the scene, at no cost; ret is overwritten, and large. */
int truth_replay(const struct truth_replay_opts *opts, struct truth_replay *ret,
		 struct error *err) __must_check;

#endif
