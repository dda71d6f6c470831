// SPDX-License-Identifier: GPL-2.0-only
#include "sim/lines.h"

#include <string.h>

void lines_flush(struct lines *l)
{
	if (!l->nr)
		return;
	cache_access_missed(l->caches, l->cpu, l->word, l->nr, &l->missed);
	for (int level = CACHE_L1; level < CACHE_MEMORY; level++)
		for (size_t i = 0; i < l->missed.nr[level]; i++)
			l->reached[l->tag[l->missed.which[level][i]]][level + 1]++;
	l->nr = 0;
}

void lines_settle(struct lines *l, const struct stall_model *stall, struct op_cost cost[OP_MAX])
{
	lines_flush(l);
	for (unsigned int tag = 0; tag < LINES_TAGS; tag++) {
		const uint64_t *reached = l->reached[tag];
		struct op_cost *c = &cost[tag >> 1];

		c->lines += reached[CACHE_L1];
		for (int level = CACHE_L1; level < CACHE_LEVEL_MAX; level++) {
			uint64_t on = level < CACHE_MEMORY ? reached[level + 1] : 0;
			uint64_t hits = reached[level] - on;

			c->hits[level] += hits;
			c->stall_fs += hits * stall_of(stall, level, TLB_FIRST, tag & 1);
		}
	}
	memset(l->reached, 0, sizeof(l->reached));
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
	for (int kind = 0; kind < SHARING_MAX; kind++)
		sum->watch.sharing[kind] += cost->watch.sharing[kind];
	for (int where = 0; where < TLB_LEVELS; where++)
		sum->watch.tlb[where] += cost->watch.tlb[where];
}
