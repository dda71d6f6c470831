/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Large arrays of zeroes. What is never touched costs no memory. They are accessed at random, so huge pages are
 * asked for: with small ones most accesses would miss the TLB.
 */
#ifndef BASE_ZEROES_H
#define BASE_ZEROES_H

#include <stddef.h>

/* NULL when out of address space. */
void *zeroes_map(size_t size);
/* NULL is fine. */
void zeroes_unmap(void *p, size_t size);

#endif
