/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The access map translated for one layout, once, so that the hot path looks nothing up: which bytes, of
 * which memory, for each operation and size of unit.
 */
#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "layouts/layout.h"
#include "sim/access/op.h"

enum {
	PLAN_MAX_REACH = 24, /* of larger objects a plan says this */
	PLAN_MAX_STEPS = OP_MAX_STEPS,
	PLAN_SIZES = 3 /* order 0, 1, 2 and up */
};

/* The objects that an operation starts from. */
enum plan_base {
	PLAN_ENTRY,	 /* (entries have even numbers) memmap entry of the unit's first page */
	PLAN_DESC,	 /* its descriptor */
	PLAN_NEXT_ENTRY, /* the list neighbours' */
	PLAN_NEXT_DESC,
	PLAN_PREV_ENTRY,
	PLAN_PREV_DESC,
};

/* One access that the layout really makes. */
struct plan_step {
	uint8_t target; /* enum op_target */
	uint8_t base;	/* enum plan_base */
	uint8_t field;	/* enum field */
	uint8_t cls;	/* enum layout_class of the field */
	bool in_memmap; /* else in the allocated descriptor of that class */
	bool via_page;	/* the descriptor is found through the page: a hop */
	bool hop;	/* the address comes from another line of the operation */
	bool write, atomic;
	uint8_t times;
	uint16_t at, end; /* bytes from the start of the entry or descriptor */
};

/* What is done to every tail page's entry, taken together. */
struct plan_tails {
	uint16_t at, end; /* the bytes of each entry that are touched; end 0: none */
	uint16_t accesses, atomics;
	bool write;
	/* the steps, in their order: which field, and how often in each entry */
	uint8_t nr_steps, field[OP_MAX_STEPS], times[OP_MAX_STEPS];
};

struct plan_op {
	uint8_t nr_steps;
	uint8_t bases; /* bit per enum plan_base that its steps start from */
	struct plan_step steps[PLAN_MAX_STEPS];
	struct plan_tails tails;
};

struct plan {
	struct plan_op ops[OP_MAX][PLAN_SIZES];
	/*
	 * Which bits of an entry's place in its line decide what lines its fields are in: none where entries
	 * fill lines, or lines hold whole entries and no field reaches beyond its entry.
	 */
	uint8_t entry_mask;
	/* Entries that begin more lines than that from each other share none; and descriptors. */
	uint8_t entry_reach[PLAN_SIZES], desc_reach;
	uint16_t memdesc_at, memdesc_end;	/* page.memdesc; end 0: the layout has none */
	uint16_t slab_cache_at, slab_cache_end; /* slab.cache in a slab descriptor */
};

/* For a kernel with this code (bits by enum code). Cannot fail. */
void plan_make(const struct layout *layout, uint64_t code, struct plan *ret);

static inline bool plan_base_is_entry(enum plan_base base)
{
	return !(base & 1);
}

static inline bool plan_has_neighbours(const struct plan_op *op)
{
	return op->bases >> PLAN_NEXT_ENTRY;
}

static inline unsigned int plan_size(unsigned int order)
{
	return order < PLAN_SIZES ? order : PLAN_SIZES - 1;
}

#endif
