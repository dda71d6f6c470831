/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which bytes an operation touches: the steps of the access map, one after the other, for one layout.
 * This is the way that keeps every byte apart; charge.h is the shorter one for those who need lines only.
 */
#ifndef SIM_TOUCH_H
#define SIM_TOUCH_H

#include <stdbool.h>
#include <stdint.h>

#include "layouts/layout.h"
#include "sim/heap.h"
#include "sim/lines.h"
#include "sim/op.h"
#include "sim/plan.h"

enum {
	LINE_SHIFT = 6,	 /* MODEL_LINE */
	MAX_LINES = 128, /* of one operation, runs of tails apart: 24 steps, or one descriptor */
};

/* The lines that the current operation has touched; a line counts once per operation. */
struct touched {
	unsigned int nr;
	uint64_t line[MAX_LINES];
	uint64_t read[MAX_LINES], written[MAX_LINES]; /* bytes of the line, a bit for each */
	bool atomic[MAX_LINES];
	bool hop[MAX_LINES]; /* its address had to be loaded from another line of the operation */
	uint64_t run_first, run_last;  /* the lines of the tails' entries, if any: run_last 0 */
	uint64_t run_address, run_end; /* and their bytes */
	bool run_write;
};

struct touch {
	const struct layout *layout;
	struct heap *heap;
	struct plan plan;
	struct touched lines;
};

/* The bytes of a line that lie in [address, end), which it has a part of. */
static inline uint64_t line_bytes(uint64_t line, uint64_t address, uint64_t end)
{
	uint64_t start = line << LINE_SHIFT, bytes = ~0ULL;

	if (address > start)
		bytes <<= address - start;
	if (end - start < 1 << LINE_SHIFT)
		bytes &= (1ULL << (end - start)) - 1;
	return bytes;
}

/* What op touches goes into lines, which must be empty; how often, into cost. Not for OP_SEED, OP_REKIND, OP_TIME. */
void touch_op(struct touch *t, const struct op *op, struct op_cost *cost);

#endif
