// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hierarchies that are not plain: see cache_general.h. Here is what a block of accesses has to do with other CPUs, and
 * with what is known of lines outside.
 */
#include "sim/cache/cache_general.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/zeroes.h"
#include "sim/cache/cache_written.h"

int cache_general_create(struct cache_hierarchy *h, struct error *err)
{
	struct cache_general *g = calloc(1, sizeof(*g));

	h->general = g;
	if (!g)
		return error_nomem(err);
	for (size_t i = 0; i < CACHE_BLOCK; i++)
		g->numbers[i] = (uint16_t)i;
	if (h->plru) {
		g->trees = zeroes_map(h->nr_sets * sizeof(*g->trees));
		if (!g->trees)
			return error_nomem(err);
	}
	return h->prefetch & CACHE_PREFETCH_STREAM
		       ? cache_streams_create(h->nr_cpus, &g->streams, err)
		       : 0;
}

void cache_general_destroy(const struct cache_hierarchy *h)
{
	struct cache_general *g = h->general;

	if (!g)
		return;
	zeroes_unmap(g->trees, h->nr_sets * sizeof(*g->trees));
	cache_streams_destroy(g->streams);
	free(g);
}

/* Other CPUs hear of so many of the block's accesses, and of what they and prefetchers asked for. */
static void tell(struct cache_hierarchy *h, struct cache_general_block *b, size_t accesses,
		 size_t fetches)
{
	const struct cache_fetches *f = &h->general->fetches;
	struct cache_missed *ret = b->ret;
	uint64_t missed[CACHE_BLOCK];
	size_t nr = 0, first = b->told;

	for (; b->told_fetches < fetches; b->told_fetches++) {
		uint64_t word = f->word[b->told_fetches];

		if (nr == CACHE_BLOCK && h->sharers)
			cache_sharers_block(h, b->cpu, NULL, NULL, 0, missed, nr);
		nr = nr == CACHE_BLOCK ? 0 : nr;
		missed[nr++] = word & ~CACHE_BROUGHT;
		if (!(word & CACHE_BROUGHT))
			ret->which[CACHE_L2][ret->nr[CACHE_L2]++] =
				b->which[f->at[b->told_fetches]];
	}
	b->told = accesses;
	if (h->sharers)
		cache_sharers_block(h, b->cpu, b->accesses + first, b->which + first,
				    accesses - first, missed, nr);
}

void cache_general_lose(struct cache_hierarchy *h, uint64_t line)
{
	struct cache_general_block *b = h->general->block;

	if (b && h->sharers && cache_sharers_elsewhere(h, b->cpu, line))
		tell(h, b, b->done, h->general->fetches.nr);
	for (unsigned int cpu = 0; cpu < h->nr_cpus; cpu++)
		if ((b && cpu == b->cpu) || cache_sharers_may_hold(h, cpu, line))
			h->counts.back_invalidations += cache_drop(h, cpu, line);
}

/* Of so many of all accesses it is noted what they wrote, and what memory gave them. */
static void note_written(struct cache_hierarchy *h, struct cache_general_block *b, size_t all)
{
	if (!h->written)
		return;
	b->noted_missed += cache_written_accesses(h->written, b->all + b->noted,
						  h->general->numbers + b->noted, all - b->noted,
						  b->ret->which[CACHE_LLC] + b->noted_missed,
						  b->ret->nr[CACHE_LLC] - b->noted_missed);
	b->noted = all;
}

/* A prefetcher got the line from outside, after the accesses before that number. */
static void bring(struct cache_hierarchy *h, struct cache_general_block *b, unsigned int number,
		  uint64_t line)
{
	h->counts.prefetches_memory++;
	note_written(h, b, number);
	if (h->written)
		cache_written_fetch(h->written, line);
	if (h->prefetched)
		h->prefetched(h->prefetched_ctx, number, line);
}

/* What the last level lacked, other CPUs' caches may give. */
static void settle(struct cache_hierarchy *h, struct cache_general_block *b)
{
	const struct cache_fetches *f = &h->general->fetches;
	const bool may_give = cache_takes_victims(h) && h->sharers;
	struct cache_missed *ret = b->ret;

	for (size_t k = 0; k < f->nr; k++) {
		const uint64_t line = (f->word[k] & ~CACHE_BROUGHT) >> 1;
		const uint16_t at = f->at[k];

		if (f->found[k])
			continue;
		if (may_give && cache_sharers_elsewhere(h, b->cpu, line)) {
			tell(h, b, at, k);
			if (cache_sharers_give(h, b->cpu, line))
				continue;
		}
		if (f->word[k] & CACHE_BROUGHT)
			bring(h, b, b->which[at], line);
		else
			ret->which[CACHE_LLC][ret->nr[CACHE_LLC]++] = b->which[at];
	}
	tell(h, b, b->n, f->nr);
	note_written(h, b, b->nr_all);
}

void cache_general_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *all,
			  size_t nr_all, const struct cache_news *news, struct cache_missed *ret)
{
	struct cache_general_block b = {
		.cpu = cpu,
		.accesses = news ? news->words : all,
		.which = news ? news->which : h->general->numbers,
		.n = news ? news->nr : nr_all,
		.all = all,
		.nr_all = nr_all,
		.ret = ret,
	};
	uint16_t *first = ret->which[CACHE_L1];

	memset(ret->nr, 0, sizeof(ret->nr));
	h->general->block = &b;
	ret->nr[CACHE_L1] = h->variant->general(h, &b, first);
	for (size_t i = 0; i < ret->nr[CACHE_L1]; i++)
		first[i] = b.which[first[i]];
	settle(h, &b);
	h->general->block = NULL;
}
