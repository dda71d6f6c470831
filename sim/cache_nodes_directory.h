/* SPDX-License-Identifier: GPL-2.0-only */
/* By line: which nodes may have it, and whether one of them has written it. See cache_nodes.h. */
#ifndef SIM_CACHE_NODES_DIRECTORY_H
#define SIM_CACHE_NODES_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/line_windows.h"

/*
 * A bit for each node that may have the line: one that has it has its bit set, but lines are evicted without notice.
 * And, with the bit of that node alone, whether it was the last to write it.
 */
#define DIRECTORY_WRITTEN (1U << 31)

enum { DIRECTORY_SHIFT = 20 }; /* lines of a window, 64 MiB of addresses */

struct directory {
	struct line_windows windows; /* of uint32_t */
	struct line_window last;     /* that was asked for */
	bool failed;		     /* out of memory, for good */
	uint32_t lost;		     /* then: what stands for every line that has no entry */
};

/* All zeros is an empty one. */
void directory_fini(struct directory *d);

/*
 * The line's entry in another window than the last; directory_entry() is for callers. Without memory for it
 * `failed` sticks, and what comes of the entry is worth nothing.
 */
uint32_t *directory_find(struct directory *d, uint64_t line);

static inline uint32_t *directory_entry(struct directory *d, uint64_t line)
{
	uint32_t *entries = d->last.block;

	if (__builtin_expect(!entries || d->last.key != line >> DIRECTORY_SHIFT, 0))
		return directory_find(d, line);
	return &entries[line & ((1U << DIRECTORY_SHIFT) - 1)];
}

#endif
