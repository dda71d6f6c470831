// SPDX-License-Identifier: GPL-2.0-only
/* What memory is given back: by hand, and against one that looks after each access what no cache has any more. */
#include <string.h>

#include "tests/unit/sim/nodes_harness.h"

struct access {
	unsigned int cpu;
	uint64_t line;
	bool write;
};

static struct cache_writebacks written_back(struct cache_nodes *caches)
{
	struct cache_writebacks ret;

	cache_nodes_writebacks(caches, NULL, NULL, &ret);
	return ret;
}

static void do_accesses(struct cache_nodes *caches, const struct access *accesses, size_t nr)
{
	enum cache_source source;

	for (size_t i = 0; i < nr; i++)
		cache_nodes_access(caches, accesses[i].cpu, accesses[i].line, accesses[i].write,
				   &source);
}

static void expect(struct cache_nodes *caches, uint64_t lines, uint64_t lent, uint64_t left)
{
	struct cache_writebacks got = written_back(caches);

	cr_assert_eq(got.lines, lines, "%lu written back, not %lu", got.lines, lines);
	cr_assert_eq(got.lent, lent, "%lu lent, not %lu", got.lent, lent);
	cr_assert_eq(got.left, left, "%lu left, not %lu", got.left, left);
}

/* A last level of one set of four, and a CPU's own caches of one line. */
Test(cache_written, what_leaves_all_caches_goes_back_once)
{
	static const struct access stream[] = {{0, 1, true},  {0, 2, false}, {0, 3, false},
					       {0, 4, false}, {0, 5, false}, {0, 1, false},
					       {0, 6, false}, {0, 7, false}, {0, 8, false},
					       {0, 9, false}, {0, 1, false}};
	struct nodes *n = suppose(2, 1);
	struct cache_nodes *caches = caches_of("l1=64/1,l2=64/1,llc=256/4", n);

	do_accesses(caches, stream, 4);
	expect(caches, 0, 0, 1); /* the last level has it still */
	do_accesses(caches, stream + 4, 1);
	expect(caches, 1, 0, 0);
	do_accesses(caches, stream + 5, 6); /* read, not written, it leaves again and comes again */
	expect(caches, 1, 0, 0);
	cache_nodes_destroy(caches);
	nodes_destroy(n);
}

/* Two CPUs write in turn: each takes over what the other has written, and nothing goes back. */
Test(cache_written, two_cpus_in_turn_give_memory_nothing)
{
	struct nodes *one = suppose(2, 1), *two = suppose(2, 2);
	struct cache_nodes *near = caches_of(SMALL, one), *far = caches_of(SMALL, two);

	for (unsigned int i = 0; i < 1000; i++) {
		const struct access turn[] = {{i % 2, 8, true}};

		do_accesses(near, turn, 1);
		do_accesses(far, turn, 1);
	}
	expect(near, 0, 0, 1);
	expect(far, 0, 0, 1);
	/* in the node a reader is given it as it is; between nodes it is written back on the way, once */
	for (int i = 0; i < 3; i++) {
		do_accesses(near, &(struct access){0, 8, false}, 1);
		do_accesses(far, &(struct access){0, 8, false}, 1);
	}
	expect(near, 0, 0, 1);
	expect(far, 1, 1, 0);
	cache_nodes_destroy(near);
	cache_nodes_destroy(far);
	nodes_destroy(one);
	nodes_destroy(two);
}

/* Looks after each access for written lines that no cache has: on one node, where cache.h tells what it has. */
struct eager {
	struct cache_hierarchy *caches;
	bool written[LINES + 2 * CACHE_BATCH];
	uint64_t back, left;
};

/* A CPU's L1 may have it still, of which its L2 knows nothing. */
static void give(void *ctx, unsigned int number, uint64_t line)
{
	struct eager *e = ctx;

	cr_assert_eq(number, 0);
	e->back += e->written[line];
	e->written[line] = false;
}

