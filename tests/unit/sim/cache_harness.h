/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the cache share. */
#ifndef TESTS_UNIT_SIM_CACHE_HARNESS_H
#define TESTS_UNIT_SIM_CACHE_HARNESS_H

#include <criterion/criterion.h>

#include "sim/cache/cache_impl.h"
#include "tests/draw.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static inline struct cache_geometry geometry_of(const char *text)
{
	struct cache_geometry g;
	struct error err = {0};

	cr_assert_eq(cache_geometry_parse(text, &g, &err), 0, "%s", err.msg);
	return g;
}

/* With the given variant, or NULL where it cannot run. */
static inline struct cache_hierarchy *make(const char *geometry, unsigned int cpus, bool dirty,
					   size_t variant)
{
	struct cache_geometry g = geometry_of(geometry);
	struct cache_hierarchy *h;

	cr_assert_eq(cache_hierarchy_create(&g, cpus, dirty, &h, NULL), 0);
	if (cache_hierarchy_set_variant(h, &cache_variants[variant], NULL)) {
		cache_hierarchy_destroy(h);
		return NULL;
	}
	return h;
}

/* The same, for background lines to come. */
static inline struct cache_hierarchy *make_pressed(const char *geometry, unsigned int cpus,
						   size_t variant)
{
	struct cache_hierarchy *h = make(geometry, cpus, false, variant);
	struct error err = {0};

	if (h)
		cr_assert_eq(cache_pressure_start(h, &err), 0, "%s", err.msg);
	return h;
}

#endif
