/* SPDX-License-Identifier: GPL-2.0-only */
/* What physical memory is used for, and by whom its metadata is written, coarse enough to be looked at. */
#ifndef SIM_PAGE_MAP_H
#define SIM_PAGE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "sim/access/op.h"
#include "sim/pages/pages.h"

enum { PAGE_MAP_CELLS = 2048 };

/* Operations by what they are about, as the files of the access map are. WRITER(NAME, "name", doc) */
#define PAGE_WRITERS(WRITER)                                                                       \
	WRITER(NOBODY, "nobody", "no operation wrote here")                                        \
	WRITER(PAGES, "allocation",                                                                \
	       "pages allocated, freed and moved, free lists, compound pages")                     \
	WRITER(FILE, "files and LRU", "page cache, buffered reads and writes, LRU lists")          \
	WRITER(MAP, "mapping", "faults, mappings and their ends, forks, page tables, cgroups")     \
	WRITER(SLAB, "slabs", "slabs made and taken apart, their objects freed")

enum page_writer {
#define WRITER(NAME, name, doc) PAGE_WRITER_##NAME,
	PAGE_WRITERS(WRITER)
#undef WRITER
		PAGE_WRITER_MAX
};

const char *page_writer_name(int writer);

struct page_map {
	uint64_t cell_pages;	      /* pages of memory for each cell, a power of two */
	uint32_t nr;		      /* cells, from pfn 0 on */
	uint8_t kind[PAGE_MAP_CELLS]; /* enum page_kind: what most of the cell's pages are */
	uint8_t writer
		[PAGE_MAP_CELLS]; /* enum page_writer: whose operations most often wrote there */
	uint64_t writes[PAGE_WRITER_MAX]; /* operations that wrote, all over memory */
};

/* How often each sort of operation wrote to the metadata of each cell's pages. */
struct page_writes;

/* NULL: no memory. */
struct page_writes *page_writes_create(uint64_t max_pfn, uint64_t code);
void page_writes_destroy(struct page_writes *w);
DEFINE_CLEANUP(struct page_writes *, page_writes_destroy);
/* An operation counts once, at its unit's first page, if it writes anything in any layout. */
void page_writes_add(struct page_writes *w, const struct op *ops, size_t nr);

/*
 * As the pages are now, and as they were written to until now. Of kinds, or writers, that are equally frequent in a
 * cell the one with the lower number counts.
 */
void pages_map(const struct pages *p, const struct page_writes *w, struct page_map *ret);

#endif
