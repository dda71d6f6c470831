/* SPDX-License-Identifier: GPL-2.0-only */
/* Two CPUs, a last level of any kind and prefetchers: lists, most recent first, and loops. */
#ifndef TESTS_UNIT_SIM_NAIVE_KINDS_H
#define TESTS_UNIT_SIM_NAIVE_KINDS_H

#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/cache_harness.h"

static inline struct cache_hierarchy *build(const char *text, unsigned int cpus)
{
	struct cache_geometry g = geometry_of(text);
	struct cache_hierarchy *h;
	struct error err = {0};

	cr_assert_eq(cache_hierarchy_create(&g, cpus, false, &h, &err), 0, "%s", err.msg);
	return h;
}

enum { CPUS = 2, MAX_WAYS = 32, MAX_SETS = 8, NAIVE_STREAMS = 32 };

struct naive_stream {
	uint64_t page, last; /* page + 1 */
	int direction, steps;
};

struct naive {
	uint64_t row[3][CPUS][MAX_SETS][MAX_WAYS]; /* line + 1 */
	uint32_t sets[3], ways[3];
	enum cache_llc_kind kind;
	uint8_t prefetch;
	struct naive_stream streams[CPUS][NAIVE_STREAMS]; /* most recent first */
	uint64_t prefetches, prefetches_memory;
};

static inline uint64_t *naive_row(struct naive *n, int level, unsigned int cpu, uint64_t line)
{
	return n->row[level][level == CACHE_LLC ? 0 : cpu][line % n->sets[level]];
}

static inline bool naive_has(struct naive *n, int level, unsigned int cpu, uint64_t line)
{
	uint64_t *row = naive_row(n, level, cpu, line);

	for (uint32_t way = 0; way < n->ways[level]; way++)
		if (row[way] == line + 1)
			return true;
	return false;
}

static inline void naive_drop(struct naive *n, int level, unsigned int cpu, uint64_t line)
{
	uint64_t *row = naive_row(n, level, cpu, line);
	uint32_t to = 0;

	for (uint32_t way = 0; way < n->ways[level]; way++)
		if (row[way] != line + 1)
			row[to++] = row[way];
	while (to < n->ways[level])
		row[to++] = 0;
}

/* To the front; what falls out at the end, or 0. */
static inline uint64_t naive_put(struct naive *n, int level, unsigned int cpu, uint64_t line)
{
	uint64_t *row = naive_row(n, level, cpu, line), out;

	naive_drop(n, level, cpu, line);
	out = row[n->ways[level] - 1];
	memmove(row + 1, row, (n->ways[level] - 1) * sizeof(*row));
	row[0] = line + 1;
	return out;
}

/* What L2 lacks; where it came from. */
static inline enum cache_level naive_fetch(struct naive *n, unsigned int cpu, uint64_t line)
{
	bool found = naive_has(n, CACHE_LLC, cpu, line), takes = n->kind >= CACHE_LLC_EXCLUSIVE;
	bool given =
		takes && (naive_has(n, CACHE_L1, !cpu, line) || naive_has(n, CACHE_L2, !cpu, line));
	uint64_t out;

	if (found && n->kind == CACHE_LLC_EXCLUSIVE) {
		naive_drop(n, CACHE_LLC, 0, line);
	} else if (found || !takes) {
		out = naive_put(n, CACHE_LLC, 0, line);
		for (unsigned int c = 0; out && n->kind == CACHE_LLC_INCLUSIVE && c < CPUS; c++) {
			naive_drop(n, CACHE_L1, c, out - 1);
			naive_drop(n, CACHE_L2, c, out - 1);
		}
	}
	out = naive_put(n, CACHE_L2, cpu, line);
	if (out && takes)
		naive_put(n, CACHE_LLC, 0, out - 1);
	return found || given ? CACHE_LLC : CACHE_MEMORY;
}

static inline void naive_prefetch(struct naive *n, unsigned int cpu, uint64_t line)
{
	if (naive_has(n, CACHE_L2, cpu, line))
		return;
	n->prefetches++;
	n->prefetches_memory += naive_fetch(n, cpu, line) == CACHE_MEMORY;
}

static inline void naive_follow(struct naive *n, unsigned int cpu, uint64_t line)
{
	struct naive_stream *s = n->streams[cpu], found = {line / 64 + 1, line, 0, 0};
	int64_t step, direction;
	unsigned int i = 0;

	while (i < NAIVE_STREAMS - 1 && s[i].page != found.page)
		i++;
	if (s[i].page == found.page)
		found = s[i];
	memmove(s + 1, s, i * sizeof(*s));
	step = (int64_t)(line - found.last);
	direction = step > 0 ? 1 : -1;
	if (step) {
		found.steps =
			step * direction <= 4 && direction == found.direction ? found.steps + 1 : 1;
		found.direction = (int)direction;
		found.last = line;
	}
	s[0] = found;
	for (int64_t ahead = 1; step && found.steps >= 2 && ahead <= 4; ahead++)
		if ((line + (uint64_t)(ahead * direction)) / 64 + 1 == found.page)
			naive_prefetch(n, cpu, line + (uint64_t)(ahead * direction));
}

static inline enum cache_level naive_access(struct naive *n, unsigned int cpu, uint64_t line,
					    bool write)
{
	enum cache_level level = CACHE_L1;
	bool first = naive_has(n, CACHE_L1, cpu, line);

	if (!first && naive_has(n, CACHE_L2, cpu, line)) {
		level = CACHE_L2;
		naive_put(n, CACHE_L2, cpu, line);
	} else if (!first) {
		level = naive_fetch(n, cpu, line);
	}
	naive_put(n, CACHE_L1, cpu, line);
	if (n->prefetch & CACHE_PREFETCH_PAIR && level > CACHE_L2)
		naive_prefetch(n, cpu, line % 2 ? line - 1 : line + 1);
	if (n->prefetch & CACHE_PREFETCH_NEXT && level > CACHE_L2 && line % 64 != 63)
		naive_prefetch(n, cpu, line + 1);
	if (n->prefetch & CACHE_PREFETCH_STREAM && level > CACHE_L1)
		naive_follow(n, cpu, line);
	if (write) {
		naive_drop(n, CACHE_L1, !cpu, line);
		naive_drop(n, CACHE_L2, !cpu, line);
	}
	return level;
}

#endif
