// SPDX-License-Identifier: GPL-2.0-only
/* Random streams against an oracle that shares nothing with sim/: every set a list of lines. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/cache_harness.h"

struct naive_line {
	uint64_t line;
	bool dirty;
};

struct naive_level {
	uint64_t sets;
	unsigned int ways;
	struct naive_line *way; /* sets * ways, most recent first */
	unsigned int *used;
	uint64_t evictions, writebacks;
};

struct naive {
	unsigned int cpus;
	bool track;
	struct naive_level level[3][8]; /* the LLC: only [2][0] */
	uint64_t invalidations;
};

static void naive_init(struct naive *n, const struct cache_geometry *g, unsigned int cpus,
		       bool track)
{
	*n = (struct naive){.cpus = cpus, .track = track};
	for (int i = 0; i < 3; i++)
		for (unsigned int c = 0; c < (i < 2 ? cpus : 1); c++) {
			struct naive_level *l = &n->level[i][c];

			l->ways = g->level[i].ways;
			l->sets = g->level[i].size / l->ways / g->line;
			l->way = calloc(l->sets * l->ways, sizeof(*l->way));
			l->used = calloc(l->sets, sizeof(*l->used));
		}
}

static void naive_fini(struct naive *n)
{
	for (int i = 0; i < 3; i++)
		for (unsigned int c = 0; c < 8; c++) {
			free(n->level[i][c].way);
			free(n->level[i][c].used);
		}
}

/* Takes the line out of its set; whether it was there and dirty. */
static bool naive_take(struct naive_level *l, uint64_t line, bool *dirty)
{
	struct naive_line *set = l->way + line % l->sets * l->ways;
	unsigned int *used = &l->used[line % l->sets], i;

	for (i = 0; i < *used && set[i].line != line; i++)
		;
	if (i == *used)
		return false;
	*dirty = set[i].dirty;
	memmove(set + i, set + i + 1, (--*used - i) * sizeof(*set));
	return true;
}

/* Puts the line first; true if that pushed a line out. */
static bool naive_put(struct naive_level *l, struct naive_line new, struct naive_line *victim)
{
	struct naive_line *set = l->way + new.line % l->sets * l->ways;
	unsigned int *used = &l->used[new.line % l->sets];
	bool full = *used == l->ways;

	if (full)
		*victim = set[--*used];
	memmove(set + 1, set, (*used)++ * sizeof(*set));
	set[0] = new;
	l->evictions += full;
	return full;
}

static struct naive_level *naive_at(struct naive *n, int level, unsigned int cpu)
{
	return &n->level[level][level == CACHE_LLC ? 0 : cpu];
}

static void naive_write_back(struct naive *n, int level, unsigned int cpu, struct naive_line victim)
{
	struct naive_line next;
	bool was;

	naive_at(n, level, cpu)->writebacks++;
	if (level == CACHE_LLC)
		return;
	victim.dirty = true;
	level++;
	if (naive_take(naive_at(n, level, cpu), victim.line, &was))
		naive_put(naive_at(n, level, cpu), victim, &next);
	else if (naive_put(naive_at(n, level, cpu), victim, &next) && next.dirty)
		naive_write_back(n, level, cpu, next);
}

static enum cache_level naive_access(struct naive *n, unsigned int cpu, uint64_t line, bool write)
{
	struct naive_line victim[3];
	bool lost[3] = {false}, was = false, hit = false;
	int level;

	for (level = 0; level < 3 && !hit; level++) {
		hit = naive_take(naive_at(n, level, cpu), line, &was);
		lost[level] = naive_put(
			naive_at(n, level, cpu),
			(struct naive_line){line, (hit && was) || (n->track && write && !level)},
			&victim[level]);
	}
	for (int i = 0; i < 3; i++)
		if (lost[i] && victim[i].dirty)
			naive_write_back(n, i, cpu, victim[i]);
	for (unsigned int c = 0; write && c < n->cpus; c++)
		for (int i = 0; c != cpu && i < 2; i++)
			n->invalidations += naive_take(naive_at(n, i, c), line, &was);
	return (enum cache_level)(hit ? level - 1 : CACHE_MEMORY);
}

static void naive_counts(const struct naive *n, struct cache_counts *ret)
{
	*ret = (struct cache_counts){.invalidations = n->invalidations};
	for (int i = 0; i < 3; i++)
		for (unsigned int c = 0; c < 8; c++) {
			ret->evictions[i] += n->level[i][c].evictions;
			ret->writebacks[i] += n->level[i][c].writebacks;
		}
}

/* Lines from hot and cold places, runs and jumps, around a base; or anywhere in 58 bits. */
static uint64_t random_line(uint64_t *seed, uint64_t span, bool far)
{
	static const uint64_t base[] = {0, 0xffffea0000000000 >> 6, 0xffff888000000000 >> 6,
					(1ULL << 32) - 70};
	uint64_t r = draw(seed), line = r >> 32;

	line = r & 1 ? line % span : line % (span / 16 + 1);
	if (far && !(r & 0xff00))
		return draw(seed) >> 6;
	return base[r >> 1 & 3] + line;
}

