// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache_written.h"

#include <stdlib.h>

#include "base/zeroes.h"

enum { INITIAL_WINDOWS = 64, WINDOW_BYTES = 1 << (WRITTEN_SHIFT - 3) };

static size_t hash_of(uint64_t key)
{
	return (size_t)(key * 0x9e3779b97f4a7c15ULL >> 32);
}

void cache_written_fini(struct cache_written *w)
{
	for (size_t i = 0; w->windows && i <= w->mask; i++)
		zeroes_unmap(w->windows[i].bits, WINDOW_BYTES);
	free(w->windows);
}

static struct written_window *slot_of(const struct cache_written *w, uint64_t key)
{
	size_t i = hash_of(key) & w->mask;

	while (w->windows[i].bits && w->windows[i].key != key)
		i = (i + 1) & w->mask;
	return &w->windows[i];
}

static bool make_room(struct cache_written *w)
{
	struct written_window *old = w->windows;
	size_t old_size = old ? w->mask + 1 : 0, size = old ? 2 * old_size : INITIAL_WINDOWS;

	if (old && 2 * (w->nr + 1) <= w->mask)
		return true;
	w->windows = calloc(size, sizeof(*w->windows));
	if (!w->windows) {
		w->windows = old;
		return false;
	}
	w->mask = size - 1;
	for (size_t i = 0; i < old_size; i++)
		if (old[i].bits)
			*slot_of(w, old[i].key) = old[i];
	free(old);
	return true;
}

uint64_t *cache_written_find(struct cache_written *w, uint64_t key)
{
	struct written_window *slot = make_room(w) ? slot_of(w, key) : NULL;

	if (slot && !slot->bits) {
		slot->bits = zeroes_map(WINDOW_BYTES);
		slot->key = key;
		w->nr += slot->bits != NULL;
	}
	if (!slot || !slot->bits) {
		w->failed = true;
		return NULL;
	}
	w->fast[key * 0x9e3779b97f4a7c15ULL >> 58] = *slot;
	return slot->bits;
}

void cache_written_each(const struct cache_written *w, void (*fn)(void *ctx, uint64_t line),
			void *ctx)
{
	for (size_t i = 0; w->windows && i <= w->mask; i++) {
		const struct written_window *window = &w->windows[i];

		for (uint64_t at = 0; window->bits && at < 1 << WRITTEN_SHIFT; at += 64)
			for (uint64_t word = window->bits[at / 64]; word; word &= word - 1)
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
