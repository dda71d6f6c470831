// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/page_kind.h"
#include "trace_helpers.h"

TestSuite(trace, .init = enter_scratch, .fini = leave_scratch);

/* Reads every event of the file into one array. */
static size_t collect(const char *path, struct event *out, size_t max)
{
	struct trace_reader *r;
	struct trace_block block;
	struct error err = {0};
	size_t nr = 0;
	int res;

	cr_assert_eq(trace_reader_open(path, &r, &err), 0, "%s", err.msg);
	while ((res = trace_reader_next(r, &block, &err)) > 0) {
		if (block.type != BLOCK_EVENTS)
			continue;
		cr_assert_leq(nr + block.events.nr, max);
		memcpy(out + nr, block.events.events, block.events.nr * sizeof(*out));
		nr += block.events.nr;
	}
	cr_assert_eq(res, 0, "%s", err.msg);
	cr_assert_eq(trace_reader_offset(r), trace_reader_file_size(r));
	trace_reader_destroy(r);
	return nr;
}

Test(trace, events_of_all_kinds_come_back_whatever_the_block_size)
{
	static const uint32_t sizes[] = {1, 2, 511, 512, 513, 4096, 0, 1 << 20};
	enum { NR = 5000 };
	struct event *in = calloc(NR, sizeof(*in)), *out = calloc(NR, sizeof(*out));

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		const struct trace_writer_opts opts = {.block_events = sizes[s]};
		/* one block per event is slow to write: a few are enough */
		size_t nr = sizes[s] < 10 ? 100 : NR;
		struct trace_footer footer = {0};
		struct trace_writer *w;

		random_events(in, nr, s);
		cr_assert_eq(trace_writer_create("t", &test_meta, &opts, &w, NULL), 0);
		for (size_t i = 0; i < nr; i += 77)
			cr_assert_eq(
				trace_writer_events(w, in + i, nr - i < 77 ? nr - i : 77, NULL), 0);
		cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
		trace_writer_destroy(w);
		cr_assert_eq(collect("t", out, NR), nr);
		for (size_t i = 0; i < nr; i++)
			cr_assert_eq(memcmp(in + i, out + i, sizeof(*in)), 0, "block %u, event %zu",
				     sizes[s], i);
	}
	free(in);
	free(out);
}

