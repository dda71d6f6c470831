/* SPDX-License-Identifier: GPL-2.0-only */
/* What kinds of pages have in common, and what an event shows of them. */
#ifndef SIM_PAGES_KINDS_H
#define SIM_PAGES_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/page_kind.h"
#include "trace/event.h"

static inline bool kind_is_free(uint8_t kind)
{
	return kind == PAGE_KIND_FREE || kind == PAGE_KIND_PCP;
}

static inline bool kind_is_folio(uint8_t kind)
{
	return kind == PAGE_KIND_ANON || kind == PAGE_KIND_FILE || kind == PAGE_KIND_SHMEM ||
	       kind == PAGE_KIND_KSM || kind == PAGE_KIND_HUGETLB || kind == PAGE_KIND_USER;
}

static inline bool kind_is_cached(uint8_t kind)
{
	return kind == PAGE_KIND_FILE || kind == PAGE_KIND_SHMEM;
}

/* By the flags that an event of the LRU lists tells. */
static inline enum page_kind pages_kind_of_folio(uint32_t lru_flags)
{
	if (lru_flags & LRUF_KSM)
		return PAGE_KIND_KSM;
	if (lru_flags & LRUF_ANON)
		return PAGE_KIND_ANON;
	return lru_flags & LRUF_SWAPBACKED ? PAGE_KIND_SHMEM : PAGE_KIND_FILE;
}

/* What a mapped folio is, by what is known of it and by the event; the event decides about anonymous ones. */
static inline enum page_kind pages_kind_of_mapped(uint8_t known, bool anon)
{
	if (anon)
		return known == PAGE_KIND_KSM ? PAGE_KIND_KSM : PAGE_KIND_ANON;
	if (known == PAGE_KIND_SHMEM || known == PAGE_KIND_HUGETLB)
		return known;
	return PAGE_KIND_FILE;
}

/* What is found in the page cache is a folio, but its kind is known better by others. */
static inline enum page_kind pages_kind_of_found(uint8_t known)
{
	return kind_is_folio(known) && known != PAGE_KIND_USER ? known : PAGE_KIND_FILE;
}

/* What is put there: no event tells that of shmem. */
static inline enum page_kind pages_kind_of_cached(uint8_t known)
{
	return known == PAGE_KIND_SHMEM ? PAGE_KIND_SHMEM : PAGE_KIND_FILE;
}

/* No slab of a kernel's holds more, nor does a sheaf: 8 bytes each in a page. What a trace says beyond is nonsense. */
static inline uint32_t pages_nr_objects(uint32_t said)
{
	return said < 512 ? said : 512;
}

#endif
