/* SPDX-License-Identifier: GPL-2.0-only */
/* The event vocabulary: what happened to a page, as a trace tells it. */
#ifndef TRACE_EVENT_H
#define TRACE_EVENT_H

#include <stdint.h>

enum event_kind {
#define EVENT(number, NAME, name, fields, CLASS, doc) EVENT_##NAME = (number),
#include "trace/events.def"
#undef EVENT
	EVENT_KIND_MAX
};

enum event_class {
#define CLASS(number, NAME, name, doc) CLASS_##NAME = (number),
#include "trace/classes.def"
#undef CLASS
	CLASS_MAX
};

/* Which members a kind carries. */
enum { F_PFN = 1, F_ORDER = 2, F_INDEX = 4, F_OBJ = 8, F_ARG = 16, F_COUNT = 32 };

/* One decoded event. Members that its kind does not carry are 0. */
struct event {
	uint64_t ts_ns; /* CLOCK_MONOTONIC ns since the start of the trace; never goes back */
	uint64_t pfn;	/* first page of the allocation or folio */
	uint64_t index; /* place in the file, in base pages */
	uint32_t obj;	/* the file or mm, as a small number private to the trace; 0: none */
	uint32_t arg;	/* meaning per kind, see events.def */
	uint32_t count; /* pages, or what the kind says */
	uint16_t cpu;
	uint8_t kind;  /* enum event_kind */
	uint8_t order; /* 1 << order base pages */
};

/*
 * gfp flags in memsim's own numbering: the kernel's numbers move between versions and
 * configurations (v6.10, commit 772dd0342727 "mm: enumerate all gfp flags").
 */
enum {
	GFPC_MOVABLE = 1 << 0,
	GFPC_RECLAIMABLE = 1 << 1,
	GFPC_COMP = 1 << 2,
	GFPC_ZERO = 1 << 3,
	GFPC_ACCOUNT = 1 << 4,
	GFPC_NOWARN = 1 << 5,
	GFPC_NORETRY = 1 << 6,
	GFPC_NOMEMALLOC = 1 << 7,
	GFPC_HIGHMEM = 1 << 8,
	GFPC_DIRECT_RECLAIM = 1 << 9,
	GFPC_KSWAPD_RECLAIM = 1 << 10,
	GFPC_IO = 1 << 11,
	GFPC_FS = 1 << 12,
	GFPC_HARDWALL = 1 << 13,
	GFPC_RETRY_MAYFAIL = 1 << 14,
	GFPC_NOFAIL = 1 << 15,
	GFPC_MT_SHIFT = 24, /* migratetype in bits 24..27 */
};

/* arg of page_free: what the page still told when it was given back. */
enum { FREE_ANON = 1 << 0, FREE_HEAD = 1 << 1 };

/* Folio flags at bit 8 of arg of lru_add and lru_activate. */
enum {
	LRUF_ANON = 1 << 0,	  /* mapping says anonymous */
	LRUF_SWAPBACKED = 1 << 1, /* anon or shmem */
	LRUF_SWAPCACHE = 1 << 2,
	LRUF_KSM = 1 << 3,
	LRUF_SHIFT = 8,
};

/* arg of folio_get. */
enum {
	FOLIO_GET_ENTRY,
	FOLIO_GET_READ,
	FOLIO_GET_MAP,
	FOLIO_GET_BATCH,
	FOLIO_GET_BUFFER, /* found by its buffer head: marked accessed, not referenced */
};

/* arg of table_lock. */
enum { TABLE_LOCKED, TABLE_FOUND };

/* arg of object_free: one of these. */
enum {
	OBJECT_TO_CACHE,
	OBJECT_KFREE,
	OBJECT_TO_SLAB, /* the slow path: as many as the bits above say, or one; the pfn is the slab's */
	OBJECT_IN_BULK,
	OBJECT_REFILL,	/* not freed: the slow path of allocation handed it out */
	OBJECT_COPIED,	/* not freed: checked before a copy; above, in which direction */
	OBJECT_LATER,	/* kfree_rcu(), where that looks at the slab */
	OBJECT_HOW = 7, /* mask of these */
	OBJECT_NR_SHIFT = 3,
	OBJECT_NR_MAX = 0x1ffff,
};

/* The bits above OBJECT_COPIED; 0 where the recorder did not tell yet. */
enum { COPY_FROM_USER = 1, COPY_TO_USER = 2 };

/*
 * arg of pgtable_page: its use in bit 0, then which level it is of. PTE is also said where the level is not told. The
 * topmost tables are told since pages of that level have events.
 */
enum { PGTABLE_LEVEL_SHIFT = 1 };
enum pgtable_level { PGTABLE_PTE, PGTABLE_PMD, PGTABLE_PUD, PGTABLE_PGD };

/* arg of slab_page: its use in bit 0, then how many objects a new slab holds, or 0. */
enum { SLAB_OBJECTS_SHIFT = 1 };

/* arg of thp, in its lowest byte; behind that the order of what a split leaves. */
enum { THP_SPLIT, THP_SCAN, THP_COLLAPSE, THP_WHAT = 0xff, THP_ORDER_SHIFT = 8 };

/* arg of map_add, map_del and map_dup. */
enum {
	MAPF_PTE = 0,
	MAPF_PMD = 1,
	MAPF_PUD = 2,
	MAPF_LEVEL = 3, /* mask of these */
	MAPF_ANON = 1 << 8,
	MAPF_NEW = 1 << 9, /* the folio's first mapping */
};

/*
 * arg of access. One instruction that loads and stores one place is one access. The level is where the emulator's
 * caches, which hold all data of the machine, had the line: 0 not known, 1 L1, 2 L2, 3 LLC, 4 memory. The function
 * is a row of the header's table.
 */
enum {
	ACCESS_OFFSET = 0x7f, /* mask: byte of the struct page where it begins */
	ACCESS_SIZE_SHIFT = 7,
	ACCESS_SIZE = 7, /* mask: 1 << this bytes */
	ACCESS_LOAD = 1 << 10,
	ACCESS_STORE = 1 << 11,
	ACCESS_LOCKED = 1 << 12,
	ACCESS_LEVEL_SHIFT = 13,
	ACCESS_LEVEL = 7, /* mask */
	ACCESS_FUNCTION_SHIFT = 16,
};

#define BUDDY_TAKE_PCP_REFILL (1u << 8)

struct event_info {
	const char *name, *doc;
	uint8_t fields; /* F_* */
	uint8_t cls;	/* enum event_class */
};

/* NULL for a number that is not an event. Static storage. */
const struct event_info *event_info(unsigned int kind);
const char *event_class_name(enum event_class cls);
const char *event_class_doc(enum event_class cls);
/* The class of that name, or -1. */
int event_class_find(const char *name);

#endif
