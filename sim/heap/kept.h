/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Freed descriptors that every CPU keeps for a while, tied to their pages (M. Wilcox, November 2024, to the folio
 * owner_ops thread): memory that the CPU hands out again soon needs neither a new descriptor nor new words in the
 * memmap. A trace decides which pages are handed out, so what is kept helps where the same pages come back.
 */
#ifndef SIM_KEPT_H
#define SIM_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "sim/heap/slub.h"

struct kept;

struct kept_unit {
	uint32_t pfn;
	uint8_t order;
	slub_object object;
};

/* depth: how many of each cache a CPU keeps, at least 1. */
int kept_create(unsigned int nr_cpus, unsigned int nr_caches, unsigned int depth, struct kept **ret,
		struct error *err) __must_check;
void kept_destroy(struct kept *k);

/* The descriptor that is kept with exactly these pages, no longer kept then; SLUB_NONE: there is none. */
slub_object kept_take(struct kept *k, unsigned int cpu, unsigned int cache, uint32_t pfn,
		      uint8_t order);
/* Keeps one. True: there was no room, and *ret_oldest, which made it, is to be given back. */
bool kept_put(struct kept *k, unsigned int cpu, unsigned int cache, const struct kept_unit *unit,
	      struct kept_unit *ret_oldest);

#endif
