// SPDX-License-Identifier: GPL-2.0-only
/* Caches that share no last level: by hand, and against a naive machine. */
#include <string.h>
#include <sys/resource.h>

#include "tests/unit/sim/nodes_harness.h"

enum { MAX_CPUS = 40, MAX_WAYS = 8, MAX_SETS = 64 };

struct expected {
	unsigned int cpu;
	uint64_t line;
	bool write;
	enum cache_level level;
	enum cache_source source;
};

static void expect_stream(struct cache_nodes *caches, const struct expected *stream, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct expected *e = &stream[i];
		enum cache_source source;
		enum cache_level level =
			cache_nodes_access(caches, e->cpu, e->line, e->write, &source);

		cr_assert_eq(level, e->level, "access %zu: %s", i, cache_level_name(level));
		cr_assert_eq(source, e->source, "access %zu: %s", i, cache_source_name(source));
	}
}

/* CPUs 0 and 1 are on node 0, 2 and 3 on node 1; odd lines are at home on node 1. */
Test(cache_nodes, two_nodes_by_hand)
{
	static const struct expected stream[] = {
		{0, 8, false, CACHE_MEMORY, CACHE_LOCAL},
		{0, 9, false, CACHE_MEMORY, CACHE_REMOTE},
		{1, 8, false, CACHE_LLC, CACHE_LOCAL},	   /* one last level for both CPUs */
		{2, 8, false, CACHE_MEMORY, CACHE_REMOTE}, /* but not for the other node's */
		{2, 9, false, CACHE_MEMORY, CACHE_LOCAL},  /* clean there: from memory */
		{0, 8, true, CACHE_L1, CACHE_LOCAL}, /* takes it from CPU 1 and all of node 1 */
		{1, 8, false, CACHE_LLC, CACHE_LOCAL},
		{2, 8, false, CACHE_MEMORY, CACHE_OTHER_NODE}, /* written there last */
		{3, 8, false, CACHE_LLC, CACHE_LOCAL},
		{0, 8, false, CACHE_L1, CACHE_LOCAL}, /* the reader left it there */
		{3, 8, true, CACHE_L1, CACHE_LOCAL},
		{1, 8, false, CACHE_MEMORY, CACHE_OTHER_NODE},
		{0, 8, true, CACHE_LLC, CACHE_LOCAL}, /* its neighbour has just fetched it */
		{3, 8, true, CACHE_MEMORY, CACHE_OTHER_NODE},
		{0, 8, true, CACHE_MEMORY, CACHE_OTHER_NODE},
		/* a last level of one set of four: five lines push it out, so it is in memory again */
		{0, 10, false, CACHE_MEMORY, CACHE_LOCAL},
		{0, 12, false, CACHE_MEMORY, CACHE_LOCAL},
		{0, 14, false, CACHE_MEMORY, CACHE_LOCAL},
		{0, 16, false, CACHE_MEMORY, CACHE_LOCAL},
		{0, 18, false, CACHE_MEMORY, CACHE_LOCAL},
		{3, 8, false, CACHE_MEMORY, CACHE_REMOTE},
	};
	struct nodes *n = suppose(4, 2);
	struct cache_nodes *caches = caches_of("l1=128/2,l2=128/2,llc=256/4", n);
	struct cache_counts counts;

	expect_stream(caches, stream, sizeof(stream) / sizeof(stream[0]));
	cache_nodes_counts(caches, &counts);
	cr_expect_gt(counts.invalidations, 0);
	cache_nodes_destroy(caches);
	nodes_destroy(n);
}

/* CPUs 0 and 1 share a last level, and 2 and 3; all are on one node. */
Test(cache_nodes, two_last_levels_of_a_node_by_hand)
{
	static const struct expected stream[] = {
		{0, 8, false, CACHE_MEMORY, CACHE_LOCAL},
		{1, 8, false, CACHE_LLC, CACHE_LOCAL},
		{2, 8, false, CACHE_MEMORY, CACHE_LOCAL}, /* clean there: from memory */
		{3, 8, false, CACHE_LLC, CACHE_LOCAL},
		{0, 8, true, CACHE_L1, CACHE_LOCAL}, /* takes it from CPU 1, 2 and 3 */
		{2, 8, false, CACHE_MEMORY, CACHE_OTHER_GROUP},
		{3, 8, true, CACHE_LLC, CACHE_LOCAL},
		{1, 8, true, CACHE_MEMORY, CACHE_OTHER_GROUP},
	};
	struct nodes *n = suppose(4, 1);
	struct cache_nodes *caches = caches_of("l1=128/2,l2=128/2,llc=256/4,llc-cpus=2", n);
	uint64_t sources[CACHE_SOURCE_MAX] = {0};
	struct cache_writebacks back;

	expect_stream(caches, stream, sizeof(stream) / sizeof(stream[0]));
	/* each of them writes it in turn */
	for (int i = 0; i < 100; i++) {
		enum cache_source source;

		cr_assert_eq(cache_nodes_access(caches, i & 1 ? 0 : 2, 8, true, &source),
			     CACHE_MEMORY);
		sources[source]++;
	}
	cr_expect_eq(sources[CACHE_OTHER_GROUP], 100);
	cache_nodes_writebacks(caches, NULL, NULL, &back);
	cr_expect_eq(back.lines, 1, "what CPU 2 read was as good as written back");
	cr_expect_eq(back.left, 1);
	cache_nodes_destroy(caches);
	nodes_destroy(n);
}

