/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What may still be written under --max-size. The census has the first claim on it: its rest is reserved while events come
 * in between, by what it has taken for each page in use so far.
 */
#ifndef BPF_BUDGET_H
#define BPF_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget {
	uint64_t max_bytes;  /* of all traces together; 0: any, and nothing below matters */
	uint64_t done_bytes; /* in those before this one */
	/* the census of this one */
	uint64_t used_pages; /* pages in use when it began: what is free takes next to nothing */
	uint64_t seen_pages; /* of them, those that are in it */
	uint64_t census_bytes, largest_part;
	bool census; /* it is being taken */
};

/* A trace begins, on a machine with so many pages in use. */
void budget_begin(struct budget *b, uint64_t used_pages);
/* A part of its census was written. */
void budget_census(struct budget *b, uint64_t used_pages, uint64_t bytes);
void budget_census_over(struct budget *b);
/* It ended with that size. */
void budget_end(struct budget *b, uint64_t size);

/* Where the census must end in this trace, so that the trace's own end fits behind it. */
uint64_t budget_census_end(const struct budget *b);
/* Bytes that events may still take in this trace, of which `size` are written; below 0: too many are there. */
int64_t budget_room(const struct budget *b, uint64_t size);
/* True if another trace can begin behind those that have ended, with a census like the last one. */
bool budget_another(const struct budget *b, uint64_t size);

#endif
