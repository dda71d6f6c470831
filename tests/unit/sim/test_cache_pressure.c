// SPDX-License-Identifier: GPL-2.0-only
/* Background pressure: closed forms, and a hierarchy that really inserts every background line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/cache_harness.h"

/* One set of 16 ways per level, filled with 16 lines; then k background fills. */
Test(cache_pressure, of_w_ways_and_k_fills_the_w_minus_k_most_recent_lines_survive)
{
	for (size_t v = 0; v < cache_variants_nr; v++) {
		for (uint64_t fills = 0; fills <= 20; fills++) {
			uint64_t survive = fills < 16 ? 16 - fills : 0;

			for (uint64_t line = 0; line < 16; line++) {
				/* L1 is small, so that what is told is told by L2; sets: 1, 1, 64 */
				struct cache_hierarchy *h =
					make_pressed("l1=128/1,l2=2K/16,llc=1K/16", 1, v);
				enum cache_level found;

				if (!h)
					continue;
				for (uint64_t i = 0; i < 16; i++)
					cache_access(h, 0, 2 * i, false);
				cache_pressure(h, 0, 2, 2 * fills, 0);
				found = cache_access(h, 0, 2 * line, false);
				/* line 15 is the most recent one */
				cr_assert_eq(found == CACHE_L2, line >= 16 - survive,
					     "%s: line %lu after %lu fills", cache_variants[v].name,
					     line, fills);
				cache_hierarchy_destroy(h);
			}
		}
	}
}

Test(cache_pressure, fills_that_do_not_go_round_reach_the_first_sets_only)
{
	struct cache_hierarchy *h = make_pressed("l1=4K/1,l2=64K/16,llc=64K/16", 1, 0);

	if (!h)
		h = make_pressed("l1=4K/1,l2=64K/16,llc=64K/16", 1, cache_variants_nr - 2);
	for (uint64_t line = 0; line < 64; line++)
		cache_access(h, 0, line, false);
	for (int i = 0; i < 40; i++)
		cache_pressure(h, 0, 1, 0, 0); /* one by one is as good as 40 at once */
	for (uint64_t line = 0; line < 64; line++)
		cr_assert_eq(cache_access(h, 0, line, false), line < 40 ? CACHE_L2 : CACHE_L1);
	cache_hierarchy_destroy(h);
}

Test(cache_pressure, on_one_cpu_leaves_the_private_caches_of_another_alone)
{
	struct cache_hierarchy *h =
		make_pressed("l1=1K/16,l2=2K/16,llc=4K/16", 2, cache_variants_nr - 1);
	struct cache_counts counts;

	cache_access(h, 0, 5, false);
	cache_access(h, 1, 5, false);
	cache_pressure(h, 0, 1000, 1000, 0);
	cr_assert_eq(cache_access(h, 1, 5, false), CACHE_L1);
	cr_assert_eq(cache_access(h, 0, 5, false), CACHE_LLC);
	cache_pressure(h, 0, 1000, 1000, 1000);
	cr_assert_eq(cache_access(h, 1, 5, false), CACHE_L1);
	cr_assert_eq(cache_access(h, 0, 5, false), CACHE_MEMORY, "the LLC is shared");
	cache_counts(h, &counts);
	cr_assert_eq(counts.aged[CACHE_L1], 2);
	cr_assert_eq(counts.aged[CACHE_L2], 2);
	cr_assert_eq(counts.aged[CACHE_LLC], 1);
	cache_hierarchy_destroy(h);
}

Test(cache_pressure, and_dirty_lines_are_refused_together)
{
	struct cache_hierarchy *h =
		make("l1=1K/16,l2=2K/16,llc=4K/16", 1, true, cache_variants_nr - 1);
	struct error err = {0};

	cr_assert_eq(cache_pressure_start(h, &err), -EINVAL);
	cr_assert_neq(err.msg[0], '\0');
	cache_hierarchy_destroy(h);
}

/* ---- a simulator that knows nothing of laziness: background lines are lines ---- */

enum { NAIVE_CPUS = 3, MAX_SETS = 64, MAX_WAYS = 17 };

struct naive_row {
	uint64_t way[MAX_WAYS]; /* line + 1; 0: empty; NAIVE_FILL */
	uint64_t fills, finds;	/* of background lines that came since it was looked at */
	uint64_t found;		/* before that */
};

struct naive {
	uint64_t sets[3], ways[3], next[3][NAIVE_CPUS], next_found[3][NAIVE_CPUS];
	struct naive_row row[3][NAIVE_CPUS][MAX_SETS];
};

#define NAIVE_FILL UINT64_MAX

static bool naive_touch(uint64_t *row, uint64_t ways, uint64_t tag)
{
	uint64_t way = 0;

	while (way < ways && (row[way] != tag || tag == NAIVE_FILL))
		way++;
	memmove(row + 1, row, (way < ways ? way : ways - 1) * sizeof(*row));
	row[0] = tag;
	return way < ways;
}

