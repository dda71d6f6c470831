/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of which a sample goes to the caches, as cache_sample.h says: those in it go on as if there were no others. What
 * is found out about each of them counts for as many as it stands for at the time.
 */
#ifndef SIM_LINES_SAMPLE_H
#define SIM_LINES_SAMPLE_H

#include "sim/cache/cache_sample.h"
#include "sim/charge/lines.h"
#include "sim/cache/sharing.h"

/* What is counted elsewhere, whatever it stands for: up to now, and how much of that stands for more. */
struct lines_sample_others {
	struct cache_writebacks writebacks;
	struct sharing_totals sharing;
};

struct lines_sample {
	struct cache_sample sets;
	struct lines chosen;		    /* on their way to the caches */
	struct lines_sample_others counted; /* when the sample last changed */
	struct lines_sample_others scaled;  /* the same, times what each stood for */
};

int lines_sample_create(const struct cache_geometry *geometry, unsigned int one_in,
			struct lines_sample **ret, struct error *err) __must_check;
void lines_sample_destroy(struct lines_sample *s);

/* What was gathered, on the thread of the caches; chains: they are wanted. */
void lines_sample_take(struct lines_sample *s, const struct lines_batch *from, bool chains);
/* What is in the sample has been to the caches, all of it. */
void lines_sample_drain(struct lines_sample *s);
/*
 * Fills in the counts of all lines: for lines_settle(), when all is over. Of no tag more lines miss a level than came to
 * it.
 */
void lines_sample_settle(struct lines_sample *s, struct lines *to);

/* The same of those that are counted elsewhere. */
void lines_sample_writebacks(const struct lines_sample *s, struct cache_writebacks *ret);
void lines_sample_sharing(const struct lines_sample *s, struct sharing_totals *ret);

#endif
