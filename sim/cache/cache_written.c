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

size_t cache_written_accesses(struct cache_written *w, const uint64_t *accesses,
			      const uint16_t *which, size_t nr, const uint16_t *fetched,
			      size_t nr_fetched)
{
	size_t nr_here = 0;

	for (size_t i = 0; i < nr; i++) {
		bool is_fetched = nr_here < nr_fetched && fetched[nr_here] == which[i];

		cache_written_access(w, accesses[i], is_fetched);
		nr_here += is_fetched;
	}
	return nr_here;
}
