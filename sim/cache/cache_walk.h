/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk, once for each way to search a row. cache_walk.c includes this several times, with
 *	WALK(name)	makes names unique
 *	TAG		uint32_t or uint64_t
 *	WALK_WIDE	whether tags are wide
 *	WALK_TARGET	attribute for the instruction set
 * and with WALK(touch) defined: moves the tag to the front of a row of `ways` (up to 16 if `few`) and
 * returns a word with the bit of the way where it was; 0 if it was not there and the last way's tag is gone.
 * And WALK(push): puts n (1 to ways) background lines in front of a row, and returns how many real lines
 * that pushed out. And WALK(touch_dirty): as WALK(touch), for rows whose tags have CACHE_DIRTY: the one that
 * moves to the front is dirty if it was, or if the given one is; and returns only whether it was there. And
 * WALK(find): the bits of the ways that have a tag; in a row of any number of ways. WALK(nth_bit): of those bits that
 * are set, number n, from the lowest one and 0 on. WALK(rearrange): puts the background lines of a row from the ways of
 * `before` to those of `after`, which are as many or more; returns how many real lines that pushed out. And
 * WALK(locate_some): what WALK(locate_all) does, for so many of the first accesses as it can and returns, which may be
 * none; it may write up to 7 more.
 */

/* One level as one CPU sees it: a copy, which the compiler need not read anew after each store to a row. */
struct WALK(view) {
	struct cache_shape shape;
	size_t row;
	TAG *tags;
	const struct cache_background *background;
	struct cache_aged *aged;
};

/* Where a line belongs at one level. */
struct WALK(place) {
	TAG *row;
	TAG tag;
	uint32_t set;
};

static inline WALK_TARGET __attribute__((always_inline)) struct WALK(view)
	WALK(look)(const struct cache_hierarchy *h, unsigned int cpu, int level)
{
	return (struct WALK(view)){
		.shape = h->shape[level],
		.row = h->row[level],
		.tags = (TAG *)(WALK_WIDE ? (void *)h->wide_tags : (void *)h->narrow_tags) +
			cache_first_tag(h, cpu, level),
		.background = h->aged ? cache_background(h, cpu, level) : NULL,
		.aged = h->aged ? h->aged + cache_first_set(h, cpu, level) : NULL,
	};
}

/* The line's window must be there. */
static inline WALK_TARGET __attribute__((always_inline)) struct WALK(place)
	WALK(locate)(struct cache_hierarchy *h, const struct WALK(view) * v, int level,
		     uint64_t line)
{
	struct WALK(place) p;

#if WALK_WIDE
	(void)h, (void)level;
	p.set = (uint32_t)(line % v->shape.sets);
	p.tag = line + 1;
#else
	const struct cache_window *w = cache_window_find(h, line >> CACHE_WINDOW_SHIFT);
	struct cache_narrow at = cache_locate_narrow(&v->shape, w, level, line);

	p.set = at.set;
	p.tag = at.tag;
#endif
	p.row = v->tags + p.set * v->row;
	return p;
}

#include "sim/cache/cache_walk_mix.h"

/*
 * Without dirty lines what a level does depends only on the misses of the level before. So a block of
 * accesses goes through each level as a whole: the misses are gathered without a branch that would be
 * mispredicted at every other access, and the rows of the next misses can be fetched ahead.
 * `misses` may be `in`. `which`, if not NULL, holds a number for each access; those of the misses go to
 * `missed_which`.
 */