/* What a prefetcher brought is taken away like what was asked for. */
Test(cache_nodes, prefetched_lines_are_known_of)
{
	static const struct expected stream[] = {
		{0, 8, false, CACHE_MEMORY, CACHE_LOCAL}, /* and 9 into L2 */
		{0, 9, false, CACHE_L2, CACHE_LOCAL},
		{2, 12, false, CACHE_MEMORY, CACHE_REMOTE}, /* and 13 */
		{0, 13, true, CACHE_MEMORY, CACHE_REMOTE},  /* and 14 */
		{2, 13, false, CACHE_MEMORY, CACHE_OTHER_NODE},
		{2, 9, true, CACHE_MEMORY, CACHE_LOCAL}, /* and 10 */
		{0, 9, false, CACHE_MEMORY, CACHE_OTHER_NODE},
	};
	struct nodes *n = suppose(4, 2);
	struct cache_nodes *caches = caches_of("l1=512/8,l2=1K/16,llc=2K/32,prefetch=next-line", n);

	expect_stream(caches, stream, sizeof(stream) / sizeof(stream[0]));
	cache_nodes_destroy(caches);
	nodes_destroy(n);
}

Test(cache_nodes, background_fills_of_the_last_levels_go_by_cpus)
{
	/* three CPUs and one: the second node's last level is pressed on by a quarter of all */
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct cache_nodes *caches;
	enum cache_source source;
	struct nodes *n;

	set_meta(meta);
	meta->nr_cpus = 4;
	meta->nr_node_cpus = 2;
	meta->node_cpus[0] = (struct trace_node_cpus){1, 0, 3};
	meta->node_cpus[1] = (struct trace_node_cpus){4, 3, 1};
	n = nodes_of(meta, 0);
	caches = caches_of("l1=64/1,l2=64/1,llc=512/8", n);
	cr_assert_eq(cache_nodes_pressure_start(caches, NULL), 0);
	for (uint64_t line = 0; line < 4; line++) {
		cache_nodes_access(caches, 0, line, false, &source);
		cache_nodes_access(caches, 3, line, false, &source);
	}
	for (int i = 0; i < 4; i++) /* in parts that are no whole number for either */
		cache_nodes_pressure(caches, 0, &(struct cache_pressed){.fills = {0, 0, 2}});
	/* 6 of 8 fills: only the last two lines of one set of eight are left; 2 of 8: all four */
	cr_expect_eq(cache_nodes_access(caches, 3, 0, false, &source), CACHE_LLC);
	cr_expect_eq(cache_nodes_access(caches, 0, 2, false, &source), CACHE_LLC);
	cr_expect_eq(cache_nodes_access(caches, 0, 1, false, &source), CACHE_MEMORY);
	cache_nodes_destroy(caches);
	nodes_destroy(n);
	free(meta);
}

/* A window of 2^16 lines takes 256 KiB. */
Test(cache_nodes, that_memory_ran_out_is_told)
{
	const struct rlimit limit = {.rlim_cur = 512 << 20, .rlim_max = RLIM_INFINITY};
	struct cache_nodes *caches;
	enum cache_source source;
	struct nodes *n;

	if (SANITIZED)
		cr_skip("the sanitizer itself takes more");
	n = suppose(4, 2);
	caches = caches_of(SMALL, n);
	cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
	cache_nodes_access(caches, 0, 0, true, &source);
	cr_expect_not(cache_nodes_failed(caches));
	for (uint64_t window = 1; window < 3200; window++) {
		cache_nodes_access(caches, 0, window << 16, true, &source);
		cache_nodes_access(caches, 3, window << 16, true, &source);
	}
	cr_expect(cache_nodes_failed(caches));
	cache_nodes_destroy(caches);
	nodes_destroy(n);
}

