// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace_helpers.h"

/* Loads the JSON of test_meta with one member replaced; value NULL removes it. */
static int with(const char *member, const char *value, struct error *err)
{
	struct trace_meta *meta = malloc(sizeof(*meta));
	json_t *json = trace_meta_to_json(&test_meta);
	int r;

	if (value)
		json_object_set_new(json, member, json_loads(value, JSON_DECODE_ANY, NULL));
	else
		json_object_del(json, member);
	r = trace_meta_from_json(json, meta, err);
	json_decref(json);
	free(meta);
	return r;
}

Test(meta, json_round_trips)
{
	struct trace_meta *meta = malloc(sizeof(*meta));
	json_t *json = trace_meta_to_json(&test_meta);

	cr_assert_eq(trace_meta_from_json(json, meta, NULL), 0);
	cr_assert_eq(memcmp(meta, &test_meta, sizeof(*meta)), 0);
	json_decref(json);
	free(meta);
}

/* With 1.2, 1.3 or 1.4. */
static bool came_later(const char *name)
{
	static const char *const names[] = {"filter", "census",	   "memcg",	  "memcgs",
					    "layout", "functions", "node_ranges", "node_cpus",
					    "code",   "pmu",	   "pmu_note",	  "counted"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

Test(meta, every_member_must_be_there_and_unknown_ones_may)
{
	json_t *json = trace_meta_to_json(&test_meta);
	struct error err = {0};
	const char *name;
	json_t *value;
	unsigned int nr = 0;

	json_object_foreach(json, name, value)
	{
		cr_assert_eq(with(name, NULL, &err), came_later(name) ? 0 : -EINVAL, "%s", name);
		cr_assert_eq(with(name, "true", &err), -EINVAL, "%s", name);
		cr_assert_not_null(strstr(err.msg, name), "%s: %s", name, err.msg);
		nr++;
	}
	json_decref(json);
	cr_assert_eq(nr, 32);
	cr_assert_eq(with("from_the_future", "[1]", &err), 0);
}

Test(meta, pages_and_cpus_have_a_node)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));

	cr_expect_eq(trace_node_of_pfn(meta, 5), 0);
	cr_expect_eq(trace_node_of_cpu(meta, 5), 0);
	/* the memory of node 2 lies in a hole of node 1's */
	meta->nr_node_ranges = 3;
	meta->node_ranges[0] = (struct trace_node_range){0, 1, 99};
	meta->node_ranges[1] = (struct trace_node_range){1, 100, 1000};
	meta->node_ranges[2] = (struct trace_node_range){2, 500, 100};
	cr_expect_eq(trace_node_of_pfn(meta, 0), 0);
	cr_expect_eq(trace_node_of_pfn(meta, 99), 0);
	cr_expect_eq(trace_node_of_pfn(meta, 100), 1);
	cr_expect_eq(trace_node_of_pfn(meta, 500), 2);
	cr_expect_eq(trace_node_of_pfn(meta, 599), 2);
	cr_expect_eq(trace_node_of_pfn(meta, 600), 1);
	cr_expect_eq(trace_node_of_pfn(meta, 1100), 0);
	meta->nr_node_cpus = 3;
	meta->node_cpus[0] = (struct trace_node_cpus){0, 0, 4};
	meta->node_cpus[1] = (struct trace_node_cpus){1, 4, 4};
	meta->node_cpus[2] = (struct trace_node_cpus){2, 8, 2};
	cr_expect_eq(trace_node_of_cpu(meta, 3), 0);
	cr_expect_eq(trace_node_of_cpu(meta, 4), 1);
	cr_expect_eq(trace_node_of_cpu(meta, 9), 2);
	free(meta);
}

