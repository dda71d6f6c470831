/* SPDX-License-Identifier: GPL-2.0-only */
/* Charges operations with the lines that they touch in one layout. */
#ifndef SIM_CHARGE_H
#define SIM_CHARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/cache.h"
#include "sim/heap.h"
#include "sim/lines.h"
#include "sim/op.h"
#include "sim/plan.h"
#include "sim/program.h"
#include "sim/recipe.h"
#include "sim/stall.h"

struct charge {
	const struct layout *layout;
	struct plan plan;
	struct programs programs;
	struct heap *heap;	    /* borrowed */
	const uint64_t *descriptor; /* heap_addresses() */
	struct recipes recipes;
	/* Operations do not go together, and their lines are compared one by one. */
	bool apart;
	/* Lines that differ in these bits do not meet in one set of L1. */
	uint64_t set_mask;
	struct lines lines;
	struct op_cost cost[OP_MAX];
	bool failed; /* no memory for a program: costs are too low */
};

/* All is borrowed and must outlive it. */
int charge_create(const struct layout *layout, uint64_t code, struct heap *heap,
		  struct cache_hierarchy *caches, const struct cache_geometry *geometry,
		  struct charge **ret, struct error *err) __must_check;
void charge_destroy(struct charge *c);

/* The operation comes soon. */
static inline void charge_look_ahead(const struct charge *c, const struct op *op)
{
	if (!c->descriptor)
		return;
	__builtin_prefetch(&c->descriptor[op->pfn]);
	__builtin_prefetch(&c->descriptor[op->next]);
	__builtin_prefetch(&c->descriptor[op->prev]);
}

/* The first of the operations, and with it those after it that go together with it: how many that are. */
size_t charge_ops(struct charge *c, const struct op *ops, size_t nr);

/* Brings `cost` up to date. */
void charge_settle(struct charge *c, const struct stall_model *stall);

#endif