/* Sets of lists of lines, most recent first; a line is its number + 1. */
struct naive_cache {
	unsigned int sets, ways;
	uint64_t way[MAX_SETS][MAX_WAYS];
};

struct naive_machine {
	const struct nodes *nodes;
	unsigned int nr_groups, group[MAX_CPUS], node_of[MAX_CPUS]; /* by CPU; by group */
	struct naive_cache l1[MAX_CPUS], l2[MAX_CPUS], llc[MAX_CPUS];
	int written_by
		[LINES]; /* group that was the last to write it while nobody fetched it; -1: none */
	bool written[LINES]; /* memory has an older one */
	struct cache_writebacks back;
};

static void naive_shape(struct naive_cache *c, const struct cache_geometry *g, int level)
{
	c->ways = g->level[level].ways;
	c->sets = (unsigned int)(g->level[level].size / 64 / c->ways);
	cr_assert(c->ways <= MAX_WAYS && c->sets <= MAX_SETS);
}

static bool naive_remove(struct naive_cache *c, uint64_t line)
{
	uint64_t *way = c->way[line % c->sets];

	for (unsigned int i = 0; i < c->ways; i++)
		if (way[i] == line + 1) {
			memmove(way + i, way + i + 1, (c->ways - i - 1) * sizeof(*way));
			way[c->ways - 1] = 0;
			return true;
		}
	return false;
}

/* Whether it had it; from now on it does. */
static bool naive_touch(struct naive_cache *c, uint64_t line)
{
	uint64_t *way = c->way[line % c->sets];
	bool had = naive_remove(c, line);

	memmove(way + 1, way, (c->ways - 1) * sizeof(*way));
	way[0] = line + 1;
	return had;
}

static bool naive_holds(const struct naive_cache *c, uint64_t line)
{
	for (unsigned int i = 0; i < c->ways; i++)
		if (c->way[line % c->sets][i] == line + 1)
			return true;
	return false;
}

static bool naive_group_holds(const struct naive_machine *m, unsigned int group, uint64_t line)
{
	bool holds = naive_holds(&m->llc[group], line);

	for (unsigned int cpu = 0; cpu < m->nodes->nr_cpus; cpu++)
		if (m->group[cpu] == group)
			holds |= naive_holds(&m->l1[cpu], line) || naive_holds(&m->l2[cpu], line);
	return holds;
}

static enum cache_level naive_access(struct naive_machine *m, unsigned int cpu, uint64_t line,
				     bool write, enum cache_source *source)
{
	unsigned int node = nodes_of_cpu(m->nodes, cpu), group = m->group[cpu];
	enum cache_level level = CACHE_L1;
	int writer = m->written_by[line];

	*source = CACHE_LOCAL;
	if (!naive_touch(&m->l1[cpu], line)) {
		level = CACHE_L2;
		if (!naive_touch(&m->l2[cpu], line))
			level = naive_touch(&m->llc[group], line) ? CACHE_LLC : CACHE_MEMORY;
	}
	if (level == CACHE_MEMORY) {
		bool other = writer >= 0 && writer != (int)group &&
			     naive_group_holds(m, (unsigned int)writer, line);

		if (other)
			*source = m->node_of[writer] == node ? CACHE_OTHER_GROUP : CACHE_OTHER_NODE;
		else
			*source = line % m->nodes->nr == node ? CACHE_LOCAL : CACHE_REMOTE;
		m->written_by[line] = -1;
	}
	if (level == CACHE_MEMORY && m->written[line] && !(write && *source >= CACHE_OTHER_NODE)) {
		m->back.lines++;
		m->back.lent += *source >= CACHE_OTHER_NODE;
		m->written[line] = false;
	}
	if (!write)
		return level;
	m->written[line] = true;
	m->written_by[line] = (int)group;
	for (unsigned int i = 0; i < m->nodes->nr_cpus; i++)
		if (i != cpu) {
			naive_remove(&m->l1[i], line);
			naive_remove(&m->l2[i], line);
		}
	for (unsigned int i = 0; i < m->nr_groups; i++)
		if (i != group)
			naive_remove(&m->llc[i], line);
	return level;
}

