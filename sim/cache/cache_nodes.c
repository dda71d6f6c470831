// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/cache_nodes_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/cache/cache_groups.h"

DEFINE_CLEANUP(struct cache_nodes *, cache_nodes_destroy);

const char *cache_source_name(enum cache_source source)
{
	static const char *const names[CACHE_SOURCE_MAX] = {"local", "remote", "other_node",
							    "other_group"};

	return names[source];
}

static int create_group(struct cache_nodes *n, unsigned int i, struct error *err)
{
	struct group *group = &n->groups[i];

	group->all = n;
	group->cpus = calloc(n->nr_cpus, sizeof(*group->cpus));
	if (!group->cpus)
		return error_nomem(err);
	for (unsigned int cpu = 0; cpu < n->nr_cpus; cpu++) {
		if (n->group[cpu] != i)
			continue;
		n->local[cpu] = group->nr_cpus;
		group->cpus[group->nr_cpus++] = cpu;
		group->node = nodes_of_cpu(n->opts.nodes, cpu);
	}
	return cache_hierarchy_create(&n->opts.geometry, group->nr_cpus, false, &group->caches,
				      err);
}

/* The group's bit of a directory's entry. */
static uint32_t bit_of(const struct cache_nodes *n, unsigned int group)
{
	return 1U << group / n->per_bit;
}

/* The first group from `from` on, but that one, that an entry stands for; n->nr: none. */
static unsigned int other_of(const struct cache_nodes *n, uint32_t entry, unsigned int but,
			     unsigned int from)
{
	while (from < n->nr && (from == but || !(entry & bit_of(n, from))))
		from++;
	return from;
}

static void note_prefetched(void *ctx, unsigned int number, uint64_t line)
{
	struct cache_nodes *n = ((const struct group *)ctx)->all;

	n->prefetched[n->nr_prefetched++] = (struct prefetched){line, number};
}

/* A group's caches work by themselves, so that a part's prefetches are settled with its accesses, in order. */
static void settle_prefetched(struct cache_nodes *n, unsigned int group, const struct prefetched *p)
{
	uint32_t *entry = directory_entry(&n->directory, p->line);

	if (*entry & DIRECTORY_WRITTEN)
		cache_written_lend(&n->written, p->line);
	else
		cache_written_fetch(&n->written, p->line);
	*entry = (*entry & ~DIRECTORY_WRITTEN) | bit_of(n, group);
}

int cache_nodes_create(const struct cache_nodes_opts *opts, struct cache_nodes **ret,
		       struct error *err)
{
	_cleanup_(cache_nodes_destroyp) struct cache_nodes *n = calloc(1, sizeof(*n));

	if (!n)
		return error_nomem(err);
	n->opts = *opts;
	n->nr_cpus = opts->nr_cpus;
	n->group = calloc(n->nr_cpus, sizeof(*n->group));
	n->local = calloc(n->nr_cpus, sizeof(*n->local));
	if (!n->group || !n->local)
		return error_nomem(err);
	n->nr = cache_groups(opts->nodes, n->nr_cpus, opts->geometry.llc_cpus, n->group);
	n->several = n->nr > 1 || nodes_nr(opts->nodes) > 1;
	n->per_bit = (n->nr + DIRECTORY_BITS - 1) / DIRECTORY_BITS;
	n->groups = calloc(n->nr, sizeof(*n->groups));
	if (n->several && opts->geometry.prefetch)
		n->prefetched = calloc(CACHE_MAX_PREFETCHES, sizeof(*n->prefetched));
	if (!n->groups || (n->several && opts->geometry.prefetch && !n->prefetched))
		return error_nomem(err);
	for (unsigned int i = 0; i < n->nr; i++) {
		int r = create_group(n, i, err);

		if (r)
			return r;
		if (n->prefetched)
			cache_on_prefetched(n->groups[i].caches, note_prefetched, &n->groups[i]);
	}
	if (!n->several)
		cache_note_written(n->groups[0].caches, &n->written);
	*ret = take_ptr(n);
	return 0;
}

void cache_nodes_destroy(struct cache_nodes *n)
{
	if (!n)
		return;
	for (unsigned int i = 0; n->groups && i < n->nr; i++) {
		cache_hierarchy_destroy(n->groups[i].caches);
		free(n->groups[i].cpus);
	}
	free(n->groups);
	free(n->group);
	free(n->local);
	free(n->prefetched);
	line_words_fini(&n->directory.entries);
	cache_written_fini(&n->written);
	free(n);
}

bool cache_nodes_are_several(const struct cache_nodes *n)
{
	return n->several;
}

bool cache_nodes_failed(const struct cache_nodes *n)
{
	return n->directory.failed || n->written.failed;
}

/* Whence a line comes that the group does not have; from now on it does, and may write it. */
static enum cache_source fetch(struct cache_nodes *n, unsigned int group, uint64_t line, bool write)
{
	uint32_t *entry = directory_entry(&n->directory, line), was = *entry;
	unsigned int node = n->groups[group].node, i = n->nr;

	*entry = (was & ~DIRECTORY_WRITTEN) | bit_of(n, group);
	if (was & DIRECTORY_WRITTEN)
		i = other_of(n, was, group, 0);
	while (i < n->nr && !cache_has(n->groups[i].caches, line))
		i = other_of(n, was, group, i + 1);
	if (i < n->nr) {
		if (!write)
			cache_written_lend(&n->written, line);
		return n->groups[i].node == node ? CACHE_OTHER_GROUP : CACHE_OTHER_NODE;
	}
	cache_written_fetch(&n->written, line);
	return !n->opts.nodes || n->opts.home(n->opts.ctx, line) == node ? CACHE_LOCAL
									 : CACHE_REMOTE;
}

