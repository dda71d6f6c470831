// SPDX-License-Identifier: GPL-2.0-only
/* Other kinds of last level, tree-PLRU and prefetchers: known sequences, and simulators that are all loops. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/cache_harness.h"

static struct cache_hierarchy *build(const char *text, unsigned int cpus)
{
	struct cache_geometry g = geometry_of(text);
	struct cache_hierarchy *h;
	struct error err = {0};

	cr_assert_eq(cache_hierarchy_create(&g, cpus, false, &h, &err), 0, "%s", err.msg);
	return h;
}

/* Sets of one way: L1 and L2 hold one line of each set, so that every step can be followed. */
Test(cache_general, an_exclusive_level_gives_a_line_away_and_takes_what_L2_evicts)
{
	struct cache_hierarchy *h = build("l1=64/1,l2=64/1,llc=256/4,llc-kind=exclusive", 1);

	cr_assert_eq(cache_access(h, 0, 1, false), CACHE_MEMORY);
	cr_assert_eq(cache_access(h, 0, 2, false), CACHE_MEMORY, "evicts 1 to the last level");
	cr_assert_eq(cache_access(h, 0, 1, false), CACHE_LLC, "and takes it back; 2 goes there");
	cr_assert_eq(cache_access(h, 0, 2, false), CACHE_LLC);
	/* together they hold L2's line and four others: 5 lines cyclically always hit, 6 never do */
	for (uint64_t i = 0; i < 50; i++) {
		enum cache_level level = cache_access(h, 0, 10 + i % 5, false);

		cr_assert_eq(level, i < 5 ? CACHE_MEMORY : CACHE_LLC, "access %lu", i);
	}
	for (uint64_t i = 0; i < 60; i++)
		cr_assert_eq(cache_access(h, 0, 20 + i % 6, false), CACHE_MEMORY);
	cache_hierarchy_destroy(h);
}

Test(cache_general, a_victim_level_keeps_what_is_found_there)
{
	struct cache_hierarchy *h = build("l1=64/1,l2=64/1,llc=256/4,llc-kind=victim", 1);
	unsigned int missed = 0;

	for (uint64_t i = 0; i < 60; i++) {
		enum cache_level level = cache_access(h, 0, i % 4, false);

		cr_assert_eq(level, i < 4 ? CACHE_MEMORY : CACHE_LLC, "access %lu", i);
	}
	/* of what L2 holds there may be a second copy, so that five lines do not always fit; six never do */
	for (uint64_t i = 0; i < 50; i++)
		missed += cache_access(h, 0, 10 + i % 5, false) == CACHE_MEMORY && i >= 5;
	cr_assert(missed > 5 && missed < 45, "%u", missed);
	for (uint64_t i = 0; i < 60; i++)
		cr_assert_eq(cache_access(h, 0, 20 + i % 6, false), CACHE_MEMORY);
	cache_hierarchy_destroy(h);
}

/* The last level itself never had the line: what CPU 0 read, only CPU 0 can give. */
Test(cache_general, what_a_victim_level_lacks_another_cpu_gives)
{
	static const char *const kinds[] = {"exclusive", "victim"};

	for (int k = 0; k < 2; k++) {
		char text[96];
		struct cache_hierarchy *h;

		snprintf(text, sizeof(text), "l1=64/1,l2=64/1,llc=256/4,llc-kind=%s", kinds[k]);
		h = build(text, 3);
		cr_assert_eq(cache_access(h, 0, 1, false), CACHE_MEMORY);
		cr_assert_eq(cache_access(h, 1, 1, false), CACHE_LLC, "%s: from CPU 0", kinds[k]);
		cr_assert_eq(cache_access(h, 0, 1, false), CACHE_L1, "which keeps it");
		cr_assert_eq(cache_access(h, 2, 1, true), CACHE_LLC, "to be written, too");
		cr_assert_eq(cache_access(h, 0, 1, false), CACHE_LLC, "from CPU 2, the only one");
		/* a stale entry of the directory gives nothing: line 1 goes to the last level, and out of it */
		for (uint64_t line = 2; line < 12; line++)
			for (unsigned int cpu = 0; cpu < 3; cpu++)
				cache_access(h, cpu, line, false);
		cr_assert_eq(cache_access(h, 1, 1, false), CACHE_MEMORY);
		cache_hierarchy_destroy(h);
	}
}

