// SPDX-License-Identifier: GPL-2.0-only
/* The data TLB of a profile, with what to suppose where it is silent. */
#include "sim/machine/machine.h"

/*
 * Of Intel's Skylake server cores, as the optimization manual (248966) has them; they hold fewer
 * translations than what came later. The kernel maps the memmap by pages of 2 MiB (vmemmap_populate()),
 * and nearly all of the direct map by 1 GiB, where nothing has asked for smaller ones: then by 2 MiB.
 */
static const struct {
	uint8_t id; /* enum machine_figure_id */
	uint32_t ways;
	uint64_t value;
} standard[] = {
	{FIGURE_TLB_FIRST_4K, 4, 64},	   {FIGURE_TLB_FIRST_2M, 4, 32},
	{FIGURE_TLB_FIRST_1G, 4, 4},	   {FIGURE_TLB_4K, 12, 1536},
	{FIGURE_TLB_2M, 12, 1536},	   {FIGURE_TLB_1G, 4, 16},
	{FIGURE_PAGES_MEMMAP, 0, 2 << 20}, {FIGURE_PAGES_DIRECT, 0, 2 << 20},
};

enum { NR_STANDARD = sizeof(standard) / sizeof(standard[0]) };

/* Up to so many translations a TLB is taken to be fully associative, and of so many ways above. */
enum { SMALL_TLB = 128, LARGE_TLB_WAYS = 8 };

bool machine_assume_tlb(struct machine *m)
{
	bool known = false;

	for (int id = FIGURE_TLB_FIRST_4K; id <= FIGURE_TLB_1G; id++)
		known |= m->figures[id].how != HOW_UNKNOWN;
	for (int i = 0; known && i < NR_STANDARD; i++) {
		struct machine_figure *figure = &m->figures[standard[i].id];

		if (figure->how == HOW_UNKNOWN)
			*figure = (struct machine_figure){standard[i].value, standard[i].ways,
							  HOW_ASSUMED};
	}
	return known;
}

/* Ways that were not told: of no effect where all fits, and a usual number where not. */
static uint32_t ways_of(const struct machine_figure *figure)
{
	uint32_t entries = (uint32_t)figure->value;

	if (figure->ways)
		return figure->ways;
	return entries <= SMALL_TLB || entries % LARGE_TLB_WAYS ? entries : LARGE_TLB_WAYS;
}

static enum tlb_size page_size(const struct machine_figure *figure)
{
	int size = TLB_4K;

	while (size < TLB_1G && 1ULL << tlb_shift((enum tlb_size)size) < figure->value)
		size++;
	return (enum tlb_size)size;
}

bool machine_tlb(const struct machine *m, struct machine_tlb *ret)
{
	struct machine_tlb tlb;

	for (int i = 0; i < NR_STANDARD; i++)
		if (m->figures[standard[i].id].how == HOW_UNKNOWN)
			return false;
	for (int level = 0; level < 2; level++)
		for (int size = 0; size < TLB_SIZES; size++) {
			const struct machine_figure *figure =
				&m->figures[(level ? FIGURE_TLB_4K : FIGURE_TLB_FIRST_4K) + size];

			tlb.geometry.level[level][size].entries = (uint32_t)figure->value;
			tlb.geometry.level[level][size].ways = ways_of(figure);
		}
	tlb.memmap = page_size(&m->figures[FIGURE_PAGES_MEMMAP]);
	tlb.direct = page_size(&m->figures[FIGURE_PAGES_DIRECT]);
	*ret = tlb;
	return true;
}
