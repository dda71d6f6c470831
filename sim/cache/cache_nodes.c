// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/cache_nodes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/cache/cache_nodes_directory.h"
#include "sim/cache/cache_written.h"

/* One that has CPUs. */
struct node {
	struct cache_nodes *all;
	struct cache_hierarchy *caches; /* NULL: it has none */
	unsigned int nr_cpus, *cpus;	/* of the machine, by their number in the node */
	uint64_t llc_fills;		/* of background pressure so far */
};

struct cache_nodes {
	unsigned int nr, nr_cpus;
	bool one_by_one; /* a prefetcher may bring again what an access of the same part missed */
	bool in_parts;	 /* more is to be known of accesses than which missed */
	struct node *nodes;
	unsigned int *local; /* by CPU: its number in its node */
	struct cache_nodes_opts opts;
	struct directory directory;
	struct cache_written written;
	uint64_t llc_fills;
	cache_taken_fn *taken;
	void *taken_ctx;
	/* while accesses go through the caches of a node: those since the last that other nodes had to hear of */
	struct cache_missed part;
	const struct node *part_node; /* which */
	unsigned int first;	      /* number of the first of them in the call */
	struct cache_missed *told;    /* what the caller has been told */
	size_t told_part;	      /* so many of the part's misses of L2 are there */
};

DEFINE_CLEANUP(struct cache_nodes *, cache_nodes_destroy);

const char *cache_source_name(enum cache_source source)
{
	static const char *const names[CACHE_SOURCE_MAX] = {"local", "remote", "other_node"};

	return names[source];
}

static int create_node(struct cache_nodes *n, unsigned int i, struct error *err)
{
	struct node *node = &n->nodes[i];

	node->all = n;
	node->cpus = calloc(n->nr_cpus, sizeof(*node->cpus));
	if (!node->cpus)
		return error_nomem(err);
	for (unsigned int cpu = 0; cpu < n->nr_cpus; cpu++) {
		if (nodes_of_cpu(n->opts.nodes, cpu) != i)
			continue;
		n->local[cpu] = node->nr_cpus;
		node->cpus[node->nr_cpus++] = cpu;
	}
	/* memory without CPUs has no caches */
	return node->nr_cpus ? cache_hierarchy_create(&n->opts.geometry, node->nr_cpus, false,
						      &node->caches, err)
			     : 0;
}

static void note_prefetched(void *ctx, uint64_t line)
{
	struct node *node = ctx;
	struct cache_nodes *n = node->all;
	uint32_t *entry;

	if (n->nr == 1) {
		cache_written_fetch(&n->written, line);
		return;
	}
	entry = directory_entry(&n->directory, line);
	if (*entry & DIRECTORY_WRITTEN)
		cache_written_lend(&n->written, line);
	else
		cache_written_fetch(&n->written, line);
	*entry = (*entry & ~DIRECTORY_WRITTEN) | 1U << (node - n->nodes);
}

int cache_nodes_create(const struct cache_nodes_opts *opts, struct cache_nodes **ret,
		       struct error *err)
{
	_cleanup_(cache_nodes_destroyp) struct cache_nodes *n = calloc(1, sizeof(*n));

	if (!n)
		return error_nomem(err);
	n->opts = *opts;
	n->nr = nodes_nr(opts->nodes);
	n->nr_cpus = opts->nr_cpus;
	n->one_by_one = cache_is_general(&opts->geometry);
	n->in_parts = n->nr > 1 || opts->geometry.prefetch;
	n->nodes = calloc(n->nr, sizeof(*n->nodes));
	n->local = calloc(n->nr_cpus, sizeof(*n->local));
	if (!n->nodes || !n->local)
		return error_nomem(err);
	for (unsigned int i = 0; i < n->nr; i++) {
		int r = create_node(n, i, err);

		if (r)
			return r;
		if (n->nodes[i].caches)
			cache_on_prefetched(n->nodes[i].caches, note_prefetched, &n->nodes[i]);
	}
	if (n->nr == 1)
		cache_note_written(n->nodes[0].caches, &n->written);
	*ret = take_ptr(n);
	return 0;
}

