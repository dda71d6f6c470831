/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the page-state machine: pages*.c, freelist.c. */
#ifndef SIM_PAGES_INTERNAL_H
#define SIM_PAGES_INTERNAL_H

#include <stdbool.h>

#include "base/idmap.h"
#include "sim/access/kernel_code.h"
#include "sim/access/nodes.h"
#include "sim/pages/page_state.h"
#include "sim/pages/pages.h"
#include "sim/pages/pages_kinds.h"

#define PAGE_USAGE_MAPCOUNT_MAX 0xffffffu

/*
 * folio_mark_accessed() with the multi-generational LRU: PG_referenced, PG_workingset, then LRU_REFS_WIDTH bits
 * counted up to three (folio_inc_refs() of mm/swap.c, v6.1 to v6.13). With the classic one, which marks once, it
 * stands for a folio that was activated.
 */
enum { ACCESSED_MAX = 5 };

/* In a unit's first page. Zeros where nothing is known; a unit that is made anew starts with that. */
struct page_usage {
	uint32_t mapcount : 24; /* mappings of all its pages; of socket buffers' pages, fragments */
	uint32_t accessed : 3;	/* how often folio_mark_accessed() found something to mark */
	uint32_t exclusive : 1; /* PG_anon_exclusive */
	uint32_t buffers : 1;	/* has buffer heads */
	/* cached, neither read in nor written to yet; zeroed, not mapped yet; of slabs, no object came back yet */
	uint32_t fresh : 1;
	uint32_t dirty : 1, zapped : 1; /* zapped: waits in the batch of a CPU */
};

/* What only operations want to know. */
struct page_more {
	uint32_t next, prev; /* neighbours on the list as pfn + 1; 0: none */
	struct page_usage usage;
};

_Static_assert(sizeof(struct page_state) == 4 && sizeof(struct page_more) == 12,
	       "16 bytes per page; 4 of them where operations are not asked for");

/* Objects of other slabs that build_detached_freelist() of mm/slub.c looks at before it gives up. */
enum { LOOK_AHEAD = 3 };

/* What is going on on a CPU, from one event to the next. */
struct page_cpu {
	uint32_t got; /* pfn + 1 of a folio looked up by itself; what for shows in the next event */
	uint32_t found_table; /* pfn + 1 of a table that a fault found; locked, if no other is */
	uint32_t fault_table; /* the same once another was locked: while a shared page was copied */
	uint32_t slab;	      /* pfn + 1 of the slab that was made or taken apart last */
	uint32_t group;	      /* the same of the object before, if both are given back in bulk */
	uint8_t flushed;      /* objects that were put into slabs in a row */
	uint8_t ahead
		[LOOK_AHEAD]; /* of the slabs before: objects of others that each met, still to come */
	uint32_t freed;	   /* pfn + 1 of the folio that was freed last, none was allocated since */
	uint32_t fragment; /* pfn + 1 of the page of socket buffers that was filled last */
	uint32_t fill, sent; /* pages left in it where that copy began; since its buffer began */
	bool alone;	     /* the buffer that the last copy began was sent at once */
	bool received;	     /* something was copied out of such a page since */
	bool kernel;	     /* its thread is one of the kernel's */
	bool mapped_new;     /* a new anonymous page was mapped last */
	uint32_t *zapped;    /* unmapped pages that wait to be put */
	size_t first, nr;    /* those in zapped[] */
};

/* One list: its ends as pfn + 1; 0: empty. */
struct page_list {
	uint32_t first, last;
};

enum {
	NR_LRU_LISTS = 8,
	NR_MIGRATETYPES = 8,
	PCP_MAX_ORDER =
		3, /* PAGE_ALLOC_COSTLY_ORDER; above it only the THP order has per-CPU lists */
	PCP_THP_ORDER = 9,
	NR_PCP_LISTS = PCP_MAX_ORDER + 2, /* per CPU */

	/* numbers of the lists */
	LIST_NONE = 0,
	LIST_LRU = 1,
	LIST_BUDDY = LIST_LRU + NR_LRU_LISTS,
	LIST_PCP = LIST_BUDDY + (BUDDY_MAX_ORDER + 1) * NR_MIGRATETYPES,
	LIST_MAX = 1 << 16,

	CACHE_FILES = 1 << 13,
};

struct census_range {
	uint64_t start, end, ts_ns;
};

/* Some memory side by side: when a part of it was looked at first and last. So few events need a search of the ranges. */
struct census_look {
	uint64_t first_ns, last_ns;
	bool any;
	bool whole; /* one range, at least, holds all of it */
};

