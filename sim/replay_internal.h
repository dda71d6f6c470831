/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by replay.c, which drives a replay, and replay_result.c, which says what it came to. */
#ifndef SIM_REPLAY_INTERNAL_H
#define SIM_REPLAY_INTERNAL_H

#include "sim/charged.h"
#include "sim/crew.h"
#include "sim/nodes.h"
#include "sim/replay.h"
#include "sim/sample.h"

/* Two lists of operations: the crew works on one while the other is filled. */
struct replay {
	const struct replay_opts *opts;
	struct replay_result *result;
	struct stall_model stall;
	struct machine_tlb tlb;
	struct nodes *nodes;
	struct sample sample;
	struct pages *pages;
	struct layout *recorded; /* of the accesses; NULL: they are not replayed */
	struct charged *charged; /* NULL: who is charged for memory is not known, or not asked */
	struct model **models;
	struct crew *crew;
	struct op_list lists[2];
	struct op_list shaped[2]; /* the same under the policy, if there is one */
	unsigned int filling;
	size_t slice_events;		/* in the list that is being filled */
	struct pages_counts shaped_end; /* what there is at the end, as the policy would have it */
	bool census_over;
	struct page_writes *writes; /* for the map, if one is wanted */
	uint64_t *fixed;   /* by layout: bytes besides descriptors, when the crew's batch is over */
	uint64_t batch_ns; /* the end of that batch; 0: of the census */
};

/* What is known before the first event, and room for the rest. */
int replay_begin_result(struct replay *r, const struct trace_meta *meta,
			struct error *err) __must_check;
/* Once the crew is done; the footer is NULL where the trace is cut off. */
int replay_end_result(struct replay *r, const struct trace_footer *footer,
		      struct error *err) __must_check;

#endif
