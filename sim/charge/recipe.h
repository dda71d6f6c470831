/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a model has to find out about operations on one unit in a row, before it can look up their program:
 * which of them go together, and where their objects are named.
 */
#ifndef SIM_RECIPE_H
#define SIM_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/access/plan.h"
#include "sim/charge/program.h"

enum { RECIPE_SLOTS = 1024 };

struct recipe {
	uint64_t names; /* as in the program's key; 0: the slot is free */
	uint64_t ops;	/* for the program's key: without those that do nothing in this layout */
	uint8_t taken; /* operations that go together; 0: the first one has a run, see recipe_has_run() */
	bool has_desc; /* some start from the unit's descriptor; named by desc_op, if there is one */
	uint8_t desc_op; /* the one that does, by its number; NO_OP */
	bool idle;	 /* none does anything */
	/* The one that touches its list neighbours; NO_OP. Of each: 1 the entry, 2 the descriptor, 3 both. */
	uint8_t neighbours_op, next, prev;
};

enum { RECIPE_NO_OP = 255 };

struct recipes {
	const struct plan *plan; /* borrowed */
	bool has_descriptors;	 /* the layout */
	struct recipe slots[RECIPE_SLOTS];
};

/* For recipe_find(). */
const struct recipe *recipe_work_out(struct recipes *r, struct recipe *slot, uint64_t names);

static inline const struct recipe *recipe_find(struct recipes *r, uint64_t names)
{
	struct recipe *slot = &r->slots[names * 0x9e3779b97f4a7c15ULL >> 54];

	return __builtin_expect(slot->names == names, 1) ? slot : recipe_work_out(r, slot, names);
}

static inline bool recipe_is_descriptor_op(unsigned int kind)
{
	return kind == OP_DESCRIBE || kind == OP_UNDESCRIBE;
}

/* Whether the operation goes through the entries of the whole unit or of its tails. */
bool recipe_has_run(const struct plan *plan, unsigned int kind, unsigned int size);

#endif
