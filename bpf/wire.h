/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs leave in memory for the recorder to pick up. Private to one build: never in
 * a file. Included by both sides, so it holds no pointers and nothing but 64-bit words.
 *
 * Every CPU owns a ring of words, a power of two, and `head` and `tail` count words since the
 * start. Position p lies in chunk first + (p & mask) / WIRE_CHUNK_WORDS: a map value may not be larger
 * than KMALLOC_MAX_SIZE (4 MiB), so one ring is several values. A record starts anywhere and never wraps: it
 * runs on into what lies behind its chunk or behind the ring's end, and the next record starts at the place
 * that its position says. The words thus skipped stay zero.
 *
 * Word 0 of a record is written last and is never zero. The reader takes a zero for "not yet
 * written": a record of an interrupt may well be complete before the one that it interrupted.
 * The reader zeroes what it has read before it moves `tail`.
 *
 *	word 0	kind (5 bits), order (5), arg (20), pfn or count (34); WIRE_TIME: kind, ns (59)
 *	word 1	pointer that names the file or the mm; TASK: thread id, process id << 32
 *	word 2	index in the file; MIGRATE: the other pfn
 *
 * So that a ring takes no more of the caches than its traffic needs, the program goes back to the first chunk
 * whenever the reader has emptied it: head jumps to the next multiple of the ring's size, and the words in between
 * stay unused (rewind_if_empty() and ring_drain()).
 *
 * Reading the clock costs more than all the rest of a record, so the time stands in records of its own:
 * what follows a WIRE_TIME happened at that time or later. A new one is due
 *	- when the CPU has put `stride` words since, which follows the rate of events;
 *	- before the first event of another thread: what moves to another CPU with a thread keeps its order;
 *	- before the first block that leaves the free lists after anything else: the same for pages;
 *	- when the recorder asks, as it does whenever it has emptied the ring and before each step of the census.
 * So a time is never later than the end of the program that put the event, which is what keeps the order of
 * what one CPU does after another, and never earlier than the recorder's last look at this ring.
 */
#ifndef BPF_WIRE_H
#define BPF_WIRE_H

#include <stdint.h>

#include "trace/event.h"

enum {
	WIRE_KIND_BITS = 5,
	WIRE_ORDER_BITS = 5,
	WIRE_ARG_BITS = 20,
	WIRE_PFN_BITS = 34, /* 64 TiB of RAM; recorder_create() refuses more */

	WIRE_ORDER_SHIFT = WIRE_KIND_BITS,
	WIRE_ARG_SHIFT = WIRE_ORDER_SHIFT + WIRE_ORDER_BITS,
	WIRE_PFN_SHIFT = WIRE_ARG_SHIFT + WIRE_ARG_BITS,

	WIRE_MT_SHIFT = 16, /* page_alloc: GFPC_* in arg bits 0..15, migratetype in 16..19 */

	WIRE_TIME = 31, /* the kind of a record that is no event */
	WIRE_STRIDE_MAX = 64,
	/*
	 * One reading of the clock, and what goes with it, is as much as all else that an event takes; once in so
	 * long it is 0.05 % of a CPU. A compiler faults every 40 us, so 32 us would be one for each of its pages.
	 */
	WIRE_STRIDE_NS = 131072,

	/* map_*: level in arg bits 0..1, then flags, then the count; 0 pages: 2^18, a PUD's */
	WIRE_MAP_ANON = 1 << 2,
	WIRE_MAP_NEW = 1 << 3,
	WIRE_COUNT_SHIFT = 4,
	WIRE_COUNT_MASK = 0xffff,
	WIRE_SCAN_SHIFT = 1, /* scan: which scanner in bit 0, then the count */
	WIRE_SCAN_MAX = 0x7ffff,

	WIRE_SLOTS = 64,   /* rows of hooks.def */
	WIRE_CLASSES = 32, /* a power of two, for counters by class */
	WIRE_LEVELS = 3,   /* with rings per level: thread, softirq, interrupt, each with its own */