enum { LOOK_SHIFT = 13 }; /* pages of one look: 32 MiB, as memsim's own census goes */

struct pages {
	struct page_state *state;	/* by pfn */
	struct page_more *more;		/* by pfn */
	uint8_t fields[EVENT_KIND_MAX]; /* F_* */
	struct page_cpu *cpus;
	uint8_t accessed_max; /* how often folio_mark_accessed() writes before it only reads */
	bool classic_lru;     /* the recorded kernel's: activations have events */
	uint32_t max_pfn, page_size;
	uint32_t touched_end; /* from here on every state is still as mapped: all zero */
	uint32_t nr_cpus;
	struct page_list *lists; /* of each node nr_lists: LIST_PCP + nr_cpus * NR_PCP_LISTS */
	uint32_t nr_lists;
	struct nodes *nodes;   /* of the recorded host; NULL: it has one */
	uint64_t *told_ns;     /* per CPU: time of its last OP_TIME; NULL: not asked for */
	uint32_t last_pgd;     /* pfn + 1 of the topmost page table that came last */
	uint32_t *last_take;   /* per CPU: pfn + 1 of the block that buddy_take named last */
	struct idmap *cache;   /* (file, index) -> pfn of folios added during the trace */
	uint32_t cache_orders; /* bit per order that such a folio had */
	/* bit per file that had such a folio: most lookups are in others. Files far apart share one. */
	uint64_t cache_files[CACHE_FILES / 64];
	struct census_range *census; /* for events older than their page's census */
	size_t nr_census, cap_census;
	struct census_look *looks; /* by pfn >> LOOK_SHIFT */
	bool census_ascends;	   /* each range begins where the one before ends, or later */
	uint64_t census_end_ns;	   /* latest of these */
	bool exact[CLASS_MAX];	   /* classes of which the trace has every event */
	uint64_t code;		   /* whose operations these are to be: bits by enum code */
	bool frees_in_order;	   /* pages are freed in the order in which they were unmapped */
	bool tagged_untold; /* the trace does not say which folios are looked up to be written back */
	struct pages_counts counts;
	bool memory_only;  /* only operations of descriptors are emitted, and `more` is not kept */
	bool undescribed;  /* and not even these: no layout has any */
	bool accesses;	   /* and accesses */
	struct op nobodys; /* stands for those that are not */
	struct op_list *out; /* where operations go during a call */
};

static inline bool pfn_ok(const struct pages *p, uint64_t pfn, unsigned int order)
{
	return pfn < p->max_pfn && p->max_pfn - pfn >= 1ULL << order;
}

/* Whether the census may be the later word on what happened then: pages_event.c says whether it is. */
static inline bool may_be_superseded(const struct pages *p, const struct event *e)
{
	return e->ts_ns < p->census_end_ns && e->ts_ns < p->looks[e->pfn >> LOOK_SHIFT].last_ns;
}

/* pages.c: units and lists */

/* Appends an operation, to be completed. Valid until the next one. */
static inline struct op *pages_emit(struct pages *p, enum op_kind kind, uint32_t pfn,
				    unsigned int order, uint16_t cpu)
{
	struct op *op;

	if (p->memory_only && (p->undescribed || !op_is_of_descriptors(kind)))
		return &p->nobodys;
	op = op_list_add(p->out);
	op->pfn = pfn;
	op->next = PFN_NONE;
	op->prev = PFN_NONE;
	op->cpu = cpu;
	op->kind = (uint8_t)kind;
	op->order = (uint8_t)order;
	op->page_kind = p->state[pfn].kind;
	op->old_kind = 0;
	return op;
}

/* Of a unit, by its first page; without operations, of nobody. */
static inline struct page_usage *pages_usage(struct pages *p, uint32_t head)
{
	return &p->more[p->memory_only ? 0 : head].usage;
}

/* For pages_set_unit(), order 1 and up. */
void pages_set_large_unit(struct pages *p, uint32_t pfn, unsigned int order, enum page_kind kind);

/* The page is no part any more of what it was. */
static inline void pages_forget(struct pages *p, const struct page_state *state)
{
	p->counts.kind_pages[state->kind]--;
	if (!(state->flags & PS_TAIL) && state->kind != PAGE_KIND_FREE)
		p->counts.units[state->kind][state->order]--;
}

/* Makes [pfn, pfn + 2^order) one unit of a kind, whatever its pages were before. */
static inline void pages_set_unit(struct pages *p, uint32_t pfn, unsigned int order,
				  enum page_kind kind)
{
	struct page_state *state = &p->state[pfn];

