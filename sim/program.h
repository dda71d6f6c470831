/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines that an operation touches, worked out once. Which lines these are depends on the operation and
 * on how the objects that it starts from lie in their cache lines, but not on where they are: so the steps
 * of the plan are gone through when a case is met for the first time, and from then on its program is
 * looked up.
 */
#ifndef SIM_PROGRAM_H
#define SIM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/op.h"
#include "sim/place.h"
#include "sim/plan.h"

/* One line. */
struct program_line {
	uint32_t
		word; /* lines from the one in which the object begins, << 1 | whether it is written */
	uint8_t base; /* enum plan_base: the object */
	bool hop;     /* its address has to be loaded from another line of the operation */
	uint8_t tag;  /* kind of the operation << 1 | whether it is the first line or a hop */
};

struct program {
	uint64_t key;
	/* the model's: how often it ran, and how often so that all of its lines were made */
	uint64_t runs, plain;
	uint32_t accesses, atomics; /* of one run */
	uint32_t nr;
	struct program_line
		lines[]; /* no line of an object twice; in the order of their first access */
};

/*
 * A case: the operation and the size of its unit, and for each object that it starts from, if it is there,
 * what it is and where in a line it begins. In the key of an operation are only objects that its plan names.
 */
enum {
	PROGRAM_LINE_SHIFT = 6,
	PROGRAM_KIND_BITS = 7,
	PROGRAM_SIZE_BITS = 2,
	PROGRAM_ENTRY_BITS = 7, /* 1, then 6 bits of the address */
	PROGRAM_DESC_BITS = 11, /* 5 bits, number of the layout's object + 1, then the same */
};

/* The first bit of an object's part. Entries and descriptors take turns in enum plan_base. */
static inline unsigned int program_shift(enum plan_base base)
{
	return PROGRAM_KIND_BITS + PROGRAM_SIZE_BITS + (base + 1U) / 2 * PROGRAM_ENTRY_BITS +
	       base / 2U * PROGRAM_DESC_BITS;
}

static inline uint64_t program_key(unsigned int kind, unsigned int size)
{
	return kind | size << PROGRAM_KIND_BITS;
}

static inline unsigned int program_kind(uint64_t key)
{
	return key & ((1U << PROGRAM_KIND_BITS) - 1);
}

/* mask: the plan's entry_mask */
static inline uint64_t program_key_entry(enum plan_base base, uint64_t address, uint8_t mask)
{
	return (64 | (address & mask)) << program_shift(base);
}

static inline uint64_t program_key_desc(enum plan_base base, uint64_t address)
{
	return ((place_heap_index(address) + 1ULL) << 6 | (address & 63)) << program_shift(base);
}

struct programs {
	const struct layout *layout;
	const struct plan *plan;
	struct program **slots; /* open addressing, at most a quarter full */
	unsigned int shift;	/* 64 - log2 of their number */
	size_t nr;
};

/* Layout and plan are borrowed and must outlive it. */
int programs_init(struct programs *p, const struct layout *layout, const struct plan *plan,
		  struct error *err) __must_check;
void programs_fini(struct programs *p);

/* For program_find(): looks further, and works it out if need be. NULL: no memory. */
struct program *program_search(struct programs *p, uint64_t key);

static inline struct program *program_find(struct programs *p, uint64_t key)
{
	/* Fibonacci hashing: 2^64 / golden ratio */
	struct program *program = p->slots[key * 0x9e3779b97f4a7c15ULL >> p->shift];

	if (__builtin_expect(program && program->key == key, 1))
		return program;
	return program_search(p, key);
}

/* For going through all of them: the i-th from *i on, which moves past it; NULL: that was all. */
struct program *programs_next(const struct programs *p, size_t *i);

#endif
