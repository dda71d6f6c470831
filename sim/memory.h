/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a layout takes apart from descriptors: the memmap, with what is saved on huge pages, and the arrays
 * beside it. Follows from the layout and from how much memory of which sort there is, exactly.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdint.h>

#include "layouts/layout.h"
#include "sim/pages.h"
#include "trace/meta.h"

struct memory {
	uint64_t memmap_bytes; /* entries of all pages, less what the layout saves on huge pages */
	uint64_t saved_bytes;  /* that saving (HVO, device DAX) */
	uint64_t side_bytes;   /* arrays beside the memmap */
	uint64_t debug_side_bytes; /* those that only debug kernels have: in no total */
};

/* counts: at the moment in question. */
void memory_of_layout(const struct layout *layout, const struct trace_meta *meta,
		      const struct pages_counts *counts, struct memory *ret);

static inline uint64_t memory_fixed_bytes(const struct memory *m)
{
	return m->memmap_bytes + m->side_bytes;
}

#endif
