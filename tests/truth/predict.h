/* SPDX-License-Identifier: GPL-2.0-only */
/* What memsim says that the kernel of a trace did between two moments. */
#ifndef TRUTH_PREDICT_H
#define TRUTH_PREDICT_H

#include <stdint.h>

#include "base/error.h"
#include "sim/model.h"

struct prediction {
	struct op_cost ops[OP_MAX];
	uint64_t events;     /* between the moments */
	uint64_t lost;	     /* in the whole trace */
	uint64_t unresolved; /* lookups between them whose folio is not known */
};

/* The moments are in CLOCK_REALTIME of the recorded host. The events before them set the scene, uncounted. */
int predict(const char *trace, const char *layout, const char *geometry, uint64_t from_ns,
	    uint64_t to_ns, struct prediction *ret, struct error *err) __must_check;

#endif
