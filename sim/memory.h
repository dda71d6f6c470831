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
	/*
	 * With base pages above 4 KiB: what memory in use grows by if every unit below a base page takes one
	 * of its own. The most that can be; a trace of smaller pages does not tell which would share. In no
	 * total, as it is no metadata.
	 */
	uint64_t rounding_bytes;
};

/* Bytes of memmap that a huge page of 2^order pages of 4 KiB gives back. */
uint64_t memory_saved(const struct layout *layout, enum layout_huge memory, unsigned int order);

/* counts: at the moment in question. */
void memory_of_layout(const struct layout *layout, const struct trace_meta *meta,
		      const struct pages_counts *counts, struct memory *ret);

static inline uint64_t memory_fixed_bytes(const struct memory *m)
{
	return m->memmap_bytes + m->side_bytes;
}

#endif
