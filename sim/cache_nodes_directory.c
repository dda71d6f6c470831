// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache_nodes_directory.h"

enum { WINDOW_BYTES = sizeof(uint32_t) << DIRECTORY_SHIFT };

void directory_fini(struct directory *d)
{
	line_windows_fini(&d->windows, WINDOW_BYTES);
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
	uint32_t *entries = line_windows_get(&d->windows, key, WINDOW_BYTES);

	if (!entries)
		return lose(d);
	d->last = (struct line_window){key, entries};
	return &entries[line & ((1U << DIRECTORY_SHIFT) - 1)];
}
