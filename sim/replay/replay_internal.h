/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by replay.c, which drives a replay, and replay_result.c, which says what it came to. */
#ifndef SIM_REPLAY_INTERNAL_H
#define SIM_REPLAY_INTERNAL_H

#include "sim/memory/charged.h"
#include "sim/replay/crew.h"
#include "sim/access/nodes.h"
#include "sim/replay/replay.h"
#include "sim/replay/sample.h"

/* A list of operations: one is filled while the crew works on others. */
struct replay_batch {
	struct op_list list;
	struct op_list shaped; /* the same under the policy, if there is one */
	uint64_t end_ns;       /* 0: of the census */
	uint64_t *fixed;       /* by layout: bytes besides descriptors, at its end */
};

struct replay {
	const struct replay_opts *opts;
	struct replay_result *result;
	struct stall_model stall;
	struct machine_tlb tlb;
	struct nodes *nodes;
	struct sample sample;
	struct pressure_series *series; /* what the trace measured, where that is asked for */
	struct pages *pages;
	struct layout *recorded; /* of the accesses; NULL: they are not replayed */
	struct charged *charged; /* NULL: who is charged for memory is not known, or not asked */
	struct model **models;
	struct crew *crew;
	struct replay_batch batches[CREW_BATCHES];
	unsigned int filling, oldest;	/* of the first crew_depth() of them, in turn */
	unsigned int out;		/* with the crew */
	size_t slice_events;		/* in the list that is being filled */
	struct pages_counts shaped_end; /* what there is at the end, as the policy would have it */
	bool census_over;
	struct page_writes *writes; /* for the map, if one is wanted */
	uint64_t *fixed;	    /* by layout: at the start; and behind that, the batches' */
};

/* What presses on the caches of this layout, once series has been looked for. */
struct pressure replay_pressure_on(const struct replay *r, size_t layout);

/* What is known before the first event, and room for the rest. */
int replay_begin_result(struct replay *r, const struct trace_meta *meta,
			struct error *err) __must_check;
/* Once the crew is done; the footer is NULL where the trace is cut off. */
int replay_end_result(struct replay *r, const struct trace_footer *footer,
		      struct error *err) __must_check;

#endif