/* The level of each access, from those that each level did not have; hits are summed up. */
static void find_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *words,
			size_t n, uint8_t *level, uint64_t hits[CACHE_LEVEL_MAX])
{
	struct cache_missed missed;

	cache_access_missed(h, cpu, words, n, &missed);
	memset(level, CACHE_L1, n);
	for (int i = CACHE_L1; i < CACHE_MEMORY; i++)
		for (size_t k = 0; k < missed.nr[i]; k++)
			level[missed.which[i][k]] = (uint8_t)(i + 1);
	for (size_t i = 0; i < n; i++)
		hits[level[i]]++;
}

static void check_against_naive(const char *geometry, unsigned int cpus, bool dirty, size_t variant,
				uint64_t span, bool far)
{
	enum { STEPS = SANITIZED ? 20000 : 60000, BURST = 700 };
	struct cache_hierarchy *h = make(geometry, cpus, dirty, variant);
	struct cache_geometry g = geometry_of(geometry);
	struct cache_counts counts, expected;
	uint64_t seed = 88172645463325252ULL + span, words[BURST];
	uint8_t found[BURST], right[BURST];
	struct naive n;

	if (!h)
		return;
	naive_init(&n, &g, cpus, dirty);
	for (size_t done = 0; done < STEPS;) {
		unsigned int cpu = (unsigned int)(draw(&seed) % cpus);
		uint64_t hits[CACHE_LEVEL_MAX] = {0}, wanted[CACHE_LEVEL_MAX] = {0};
		size_t len = draw(&seed) % 4 ? 1 + draw(&seed) % 8 : 1 + draw(&seed) % BURST;

		for (size_t i = 0; i < len; i++) {
			bool again = i && draw(&seed) % 3 == 0, write = draw(&seed) % 5 == 0;
			uint64_t line = again ? words[i - 1] >> 1 : random_line(&seed, span, far);

			words[i] = line << 1 | write;
			right[i] = (uint8_t)naive_access(&n, cpu, line, write);
			wanted[right[i]]++;
		}
		/* for a while, as what it knows is lost when accesses are made otherwise */
		if (!dirty && len <= CACHE_BATCH && done / 2000 % 2) {
			find_missed(h, cpu, words, len, found, hits);
			cr_assert_arr_eq(found, right, len);
		} else if (len == 1)
			hits[cache_access(h, cpu, words[0] >> 1, words[0] & 1)]++;
		else
			cache_access_batch(h, cpu, words, len, hits);
		for (int i = 0; i < CACHE_LEVEL_MAX; i++)
			cr_assert_eq(hits[i], wanted[i],
				     "%s cpus %u dirty %d %s far %d: %s has %" PRIu64
				     " hits, not %" PRIu64 ", in the %zu accesses after %zu",
				     geometry, cpus, dirty, cache_variants[variant].name, far,
				     cache_level_name((enum cache_level)i), hits[i], wanted[i], len,
				     done);
		done += len;
	}
	/* so each walk was tested on its own tags: lines in 4 windows fit an L1 of 8 sets, "far" ones do not */
	cr_assert_eq(h->wide, far || cache_variants[variant].wide || h->shape[CACHE_L1].sets == 1);
	cache_counts(h, &counts);
	naive_counts(&n, &expected);
	cr_assert_eq(memcmp(&counts, &expected, sizeof(counts)), 0,
		     "%s cpus %u dirty %d %s: counts differ", geometry, cpus, dirty,
		     cache_variants[variant].name);
	cache_hierarchy_destroy(h);
	naive_fini(&n);
}

/* Sets that are no power of two, 1 set; ways on both sides of a register's 8 and 16 lanes, 64 ways. */
static const char *const geometries[] = {
	"l1=4K/4,l2=16K/8,llc=64K/16",	    "l1=6K/12,l2=30K/15,llc=63K/9",
	"l1=8K/16,l2=17K/17,llc=66K/33",    "l1=1536/3,l2=32K/64,llc=35K/20",
	"l1=768/1,l2=4032/7,llc=24K/32",    "l1=4K/4,l2=3K/3,llc=6400/5,line=128",
	"l1=7680/12,l2=10K/16,llc=105K/15", "l1=1K/16,l2=4K/64,llc=16K/8",
};

static void check_all(unsigned int cpus, bool dirty)
{
	for (size_t v = 0; v < cache_variants_nr; v++)
		for (size_t i = 0; i < sizeof(geometries) / sizeof(geometries[0]); i++) {
			check_against_naive(geometries[i], cpus, dirty, v, 200, false);
			check_against_naive(geometries[i], cpus, dirty, v, 3000, false);
			check_against_naive(geometries[i], cpus, dirty, v, 600, true);
		}
}

Test(cache, one_cpu_is_the_naive_lru)
{
	check_all(1, false);
}

Test(cache, one_cpu_with_dirty_lines_is_the_naive_lru)
{
	check_all(1, true);
}

Test(cache, many_cpus_are_the_naive_lru_with_invalidation)
{
	check_all(2, false);
	check_all(7, false);
}

Test(cache, many_cpus_with_dirty_lines_are_the_naive_lru_with_invalidation)
{
	check_all(3, true);
}
