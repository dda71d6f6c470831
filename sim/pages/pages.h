/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every page of the recorded host is, at each moment of the trace: a state machine over census and
 * events that knows nothing of layouts. Its output is the list of operations that the kernel carried out
 * on page metadata, which every layout model then charges in its own way.
 *
 * What a trace does not tell is never made up silently: it is counted in struct pages_counts.
 */
#ifndef SIM_PAGES_H
#define SIM_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/page_kind.h"
#include "sim/access/op.h"
#include "trace/meta.h"
#include "trace/reader.h"

struct pages;

/* Highest order of a free block (MAX_PAGE_ORDER with 4 KiB pages). */
enum { BUDDY_MAX_ORDER = 10 };

/* Counters of a replay's page side. PAGES_COUNT(name, doc) */
#define PAGES_COUNTS(PAGES_COUNT)                                                                  \
	PAGES_COUNT(superseded, "events older than the census of their pages, not replayed")       \
	PAGES_COUNT(ignored, "events of kinds that move no page metadata here")                    \
	PAGES_COUNT(outside, "events of pages or CPUs outside the recorded host")                  \
	PAGES_COUNT(appeared, "pages that were in use without a traced allocation")                \
	PAGES_COUNT(unseen_frees, "pages freed whose allocation was not seen")                     \
	PAGES_COUNT(reallocated, "pages handed out that were not free here")                       \
	PAGES_COUNT(buddy_unknown,                                                                 \
		    "blocks taken from the buddy allocator that were not free here")               \
	PAGES_COUNT(split, "units that were freed or used in parts")                               \
	PAGES_COUNT(inferred_pgtable, "allocations taken for page tables by their gfp flags")      \
	PAGES_COUNT(inferred_slab, "allocations taken for slabs by their gfp flags")               \
	PAGES_COUNT(lookups_resolved, "folios looked up that are known")                           \
	PAGES_COUNT(lookups_unresolved,                                                            \
		    "lookups in files whose folios were cached before the trace")                  \
	PAGES_COUNT(neighbours_unknown,                                                            \
		    "list neighbours that are not known: listed before the trace")

struct pages_counts {
#define PAGES_COUNT(name, doc) uint64_t name;
	PAGES_COUNTS(PAGES_COUNT)
#undef PAGES_COUNT
	/* units by kind and order, now; free blocks are in free_blocks instead */
	uint64_t units[PAGE_KIND_MAX][CENSUS_MAX_ORDER + 1];
	uint64_t kind_pages[PAGE_KIND_MAX];	   /* pages by kind, now */
	uint64_t free_blocks[BUDDY_MAX_ORDER + 1]; /* buddy blocks by order, now */
};

/* False: the host's memory reaches 16 TiB of physical addresses or more; pfns are 32 bits here. */
static inline bool pages_can_hold(const struct trace_meta *meta)
{
	return meta->max_pfn < UINT32_MAX;
}

/* -E2BIG: they cannot hold it, or it has too many CPUs. */
int pages_create(const struct trace_meta *meta, struct pages **ret, struct error *err) __must_check;
void pages_destroy(struct pages *p);

/* Operations as of a kernel with this code (bits by enum code) instead of the recorded one's. */
void pages_set_code(struct pages *p, uint64_t code);

/* From now on only the operations are emitted that change who describes memory; undescribed: not even these. */
void pages_memory_only(struct pages *p, bool undescribed);

/*
 * From now on accesses become operations; of the events only what changes who describes memory does. Otherwise
 * accesses are as if they were not there.
 */
void pages_take_accesses(struct pages *p);

/* From now on an OP_TIME precedes a CPU's operations once PAGES_TIME_NS have passed there since the last. */
int pages_keep_time(struct pages *p, struct error *err) __must_check;
/*
 * At the heaviest named pressure 60 lines enter an L1 of 64 sets meanwhile: less than one for each set, so
 * that a finer clock would change little.
 */
enum { PAGES_TIME_NS = 500 };

/* Both append operations to out. */
int pages_census(struct pages *p, const struct trace_block *census, struct op_list *out,
		 struct error *err) __must_check;
int pages_events(struct pages *p, const struct event *events, size_t nr, struct op_list *out,
		 struct error *err) __must_check;

/*
 * Kinds of events, a bit each, of which nothing matters here but how many there were: they may be left out of
 * pages_events(), and told by number.
 */
uint64_t pages_idle_kinds(const struct pages *p);
void pages_ignore(struct pages *p, uint64_t nr);

/* Whether an event that has a pfn counts: its pages are the host's, and the census is not the later word on them. */
bool pages_takes_event(const struct pages *p, const struct event *e);
/* From this time on the census is the later word on nothing. */
uint64_t pages_census_end_ns(const struct pages *p);

const struct pages_counts *pages_counts(const struct pages *p);

/* Units as they are now, free blocks or what was handed out as one: so many of a kind and order, side by side. */
struct pages_units {
	uint32_t pfn, nr;
	uint8_t kind, order;
};

/* Those that begin at pfn, or where none does, the first ones behind it; false: there are none. */
bool pages_next_units(const struct pages *p, const struct trace_meta *meta, uint64_t pfn,
		      struct pages_units *ret);

#endif
