// SPDX-License-Identifier: GPL-2.0-only
/* NUMA nodes: whose pages and CPUs are which, and caches that share no last level. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cache_nodes.h"
#include "sim/heap.h"
#include "tests/unit/sim/cache_harness.h"

enum { LINES = 600, MAX_CPUS = 6, MAX_WAYS = 8, MAX_SETS = 64 };

/* Of 1 GiB each, with a hole before the second; the kernel's numbers leave gaps, too. */
static void set_meta(struct trace_meta *meta)
{
	meta->nr_cpus = 5;
	meta->max_pfn = 3 << 18;
	meta->nr_node_ranges = 2;
	meta->node_ranges[0] = (struct trace_node_range){4, 1, (1 << 18) - 1};
	meta->node_ranges[1] = (struct trace_node_range){1, 2 << 18, 1 << 18};
	meta->nr_node_cpus = 3;
	meta->node_cpus[0] = (struct trace_node_cpus){4, 0, 1};
	meta->node_cpus[1] = (struct trace_node_cpus){1, 1, 2};
	meta->node_cpus[2] = (struct trace_node_cpus){4, 3, 2};
}

static struct nodes *nodes_of(const struct trace_meta *meta, unsigned int number)
{
	struct error err = {0};
	struct nodes *n;

	cr_assert_eq(nodes_create(meta, number, &n, &err), 0, "%s", err.msg);
	return n;
}

Test(nodes, are_those_that_the_trace_tells_of)
{
	static const unsigned int cpus[] = {1, 0, 0, 1, 1};
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct nodes *n;

	set_meta(meta);
	n = nodes_of(meta, 0);
	cr_expect_eq(n->nr, 2);
	for (unsigned int cpu = 0; cpu < 5; cpu++)
		cr_expect_eq(nodes_of_cpu(n, cpu), cpus[cpu], "CPU %u", cpu);
	cr_expect_eq(nodes_of_pfn(n, (1 << 18) - 1), 1);
	cr_expect_eq(nodes_of_pfn(n, 2 << 18), 0);
	cr_expect_eq(nodes_of_pfn(n, (3 << 18) - 1), 0);
	cr_expect_eq(nodes_units_from(n, (1 << 18) - 16, 10, 3), 2, "a hole is the first node's");
	nodes_destroy(n);
	meta->nr_node_cpus = 0;
	n = nodes_of(meta, 0);
	cr_expect_eq(n->nr, 1, "whose CPUs are whose is not told");
	nodes_destroy(n);
	free(meta);
}

Test(nodes, are_as_many_as_a_profile_supposes)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct nodes *n;

	set_meta(meta);
	n = nodes_of(meta, 3);
	cr_expect_eq(n->nr, 3);
	for (unsigned int cpu = 0; cpu < 5; cpu++)
		cr_expect_eq(nodes_of_cpu(n, cpu), cpu * 3 / 5);
	cr_expect_eq(nodes_of_pfn(n, 0), 0);
	cr_expect_eq(nodes_of_pfn(n, (1 << 18) + 1024), 1);
	cr_expect_eq(nodes_of_pfn(n, (3 << 18) - 1), 2);
	nodes_destroy(n);
	free(meta);
}

Test(nodes, too_many_are_refused)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct error err = {0};
	struct nodes *n = NULL;

	set_meta(meta);
	meta->nr_node_cpus = NODES_MAX + 1;
	for (uint32_t i = 0; i <= NODES_MAX; i++)
		meta->node_cpus[i] = (struct trace_node_cpus){i, i, 1};
	cr_expect_eq(nodes_create(meta, 0, &n, &err), -ENOTSUP);
	cr_expect_not_null(strstr(err.msg, "nodes: 1"));
	cr_expect_null(n);
	n = nodes_of(meta, 1);
	cr_expect_eq(n->nr, 1);
	nodes_destroy(n);
	free(meta);
}