	if (order) {
		pages_set_large_unit(p, pfn, order, kind);
		return;
	}
	pages_forget(p, state);
	p->counts.kind_pages[kind]++;
	if (kind != PAGE_KIND_FREE)
		p->counts.units[kind][0]++;
	state->kind = kind & 31;
	state->order = 0;
	state->flags = 0;
	*pages_usage(p, pfn) = (struct page_usage){0};
}

/* The unit at pfn, in use, turns out to be of another kind. */
void pages_rekind_unit(struct pages *p, uint32_t pfn, enum page_kind kind);
/* For pages_unit_head(), if pfn is not the first one. */
uint32_t pages_find_head(const struct pages *p, uint32_t pfn);

/* The first page of the unit that holds pfn. */
static inline uint32_t pages_unit_head(const struct pages *p, uint32_t pfn)
{
	return p->state[pfn].flags & PS_TAIL ? pages_find_head(p, pfn) : pfn;
}

/* The pages beside it on its list, as pfn; PFN_NONE: none. */
static inline uint32_t list_next(const struct pages *p, uint32_t pfn)
{
	return p->memory_only ? PFN_NONE : p->more[pfn].next - 1; /* 0 - 1 is PFN_NONE */
}

static inline uint32_t list_prev(const struct pages *p, uint32_t pfn)
{
	return p->memory_only ? PFN_NONE : p->more[pfn].prev - 1;
}

/*
 * Every node has its LRU lists (struct pglist_data), free lists and CPUs' lists (struct zone): pages of two nodes are
 * never neighbours. Zones of one node, which traces do not tell, are taken for one.
 */
static inline struct page_list *list_ends(const struct pages *p, unsigned int list, uint32_t pfn)
{
	return &p->lists[(size_t)nodes_of_pfn(p->nodes, pfn) * p->nr_lists + list];
}

/* The page must not be on a list. */
static inline void list_push(struct pages *p, unsigned int list, uint32_t pfn)
{
	struct page_list *ends = list_ends(p, list, pfn);
	struct page_more *more = &p->more[pfn];

	p->state[pfn].list = list & (LIST_MAX - 1);
	if (p->memory_only)
		return;
	more->prev = 0;
	more->next = ends->first;
	if (ends->first)
		p->more[ends->first - 1].prev = pfn + 1;
	else
		ends->last = pfn + 1;
	ends->first = pfn + 1;
}

void list_push_tail(struct pages *p, unsigned int list, uint32_t pfn);
/* Takes the page off its list, if it is on one, and tells the operation who was beside it. */
void list_del(struct pages *p, uint32_t pfn, struct op *op);

static inline void pages_leave_list(struct pages *p, enum op_kind kind, uint32_t pfn,
				    unsigned int order, uint16_t cpu)
{
	list_del(p, pfn, pages_emit(p, kind, pfn, order, cpu));
}

/* pages_unit.c: units that come to be and end */

static inline void pages_describe(struct pages *p, uint32_t pfn, unsigned int order, uint16_t cpu)
{
	pages_emit(p, OP_DESCRIBE, pfn, order, cpu);
}

/* Breaks a unit up into pieces of a lower order, each described anew: a THP split, a partial free. */
void pages_split_unit(struct pages *p, uint32_t head, unsigned int to_order, uint16_t cpu);

/*
 * Makes [pfn, pfn + 2^order) a unit on its own, if it is a part of a larger one. What lies inside it in
 * smaller units stays as it is.
 */
static inline void pages_cut_out(struct pages *p, uint32_t pfn, unsigned int order, uint16_t cpu)
{
	uint32_t head = pages_unit_head(p, pfn);

	if (!kind_is_free(p->state[head].kind) && p->state[head].order > order)
		pages_split_unit(p, head, order, cpu);
}

/* Takes whatever is free in [pfn, pfn + 2^order) off the free lists, and ends what is in use there. */
void pages_clear_range(struct pages *p, uint32_t pfn, unsigned int order, uint16_t cpu);
/* The unit that a folio event names, made so if the trace shows it for the first time. */
struct page_state *pages_folio_unit(struct pages *p, const struct event *e, enum page_kind kind);

/* pages_alloc.c: events of the allocator */

void pages_alloc(struct pages *p, const struct event *e);
void pages_free(struct pages *p, const struct event *e);
/* A block leaves the free lists; refill: for a per-CPU list. */
void pages_buddy_take(struct pages *p, const struct event *e, bool refill);
void pages_pcp_drain(struct pages *p, const struct event *e);

