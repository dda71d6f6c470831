// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/codec/codec.h"
#include "trace_helpers.h"

TestSuite(counts, .init = enter_scratch, .fini = leave_scratch);

_Static_assert((int)BLOCK_COUNTS >= (int)FORMAT_OPTIONAL_BLOCK, "readers of 1.3 leave it out");

enum { NR = FORMAT_MAX_COUNTS + 5000, EVENTS = 1000 };

static void random_counts(struct trace_count *counts, size_t nr)
{
	uint64_t state = 7, ts = 1000;

	memset(counts, 0, nr * sizeof(*counts));
	for (size_t i = 0; i < nr; i++) {
		ts += test_random(&state) % 3 * 1000;
		counts[i].ts_ns = ts;
		counts[i].span_ns = test_random(&state) % 100000000;
		counts[i].value = test_random(&state) >> test_random(&state) % 63 >> 1;
		counts[i].cpu = (uint16_t)(test_random(&state) % 70);
		counts[i].counter = (uint8_t)(1 + test_random(&state) % (COUNTER_MAX - 1));
		counts[i].scaled = test_random(&state) & 1;
	}
}

/* Some counts before, some after the events. */
static void write_counts(const struct trace_count *counts)
{
	static struct event events[EVENTS];
	struct trace_footer footer = {0};
	struct trace_meta *meta = malloc(sizeof(*meta));
	struct trace_writer *w;

	*meta = test_meta;
	memcpy(meta->pmu, "hardware", sizeof("hardware"));
	meta->nr_counted = 1;
	meta->counted[0] = (struct trace_counted){"cycles", "PERF_COUNT_HW_CPU_CYCLES"};
	random_events(events, EVENTS, 5);
	cr_assert_eq(trace_writer_create("t", meta, NULL, &w, NULL), 0);
	cr_assert_eq(trace_writer_counts(w, counts, 10, NULL), 0);
	cr_assert_eq(trace_writer_events(w, events, EVENTS, NULL), 0);
	cr_assert_eq(trace_writer_counts(w, counts + 10, NR - 10, NULL), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	free(meta);
}

static void expect_equal(const struct trace_count *a, const struct trace_count *b, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		cr_assert(a[i].ts_ns == b[i].ts_ns && a[i].span_ns == b[i].span_ns &&
				  a[i].value == b[i].value && a[i].cpu == b[i].cpu &&
				  a[i].counter == b[i].counter && a[i].scaled == b[i].scaled,
			  "count %zu", i);
}

struct collected {
	struct trace_count *counts;
	size_t nr;
	int end;
};

static int collect(void *arg, const struct trace_count *counts, size_t nr, struct error *err)
{
	struct collected *c = arg;

	(void)err;
	memcpy(c->counts + c->nr, counts, nr * sizeof(*counts));
	c->nr += nr;
	return c->end;
}

Test(counts, come_back_beside_the_events_and_ahead_of_them)
{
	struct trace_count *in = calloc(NR, sizeof(*in)), *out = calloc(NR, sizeof(*out));
	struct collected ahead = {.counts = calloc(NR, sizeof(*in))};
	struct trace_reader *r;
	struct trace_block block;
	struct error err = {0};
	size_t nr = 0, events = 0;
	int res;

	random_counts(in, NR);
	write_counts(in);
	cr_assert_eq(trace_reader_open("t", &r, &err), 0, "%s", err.msg);
	cr_expect_str_eq(trace_reader_meta(r)->pmu, "hardware");
	cr_expect_eq(trace_reader_meta(r)->nr_counted, 1);
	cr_expect_str_eq(trace_reader_meta(r)->counted[0].event, "PERF_COUNT_HW_CPU_CYCLES");
	cr_assert_eq(trace_reader_counts(r, collect, &ahead, &err), 0);
	cr_assert_eq(ahead.nr, NR);
	expect_equal(in, ahead.counts, NR);
	while ((res = trace_reader_next(r, &block, &err)) > 0) {
		events += block.type == BLOCK_EVENTS ? block.events.nr : 0;
		if (block.type != BLOCK_COUNTS)
			continue;
		memcpy(out + nr, block.counts.counts, block.counts.nr * sizeof(*out));
		nr += block.counts.nr;
	}
	cr_assert_eq(res, 0, "%s", err.msg);
	cr_assert_eq(nr, NR);
	cr_assert_eq(events, EVENTS);
	expect_equal(in, out, NR);
	trace_reader_destroy(r);
	free(ahead.counts);
	free(in);
	free(out);
}

/* Who looks ahead may have seen enough; what is damaged is left to trace_reader_next(). */
Test(counts, looking_ahead_ends_where_it_is_told_to_and_before_damage)
{
	struct trace_count *in = calloc(NR, sizeof(*in));
	struct collected ahead = {.counts = calloc(NR, sizeof(*in)), .end = -ENOSPC};
	struct trace_reader *r;
	uint8_t *bytes;
	size_t len;

	random_counts(in, NR);
	write_counts(in);
	bytes = slurp("t", &len);
	cr_assert_eq(trace_reader_open_mem("t", bytes, len, &r, NULL), 0);
	cr_expect_eq(trace_reader_counts(r, collect, &ahead, NULL), -ENOSPC);
	cr_expect_eq(ahead.nr, 10);
	trace_reader_destroy(r);
	ahead = (struct collected){.counts = ahead.counts};
	bytes[len / 2] ^= 1;
	cr_assert_eq(trace_reader_open_mem("t", bytes, len, &r, NULL), 0);
	cr_expect_eq(trace_reader_counts(r, collect, &ahead, NULL), 0);
	cr_expect_lt(ahead.nr, NR);
	trace_reader_destroy(r);
	free(bytes);
	free(ahead.counts);
	free(in);
}

Test(counts, that_cannot_be_are_refused_by_the_writer)
{
	const struct trace_count bad[][2] = {
		{{.ts_ns = 5, .counter = COUNTER_CYCLES}, {.ts_ns = 4, .counter = COUNTER_CYCLES}},
		{{.ts_ns = 5, .counter = COUNTER_MAX}, {.ts_ns = 6, .counter = COUNTER_CYCLES}},
		{{.ts_ns = 5, .counter = 0}, {.ts_ns = 6, .counter = COUNTER_CYCLES}},
		{{.ts_ns = 5, .counter = COUNTER_CYCLES, .value = UINT64_MAX},
		 {.ts_ns = 6, .counter = COUNTER_CYCLES}},
		{{.ts_ns = 5, .counter = COUNTER_CYCLES, .span_ns = UINT64_MAX},
		 {.ts_ns = 6, .counter = COUNTER_CYCLES}},
	};
	struct trace_writer *w;
	struct error err;

	cr_assert_eq(trace_writer_create("t", &test_meta, NULL, &w, NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(trace_writer_counts(w, bad[i], 2, &err), -EINVAL, "%zu", i);
	trace_writer_destroy(w);
}

/* One count in a block of its own: its counter stands where the table begins, behind the heads of six columns. */
Test(counts, of_a_counter_that_a_later_version_added_are_left_out)
{
	enum { TABLE = 1 + 1 + 6 * 3 };
	const struct trace_count in = {.counter = COUNTER_CYCLES, .value = 42, .span_ns = 7};
	struct buf buf __attribute__((cleanup(buf_fini))) = {0};
	struct trace_count out;
	struct codec codec = {0};
	struct error err = {0};

	cr_assert_eq(codec_encode_counts(&codec, &in, 1, &buf, NULL), 0);
	cr_assert_eq(buf.data[TABLE], COUNTER_CYCLES);
	cr_assert_eq(codec_decode_counts(&codec, buf.data, buf.len, 1, &out, NULL), 1);
	cr_expect_eq(out.value, 42);
	cr_expect_eq(out.span_ns, 7);
	buf.data[TABLE] = 200;
	cr_expect_eq(codec_decode_counts(&codec, buf.data, buf.len, 1, &out, &err), 0, "%s",
		     err.msg);
	cr_expect_eq(codec_decode_counts(&codec, buf.data, buf.len - 1, 1, &out, NULL), -EBADMSG);
	cr_expect_eq(codec_decode_counts(&codec, buf.data, buf.len, 2, &out, NULL), 0,
		     "equal numbers are stored once");
	codec_fini(&codec);
}
