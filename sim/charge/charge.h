/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Charges operations with the lines that they touch in one layout. Operations in a row on one unit go together
 * (charge.c), where they can; where not, one after the other, and lines are compared one by one (charge_single.c).
 */
#ifndef SIM_CHARGE_H
#define SIM_CHARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/cache/cache_nodes.h"
#include "sim/heap/heap.h"
#include "sim/charge/lines.h"
#include "sim/charge/native.h"
#include "sim/access/op.h"
#include "sim/access/place.h"
#include "sim/access/plan.h"
#include "sim/charge/program.h"
#include "sim/charge/recipe.h"
#include "sim/charge/stall.h"
#include "sim/charge/watch.h"

struct charge {
	const struct layout *layout;
	struct plan plan;
	struct programs programs;
	struct heap *heap; /* borrowed, as are the next two */
	struct watch *watch;
	struct native_stream *native; /* or NULL */
	struct breakdown *breakdown;  /* the same; the watch's */
	const uint64_t *descriptor;   /* heap_addresses() */
	struct recipes recipes;
	/* Operations do not go together, and their lines are compared one by one. */
	bool apart;
	/* Of so many lines in a chain one that is touched again may be gone by then, or they do not fit into a batch. */
	unsigned int too_many;
	uint64_t entry_size; /* bytes; an entry is of 2^entry_shift pages of 4 KiB */
	unsigned int entry_shift;
	/* Lines that differ in these bits do not meet in one set of L1, which holds so many. */
	uint64_t set_mask;
	unsigned int set_ways;
	/* So many translations used in a row are surely all in the first level of the TLB afterwards. */
	unsigned int tlb_holds;
	struct lines lines;
	struct op_cost cost[OP_MAX];
	bool failed; /* no memory for a program: costs are too low */
};

struct charge_opts {
	const struct layout *layout; /* all is borrowed and must outlive it */
	uint64_t code;		     /* of the kernel, bits by enum code */
	struct heap *heap;
	struct cache_nodes *caches;
	struct watch *watch;
	struct native_stream *native; /* or NULL */
	const struct cache_geometry *geometry;
	struct lines_sample *sample; /* or NULL */
	bool threaded;		     /* the caches are another thread's */
};

int charge_create(const struct charge_opts *opts, struct charge **ret,
		  struct error *err) __must_check;
void charge_destroy(struct charge *c);

enum { CHARGE_AHEAD = 32 };

/* Some of the operations come soon: CHARGE_AHEAD of them, or all. */
void charge_look_ahead(const struct charge *c, const struct op *ops, size_t nr);

/* Whether it is one that charge_ops() is for. */
static inline bool charge_takes(const struct op *op)
{
	return op->kind > OP_REKIND;
}

/*
 * The first of the operations and those after it, until one of them is not for charge_ops() or is of hugetlb pages, or
 * `until` of them have been charged; and with the last one those that go together with it: how many that are.
 */
size_t charge_ops(struct charge *c, const struct op *ops, size_t nr, size_t until);

/* No memory: costs are, or will be, wrong. Certain when everything that was charged has been settled. */
bool charge_failed(const struct charge *c);

/* Brings `cost` up to date. */
void charge_settle(struct charge *c, const struct stall_model *stall);

/* charge_single.c: one operation by itself. */
void charge_single(struct charge *c, const struct op *op);
/* Of the unit that it is about: a run of the program, which had so many lines. There is a breakdown. */
void charge_unit(struct charge *c, const struct program *program, unsigned int nr_lines);
/* charge_translate.c: there is a TLB, and the case's program runs. */
void charge_translate(struct charge *c, const struct program *program,
		      const struct program_case *at);

enum { CHARGE_MAX_PROGRAMS = 1 << 16 };

/* The case's program; NULL: no memory. */
static inline struct program *charge_look_up(struct charge *c, struct program_case *at)
{
	struct program *program;

	if (at->near)
		program_near(at, &c->plan);
	program = program_find(&c->programs, &at->key);
	if (__builtin_expect(!program, 0))
		c->failed = true;
	/* no workload comes near that many cases, but a made-up trace might */
	if (__builtin_expect(c->programs.nr > CHARGE_MAX_PROGRAMS, 0))
		c->apart = true;
	return program;
}

static inline void charge_add_entry(const struct charge *c, struct program_case *at,
				    enum program_base base, uint32_t pfn)
{
	program_add_entry(at, base, PLACE_MEMMAP + (pfn >> c->entry_shift) * c->entry_size,
			  &c->plan);
}

static inline void charge_add_desc(const struct charge *c, struct program_case *at,
				   enum program_base base, uint32_t pfn)
{
	if (c->descriptor[pfn])
		program_add_desc(at, base, c->descriptor[pfn], &c->plan);
}

/* which: 1 for its entry, 2 for its descriptor. There are descriptors if the plan says so. */
static inline void charge_add_neighbour(const struct charge *c, struct program_case *at,
					unsigned int which, enum program_base base, uint32_t pfn)
{
	if (pfn == PFN_NONE)
		return;
	if (which & 1)
		charge_add_entry(c, at, base, pfn);
	if (which & 2 && c->descriptor)
		charge_add_desc(c, at, base + 1, pfn);
}

/* The page that holds a descriptor that is given back, and the descriptor of its slab. */
static inline void charge_add_home(const struct charge *c, struct program_case *at,
				   const struct heap_home *home)
{
	program_add_entry(at, PROGRAM_HOME_ENTRY, home->page_entry, &c->plan);
	if (home->slab_descriptor)
		program_add_desc(at, PROGRAM_HOME_DESC, home->slab_descriptor, &c->plan);
}

#endif
