/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUs take from each other of the lines that go through the caches: for lines.c, which puts them through. */
#ifndef SIM_LINES_SHARE_H
#define SIM_LINES_SHARE_H

#include "sim/charge/lines.h"

/* Lines on their way are looked at up to line `end`, by their number in l->missed, which must be told up to there. */
void lines_share_to(struct lines *l, unsigned int end);
/* A cache_taken_fn; ctx: the lines. */
void lines_note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line);

#endif
