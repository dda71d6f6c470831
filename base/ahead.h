/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fetching what will be wanted soon. To GCC (12, at -O2) a function that does nothing but __builtin_prefetch() has no
 * effect: where it is not inlined early, its calls are deleted, silently, and nothing is fetched. The empty asm counts as
 * an effect, so these calls stay. Nobody else calls the builtin (tests/lint/ahead).
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