/* Whether a write by the group may take the line from others. */
static bool is_elsewhere(struct cache_nodes *n, unsigned int group, uint64_t line)
{
	uint32_t entry = *directory_entry(&n->directory, line) & ~DIRECTORY_WRITTEN;

	return entry & ~bit_of(n, group) || (n->per_bit > 1 && entry);
}

static void write_line(struct cache_nodes *n, unsigned int group, unsigned int number,
		       uint64_t line)
{
	uint32_t *entry = directory_entry(&n->directory, line);
	unsigned int i = is_elsewhere(n, group, line) ? other_of(n, *entry, group, 0) : n->nr;

	for (; i < n->nr; i = other_of(n, *entry, group, i + 1))
		cache_lose(n->groups[i].caches, number, line);
	*entry = DIRECTORY_WRITTEN | bit_of(n, group);
	cache_written_set(&n->written, line);
}

enum cache_level cache_nodes_access(struct cache_nodes *n, unsigned int cpu, uint64_t line,
				    bool write, enum cache_source *ret)
{
	unsigned int group = n->group[cpu];
	enum cache_level level = cache_access(n->groups[group].caches, n->local[cpu], line, write);

	*ret = CACHE_LOCAL;
	if (!n->several)
		return level;
	for (size_t i = 0; i < n->nr_prefetched; i++)
		settle_prefetched(n, group, &n->prefetched[i]);
	n->nr_prefetched = 0;
	if (level == CACHE_MEMORY)
		*ret = fetch(n, group, line, write);
	if (write)
		write_line(n, group, 0, line);
	return level;
}

/* What of the part the caller does not know yet: misses of one level. */
static void tell(struct cache_nodes *n, int level, size_t from)
{
	struct cache_missed *told = n->told;

	for (size_t i = from; i < n->part.nr[level]; i++)
		told->which[level][told->nr[level]++] =
			(uint16_t)(n->part.which[level][i] + n->first);
}

static void tell_second(struct cache_nodes *n)
{
	tell(n, CACHE_L2, n->told_part);
	n->told_part = n->part.nr[CACHE_L2];
}

/* The directory hears of what missed and what was written in the part, in order. */
static void note_part(struct cache_nodes *n, unsigned int group, const uint64_t *accesses,
		      size_t nr, uint8_t *source)
{
	const struct cache_missed *part = &n->part;

	for (size_t i = 0, m = 0, k = 0; i < nr; i++) {
		uint64_t line = accesses[i] >> 1;

		for (; k < n->nr_prefetched && n->prefetched[k].number == i; k++)
			settle_prefetched(n, group, &n->prefetched[k]);
		if (m < part->nr[CACHE_LLC] && part->which[CACHE_LLC][m] == i)
			source[m++] = (uint8_t)fetch(n, group, line, accesses[i] & 1);
		if (accesses[i] & 1)
			write_line(n, group, n->first + (unsigned int)i, line);
	}
	n->nr_prefetched = 0;
}

static void access_part(struct cache_nodes *n, unsigned int cpu, const uint64_t *accesses,
			size_t nr, struct cache_nodes_missed *ret)
{
	unsigned int group = n->group[cpu];
	size_t known = ret->missed.nr[CACHE_LLC];

	if (!nr)
		return;
	n->told_part = 0;
	n->part_group = &n->groups[group];
	memset(n->part.nr, 0, sizeof(n->part.nr));
	cache_access_missed(n->groups[group].caches, n->local[cpu], accesses + n->first, nr,
			    &n->part);
	n->part_group = NULL;
	tell(n, CACHE_L1, 0);
	tell_second(n);
	tell(n, CACHE_LLC, 0);
	note_part(n, group, accesses + n->first, nr, ret->source + known);
	n->first += (unsigned int)nr;
}

void cache_nodes_access_missed(struct cache_nodes *n, unsigned int cpu, const uint64_t *accesses,
			       size_t nr, struct cache_nodes_missed *ret)
{
	unsigned int group = n->group[cpu];

	if (!n->several) {
		cache_access_missed(n->groups[0].caches, cpu, accesses, nr, &ret->missed);
		return;
	}
	assert(nr <= CACHE_BATCH);
	memset(ret->missed.nr, 0, sizeof(ret->missed.nr));
	n->told = &ret->missed;
	n->first = 0;
	/* a write that others must hear of is the last of its part: in what order lines are taken matters */
	for (size_t i = 0; i < nr; i++)
		if (accesses[i] & 1 && is_elsewhere(n, group, accesses[i] >> 1))
			access_part(n, cpu, accesses, i + 1 - n->first, ret);
	access_part(n, cpu, accesses, nr - n->first, ret);
}

static void note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	const struct group *group = ctx;
	struct cache_nodes *n = group->all;

	/* in the CPU's own group: numbers are those of the part */
	if (n->part_group == group) {
		tell_second(n);
		number += n->first;
	}
	n->taken(n->taken_ctx, number, group->cpus[cpu], line);
}

void cache_nodes_on_taken(struct cache_nodes *n, cache_taken_fn *fn, void *ctx)
{
	n->taken = fn;
	n->taken_ctx = ctx;
	for (unsigned int i = 0; i < n->nr; i++)
		cache_on_taken(n->groups[i].caches, n->several ? note_taken : fn,
			       n->several ? (void *)&n->groups[i] : ctx);
}
