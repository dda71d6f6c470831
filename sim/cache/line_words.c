// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/line_words.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/zeroes.h"

enum {
	INITIAL_SLOTS = 64,
	HASH_BITS = 32,
	WINDOW_WORDS = 1 << LINE_WORDS_SHIFT,
	WINDOW_BYTES = WINDOW_WORDS * sizeof(uint32_t),
};

void line_words_fini(struct line_words *w)
{
	for (size_t i = 0; w->slots && i <= w->mask; i++)
		zeroes_unmap(w->slots[i].words, WINDOW_BYTES);
	free(w->slots);
}

/* The window's slot, or the free one where it would go. */
static struct line_window *slot_of(const struct line_words *w, uint64_t key)
{
	size_t i = line_words_hash(key, HASH_BITS) & w->mask;

	while (w->slots[i].words && w->slots[i].key != key)
		i = (i + 1) & w->mask;
	return &w->slots[i];
}

static bool make_room(struct line_words *w)
{
	struct line_window *old = w->slots;
	size_t old_size = old ? w->mask + 1 : 0, size = old ? 2 * old_size : INITIAL_SLOTS;
	struct line_window *slots;

	if (2 * (w->nr + 1) < old_size)
		return true;
	slots = calloc(size, sizeof(*slots));
	if (!slots)
		return false;
	w->slots = slots;
	w->mask = size - 1;
	for (size_t i = 0; i < old_size; i++)
		if (old[i].words)
			*slot_of(w, old[i].key) = old[i];
	free(old);
	return true;
}

uint32_t *line_words_window(struct line_words *w, uint64_t key)
{
	struct line_window *slot = make_room(w) ? slot_of(w, key) : NULL;

	if (slot && !slot->words) {
		slot->words = zeroes_map(WINDOW_BYTES);
		slot->key = key;
		w->nr += slot->words != NULL;
	}
	if (!slot || !slot->words)
		return NULL;
	w->fast[line_words_hash(key, LINE_WORDS_FAST_BITS)] = *slot;
	return slot->words;
}

void line_words_each(const struct line_words *w,
		     void (*fn)(void *ctx, uint64_t line, uint32_t word), void *ctx)
{
	for (size_t i = 0; w->slots && i <= w->mask; i++) {
		const struct line_window *window = &w->slots[i];

		for (size_t k = 0; window->words && k < WINDOW_WORDS; k++)
			if (window->words[k])
				fn(ctx, (window->key << LINE_WORDS_SHIFT) + k, window->words[k]);
	}
}
