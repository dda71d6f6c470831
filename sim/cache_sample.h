/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sample of the sets of L2 and of the last level, one in so many, and what it says of all of them. A class of lines
 * is those that share a set in both, whatever else they share it with: by the last bits of their numbers. Of every N
 * classes in a row one is in the sample, and in every N such rows each place in the row once: metadata that lies in
 * step, as entries of heads of folios do, finds no step to be in or out of.
 *
 * How many lines of each class missed L1 is known, as no first level is sampled (cache_first.h); and of all lines. What missed the levels
 * below is estimated by regression on it (Cochran, Sampling Techniques, chapter 7), which takes out what the sample has
 * too much or too little of; the residuals give the standard error.
 */
#ifndef SIM_CACHE_SAMPLE_H
#define SIM_CACHE_SAMPLE_H

#include "sim/cache.h"

enum {
	CACHE_SAMPLE_CLASSES = 4096, /* so many are told apart, at most */
	CACHE_SAMPLE_MOST = 64,	     /* one in so many */
	CACHE_SAMPLE_LEAST = 8	     /* in the sample: fewer tell nothing of their spread */
};

struct cache_sample {
	uint32_t one_in, shift;			  /* a power of two, and its logarithm */
	uint32_t nr;				  /* classes in the sample; a power of two */
	uint8_t chosen[CACHE_SAMPLE_CLASSES / 2]; /* which of each row */
	/* misses, by level and class; and those of L1 of all classes */
	uint64_t missed[CACHE_MEMORY][CACHE_SAMPLE_CLASSES / 2], all_missed;
};

/*
 * -EINVAL: the sets do not allow it; -ENOTSUP: lines come into a set from another one (prefetchers), or L1 is not by
 * itself.
 */
int cache_sample_init(struct cache_sample *s, const struct cache_geometry *geometry,
		      unsigned int one_in, struct error *err) __must_check;

static inline uint32_t cache_sample_class(const struct cache_sample *s, uint64_t line)
{
	return (uint32_t)(line >> s->shift) & (s->nr - 1);
}

static inline bool cache_sample_holds(const struct cache_sample *s, uint64_t line)
{
	return (line & (s->one_in - 1)) == s->chosen[cache_sample_class(s, line)];
}

struct cache_sample_estimate {
	double missed, error; /* lines that miss the level, of all; the standard error of that */
	double factor;	      /* of that to those in the sample */
};

/* Of L2 and of the last level. */
void cache_sample_estimate(const struct cache_sample *s, enum cache_level level,
			   struct cache_sample_estimate *ret);

#endif
