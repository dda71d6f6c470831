// SPDX-License-Identifier: GPL-2.0-only
#include "sim/tlb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct tlb *, tlb_destroy);

static int lay_out(struct tlb *t, struct error *err)
{
	for (int level = 0; level < 2; level++)
		for (int size = 0; size < TLB_SIZES; size++) {
			uint32_t entries = t->geometry.level[level][size].entries;
			uint32_t ways = t->geometry.level[level][size].ways;

			if (!entries || entries > TLB_MAX_ENTRIES || !ways || entries % ways)
				return error_set(err, -EINVAL,
						 "TLB: %" PRIu32
						 " entries are not a whole number of sets of "
						 "%" PRIu32 " ways, or more than %d",
						 entries, ways, TLB_MAX_ENTRIES);
			t->sets[level][size] = entries / ways;
			t->first[level][size] = t->entries;
			t->entries += entries;
		}
	return 0;
}

int tlb_create(const struct tlb_geometry *geometry, unsigned int nr_cpus, struct tlb **ret,
	       struct error *err)
{
	_cleanup_(tlb_destroyp) struct tlb *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return error_nomem(err);
	t->geometry = *geometry;
	r = lay_out(t, err);
	if (r)
		return r;
	t->cpus = calloc(nr_cpus, sizeof(*t->cpus));
	if (!t->cpus)
		return error_nomem(err);
	for (; t->nr_cpus < nr_cpus; t->nr_cpus++) {
		t->cpus[t->nr_cpus].rows = calloc(t->entries, sizeof(uint64_t));
		if (!t->cpus[t->nr_cpus].rows)
			return error_nomem(err);
	}
	*ret = take_ptr(t);
	return 0;
}

void tlb_destroy(struct tlb *t)
{
	if (!t)
		return;
	for (unsigned int cpu = 0; t->cpus && cpu < t->nr_cpus; cpu++)
		free(t->cpus[cpu].rows);
	free(t->cpus);
	free(t);
}

/* Moves the tag to the front; false if it was not there, and the last one is gone. */
static inline bool touch(uint64_t *row, uint32_t ways, uint64_t tag)
{
	uint64_t last = tag;

	for (uint32_t way = 0; way < ways; way++) {
		uint64_t here = row[way];

		row[way] = last;
		if (here == tag)
			return true;
		last = here;
	}
	return false;
}

enum tlb_level tlb_look_up(struct tlb *t, struct tlb_cpu *cpu, enum tlb_size size, uint64_t page)
{
	int level;

	for (level = TLB_FIRST; level <= TLB_SECOND; level++) {
		uint32_t ways = t->geometry.level[level][size].ways;
		uint32_t sets = t->sets[level][size];
		/* a division takes as long as all the rest; nearly all TLBs need none */
		uint64_t set = sets & (sets - 1) ? page % sets : page & (sets - 1);

		if (touch(cpu->rows + t->first[level][size] + set * ways, ways, page + 1))
			break;
	}
	cpu->recent[size] = page + 1;
	return (enum tlb_level)level;
}