/* What the flags of the allocation tell; what is inferred is counted. */
enum page_kind pages_kind_of_alloc(struct pages *p, const struct event *e);

/* pages_table.c */

/* A table that is remembered by its pfn + 1 is locked and unlocked, and forgotten. */
void pages_lock_table(struct pages *p, uint32_t *table, uint16_t cpu);
void pages_table_lock(struct pages *p, const struct event *e);
/* Pages become, or cease to be, a page table. */
void pages_table(struct pages *p, const struct event *e);

/* pages_event.c: any event but an access */
int pages_one_event(struct pages *p, const struct event *e, struct error *err) __must_check;

/* pages_memory.c: events where only memory is asked for, and not of accesses */
int pages_memory_events(struct pages *p, const struct event *events, size_t nr,
			struct error *err) __must_check;

/* pages_folio.c: events of the LRU lists and the page cache */

void pages_lru_add(struct pages *p, const struct event *e);
void pages_lru_activate(struct pages *p, const struct event *e);
/* Whether folios of this file were put into the page cache during the trace; or of another one. */
static inline bool pages_may_be_cached(const struct pages *p, uint32_t obj)
{
	return p->cache_files[obj % CACHE_FILES / 64] >> obj % 64 & 1;
}

int pages_cache_add(struct pages *p, const struct event *e, struct error *err);
void pages_cache_del(struct pages *p, const struct event *e);
/* `pages` pages of the file from the event's index on, as far as the trace knows the folios there. */
void pages_cache_lookup(struct pages *p, const struct event *e, enum op_kind kind, uint32_t pages,
			unsigned int max_folios);

/* pages_migrate.c */

/* The folio at the event's pfn is now at its index. */
void pages_migrate(struct pages *p, const struct event *e);

/* pages_thp.c */

/* A huge page is split, or khugepaged is about a page. */
void pages_thp(struct pages *p, const struct event *e);

/* pages_usage.c */

/* A folio moves to the active list of its kind. */
void pages_activate(struct pages *p, uint32_t head, uint16_t cpu);
/* folio_mark_accessed() */
void pages_accessed(struct pages *p, uint32_t head, uint16_t cpu);
/* What kernels do that have no function for mappings in batches: the operation is nothing on others. */
static inline void pages_emit_unbatched(struct pages *p, enum op_kind kind, uint32_t head,
					unsigned int order, uint16_t cpu)
{
	if (!(p->code & CODE_BIT(folio_remove_rmap_ptes)))
		pages_emit(p, kind, head, order, cpu);
}

/* The memory cgroup is locked while mappings or dirtiness change, on kernels that do. */
static inline void pages_lock_memcg(struct pages *p, uint32_t head, unsigned int order,
				    uint16_t cpu)
{
	pages_emit_unbatched(p, OP_MEMCG_LOCK, head, order, cpu);
}

/* nr mappings more, or fewer */
void pages_count_mappings(struct pages *p, uint32_t head, int64_t nr, uint16_t cpu);
/* Unmapped: the reference goes later, with those of the pages before it. */
void pages_zap(struct pages *p, uint32_t head, uint16_t cpu);
/* It is being freed, so those that were unmapped before it on this CPU have been put. */
void pages_zap_freed(struct pages *p, uint32_t head, uint16_t cpu);
/* All that were unmapped on this CPU have been put. */
void pages_zap_flush(struct pages *p, uint16_t cpu);
/* The folio that was looked up last by itself was not to be written to. */
void pages_settle_lookup(struct pages *p, uint16_t cpu);
/* A new anonymous folio is charged and mapped. */
void pages_new_anon(struct pages *p, uint32_t head, unsigned int order, uint16_t cpu);
/* A folio of the page cache was filled from its file. */
void pages_read_in(struct pages *p, uint32_t head, uint16_t cpu);
/* What goes with the folio when it leaves the page cache. */
void pages_left_cache(struct pages *p, uint32_t head, uint16_t cpu);
/* No event tells that shmem adds a folio to its page cache. */
void pages_shmem_added(struct pages *p, uint32_t head, unsigned int order, uint16_t cpu);

/* pages_exact.c: false if the event is of no kind that it knows. */
bool pages_exact_event(struct pages *p, const struct event *e);

/* pages_object.c: objects of slabs, and fragments of socket buffers. */
void pages_object(struct pages *p, const struct event *e);
/* A compound page goes that may have held fragments: those that nobody was seen to receive go first. */
void pages_fragments_end(struct pages *p, uint32_t head, uint16_t cpu);

#endif
