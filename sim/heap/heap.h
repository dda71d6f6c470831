/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The descriptors of one layout: which page has which, and where it lies. Every kind of descriptor has a
 * slab cache of its own (slub.h), on each NUMA node: a unit's descriptor lies on the node of its pages
 * (nodes.h). The nodes' caches have nothing in common; so a CPU has a current slab for each node, where
 * the kernel's has one. The slabs that hold descriptors are slabs too: where the layout describes slabs by
 * descriptors, each of them takes one, down to the slabs of slab descriptors themselves (Wilcox 2022,
 * <YvZW/exP02XceTVl@casper>: that recursion ends after one step).
 */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/access/nodes.h"
#include "sim/access/op.h"

struct heap;

/* Where one descriptor lies and which object of the layout it is. */
struct heap_ref {
	const struct layout_object *object;
	uint64_t address;
	bool kept; /* it was kept with its pages since these were freed last; or is kept from now on */
};

/*
 * The descriptor that went back to its cache, with what the kernel finds on its way there: the unit's own, or, where
 * CPUs keep some, the oldest that made room for it.
 */
struct heap_home {
	bool given; /* false: none went back */
	uint8_t order;
	uint32_t pfn;
	uint64_t address;
	uint64_t page_entry;	  /* memmap entry of the page that holds the descriptor */
	uint64_t slab_descriptor; /* descriptor of its slab; 0: the layout has none */
};

/* nodes: borrowed; NULL: one. */
int heap_create(const struct layout *layout, uint32_t max_pfn, unsigned int nr_cpus,
		const struct nodes *nodes, struct heap **ret, struct error *err) __must_check;
void heap_destroy(struct heap *heap);
/* From now on the heap tells no addresses: neither refs nor homes are filled in, and heap_addresses() stays empty. */
void heap_count_only(struct heap *heap);

/* Whether the layout has any allocated descriptors at all. */
bool heap_is_empty(const struct heap *heap);

/* Gives the unit at pfn a descriptor; false if this layout needs none for it, or memory ran out. */
bool heap_describe(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t page_kind,
		   unsigned int cpu, struct heap_ref *ret);
/*
 * By pfn of a unit: the address of its descriptor, 0: it has none. For as long as the heap lives; NULL where
 * the layout has no descriptors. Which object it is: place_heap_index().
 */
const uint64_t *heap_addresses(const struct heap *heap);
/* The unit's descriptor, if it has one. */
bool heap_find(const struct heap *heap, uint32_t pfn, struct heap_ref *ret);
/* How many of so many units side by side, from pfn on, have one. */
uint64_t heap_count(const struct heap *heap, uint32_t pfn, uint32_t nr, unsigned int order);
/* Gives the unit's descriptor back; order and kind are what the unit is now. */
bool heap_undescribe(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t page_kind,
		     unsigned int cpu, struct heap_ref *ret, struct heap_home *ret_home);
/* What operations say of descriptors, in order; those that say nothing are left out. */
void heap_run(struct heap *heap, const struct op *ops, size_t nr);
/* Whether units of both kinds have the same descriptor, or both have none. */
bool heap_has_same(const struct heap *heap, unsigned int order, uint8_t a, uint8_t b);
/* The unit is of another kind now and keeps its descriptor: only who pays for it changes. */
void heap_rekind(struct heap *heap, uint32_t pfn, unsigned int order, uint8_t old_kind,
		 uint8_t page_kind);

/*
 * So many units side by side, from pfn on, had descriptors before the trace began. The layout's census_fill says how densely these lie in
 * their slabs; heap_settle() ends the census.
 */
void heap_seed(struct heap *heap, uint32_t pfn, uint64_t nr, unsigned int order, uint8_t page_kind);
void heap_settle(struct heap *heap);

/* Time has passed: ends a grace period of the RCU caches. */
void heap_quiesce(struct heap *heap);
/* SLUB_REAP_NS have passed: SLAB's caches are reaped. */
void heap_reap(struct heap *heap);

/* True once memory ran out; results are then worthless. */
bool heap_failed(const struct heap *heap);

/* What one kind of descriptor takes. Bytes are those of its slabs, waste included. */
struct heap_counts {
	const struct layout_object *object;
	uint32_t stride, slab_order;
	uint32_t objects_per_slab; /* 0: they lie in memory that the layout counts otherwise */
	/* descriptors: now, at the most (of several nodes: the sum of what each had at the most), ever */
	uint64_t live, peak, allocs;
	uint64_t slab_bytes;  /* now */
	uint64_t slab_allocs; /* slabs ever taken */
};

/* One entry per object of the layout, in its order, of all nodes; returns their number. */
size_t heap_counts(const struct heap *heap, struct heap_counts ret[LAYOUT_MAX_OBJECTS]);
/* Units that have a descriptor now, by what they are. */
struct heap_units {
	uint64_t units[PAGE_KIND_MAX][LAYOUT_MAX_ORDER + 1];
};

const struct heap_units *heap_units(const struct heap *heap);

/* Bytes of all slabs, now and at the most at any moment; slabs that wait for a grace period included. */
uint64_t heap_bytes(const struct heap *heap);
uint64_t heap_peak_bytes(const struct heap *heap);

#endif
