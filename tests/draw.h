/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that look random and are the same in each run: xorshift64 (G. Marsaglia, Xorshift RNGs, 2003). */
#ifndef TESTS_DRAW_H
#define TESTS_DRAW_H

#include <stdint.h>

/* Any 64-bit number but 0. *state must not be 0. */
static inline uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
