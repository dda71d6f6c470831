// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of the lines that were accessed last, so that most accesses need not be made: an access
 * to the line that is the most recent of its set in L1 is a hit, and leaves everything as it is. A write of
 * it is no news either if the CPU wrote the line before and no other CPU has got a copy since.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cache/cache_impl.h"
#include "sim/cache/cache_written.h"

int cache_recent_create(struct cache_hierarchy *h, struct error *err)
{
	uint32_t sets = h->shape[CACHE_L1].sets;

	if (sets & (sets - 1))
		return 0;
	h->recent = calloc((size_t)sets * h->nr_cpus, sizeof(*h->recent));
	return h->recent ? 0 : error_nomem(err);
}

void cache_recent_stop(struct cache_hierarchy *h)
{
	free(h->recent);
	h->recent = NULL;
}

static uint64_t *recent_of(const struct cache_hierarchy *h, unsigned int cpu)
{
	return h->recent + (size_t)cpu * h->shape[CACHE_L1].sets;
}

void cache_recent_forget(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	uint64_t *slot;

	if (!h->recent)
		return;
	slot = recent_of(h, cpu) + (line & (h->shape[CACHE_L1].sets - 1));
	if (*slot >> 1 == line + 1)
		*slot = 0;
}

void cache_recent_share(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	uint64_t *slot;

	if (!h->recent)
		return;
	slot = recent_of(h, cpu) + (line & (h->shape[CACHE_L1].sets - 1));
	if (*slot >> 1 == line + 1)
		*slot &= ~1ULL;
}

void cache_recent_filled(struct cache_hierarchy *h, unsigned int cpu, uint32_t first, uint64_t nr)
{
	uint32_t sets = h->shape[CACHE_L1].sets;

	if (!h->recent)
		return;
	if (nr >= sets)
		memset(recent_of(h, cpu), 0, sets * sizeof(*h->recent));
	else
		for (uint32_t i = 0; i < nr; i++)
			recent_of(h, cpu)[(first + i) & (sets - 1)] = 0;
}

void cache_recent_reset(struct cache_hierarchy *h)
{
	if (!h->recent_used)
		return;
	h->recent_used = false;
	if (h->recent)
		memset(h->recent, 0,
		       (size_t)h->shape[CACHE_L1].sets * h->nr_cpus * sizeof(*h->recent));
}

/* The accesses that are news: their words and numbers, and how many. */
static size_t news(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses, size_t n,
		   uint64_t *words, uint16_t *which)
{
	uint64_t *recent = recent_of(h, cpu), mask = h->shape[CACHE_L1].sets - 1;
	/* the only CPU has every line for itself; but which lines are written may have to be told */
	uint64_t alone = !h->sharers && !h->written;
	size_t nr = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t word = accesses[i], *slot = &recent[word >> 1 & mask];
		uint64_t known = *slot, wanted = (word + 2) | alone;
		bool is_news = known != wanted && known != (wanted | 1);

		*slot = is_news ? wanted : known;
		words[nr] = word;
		which[nr] = (uint16_t)i;
		nr += is_news;
	}
	h->recent_used = true;
	return nr;
}

/* Without anything known. */
static size_t all(const uint64_t *accesses, size_t n, uint64_t *words, uint16_t *which)
{
	memcpy(words, accesses, n * sizeof(*words));
	for (size_t i = 0; i < n; i++)
		which[i] = (uint16_t)i;
	return n;
}

void cache_access_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			 size_t n, struct cache_missed *ret)
{
	uint64_t words[CACHE_BATCH];
	uint16_t which[CACHE_BATCH];
	size_t nr;

	assert(cpu < h->nr_cpus && n <= CACHE_BATCH && !h->track_dirty);
	if (h->general) {
		cache_general_missed(h, cpu, accesses, n, ret);
		if (h->written)
			cache_written_accesses(h->written, accesses, NULL, n, ret);
		return;
	}
	nr = h->recent ? news(h, cpu, accesses, n, words, which) : all(accesses, n, words, which);
	if (!h->wide && cache_with_windows(h, words, nr) < nr)
		cache_widen(h);
	h->variant->missed[h->aged != NULL](h, cpu, words, which, nr, ret);
	/* what is no news was written already, if it is written */
	if (h->written)
		cache_written_accesses(h->written, words, which, nr, ret);
}
