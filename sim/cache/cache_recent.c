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

static void find_news(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
		      size_t n, struct cache_news *ret)
{
	uint64_t *recent = recent_of(h, cpu), mask = h->shape[CACHE_L1].sets - 1;
	/* the only CPU has every line for itself; but which lines are written may have to be told */
	uint64_t alone = !h->sharers && !h->written;
	size_t nr = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t word = accesses[i], *slot = &recent[word >> 1 & mask];
		uint64_t known = *slot, wanted = (word + 2) | alone;
		/* no news: it is known, or even more is; which comes as no pattern, hence no branch */
		bool is_news = (known ^ wanted) & (wanted | ~1ULL);

		*slot = is_news ? wanted : known;
		ret->words[nr] = word;
		ret->which[nr] = (uint16_t)i;
		nr += is_news;
	}
	ret->nr = nr;
	h->recent_used = true;
}

/* Without anything known. */
static void take_all(const uint64_t *accesses, size_t n, struct cache_news *ret)
{
	memcpy(ret->words, accesses, n * sizeof(*ret->words));
	for (size_t i = 0; i < n; i++)
		ret->which[i] = (uint16_t)i;
	ret->nr = n;
}

void cache_access_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			 size_t n, struct cache_missed *ret)
{
	struct cache_news news;

	assert(cpu < h->nr_cpus && n <= CACHE_BATCH && !h->track_dirty);
	if (h->recent)
		find_news(h, cpu, accesses, n, &news);
	else
		take_all(accesses, n, &news);
	if (!h->wide && cache_with_windows(h, news.words, news.nr) < news.nr)
		cache_widen(h);
	if (h->general) {
		cache_general_missed(h, cpu, accesses, n, &news, ret);
		return;
	}
	h->variant->missed[h->aged != NULL](h, cpu, news.words, news.which, news.nr, ret);
	/* what is no news was written already, if it is written */
	if (h->written)
		cache_written_accesses(h->written, news.words, news.which, news.nr,
				       ret->which[CACHE_LLC], ret->nr[CACHE_LLC]);
}