/* The memmap's lines lie where the pages are, and descriptors where what they describe is. */
static void expect_lines_at_home(const char *name)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	unsigned int described = 0;
	struct layout *layout;
	struct nodes *n;
	struct heap *heap;

	set_meta(meta);
	n = nodes_of(meta, 0);
	cr_assert_eq(layout_load(name, &layout, NULL), 0);
	cr_assert_eq(heap_create(layout, (uint32_t)meta->max_pfn, 5, n, &heap, NULL), 0);
	/* across the border: the census hands out descriptors of many pages at once */
	heap_seed(heap, (1 << 18) - 4096, 8192, 0, PAGE_KIND_FILE);
	heap_settle(heap);
	for (uint32_t pfn = 32; pfn < meta->max_pfn; pfn += 32) {
		unsigned int cpu = pfn / 32 % 5, at_home = nodes_of_pfn(n, pfn);
		struct heap_ref ref;
		struct heap_home home;

		cr_assert_eq(nodes_of_line(n, layout, place_entry(layout, pfn) / 64), at_home,
			     "%s: entry of %u", name, pfn);
		if (!heap_find(heap, pfn, &ref) &&
		    !heap_describe(heap, pfn, 0, PAGE_KIND_ANON, cpu, &ref))
			continue;
		described++;
		cr_assert_eq(nodes_of_line(n, layout, ref.address / 64), at_home,
			     "%s: descriptor of %u", name, pfn);
		if (pfn % 3)
			continue;
		cr_assert(heap_undescribe(heap, pfn, 0, PAGE_KIND_ANON, cpu, &ref, &home));
		if (!home.given)
			continue;
		cr_assert_eq(nodes_of_line(n, layout, home.page_entry / 64),
			     nodes_of_pfn(n, home.pfn), "%s: the page of a descriptor", name);
		if (home.slab_descriptor)
			cr_assert_eq(nodes_of_line(n, layout, home.slab_descriptor / 64),
				     nodes_of_pfn(n, home.pfn));
	}
	cr_expect_eq(described > 0, layout->nr_objects > 0);
	heap_destroy(heap);
	layout_destroy(layout);
	nodes_destroy(n);
	free(meta);
}

Test(nodes, metadata_lies_on_the_node_of_its_pages)
{
	expect_lines_at_home("v6.12");
	expect_lines_at_home("page32");
	expect_lines_at_home("memdesc8");
	expect_lines_at_home("memdesc8+64k");
}

Test(nodes, descriptors_are_counted_over_all_of_them)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	struct layout *layout;
	uint64_t live = 0;
	struct nodes *n;
	struct heap *heap;

	set_meta(meta);
	n = nodes_of(meta, 0);
	cr_assert_eq(layout_load("memdesc8", &layout, NULL), 0);
	cr_assert_eq(heap_create(layout, (uint32_t)meta->max_pfn, 5, n, &heap, NULL), 0);
	heap_seed(heap, (1 << 18) - 100, 300, 0, PAGE_KIND_FILE);
	heap_settle(heap);
	cr_assert_eq(heap_counts(heap, counts), layout->nr_objects);
	for (size_t i = 0; i < layout->nr_objects; i++)
		live += counts[i].object->cls == LAYOUT_CLASS_FOLIO ? counts[i].live : 0;
	cr_expect_eq(live, 300);
	heap_destroy(heap);
	layout_destroy(layout);
	nodes_destroy(n);
	free(meta);
}

/* Lines take turns. */
static unsigned int home_by_number(const void *ctx, uint64_t line)
{
	return (unsigned int)(line % *(const unsigned int *)ctx);
}

static struct cache_nodes *caches_of(const char *geometry, const struct nodes *n)
{
	struct cache_nodes_opts opts = {.geometry = geometry_of(geometry),
					.nr_cpus = n->nr_cpus,
					.nodes = n,
					.home = home_by_number,
					.ctx = &n->nr};
	struct cache_nodes *caches;
	struct error err = {0};

	cr_assert_eq(cache_nodes_create(&opts, &caches, &err), 0, "%s", err.msg);
	return caches;
}

static struct nodes *suppose(unsigned int cpus, unsigned int nodes)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct nodes *n;

	meta->nr_cpus = cpus;
	meta->max_pfn = 1;
	n = nodes_of(meta, nodes);
	free(meta);
	return n;
}

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

/* Sets of lists of lines, most recent first; a line is its number + 1. */
struct naive_cache {
	unsigned int sets, ways;
	uint64_t way[MAX_SETS][MAX_WAYS];
};