/* L2 evicts 1 to the last level, where four others push it out; L1 has it still. */
Test(cache_general, a_line_in_another_cpus_first_level_alone_is_given_too)
{
	struct cache_hierarchy *h = build("l1=4K/64,l2=64/1,llc=256/4,llc-kind=victim", 2);

	for (uint64_t line = 1; line < 8; line++)
		cache_access(h, 0, line, false);
	cr_assert_eq(cache_access(h, 1, 1, false), CACHE_LLC);
	cache_hierarchy_destroy(h);
}

Test(cache_general, an_inclusive_level_takes_its_victims_from_every_cpu)
{
	struct cache_hierarchy *h = build("l1=1K/16,l2=1K/16,llc=256/4,llc-kind=inclusive", 2);
	struct cache_counts counts;

	cache_access(h, 0, 1, false);
	cache_access(h, 1, 1, false);
	for (uint64_t line = 2; line < 6; line++)
		cache_access(h, 0, line, false);
	cr_assert_eq(cache_access(h, 1, 1, false), CACHE_MEMORY, "gone from CPU 1's L1, too");
	cache_counts(h, &counts);
	cr_assert_geq(counts.back_invalidations, 4, "L1 and L2 of both");
	cache_hierarchy_destroy(h);
}

/* ---- lists, most recent first, for every kind ---- */

enum { CPUS = 2, MAX_WAYS = 8, MAX_SETS = 8 };

struct naive {
	uint64_t row[3][CPUS][MAX_SETS][MAX_WAYS]; /* line + 1 */
	uint32_t sets[3], ways[3];
	enum cache_llc_kind kind;
};

static uint64_t *row_of(struct naive *n, int level, unsigned int cpu, uint64_t line)
{
	return n->row[level][level == CACHE_LLC ? 0 : cpu][line % n->sets[level]];
}

static bool naive_has(struct naive *n, int level, unsigned int cpu, uint64_t line)
{
	uint64_t *row = row_of(n, level, cpu, line);

	for (uint32_t way = 0; way < n->ways[level]; way++)
		if (row[way] == line + 1)
			return true;
	return false;
}

static void naive_drop(struct naive *n, int level, unsigned int cpu, uint64_t line)
{
	uint64_t *row = row_of(n, level, cpu, line);
	uint32_t to = 0;

	for (uint32_t way = 0; way < n->ways[level]; way++)
		if (row[way] != line + 1)
			row[to++] = row[way];
	while (to < n->ways[level])
		row[to++] = 0;
}

/* To the front; what falls out at the end, or 0. */
static uint64_t naive_put(struct naive *n, int level, unsigned int cpu, uint64_t line)
{
	uint64_t *row = row_of(n, level, cpu, line), out;

	naive_drop(n, level, cpu, line);
	out = row[n->ways[level] - 1];
	memmove(row + 1, row, (n->ways[level] - 1) * sizeof(*row));
	row[0] = line + 1;
	return out;
}

static enum cache_level naive_access(struct naive *n, unsigned int cpu, uint64_t line, bool write)
{
	enum cache_level level = CACHE_L1;
	bool given = false;
	uint64_t out;

	while (level < CACHE_MEMORY && !naive_has(n, (int)level, cpu, line))
		level++;
	if (level == CACHE_MEMORY && n->kind >= CACHE_LLC_EXCLUSIVE)
		given = naive_has(n, CACHE_L1, !cpu, line) || naive_has(n, CACHE_L2, !cpu, line);
	if (level > CACHE_L2) {
		if (level == CACHE_LLC && n->kind == CACHE_LLC_EXCLUSIVE)
			naive_drop(n, CACHE_LLC, 0, line);
		else if (level == CACHE_LLC ||
			 (level == CACHE_MEMORY && n->kind <= CACHE_LLC_INCLUSIVE)) {
			out = naive_put(n, CACHE_LLC, 0, line);
			for (unsigned int c = 0; out && n->kind == CACHE_LLC_INCLUSIVE && c < CPUS;
			     c++) {
				naive_drop(n, CACHE_L1, c, out - 1);
				naive_drop(n, CACHE_L2, c, out - 1);
			}
		}
		out = naive_put(n, CACHE_L2, cpu, line);
		if (out && n->kind >= CACHE_LLC_EXCLUSIVE)
			naive_put(n, CACHE_LLC, 0, out - 1);
	} else if (level == CACHE_L2) {
		naive_put(n, CACHE_L2, cpu, line);
	}
	naive_put(n, CACHE_L1, cpu, line);
	for (unsigned int c = 0; write && c < CPUS; c++)
		if (c != cpu) {
			naive_drop(n, CACHE_L1, c, line);
			naive_drop(n, CACHE_L2, c, line);
		}
	return given ? CACHE_LLC : level;
}

