/* SPDX-License-Identifier: GPL-2.0-only */
/* The naive model's lines: which bytes of them an operation touches, and whose the first of these are. */
#ifndef TESTS_UNIT_SIM_NAIVE_TOUCH_H
#define TESTS_UNIT_SIM_NAIVE_TOUCH_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "sim/access/kernel_code.h"
#include "sim/replay/model.h"
#include "sim/access/place.h"

enum { NAIVE_LINES = 1 << 12 };

struct naive_line {
	uint64_t line, read, written;
	int mode;
	bool hop;
	uint16_t owner; /* of the first touch */
};

struct naive {
	const struct layout *layout;
	uint64_t code;
	struct heap *heap;
	struct cache_nodes *caches;
	const struct nodes *nodes;
	struct watch watch;
	struct stall_model stall;
	struct native_stream stream;
	struct op_cost cost[OP_MAX];
	/* of the operation: lines, and of these the run of entries that comes last, from `run` on */
	struct naive_line lines[NAIVE_LINES];
	unsigned int nr;
	struct {
		uint64_t at, end;
		bool write;
		uint16_t owner;
	} run; /* end 0: none */
};

static inline uint64_t naive_bytes(uint64_t line, uint64_t at, uint64_t end)
{
	uint64_t bytes = 0;

	for (uint64_t byte = line * 64; byte < (line + 1) * 64; byte++)
		if (byte >= at && byte < end)
			bytes |= 1ULL << byte % 64;
	return bytes;
}

/* Whose an object's field is, by its address. */
static inline uint16_t naive_owner(uint64_t object, unsigned int field)
{
	return breakdown_owner(object >= PLACE_MEMMAP ? 0 : 1 + place_heap_index(object), field);
}

/* Accesses to a field of an object, in an operation that costs this. */
static inline void naive_count(struct naive *n, const struct op *op, uint64_t object,
			       unsigned int field, uint64_t times)
{
	struct breakdown *b = n->watch.breakdown;

	n->cost[op->kind].accesses += times;
	b->owners[naive_owner(object, field)].accesses += times;
	b->units[op->page_kind][op->order].accesses += times;
}

static inline void naive_touch(struct naive *n, uint16_t owner, uint64_t at, uint64_t end, int mode,
			       bool hop)
{
	for (uint64_t line = at / 64; line <= (end - 1) / 64; line++, hop = false) {
		uint64_t bytes = naive_bytes(line, at, end);
		unsigned int i = 0;

		while (i < n->nr && n->lines[i].line != line)
			i++;
		if (i == n->nr && n->run.end && line >= n->run.at / 64 &&
		    line <= (n->run.end - 1) / 64) {
			n->run.write |= mode != MODE_R;
			continue;
		}
		if (i == n->nr)
			n->lines[n->nr++] =
				(struct naive_line){.line = line, .hop = hop, .owner = owner};
		*(mode == MODE_R ? &n->lines[i].read : &n->lines[i].written) |= bytes;
		n->lines[i].mode = mode > n->lines[i].mode ? mode : n->lines[i].mode;
	}
}

static inline const struct layout_place *naive_place(const struct naive *n, enum field field)
{
	return &n->layout->places[field];
}

/* A field at an object's address; false: the layout has none. */
static inline bool naive_field(struct naive *n, uint64_t object, enum field field, int mode,
			       bool hop)
{
	const struct layout_place *p = naive_place(n, field);

	if (p->size)
		naive_touch(n, naive_owner(object, field), object + p->at, object + p->at + p->size,
			    mode, hop);
	return p->size;
}

/* Byte by byte: the field that has the first byte of the line that any has. */
static inline uint16_t naive_owner_in(const struct naive *n, const struct heap_ref *ref,
				      uint64_t line)
{
	for (uint64_t byte = line * 64; byte < (line + 1) * 64; byte++) {
		int found = FIELD_MAX;

		if (byte < ref->address || byte >= ref->address + ref->object->size)
			continue;
		for (int field = FIELD_MAX - 1; field >= 0; field--) {
			const struct layout_place *p = naive_place(n, field);

			if (field_class(field) == ref->object->cls &&
			    byte - ref->address - p->at < p->size &&
			    (found == FIELD_MAX || p->at <= naive_place(n, found)->at))
				found = field;
		}
		if (found < FIELD_MAX)
			return naive_owner(ref->address, (unsigned int)found);
	}
	return naive_owner(ref->address, BREAKDOWN_NO_FIELD);
}

#endif
