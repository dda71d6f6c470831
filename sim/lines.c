// SPDX-License-Identifier: GPL-2.0-only
#include "sim/lines.h"

#include <string.h>

/* What is touched in a line by an operation of the chain, and by those after it that write: see program.h. */
struct use {
	uint64_t read, written, again_read, again_written;
};

static struct use use_of(struct lines *l, unsigned int i)
{
	const struct lines_chain *chain;
	const struct program_line *line;
	struct use use = {.read = 0};

	while (l->chain + 1 < l->nr_chains && l->chains[l->chain + 1].first <= i)
		l->chain++;
	chain = &l->chains[l->chain];
	if (!chain->from)
		return (struct use){.read = l->own[i].read, .written = l->own[i].written};
	line = &chain->from[i - chain->first];
	for (unsigned int k = 0; k < line->nr_bytes; k++) {
		const struct program_bytes *b = &chain->bytes[line->bytes + k];
		unsigned int place = program_place(chain->places, b->base);

		use.read |= b->read << place;
		use.written |= b->written << place;
		use.again_read |= b->again_read << place;
		use.again_written |= b->again_written << place;
	}
	return use;
}

static void share(struct lines *l, unsigned int i, uint64_t read, uint64_t written)
{
	enum sharing_kind kind =
		sharing_access(l->watch->sharing, l->cpu, l->word[i] >> 1, read, written);

	if (kind != SHARING_MAX)
		l->sharing[l->tag[i]][kind]++;
}

static bool missed_second(const struct lines *l, unsigned int i)
{
	return l->shared_missed < l->missed.nr[CACHE_L2] &&
	       l->missed.which[CACHE_L2][l->shared_missed] == i;
}

/* Lines that are written, and those that missed the CPU's own caches, up to line `end`. */
static void share_to(struct lines *l, unsigned int end)
{
	const struct sharing_filter *filter = sharing_filter(l->watch->sharing);

	for (; l->shared < end; l->shared++) {
		const unsigned int i = l->shared;
		bool missed = missed_second(l, i);
		struct use use;

		l->shared_missed += missed;
		if (!(missed || l->word[i] & 1) || !sharing_may_know(filter, l->word[i] >> 1))
			continue;
		use = use_of(l, i);
		if (use.written || (missed && l->begun != i + 1))
			share(l, i, use.read, use.written);
		if (use.again_written)
			share(l, i, use.again_read, use.again_written);
	}
}

/* A write takes the line from another CPU: what came before it is over. */
static void note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	struct lines *l = ctx;

	share_to(l, number);
	if (l->begun != number + 1 && missed_second(l, number) &&
	    sharing_may_know(sharing_filter(l->watch->sharing), line)) {
		struct use use = use_of(l, number);

		if (!use.written)
			share(l, number, use.read, 0);
	}
	l->begun = number + 1;
	sharing_taken(l->watch->sharing, cpu, line);
}

void lines_init(struct lines *l, struct cache_hierarchy *caches, struct watch *watch)
{
	l->caches = caches;
	l->watch = watch;
	l->watched = watch->sharing || watch->heat;
	if (watch->sharing)
		cache_on_taken(caches, note_taken, l);
}

static void heat(struct lines *l)
{
	for (unsigned int k = 0; k < l->nr_chains; k++) {
		const struct lines_chain *chain = &l->chains[k];
		unsigned int end = k + 1 < l->nr_chains ? chain[1].first : l->nr;

		for (unsigned int i = chain->first; i < end; i++)
			watch_heat(l->watch, l->word[i] >> 1,
				   chain->from ? chain->from[i - chain->first].times : 1);
	}
	for (size_t i = 0; i < l->missed.nr[CACHE_LLC]; i++)
		watch_heat_memory(l->watch, l->word[l->missed.which[CACHE_LLC][i]] >> 1);
}

void lines_flush(struct lines *l)
{
	if (!l->nr)
		return;
	l->shared = l->chain = l->begun = 0;
	l->shared_missed = 0;
	cache_access_missed(l->caches, l->cpu, l->word, l->nr, &l->missed);
	if (l->watch->sharing)
		share_to(l, l->nr);
	if (l->watch->heat)
		heat(l);
	for (int level = CACHE_L1; level < CACHE_MEMORY; level++)
		for (size_t i = 0; i < l->missed.nr[level]; i++)
			l->reached[l->tag[l->missed.which[level][i]]][level + 1]++;
	l->nr = l->nr_chains = 0;
}

static void settle_tag(const struct lines *l, unsigned int tag, const struct stall_model *stall,
		       struct op_cost *c)
{
	const uint64_t *reached = l->reached[tag];
	uint64_t first = reached[CACHE_L1];
	bool serial = tag & 1;

	c->lines += reached[CACHE_L1];
	for (int level = CACHE_L1; level < CACHE_LEVEL_MAX; level++) {
		uint64_t on = level < CACHE_MEMORY ? reached[level + 1] : 0;
		uint64_t hits = reached[level] - on;

		c->hits[level] += hits;
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
	lines_flush(l);
	for (unsigned int tag = 0; tag < LINES_TAGS; tag++)
		settle_tag(l, tag, stall, &cost[tag >> 1]);
	memset(l->reached, 0, sizeof(l->reached));
	memset(l->translated, 0, sizeof(l->translated));
	memset(l->sharing, 0, sizeof(l->sharing));
}
