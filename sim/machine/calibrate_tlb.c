// SPDX-License-Identifier: GPL-2.0-only
/* What follows from the times about translation, and about lines that come before they are asked for. */
#include "sim/machine/calibrate_impl.h"

/* Enough to be no longer in the first level of any TLB, and in the second level of all. */
#define BETWEEN_LEVELS 256

/* What a chase through so many lines takes where they lie close together, on few pages. */
static double dense_time(const struct calibration *c, uint32_t lines)
{
	size_t i = 0;

	while (i + 1 < c->nr_sizes && c->sizes[i + 1].size <= (uint64_t)lines * CALIBRATE_LINE)
		i++;
	return c->sizes[i].ns.best;
}

/* Translation costs what a chase through as many lines costs more when each lies on a page of its own. */
static double excess(const struct calibration *c, size_t i)
{
	return c->tlb[i].small.best - dense_time(c, c->tlb[i].pages);
}

/* The most pages below `limit` of which none costs more than that; 0: there are none. */
static uint32_t holds(const struct calibration *c, double more, uint32_t limit)
{
	uint32_t pages = 0;

	for (size_t i = 0; i < c->nr_tlb && c->tlb[i].pages <= limit; i++) {
		if (excess(c, i) > more)
			break;
		pages = c->tlb[i].pages;
	}
	return pages;
}

static void derive_first_level(const struct calibration *c, struct machine *m)
{
	double more = 0;
	uint32_t entries;

	for (size_t i = 0; i < c->nr_tlb; i++)
		if (c->tlb[i].pages == BETWEEN_LEVELS)
			more = excess(c, i);
	/* less than a cycle is no level of a TLB */
	if (more < 0.3)
		return;
	entries = holds(c, more / 2, BETWEEN_LEVELS);
	if (!entries)
		return;
	calibrate_set(m, FIGURE_TLB_FIRST_4K, entries, HOW_TIMING);
	calibrate_set(m, FIGURE_TLB_SECOND, more * 1000, HOW_TIMING);
}

/*
 * The host maps the guest's 2 MiB by small pages, and the CPU keeps the smaller of the two. Chases through more
 * than the TLB holds had walks in them, which are figures of their own.
 */
static void use_small_pages(const struct calibration *c, struct machine *m)
{
	struct machine_figure *f = m->figures;
	uint64_t walk = f[FIGURE_TLB_WALK].value;

	calibrate_note(
		m, "2 MiB pages need walks like 4 KiB ones: the host backs them with small pages; "
		   "latency memory is without that walk");
	calibrate_set(m, FIGURE_PAGES_MEMMAP, 4096, HOW_TIMING);
	calibrate_set(m, FIGURE_PAGES_DIRECT, 4096, HOW_TIMING);
	if (c->memory.size / 4096 > f[FIGURE_TLB_4K].value &&
	    f[FIGURE_LATENCY_MEMORY].value > f[FIGURE_LATENCY_LLC].value + walk)
		f[FIGURE_LATENCY_MEMORY].value -= walk;
}

/* The size of page that maps most of the direct map, as the kernel says. */
static void derive_direct_pages(const struct calibration *c, struct machine *m)
{
	int most = 0;

	for (int i = 1; i < 3; i++)
		if (c->direct_kib[i] > c->direct_kib[most])
			most = i;
	if (!c->direct_kib[most])
		return;
	calibrate_set(m, FIGURE_PAGES_DIRECT, (double)(1ULL << tlb_shift((enum tlb_size)most)),
		      HOW_PUBLISHED);
	calibrate_note(m, "pages direct: what maps most of it, /proc/meminfo");
}

void calibrate_derive_tlb(const struct calibration *c, struct machine *m)
{
	const struct tlb_point *last = &c->tlb[c->nr_tlb - 1];
	double walk = excess(c, c->nr_tlb - 1);
	uint32_t entries;

	/* a few cycles may be the second-level TLB alone */
	if (!c->huge_pages || walk < 3)
		return;
	calibrate_set(m, FIGURE_TLB_WALK, walk * 1000, HOW_TIMING);
	derive_first_level(c, m);
	entries = holds(c, walk / 2, UINT32_MAX);
	if (entries)
		calibrate_set(m, FIGURE_TLB_4K, entries, HOW_TIMING);
	/* some thousand lines on a few dozen huge pages: no TLB is that small */
	if (last->huge.best - dense_time(c, last->pages) > walk / 5)
		use_small_pages(c, m);
	else
		derive_direct_pages(c, m);
}

/* Lines that follow each other take a part of the time where they were fetched before they were asked for. */
void calibrate_derive_prefetch(const struct calibration *c, struct machine *m)
{
	double memory = c->memory.ns.best;

	if (c->pages.nr && c->pages.best < memory / 3)
		m->prefetch |= CACHE_PREFETCH_STREAM;
	/* one of two is always waited for */
	if (c->pairs.nr && c->pairs.best < 0.7 * memory)
		m->prefetch |= CACHE_PREFETCH_PAIR;
	calibrate_note(
		m, "prefetch: a line takes %.0f ns in pairs, %.0f ns page by page, %.0f ns alone",
		c->pairs.best, c->pages.best, memory);
}
