/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fetching what will be wanted soon. A function that does nothing but __builtin_prefetch() is, to GCC (12, at -O2),
 * one without effect: where such a function is not inlined early, its calls are deleted, and with them all that was to
 * be fetched, silently. The empty statement is an effect, so these stay. Nobody else calls the builtin (tests/lint/ahead).
 */
#ifndef BASE_AHEAD_H
#define BASE_AHEAD_H

static inline void ahead_to_read(const void *p)
{
	__builtin_prefetch(p);
	__asm__ volatile("");
}

static inline void ahead_to_write(const void *p)
{
	__builtin_prefetch(p, 1);
	__asm__ volatile("");
}

#endif
