/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of NUMA nodes share. */
#ifndef TESTS_UNIT_SIM_NODES_HARNESS_H
#define TESTS_UNIT_SIM_NODES_HARNESS_H

#include <stdlib.h>

#include "sim/cache/cache_nodes.h"
#include "tests/unit/sim/cache_harness.h"

enum { LINES = 600 }; /* that draw_word() draws */

/* Caches of powers of two, and of other numbers. */
#define SMALL "l1=512/2,l2=1K/4,llc=8K/8"
#define ODD "l1=192/1,l2=768/4,llc=9K/3"

/* Nodes of 1 GiB each, with a hole before the second; the kernel's numbers leave gaps, too. */
static inline void set_meta(struct trace_meta *meta)
{
	meta->nr_cpus = 5;
	meta->max_pfn = 3 << 18;
	meta->nr_node_ranges = 2;
	meta->node_ranges[0] = (struct trace_node_range){4, 1, (1 << 18) - 1};
	meta->node_ranges[1] = (struct trace_node_range){1, 2 << 18, 1 << 18};
	meta->nr_node_cpus = 3;
	meta->node_cpus[0] = (struct trace_node_cpus){4, 0, 1};
	meta->node_cpus[1] = (struct trace_node_cpus){1, 1, 2};
	meta->node_cpus[2] = (struct trace_node_cpus){4, 3, 2};
}

static inline struct nodes *nodes_of(const struct trace_meta *meta, unsigned int number)
{
	struct error err = {0};
	struct nodes *n;

	cr_assert_eq(nodes_create(meta, number, &n, &err), 0, "%s", err.msg);
	return n;
}

/* Lines take turns. */
static inline unsigned int home_by_number(const void *ctx, uint64_t line)
{
	return (unsigned int)(line % *(const unsigned int *)ctx);
}

static inline struct cache_nodes *caches_of(const char *geometry, const struct nodes *n)
{
	struct cache_nodes_opts opts = {.geometry = geometry_of(geometry),
					.nr_cpus = n->nr_cpus,
					.nodes = n,
					.home = home_by_number,
					.ctx = &n->nr};
	struct cache_nodes *caches;
	struct error err = {0};

	cr_assert_eq(cache_nodes_create(&opts, &caches, &err), 0, "%s", err.msg);
	return caches;
}

static inline struct nodes *suppose(unsigned int cpus, unsigned int nodes)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct nodes *n;

	meta->nr_cpus = cpus;
	meta->max_pfn = 1;
	n = nodes_of(meta, nodes);
	free(meta);
	return n;
}

/* Few lines are written much, and many are read now and then. */
static inline uint64_t draw_word(uint64_t *seed)
{
	uint64_t r = draw(seed);
	uint64_t line = r & 1 ? (r >> 8) % 20 : (r >> 8) % LINES;

	return line << 1 | (r >> 40) % 4 / 3;
}

#endif