	WIRE_CHUNK_WORDS = 1 << 12, /* 32 KiB */
	WIRE_SLACK_WORDS = 8,	    /* at least the longest record */
	/*
	 * Kept free: between the check for room and the reservation an interrupt, a softirq and an
	 * NMI may each put two records of their own, so the check alone would not bound the head.
	 */
	WIRE_MARGIN_WORDS = 256,
	WIRE_MIN_RING_WORDS = 1 << 12, /* also of what interrupts a program: that is rare */

	WIRE_CALIBRATION = 256, /* struct page pointers kept while the vmemmap base is sought */

	WIRE_MEMBERS = 1 << 16,	    /* chosen processes alive at once */
	WIRE_OWNED_PAGES = 1 << 12, /* pages per value of the map of chosen pages */
};

#define WIRE_LOCAL (UINT64_C(1) << 32)
#define WIRE_CHOSEN (UINT64_C(1) << 32)

/* What is recorded, fixed before the programs are loaded; zeros: all. */
struct wire_select {
	uint64_t ns_dev, ns_ino; /* the recorder's pid namespace */
	uint8_t by_pid, by_cgroup, by_cpu;
};

/* A byte per page, which two CPUs can write side by side without BPF's later atomic operations: 1 for a chosen one. */
struct wire_owned {
	union {
		uint8_t page[WIRE_OWNED_PAGES];
		uint64_t word[WIRE_OWNED_PAGES / 8];
	};
};

_Static_assert((int)EVENT_KIND_MAX <= (int)WIRE_TIME, "kinds fit");
_Static_assert((int)WIRE_PFN_SHIFT + (int)WIRE_PFN_BITS == 64, "word 0 is full");

struct wire_chunk {
	uint64_t words[WIRE_CHUNK_WORDS + WIRE_SLACK_WORDS];
};

/* An event that a program has served: its object, 0: none, and where on the stack its context lies. */
struct wire_mark {
	uint64_t object, frame;
};

/* The events of one kind that a program has served and its backup has not seen: served.bpf.h. */
struct wire_served {
	struct wire_mark mark;	   /* the last one */
	struct wire_mark below[2]; /* interrupted on another stack, on the same one */
	uint64_t rescued;	   /* events that the backup had to record */
	uint64_t pad;
};

/*
 * One per CPU. The lines are apart: the program writes the first at every event, the recorder the second. In
 * the first the recorder only ever sets `limit` to 0: a stamp is due. It does no harm when the program's own
 * store overrides that.
 */
struct wire_cpu {
	uint64_t head; /* words reserved */
	uint64_t
		limit; /* from this head on refresh() comes first: for a stamp, for room, to begin */
	uint64_t task; /* current when the last TASK record was put: thread id, process id << 32 */
	uint64_t gfp;  /* flags translated last, and GFPC_* << 32 */
	uint64_t vmemmap_base;
	uint64_t choosy;      /* not every event is recorded: select.bpf.h is asked */
	uint32_t mask, first; /* of the ring: its words - 1, its first chunk */
	uint64_t depth;	      /* records being put, one inside the other (rings per level) */
	uint64_t tail;	      /* words read and zeroed */
	uint64_t pad1[7];
	uint64_t stamp;	      /* the last one, ns */
	uint64_t stride;      /* words from one stamp to the next */
	uint64_t minor_limit; /* up to this head there is known to be room for minor kinds */
	uint64_t taken;	      /* head after the last block that left the free lists */
	uint64_t
		last_alloc; /* struct page that mm_page_alloc reported last, for the bulk allocator */
	uint64_t barred;    /* nobody is chosen on this CPU */
	uint64_t judged;    /* thread | judgements so far << 33, and WIRE_CHOSEN if it is chosen */
	uint64_t
		jump_from; /* head when the ring was empty and the next record was to go into its first chunk */
	struct wire_served served[2]; /* allocations, frees */
	uint64_t lost[WIRE_CLASSES];  /* records that found no room, by enum event_class */
	uint64_t hits[WIRE_SLOTS];    /* runs of the program that serves a slot of hooks.def */
	uint64_t added, added_by;     /* folio that entered the page cache last, and the thread */
	uint64_t batch, batch_head; /* batch or folio that a caller recorded, and head after that */
	uint64_t bulk_before;	    /* entries that the bulk allocator found filled */
	uint64_t jumped;	    /* where head went from there, once it is there */
	uint64_t pad3[2];
	uint64_t unsampled
		[WIRE_CLASSES]; /* events of pages outside the sample, by enum event_class */
};