/* What is written and nowhere any more has been written back. */
static void naive_write_back(struct naive_machine *m)
{
	m->back.left = 0;
	for (uint64_t line = 0; line < LINES; line++) {
		bool held = false;

		for (unsigned int i = 0; m->written[line] && i < m->nr_groups; i++)
			held |= naive_group_holds(m, i, line);
		m->back.lines += m->written[line] && !held;
		m->written[line] = held;
		m->back.left += held;
	}
}

static struct naive_machine *naive_machine_of(const char *geometry, const struct nodes *n)
{
	struct naive_machine *m = calloc(1, sizeof(*m));
	struct cache_geometry g = geometry_of(geometry);
	unsigned int in_group = 0;

	m->nodes = n;
	/* nodes that were supposed have CPUs in the order of their numbers */
	for (unsigned int cpu = 0; cpu < n->nr_cpus; cpu++) {
		unsigned int node = nodes_of_cpu(n, cpu);

		if (!cpu || node != nodes_of_cpu(n, cpu - 1) || in_group == g.llc_cpus) {
			m->node_of[m->nr_groups++] = node;
			in_group = 0;
		}
		in_group++;
		m->group[cpu] = m->nr_groups - 1;
	}
	for (unsigned int i = 0; i < MAX_CPUS; i++) {
		naive_shape(&m->l1[i], &g, CACHE_L1);
		naive_shape(&m->l2[i], &g, CACHE_L2);
		naive_shape(&m->llc[i], &g, CACHE_LLC);
	}
	for (unsigned int i = 0; i < LINES; i++)
		m->written_by[i] = -1;
	return m;
}

static void expect_same_writebacks(struct cache_nodes *caches, const struct naive_machine *m)
{
	struct cache_writebacks got;

	cache_nodes_writebacks(caches, NULL, NULL, &got);
	cr_assert_eq(got.lines, m->back.lines, "%lu written back, not %lu", got.lines,
		     m->back.lines);
	cr_assert_eq(got.lent, m->back.lent, "%lu lent, not %lu", got.lent, m->back.lent);
	cr_assert_eq(got.left, m->back.left, "%lu left, not %lu", got.left, m->back.left);
}

static void compare_with_naive(const char *geometry, unsigned int cpus, unsigned int nodes)
{
	struct nodes *n = suppose(cpus, nodes);
	struct cache_nodes *caches = caches_of(geometry, n);
	struct naive_machine *m = naive_machine_of(geometry, n);
	uint64_t seed = 4711 + cpus, sources[CACHE_SOURCE_MAX] = {0};

	/* who looks at everything each time needs long for many */
	for (int i = 0; i < (cpus > 10 ? 6000 : 100000); i++) {
		unsigned int cpu = (unsigned int)(draw(&seed) % cpus);
		uint64_t word = draw_word(&seed);
		enum cache_source got, want;
		enum cache_level level = cache_nodes_access(caches, cpu, word >> 1, word & 1, &got);

		cr_assert_eq(level, naive_access(m, cpu, word >> 1, word & 1, &want),
			     "%s: access %d", geometry, i);
		cr_assert_eq(got, want, "%s: access %d comes from %s", geometry, i,
			     cache_source_name(got));
		sources[got] += level == CACHE_MEMORY;
		naive_write_back(m);
		if (i % 1000 == 999)
			expect_same_writebacks(caches, m);
	}
	for (int source = 0; source < CACHE_SOURCE_MAX; source++)
		cr_expect((source == CACHE_OTHER_GROUP ? m->nr_groups == nodes : nodes == 1) ||
				  sources[source] > 500,
			  "%s: %lu from %s", geometry, sources[source],
			  cache_source_name((enum cache_source)source));
	free(m);
	cache_nodes_destroy(caches);
	nodes_destroy(n);
}

Test(cache_nodes, do_what_the_naive_machine_does)
{
	compare_with_naive(SMALL, 4, 2);
	compare_with_naive(SMALL, 2, 2);
	compare_with_naive(SMALL, 6, 3);
	compare_with_naive(SMALL, 3, 1);
	compare_with_naive(ODD, 5, 2);
}

Test(cache_nodes, groups_of_cpus_do_what_the_naive_machine_does)
{
	compare_with_naive(SMALL ",llc-cpus=2", 4, 1);
	compare_with_naive(SMALL ",llc-cpus=2", 8, 2);
	/* the last group of a node is smaller */
	compare_with_naive(SMALL ",llc-cpus=2", 6, 2);
	compare_with_naive(ODD ",llc-cpus=3", 7, 2);
	compare_with_naive(SMALL ",llc-cpus=1", 3, 1);
	/* more groups than a word of the directory has bits */
	compare_with_naive(SMALL ",llc-cpus=1", 40, 2);
}
