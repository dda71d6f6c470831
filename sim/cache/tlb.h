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

#include <stdbool.h>
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

enum {
	TLB_ROW = 8
}; /* words of a line of the host: rows are multiples of it, filled up with zeros */

/* Moves a tag to the front of a row; false if it was not there, and the last one is gone. */
typedef bool tlb_touch_fn(uint64_t *row, uint32_t ways, uint64_t tag);
/* Works everywhere; a TLB has the best that the host can do. */
tlb_touch_fn tlb_plain_touch;

struct tlb {
	struct tlb_geometry geometry;
	tlb_touch_fn *touch;
	uint32_t sets[2][TLB_SIZES];
	uint32_t row[2][TLB_SIZES]; /* words of one */
	size_t first[2][TLB_SIZES]; /* index of the first row's first entry */
	size_t entries;		    /* words of all rows of one CPU */
	unsigned int nr_cpus;
	uint64_t *rows; /* of page + 1, most recent first; 0: empty */
};

int tlb_create(const struct tlb_geometry *geometry, unsigned int nr_cpus, struct tlb **ret,
	       struct error *err) __must_check;
void tlb_destroy(struct tlb *t);

/* Where the page belongs. */
static inline uint64_t *tlb_row(const struct tlb *t, unsigned int cpu, int level,
				enum tlb_size size, uint64_t page)
{
	uint32_t sets = t->sets[level][size];
	/* a division takes as long as all the rest; nearly all TLBs need none */
	uint64_t set = __builtin_expect(sets & (sets - 1), 0) ? page % sets : page & (sets - 1);

	return t->rows + cpu * t->entries + t->first[level][size] + set * t->row[level][size];
}

/* For tlb_access(): a page that is not the most recent one of its set. */
enum tlb_level tlb_look_up(struct tlb *t, unsigned int cpu, enum tlb_size size, uint64_t page);

/* One access to a page (address >> tlb_shift()) by a CPU below nr_cpus: where the translation was. */
static inline enum tlb_level tlb_access(struct tlb *t, unsigned int cpu, enum tlb_size size,
					uint64_t page)
{
	return *tlb_row(t, cpu, TLB_FIRST, size, page) == page + 1
		       ? TLB_FIRST
		       : tlb_look_up(t, cpu, size, page);
}

#endif