_Static_assert(sizeof(struct wire_cpu) == 1408, "whole lines");
_Static_assert((int)CLASS_MAX <= (int)WIRE_CLASSES, "classes fit");

#define WIRE_HAS_PAGE(number, fields) ((fields)&F_PFN ? 1 << (number) : 0)

/* Kinds whose payload is a page. */
enum {
	WIRE_PAGE_KINDS = 0
#define EVENT(number, NAME, name, fields, CLASS, doc) | WIRE_HAS_PAGE(number, fields)
#include "trace/events.def"
#undef EVENT
};

#define WIRE_IS_MINOR(number, CLASS)                                                               \
	(CLASS_##CLASS == CLASS_LOOKUP || CLASS_##CLASS == CLASS_RSS ||                            \
			 CLASS_##CLASS == CLASS_WRITEBACK || CLASS_##CLASS == CLASS_SCAN ||        \
			 CLASS_##CLASS == CLASS_TABLE || CLASS_##CLASS == CLASS_OBJECT             \
		 ? 1 << (number)                                                                   \
		 : 0)

/* Kinds that no page's life hangs on: the last part of a ring, one in WIRE_MINOR_SHARE, is not for them. */
enum {
	WIRE_MINOR_KINDS = 0
#define EVENT(number, NAME, name, fields, CLASS, doc) | WIRE_IS_MINOR(number, CLASS)
#include "trace/events.def"
#undef EVENT
	,
	WIRE_MINOR_SHARE = 8,
};

_Static_assert(EVENT_KIND_MAX < 32, "a bit for each kind");

/* Words that a record of this kind takes. */
static inline uint32_t wire_words(uint32_t kind)
{
	switch (kind) {
	case EVENT_CACHE_ADD:
	case EVENT_CACHE_DEL:
	case EVENT_CACHE_READ:
	case EVENT_CACHE_FAULT:
	case EVENT_CACHE_MAP:
	case EVENT_MIGRATE:
		return 3;
	case EVENT_RSS_STAT:
	case EVENT_TASK:
		return 2;
	default:
		return 1;
	}
}

static inline uint64_t wire_word0(uint32_t kind, uint32_t order, uint32_t arg, uint64_t pfn)
{
	return (uint64_t)kind | (uint64_t)order << WIRE_ORDER_SHIFT |
	       (uint64_t)arg << WIRE_ARG_SHIFT | pfn << WIRE_PFN_SHIFT;
}

/*
 * Where an entry of a page table of x86-64 points, a table or a page of 4 KiB or more: bits 12 to 46. What lies above are
 * no bits of an address in a machine that is recorded, but that of AMD's memory encryption (47 or 51, as CPUID
 * 0x8000001f says), Intel's keys, protection keys and NX. arm64 has as many attributes there, and one bit for none.
 */
static inline uint64_t wire_entry_pfn(uint64_t entry)
{
	return (entry & UINT64_C(0x00007ffffffff000)) >> 12;
}

static inline uint64_t wire_time(uint64_t ns)
{
	return (uint64_t)WIRE_TIME | ns << WIRE_KIND_BITS;
}

#endif
