/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel operations on page metadata: what the page-state machine makes of a trace's events, and what
 * the layout models charge. An operation says nothing about any layout, so every model gets the same.
 */
#ifndef SIM_OP_H
#define SIM_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"

enum op_kind {
	/* not in the access map: cost nothing themselves */
	OP_TIME, /* it is op_time_ns() on this CPU; only where somebody asked for it */
	/* change who describes the memory */
	OP_SEED,   /* the census found op_units() of these; their descriptors exist already */
	OP_REKIND, /* `old_kind` turns out to be `kind` */
#define OP(NAME, name, doc) OP_##NAME,
#include "sim/access/access.def"
	OP_MAX
};

/* From where a step reaches its field. */
enum op_target {
	TARGET_PAGE,	 /* the memmap entry of `pfn` */
	TARGET_TAILS,	 /* the memmap entries of the unit's other pages, each */
	TARGET_FOLIO,	 /* the unit's descriptor, by a pointer that the code already has */
	TARGET_VIA_PAGE, /* the same, found through the page: a hop where descriptors are allocated */
	TARGET_DESCRIPTOR, /* making and breaking the tie between pages and descriptor */
	TARGET_NEXT, /* the list neighbour `next`, as a free page or as a folio, by the field's class */
	TARGET_PREV,
};

enum access_mode { MODE_R, MODE_W, MODE_A };

#define PFN_NONE UINT32_MAX

/* One operation. */
struct op {
	uint32_t pfn;	     /* first page of the unit */
	uint32_t next, prev; /* list neighbours, never `pfn`; PFN_NONE: none, or not known */
	/* OP_SEED: of several units side by side, all alike, `next` is the last one */
	uint16_t cpu;
	uint8_t order;	   /* of the unit */
	uint8_t page_kind; /* enum page_kind: what the unit is */
	uint8_t kind;	   /* enum op_kind */
	uint8_t old_kind;  /* OP_REKIND */
};

/* Of those about one pfn: who does it, and what the unit is. Side by side in memory, to be compared in one go. */
static inline uint32_t op_who(const struct op *op)
{
	return op->cpu | (uint32_t)op->order << 16 | (uint32_t)op->page_kind << 24;
}

/* OP_TIME: nanoseconds since the start of the trace, in the two words that it does not need otherwise. */
static inline void op_set_time(struct op *op, uint64_t ns)
{
	op->pfn = (uint32_t)ns;
	op->next = (uint32_t)(ns >> 32);
}

static inline uint64_t op_time_ns(const struct op *op)
{
	return (uint64_t)op->next << 32 | op->pfn;
}

/* OP_ACCESS: the unit that the page belongs to, and arg of the event. */
static inline void op_set_access(struct op *op, uint32_t head, uint32_t arg)
{
	op->next = head;
	op->prev = arg;
}

static inline uint32_t op_access_head(const struct op *op)
{
	return op->next;
}

static inline uint32_t op_access_arg(const struct op *op)
{
	return op->prev;
}

/* How many units an OP_SEED stands for. */
static inline uint64_t op_units(const struct op *op)
{
	return op->next == PFN_NONE ? 1 : ((op->next - op->pfn) >> op->order) + 1ULL;
}

/* A growing list of operations. When memory runs out, `failed` sticks and further ones are dropped. */
struct op_list {
	struct op *ops;
	size_t nr, cap;
	bool failed;
	struct op dropped;
};

void op_list_fini(struct op_list *list);

/* Makes room for so many more; or sets failed. False: it is set. */
bool op_list_reserve(struct op_list *list, size_t nr);

/* Appends one, to be filled in; never NULL. Valid until the next call. */
static inline struct op *op_list_add(struct op_list *list)
{
	if (__builtin_expect(list->nr == list->cap, 0) && !op_list_reserve(list, 1))
		return &list->dropped;
	return &list->ops[list->nr++];
}

/* Changes who describes memory. */
static inline bool op_is_of_descriptors(unsigned int kind)
{
	return kind == OP_SEED || kind == OP_REKIND || kind == OP_DESCRIBE || kind == OP_UNDESCRIBE;
}

/* What only memory of several pages goes through. */
static inline bool op_is_of_compound(uint8_t kind)
{
	return kind == OP_COMPOUND || kind == OP_FREE_TAILS || kind == OP_RMAP_ENTIRE;
}

/* Nothing is left to do for a part of memory where the whole, or its neighbour, is the same base page. */
static inline bool op_is_within_page(const struct op *op, const struct layout *layout)
{
	unsigned int shift = layout_page_shift(layout);

	if (!shift)
		return false;
	return op_is_of_compound(op->kind)
		       ? op->order <= shift
		       : op->kind == OP_RMAP_PAGE && op->pfn & ((1U << shift) - 1);
}

const char *op_name(enum op_kind kind); /* "alloc" */
const char *op_doc(enum op_kind kind);

/* One row of the access map. */
struct op_step {
	uint8_t target;	   /* enum op_target */
	uint8_t mode;	   /* enum access_mode */
	uint8_t min_order; /* 0, 1 (LARGE) or 2 (LARGE2) */
	uint8_t times;
	uint8_t field; /* enum field */
};

enum { OP_MAX_STEPS = 32 };

/*
 * The steps of an operation on a kernel that has this code (bits by enum code); returns how many. More than
 * OP_MAX_STEPS is a mistake in access.def, caught by a test.
 */
size_t op_steps(enum op_kind kind, uint64_t code, struct op_step ret[OP_MAX_STEPS]);

#endif
