// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/zeroes.h"
#include "sim/cache/cache_impl.h"

int cache_pressure_start(struct cache_hierarchy *h, struct error *err)
{
	_cleanup_free_ struct cache_background *background = NULL;

	if (h->track_dirty)
		return error_set(err, -EINVAL,
				 "background pressure cannot be combined with dirty lines");
	if (h->aged)
		return error_set(err, -EINVAL, "background pressure was started already");
	background = calloc(1 + 2 * (size_t)h->nr_cpus, sizeof(*background));
	if (!background)
		return error_nomem(err);
	h->aged = zeroes_map(h->nr_sets * sizeof(*h->aged));
	if (!h->aged)
		return error_nomem(err);
	h->background = take_ptr(background);
	return 0;
}

static void add_fills(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t fills)
{
	struct cache_background *b = cache_background(h, cpu, level);
	uint64_t part;

	if (!fills)
		return;
	if (level == CACHE_L1)
		cache_recent_filled(h, cpu, b->part, fills);
	part = b->part + fills % h->shape[level].sets;
	b->rounds += fills / h->shape[level].sets + part / h->shape[level].sets;
	b->part = (uint32_t)(part % h->shape[level].sets);
}

void cache_pressure(struct cache_hierarchy *h, unsigned int cpu, uint64_t fills_l1,
		    uint64_t fills_l2, uint64_t fills_llc)
{
	add_fills(h, cpu, CACHE_L1, fills_l1);
	add_fills(h, cpu, CACHE_L2, fills_l2);
	add_fills(h, 0, CACHE_LLC, fills_llc);
}