Test(cache_general, each_kind_agrees_with_lists_on_random_streams)
{
	for (int kind = CACHE_LLC_INCLUSIVE; kind < CACHE_LLC_KIND_MAX; kind++) {
		struct naive *n = calloc(1, sizeof(*n));
		uint64_t state = 88172645463325252ULL, hits[CACHE_LEVEL_MAX] = {0};
		struct cache_hierarchy *h;
		char text[96];

		*n = (struct naive){.sets = {2, 4, 8}, .ways = {2, 4, 6}, .kind = kind};
		snprintf(text, sizeof(text), "l1=256/2,l2=1K/4,llc=3K/6,llc-kind=%s",
			 cache_llc_kind_name(n->kind));
		h = build(text, CPUS);
		for (int i = 0; i < 200000; i++) {
			unsigned int cpu = draw(&state) & 1;
			uint64_t line = draw(&state) % (draw(&state) % 2 ? 20 : 100);
			bool write = draw(&state) % 4 == 0;
			enum cache_level want = naive_access(n, cpu, line, write);

			cr_assert_eq(cache_access(h, cpu, line, write), want, "%s: access %d", text,
				     i);
			hits[want]++;
		}
		for (int level = 0; level < CACHE_LEVEL_MAX; level++)
			cr_assert_gt(hits[level], 5000, "%s: level %d", text, level);
		cache_hierarchy_destroy(h);
		free(n);
	}
}

/* Where nothing ever leaves the last level for good, a line is fetched from memory once, whatever the kind. */
Test(cache_general, kinds_agree_where_everything_fits)
{
	struct cache_hierarchy *h[CACHE_LLC_KIND_MAX];
	uint64_t state = 88172645463325252ULL, memory = 0;
	enum { MANY_CPUS = 70, LINES = 2000 };
	char text[96];

	for (int kind = 0; kind < CACHE_LLC_KIND_MAX; kind++) {
		snprintf(text, sizeof(text), "l1=256/2,l2=1K/4,llc=1M/16,llc-kind=%s",
			 cache_llc_kind_name(kind));
		h[kind] = build(text, MANY_CPUS);
	}
	for (int i = 0; i < 100000; i++) {
		unsigned int cpu = (unsigned int)(draw(&state) % MANY_CPUS);
		uint64_t line = draw(&state) % (draw(&state) % 2 ? 20 : LINES);
		bool write = draw(&state) % 4 == 0;
		enum cache_level want = cache_access(h[0], cpu, line, write);

		memory += want == CACHE_MEMORY;
		for (int kind = 1; kind < CACHE_LLC_KIND_MAX; kind++)
			cr_assert_eq(cache_access(h[kind], cpu, line, write), want, "%s, access %d",
				     cache_llc_kind_name(kind), i);
	}
	cr_expect_eq(memory, LINES);
	for (int kind = 0; kind < CACHE_LLC_KIND_MAX; kind++)
		cache_hierarchy_destroy(h[kind]);
}

/* The levels' own definition: no line in L1 or L2 that an inclusive last level lacks; none twice in an exclusive one. */
Test(cache_general, inclusion_and_exclusion_hold_at_every_moment)
{
	struct cache_hierarchy *h = build("l1=256/2,l2=1K/4,llc=2K/4,llc-kind=inclusive", 1);
	uint64_t state = 88172645463325252ULL;

	for (int i = 0; i < 5000; i++) {
		bool inside[200] = {false};

		cache_access(h, 0, draw(&state) % 200, false);
		for (size_t set = 0; set < h->shape[CACHE_LLC].sets; set++)
			for (uint32_t way = 0; way < h->shape[CACHE_LLC].ways; way++) {
				uint64_t tag = h->wide_tags[cache_first_tag(h, 0, CACHE_LLC) +
							    set * h->row[CACHE_LLC] + way];

				if (tag)
					inside[tag - 1] = true;
			}
		for (int level = CACHE_L1; level <= CACHE_L2; level++)
			for (size_t t = 0; t < h->row[level] * h->shape[level].sets; t++) {
				uint64_t tag = h->wide_tags[cache_first_tag(h, 0, level) + t];

				cr_assert(!tag || inside[tag - 1], "line %lu, access %d", tag - 1,
					  i);
			}
	}
	cache_hierarchy_destroy(h);
}

/* ---- tree-PLRU ---- */

