/* SPDX-License-Identifier: GPL-2.0-only */
/* By line: which last levels' CPUs may have it, and whether one of them has written it. See cache_nodes.h. */
#ifndef SIM_CACHE_NODES_DIRECTORY_H
#define SIM_CACHE_NODES_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cache/line_words.h"

/*
 * A bit for each group of CPUs with a last level that may have the line, or for several of them: one that has it has its bit
 * set, but lines are evicted without notice. And, with one bit alone, whether such a group was the last to write it.
 */
#define DIRECTORY_WRITTEN (1U << 31)
#define DIRECTORY_BITS 31

/* All zeros is an empty one. */
struct directory {
	struct line_words entries;
	bool failed;   /* out of memory, for good */
	uint32_t lost; /* then: what stands for a line that has no entry */
};

/* The line's entry. Without memory for it `failed` sticks, and what comes of the entry is worth nothing. */
static inline uint32_t *directory_entry(struct directory *d, uint64_t line)
{
	uint32_t *entry = line_words_at(&d->entries, line);

	if (__builtin_expect(entry != NULL, 1))
		return entry;
	d->failed = true;
	d->lost = 0;
	return &d->lost;
}

#endif
