/* SPDX-License-Identifier: GPL-2.0-only */
/* What memsim says that the kernel of a trace did between two moments. */
#ifndef TRUTH_PREDICT_H
#define TRUTH_PREDICT_H

#include <stdint.h>

#include "base/error.h"
#include "sim/model.h"

/* A struct page in pieces of four bytes. */
enum { PREDICT_PIECES = 16 };

struct predict_opts {
	const char *trace, *layout, *geometry;
	uint64_t from_ns, to_ns; /* in CLOCK_REALTIME of the recorded host */
	struct pressure pressure;
	uint64_t code; /* of the kernel that is predicted, bits by enum code */
};

struct prediction {
	struct op_cost ops[OP_MAX];
	uint64_t code; /* as asked for */
	uint64_t pieces
		[PREDICT_PIECES]; /* accesses by the piece where they begin, of entries in the memmap */
	uint64_t events;	  /* between the moments */
	uint64_t lost;		  /* in the whole trace */
	uint64_t unresolved;	  /* lookups between them whose folio is not known */
};

/* The events before the first moment set the scene, uncounted. */
int predict(const struct predict_opts *opts, struct prediction *ret,
	    struct error *err) __must_check;

#endif
