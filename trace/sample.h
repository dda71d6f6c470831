/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages a sample of 1 in n holds. It takes blocks of 2^SAMPLE_SHIFT pages, the largest that the buddy
 * allocator knows, or leaves them out as a whole: what is allocated in one piece is freed, split and merged
 * inside of it, so every page's life is in the sample from end to end, and so is every buddy. n is a power of
 * two, and a sample of 1 in 2n is a part of the sample of 1 in n. Shared with the BPF programs.
 */
#ifndef TRACE_SAMPLE_H
#define TRACE_SAMPLE_H

#include <stdint.h>

enum { SAMPLE_SHIFT = 10, SAMPLE_MAX = 1 << 12 };

/* The upper half of a product with 2^64 over the golden ratio (Knuth, vol. 3, 6.4): neighbours fall far apart. */
static inline uint32_t sample_hash(uint64_t pfn)
{
	return (uint32_t)((pfn >> SAMPLE_SHIFT) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* mask: n - 1 */
static inline int sample_holds(uint64_t pfn, uint32_t mask)
{
	return !(sample_hash(pfn) & mask);
}

#endif
