// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/replay/crew.h"
#include "tests/unit/sim/replay_harness.h"

TestSuite(replay, .init = setup, .fini = teardown);

static struct pressure pressure; /* of the replays of one test: each runs in a process of its own */

static struct replay_result *replay(size_t first, size_t nr, unsigned int jobs)
{
	const struct replay_opts opts = {
		.layouts = (const struct layout *const *)&layouts[first],
		.nr_layouts = nr,
		.jobs = jobs,
		.policy = {.max_order = POLICY_AS_TRACED},
		.pressure = pressure,
	};
	struct replay_result *result;
	struct trace_reader *reader;
	struct error err = {0};

	cr_assert_eq(trace_reader_open(path, &reader, &err), 0, "%s", err.msg);
	cr_assert_eq(replay_run(reader, &opts, &result, &err), 0, "%s", err.msg);
	trace_reader_destroy(reader);
	return result;
}

static char *json(size_t first, size_t nr, unsigned int jobs)
{
	struct replay_result *result = replay(first, nr, jobs);
	json_t *root = replay_result_to_json(result, "t");
	char *text = json_dumps(root, JSON_INDENT(1));

	cr_assert_not_null(text);
	json_decref(root);
	replay_result_destroy(result);
	return text;
}

/* With more threads than layouts some models have two. */
static void expect_same_with_all_jobs(void)
{
	char *one = json(0, NR_LAYOUTS, 1);

	for (unsigned int jobs = 2; jobs <= 2 * NR_LAYOUTS + 1; jobs++) {
		char *many = json(0, NR_LAYOUTS, jobs);

		cr_assert_str_eq(one, many, "with %u jobs", jobs);
		free(many);
	}
	free(one);
}

Test(replay, threads_and_company_never_change_a_result)
{
	expect_same_with_all_jobs();
	for (size_t i = 0; i < NR_LAYOUTS; i++) {
		struct replay_result *alone = replay(i, 1, 1), *together = replay(0, NR_LAYOUTS, 2);

		cr_assert_eq(alone->layouts[0].total.lines, together->layouts[i].total.lines);
		cr_assert_eq(alone->layouts[0].desc_peak_bytes,
			     together->layouts[i].desc_peak_bytes);
		replay_result_destroy(alone);
		replay_result_destroy(together);
	}
}

/* A thread may look for work before the next one is there, and be told to end before it has looked at all. */
Test(crew, threads_start_and_end_in_any_order)
{
	struct model *none[3] = {NULL};

	for (int i = 0; i < 2000; i++) {
		struct crew *crew;

		cr_assert_eq(crew_create(none, 3, 3, &crew, NULL), 0);
		crew_destroy(crew);
	}
}

Test(replay, the_memmap_is_entry_size_times_pages)
{
	static const uint64_t bytes[NR_LAYOUTS] = {4194304, 4194304, 2097152, 524288};
	struct replay_result *result = replay(0, NR_LAYOUTS, 1);

	for (size_t i = 0; i < NR_LAYOUTS; i++)
		cr_assert_eq(result->layouts[i].fixed.memmap_bytes, bytes[i]);
	cr_assert_eq(result->layouts[0].desc_peak_bytes, 0);
	cr_assert_gt(result->layouts[3].desc_bytes, 0);
	cr_assert(result->complete);
	replay_result_destroy(result);
}

Test(replay, every_line_is_found_at_exactly_one_level)
{
	struct replay_result *result = replay(0, NR_LAYOUTS, 2);

	for (size_t i = 0; i < NR_LAYOUTS; i++) {
		for (int op = 0; op < OP_MAX; op++) {
			const struct op_cost *cost = &result->layouts[i].ops[op];
			uint64_t hits = 0;

			for (int level = 0; level < CACHE_LEVEL_MAX; level++)
				hits += cost->hits[level];
			cr_assert_eq(hits, cost->lines, "%s", op_name(op));
			cr_assert_geq(cost->accesses, cost->atomics);
		}
	}
	replay_result_destroy(result);
}

/* The descriptors alive at the end must be those that the page kinds ask for. */
Test(replay, descriptors_match_the_pages_that_need_them)
{
	struct replay_result *result = replay(3, 1, 1);
	const struct layout_result *r = &result->layouts[0];
	const uint64_t *kinds = result->end.kind_pages;
	uint64_t folios = 0;

	for (size_t o = 0; o < r->nr_objects; o++)
		if (!strcmp(r->objects[o].object->name, "folio"))
			folios = r->objects[o].live;
	cr_assert_eq(folios, kinds[PAGE_KIND_ANON] + kinds[PAGE_KIND_FILE] + kinds[PAGE_KIND_USER] +
				     kinds[PAGE_KIND_SHMEM]);
	cr_assert_eq(kinds[PAGE_KIND_FILE], 1000);
	replay_result_destroy(result);
}

