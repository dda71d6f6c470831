/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines that somebody has written since memory had them last: a bit for each. A line is as memory has it when no cache has
 * it any more. When that comes about need not be known as it happens: a line that was written and then comes from
 * memory must have been written back in between, once; and those that are written at the end and in no cache any more have
 * been, too.
 */
#ifndef SIM_CACHE_WRITTEN_H
#define SIM_CACHE_WRITTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/cache/cache.h"
#include "sim/cache/line_words.h"

/* All zeros is an empty one. */
struct cache_written {
	struct line_words words; /* of 32 lines each: a bit for each */
	bool failed;		 /* out of memory, for good: lines are missing */
	/* lines that memory was given back, and of these because another node read them: see cache_nodes.h */
	uint64_t back, lent;
};

void cache_written_fini(struct cache_written *w);
/* Calls fn for each line that is written, windows in no particular order. */
void cache_written_each(const struct cache_written *w, void (*fn)(void *ctx, uint64_t line),
			void *ctx);

/* Where the line's bit is; NULL: no memory. */
static inline uint32_t *cache_written_word(struct cache_written *w, uint64_t line)
{
	uint32_t *word = line_words_at(&w->words, line / 32);

	w->failed |= !word;
	return word;
}

static inline void cache_written_set(struct cache_written *w, uint64_t line)
{
	uint32_t *word = cache_written_word(w, line);

	if (word)
		*word |= 1U << line % 32;
}

/* Memory has it again; whether it was written. */
static inline bool cache_written_clear(struct cache_written *w, uint64_t line)
{
	uint32_t *word = cache_written_word(w, line), bit = 1U << line % 32;

	if (!word || !(*word & bit))
		return false;
	*word &= ~bit;
	return true;
}

/* Memory gives the line. */
static inline void cache_written_fetch(struct cache_written *w, uint64_t line)
{
	w->back += cache_written_clear(w, line);
}

/* Who has written it gives it to somebody who reads. */
static inline void cache_written_lend(struct cache_written *w, uint64_t line)
{
	bool was_written = cache_written_clear(w, line);

	w->back += was_written;
	w->lent += was_written;
}

/* The line of a word, line << 1 | write, was accessed. */
static inline void cache_written_access(struct cache_written *w, uint64_t word, bool fetched)
{
	if (fetched)
		cache_written_fetch(w, word >> 1);
	if (word & 1)
		cache_written_set(w, word >> 1);
}

/*
 * Accesses were made, and memory gave these that were fetched. which: their numbers, by which it says so, rising. Returns
 * how many of those that were fetched are among the accesses.
 */
size_t cache_written_accesses(struct cache_written *w, const uint64_t *accesses,
			      const uint16_t *which, size_t nr, const uint16_t *fetched,
			      size_t nr_fetched);

#endif
