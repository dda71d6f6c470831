/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is found out about each line that a model touches, beside the level of the caches that had it:
 * whether it was missed for the sake of sharing, where its translation was, which part of the memmap is hot, and
 * whose line it was.
 */
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/charge/breakdown.h"
#include "sim/cache/cache.h"
#include "sim/machine/machine.h"
#include "sim/access/place.h"
#include "sim/cache/sharing.h"
#include "sim/cache/tlb.h"

struct watch_counts {
	uint64_t sharing[SHARING_MAX]; /* lines that another CPU's write had taken away */
	uint64_t tlb[TLB_LEVELS];      /* lines, by where their translation was */
};

/* The memmap in equal parts, by pfn: how hot each is. The last ones may lie beyond its end. */
enum { HEAT_PARTS = 256 };

struct heat {
	uint64_t pages;			/* of memory that one part describes */
	uint64_t touched[HEAT_PARTS];	/* lines */
	uint64_t memory[HEAT_PARTS];	/* of these, fetched from memory */
	uint64_t beyond, beyond_memory; /* the same of lines that are not in this memmap */
};

struct watch_opts {
	const struct layout *layout;
	const struct machine_tlb *tlb; /* borrowed during create; NULL: no TLB is simulated */
	unsigned int nr_cpus;
	uint64_t max_pfn;
	bool heat;
	bool breakdown;
	bool no_sharing; /* even with several CPUs */
};

struct watch {
	uint32_t page_size;
	struct sharing *sharing; /* NULL for one CPU */
	struct tlb *tlb;
	enum tlb_size memmap, direct;
	uint64_t *split; /* a bit per 2 MiB of memmap: mapped by small pages, for HVO; or NULL */
	uint64_t nr_split;
	struct heat *heat; /* or NULL */
	/* or NULL. accesses and lines are of who gathers lines, hits of who puts them through the caches */
	struct breakdown *breakdown;
};

int watch_init(struct watch *w, const struct watch_opts *opts, struct error *err) __must_check;
void watch_fini(struct watch *w);

/* A unit of hugetlb pages was seen: with HVO its part of the memmap is mapped by pages of 4 KiB. */
void watch_hugetlb(struct watch *w, uint32_t pfn, unsigned int order);

/* Some operations touched the line, so many; or the line was fetched from memory so often. */
void watch_heat(struct watch *w, uint64_t line, unsigned int times);
void watch_heat_memory(struct watch *w, uint64_t line, unsigned int times);

static inline enum tlb_size watch_page_size(const struct watch *w, uint64_t line)
{
	uint64_t block;

	if (line < PLACE_MEMMAP >> 6)
		return w->direct;
	block = (line - (PLACE_MEMMAP >> 6)) >> (tlb_shift(TLB_2M) - 6);
	if (w->split && block < w->nr_split && w->split[block / 64] >> block % 64 & 1)
		return TLB_4K;
	return w->memmap;
}

struct watch_page {
	uint64_t number;
	enum tlb_size size;
};

/* The page that the line lies in. */
static inline struct watch_page watch_page(const struct watch *w, uint64_t line)
{
	enum tlb_size size = watch_page_size(w, line);

	return (struct watch_page){line >> (tlb_shift(size) - 6), size};
}

/* The CPU touches something in this page: where its translation was. There must be a TLB. */
static inline enum tlb_level watch_translate(struct watch *w, unsigned int cpu,
					     struct watch_page page)
{
	return tlb_access(w->tlb, cpu, page.size, page.number);
}

#endif
