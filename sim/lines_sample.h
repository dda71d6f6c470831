/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of which a sample goes to the caches. All of them go to the first levels, which stand by themselves; on to the
 * caches go those of the classes in the sample. These have an L1 of their own, from which no other line pushes a line
 * out: when the first level says that it missed, the line is taken out of it. So in the sets that are simulated
 * everything is as it would be with all of them. What is found out about single lines, sharing and heat, is that of
 * the sample.
 */
#ifndef SIM_LINES_SAMPLE_H
#define SIM_LINES_SAMPLE_H

#include "sim/cache_first.h"
#include "sim/cache_sample.h"
#include "sim/lines.h"

struct lines_sample {
	struct cache_sample sets;
	struct cache_first *first;
	struct lines chosen; /* on their way to the caches */
	/* of L2 and the last level, as of the last lines_sample_scale() */
	struct cache_sample_estimate estimate[CACHE_MEMORY];
};

struct lines_sample_opts {
	struct cache_geometry geometry;
	unsigned int nr_cpus, one_in;
	bool pressed; /* there is background pressure */
};

int lines_sample_create(const struct lines_sample_opts *opts, struct lines_sample **ret,
			struct error *err) __must_check;
void lines_sample_destroy(struct lines_sample *s);

/* What the lines have gathered; on the thread of the caches. */
void lines_sample_take(struct lines_sample *s, struct lines *from);
/* Lines of others fill the CPU's caches: takes those of L1, as the caches' own loses what that one loses. */
void lines_sample_press(struct lines_sample *s, unsigned int cpu, uint64_t fills[CACHE_MEMORY]);
/*
 * Fills in the counts of those that were not in the sample: for lines_settle(), when all is over. What they add up to
 * is the estimate; of no tag more lines miss a level than came to it.
 */
void lines_sample_scale(struct lines_sample *s, struct lines *to);

#endif