/* Units by kind and order are the descriptors by object, seen from the other side. */
Test(replay, who_has_descriptors_adds_up)
{
	struct replay_result *result = replay(3, 1, 1);
	const struct layout_result *r = &result->layouts[0];
	uint64_t live = 0, units = 0, anon = 0;

	for (size_t o = 0; o < r->nr_objects; o++)
		if (r->objects[o].object->cls == LAYOUT_CLASS_FOLIO)
			live += r->objects[o].live;
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		for (int order = 0; order <= LAYOUT_MAX_ORDER; order++)
			units += r->units.units[kind][order];
	for (int order = 0; order <= LAYOUT_MAX_ORDER; order++)
		anon += r->units.units[PAGE_KIND_ANON][order] << order;
	cr_assert_eq(units, live);
	cr_assert_eq(anon, result->end.kind_pages[PAGE_KIND_ANON]);
	replay_result_destroy(result);
}

/* Pressure moves lines down the hierarchy, and changes nothing else that is counted. */
Test(replay, pressure_changes_where_lines_are_found_and_nothing_else)
{
	static const char *const degrees[] = {"none", "light", "heavy"};
	struct replay_result *results[3];

	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(pressure_parse(degrees[i], &pressure, NULL), 0);
		results[i] = replay(0, NR_LAYOUTS, 1);
	}
	for (size_t layout = 0; layout < NR_LAYOUTS; layout++) {
		for (size_t i = 1; i < 3; i++) {
			const struct layout_result *r = &results[i]->layouts[layout];
			const struct layout_result *less = &results[i - 1]->layouts[layout];

			cr_assert_eq(r->desc_bytes, less->desc_bytes);
			cr_assert_eq(r->desc_peak_bytes, less->desc_peak_bytes);
			cr_assert_eq(r->total.count, less->total.count);
			cr_assert_eq(r->total.accesses, less->total.accesses);
			cr_assert_eq(r->total.lines, less->total.lines);
			cr_assert_lt(r->total.hits[CACHE_L1], less->total.hits[CACHE_L1]);
			cr_assert_geq(r->total.hits[CACHE_MEMORY], less->total.hits[CACHE_MEMORY]);
		}
	}
	for (size_t i = 0; i < 3; i++)
		replay_result_destroy(results[i]);
}

Test(replay, under_pressure_the_number_of_threads_never_changes_a_byte)
{
	char *one;

	cr_assert_eq(pressure_parse("heavy", &pressure, NULL), 0);
	one = json(0, 1, 1);
	cr_assert_not_null(strstr(one, "\"background_pressure\": \"heavy\""));
	free(one);
	expect_same_with_all_jobs();
}

/* Eight huge pages, of which four are freed at half time: their memmap comes back then, 7 pages each. */
static void make_huge_trace(void)
{
	const struct census_run runs[] = {
		{.start_pfn = 0, .count = 1024, .kind = PAGE_KIND_RESERVED},
		{.start_pfn = 1024,
		 .count = 8,
		 .kind = PAGE_KIND_HUGETLB,
		 .order = 9,
		 .flags = CENSUS_COMPOUND},
	};
	struct trace_meta *meta = malloc(sizeof(*meta));
	struct trace_footer footer = {.stop = "duration", .command_status = -1};
	struct trace_writer *w;

	make_meta(meta);
	cr_assert_eq(trace_writer_create(path, meta, NULL, &w, NULL), 0);
	cr_assert_eq(trace_writer_census(w, 500, 0, 65536, runs, 2, NULL), 0);
	for (uint64_t i = 0; i < 4; i++) {
		const struct event e = {.ts_ns = 500000000 + i,
					.pfn = 1024 + i * 512,
					.order = 9,
					.kind = EVENT_PAGE_FREE};

		cr_assert_eq(trace_writer_events(w, &e, 1, NULL), 0);
	}
	footer.end_ns = 1000000000;
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	free(meta);
}

Test(replay, memmap_that_huge_pages_gave_back_returns_when_they_go)
{
	const uint64_t all = 65536 * 64, saved = 7 * 4096;
	struct replay_result *result;
	const struct layout_result *r;

	make_huge_trace();
	layout_destroy(layouts[0]);
	cr_assert_eq(layout_load("v6.12+hvo-2M", &layouts[0], NULL), 0);
	result = replay(0, 2, 1);
	r = &result->layouts[0];
	cr_expect_eq(r->bytes.point[0], all - 8 * saved);
	cr_expect_eq(r->bytes.point[r->bytes.nr - 1], all - 4 * saved);
	cr_expect_eq(layout_result_bytes(r), all - 4 * saved);
	cr_expect_eq(layout_result_peak_bytes(r), all - 4 * saved);
	/* half of the time the one, half of it the other */
	cr_expect(layout_result_mean_bytes(r) > (double)(all - 6 * saved) - 1000 &&
			  layout_result_mean_bytes(r) < (double)(all - 6 * saved) + 1000,
		  "%f", layout_result_mean_bytes(r));
	cr_expect_eq(layout_result_peak_bytes(&result->layouts[1]), all);
	replay_result_destroy(result);
}
