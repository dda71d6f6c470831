/* SPDX-License-Identifier: GPL-2.0-only */
/* A program in the making: program_make.c goes through the steps, program_finish.c packs what was found. */
#ifndef SIM_PROGRAM_DRAFT_H
#define SIM_PROGRAM_DRAFT_H

#include "sim/charge/program.h"

enum {
	DRAFT_LINES = PROGRAM_OPS * PROGRAM_OP_LINES, /* of a chain */
	DRAFT_BYTES = 2 * DRAFT_LINES,
	DRAFT_OWNED = 2 * FIELD_MAX, /* of a unit, its neighbours and the slab of its descriptor */
};

struct program_draft {
	const struct programs *programs;
	const struct program_key *key;
	struct program_op *op; /* the one at which it is */
	uint32_t op_start;     /* its first line */
	bool described;	       /* the unit has its descriptor now */
	uint16_t nr_ops;
	uint32_t nr, nr_distinct, nr_touches, nr_bytes, nr_owned;
	struct program_op ops[PROGRAM_OPS];
	/* from here on nothing is set at first */
	struct program_line lines[DRAFT_LINES], distinct[DRAFT_LINES];
	struct draft_touch {
		uint64_t bytes;
		uint16_t line, distinct; /* in the two lists */
		uint16_t owner;		 /* breakdown_owner() */
		uint8_t op, base;
		bool write;
	} touches[DRAFT_BYTES];
	struct program_bytes bytes[DRAFT_BYTES];
	uint16_t last[DRAFT_LINES]; /* see struct program */
	struct program_owned owned[DRAFT_OWNED];
};

/* The program, malloc()ed; NULL: no memory. */
struct program *program_finish(struct program_draft *d);

#endif
