// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/budget.h"

enum {
	/* counters and the end, which must still fit behind everything else */
	END_BYTES = 128 << 10,
	/*
	 * Of a page in use, as long as the others have not told: that has as much weight as a sixteenth of all. Machines
	 * in use took 0.7 to 1.1 bytes for each.
	 */
	SUPPOSED_BYTES = 2,
	SUPPOSED_SHARE = 16,
};

void budget_begin(struct budget *b, uint64_t used_pages)
{
	b->used_pages = used_pages;
	b->seen_pages = b->census_bytes = b->largest_part = 0;
	b->census = true;
}

void budget_census(struct budget *b, uint64_t used_pages, uint64_t bytes)
{
	b->seen_pages += used_pages;
	b->census_bytes += bytes;
	if (bytes > b->largest_part)
		b->largest_part = bytes;
}

void budget_census_over(struct budget *b)
{
	b->census = false;
}

void budget_end(struct budget *b, uint64_t size)
{
	b->done_bytes += size;
}

static int64_t left(const struct budget *b, uint64_t size)
{
	return (int64_t)(b->max_bytes - b->done_bytes - size) - END_BYTES;
}

/* With a quarter more, and the largest part again: what is to come may lie in smaller pieces than what came before. */
static uint64_t census_rest(const struct budget *b)
{
	uint64_t supposed = b->used_pages / SUPPOSED_SHARE + 1;
	double each = (double)(b->census_bytes + supposed * SUPPOSED_BYTES) /
		      (double)(b->seen_pages + supposed);

	if (!b->census || b->used_pages <= b->seen_pages)
		return 0;
	return (uint64_t)(1.25 * each * (double)(b->used_pages - b->seen_pages)) + b->largest_part;
}

uint64_t budget_census_end(const struct budget *b)
{
	int64_t end = left(b, 0);

	return !b->max_bytes ? UINT64_MAX : end > 0 ? (uint64_t)end : 0;
}

int64_t budget_room(const struct budget *b, uint64_t size)
{
	return b->max_bytes ? left(b, size) - (int64_t)census_rest(b) : INT64_MAX;
}

bool budget_another(const struct budget *b, uint64_t size)
{
	return !b->max_bytes ||
	       left(b, size) - END_BYTES > (int64_t)(b->census_bytes + b->census_bytes / 4);
}
