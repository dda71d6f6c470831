/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first level of every CPU by itself: which accesses miss it, as in a hierarchy of that geometry (cache.h), hit for hit,
 * without the levels below. That is possible, as nothing that these do changes a first level that is true LRU, unless
 * the last one is inclusive. It is small, so all accesses can go there where only some sets of the others are
 * simulated. One thread.
 */
#ifndef SIM_CACHE_FIRST_H
#define SIM_CACHE_FIRST_H

#include "sim/cache.h"

struct cache_first;

enum { CACHE_FIRST_WAYS = 16 }; /* at most */

/* pressed: there will be background pressure. */
int cache_first_create(const struct cache_geometry *geometry, unsigned int nr_cpus, bool pressed,
		       struct cache_first **ret, struct error *err) __must_check;
void cache_first_destroy(struct cache_first *f);

/* Up to CACHE_BATCH accesses as those of cache_access_missed(): the numbers of those that missed, and how many. */
size_t cache_first_missed(struct cache_first *f, unsigned int cpu, const uint64_t *accesses,
			  size_t n, uint16_t which[CACHE_BATCH]);

/* cache_pressure(). */
void cache_first_pressure(struct cache_first *f, unsigned int cpu, uint64_t fills);

#endif
