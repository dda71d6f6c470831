/* SPDX-License-Identifier: GPL-2.0-only */
/* A census held against the kernel's own counters, as they were right before it and right after. */
#ifndef TESTS_COUNTERS_H
#define TESTS_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/page_kind.h"
#include "trace/reader.h"

struct counters_seen {
	uint64_t pages[PAGE_KIND_MAX];
	struct trace_stat first, second, last;
	int nr_stats;
};

/* To be called for every block of the trace. */
void counters_see(struct counters_seen *s, const struct trace_block *block);

/*
 * Prints a line for each counter; returns how many are wrong. slack: pages by which a counter may be off
 * besides what it moved meanwhile and so many per mille.
 */
int counters_check_census(const struct counters_seen *s, uint64_t permille, uint64_t slack);
/* One such line. */
int counters_row(const char *name, uint64_t census, uint64_t before, uint64_t after,
		 uint64_t permille, uint64_t slack);
/*
 * What the census says of the pages of these memory cgroups against what /proc/kpagecgroup says now, page by page. True
 * if there are such pages, and it is the same of all of them.
 */
bool counters_check_charges(const char *trace, const uint64_t *inodes, size_t nr);
/* The memmap of all ranges, at the size of struct page, is what the kernel counts, if it does. */
int counters_check_memmap(const struct trace_meta *meta);

#endif