struct naive_machine {
	const struct nodes *nodes;
	struct naive_cache l1[MAX_CPUS], l2[MAX_CPUS], llc[MAX_CPUS];
	int written_by
		[LINES]; /* node that was the last to write it while nobody fetched it; -1: none */
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

static bool naive_node_holds(const struct naive_machine *m, unsigned int node, uint64_t line)
{
	bool holds = naive_holds(&m->llc[node], line);

	for (unsigned int cpu = 0; cpu < m->nodes->nr_cpus; cpu++)
		if (nodes_of_cpu(m->nodes, cpu) == node)
			holds |= naive_holds(&m->l1[cpu], line) || naive_holds(&m->l2[cpu], line);
	return holds;
}

static enum cache_level naive_access(struct naive_machine *m, unsigned int cpu, uint64_t line,
				     bool write, enum cache_source *source)
{
	unsigned int node = nodes_of_cpu(m->nodes, cpu);
	enum cache_level level = CACHE_L1;
	int writer = m->written_by[line];

	*source = CACHE_LOCAL;
	if (!naive_touch(&m->l1[cpu], line)) {
		level = CACHE_L2;
		if (!naive_touch(&m->l2[cpu], line))
			level = naive_touch(&m->llc[node], line) ? CACHE_LLC : CACHE_MEMORY;
	}
	if (level == CACHE_MEMORY) {
		bool other = writer >= 0 && writer != (int)node &&
			     naive_node_holds(m, (unsigned int)writer, line);

		*source = other				? CACHE_OTHER_NODE
			  : line % m->nodes->nr == node ? CACHE_LOCAL
							: CACHE_REMOTE;
		m->written_by[line] = -1;
	}
	if (!write)
		return level;
	m->written_by[line] = (int)node;
	for (unsigned int i = 0; i < m->nodes->nr_cpus; i++)
		if (i != cpu) {
			naive_remove(&m->l1[i], line);
			naive_remove(&m->l2[i], line);
		}
	for (unsigned int i = 0; i < m->nodes->nr; i++)
		if (i != node)
			naive_remove(&m->llc[i], line);
	return level;
}

static struct naive_machine *naive_machine_of(const char *geometry, const struct nodes *n)
{
	struct naive_machine *m = calloc(1, sizeof(*m));
	struct cache_geometry g = geometry_of(geometry);

	m->nodes = n;
	for (unsigned int i = 0; i < MAX_CPUS; i++) {
		naive_shape(&m->l1[i], &g, CACHE_L1);
		naive_shape(&m->l2[i], &g, CACHE_L2);
		naive_shape(&m->llc[i], &g, CACHE_LLC);
	}
	for (unsigned int i = 0; i < LINES; i++)
		m->written_by[i] = -1;
	return m;
}

/* Few lines are written much, and many are read now and then. */
static uint64_t draw_word(uint64_t *seed)
{
	uint64_t r = draw(seed);
	uint64_t line = r & 1 ? (r >> 8) % 20 : (r >> 8) % LINES;

	return line << 1 | (r >> 40) % 4 / 3;
}

static void compare_with_naive(const char *geometry, unsigned int cpus, unsigned int nodes)
{
	struct nodes *n = suppose(cpus, nodes);
	struct cache_nodes *caches = caches_of(geometry, n);
	struct naive_machine *m = naive_machine_of(geometry, n);
	uint64_t seed = 4711 + cpus, sources[CACHE_SOURCE_MAX] = {0};

	for (int i = 0; i < 100000; i++) {
		unsigned int cpu = (unsigned int)(draw(&seed) % cpus);
		uint64_t word = draw_word(&seed);
		enum cache_source got, want;
		enum cache_level level = cache_nodes_access(caches, cpu, word >> 1, word & 1, &got);

		cr_assert_eq(level, naive_access(m, cpu, word >> 1, word & 1, &want),
			     "%s: access %d", geometry, i);
		cr_assert_eq(got, want, "%s: access %d comes from %s", geometry, i,
			     cache_source_name(got));
		sources[got] += level == CACHE_MEMORY;
	}
	for (int source = 0; source < CACHE_SOURCE_MAX; source++)
		cr_expect(nodes == 1 || sources[source] > 500, "%s: %lu from %s", geometry,
			  sources[source], cache_source_name((enum cache_source)source));
	free(m);
	cache_nodes_destroy(caches);
	nodes_destroy(n);
}

static const char SMALL[] = "l1=512/2,l2=1K/4,llc=8K/8", ODD[] = "l1=192/1,l2=768/4,llc=9K/3";

Test(cache_nodes, do_what_the_naive_machine_does)
{
	compare_with_naive(SMALL, 4, 2);
	compare_with_naive(SMALL, 2, 2);
	compare_with_naive(SMALL, 6, 3);
	compare_with_naive(SMALL, 3, 1);
	compare_with_naive(ODD, 5, 2);
}

/* What a write took away, in order. */
struct taken {
	uint64_t base; /* number of the call's first access */
	size_t nr;
	uint64_t number[1 << 17], line[1 << 17];
	unsigned int cpu[1 << 17];
};

static void note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	struct taken *t = ctx;

