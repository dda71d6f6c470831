// SPDX-License-Identifier: GPL-2.0-only
/* Other kinds of last level and tree-PLRU: known sequences, and what must hold whatever the sequence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/naive_kinds.h"

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

	/* tags of 64 bits are lines */
	cr_assert_eq(cache_hierarchy_set_variant(h, &cache_variants[cache_variants_nr - 1], NULL),
		     0);
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

Test(cache_general, dirty_lines_are_refused)
{
	struct cache_geometry g = geometry_of("l1=4K/4,l2=1M/16,llc=4M/16,llc-kind=victim");
	struct error err = {0};
	struct cache_hierarchy *h;

	cr_assert_eq(cache_hierarchy_create(&g, 1, true, &h, &err), -EINVAL);
	cr_assert_neq(err.msg[0], '\0');
}
