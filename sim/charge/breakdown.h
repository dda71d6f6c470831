/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Costs of one layout taken apart: by whose lines they are, structure and field, and by what the operation was about,
 * kind and order of its unit.
 *
 * An access is of the field that it reads or writes. A line of an operation is of the field that the operation touches
 * first of all that it touches in it; what happened to the line, found in L1 or fetched from memory, is put down to that
 * one. So the parts add up to the whole, at each level. The walk over the other pages of a unit is of the field that it
 * touches first in each of them, and a line that is in the walk is the walk's. A descriptor that is made is written as a
 * whole, in the order of its bytes.
 */
#ifndef SIM_BREAKDOWN_H
#define SIM_BREAKDOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/page_kind.h"
#include "layouts/layout.h"
#include "sim/cache/cache.h"

/* The fields, and what is none. */
enum {
	BREAKDOWN_NO_FIELD =
		FIELD_MAX, /* bytes of a descriptor that are no field, written when it is made */
	BREAKDOWN_FREE_POINTER, /* of the slab allocator or a CPU's list, in a descriptor that is given back */
	BREAKDOWN_FIELDS,
};

/* The memmap, and the layout's objects in their order. */
enum { BREAKDOWN_MEMMAP, BREAKDOWN_OBJECT, BREAKDOWN_STRUCTURES = 1 + LAYOUT_MAX_OBJECTS };

struct breakdown_row {
	uint64_t accesses;
	uint64_t lines;
	uint64_t hits[CACHE_LEVEL_MAX]; /* where these lines were found */
};

struct breakdown {
	bool no_hits; /* only some sets were simulated: whose lines were found where is not known */
	struct breakdown_row owners[BREAKDOWN_STRUCTURES * BREAKDOWN_FIELDS];
	struct breakdown_row units[PAGE_KIND_MAX][LAYOUT_MAX_ORDER + 1];
};

_Static_assert(BREAKDOWN_STRUCTURES *BREAKDOWN_FIELDS <= UINT16_MAX, "an owner does not fit");

/* Its number in `owners`. */
static inline uint16_t breakdown_owner(unsigned int structure, unsigned int field)
{
	return (uint16_t)(structure * BREAKDOWN_FIELDS + field);
}

/* A unit's number. */
static inline uint16_t breakdown_unit(uint8_t page_kind, uint8_t order)
{
	return (uint16_t)(page_kind << 8 | order);
}

static inline struct breakdown_row *breakdown_of_unit(struct breakdown *b, uint16_t unit)
{
	return &b->units[unit >> 8][unit & 255];
}

/* The layout's name of it, "memmap" or "folio"; and "folio.flags". */
const char *breakdown_structure_name(const struct layout *layout, unsigned int structure);
const char *breakdown_field_name(unsigned int field);

/* Of the fields of a class that have some of an object's bytes [at, end) the one that begins first; BREAKDOWN_NO_FIELD. */
unsigned int breakdown_field_in(const struct layout *layout, enum layout_class cls, uint32_t at,
				uint32_t end);

/* Sums: of all fields of a structure, of a field in all structures, of all orders of a kind of page, of all kinds of page of an order. */
void breakdown_structure(const struct breakdown *b, unsigned int structure,
			 struct breakdown_row *ret);
void breakdown_field(const struct breakdown *b, unsigned int field, struct breakdown_row *ret);
void breakdown_kind(const struct breakdown *b, unsigned int kind, struct breakdown_row *ret);
void breakdown_order(const struct breakdown *b, unsigned int order, struct breakdown_row *ret);

#endif