	cr_assert_lt(t->nr, 1 << 17);
	t->number[t->nr] = t->base + number;
	t->cpu[t->nr] = cpu;
	t->line[t->nr++] = line;
}

static void expect_batch(struct cache_nodes *alone, unsigned int cpu, const uint64_t *words,
			 size_t nr, const struct cache_nodes_missed *missed, struct taken *taken)
{
	size_t at[CACHE_MEMORY] = {0};

	for (size_t i = 0; i < nr; i++) {
		enum cache_source source;
		enum cache_level level;

		taken->base += i > 0;
		level = cache_nodes_access(alone, cpu, words[i] >> 1, words[i] & 1, &source);
		for (int l = CACHE_L1; l < (int)level; l++) {
			cr_assert_lt(at[l], missed->missed.nr[l]);
			cr_assert_eq(missed->missed.which[l][at[l]++], i, "%s",
				     cache_level_name(l));
		}
		if (level == CACHE_MEMORY)
			cr_assert_eq(missed->source[at[CACHE_LLC] - 1], source, "access %zu", i);
	}
	for (int l = CACHE_L1; l < CACHE_MEMORY; l++)
		cr_assert_eq(missed->missed.nr[l], at[l]);
	taken->base++;
}

static void compare_batches(const char *geometry, bool pressure)
{
	static struct taken taken[2];
	struct nodes *n = suppose(5, 2);
	struct cache_nodes *batched = caches_of(geometry, n), *alone = caches_of(geometry, n);
	struct cache_nodes_missed *missed = calloc(1, sizeof(*missed));
	uint64_t seed = 99, words[CACHE_BATCH], done = 0;

	memset(taken, 0, sizeof(taken));
	cache_nodes_on_taken(batched, note_taken, &taken[0]);
	cache_nodes_on_taken(alone, note_taken, &taken[1]);
	if (pressure) {
		cr_assert_eq(cache_nodes_pressure_start(batched, NULL), 0);
		cr_assert_eq(cache_nodes_pressure_start(alone, NULL), 0);
	}
	while (done < 60000) {
		unsigned int cpu = (unsigned int)(draw(&seed) % 5);
		size_t nr = 1 + draw(&seed) % (draw(&seed) % 2 ? CACHE_BATCH : 9);

		for (size_t i = 0; i < nr; i++)
			words[i] = draw_word(&seed);
		if (pressure && draw(&seed) % 4 == 0) {
			cache_nodes_pressure(batched, cpu, 5, 3, 17);
			cache_nodes_pressure(alone, cpu, 5, 3, 17);
		}
		taken[0].base = done;
		cache_nodes_access_missed(batched, cpu, words, nr, missed);
		taken[1].base = done;
		expect_batch(alone, cpu, words, nr, missed, &taken[1]);
		done += nr;
	}
	cr_assert_eq(taken[0].nr, taken[1].nr);
	cr_assert_gt(taken[0].nr, 1000);
	for (size_t i = 0; i < taken[0].nr; i++) {
		cr_assert_eq(taken[0].number[i], taken[1].number[i], "%s: %zu", geometry, i);
		cr_assert_eq(taken[0].line[i], taken[1].line[i]);
		cr_assert_eq(taken[0].cpu[i], taken[1].cpu[i]);
	}
	free(missed);
	cache_nodes_destroy(batched);
	cache_nodes_destroy(alone);
	nodes_destroy(n);
}

Test(cache_nodes, many_accesses_at_once_do_what_each_of_them_does)
{
	static const char *const general[] = {
		"l1=512/2,l2=1K/4,llc=8K/8,llc-kind=inclusive",
		"l1=512/2,l2=1K/4,llc=8K/8,llc-kind=exclusive,plru=l2+llc",
		"l1=512/2,l2=1K/4,llc=8K/8,llc-kind=victim,prefetch=pair+stream",
	};

	for (int pressure = 0; pressure < 2; pressure++) {
		compare_batches(SMALL, pressure);
		compare_batches(ODD, pressure);
		for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++)
			compare_batches(general[i], pressure);
	}
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
		cache_nodes_pressure(caches, 0, 0, 0, 2);
	/* 6 of 8 fills: only the last two lines of one set of eight are left; 2 of 8: all four */
	cr_expect_eq(cache_nodes_access(caches, 3, 0, false, &source), CACHE_LLC);
	cr_expect_eq(cache_nodes_access(caches, 0, 2, false, &source), CACHE_LLC);
	cr_expect_eq(cache_nodes_access(caches, 0, 1, false, &source), CACHE_MEMORY);
	cache_nodes_destroy(caches);
	nodes_destroy(n);
	free(meta);
}
