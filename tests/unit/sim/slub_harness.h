/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the SLUB model share. */
#ifndef TESTS_UNIT_SIM_SLUB_HARNESS_H
#define TESTS_UNIT_SIM_SLUB_HARNESS_H

#include <criterion/criterion.h>

#include "sim/heap/slub.h"

#define BASE 0xffff888000000000ULL

static inline struct slub_cache *make(uint32_t size, uint32_t align, uint32_t cpus, bool rcu)
{
	struct slub_opts opts = {
		.name = "test", .size = size, .align = align, .rcu = rcu, .nr_cpus = cpus};
	struct error err = {0};
	struct slub_cache *c;

	cr_assert_eq(slub_cache_create(&opts, BASE, &c, &err), 0, "%s", err.msg);
	return c;
}

static inline struct slub_counts counts_of(const struct slub_cache *c)
{
	struct slub_counts counts;

	slub_counts(c, &counts);
	return counts;
}

#endif
