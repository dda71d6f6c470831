/* SPDX-License-Identifier: GPL-2.0-only */
/* What every page is at one moment, as runs of equal units. */
#ifndef TRACE_CENSUS_H
#define TRACE_CENSUS_H

#include <stdint.h>

/* Flags of a unit. Numbers on disk. */
enum census_flag {
	CENSUS_LRU = 1 << 0,
	CENSUS_ACTIVE = 1 << 1,
	CENSUS_REFERENCED = 1 << 2,
	CENSUS_UPTODATE = 1 << 3,
	CENSUS_DIRTY = 1 << 4,
	CENSUS_WRITEBACK = 1 << 5,
	CENSUS_LOCKED = 1 << 6,
	CENSUS_MAPPED = 1 << 7,
	CENSUS_SWAPBACKED = 1 << 8,
	CENSUS_SWAPCACHE = 1 << 9,
	CENSUS_UNEVICTABLE = 1 << 10,
	CENSUS_MLOCKED = 1 << 11,
	CENSUS_PRIVATE = 1 << 12,
	CENSUS_COMPOUND = 1 << 13,
	CENSUS_RECLAIM = 1 << 14,
};

/*
 * `count` units side by side, each 1 << order pages, all alike. A unit is a folio, a compound page,
 * a free block or a single page. Runs are ascending and disjoint; pfns between runs are holes.
 */
struct census_run {
	uint64_t start_pfn;
	uint64_t count;	   /* units, at least 1 */
	uint64_t mapcount; /* of each unit: the sum over its pages of how often they are mapped */
	uint64_t memcg;	   /* inode of the memory cgroup that each is charged to; 0: to none */
	uint32_t flags;	   /* enum census_flag */
	uint8_t kind;	   /* enum page_kind */
	uint8_t order;	   /* 0..20 */
};

enum { CENSUS_MAX_ORDER = 20 };

#endif
