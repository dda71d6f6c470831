/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A data TLB for each CPU: two levels, each with entries for pages of 4 KiB, 2 MiB and 1 GiB. An access
 * looks in the first level, then in the second, else a page-table walk fills both. True LRU in each set; a
 * page's set is its number modulo the sets. The levels are neither inclusive nor exclusive, and sizes of
 * pages have entries of their own: where a CPU lets them share, the figures say what each can have alone.
 * What a walk reads is not put through the caches. Confined to one thread.
 */
#ifndef SIM_TLB_H
#define SIM_TLB_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum tlb_size { TLB_4K, TLB_2M, TLB_1G, TLB_SIZES };
enum tlb_level { TLB_FIRST, TLB_SECOND, TLB_WALK, TLB_LEVELS };

struct tlb_geometry {
	struct {
		uint32_t entries, ways; /* ways divide entries; at most TLB_MAX_ENTRIES */
	} level[2][TLB_SIZES];
};

enum { TLB_MAX_ENTRIES = 1 << 20 };

/* log2 of the bytes of a page */
static inline unsigned int tlb_shift(enum tlb_size size)
{
	return 12 + 9 * (unsigned int)size;
}

struct tlb_cpu {
	uint64_t recent[TLB_SIZES]; /* the page asked for last, + 1: first in its sets */
	uint64_t *rows;		    /* page + 1, most recent first; 0: empty */
};

struct tlb {
	struct tlb_geometry geometry;
	uint32_t sets[2][TLB_SIZES];
	size_t first[2][TLB_SIZES]; /* index of the first row's first entry */
	size_t entries;		    /* of one CPU */
	unsigned int nr_cpus;
	struct tlb_cpu *cpus;
};

int tlb_create(const struct tlb_geometry *geometry, unsigned int nr_cpus, struct tlb **ret,
	       struct error *err) __must_check;
void tlb_destroy(struct tlb *t);

enum tlb_level tlb_look_up(struct tlb *t, struct tlb_cpu *cpu, enum tlb_size size, uint64_t page);

/* One access to a page (address >> tlb_shift()) by a CPU below nr_cpus: where the translation was. */
static inline enum tlb_level tlb_access(struct tlb *t, unsigned int cpu, enum tlb_size size,
					uint64_t page)
{
	struct tlb_cpu *c = &t->cpus[cpu];

	return c->recent[size] == page + 1 ? TLB_FIRST : tlb_look_up(t, c, size, page);
}

#endif