Test(trace, members_that_a_kind_does_not_carry_read_as_zero)
{
	struct event in, out;
	struct trace_footer footer = {0};
	struct trace_writer *w;

	memset(&in, 0x11, sizeof(in));
	in.kind = EVENT_CACHE_FAULT;
	cr_assert_eq(trace_writer_create("t", &test_meta, NULL, &w, NULL), 0);
	cr_assert_eq(trace_writer_events(w, &in, 1, NULL), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	cr_assert_eq(collect("t", &out, 1), 1);
	cr_assert(!out.pfn && !out.order && !out.arg && !out.count);
	cr_assert(out.obj == in.obj && out.index == in.index && out.cpu == in.cpu);
}

Test(trace, census_comes_back_in_pieces_that_cover_the_range)
{
	enum { NR = (1 << 20) + 1000 };
	struct census_run *in = malloc(NR * sizeof(*in));
	struct trace_footer footer = {0};
	struct trace_writer *w;
	struct trace_reader *r;
	struct trace_block block;
	uint64_t end, pos = 7;
	size_t nr = 0, blocks = 0;

	random_runs(in, NR, 10, &end, 3);
	cr_assert_eq(trace_writer_create("t", &test_meta, NULL, &w, NULL), 0);
	cr_assert_eq(trace_writer_census(w, 42, 7, end + 5, in, NR, NULL), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	cr_assert_eq(footer.census_runs, NR);
	trace_writer_destroy(w);
	cr_assert_eq(trace_reader_open("t", &r, NULL), 0);
	for (; trace_reader_next(r, &block, NULL) > 0 && block.type == BLOCK_CENSUS; blocks++) {
		cr_assert_eq(block.census.ts_ns, 42);
		cr_assert_eq(block.census.start_pfn, pos);
		pos = block.census.end_pfn;
		for (size_t i = 0; i < block.census.nr; i++) {
			const struct census_run *a = in + nr++, *b = block.census.runs + i;

			cr_assert(a->start_pfn == b->start_pfn && a->count == b->count &&
				  a->mapcount == b->mapcount && a->flags == b->flags &&
				  a->kind == b->kind && a->order == b->order &&
				  a->memcg == b->memcg);
		}
	}
	cr_assert_eq(nr, NR);
	cr_assert_eq(blocks, 2);
	cr_assert_eq(pos, end + 5);
	trace_reader_destroy(r);
	free(in);
}

/* What comes before its bound is whole, what would pass it is not there, and all else is as ever. */
Test(trace, a_census_ends_before_its_bound_and_the_trace_goes_on)
{
	enum { NR = 1000, BOUND = 300000 };
	struct census_run runs[NR];
	struct trace_footer footer = {0};
	struct event e = {.kind = EVENT_TASK};
	struct trace_writer *w;
	unsigned int blocks, parts = 0;
	uint64_t pos = 10, end, before = 0;
	uint8_t *data;
	size_t len;
	int r = 0;

	cr_assert_eq(trace_writer_create("t", &test_meta, NULL, &w, NULL), 0);
	trace_writer_census_end(w, BOUND);
	for (; !r && parts < 1000; parts++) {
		before = trace_writer_size(w);
		random_runs(runs, NR, pos, &end, parts);
		r = trace_writer_census(w, 42, pos, end, runs, NR, NULL);
		pos = end;
	}
	cr_assert_eq(r, 1);
	cr_assert_eq(trace_writer_size(w), before);
	cr_assert_leq(before, BOUND);
	cr_assert_geq(before, BOUND - 2 * before / (parts - 1), "there was room for more");
	/* events are not bound */
	cr_assert_eq(trace_writer_events(w, &e, 1, NULL), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	cr_assert_eq(footer.census_runs, (uint64_t)(parts - 1) * NR);
	cr_assert_eq(footer.events[EVENT_TASK], 1);
	data = slurp("t", &len);
	cr_assert_eq(read_to_end(data, len, &blocks, NULL), 0);
	cr_assert_eq(blocks, parts - 1 + 2);
	free(data);
}

Test(trace, header_stat_and_footer_come_back)
{
	struct trace_reader *r;
	struct trace_block block;
	unsigned int stats = 0;

	write_small_trace("t");
	cr_assert_eq(trace_reader_open("t", &r, NULL), 0);
	cr_assert_eq(memcmp(trace_reader_meta(r), &test_meta, sizeof(test_meta)), 0);
	cr_assert_null(trace_reader_footer(r));
	while (trace_reader_next(r, &block, NULL) > 0) {
		if (block.type != BLOCK_STAT)
			continue;
		stats++;
		cr_assert_eq(*trace_stat_find(block.stat, "nr_free_pages"), 17);
		cr_assert_null(trace_stat_find(block.stat, "nr_free"));
	}
	cr_assert_eq(stats, 1);
	cr_assert_eq(trace_reader_footer(r)->command_status, 7);
	cr_assert_str_eq(trace_reader_footer(r)->stop, "command");
	trace_reader_destroy(r);
}

Test(trace, late_events_are_clamped_and_counted)
{
	struct event in[4] = {{.kind = EVENT_TASK, .ts_ns = 10},
			      {.kind = EVENT_TASK, .ts_ns = 5},
			      {.kind = EVENT_TASK, .ts_ns = 9},
			      {.kind = EVENT_TASK, .ts_ns = 11}};
	struct event out[4];
	struct trace_footer footer = {0};
	struct trace_writer *w;

	cr_assert_eq(trace_writer_create("t", &test_meta, NULL, &w, NULL), 0);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(trace_writer_events(w, in + i, 1, NULL), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	cr_assert_eq(footer.late, 2);
	cr_assert_eq(footer.events[EVENT_TASK], 4);
	cr_assert_eq(collect("t", out, 4), 4);
	cr_assert(out[1].ts_ns == 10 && out[2].ts_ns == 10 && out[3].ts_ns == 11);
}

Test(trace, what_could_not_be_read_back_is_refused)
{
	const struct event bad[] = {{.kind = 0},
				    {.kind = EVENT_KIND_MAX},
				    {.kind = EVENT_PAGE_FREE, .pfn = UINT64_C(1) << 52},
				    {.kind = EVENT_PAGE_FREE, .order = 21},
				    {.kind = EVENT_TASK, .ts_ns = UINT64_MAX}};
	const struct census_run runs[] = {{.start_pfn = 100, .count = 4, .order = 1},
					  {.start_pfn = 107, .count = 1}};
	struct trace_stat stat = {.nr = 1, .counters = {{"big", UINT64_MAX}}};
	struct trace_footer footer = {0};
	struct error err = {0};
	struct trace_writer *w;
	unsigned int blocks;
	uint8_t *data;
	size_t len;

	cr_assert_eq(trace_writer_create("t", &test_meta, NULL, &w, NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(trace_writer_events(w, bad + i, 1, &err), -EINVAL, "%zu", i);
	cr_assert_eq(trace_writer_census(w, 0, 100, 200, runs, 2, &err), -EINVAL);
	cr_assert_str_eq(err.msg,
			 "t.partial: the run at pfn 107 is outside the range or out of order");
	cr_assert_eq(trace_writer_census(w, 0, 101, 200, runs, 1, &err), -EINVAL);
	cr_assert_eq(trace_writer_census(w, 0, 100, 107, runs, 1, &err), -EINVAL);
	cr_assert_eq(trace_writer_census(w, 0, 100, 108, runs, 1, &err), 0);
	cr_assert_eq(trace_writer_stat(w, &stat, &err), -EINVAL);
	/* and nothing of it is in the file */
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	cr_assert_eq(trace_writer_events(w, bad, 1, &err), -EINVAL);
	trace_writer_destroy(w);
	data = slurp("t", &len);
	cr_assert_eq(read_to_end(data, len, &blocks, NULL), 0);
	cr_assert_eq(blocks, 2);
	free(data);
}

Test(trace, a_full_disk_is_named)
{
	struct error err = {0};
	struct trace_writer *w;

	/* even the header does not fit: no writer at all */
	cr_assert_eq(trace_writer_create("/dev/full", &test_meta, NULL, &w, &err), -ENOSPC);
	cr_assert_str_eq(err.msg, "/dev/full: cannot write after 0 bytes: No space left on device");
}

Test(trace, a_write_that_failed_fails_ever_after)
{
	struct trace_footer footer = {0};
	struct event e = {.kind = EVENT_TASK};
	struct error err = {0};
	struct trace_writer *w;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	char path[40];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(trace_writer_create(path, &test_meta, NULL, &w, &err), 0, "%s", err.msg);
	close(ends[0]);
	cr_assert_eq(trace_writer_events(w, &e, 1, NULL), 0);
	cr_assert_eq(trace_writer_flush(w, &err), -EPIPE);
	cr_assert_eq(trace_writer_events(w, &e, 1, NULL), -EPIPE);
	cr_assert_eq(trace_writer_finish(w, &footer, &err), -EPIPE);
	cr_assert_not_null(strstr(err.msg, "Broken pipe"));
	trace_writer_destroy(w);
	close(ends[1]);
}

Test(trace, a_killed_writer_leaves_whole_blocks)
{
	const struct trace_writer_opts opts = {.block_events = 10};
	struct event events[25];
	struct trace_writer *w;
	struct error err = {0};
	unsigned int blocks;
	uint8_t *data;
	size_t len;

	random_events(events, 25, 4);
	cr_assert_eq(trace_writer_create("t", &test_meta, &opts, &w, NULL), 0);
	cr_assert_eq(trace_writer_events(w, events, 25, NULL), 0);
	trace_writer_destroy(w);
	cr_assert_neq(access("t", F_OK), 0);
	data = slurp("t.partial", &len);
	cr_assert_eq(read_to_end(data, len, &blocks, &err), -EBADMSG);
	cr_assert_eq(blocks, 2);
	char want[120];
	snprintf(want, sizeof(want),
		 "mem: cut off at byte %zu: no footer (use --partial to use what is there)", len);
	cr_assert_str_eq(err.msg, want);
	free(data);
}

Test(trace, a_pipe_is_read_like_a_file)
{
	struct trace_reader *r;
	struct trace_block block;
	size_t len;
	uint8_t *data;
	int ends[2], res;
	char path[40];

	write_small_trace("t");
	data = slurp("t", &len);
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], data, len), (ssize_t)len);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	cr_assert_eq(trace_reader_open(path, &r, NULL), 0);
	while ((res = trace_reader_next(r, &block, NULL)) > 0)
		;
	cr_assert_eq(res, 0);
	trace_reader_destroy(r);
	free(data);
}

Test(trace, what_cannot_be_opened_is_named)
{
	struct trace_reader *r;
	struct error err = {0};

	cr_assert_eq(trace_reader_open("none", &r, &err), -ENOENT);
	cr_assert_str_eq(err.msg, "none: cannot open: No such file or directory");
	cr_assert_eq(mkdir("d", 0700), 0);
	cr_assert_eq(trace_reader_open("d", &r, &err), -EISDIR);
	cr_assert_eq(trace_reader_open("/dev/null", &r, &err), -EBADMSG);
	cr_assert_str_eq(err.msg, "/dev/null: the file is empty");
}

Test(trace, the_file_is_private_to_its_owner)
{
	struct stat st;

	umask(0);
	write_small_trace("t");
	cr_assert_eq(stat("t", &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
}
