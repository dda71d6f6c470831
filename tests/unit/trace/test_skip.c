// SPDX-License-Identifier: GPL-2.0-only
/* Events that a reader is told to leave out. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "trace_helpers.h"

enum { NR = 5000 };

TestSuite(trace_skip, .init = enter_scratch, .fini = leave_scratch);

/* As many events as there are, and those that are not of these kinds. */
static size_t collect_others(const char *path, uint64_t skipped, struct event *out, uint64_t *last)
{
	size_t nr = 0, parts = 0;
	struct trace_reader *r;
	struct trace_block block;

	cr_assert_eq(trace_reader_open(path, &r, NULL), 0);
	trace_reader_skip(r, skipped);
	for (*last = 0; trace_reader_next(r, &block, NULL) > 0;) {
		if (block.type != BLOCK_EVENTS)
			continue;
		memcpy(out + nr, block.events.events, block.events.nr * sizeof(*out));
		nr += block.events.nr;
		parts += block.events.nr + block.events.skipped;
		cr_assert_geq(block.events.last_ns, *last);
		*last = block.events.last_ns;
	}
	/* skipped or not, they are counted as the footer says, or this would not be the end */
	cr_assert_eq(trace_reader_offset(r), trace_reader_file_size(r));
	trace_reader_destroy(r);
	cr_assert_eq(parts, NR);
	return nr;
}

Test(trace_skip, events_of_kinds_that_are_skipped_are_all_that_is_missing)
{
	struct event *in = calloc(NR, sizeof(*in)), *out = calloc(NR, sizeof(*out));
	const struct trace_writer_opts opts = {.block_events = 1700};
	struct trace_footer footer = {0};
	struct trace_writer *w;
	uint64_t kinds = 5, last;

	random_events(in, NR, 4);
	/* in rows, or each by itself */
	for (size_t i = NR / 2; i < NR; i++)
		in[i] = (struct event){.kind = in[i].kind, .ts_ns = in[NR / 2 - 1].ts_ns + i / 9};
	cr_assert_eq(trace_writer_create("t", &test_meta, &opts, &w, NULL), 0);
	cr_assert_eq(trace_writer_events(w, in, NR, NULL), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	for (int turn = 0; turn < 40; turn++, test_random(&kinds)) {
		uint64_t skipped = turn == 0 ? 0 : turn == 1 ? UINT64_MAX : kinds;
		size_t nr = collect_others("t", skipped, out, &last), at = 0;

		for (size_t i = 0; i < NR; i++)
			if (!(skipped >> in[i].kind & 1))
				cr_assert(at < nr && !memcmp(&in[i], &out[at++], sizeof(*in)));
		cr_assert_eq(at, nr);
		cr_assert_eq(last, in[NR - 1].ts_ns);
	}
	free(in);
	free(out);
}