static inline WALK_TARGET __attribute__((always_inline)) size_t
WALK(stage_few)(struct cache_hierarchy *h, unsigned int cpu, int level, const uint64_t *in,
		size_t n, uint64_t *misses, const uint16_t *which, uint16_t *missed_which, bool few,
		bool pressure)
{
	struct WALK(view) v = WALK(look)(h, cpu, level);
	uint64_t evictions = 0, pushed_out = 0;
	struct WALK(places) at;
	size_t missed = 0;

	if (few)
		v.row = 64 / sizeof(TAG) < 16 ? v.row : 64 / sizeof(TAG);
	WALK(locate_all)(h, &v, level, in, n, -1, &at);
	WALK(fetch_first)(&v, level, &at, n, few, pressure);
	for (size_t i = 0; i < n; i++) {
		struct WALK(place)
			p = {.row = v.tags + at.set[i] * v.row, .tag = at.tag[i], .set = at.set[i]};
		uint64_t access = in[i];
		bool full, miss;

		WALK(fetch_row)(&v, level, &at, i + CACHE_AHEAD, few, pressure);
		if (pressure)
			pushed_out += WALK(age)(&v, &p);
		full = p.row[v.shape.ways - 1] != 0;
		miss = !WALK(touch)(p.row, v.shape.ways, p.tag, few);
		misses[missed] = access;
		if (which)
			missed_which[missed] = which[i];
		missed += miss;
		evictions += miss & full;
	}
	h->counts.evictions[level] += evictions;
	h->counts.aged[level] += pushed_out;
	return missed;
}

static WALK_TARGET uint64_t WALK(find_tag)(const void *row, uint32_t ways, uint64_t tag, bool dirty)
{
	uint64_t found = WALK(find)(row, ways, (TAG)tag);

	return dirty ? found | WALK(find)(row, ways, (TAG)tag | CACHE_DIRTY(TAG)) : found;
}

/* The rows of the last level are in memory: they are fetched while other CPUs' caches hear of these. */
static WALK_TARGET void WALK(fetch_last)(struct cache_hierarchy *h, unsigned int cpu,
					 const uint64_t *in, size_t n)
{
	struct WALK(view) v = WALK(look)(h, cpu, CACHE_LLC);

	for (size_t i = 0; i < n; i++) {
		struct WALK(place) p = WALK(locate)(h, &v, CACHE_LLC, in[i] >> 1);

		ahead_to_write(p.row);
		ahead_to_write(p.row + v.row - 1);
	}
}

/* which: NULL: it is not asked for; pressure: rows are made to show it first. */
static inline WALK_TARGET __attribute__((always_inline)) size_t
WALK(stage)(struct cache_hierarchy *h, unsigned int cpu, int level, const uint64_t *in, size_t n,
	    uint64_t *misses, const uint16_t *which, uint16_t *missed_which, bool pressure)
{
	if (!n)
		return 0;
	if (h->shape[level].ways <= 16)
		return WALK(stage_few)(h, cpu, level, in, n, misses, which, missed_which, true,
				       pressure);
	return WALK(stage_few)(h, cpu, level, in, n, misses, which, missed_which, false, pressure);
}

static WALK_TARGET size_t WALK(stage_hits)(struct cache_hierarchy *h, unsigned int cpu, int level,
					   const uint64_t *in, size_t n, uint64_t *misses)
{
	return WALK(stage)(h, cpu, level, in, n, misses, NULL, NULL, false);
}

static WALK_TARGET size_t WALK(aged_stage_hits)(struct cache_hierarchy *h, unsigned int cpu,
						int level, const uint64_t *in, size_t n,
						uint64_t *misses)
{
	return WALK(stage)(h, cpu, level, in, n, misses, NULL, NULL, true);
}

static WALK_TARGET size_t WALK(stage_which)(struct cache_hierarchy *h, unsigned int cpu, int level,
					    const uint64_t *in, size_t n, uint64_t *misses,
					    const uint16_t *which, uint16_t *missed_which)
{
	return WALK(stage)(h, cpu, level, in, n, misses, which, missed_which, false);
}

static WALK_TARGET size_t WALK(aged_stage_which)(struct cache_hierarchy *h, unsigned int cpu,
						 int level, const uint64_t *in, size_t n,
						 uint64_t *misses, const uint16_t *which,
						 uint16_t *missed_which)
{
	return WALK(stage)(h, cpu, level, in, n, misses, which, missed_which, true);
}

