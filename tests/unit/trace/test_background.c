// SPDX-License-Identifier: GPL-2.0-only
/* Blocks that are compressed and written by another thread. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "trace_helpers.h"

TestSuite(background, .init = enter_scratch, .fini = leave_scratch);

static void write_with(const char *path, const struct event *events, size_t nr, bool background)
{
	const struct trace_writer_opts opts = {.block_events = 100, .background = background};
	struct trace_stat stat = {.ts_ns = 1};
	struct trace_footer footer = {0};
	struct trace_writer *w;

	cr_assert_eq(trace_writer_create(path, &test_meta, &opts, &w, NULL), 0);
	for (size_t i = 0; i < nr; i += 333) {
		cr_assert_eq(trace_writer_events(w, events + i, nr - i < 333 ? nr - i : 333, NULL),
			     0);
		if (i % 5 == 0)
			cr_assert_eq(trace_writer_stat(w, &stat, NULL), 0);
	}
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
}

Test(background, in_the_background_the_same_bytes_are_written)
{
	enum { NR = 20000 };
	struct event *events = calloc(NR, sizeof(*events));
	size_t len[2];
	uint8_t *bytes[2];

	random_events(events, NR, 1);
	write_with("fore", events, NR, false);
	write_with("back", events, NR, true);
	bytes[0] = slurp("fore", &len[0]);
	bytes[1] = slurp("back", &len[1]);
	cr_assert_eq(len[0], len[1]);
	cr_assert_eq(memcmp(bytes[0], bytes[1], len[0]), 0);
	free(bytes[0]);
	free(bytes[1]);
	free(events);
}

Test(background, what_fails_in_the_background_is_told_by_a_later_call_and_by_all_after_it)
{
	const struct trace_writer_opts opts = {.block_events = 1000, .background = true};
	const struct rlimit limit = {.rlim_cur = 20000, .rlim_max = 20000};
	enum { NR = 50000 };
	struct event *events = calloc(NR, sizeof(*events));
	struct trace_footer footer = {0};
	struct trace_writer *w;
	struct error err = {0};
	int r = 0;

	signal(SIGXFSZ, SIG_IGN);
	random_events(events, NR, 2);
	cr_assert_eq(trace_writer_create("t", &test_meta, &opts, &w, NULL), 0);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (size_t i = 0; i < NR && !r; i += 100)
		r = trace_writer_events(w, events + i, 100, &err);
	cr_assert_eq(r, -EFBIG, "%d: %s", r, err.msg);
	cr_assert_eq(trace_writer_flush(w, &err), -EFBIG);
	cr_assert_eq(trace_writer_finish(w, &footer, &err), -EFBIG);
	cr_assert_leq(trace_writer_size(w), 20000);
	trace_writer_destroy(w);
	free(events);
}
