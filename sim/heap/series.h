/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A value over time, in bounded memory: a step function that is told whenever the value may have
 * changed. It keeps the exact time-weighted mean and the exact peak, and at most SERIES_POINTS samples,
 * evenly spaced; when they do not reach any more, every second one goes and the spacing doubles.
 */
#ifndef SIM_SERIES_H
#define SIM_SERIES_H

#include <stdint.h>

enum { SERIES_POINTS = 256 };

/* 1 ms: finer than any plot, coarser than any burst. */
#define SERIES_FIRST_STEP_NS 1000000ULL

struct series {
	uint64_t step_ns;	       /* from one point to the next */
	uint32_t nr;		       /* points so far */
	uint64_t point[SERIES_POINTS]; /* point i: the value at time i * step_ns */

	uint64_t now_ns, value; /* the value since now_ns */
	uint64_t peak, peak_ns; /* the highest value, and since when */
	double area;		/* value * ns up to now_ns */
};

/* Starts at time 0 with a value. */
void series_start(struct series *s, uint64_t value);
/* From ts_ns on it is `value`. Times before the last one count as the last one. */
void series_set(struct series *s, uint64_t ts_ns, uint64_t value);
/* The value stays as it is up to end_ns: what comes last, too, has its points and its weight. */
void series_end(struct series *s, uint64_t end_ns);
/* Over all time up to now; the value itself when no time has passed. */
double series_mean(const struct series *s);

#endif
