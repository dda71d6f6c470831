// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache_written.h"

enum { WINDOW_BYTES = 1 << (WRITTEN_SHIFT - 3) };

void cache_written_fini(struct cache_written *w)
{
	line_windows_fini(&w->windows, WINDOW_BYTES);
}

uint64_t *cache_written_find(struct cache_written *w, uint64_t key)
{
	uint64_t *bits = line_windows_get(&w->windows, key, WINDOW_BYTES);

	if (bits)
		w->fast[line_windows_hash(key, WRITTEN_FAST_BITS)] =
			(struct line_window){key, bits};
	else
		w->failed = true;
	return bits;
}

void cache_written_each(const struct cache_written *w, void (*fn)(void *ctx, uint64_t line),
			void *ctx)
{
	for (size_t i = 0; w->windows.slots && i <= w->windows.mask; i++) {
		const struct line_window *window = &w->windows.slots[i];
		const uint64_t *bits = window->block;

		for (uint64_t at = 0; bits && at < 1 << WRITTEN_SHIFT; at += 64)
			for (uint64_t word = bits[at / 64]; word; word &= word - 1)
				fn(ctx, (window->key << WRITTEN_SHIFT) + at +
						(uint64_t)__builtin_ctzll(word));
	}
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
