// SPDX-License-Identifier: GPL-2.0-only
/* Access by access, where the trace has each of them. */
#include <string.h>

#include "tests/unit/sim/replay_harness.h"

TestSuite(replay_accesses, .init = setup, .fini = teardown);

/* The trace of setup() again, with an access to each page after its events; or without these. */
static void make_access_trace(const char *to, bool accesses)
{
	struct trace_meta *meta = malloc(sizeof(*meta));
	struct trace_footer footer = {.stop = "duration", .command_status = -1};
	struct trace_reader *r;
	struct trace_block b;
	struct trace_writer *w;
	struct error err = {0};
	uint64_t seed = 7;

	cr_assert_eq(trace_reader_open(path, &r, &err), 0, "%s", err.msg);
	*meta = *trace_reader_meta(r);
	meta->classes[CLASS_ACCESS].fidelity = accesses ? FIDELITY_EXACT : FIDELITY_ABSENT;
	(void)snprintf(meta->layout, sizeof(meta->layout), "v6.12");
	(void)snprintf(meta->functions[0].name, sizeof(meta->functions[0].name), "lru_add");
	meta->nr_functions = 1;
	cr_assert_eq(trace_writer_create(to, meta, NULL, &w, &err), 0, "%s", err.msg);
	while (trace_reader_next(r, &b, &err) > 0) {
		if (b.type == BLOCK_CENSUS)
			cr_assert_eq(trace_writer_census(w, b.census.ts_ns, b.census.start_pfn,
							 b.census.end_pfn, b.census.runs,
							 b.census.nr, &err),
				     0);
		for (size_t i = 0; b.type == BLOCK_EVENTS && i < b.events.nr; i++) {
			struct event e = {
				.kind = EVENT_ACCESS,
				.ts_ns = b.events.events[i].ts_ns,
				.pfn = b.events.events[i].pfn,
				.cpu = b.events.events[i].cpu,
				.arg = (uint32_t)(draw(&seed) % 8 * 8) | 3 << ACCESS_SIZE_SHIFT |
				       ACCESS_LOAD,
			};

			footer.end_ns = e.ts_ns;
			cr_assert_eq(trace_writer_events(w, &b.events.events[i], 1, &err), 0);
			if (accesses)
				cr_assert_eq(trace_writer_events(w, &e, 1, &err), 0);
		}
	}
	cr_assert_eq(trace_writer_finish(w, &footer, &err), 0, "%s", err.msg);
	trace_writer_destroy(w);
	trace_reader_destroy(r);
	free(meta);
}

static struct replay_result *replay_file(const char *file, bool events, unsigned int jobs)
{
	const struct replay_opts opts = {
		.layouts = (const struct layout *const *)layouts,
		.nr_layouts = NR_LAYOUTS,
		.policy = {.max_order = POLICY_AS_TRACED},
		.jobs = jobs,
		.events = events,
	};
	struct replay_result *result;
	struct trace_reader *r;
	struct error err = {0};

	cr_assert_eq(trace_reader_open(file, &r, &err), 0, "%s", err.msg);
	cr_assert_eq(replay_run(r, &opts, &result, &err), 0, "%s", err.msg);
	trace_reader_destroy(r);
	return result;
}

Test(replay_accesses, accesses_are_charged_one_by_one_and_threads_change_nothing)
{
	static char both[] = "/tmp/memsim-accesses-XXXXXX";
	struct replay_result *one, *four;

	close(mkstemp(both));
	make_access_trace(both, true);
	one = replay_file(both, false, 1);
	four = replay_file(both, false, 4);
	cr_assert(one->accesses);
	for (int i = 0; i < NR_LAYOUTS; i++) {
		const struct op_cost *access = &one->layouts[i].ops[OP_ACCESS];

		cr_expect_eq(access->accesses, 80000);
		cr_expect_eq(memcmp(one->layouts[i].ops, four->layouts[i].ops,
				    sizeof(one->layouts[i].ops)),
			     0);
		cr_expect_eq(memcmp(one->layouts[i].stream, four->layouts[i].stream,
				    sizeof(*one->layouts[i].stream)),
			     0);
		cr_expect_eq(one->layouts[i].ops[OP_ALLOC].count, 0);
	}
	/* no operation but these two, and descriptors come and go as with events */
	cr_expect_gt(one->layouts[3].ops[OP_DESCRIBE].count, 1000);
	cr_expect_eq(one->layouts[1].ops[OP_DESCRIBE].count, 0);
	replay_result_destroy(one);
	replay_result_destroy(four);
	unlink(both);
}

Test(replay_accesses, events_are_the_same_with_accesses_between_them)
{
	static char both[] = "/tmp/memsim-accesses-XXXXXX", only[] = "/tmp/memsim-events-XXXXXX";
	struct replay_result *with, *without;

	close(mkstemp(both));
	close(mkstemp(only));
	make_access_trace(both, true);
	make_access_trace(only, false);
	with = replay_file(both, true, 2);
	without = replay_file(only, false, 2);
	cr_assert_not(with->accesses);
	for (int i = 0; i < NR_LAYOUTS; i++) {
		cr_expect_eq(memcmp(with->layouts[i].ops, without->layouts[i].ops,
				    sizeof(with->layouts[i].ops)),
			     0);
		cr_expect_null(with->layouts[i].stream);
		cr_expect_eq(with->layouts[i].desc_peak_bytes, without->layouts[i].desc_peak_bytes);
	}
	replay_result_destroy(with);
	replay_result_destroy(without);
	unlink(both);
	unlink(only);
}
