// SPDX-License-Identifier: GPL-2.0-only
#include "sim/heap/series.h"

#include <string.h>

void series_start(struct series *s, uint64_t value)
{
	memset(s, 0, sizeof(*s));
	s->step_ns = SERIES_FIRST_STEP_NS;
	s->value = s->peak = value;
	s->point[s->nr++] = value;
}

static void halve(struct series *s)
{
	for (uint32_t i = 0; i < SERIES_POINTS / 2; i++)
		s->point[i] = s->point[2 * i];
	s->nr = SERIES_POINTS / 2;
	s->step_ns *= 2;
}

/* The points up to ts_ns, all of them with the value that held since now_ns. */
static void advance(struct series *s, uint64_t ts_ns)
{
	while (s->nr * s->step_ns <= ts_ns) {
		if (s->nr == SERIES_POINTS)
			halve(s);
		else
			s->point[s->nr++] = s->value;
	}
	s->area += (double)s->value * (double)(ts_ns - s->now_ns);
	s->now_ns = ts_ns;
}

void series_set(struct series *s, uint64_t ts_ns, uint64_t value)
{
	if (ts_ns > s->now_ns)
		advance(s, ts_ns);
	/* a point at this very moment shows what holds from now on */
	if ((s->nr - 1) * s->step_ns == s->now_ns)
		s->point[s->nr - 1] = value;
	s->value = value;
	if (value > s->peak) {
		s->peak = value;
		s->peak_ns = s->now_ns;
	}
}

void series_end(struct series *s, uint64_t end_ns)
{
	series_set(s, end_ns, s->value);
}

double series_mean(const struct series *s)
{
	return s->now_ns ? s->area / (double)s->now_ns : (double)s->value;
}
