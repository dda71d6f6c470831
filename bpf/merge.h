/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Brings the events of all CPUs into one order. Their times are those of the last stamp (see wire.h), so two
 * events of different CPUs may be closer than their times tell. What they say themselves then decides: a page is
 * used after it was allocated, and allocated after it was freed.
 */
#ifndef BPF_MERGE_H
#define BPF_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/ring.h"

struct merge;

enum { MERGE_UNIT_NS = 64 }; /* times of the trace are multiples: finer ones are not known */

/* Takes batches; 0 or a negative errno, which ends the merge. */
typedef int merge_sink(void *arg, const struct event *events, size_t n, struct error *err);

/* max_pfn bounds the pages whose state is kept, two bits for each. */
int merge_create(size_t nr_stages, uint64_t max_pfn, merge_sink *sink, void *arg,
		 struct merge **ret, struct error *err) __must_check;
void merge_destroy(struct merge *m);

/* The start of the trace is so much later now: see stage_move_start(). */
void merge_move_start(struct merge *m, uint64_t delta_ns);

/*
 * Hands over once more which thread each CPU had when the events so far ended, with that time: what is to come may be
 * the same thread's, and whoever takes it may not have been told.
 */
int merge_tasks(const struct merge *m, uint64_t ts_ns, struct error *err) __must_check;

/*
 * Hands over all waiting events up to limit_ns (since the start of the trace), oldest first; equal
 * times in the order of the CPUs.
 */
int merge_run(struct merge *m, struct stage *stages, uint64_t limit_ns,
	      struct error *err) __must_check;

#endif
