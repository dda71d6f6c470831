/* SPDX-License-Identifier: GPL-2.0-only */
/* What physical memory is used for, coarse enough to be looked at. */
#ifndef SIM_PAGE_MAP_H
#define SIM_PAGE_MAP_H

#include <stdint.h>

#include "sim/pages.h"

enum { PAGE_MAP_CELLS = 2048 };

struct page_map {
	uint64_t cell_pages;	      /* pages of memory for each cell, a power of two */
	uint32_t nr;		      /* cells, from pfn 0 on */
	uint8_t kind[PAGE_MAP_CELLS]; /* enum page_kind: what most of the cell's pages are */
};

/* As the pages are now. Of kinds that are equally frequent in a cell the one with the lower number counts. */
void pages_map(const struct pages *p, struct page_map *ret);

#endif