void cache_nodes_destroy(struct cache_nodes *n)
{
	if (!n)
		return;
	for (unsigned int i = 0; n->nodes && i < n->nr; i++) {
		cache_hierarchy_destroy(n->nodes[i].caches);
		free(n->nodes[i].cpus);
	}
	free(n->nodes);
	free(n->local);
	line_words_fini(&n->directory.entries);
	cache_written_fini(&n->written);
	free(n);
}

bool cache_nodes_are_several(const struct cache_nodes *n)
{
	return n->nr > 1;
}

bool cache_nodes_failed(const struct cache_nodes *n)
{
	return n->directory.failed || n->written.failed;
}

static unsigned int node_of(const struct cache_nodes *n, unsigned int cpu)
{
	return nodes_of_cpu(n->opts.nodes, cpu);
}

/* Whence a line comes that the node does not have; from now on it does, and may write it. */
static enum cache_source fetch(struct cache_nodes *n, unsigned int node, uint64_t line, bool write)
{
	uint32_t *entry = directory_entry(&n->directory, line), was = *entry;
	uint32_t others = was & ~DIRECTORY_WRITTEN & ~(1U << node);

	*entry = (was & ~DIRECTORY_WRITTEN) | 1U << node;
	if (was & DIRECTORY_WRITTEN && others &&
	    cache_has(n->nodes[__builtin_ctz(others)].caches, line)) {
		if (!write)
			cache_written_lend(&n->written, line);
		return CACHE_OTHER_NODE;
	}
	cache_written_fetch(&n->written, line);
	return n->opts.home(n->opts.ctx, line) == node ? CACHE_LOCAL : CACHE_REMOTE;
}

/* Whether a write by the node takes the line from others. */
static bool is_elsewhere(struct cache_nodes *n, unsigned int node, uint64_t line)
{
	return *directory_entry(&n->directory, line) & ~DIRECTORY_WRITTEN & ~(1U << node);
}

static void write_line(struct cache_nodes *n, unsigned int node, unsigned int number, uint64_t line)
{
	uint32_t *entry = directory_entry(&n->directory, line);
	uint32_t others = *entry & ~DIRECTORY_WRITTEN & ~(1U << node);

	for (; others; others &= others - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(others);

		cache_lose(n->nodes[i].caches, number, line);
	}
	*entry = DIRECTORY_WRITTEN | 1U << node;
	cache_written_set(&n->written, line);
}

