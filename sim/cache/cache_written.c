// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/cache_written.h"

void cache_written_fini(struct cache_written *w)
{
	line_words_fini(&w->words);
}

struct each {
	void (*fn)(void *ctx, uint64_t line);
	void *ctx;
};

static void each_of_word(void *ctx, uint64_t number, uint32_t word)
{
	const struct each *each = ctx;

	for (; word; word &= word - 1)
		each->fn(each->ctx, number * 32 + (uint64_t)__builtin_ctz(word));
}

void cache_written_each(const struct cache_written *w, void (*fn)(void *ctx, uint64_t line),
			void *ctx)
{
	struct each each = {fn, ctx};

	line_words_each(&w->words, each_of_word, &each);
}

void cache_written_accesses(struct cache_written *w, const uint64_t *accesses,
			    const uint16_t *which, size_t nr, const struct cache_missed *missed)
{
	const uint16_t *fetched = missed->which[CACHE_LLC], *end = fetched + missed->nr[CACHE_LLC];

	for (size_t i = 0; i < nr; i++) {
		uint64_t line = accesses[i] >> 1;

		if (fetched < end && *fetched == (which ? which[i] : i)) {
			cache_written_fetch(w, line);
			fetched++;
		}
		if (accesses[i] & 1)
			cache_written_set(w, line);
	}
}
