/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sample of the sets of all levels. A class of lines is those that share a set in L1, whatever other sets they share:
 * by the last bits of their numbers. No line of another class ever changes what becomes of them, so that in a class of
 * the sample everything is as with all of them. At first all classes are in it, so that short streams are exact. When
 * so many lines have come as that took half of what it may, half of the classes leave it, and again when that many
 * more have come, until it is one class in N - unless those that would stay are seen to be too unlike each other: then
 * all stay until as many lines again have come. What misses is multiplied by how many classes there are for each that is
 * in the sample when it does.
 *
 * Sets are not alike: few lines that many operations touch may miss much in one of them. So those that leave are told
 * by what missed so far. In the order of that each class and the next one are a pair, of which one goes, and which does
 * such that what stays has missed as much as what goes (a balanced sample: Deville and Tille, Biometrika 2004). How
 * unlike each other those that stay are from then on gives the standard error. It is too large rather than too small,
 * as it does not know of the pairs.
 */
#ifndef SIM_CACHE_SAMPLE_H
#define SIM_CACHE_SAMPLE_H

#include "sim/cache/cache.h"

enum {
	CACHE_SAMPLE_CLASSES = 512, /* so many are told apart, at most */
	CACHE_SAMPLE_MOST = 64,	    /* one in so many */
	CACHE_SAMPLE_LEAST = 4,	    /* in the sample: fewer tell nothing of their spread */
	/*
	 * in 1/1000 of the lines that come: the largest standard error of how many miss a level that half of the classes
	 * may be expected to have. Operations touch twice as many lines, and balance leaves less than half of the error:
	 * of 512 replays under light pressure, with classes drawn at random, 56 were off by more than half a point of all
	 * lines without this limit, 19 with it. Without pressure nearly all have less.
	 */
	CACHE_SAMPLE_ERROR = 10,
	CACHE_SAMPLE_ALL = 1 << 16, /* so many lines come before half of the classes leave */
	CACHE_SAMPLE_ROOM = CACHE_BATCH + 16, /* `choose` writes 16 numbers at once */
};

/* Of so many words, at most CACHE_BATCH: the numbers of those in the sample, rising. */
typedef size_t cache_sample_choose_fn(const uint64_t *bits, const uint64_t *words, size_t nr,
				      uint16_t which[CACHE_SAMPLE_ROOM]);

struct cache_sample {
	uint32_t one_in; /* at last */
	uint32_t nr;	 /* classes; a power of two */
	uint32_t weight; /* now, one in so many */
	/* of the classes in the sample: the bit of a line's last bits, over and over if there are fewer */
	uint64_t bits[CACHE_SAMPLE_CLASSES / 64];
	uint64_t came, taken; /* lines, and those of the classes in the sample */
	/* lines that come before half of the classes may leave; and that had come when they last could */
	uint64_t change, changed;
	/* since then: misses by level and class; and all of them before that */
	uint64_t missed[CACHE_MEMORY][CACHE_SAMPLE_CLASSES], before[CACHE_SAMPLE_CLASSES];
	double variance[CACHE_MEMORY];	/* of the misses before that */
	cache_sample_choose_fn *choose; /* as the host can do it best */
};

/* As every host can do it. */
cache_sample_choose_fn cache_sample_choose_plain;

/*
 * -EINVAL: the sets do not allow it; -ENOTSUP: lines come into a set from another one (prefetchers).
 */
int cache_sample_init(struct cache_sample *s, const struct cache_geometry *geometry,
		      unsigned int one_in, struct error *err) __must_check;

static inline uint32_t cache_sample_class(const struct cache_sample *s, uint64_t line)
{
	return (uint32_t)line & (s->nr - 1);
}

static inline bool cache_sample_holds(const struct cache_sample *s, uint64_t line)
{
	uint32_t bit = (uint32_t)line % CACHE_SAMPLE_CLASSES;

	return s->bits[bit / 64] >> bit % 64 & 1;
}

/*
 * Words, line << 1 | write, come, at most CACHE_BATCH: which are in the sample. Returns how many come until the sample
 * changes, or all.
 */
size_t cache_sample_come(struct cache_sample *s, const uint64_t *words, size_t nr,
			 uint16_t which[CACHE_SAMPLE_ROOM], size_t *nr_which);
/* Whether it changes now: what missed until now must have been counted. */
static inline bool cache_sample_is_due(const struct cache_sample *s)
{
	return s->came == s->change;
}
void cache_sample_change(struct cache_sample *s);

/* The standard error of the lines that missed a level, of all. */
double cache_sample_error(const struct cache_sample *s, enum cache_level level);

#endif