enum cache_level cache_nodes_access(struct cache_nodes *n, unsigned int cpu, uint64_t line,
				    bool write, enum cache_source *ret)
{
	unsigned int node = node_of(n, cpu);
	enum cache_level level = cache_access(n->nodes[node].caches, n->local[cpu], line, write);

	*ret = CACHE_LOCAL;
	if (n->nr == 1) {
		if (level == CACHE_MEMORY)
			cache_written_fetch(&n->written, line);
		if (write)
			cache_written_set(&n->written, line);
		return level;
	}
	if (level == CACHE_MEMORY)
		*ret = fetch(n, node, line, write);
	if (write)
		write_line(n, node, 0, line);
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
static void note_part(struct cache_nodes *n, unsigned int node, const uint64_t *accesses, size_t nr,
		      uint8_t *source)
{
	const struct cache_missed *part = &n->part;

	for (size_t i = 0, m = 0; i < nr; i++) {
		uint64_t line = accesses[i] >> 1;

		if (m < part->nr[CACHE_LLC] && part->which[CACHE_LLC][m] == i)
			source[m++] = (uint8_t)fetch(n, node, line, accesses[i] & 1);
		if (accesses[i] & 1)
			write_line(n, node, n->first + (unsigned int)i, line);
	}
}

static void access_part(struct cache_nodes *n, unsigned int cpu, const uint64_t *accesses,
			size_t nr, struct cache_nodes_missed *ret)
{
	unsigned int node = node_of(n, cpu);
	size_t known = ret->missed.nr[CACHE_LLC];

	if (!nr)
		return;
	n->told_part = 0;
	n->part_node = &n->nodes[node];
	memset(n->part.nr, 0, sizeof(n->part.nr));
	cache_access_missed(n->nodes[node].caches, n->local[cpu], accesses + n->first, nr,
			    &n->part);
	n->part_node = NULL;
	tell(n, CACHE_L1, 0);
	tell_second(n);
	tell(n, CACHE_LLC, 0);
	if (n->nr > 1)
		note_part(n, node, accesses + n->first, nr, ret->source + known);
	n->first += (unsigned int)nr;
}

void cache_nodes_access_missed(struct cache_nodes *n, unsigned int cpu, const uint64_t *accesses,
			       size_t nr, struct cache_nodes_missed *ret)
{
	unsigned int node = node_of(n, cpu);

	if (!n->in_parts) {
		cache_access_missed(n->nodes[0].caches, cpu, accesses, nr, &ret->missed);
		return;
	}
	assert(nr <= CACHE_BATCH);
	memset(ret->missed.nr, 0, sizeof(ret->missed.nr));
	n->told = &ret->missed;
	n->first = 0;
	/* a write that others must hear of is the last of its part: in what order lines are taken matters */
	for (size_t i = 0; i < nr; i++)
		if (n->one_by_one || (accesses[i] & 1 && is_elsewhere(n, node, accesses[i] >> 1)))
			access_part(n, cpu, accesses, i + 1 - n->first, ret);
	access_part(n, cpu, accesses, nr - n->first, ret);
}

static void note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	const struct node *node = ctx;
	struct cache_nodes *n = node->all;

	/* in the CPU's own node: numbers are those of the part */
	if (n->part_node == node) {
		tell_second(n);
		number += n->first;
	}
	n->taken(n->taken_ctx, number, node->cpus[cpu], line);
}

void cache_nodes_on_taken(struct cache_nodes *n, cache_taken_fn *fn, void *ctx)
{
	n->taken = fn;
	n->taken_ctx = ctx;
	for (unsigned int i = 0; i < n->nr; i++)
		if (n->nodes[i].caches)
			cache_on_taken(n->nodes[i].caches, n->in_parts ? note_taken : fn,
				       n->in_parts ? (void *)&n->nodes[i] : ctx);
}

void cache_nodes_counts(const struct cache_nodes *n, struct cache_counts *ret)
{
	*ret = (struct cache_counts){.invalidations = 0};
	for (unsigned int i = 0; i < n->nr; i++) {
		struct cache_counts counts;

		if (!n->nodes[i].caches)
			continue;
		cache_counts(n->nodes[i].caches, &counts);
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
		found = u->n->nodes[i].caches && cache_has(u->n->nodes[i].caches, line);
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
		if (n->nodes[i].caches)
			r = cache_pressure_start(n->nodes[i].caches, err);
	return r;
}

void cache_nodes_pressure(struct cache_nodes *n, unsigned int cpu, uint64_t fills_l1,
			  uint64_t fills_l2, uint64_t fills_llc)
{
	cache_pressure(n->nodes[node_of(n, cpu)].caches, n->local[cpu], fills_l1, fills_l2, 0);
	n->llc_fills += fills_llc;
	for (unsigned int i = 0; i < n->nr; i++) {
		struct node *node = &n->nodes[i];
		uint64_t due =
			(uint64_t)((unsigned __int128)n->llc_fills * node->nr_cpus / n->nr_cpus);

		if (node->caches)
			cache_pressure(node->caches, 0, 0, 0, due - node->llc_fills);
		node->llc_fills = due;
	}
}
