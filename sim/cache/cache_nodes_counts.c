// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/cache_nodes_impl.h"

void cache_nodes_counts(const struct cache_nodes *n, struct cache_counts *ret)
{
	*ret = (struct cache_counts){.invalidations = 0};
	for (unsigned int i = 0; i < n->nr; i++) {
		struct cache_counts counts;

		cache_counts(n->groups[i].caches, &counts);
		for (int level = 0; level < 3; level++) {
			ret->evictions[level] += counts.evictions[level];
			ret->writebacks[level] += counts.writebacks[level];
			ret->aged[level] += counts.aged[level];
		}
		ret->back_invalidations += counts.back_invalidations;
		ret->prefetches += counts.prefetches;
		ret->prefetches_memory += counts.prefetches_memory;
		ret->invalidations += counts.invalidations;
	}
}

struct unwritten {
	struct cache_nodes *n;
	bool (*wanted)(const void *ctx, uint64_t line);
	const void *ctx;
	struct cache_writebacks *ret;
};

static void look_for(void *ctx, uint64_t line)
{
	const struct unwritten *u = ctx;
	bool found = false;

	if (u->wanted && !u->wanted(u->ctx, line))
		return;
	for (unsigned int i = 0; !found && i < u->n->nr; i++)
		found = cache_has(u->n->groups[i].caches, line);
	u->ret->lines += !found;
	u->ret->left += found;
}

void cache_nodes_known_writebacks(const struct cache_nodes *n, struct cache_writebacks *ret)
{
	*ret = (struct cache_writebacks){.lines = n->written.back, .lent = n->written.lent};
}

void cache_nodes_writebacks(struct cache_nodes *n, bool (*wanted)(const void *ctx, uint64_t line),
			    const void *ctx, struct cache_writebacks *ret)
{
	struct unwritten u = {n, wanted, ctx, ret};

	cache_nodes_known_writebacks(n, ret);
	cache_written_each(&n->written, look_for, &u);
}

int cache_nodes_pressure_start(struct cache_nodes *n, struct error *err)
{
	int r = 0;

	for (unsigned int i = 0; !r && i < n->nr; i++)
		r = cache_pressure_start(n->groups[i].caches, err);
	return r;
}

/* What a group's CPUs have of all CPUs' lines. */
static uint64_t share_of(const struct cache_nodes *n, const struct group *group, uint64_t lines)
{
	return (uint64_t)((unsigned __int128)lines * group->nr_cpus / n->nr_cpus);
}

void cache_nodes_pressure(struct cache_nodes *n, unsigned int cpu, const struct cache_pressed *p)
{
	struct cache_hierarchy *caches = n->groups[n->group[cpu]].caches;

	cache_pressure(caches, n->local[cpu], p->fills[CACHE_L1], p->fills[CACHE_L2], 0);
	cache_pressure_found(caches, n->local[cpu], p->found[CACHE_L2], 0);
	n->llc_fills += p->fills[CACHE_LLC];
	n->llc_found += p->found[CACHE_LLC];
	for (unsigned int i = 0; i < n->nr; i++) {
		struct group *group = &n->groups[i];
		uint64_t fills = share_of(n, group, n->llc_fills);
		uint64_t found = share_of(n, group, n->llc_found);

		cache_pressure(group->caches, 0, 0, 0, fills - group->llc_fills);
		cache_pressure_found(group->caches, 0, 0, found - group->llc_found);
		group->llc_fills = fills;
		group->llc_found = found;
	}
}
