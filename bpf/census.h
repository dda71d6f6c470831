/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every page is now, from /proc/kpageflags and /proc/kpagecount, as runs of equal units.
 * The classifier is fed windows of any size and keeps a folio or free block open across them.
 */
#ifndef BPF_CENSUS_H
#define BPF_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/census.h"
#include "trace/meta.h"

/*
 * include/uapi/linux/kernel-page-flags.h and include/linux/kernel-page-flags.h; numbers are frozen
 */
enum kpf {
	KPF_LOCKED = 0,
	KPF_REFERENCED = 2,
	KPF_UPTODATE = 3,
	KPF_DIRTY = 4,
	KPF_LRU = 5,
	KPF_ACTIVE = 6,
	KPF_SLAB = 7,
	KPF_WRITEBACK = 8,
	KPF_RECLAIM = 9,
	KPF_BUDDY = 10,
	KPF_MMAP = 11,
	KPF_ANON = 12,
	KPF_SWAPCACHE = 13,
	KPF_SWAPBACKED = 14,
	KPF_COMPOUND_HEAD = 15,
	KPF_COMPOUND_TAIL = 16,
	KPF_HUGE = 17,
	KPF_UNEVICTABLE = 18,
	KPF_HWPOISON = 19,
	KPF_NOPAGE = 20,
	KPF_KSM = 21,
	KPF_OFFLINE = 23,
	KPF_ZERO_PAGE = 24,
	KPF_PGTABLE = 26,
	KPF_RESERVED = 32,
	KPF_MLOCKED = 33,
	KPF_PRIVATE = 35,
};

/* The kind and CENSUS_* flags of a unit whose first page shows these KPF bits. */
void census_classify(uint64_t kpf, uint8_t *ret_kind, uint32_t *ret_flags);

/*
 * Turns pages into runs. All memory is taken at init: a scan that allocates would measure itself.
 */
struct census_builder {
	struct census_run *runs;
	size_t nr, cap;
	uint64_t next_pfn; /* that census_add() expects */
	uint64_t unit_pfn; /* start of the unit that is still open */
	uint64_t unit_kpf, unit_count;
	enum { UNIT_NONE, UNIT_PAGES, UNIT_FREE } open;
	/*
	 * Order of the hugetlb pages of this host, 0: not known. With the vmemmap optimisation the
	 * struct pages of most tails are the head's own, mapped again: they show a head every 64 pages.
	 */
	uint8_t huge_order;
};

/* For windows of at most `window` pages. */
int census_builder_init(struct census_builder *b, size_t window, struct error *err) __must_check;
void census_builder_fini(struct census_builder *b);

/* Begins a range: pfns jump, so whatever was open must have been closed. */
void census_begin(struct census_builder *b, uint64_t pfn);
/*
 * The next n pages (at most `window`). With `last` what is open is closed. Then b->runs[0 .. b->nr)
 * cover everything up to the returned pfn, exclusive; the rest comes with a later call.
 * The caller empties the list (b->nr = 0) between the calls.
 */
uint64_t census_add(struct census_builder *b, const uint64_t *kpf, const uint64_t *counts, size_t n,
		    bool last);

/* A scan of the running host over the ranges of meta. */
struct census_scan;

int census_scan_create(const struct trace_meta *meta, struct census_scan **ret,
		       struct error *err) __must_check;
void census_scan_destroy(struct census_scan *scan);

struct census_part {
	uint64_t start_pfn, end_pfn;   /* what the runs cover */
	const struct census_run *runs; /* until the next call */
	size_t nr;
};

/* 1: a part, which may be empty of pfns; 0: done. */
int census_scan_next(struct census_scan *scan, struct census_part *ret,
		     struct error *err) __must_check;

#endif
