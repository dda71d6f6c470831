/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every page is now, as runs of equal units: from the memmap itself, read by a BPF program,
 * or from /proc/kpageflags and /proc/kpagecount.
 * The classifier is fed windows of any size and keeps a folio or free block open across them.
 */
#ifndef BPF_CENSUS_H
#define BPF_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/census/kpf.h"
#include "trace/census.h"
#include "trace/meta.h"

/*
 * Pages side by side, a word of each sort per page: as kpf.h has them, how often it is mapped, and the inode of
 * the memory cgroup that it is charged to. Only the word of a unit's first page counts for the last.
 */
struct census_window {
	uint64_t *kpf, *counts, *memcgs;
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
	uint64_t unit_kpf, unit_count, unit_memcg;
	uint64_t skip_to; /* what comes before belongs to a free block that is put already */
	uint64_t window_end;
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
uint64_t census_add(struct census_builder *b, const struct census_window *window, size_t n,
		    bool last);

/*
 * A scan of the running host over the ranges of meta. With the address of its memmap (0: not known)
 * and a kernel that has what memmap.h needs, the memmap is read; else the files are.
 */
struct census_scan;

int census_scan_create(const struct trace_meta *meta, uint64_t vmemmap_base,
		       struct census_scan **ret, struct error *err) __must_check;
/* The next scan with the same means; a fresh one needs no rewinding. */
void census_scan_rewind(struct census_scan *scan);
/* Into the head of a trace: what is read, and whence the memory cgroups come. */
void census_scan_describe(const struct census_scan *scan, struct trace_meta *meta);
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