/* One of the row's background lines, which the golden ratio chooses, is used. */
static void naive_find(struct naive_row *row, uint64_t ways, uint64_t set)
{
	double ratio = (double)0x9e3779b9 / 4294967296, start = (double)0x85ebca6b / 4294967296;
	double at = ratio * (double)row->found++ + start * (double)set;
	uint64_t nr = 0, which, way = 0;

	for (uint64_t i = 0; i < ways; i++)
		nr += row->way[i] == NAIVE_FILL;
	if (!nr)
		return;
	which = (uint64_t)((at - (double)(uint64_t)at) * (double)nr);
	for (;; way++)
		if (row->way[way] == NAIVE_FILL && !which--)
			break;
	memmove(row->way + 1, row->way, way * sizeof(row->way[0]));
	row->way[0] = NAIVE_FILL;
}

/* Evenly mixed: as many finds before each fill, and after the last one. */
static uint64_t *naive_look(struct naive_row *row, uint64_t ways, uint64_t set)
{
	uint64_t finds = row->finds, fills = row->fills, done = 0;

	if (fills >= ways) {
		row->found += finds;
		done = finds;
	}
	for (uint64_t i = 1; i <= fills + 1; i++) {
		for (; done < finds * i / (fills + 1); done++)
			naive_find(row, ways, set);
		if (i <= fills)
			naive_touch(row->way, ways, NAIVE_FILL);
	}
	row->fills = row->finds = 0;
	return row->way;
}

static void naive_drop(uint64_t *row, uint64_t ways, uint64_t tag)
{
	for (uint64_t way = 0; way < ways; way++)
		if (row[way] == tag) {
			memmove(row + way, row + way + 1, (ways - way - 1) * sizeof(*row));
			row[ways - 1] = 0;
			return;
		}
}

static uint64_t *naive_row(struct naive *n, unsigned int cpu, int level, uint64_t line)
{
	uint64_t set = line % n->sets[level];

	return naive_look(&n->row[level][cpu][set], n->ways[level], set);
}

static bool naive_has(const struct naive *n, unsigned int cpu, int level, uint64_t line)
{
	const struct naive_row *row = &n->row[level][cpu][line % n->sets[level]];
	bool has = false;

	for (uint64_t way = 0; way < n->ways[level]; way++)
		has |= row->way[way] == line + 1;
	return has;
}

static int naive_access(struct naive *n, unsigned int cpu, uint64_t line, bool write)
{
	int level = CACHE_L1;

	while (level < CACHE_MEMORY &&
	       !naive_touch(naive_row(n, level == CACHE_LLC ? 0 : cpu, level, line), n->ways[level],
			    line + 1))
		level++;
	for (unsigned int other = 0; write && other < NAIVE_CPUS; other++)
		for (int l = CACHE_L1; other != cpu && l <= CACHE_L2; l++)
			if (naive_has(n, other, l, line))
				naive_drop(naive_row(n, other, l, line), n->ways[l], line + 1);
	return level;
}

static void naive_fill(struct naive *n, unsigned int cpu, int level, uint64_t fills)
{
	uint64_t *next = &n->next[level][cpu];

	for (; fills; fills--)
		n->row[level][cpu][(*next)++ % n->sets[level]].fills++;
}

static void naive_found(struct naive *n, unsigned int cpu, int level, uint64_t found)
{
	uint64_t *next = &n->next_found[level][cpu];

	for (; found; found--)
		n->row[level][cpu][(*next)++ % n->sets[level]].finds++;
}

static void naive_init(struct naive *n, const char *geometry)
{
	struct cache_geometry g = geometry_of(geometry);

	memset(n, 0, sizeof(*n));
	for (int i = 0; i < 3; i++) {
		n->ways[i] = g.level[i].ways;
		n->sets[i] = g.level[i].size / g.line / g.level[i].ways;
		cr_assert_leq(n->sets[i], MAX_SETS);
		cr_assert_leq(n->ways[i], MAX_WAYS);
	}
}

static void access_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *words,
			  size_t n, uint64_t hits[CACHE_LEVEL_MAX])
{
	struct cache_missed missed;

	cache_access_missed(h, cpu, words, n, &missed);
	for (int i = CACHE_L1; i < CACHE_MEMORY; i++) {
		hits[i] += n - missed.nr[i];
		n = missed.nr[i];
	}
	hits[CACHE_MEMORY] += n;
}