static void look(struct eager *e)
{
	e->left = 0;
	for (uint64_t line = 0; line < sizeof(e->written); line++) {
		bool gone = e->written[line] && !cache_has(e->caches, line);

		e->back += gone;
		e->written[line] &= !gone;
		e->left += e->written[line];
	}
}

static void access_eagerly(struct eager *e, unsigned int cpu, uint64_t line, bool write)
{
	enum cache_level level = cache_access(e->caches, cpu, line, write);

	/* another CPU of the node has it, but memory gave it */
	if (level == CACHE_MEMORY)
		give(e, 0, line);
	e->written[line] |= write;
	look(e);
}

static void compare(const char *geometry, unsigned int cpus, bool pressure)
{
	const struct cache_geometry g = geometry_of(geometry);
	struct nodes *n = suppose(cpus, 1);
	struct cache_nodes *caches = caches_of(geometry, n);
	struct cache_nodes_missed *missed = calloc(1, sizeof(*missed));
	struct eager *e = calloc(1, sizeof(*e));
	uint64_t seed = 7 + cpus, words[CACHE_BATCH];

	cr_assert_eq(cache_hierarchy_create(&g, cpus, false, &e->caches, NULL), 0);
	cache_on_prefetched(e->caches, give, e);
	if (pressure) {
		cr_assert_eq(cache_nodes_pressure_start(caches, NULL), 0);
		cr_assert_eq(cache_pressure_start(e->caches, NULL), 0);
	}
	for (unsigned int round = 0; round < 300; round++) {
		unsigned int cpu = (unsigned int)(draw(&seed) % cpus);
		size_t nr = 1 + draw(&seed) % (draw(&seed) % 2 ? 100 : 9);
		struct cache_writebacks got;

		if (pressure && round % 4 == 0) {
			cache_nodes_pressure(caches, cpu,
					     &(struct cache_pressed){.fills = {5, 3, 17}});
			cache_pressure(e->caches, cpu, 5, 3, 17);
			look(e);
		}
		for (size_t i = 0; i < nr; i++)
			words[i] = draw_word(&seed);
		cache_nodes_access_missed(caches, cpu, words, nr, missed);
		for (size_t i = 0; i < nr; i++)
			access_eagerly(e, cpu, words[i] >> 1, words[i] & 1);
		got = written_back(caches);
		cr_assert_eq(got.lines, e->back, "%s, round %u: %lu, not %lu", geometry, round,
			     got.lines, e->back);
		cr_assert_eq(got.left, e->left, "%s: %lu left, not %lu", geometry, got.left,
			     e->left);
	}
	cr_assert_gt(e->back, 200, "%s: only %lu", geometry, e->back);
	cache_hierarchy_destroy(e->caches);
	free(e);
	free(missed);
	cache_nodes_destroy(caches);
	nodes_destroy(n);
}

Test(cache_written, it_is_what_no_cache_has_any_more)
{
	static const char *const geometries[] = {
		"l1=512/2,l2=1K/4,llc=4K/8",
		"l1=192/1,l2=768/4,llc=3K/3",
		"l1=512/2,l2=1K/4,llc=4K/8,llc-kind=inclusive",
		"l1=512/2,l2=1K/4,llc=4K/8,llc-kind=exclusive,plru=l2+llc",
		"l1=512/2,l2=1K/4,llc=4K/8,llc-kind=victim",
		"l1=512/2,l2=1K/4,llc=4K/8,llc-kind=victim,prefetch=pair+stream",
		"l1=512/2,l2=1K/4,llc=4K/8,prefetch=next-line",
	};

	for (size_t i = 0; i < sizeof(geometries) / sizeof(geometries[0]); i++)
		for (int pressure = 0; pressure < 2; pressure++) {
			/* looking makes rows show their fills, which take lines from an L1 there */
			if (pressure && strstr(geometries[i], "inclusive"))
				continue;
			compare(geometries[i], 1, pressure);
			compare(geometries[i], 2, pressure);
			compare(geometries[i], 3, pressure);
		}
}
