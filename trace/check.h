/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants that a trace of a real kernel keeps, beyond being undamaged: frees match their
 * allocation's order, pfns lie in the memory that the header names, and no page is allocated twice
 * without a free in between, but for a few: v6.18, for one, takes some pages back without its
 * tracepoint (ftrace shows the same gaps). What a kernel legitimately does unseen, bulk allocation
 * for one, is counted, not an error.
 */
#ifndef TRACE_CHECK_H
#define TRACE_CHECK_H

#include <stdint.h>

#include "base/error.h"
#include "trace/reader.h"

/* What the kernel may leave out: so many allocations, and one in so many. */
enum { CHECK_UNTOLD = 64, CHECK_UNTOLD_IN = 5000 };

/* Each count is printed with its doc by `memsim check`. CHECK_COUNT(name, is_violation, doc) */
#define CHECK_COUNTS(CHECK_COUNT)                                                                  \
	CHECK_COUNT(events, 0, "events")                                                           \
	CHECK_COUNT(allocs, 0, "allocations")                                                      \
	CHECK_COUNT(frees, 0, "frees")                                                             \
	CHECK_COUNT(frees_matched, 0, "frees of an allocation in the trace")                       \
	CHECK_COUNT(frees_census, 0, "frees of a page that the census saw in use")                 \
	CHECK_COUNT(frees_unseen, 0, "frees of a page whose allocation this kernel does not show") \
	CHECK_COUNT(frees_split, 0, "frees of a part of an allocation")                            \
	CHECK_COUNT(allocs_unfreed, 0, "allocations of a page whose free a filter left out")       \
	CHECK_COUNT(double_allocs, 0, "allocations of a page whose free no event told")            \
	CHECK_COUNT(double_unexplained, 1, "of these, more than losses and the kernel explain")    \
	CHECK_COUNT(pfn_outside, 1, "events with a pfn outside the recorded memory")               \
	CHECK_COUNT(order_bad, 1, "events whose pfn is not aligned to their order")                \
	CHECK_COUNT(cpu_bad, 1, "events from a CPU that the header does not have")

struct check_counts {
#define CHECK_COUNT(name, violation, doc) uint64_t name;
	CHECK_COUNTS(CHECK_COUNT)
#undef CHECK_COUNT
};

/*
 * Reads the trace to its end. 0: undamaged (look at the counts for violations); otherwise the
 * reader's error. ret is filled in either case with what was seen so far.
 */
int trace_check(struct trace_reader *r, struct check_counts *ret, struct error *err) __must_check;

/* Sum of the counts that are violations. */
uint64_t check_violations(const struct check_counts *c);

#endif
