/* SPDX-License-Identifier: GPL-2.0-only */
/* Kinds of memory that a trace may hold without saying so. */
#ifndef SIM_KINDS_H
#define SIM_KINDS_H

#include <stdint.h>

#include "sim/pages/pages.h"

/*
 * Kinds, a bit each, that no page of this trace is said to be, although there may be some: /proc/kpageflags has no bit
 * for page_pool, zsmalloc and percpu chunks, and where the memmap itself is read only some kernels tell the first two.
 * They are then counted as one of kinds_vague(). Device memory is not in the ranges that are recorded at all.
 */
uint32_t kinds_not_named(const struct pages_counts *start, const struct pages_counts *end);
/* Kinds, a bit each, that say little about what memory is used for. */
uint32_t kinds_vague(void);

#endif
