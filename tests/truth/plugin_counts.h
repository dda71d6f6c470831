/* SPDX-License-Identifier: GPL-2.0-only */
/* What the plugin saw of the memmap, by instruction, offset in struct page and size. */
#ifndef TRUTH_PLUGIN_COUNTS_H
#define TRUTH_PLUGIN_COUNTS_H

#include <stdint.h>
#include <stdio.h>

#include "sim/cache.h"

struct site {
	uint64_t key; /* see site_key(); 0: unused */
	uint32_t
		call; /* low half of the last call instruction before it: of a leaf function its caller */
	uint64_t loads, stores;
	uint64_t rmw; /* pairs of these that one instruction made of one place */
	uint64_t hits[CACHE_LEVEL_MAX];
};

struct counts {
	struct site *sites; /* open addressing, power of two */
	size_t nr, cap;
};

/* Kernel text, modules and BPF programs lie in the top 4 GiB: half the address names the instruction. */
static inline uint64_t site_key(uint32_t pc, unsigned int locked, unsigned int offset,
				unsigned int size_shift)
{
	return (uint64_t)pc << 32 | (uint64_t)locked << 31 | 1u << 30 | offset << 8 | size_shift;
}

/* The place of a key, made if it is new; valid until the next call. Ends the emulator if memory runs out. */
struct site *counts_site(struct counts *counts, uint64_t key, uint32_t call);

/* A JSON array of all places. */
void counts_print(const struct counts *counts, FILE *f);

#endif