static inline WALK_TARGET __attribute__((always_inline)) void
WALK(any_block)(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses, size_t n,
		uint64_t hits[CACHE_LEVEL_MAX], bool pressure)
{
	size_t (*stage)(struct cache_hierarchy *, unsigned int, int, const uint64_t *, size_t,
			uint64_t *) = pressure ? WALK(aged_stage_hits) : WALK(stage_hits);
	uint64_t misses[CACHE_BLOCK];
	size_t left, missed;

	left = stage(h, cpu, CACHE_L1, accesses, n, misses);
	hits[CACHE_L1] += n - left;
	missed = stage(h, cpu, CACHE_L2, misses, left, misses);
	hits[CACHE_L2] += left - missed;
	/* the LLC's stage overwrites the L2 misses; other CPUs' caches do not change within a block */
	if (h->sharers)
		cache_sharers_block(h, cpu, accesses, NULL, n, misses, missed);
	left = missed;
	missed = stage(h, cpu, CACHE_LLC, misses, left, misses);
	hits[CACHE_LLC] += left - missed;
	hits[CACHE_MEMORY] += missed;
}

/* The same, but which accesses missed is told instead of how many hit. */
static inline WALK_TARGET __attribute__((always_inline)) void
WALK(any_missed)(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
		 const uint16_t *which, size_t n, struct cache_missed *ret, bool pressure)
{
	uint64_t misses[CACHE_BLOCK];
	const uint64_t *in = accesses;
	const uint16_t *numbers = which;
	const size_t nr = n;

	for (int level = CACHE_L1; level <= CACHE_LLC; level++) {
		n = pressure ? WALK(aged_stage_which)(h, cpu, level, in, n, misses, which,
						      ret->which[level])
			     : WALK(stage_which)(h, cpu, level, in, n, misses, which,
						 ret->which[level]);
		ret->nr[level] = n;
		in = misses;
		which = ret->which[level];
		if (level == CACHE_L2 && h->sharers) {
			WALK(fetch_last)(h, cpu, misses, n);
			cache_sharers_block(h, cpu, accesses, numbers, nr, misses, n);
		}
	}
}

static WALK_TARGET void WALK(block)(struct cache_hierarchy *h, unsigned int cpu,
				    const uint64_t *accesses, size_t n,
				    uint64_t hits[CACHE_LEVEL_MAX])
{
	WALK(any_block)(h, cpu, accesses, n, hits, false);
}

static WALK_TARGET void WALK(aged_block)(struct cache_hierarchy *h, unsigned int cpu,
					 const uint64_t *accesses, size_t n,
					 uint64_t hits[CACHE_LEVEL_MAX])
{
	WALK(any_block)(h, cpu, accesses, n, hits, true);
}

static WALK_TARGET void WALK(missed)(struct cache_hierarchy *h, unsigned int cpu,
				     const uint64_t *accesses, const uint16_t *which, size_t n,
				     struct cache_missed *ret)
{
	WALK(any_missed)(h, cpu, accesses, which, n, ret, false);
}

static WALK_TARGET void WALK(aged_missed)(struct cache_hierarchy *h, unsigned int cpu,
					  const uint64_t *accesses, const uint16_t *which, size_t n,
					  struct cache_missed *ret)
{
	WALK(any_missed)(h, cpu, accesses, which, n, ret, true);
}

/* One access without dirty lines: for few of them a block is not worth its preparation. */
static inline WALK_TARGET __attribute__((always_inline)) enum cache_level
WALK(any_one)(struct cache_hierarchy *h, unsigned int cpu, uint64_t line, bool pressure)
{
	int level;

	for (level = CACHE_L1; level <= CACHE_LLC; level++) {
		struct WALK(view) v = WALK(look)(h, cpu, level);
		struct WALK(place) p = WALK(locate)(h, &v, level, line);
		bool full;

		if (pressure)
			h->counts.aged[level] += WALK(age)(&v, &p);
		full = p.row[v.shape.ways - 1] != 0;
		if (WALK(touch)(p.row, v.shape.ways, p.tag, false))
			break;
		h->counts.evictions[level] += full;
	}
	return (enum cache_level)level;
}

static WALK_TARGET enum cache_level WALK(one)(struct cache_hierarchy *h, unsigned int cpu,
					      uint64_t line)
{
	return WALK(any_one)(h, cpu, line, false);
}

static WALK_TARGET enum cache_level WALK(aged_one)(struct cache_hierarchy *h, unsigned int cpu,
						   uint64_t line)
{
	return WALK(any_one)(h, cpu, line, true);
}

#include "sim/cache/cache_walk_dirty.h"
#include "sim/cache/cache_walk_general.h"

#undef WALK
#undef TAG
#undef WALK_WIDE
#undef WALK_TARGET
