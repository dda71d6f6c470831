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

static void go_round(struct cache_round *r, uint32_t sets, uint64_t nr)
{
	uint64_t part = r->part + nr % sets;

	r->rounds += nr / sets + part / sets;
	r->part = (uint32_t)(part % sets);
}

static void add_fills(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t fills)
{
	struct cache_background *b = cache_background(h, cpu, level);

	if (!fills)
		return;
	if (level == CACHE_L1)
		cache_recent_filled(h, cpu, b->fills.part, fills);
	go_round(&b->fills, h->shape[level].sets, fills);
}

void cache_pressure(struct cache_hierarchy *h, unsigned int cpu, uint64_t fills_l1,
		    uint64_t fills_l2, uint64_t fills_llc)
{
	add_fills(h, cpu, CACHE_L1, fills_l1);
	add_fills(h, cpu, CACHE_L2, fills_l2);
	add_fills(h, 0, CACHE_LLC, fills_llc);
}

void cache_pressure_found(struct cache_hierarchy *h, unsigned int cpu, uint64_t found_l2,
			  uint64_t found_llc)
{
	go_round(&cache_background(h, cpu, CACHE_L2)->found, h->shape[CACHE_L2].sets, found_l2);
	if (h->llc_kind != CACHE_LLC_EXCLUSIVE)
		go_round(&cache_background(h, 0, CACHE_LLC)->found, h->shape[CACHE_LLC].sets,
			 found_llc);
}

uint64_t cache_found_last(const struct cache_mix *mix, uint32_t background, uint64_t from,
			  uint64_t to)
{
	uint64_t left = (2ULL << (background - 1)) - 1;

	while (to > from && left) {
		to--;
		left &= ~(1ULL << cache_found_which(mix->set, mix->first + to, background));
	}
	return to;
}