/* Four ways, as the textbook draws it: after 0 1 2 3 the tree points at 0; using 0 and 2 makes 1 and then 3 the victims. */
Test(cache_general, tree_plru_follows_the_textbook)
{
	struct cache_hierarchy *h = build("l1=256/4,l2=64K/4,llc=64K/4,plru=l1", 1);

	for (uint64_t line = 0; line < 4; line++)
		cache_access(h, 0, line, false);
	cache_access(h, 0, 0,
		     false); /* away from 0 and 1: to the right half, whose older way is 2 */
	cache_access(h, 0, 9, false);
	cr_assert_neq(cache_access(h, 0, 2, false), CACHE_L1, "2 was the victim; true LRU takes 1");
	cr_assert_eq(cache_access(h, 0, 0, false), CACHE_L1);
	cache_hierarchy_destroy(h);
}

/* With two ways a tree is exact LRU, whatever happens to it. */
Test(cache_general, tree_plru_of_two_ways_is_lru)
{
	struct cache_hierarchy *tree = build("l1=512/2,l2=2K/2,llc=8K/2,plru=l1+l2+llc", 2);
	struct cache_hierarchy *lru = build("l1=512/2,l2=2K/2,llc=8K/2", 2);
	uint64_t state = 88172645463325252ULL;

	cr_assert_eq(cache_pressure_start(tree, NULL), 0);
	cr_assert_eq(cache_pressure_start(lru, NULL), 0);
	for (int i = 0; i < 100000; i++) {
		unsigned int cpu = draw(&state) & 1;
		uint64_t line = draw(&state) % (draw(&state) % 2 ? 20 : 300);
		bool write = draw(&state) % 4 == 0;

		if (i % 64 == 0) {
			cache_pressure(tree, cpu, 3, 5, 9);
			cache_pressure(lru, cpu, 3, 5, 9);
		}
		cr_assert_eq(cache_access(tree, cpu, line, write),
			     cache_access(lru, cpu, line, write), "access %d", i);
	}
	cache_hierarchy_destroy(tree);
	cache_hierarchy_destroy(lru);
}

/* ---- prefetchers ---- */

static void count(const char *prefetch, const uint64_t *lines, size_t n, uint64_t hits[4],
		  struct cache_counts *counts)
{
	struct cache_hierarchy *h;
	char text[96];

	memset(hits, 0, 4 * sizeof(*hits));
	snprintf(text, sizeof(text), "l1=4K/4,l2=1M/16,llc=4M/16,prefetch=%s", prefetch);
	h = build(text, 1);
	for (size_t i = 0; i < n; i++)
		hits[cache_access(h, 0, lines[i], false)]++;
	cache_counts(h, counts);
	cache_hierarchy_destroy(h);
}

/* Sixteen pages of 64 lines, one after the other. */
Test(cache_general, prefetchers_do_to_a_scan_what_arithmetic_says)
{
	enum { PAGES = 16, LINES = 64 * PAGES };
	struct cache_counts counts;
	uint64_t up[LINES], down[LINES], hits[4];

	for (uint64_t i = 0; i < LINES; i++) {
		up[i] = 640 + i;
		down[i] = 640 + LINES - 1 - i;
	}
	count("none", up, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES);
	count("pair", up, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES / 2);
	cr_assert_eq(counts.prefetches_memory, LINES / 2);
	count("pair", down, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES / 2);
	count("next-line", up, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES / 2, "a hit asks for nothing");
	count("next-line", down, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES);
	/* the third line of each page makes it a stream, which is never waited for again */
	count("stream", up, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], 3 * PAGES);
	cr_assert_eq(counts.prefetches, 61 * PAGES, "nothing beyond a page's end");
	count("stream", down, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], 3 * PAGES);
}

Test(cache_general, a_stream_is_no_jumping_about)
{
	enum { LINES = 2000 };
	uint64_t state = 88172645463325252ULL, lines[LINES], hits[4];
	struct cache_counts counts;

	for (size_t i = 0; i < LINES; i++)
		lines[i] = (uint64_t)i * 64 + draw(&state) % 64; /* each in a page of its own */
	count("stream", lines, LINES, hits, &counts);
	cr_assert_eq(counts.prefetches, 0);
	for (size_t i = 0; i < LINES; i++)
		lines[i] = 64 * (i / 4) + (uint64_t)(i % 4) * 16; /* steps that are too long */
	count("stream", lines, LINES, hits, &counts);
	cr_assert_eq(counts.prefetches, 0);
}

Test(cache_general, dirty_lines_are_refused)
{
	struct cache_geometry g = geometry_of("l1=4K/4,l2=1M/16,llc=4M/16,llc-kind=victim");
	struct error err = {0};
	struct cache_hierarchy *h;

	cr_assert_eq(cache_hierarchy_create(&g, 1, true, &h, &err), -EINVAL);
	cr_assert_neq(err.msg[0], '\0');
}
