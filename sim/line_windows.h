/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept for each cache line, in windows of many lines in a row: those that nobody asks for take no memory. */
#ifndef SIM_LINE_WINDOWS_H
#define SIM_LINE_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

struct line_window {
	uint64_t key; /* the line's number without its last bits */
	void *block;  /* NULL: the slot is free */
};

/* All zeros is an empty one. */
struct line_windows {
	struct line_window *slots; /* open addressing, at most half full; NULL: none yet */
	size_t mask, nr;
};

/* Always with the same `bytes`: those of a window's block. */
void line_windows_fini(struct line_windows *w, size_t bytes);
/* The window's block, of zeros if it is made now; NULL: no memory. */
void *line_windows_get(struct line_windows *w, uint64_t key, size_t bytes);

/* A number for the key with so many bits. Fibonacci hashing: 2^64 / golden ratio. */
static inline size_t line_windows_hash(uint64_t key, unsigned int bits)
{
	return (size_t)(key * 0x9e3779b97f4a7c15ULL >> (64 - bits));
}

#endif
