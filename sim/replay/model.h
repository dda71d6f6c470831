/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One layout under test: takes the operations of a replay in order and charges each of them with the
 * cache lines that it touches there. Confined to one thread.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/cache/cache_nodes.h"
#include "sim/heap/heap.h"
#include "sim/charge/lines.h"
#include "sim/charge/native.h"
#include "sim/access/op.h"
#include "sim/machine/pressure.h"
#include "sim/machine/pressure_series.h"
#include "sim/heap/heap_series.h"
#include "sim/charge/stall.h"
#include "sim/charge/stream.h"
#include "sim/charge/watch.h"
#include "trace/meta.h"

struct model;

enum { MODEL_LINE = 64 }; /* bytes; of the geometry too */

struct model_opts {
	const struct layout *layout;   /* borrowed, must outlive the model, as must the next */
	const struct layout *recorded; /* of the accesses that come; NULL: none do */
	const struct trace_meta *meta; /* borrowed during create */
	const uint64_t
		*code; /* bits by enum code, borrowed during create; NULL: the recorded kernel's */
	struct cache_geometry geometry;		/* of each node */
	const struct nodes *nodes;		/* borrowed, must outlive the model; NULL: one */
	struct pressure pressure;		/* needs OP_TIME among the operations */
	const struct pressure_series *measured; /* borrowed; what it measured, or NULL */
	const struct stall_model *stall; /* borrowed during create; NULL: costs have no stall_fs */
	const struct machine_tlb *tlb;	 /* the same; NULL: no TLB is simulated */
	struct native_stream *native;	 /* borrowed; NULL, or gets what is touched */
	unsigned int sample_sets;	 /* one in so many, at last; 0 or 1: all */
	bool detail;	  /* also how hot each part of the memmap is, and whose lines are where */
	bool totals_only; /* neither sharing nor translation is looked at */
	bool memory_only; /* nothing but descriptors: no caches, no costs */
	bool threaded;	  /* a thread of the model's own simulates its caches */
};

int model_create(const struct model_opts *opts, struct model **ret, struct error *err) __must_check;
void model_destroy(struct model *m);

/*
 * Charges the operations; end_ns is the time of the last of them, 0 as long as the census goes on.
 * -ENOMEM is the only failure.
 */
int model_run(struct model *m, const struct op *ops, size_t nr, uint64_t end_ns,
	      struct error *err) __must_check;

/* The census is over: time begins. */
void model_start(struct model *m);
/* The trace is over, at this time. -ENOMEM: what was charged last was wrong. */
int model_end(struct model *m, uint64_t end_ns, struct error *err) __must_check;
/* Bytes of descriptors over time, from model_start() on; empty without it. */
const struct heap_series *model_series(const struct model *m);

/* Up to now; valid until the next call on the model. Where sets are sampled: when all is over. */
const struct op_cost *model_cost(struct model *m, enum op_kind kind);
/* NULL where no accesses come. */
const struct stream_result *model_stream(const struct model *m);
const struct heap *model_heap(const struct model *m);

/* How costs were estimated, what follows was not scaled; NULL: all sets were simulated. */
const struct lines_sample *model_sample(const struct model *m);

/* Sharing between CPUs: in all, and the lines that suffer most of it. All zero for one CPU. */
enum { MODEL_TOP_LINES = 16 };

struct model_sharing {
	struct sharing_totals totals;
	size_t nr_top;
	struct sharing_line top[MODEL_TOP_LINES];
};

void model_sharing(const struct model *m, struct model_sharing *ret);
/* NULL unless asked for. */
const struct heat *model_heat(const struct model *m);
/* False unless asked for. */
bool model_breakdown(struct model *m, struct breakdown *ret);
/* All zero where no caches are simulated. Not scaled up either. */
/* Of those that were simulated; looks for each line that was written. */
void model_writebacks(const struct model *m, struct cache_writebacks *ret);
void model_cache_counts(const struct model *m, struct cache_counts *ret);

#endif
