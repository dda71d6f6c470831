// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "tests/unit/sim/cache_harness.h"

Test(cache_geometry, reads_back_what_it_prints)
{
	static const char *const text[] = {
		"l1=48K/12,l2=2M/16,llc=105M/15", "l1=32K/8,l2=1M/16,llc=32M/16,line=128",
		"l1=192/3,l2=640/2,llc=1G/16",
		"l1=32K/8,l2=1M/8,llc=32M/16,line=128,llc-kind=exclusive,"
		"llc-cpus=4096,plru=l1+l2+llc,prefetch=pair+next-line+"
		"stream"};
	char buf[160];

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct cache_geometry g = geometry_of(text[i]);

		cr_assert_str_eq(cache_geometry_format(&g, buf, sizeof(buf)), text[i]);
	}
}

Test(cache_geometry, says_what_is_wrong)
{
	static const char *const bad[][2] = {
		{"",
		 "cache geometry: '' is not one of l1=, l2=, llc=, line=, llc-kind=, llc-cpus=, "
		 "plru= and prefetch="},
		{"l1=48K/12,l2=2M/16", "cache geometry: 'l1=48K/12,l2=2M/16' does not say llc="},
		{"l1=48K/12,l1=48K/12,llc=1M/4", "cache geometry: 'l1' is there twice"},
		{"l1=48K/12,l3=48K/12,llc=1M/4",
		 "cache geometry: 'l3' is not one of l1=, l2=, "
		 "llc=, line=, llc-kind=, llc-cpus=, plru= and prefetch="},
		{"l1=48K,l2=2M/16,llc=1M/4",
		 "cache geometry: 'l1=48K' is not a size and a number of "
		 "ways, as in 'l1=48K/12'"},
		{"l1=48K/12,l2=2m/16,llc=1M/4",
		 "cache geometry: l2: l2: '2m' is not a size (a number, then K, M, G or T)"},
		{"l1=48K/65,l2=2M/16,llc=1M/4",
		 "cache geometry: l1: ways: '65' is not between 1 and 64"},
		{"l1=48K/11,l2=2M/16,llc=1M/4", "cache geometry: the l1 size of 49152 bytes is not "
						"a whole number of sets of 11 ways "
						"of 64 bytes"},
		{"l1=48K/12,l2=2M/16,llc=1M/4,line=96",
		 "cache geometry: line=96 is not a power of two from 1 to 4096"},
		{"l1=48K/12,l2=2M/16,llc=1M/4,llc-cpus=0",
		 "cache geometry: llc-cpus: '0' is not between 1 and 4096"},
		{"l1=48K/12,l2=2M/16,llc=1M/4,llc-cpus=4097",
		 "cache geometry: llc-cpus: '4097' is not between 1 and 4096"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cache_geometry g = {.line = 4711};
		struct error err = {0};

		cr_assert_eq(cache_geometry_parse(bad[i][0], &g, &err), -EINVAL, "'%s' was taken",
			     bad[i][0]);
		cr_assert_str_eq(err.msg, bad[i][1]);
		cr_assert_eq(g.line, 4711);
	}
}

Test(cache_geometry, names_its_levels)
{
	cr_assert_str_eq(cache_level_name(CACHE_L1), "L1");
	cr_assert_str_eq(cache_level_name(CACHE_MEMORY), "memory");
	cr_assert_str_eq(cache_level_name(CACHE_LEVEL_MAX), "invalid");
}
