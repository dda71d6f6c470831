/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A word of 32 bits for each cache line, zero at first. They lie in the order of the lines: what is known of neighbours,
 * which are mostly met together, is in one line of the host. Windows of many words in a row are mapped when somebody
 * asks for one of them; what nobody touches takes no memory.
 */
#ifndef SIM_LINE_WORDS_H
#define SIM_LINE_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum {
	LINE_WORDS_SHIFT = 16,	  /* log2 of a window's words: 256 KiB for 4 MiB of addresses */
	LINE_WORDS_FAST_BITS = 7, /* of the number of windows at hand */
};

struct line_window {
	uint64_t key;	 /* the line's number without its last bits */
	uint32_t *words; /* NULL: the slot is free */
};

/* All zeros is an empty one. */
struct line_words {
	/* the window with this hash that was asked for last */
	struct line_window fast[1 << LINE_WORDS_FAST_BITS];
	struct line_window *slots; /* open addressing, at most half full; NULL: none yet */
	size_t mask, nr;
};

void line_words_fini(struct line_words *w);
/* Calls fn for each word that is not zero, windows in no particular order. */
void line_words_each(const struct line_words *w,
		     void (*fn)(void *ctx, uint64_t line, uint32_t word), void *ctx);
/* For line_words_at(): a window that is not at hand. */
uint32_t *line_words_window(struct line_words *w, uint64_t key);

/* A number for the key with so many bits. Fibonacci hashing: 2^64 / golden ratio. */
static inline size_t line_words_hash(uint64_t key, unsigned int bits)
{
	return (size_t)(key * 0x9e3779b97f4a7c15ULL >> (64 - bits));
}

/* The line's word, which stays where it is; NULL: no memory. */
static inline uint32_t *line_words_at(struct line_words *w, uint64_t line)
{
	const uint64_t key = line >> LINE_WORDS_SHIFT;
	const struct line_window *fast = &w->fast[line_words_hash(key, LINE_WORDS_FAST_BITS)];
	uint32_t *words = fast->words;

	if (__builtin_expect(!words || fast->key != key, 0)) {
		words = line_words_window(w, key);
		if (!words)
			return NULL;
	}
	return &words[line & ((1U << LINE_WORDS_SHIFT) - 1)];
}

#endif
