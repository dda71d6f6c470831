/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the access-level replay. */
#ifndef SIM_STREAM_INTERNAL_H
#define SIM_STREAM_INTERNAL_H

#include "sim/charge/stream.h"

enum {
	REACH = 256, /* bytes from the first entry of a unit on that fields of v4.14 to v7.3 lie in */
	NO_UNIT = UINT32_MAX,
};

_Static_assert(FIELD_MAX < 256, "a field fits in a byte");

struct stream_cpu {
	uint32_t unit;	   /* whose descriptor it knows; NO_UNIT */
	uint32_t function; /* that made the last access, + 1 */
	uint64_t line;	   /* touched last */
};

struct stream {
	struct stream_opts opts;
	uint8_t at[LAYOUT_CLASS_MAX]
		  [REACH]; /* the field of the recorded layout at each byte of a class */
	bool on_lists[TRACE_MAX_FUNCTIONS + 1]; /* by function: works on LRU lists */
	size_t nr_functions;
	struct stream_cpu *cpus;
	struct op_cost cost[OP_MAX];
	struct stream_result result;
	uint16_t unit,
		owner; /* whose the lines are that are touched next, where there is a breakdown */
};

/* stream_touch.c */

/* What a write takes from other CPUs is told from now on. */
void stream_watch(struct stream *s);
/* What is touched next is of this field of the object that begins there; so many accesses. */
void stream_own(struct stream *s, uint64_t object, unsigned int field, uint64_t accesses);
/* The slowest level of the lines that hold [address, end). */
enum cache_level stream_touch(struct stream *s, unsigned int cpu, uint64_t address, uint64_t end,
			      bool read, bool write, bool serial, struct op_cost *cost);
void stream_describe(struct stream *s, const struct op *op, struct op_cost *cost);
void stream_undescribe(struct stream *s, const struct op *op, struct op_cost *cost);

#endif