Test(meta, values_out_of_range_are_refused)
{
	static const struct {
		const char *member, *value, *msg;
	} cases[] = {
		{"nr_cpus", "0", "header: \"nr_cpus\" is 0, not 1 to 65536"},
		{"nr_cpus", "1.0", "header: \"nr_cpus\" is not an integer"},
		{"sample", "0", "header: \"sample\" is 0, not 1 to 4294967295"},
		{"lru_gen", "2", "header: \"lru_gen\" is 2, not -1 to 1"},
		{"max_pfn", "-1", "header: \"max_pfn\" is -1, not 0 to 4503599627370496"},
		{"max_pfn", "1310719",
		 "header: the range at pfn 1048576 ends after max_pfn 1310719"},
		{"code", "{\"ptdesc\": 1}", "header: code \"ptdesc\" is neither true nor false"},
		{"thp", "\"a text that is too long\"", "header: \"thp\" is longer than 15 bytes"},
		{"ranges", "[{\"start_pfn\":5,\"nr_pages\":5},{\"start_pfn\":9,\"nr_pages\":1}]",
		 "header: the range at pfn 9 overlaps the one before or is out of order"},
		{"ranges", "[{\"start_pfn\":5,\"nr_pages\":0}]",
		 "header: ranges: \"nr_pages\" is 0, not 1 to 4503599627370496"},
		{"classes", "{\"alloc\":{\"fidelity\":\"sure\",\"how\":\"\",\"note\":\"\"}}",
		 "header: class \"alloc\" has the fidelity \"sure\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = {0};

		cr_assert_eq(with(cases[i].member, cases[i].value, &err), -EINVAL, "%s",
			     cases[i].msg);
		cr_assert_str_eq(err.msg, cases[i].msg);
	}
}

Test(meta, a_class_or_kind_that_an_older_writer_did_not_know_counts_as_nothing)
{
	struct error err = {0};
	struct trace_footer footer = {.events = {[EVENT_TASK] = 5}, .lost = {[CLASS_BULK] = 6}},
			    got;
	json_t *json = trace_footer_to_json(&footer);

	cr_assert_eq(with("classes", "{}", &err), 0);
	cr_assert_eq(trace_footer_from_json(json, &got, &err), 0, "%s", err.msg);
	cr_assert_eq(memcmp(&got, &footer, sizeof(got)), 0);
	json_object_del(json_object_get(json, "events"), "task");
	cr_assert_eq(trace_footer_from_json(json, &got, &err), 0, "%s", err.msg);
	cr_assert_eq(got.events[EVENT_TASK], 0);
	cr_assert_eq(got.lost[CLASS_BULK], 6);
	json_object_del(json, "lost");
	cr_assert_eq(trace_footer_from_json(json, &got, &err), -EINVAL);
	json_decref(json);
}

/* A footer of 1.1 says nothing of what came with 1.2, and that is no damage. */
Test(meta, what_a_later_version_added_may_be_missing)
{
	static const char *const added[] = {"sample", "unsampled", "ns_per_event", "lost_by_cpu"};
	struct trace_footer footer = {.sample = 8,
				      .unsampled = {[CLASS_LRU] = 3},
				      .ns_per_event = {[CLASS_ALLOC] = 55},
				      .nr_cpu_losses = 1,
				      .cpu_losses = {{.cpu = 3, .cls = "lru", .lost = 7}}},
			    got;
	struct error err = {0};
	json_t *json = trace_footer_to_json(&footer);

	cr_assert_eq(trace_footer_from_json(json, &got, &err), 0, "%s", err.msg);
	cr_assert_eq(memcmp(&got, &footer, sizeof(got)), 0);
	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++)
		cr_assert_eq(json_object_del(json, added[i]), 0);
	cr_assert_eq(trace_footer_from_json(json, &got, &err), 0, "%s", err.msg);
	cr_assert_eq(got.sample, 0);
	cr_assert_eq(got.nr_cpu_losses, 0);
	json_object_set_new(json, "lost_by_cpu", json_integer(1));
	cr_assert_eq(trace_footer_from_json(json, &got, &err), -EINVAL);
	cr_assert_str_eq(err.msg, "footer: \"lost_by_cpu\" is missing or not an array");
	json_decref(json);
}

Test(meta, numbers_beyond_json_are_not_written)
{
	struct trace_meta *meta = malloc(sizeof(*meta));
	struct trace_writer *w;
	struct error err = {0};

	*meta = test_meta;
	meta->ram_pages = UINT64_MAX;
	cr_assert_eq(trace_writer_create("/dev/null", meta, NULL, &w, &err), -EINVAL);
	cr_assert_str_eq(err.msg,
			 "/dev/null: header: \"ram_pages\" is -1, not 0 to 4503599627370496");
	*meta = test_meta;
	memcpy(meta->kernel, "\xff\xfe", 3);
	cr_assert_eq(trace_writer_create("/dev/null", meta, NULL, &w, &err), -EINVAL);
	free(meta);
}

Test(meta, fidelity_names)
{
	cr_assert_str_eq(fidelity_name(FIDELITY_EXACT), "exact");
	cr_assert_str_eq(fidelity_name(FIDELITY_ABSENT), "absent");
	cr_assert_str_eq(fidelity_name(FIDELITY_MAX), "invalid");
}
