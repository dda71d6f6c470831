// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "bpf/select.h"

Test(select, lists_of_cpus)
{
	static const struct {
		const char *list, *cpus; /* of eight */
	} cases[] = {
		{"0", "10000000"}, {"7", "00000001"}, {"0-7", "11111111"}, {"1,3-5", "01011100"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t cpus[SELECT_MAX_CPUS];

		cr_assert_eq(select_parse_cpus(cases[i].list, 8, cpus, NULL), 0);
		for (int cpu = 0; cpu < 8; cpu++)
			cr_assert_eq(cpus[cpu], cases[i].cpus[cpu] - '0', "%s: CPU %d",
				     cases[i].list, cpu);
	}
}

Test(select, what_is_no_list_of_cpus_is_refused_with_a_sentence)
{
	static const struct {
		const char *list, *msg;
	} cases[] = {
		{"", "--cpus: '' is not a number"},
		{"8", "--cpus: '8' is not between 0 and 7"},
		{"3-2", "--cpus: '2' is not between 3 and 7"},
		{"1,", "--cpus: '' is not a number"},
		{"-1", "--cpus: '' is not a number"},
	};
	uint8_t cpus[SELECT_MAX_CPUS] = {9};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = {0};

		cr_assert_eq(select_parse_cpus(cases[i].list, 8, cpus, &err), -EINVAL);
		cr_assert_str_eq(err.msg, cases[i].msg);
		cr_assert_eq(cpus[0], 9);
	}
}

/* proc(5): the second member is in parentheses and may hold parentheses and blanks itself. */
Test(select, the_parent_of_a_process_with_any_name)
{
	cr_assert_eq(select_parse_parent("12 (cat) R 34 12 12"), 34);
	cr_assert_eq(select_parse_parent("12 (a) R 5 (b)) S 34 12 12"), 34);
	cr_assert_eq(select_parse_parent("12 (cat"), -1);
	cr_assert_eq(select_parse_parent("12 (cat) R"), -1);
	cr_assert_eq(select_parse_parent(""), -1);
}

Test(select, in_words)
{
	struct select_opts opts = {0};
	char text[64];

	cr_assert(select_is_all(&opts));
	select_describe(&opts, text, sizeof(text));
	cr_assert_str_eq(text, "");
	opts = (struct select_opts){.pids = {12}, .nr_pids = 1};
	cr_assert(!select_is_all(&opts));
	select_describe(&opts, text, sizeof(text));
	cr_assert_str_eq(text, "process 12 and its children");
	opts = (struct select_opts){.pids = {12, 14}, .nr_pids = 2, .cgroup = "/g", .cpus = "0-3"};
	select_describe(&opts, text, sizeof(text));
	cr_assert_str_eq(text, "processes 12, 14 and their children; cgroup /g; CPUs 0-3");
	/* what does not fit is cut */
	opts.cgroup = "/a/rather/long/name/of/a/folder/of/cgroups";
	select_describe(&opts, text, sizeof(text));
	cr_assert_eq(strlen(text), sizeof(text) - 1);
}
