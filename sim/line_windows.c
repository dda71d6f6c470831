// SPDX-License-Identifier: GPL-2.0-only
#include "sim/line_windows.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/zeroes.h"

enum { INITIAL_SLOTS = 64, HASH_BITS = 32 };

void line_windows_fini(struct line_windows *w, size_t bytes)
{
	for (size_t i = 0; w->slots && i <= w->mask; i++)
		zeroes_unmap(w->slots[i].block, bytes);
	free(w->slots);
}

/* The window's slot, or the free one where it would go. */
static struct line_window *slot_of(const struct line_windows *w, uint64_t key)
{
	size_t i = line_windows_hash(key, HASH_BITS) & w->mask;

	while (w->slots[i].block && w->slots[i].key != key)
		i = (i + 1) & w->mask;
	return &w->slots[i];
}

static bool make_room(struct line_windows *w)
{
	struct line_windows old = *w;
	size_t size = old.slots ? 2 * (old.mask + 1) : INITIAL_SLOTS;

	if (old.slots && 2 * (old.nr + 1) <= old.mask)
		return true;
	w->slots = calloc(size, sizeof(*w->slots));
	if (!w->slots) {
		*w = old;
		return false;
	}
	w->mask = size - 1;
	for (size_t i = 0; old.slots && i <= old.mask; i++)
		if (old.slots[i].block)
			*slot_of(w, old.slots[i].key) = old.slots[i];
	free(old.slots);
	return true;
}

void *line_windows_get(struct line_windows *w, uint64_t key, size_t bytes)
{
	struct line_window *slot = make_room(w) ? slot_of(w, key) : NULL;

	if (!slot)
		return NULL;
	if (!slot->block) {
		slot->block = zeroes_map(bytes);
		slot->key = key;
		w->nr += slot->block != NULL;
	}
	return slot->block;
}
