/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From which order on an allocation takes less metadata than today: a descriptor costs the same whatever it
 * describes, and 2^order entries of 64 bytes do not.
 */
#ifndef SIM_BREAK_EVEN_H
#define SIM_BREAK_EVEN_H

#include <stdbool.h>
#include <stdint.h>

#include "layouts/layout.h"
#include "sim/heap/heap.h"

enum {
	BREAK_EVEN_TODAY = 64, /* bytes of struct page for 4 KiB, v3.11 (SLUB) to v7.3 */
	BREAK_EVEN_NEVER = 255,
};

struct break_even {
	uint8_t tie;  /* the lowest order from which on it takes at most as much; or NEVER */
	uint8_t less; /* ... from which on it takes less */
	/*
	 * The same as less, when a descriptor is charged with its share of a slab full of them: of the room
	 * that no object fits in, of the slab's own descriptor and of the entries of its pages.
	 */
	uint8_t less_with_slab;
};

/* objects: those of the layout's heap, in the order of the layout. */
void break_even_of(const struct layout *layout, const struct heap_counts *objects,
		   enum page_kind kind, struct break_even *ret);

/* Bytes of one descriptor in a slab full of them, its share of everything that the slab takes included. */
double break_even_share(const struct layout *layout, const struct heap_counts *objects,
			const struct heap_counts *object);

#endif
