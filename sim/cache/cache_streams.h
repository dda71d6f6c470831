/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a stream prefetcher knows: the pages of 4 KiB that were asked for last, 32 of each CPU, and where in each it
 * was, and which way. See cache.h.
 */
#ifndef SIM_CACHE_STREAMS_H
#define SIM_CACHE_STREAMS_H

#include <stdint.h>

#include "base/error.h"

enum {
	CACHE_PAGE_SHIFT = 6, /* lines of 64 bytes in a page of 4 KiB: no prefetcher looks beyond */
	CACHE_STREAM_AHEAD = 4 /* lines */
};

struct cache_streams;

int cache_streams_create(unsigned int nr_cpus, struct cache_streams **ret,
			 struct error *err) __must_check;
void cache_streams_destroy(struct cache_streams *s);
/* The CPU asks for the line: 1 or -1 if lines ahead of it, or behind, are to be brought; else 0. */
int cache_streams_follow(struct cache_streams *s, unsigned int cpu, uint64_t line);

#endif
