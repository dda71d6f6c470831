// SPDX-License-Identifier: GPL-2.0-only
/* What the lines have cost, by operation. */
#include <string.h>

#include "sim/charge/lines.h"
#include "sim/charge/lines_sample.h"

/* Lines that no cache of the node gave: what is left is from its own memory. */
static void settle_sources(const struct lines *l, unsigned int tag, const struct stall_model *stall,
			   uint64_t left, struct op_cost *c)
{
	for (int source = CACHE_SOURCE_MAX - 1; source >= CACHE_LOCAL; source--) {
		uint64_t nr = source == CACHE_LOCAL ? left : l->away[tag][source];
		uint64_t fs;

		/* where sets are sampled, each number is rounded */
		nr = nr < left ? nr : left;
		left -= nr;
		fs = nr * stall_of_source(stall, source, tag & 1);
		c->from[source] += nr;
		c->from_fs[source] += fs;
		c->stall_fs += fs;
	}
}

static void settle_tag(const struct lines *l, unsigned int tag, const struct stall_model *stall,
		       struct op_cost *c)
{
	uint64_t reached = l->touched[tag], first = reached;
	bool serial = tag & 1;

	c->lines += reached;
	for (int level = CACHE_L1; level < CACHE_LEVEL_MAX; level++) {
		uint64_t on = level < CACHE_MEMORY ? l->reached[tag][level + 1] : 0;
		uint64_t hits = reached - on;

		reached = on;
		c->hits[level] += hits;
		if (level == CACHE_MEMORY)
			settle_sources(l, tag, stall, hits, c);
		else
			c->stall_fs += hits * stall_of_level(stall, level, serial);
	}
	for (int where = TLB_SECOND; where < TLB_LEVELS; where++) {
		first -= l->translated[tag][where];
		c->watch.tlb[where] += l->translated[tag][where];
		c->stall_fs += l->translated[tag][where] * stall_of_tlb(stall, where, serial);
	}
	c->watch.tlb[TLB_FIRST] += l->watch->tlb ? first : 0;
	for (int kind = 0; kind < SHARING_MAX; kind++)
		c->watch.sharing[kind] += l->sharing[tag][kind];
}

void lines_settle(struct lines *l, const struct stall_model *stall, struct op_cost cost[OP_MAX])
{
	lines_drain(l);
	if (l->sample)
		lines_sample_settle(l->sample, l);
	for (unsigned int tag = 0; tag < LINES_TAGS; tag++)
		settle_tag(l, tag, stall, &cost[tag >> 1]);
	memset(l->touched, 0, sizeof(l->touched));
	memset(l->reached, 0, sizeof(l->reached));
	memset(l->away, 0, sizeof(l->away));
	memset(l->translated, 0, sizeof(l->translated));
	memset(l->sharing, 0, sizeof(l->sharing));
}

void op_cost_add(struct op_cost *sum, const struct op_cost *cost)
{
	sum->count += cost->count;
	sum->accesses += cost->accesses;
	sum->atomics += cost->atomics;
	sum->lines += cost->lines;
	sum->stall_fs += cost->stall_fs;
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		sum->hits[level] += cost->hits[level];
	for (int source = 0; source < CACHE_SOURCE_MAX; source++) {
		sum->from[source] += cost->from[source];
		sum->from_fs[source] += cost->from_fs[source];
	}
	for (int kind = 0; kind < SHARING_MAX; kind++)
		sum->watch.sharing[kind] += cost->watch.sharing[kind];
	for (int where = 0; where < TLB_LEVELS; where++)
		sum->watch.tlb[where] += cost->watch.tlb[where];
}
