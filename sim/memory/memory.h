/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a layout takes apart from descriptors: the memmap, with what is saved on huge pages, and the arrays
 * beside it. Follows from the layout and from how much memory of which sort there is, exactly.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdint.h>

#include "layouts/layout.h"
#include "sim/pages/pages.h"
#include "trace/meta.h"

struct memory {
	uint64_t memmap_bytes; /* entries of all pages, less what the layout saves on huge pages */
	uint64_t saved_bytes;  /* that saving (HVO, device DAX) */
	uint64_t side_bytes;   /* arrays beside the memmap */
	/* SLAB's header and index in each slab, with objects of the assumed size; without its descriptors */
	uint64_t slab_bytes;
	uint64_t debug_side_bytes; /* those that only debug kernels have: in no total */
	/*
	 * With base pages above 4 KiB: what memory in use grows by if every unit below a base page takes one
	 * of its own. The most that can be; a trace of smaller pages does not tell which would share. In no
	 * total, as it is no metadata.
	 */
	uint64_t rounding_bytes;
};

/* Bytes of memmap that one unit of this kind, of 2^order pages of 4 KiB, gives back: huge pages do. */
uint64_t memory_saved(const struct layout *layout, enum page_kind kind, unsigned int order);

/* What the management of a slab takes besides its descriptor, where that is one of the layout's objects. */
uint64_t memory_slab_bytes(const struct layout *layout, unsigned int order);

/* counts: at the moment in question. */
void memory_of_layout(const struct layout *layout, const struct trace_meta *meta,
		      const struct pages_counts *counts, struct memory *ret);

static inline uint64_t memory_fixed_bytes(const struct memory *m)
{
	return m->memmap_bytes + m->side_bytes + m->slab_bytes;
}

#endif
