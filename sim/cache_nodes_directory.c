// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache_nodes_directory.h"

#include <stdlib.h>

#include "base/zeroes.h"

enum { INITIAL_WINDOWS = 64, WINDOW_BYTES = sizeof(uint32_t) << DIRECTORY_SHIFT };

void directory_fini(struct directory *d)
{
	for (size_t i = 0; d->windows && i <= d->mask; i++)
		zeroes_unmap(d->windows[i].entries, WINDOW_BYTES);
	free(d->windows);
}

/* The window's slot, or the free one where it would go. Fibonacci hashing: 2^64 / golden ratio. */
static struct directory_window *slot_of(const struct directory *d, uint64_t key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ULL >> 40) & d->mask;

	while (d->windows[i].entries && d->windows[i].key != key)
		i = (i + 1) & d->mask;
	return &d->windows[i];
}

static bool make_room(struct directory *d)
{
	struct directory old = *d;
	size_t size = d->windows ? 2 * (d->mask + 1) : INITIAL_WINDOWS;

	if (d->windows && 2 * (d->nr + 1) <= d->mask)
		return true;
	d->windows = calloc(size, sizeof(*d->windows));
	if (!d->windows) {
		*d = old;
		return false;
	}
	d->mask = size - 1;
	for (size_t i = 0; old.windows && i <= old.mask; i++)
		if (old.windows[i].entries)
			*slot_of(d, old.windows[i].key) = old.windows[i];
	free(old.windows);
	return true;
}

static uint32_t *lose(struct directory *d)
{
	d->failed = true;
	d->lost = 0;
	return &d->lost;
}

uint32_t *directory_find(struct directory *d, uint64_t line)
{
	uint64_t key = line >> DIRECTORY_SHIFT;
	struct directory_window *w;

	if (!make_room(d))
		return lose(d);
	w = slot_of(d, key);
	if (!w->entries) {
		w->entries = zeroes_map(WINDOW_BYTES);
		if (!w->entries)
			return lose(d);
		w->key = key;
		d->nr++;
	}
	d->last = *w;
	return &w->entries[line & ((1U << DIRECTORY_SHIFT) - 1)];
}
