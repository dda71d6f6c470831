/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access-level replay: the exact stream of loads and stores that an emulator saw in the recorded kernel, carried over
 * to another layout. What an access is of follows from the recorded layout, from what the page was at that moment and
 * from the bytes; where that lies in the other layout, from there. No access map is asked.
 *
 * Two things the bytes alone do not tell:
 * - A load of the word that compound_head() tests is the way from a page to its folio or slab, and is charged as the
 *   page's word where descriptors lie apart; but functions that work on LRU lists, and those that have looked up the
 *   same unit just before, mean the field of the descriptor that shares the word.
 * - Today's kernels get from a page table's page to its descriptor without a load. Where descriptors lie apart, the
 *   page's word is charged with the first access.
 */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/cache/cache_nodes.h"
#include "sim/heap/heap.h"
#include "sim/charge/lines.h"
#include "sim/access/op.h"
#include "sim/charge/stall.h"
#include "sim/charge/watch.h"
#include "trace/meta.h"

/* Where the accesses of a field of the recorded layout were found. */
struct stream_field {
	uint64_t accesses, stores, atomics;
	uint64_t hits[CACHE_LEVEL_MAX];
};

/* STREAM_LOST(name, "text"): accesses, or parts of them, that are not charged */
#define STREAM_LOSSES(STREAM_LOST)                                                                 \
	STREAM_LOST(padding, "to bytes that are no field in the recorded layout")                  \
	STREAM_LOST(gone, "to fields that this layout does not have")                              \
	STREAM_LOST(undescribed, "to descriptors of memory that has none in this layout")

struct stream_result {
	struct stream_field fields[FIELD_MAX];
#define STREAM_LOST(name, text) uint64_t name;
	STREAM_LOSSES(STREAM_LOST)
#undef STREAM_LOST
	uint64_t lookups; /* ways from a page to its descriptor */
	size_t nr_functions;
	/* by row of the trace's table; then those of rows that are not there. count: how often its turn came */
	struct op_cost functions[TRACE_MAX_FUNCTIONS + 1];
};

struct stream_opts {
	const struct layout *recorded, *layout; /* all is borrowed and must outlive it */
	const struct trace_meta *meta;		/* during create only */
	struct heap *heap;
	struct cache_nodes *caches;
	struct watch *watch;
	const struct stall_model *stall;
	/* NULL; or called with every line that is touched, for tests */
	void (*on_touch)(void *ctx, uint64_t address, uint64_t end, bool write);
	void *ctx;
};

struct stream;

int stream_create(const struct stream_opts *opts, struct stream **ret,
		  struct error *err) __must_check;
void stream_destroy(struct stream *s);

/* An access, or a descriptor that comes or goes; others do nothing. */
void stream_op(struct stream *s, const struct op *op);

/* Of OP_ACCESS: that of all functions. Valid until the next call. */
const struct op_cost *stream_cost(struct stream *s, enum op_kind kind);
const struct stream_result *stream_result(const struct stream *s);

#endif
