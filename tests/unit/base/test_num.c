// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>

#include "base/num.h"

static int parse(const char *s, uint64_t *v)
{
	return num_parse(s, "test", 0, UINT64_MAX, v, NULL);
}

Test(num, takes_whole_decimal_and_hex_strings)
{
	uint64_t v;

	cr_assert_eq(parse("0", &v), 0);
	cr_assert_eq(v, 0);
	cr_assert_eq(parse("18446744073709551615", &v), 0);
	cr_assert_eq(v, UINT64_MAX);
	cr_assert_eq(parse("0xff", &v), 0);
	cr_assert_eq(v, 255);
}

Test(num, refuses_everything_else_and_leaves_ret_alone)
{
	static const char *const bad[] = {"",	  " 1",	 "1 ",	"-1", "+1",  "010",
					  "8x",	  "1_0", "8.5", "0x", "0xg", "18446744073709551616",
					  "0x1G", "ff"};
	uint64_t v = 42;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(parse(bad[i], &v), -EINVAL, "'%s' was taken", bad[i]);
	cr_assert_eq(v, 42);
}

Test(num, names_the_range)
{
	struct error err = {0};
	uint64_t v;

	cr_assert_eq(num_parse("9", "ways", 1, 8, &v, &err), -EINVAL);
	cr_assert_str_eq(err.msg, "ways: '9' is not between 1 and 8");
	cr_assert_eq(num_parse_size("1K", "memory", 3 << 20, 16ULL << 30, &v, &err), -EINVAL);
	cr_assert_str_eq(err.msg, "memory: '1K' is not between 3M and 16G");
	cr_assert_eq(num_parse_size("9", "memory", 0, 1, &v, &err), -EINVAL);
	cr_assert_str_eq(err.msg, "memory: '9' is not between 0 and 1");
	cr_assert_eq(num_parse_duration("0", "time", &v, &err), -EINVAL);
	cr_assert_str_eq(err.msg, "time: '0' is no time at all");
	cr_assert_eq(num_parse_duration("9999999999h", "time", &v, &err), -EINVAL);
	cr_assert_str_eq(err.msg, "time: '9999999999h' is too long");
}

Test(num, sizes_have_binary_suffixes)
{
	static const struct {
		const char *s;
		uint64_t v;
	} good[] = {{"512", 512},
		    {"48K", 49152},
		    {"32M", 33554432},
		    {"1G", 1 << 30},
		    {"1T", 1ULL << 40}};
	uint64_t v;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(num_parse_size(good[i].s, "t", 0, UINT64_MAX, &v, NULL), 0);
		cr_assert_eq(v, good[i].v);
	}
	cr_assert_eq(num_parse_size("1k", "t", 0, UINT64_MAX, &v, NULL), -EINVAL);
	cr_assert_eq(num_parse_size("1KB", "t", 0, UINT64_MAX, &v, NULL), -EINVAL);
	cr_assert_eq(num_parse_size("99999999999T", "t", 0, UINT64_MAX, &v, NULL), -EINVAL);
}

Test(num, durations)
{
	static const struct {
		const char *s;
		uint64_t ns;
	} good[] = {{"10", 10000000000},   {"1.5", 1500000000},	  {"250ms", 250000000},
		    {"0.5m", 30000000000}, {"2h", 7200000000000}, {"0.001", 1000000}};
	uint64_t ns;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(num_parse_duration(good[i].s, "t", &ns, NULL), 0, "%s", good[i].s);
		cr_assert_eq(ns, good[i].ns, "%s: %" PRIu64, good[i].s, ns);
	}
	static const char *const bad[] = {"", "0", "1.", ".5", "1d", "-1", "1 s", "99999999999h"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(num_parse_duration(bad[i], "t", &ns, NULL), -EINVAL, "%s", bad[i]);
}

Test(num, formats_for_people)
{
	char buf[32];

	cr_assert_str_eq(num_format_size(402653184, buf, sizeof(buf)), "384.0 MiB");
	cr_assert_str_eq(num_format_size(63, buf, sizeof(buf)), "63 B");
	cr_assert_str_eq(num_format_count(6291456, buf, sizeof(buf)), "6,291,456");
	cr_assert_str_eq(num_format_count(0, buf, sizeof(buf)), "0");
	cr_assert_str_eq(num_format_count(999, buf, sizeof(buf)), "999");
	cr_assert_str_eq(num_format_count(UINT64_MAX, buf, sizeof(buf)),
			 "18,446,744,073,709,551,615");
}