static void compare(const char *geometry, size_t variant, size_t batch, bool far)
{
	struct naive *n = malloc(sizeof(*n));
	struct cache_hierarchy *h = make_pressed(geometry, NAIVE_CPUS, variant);
	uint64_t seed = 4711, words[600], last = 0;

	naive_init(n, geometry);
	for (int round = 0; h && round < (SANITIZED ? 300 : 1500); round++) {
		uint64_t got[CACHE_LEVEL_MAX] = {0}, want[CACHE_LEVEL_MAX] = {0};
		unsigned int cpu = (unsigned int)(draw(&seed) % NAIVE_CPUS);
		uint64_t fills[3], found[3] = {0};

		for (int i = 0; i < 3; i++) {
			/* mostly less than one for each set, now and then more than there is room for */
			fills[i] =
				draw(&seed) % (draw(&seed) % 16 ? 1 + n->sets[i] : 20 * n->sets[i]);
			naive_fill(n, i == CACHE_LLC ? 0 : cpu, i, fills[i]);
		}
		cache_pressure(h, cpu, fills[0], fills[1], fills[2]);
		for (int i = 1; i < 3 && round % 3; i++) {
			found[i] = draw(&seed) % ((round % 3 == 1 ? 2 : 30) * n->sets[i]);
			naive_found(n, i == CACHE_LLC ? 0 : cpu, i, found[i]);
		}
		cache_pressure_found(h, cpu, found[CACHE_L2], found[CACHE_LLC]);
		for (size_t i = 0; i < batch; i++) {
			uint64_t line = draw(&seed) % 700;

			if (draw(&seed) % 3 == 0)
				line = last;
			last = line;
			if (far && draw(&seed) % 2)
				line += draw(&seed) % 90
					<< 33; /* too many windows: the walk turns wide */
			words[i] = line << 1 | (draw(&seed) % 4 == 0);
			want[naive_access(n, cpu, line, words[i] & 1)]++;
		}
		if (batch <= CACHE_BATCH && round / 100 % 2)
			access_missed(h, cpu, words, batch, got);
		else
			cache_access_batch(h, cpu, words, batch, got);
		cr_assert_arr_eq(got, want, sizeof(got), "%s, %s, batch %zu, round %d",
				 cache_variants[variant].name, geometry, batch, round);
	}
	cache_hierarchy_destroy(h);
	free(n);
}

Test(cache_pressure, equals_inserting_every_background_line)
{
	static const char *const geometries[] = {"l1=1K/4,l2=7K/7,llc=15K/15",
						 "l1=2K/16,l2=4K/4,llc=17K/17",
						 "l1=3K/12,l2=8K/16,llc=64K/16"};
	static const size_t batches[] = {1, 7, 50, 600};

	for (size_t v = 0; v < cache_variants_nr; v++)
		for (size_t g = 0; g < 3; g++)
			for (size_t b = 0; b < 4; b++)
				compare(geometries[g], v, batches[b], false);
	for (size_t b = 0; b < 4; b++)
		compare(geometries[0], cache_variants_nr - 2, batches[b], true);
}

/* Whatever is in a set, one more fill can only push a line out: so it is for each access of any stream. */
Test(cache_pressure, more_of_it_never_hits_more)
{
	for (int stream = 0; stream < 3; stream++) {
		uint64_t before = UINT64_MAX, first = 0;

		for (uint64_t fills = 0; fills <= 512; fills = fills ? 2 * fills : 1) {
			struct cache_hierarchy *h = make_pressed("l1=4K/8,l2=16K/8,llc=64K/16", 1,
								 cache_variants_nr - 1);
			uint64_t seed = 99, hits[CACHE_LEVEL_MAX] = {0};

			for (int i = 0; i < 30000; i++) {
				uint64_t line = draw(&seed) % 1024;

				line = stream == 0   ? line
				       : stream == 1 ? line * line / 1024
						     : line % 90;
				hits[cache_access(h, 0, line, false)]++;
				cache_pressure(h, 0, fills, fills, fills);
			}
			cr_assert_leq(hits[CACHE_L1] + hits[CACHE_L2] + hits[CACHE_LLC], before);
			before = hits[CACHE_L1] + hits[CACHE_L2] + hits[CACHE_LLC];
			first = fills ? first : before;
			cache_hierarchy_destroy(h);
		}
		cr_assert_lt(before, first, "pressure must have done something");
	}
}

/* Started, but without a single fill: nothing differs from a hierarchy that never heard of it. */
Test(cache_pressure, of_nothing_changes_nothing)
{
	for (size_t v = 0; v < cache_variants_nr; v++) {
		struct cache_hierarchy *h[2] = {make("l1=2K/4,l2=8K/8,llc=30K/15", 2, false, v),
						make_pressed("l1=2K/4,l2=8K/8,llc=30K/15", 2, v)};
		uint64_t seed = 3;

		for (int i = 0; h[0] && i < 30000; i++) {
			uint64_t word = draw(&seed);
			enum cache_level level[2];

			for (int k = 0; k < 2; k++)
				level[k] = cache_access(h[k], word & 1, word >> 1 & 1023,
							word >> 20 & 1);
			cr_assert_eq(level[0], level[1]);
		}
		if (h[0]) {
			struct cache_counts counts[2];

			cache_counts(h[0], &counts[0]);
			cache_counts(h[1], &counts[1]);
			cr_assert_arr_eq(&counts[0], &counts[1], sizeof(counts[0]));
		}
		cache_hierarchy_destroy(h[0]);
		cache_hierarchy_destroy(h[1]);
	}
}
