// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/sim/slub_harness.h"

Test(slub_geometry, small_objects_fill_one_page)
{
	static const uint32_t size[] = {64, 80, 96, 112, 128, 160},
			      objects[] = {64, 51, 42, 36, 32, 25};

	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		struct slub_cache *c = make(size[i], 16, 2, false);
		struct slub_counts counts = counts_of(c);

		cr_assert_eq(counts.order, 0);
		cr_assert_eq(counts.objects_per_slab, objects[i]);
		cr_assert_eq(counts.stride, size[i]);
		slub_cache_destroy(c);
	}
}

/* Listed by /proc/slabinfo of a 2-CPU host: stride, objects, pages. */
Test(slub_geometry, two_cpus_give_the_orders_of_a_real_host)
{
	static const uint32_t known[][3] = {
		{312, 13, 1},  {416, 19, 2},  {320, 12, 1},  {384, 21, 2},  {448, 18, 2},
		{1016, 16, 4}, {1280, 12, 4}, {2112, 15, 8}, {392, 20, 2},  {1344, 12, 4},
		{1472, 22, 8}, {2496, 13, 8}, {4232, 7, 8},  {2168, 15, 8}, {1144, 14, 4},
		{696, 23, 4},  {16, 256, 1},  {240, 17, 1},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct slub_cache *c = make(known[i][0], 8, 2, false);
		struct slub_counts counts = counts_of(c);

		cr_assert_eq(counts.objects_per_slab, known[i][1], "%u bytes", known[i][0]);
		cr_assert_eq(1U << counts.order, known[i][2], "%u bytes", known[i][0]);
		slub_cache_destroy(c);
	}
}

/* This host's own caches; skipped where only root may read them. Column objsize is the stride. */
Test(slub_geometry, agrees_with_this_hosts_slabinfo)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	FILE *f = fopen("/proc/slabinfo", "re");
	unsigned int checked = 0, other = 0;
	char line[512];

	if (!f)
		cr_skip("/proc/slabinfo is not readable here");
	while (fgets(line, sizeof(line), f)) {
		uint32_t size, objects, pages;
		struct slub_counts counts;
		struct slub_cache *c;

		if (sscanf(line, "%*s %*u %*u %u %u %u", &size, &objects, &pages) != 3 || !size)
			continue;
		c = make(size, 8, (uint32_t)cpus, false);
		counts = counts_of(c);
		checked++;
		other += counts.objects_per_slab != objects || 1U << counts.order != pages;
		slub_cache_destroy(c);
	}
	(void)fclose(f);
	if (!checked)
		cr_skip("/proc/slabinfo lists nothing here");
	/* caches made before all CPUs were up, or with an order of their own, are few */
	cr_assert_leq(other * 10, checked, "%u of %u caches differ", other, checked);
}

Test(slub_geometry, more_cpus_want_larger_slabs)
{
	uint32_t before = 0;

	for (uint32_t cpus = 1; cpus <= 1024; cpus *= 2) {
		struct slub_cache *c = make(512, 8, cpus, false);
		struct slub_counts counts = counts_of(c);
		uint32_t wanted = 4, n = cpus;

		for (; n; n /= 2)
			wanted += 4; /* 4 * (fls(cpus) + 1) */
		cr_assert_geq(counts.order, before);
		cr_assert_geq(counts.objects_per_slab, wanted);
		cr_assert(!counts.order || counts.objects_per_slab / 2 < wanted);
		before = counts.order;
		slub_cache_destroy(c);
	}
}

Test(slub_geometry, rounds_up_to_the_alignment_and_a_word)
{
	static const uint32_t want[][3] = {{1, 0, 8}, {80, 64, 128}, {81, 1, 88}, {72, 16, 80}};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct slub_cache *c = make(want[i][0], want[i][1], 4, true);

		cr_assert_eq(counts_of(c).stride, want[i][2]);
		slub_cache_destroy(c);
	}
}

Test(slub_geometry, refuses_what_the_kernel_would)
{
	static const struct slub_opts bad[] = {
		{.name = "a", .align = 8, .nr_cpus = 1},
		{.name = "a", .size = 64, .align = 3, .nr_cpus = 1},
		{.name = "a", .size = 64, .align = 8192, .nr_cpus = 1},
		{.name = "a", .size = 64, .align = 8},
		{.name = "a", .size = 8 << 20, .align = 8, .nr_cpus = 1},
		{.name = "a", .size = 1 << 20, .align = 8, .self_described = true, .nr_cpus = 1},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = {0};
		struct slub_cache *c = NULL;

		cr_assert_eq(slub_cache_create(&bad[i], BASE, &c, &err), -EINVAL);
		cr_assert(strstr(err.msg, "slab cache 'a': "), "%s", err.msg);
		cr_assert_null(c);
	}
	slub_cache_destroy(NULL);
}
