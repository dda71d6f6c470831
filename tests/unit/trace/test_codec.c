// SPDX-License-Identifier: GPL-2.0-only
/* The payload decoders, on bytes that no writer makes. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "trace/codec/codec.h"
#include "trace_helpers.h"

struct cleaner {
	struct codec codec;
	struct buf raw;
};

static void finish(struct cleaner *c)
{
	codec_fini(&c->codec);
	buf_fini(&c->raw);
}

/* In parts of three sizes; what comes of it must not depend on that. */
static int decode_events(struct codec *codec, const void *data, size_t len, size_t nr,
			 struct event *out, struct error *err)
{
	static unsigned int turn;
	const size_t part = (size_t[]){1, 7, 1000}[turn++ % 3];
	int r = codec_events_begin(codec, data, len, nr, 0, err);
	struct codec_part got;

	for (size_t at = 0; !r && at < nr; at += got.kept)
		r = codec_events_next(codec, out + at, part, &got, err);
	return r;
}

/* Built by hand from memsim-trace(5), not by the encoder. */
static const uint8_t by_hand[] = {
	100,		     /* time of the first event */
	5,		     /* columns: */
	1,   16, 6,	     /* table, rows, 6 bytes */
	2,   1,	 3,	     /* code, one plane, 3 bytes */
	3,   0,	 1,	     /* cpu, constant, 1 byte */
	4,   2,	 6,	     /* time, two planes, 6 bytes */
	5,   1,	 3,	     /* pfn, one plane */
	2,   0,	 1,	     /* row 0: page_free, order 0, arg 1 */
	1,   3,	 0,	     /* row 1: page_alloc, order 3 */
	0,   1,	 0,	     /* codes */
	7,		     /* cpu */
	0,   1,	 2, 0, 1, 0, /* times 0, 257, 2 */
	20,  32, 1, /* pfns: 0 + 10 of page_free; 0 + 16 of page_alloc; 10 - 1 of page_free */
};

Test(codec, bytes_made_by_hand_mean_what_the_format_says)
{
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	struct event e[3];
	struct error err = {0};

	cr_assert_eq(decode_events(&c.codec, by_hand, sizeof(by_hand), 3, e, &err), 0, "%s",
		     err.msg);
	cr_assert(e[0].ts_ns == 100 && e[1].ts_ns == 357 && e[2].ts_ns == 359);
	cr_assert(e[0].pfn == 10 && e[1].pfn == 16 && e[2].pfn == 9);
	cr_assert(e[0].kind == EVENT_PAGE_FREE && e[1].kind == EVENT_PAGE_ALLOC);
	cr_assert(e[0].arg == 1 && e[1].arg == 0 && e[1].order == 3 && e[2].cpu == 7);
}

/* The same by rows of one CPU and one time, and one event more. */
static const uint8_t rows_by_hand[] = {
	100,	       /* time of the first event */
	6,	       /* columns: */
	1,   16, 6,    /* table */
	2,   1,	 4,    /* code, one plane, 4 bytes */
	11,  1,	 2,    /* row, one plane, 2 bytes */
	3,   1,	 2,    /* cpu, for each row */
	4,   1,	 2,    /* time, for each row */
	5,   1,	 4,    /* pfn, one plane */
	2,   0,	 1,    /* row 0 of the table: page_free, order 0, arg 1 */
	1,   3,	 0,    /* row 1: page_alloc, order 3 */
	0,   1,	 0, 0, /* codes */
	2,   0,	 /* two more events after the first of the first row, none after the second's */
	7,   3,	 /* cpus */
	0,   50, /* times */
	20,  32, 1, 40, /* pfns: the last is the first one of page_free on CPU 3 */
};

Test(codec, rows_made_by_hand_mean_what_the_format_says)
{
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	uint8_t bytes[sizeof(rows_by_hand)];
	const size_t row = sizeof(bytes) - 10; /* where the lengths of the rows are */
	struct event e[5];
	struct error err = {0};

	for (int turn = 0; turn < 3; turn++) {
		cr_assert_eq(decode_events(&c.codec, rows_by_hand, sizeof(bytes), 4, e, &err), 0,
			     "%s", err.msg);
		cr_assert(e[0].ts_ns == 100 && e[2].ts_ns == 100 && e[3].ts_ns == 150);
		cr_assert(e[0].cpu == 7 && e[2].cpu == 7 && e[3].cpu == 3);
		cr_assert(e[0].pfn == 10 && e[1].pfn == 16 && e[2].pfn == 9 && e[3].pfn == 20);
	}
	/* rows of more, and of fewer events than the block has */
	for (uint8_t more = 0; more < 6; more++) {
		memcpy(bytes, rows_by_hand, sizeof(bytes));
		bytes[row] = more;
		cr_assert_eq(decode_events(&c.codec, bytes, sizeof(bytes), 4, e, &err),
			     more == 2 ? 0 : -EBADMSG);
	}
	cr_assert_str_eq(err.msg, "the rows do not hold the 4 events that there are");
	bytes[8] = 2; /* columns of as many bytes, but for fewer rows */
	cr_assert_eq(decode_events(&c.codec, bytes, sizeof(bytes), 4, e, &err), -EBADMSG);
}

/* Value i of the column, as memsim-trace(5) has it. */
static uint64_t value_by_hand(const struct column *col, size_t i, bool is_signed)
{
	uint64_t v = col->encoding == CODEC_CONST ? col->value : 0;

	for (unsigned int plane = 0; i < col->values && plane < col->encoding; plane++)
		v += (uint64_t)col->data[plane * col->values + i] * (1ULL << 8 * plane);
	return is_signed ? (v & 1 ? ~(v / 2) : v / 2) : v;
}

Test(codec, planes_mean_the_same_with_and_without_wide_instructions)
{
	enum { VALUES = 600, WANTED = 523, SIGNED = 1, PLAIN = 2 };
	uint8_t bytes[8 * VALUES];
	uint64_t seed = 5, out[WANTED + 1], v;
	uint32_t out32[WANTED + 1];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(test_random(&seed) >> 20);
	for (unsigned int turn = 0; turn < 9 * 4 * 40; turn++) {
		unsigned int width = turn % 9, how = turn / 9 % 4;
		const struct column col = {
			.data = bytes,
			.value = 0x8123456789abcdefULL,
			.values = width ? VALUES - turn % 7 : 0,
			.encoding = (uint8_t)width,
			.present = true,
		};
		/* up to, and past the end of the column */
		size_t first = test_random(&seed) % VALUES, nr = test_random(&seed) % WANTED;

		out[nr] = out32[nr] = 77;
		(how & PLAIN ? codec_unplane_plain : codec_unplane)(&col, first, nr, how & SIGNED,
								    out);
		if (width <= 4)
			(how & PLAIN ? codec_unplane32_plain : codec_unplane32)(&col, first, nr,
										out32);
		for (size_t i = 0; i < nr; i++) {
			v = value_by_hand(&col, first + i, how & SIGNED);
			cr_assert_eq(out[i], v, "%u planes, value %zu", width, first + i);
			v = value_by_hand(&col, first + i, false);
			cr_assert(width > 4 || out32[i] == (uint32_t)v);
		}
		cr_assert(out[nr] == 77 && out32[nr] == 77);
	}
}

Test(codec, every_row_of_one_length_is_one_number)
{
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	struct event events[90], e[90];

	for (unsigned int per_row = 1; per_row <= 90; per_row++) {
		for (unsigned int i = 0; i < 90; i++)
			events[i] = (struct event){.ts_ns = 5 + i / per_row * 9,
						   .cpu = (uint16_t)(i / per_row),
						   .kind = EVENT_PAGE_ALLOC,
						   .pfn = i * i};
		c.raw.len = 0;
		cr_assert_eq(codec_encode_events(&c.codec, events, 90, &c.raw, NULL), 0);
		cr_assert_eq(decode_events(&c.codec, c.raw.data, c.raw.len, 90, e, NULL), 0);
		cr_assert_arr_eq(e, events, sizeof(e));
		/* a plane of CPUs for each event would not go unnoticed */
		cr_assert(per_row < 10 || c.raw.len < 90 * 4);
	}
}

/* Of more shapes than the table has room for at first. */
static void many_shapes(struct event *events, size_t nr)
{
	random_events(events, nr, 7);
	for (size_t i = 0; i < nr; i += 2)
		events[i] = (struct event){.ts_ns = events[i].ts_ns,
					   .kind = EVENT_PAGE_ALLOC,
					   .pfn = i,
					   .arg = (uint32_t)(i % 3000) * 0x10001};
}

Test(codec, a_block_encoded_in_pieces_is_the_block_encoded_at_once)
{
	enum { NR = 8000 };
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	struct cleaner pieces __attribute__((cleanup(finish))) = {0};
	struct event *events = malloc(2 * NR * sizeof(*events)), *e = events + NR;
	struct codec_time time = {0};
	uint64_t seed = 3;

	many_shapes(events, NR);
	cr_assert_eq(codec_encode_events(&c.codec, events, NR, &c.raw, NULL), 0);
	cr_assert_eq(codec_events_start(&pieces.codec, NR + 9, NULL), 0);
	for (size_t at = 0, n; at < NR; at += n) {
		n = 1 + test_random(&seed) % 50;
		n = n < NR - at ? n : NR - at;
		cr_assert_eq(codec_events_add(&pieces.codec, events + at, n, &time), n);
	}
	cr_assert_eq(codec_events_end(&pieces.codec, &pieces.raw, NULL), 0);
	cr_assert_gt(c.codec.nr_shapes, 1024);
	for (size_t i = 1; i < c.codec.nr_shapes; i++)
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(memcmp(c.codec.shapes + i, c.codec.shapes + j,
					     sizeof(struct shape)),
				      0, "rows %zu and %zu are one", i, j);
	cr_assert_eq(pieces.raw.len, c.raw.len);
	cr_assert_arr_eq(pieces.raw.data, c.raw.data, c.raw.len);
	cr_assert_eq(decode_events(&c.codec, c.raw.data, c.raw.len, NR, e, NULL), 0);
	cr_assert_arr_eq(e, events, NR * sizeof(*e));
	free(events);
}

Test(codec, what_cannot_be_stored_ends_what_is_added)
{
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	struct event e[4] = {{.ts_ns = 9, .kind = EVENT_PAGE_FREE, .pfn = 1},
			     {.ts_ns = 5, .kind = EVENT_PAGE_FREE, .pfn = 2},
			     {.ts_ns = 9, .kind = EVENT_PAGE_FREE, .pfn = 1ULL << 60},
			     {.ts_ns = 9, .kind = EVENT_PAGE_FREE, .pfn = 3}};
	struct codec_time time = {.last_ns = 7};
	struct event out[3];

	cr_assert_eq(codec_events_start(&c.codec, 4, NULL), 0);
	cr_assert_eq(codec_events_add(&c.codec, e, 4, &time), 2);
	cr_assert_eq(codec_events_add(&c.codec, e + 3, 1, &time), 1);
	cr_assert_eq(codec_events_end(&c.codec, &c.raw, NULL), 0);
	cr_assert_eq(time.late, 1);
	cr_assert_eq(time.last_ns, 9);
	cr_assert_eq(decode_events(&c.codec, c.raw.data, c.raw.len, 3, out, NULL), 0);
	cr_assert_eq(out[1].pfn, 2);
	cr_assert_eq(out[1].ts_ns, 9);
	cr_assert_eq(out[2].pfn, 3);
}

Test(codec, every_byte_out_of_place_is_refused_or_decodes_in_bounds)
{
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	struct event e[3];
	uint8_t bytes[sizeof(by_hand)];

	for (size_t at = 0; at < sizeof(bytes); at++) {
		for (unsigned int value = 0; value < 256; value++) {
			memcpy(bytes, by_hand, sizeof(bytes));
			bytes[at] = (uint8_t)value;
			int r = decode_events(&c.codec, bytes, sizeof(bytes), 3, e, NULL);

			cr_assert(r == 0 || r == -EBADMSG);
			for (int i = 0; !r && i < 3; i++)
				cr_assert(event_info(e[i].kind) && e[i].order <= 20 &&
					  (!i || e[i].ts_ns >= e[i - 1].ts_ns));
		}
	}
	for (size_t len = 0; len < sizeof(bytes); len++)
		cr_assert_eq(decode_events(&c.codec, by_hand, len, 3, e, NULL), -EBADMSG);
	cr_assert_eq(decode_events(&c.codec, by_hand, sizeof(bytes), 2, e, NULL), -EBADMSG);
}

Test(codec, unknown_columns_are_skipped_only_if_optional)
{
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	uint8_t bytes[sizeof(by_hand) + 5];
	struct event e[3];
	struct error err = {0};

	/* a sixth entry in the directory, and its two bytes at the end */
	memcpy(bytes, by_hand, 17);
	bytes[1] = 6;
	memcpy(bytes + 17, "\x85\x63\x02", 3);
	memcpy(bytes + 20, by_hand + 17, sizeof(by_hand) - 17);
	memcpy(bytes + sizeof(bytes) - 2, "xx", 2);
	cr_assert_eq(decode_events(&c.codec, bytes, sizeof(bytes), 3, e, &err), 0, "%s", err.msg);
	bytes[17] = 0x55;
	cr_assert_eq(decode_events(&c.codec, bytes, sizeof(bytes), 3, e, &err), -EBADMSG);
	cr_assert_str_eq(err.msg, "column 85 is not known to this version");
	bytes[17] = 5;
	cr_assert_eq(decode_events(&c.codec, bytes, sizeof(bytes), 3, e, &err), -EBADMSG);
	cr_assert_str_eq(err.msg, "column 5 is there twice");
}

Test(codec, a_column_that_is_needed_must_be_there)
{
	/* one page_free at pfn 0 + nothing */
	static const uint8_t bytes[] = {0, 4, 1, 16, 3, 2, 0, 1, 3, 0,
					1, 4, 0, 1,  2, 0, 1, 0, 7, 0};
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	struct error err = {0};
	struct event e;

	cr_assert_eq(decode_events(&c.codec, bytes, sizeof(bytes), 1, &e, &err), -EBADMSG);
	cr_assert_str_eq(err.msg, "a column holds more or fewer numbers than events use");
}

Test(codec, pfns_and_times_beyond_their_limits_are_refused)
{
	/* two page_free; time 1 and then a difference of 2^64 - 1; pfns 2^50 and 2^51 */
	static const uint8_t bytes[] = {1,    5,    1,	  16,	3,    2,    0,	  1,	3,    0,
					1,    4,    0,	  10,	5,    0,    8,	  2,	0,    1,
					0,    7,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					0xff, 0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x04};
	/* one at pfn 2^50, the same but for its last byte */
	static const uint8_t good[] = {1, 5,	1,    16,   3,	  2,	0,    1,    3,	 0, 1,
				       4, 0,	1,    5,    0,	  8,	2,    0,    1,	 0, 7,
				       9, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x04};
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	struct error err = {0};
	uint8_t copy[sizeof(good)], wraps[sizeof(bytes)];
	struct codec_part part;
	struct event e[2];

	cr_assert_eq(decode_events(&c.codec, good, sizeof(good), 1, e, &err), 0, "%s", err.msg);
	cr_assert_eq(e[0].pfn, UINT64_C(1) << 50);
	memcpy(copy, good, sizeof(good));
	copy[sizeof(copy) - 1] = 0x10; /* 2^52 */
	cr_assert_eq(decode_events(&c.codec, copy, sizeof(copy), 1, e, &err), -EBADMSG);
	cr_assert_str_eq(err.msg, "a pfn or a time is out of range");
	cr_assert_eq(decode_events(&c.codec, bytes, sizeof(bytes), 2, e, &err), -EBADMSG);
	cr_assert_str_eq(err.msg, "a pfn or a time is out of range");
	/* twice 2^63, at once: the last time is the first one again, and looks as good */
	memcpy(wraps, bytes, sizeof(bytes));
	memset(wraps + 22, 0x80, 9);
	cr_assert_eq(codec_events_begin(&c.codec, wraps, sizeof(wraps), 2, 0, &err), 0);
	cr_assert_eq(codec_events_next(&c.codec, e, 2, &part, &err), -EBADMSG);
	cr_assert_str_eq(err.msg, "a pfn or a time is out of range");
}

Test(codec, random_bytes_never_crash_the_decoders)
{
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	struct event *events = malloc(600 * sizeof(*events));
	struct census_run *runs = malloc(600 * sizeof(*runs));
	uint64_t seed = 9, end;
	struct census_span span = {.start_pfn = 50};

	random_events(events, 600, 5);
	random_runs(runs, 600, 60, &end, 6);
	span.end_pfn = end;
	for (int round = 0; round < 4000; round++) {
		bool census = round & 1;

		c.raw.len = 0;
		cr_assert_eq(census ? codec_encode_census(&c.codec, &span, runs, 600, &c.raw, NULL)
				    : codec_encode_events(&c.codec, events, 600, &c.raw, NULL),
			     0);
		for (uint64_t hits = 1 + test_random(&seed) % 4; hits; hits--) {
			size_t where = test_random(&seed) % 3 ? 60 : c.raw.len;

			c.raw.data[test_random(&seed) % where] = (uint8_t)test_random(&seed);
		}
		/* exactly as long as it says, for the sanitizer */
		uint8_t *copy = malloc(c.raw.len);
		struct event *e = malloc(600 * sizeof(*e));
		struct census_run *run = malloc(600 * sizeof(*run));

		memcpy(copy, c.raw.data, c.raw.len);
		int r = census ? codec_decode_census(&c.codec, copy, c.raw.len, 600, &span, run,
						     NULL)
			       : decode_events(&c.codec, copy, c.raw.len, 600, e, NULL);

		cr_assert(r == 0 || r == -EBADMSG);
		span = (struct census_span){.start_pfn = 50, .end_pfn = end};
		free(run);
		free(e);
		free(copy);
	}
	free(runs);
	free(events);
}

Test(codec, a_census_of_nothing_is_fine)
{
	struct cleaner c __attribute__((cleanup(finish))) = {0};
	const struct census_span span = {.ts_ns = 1, .start_pfn = 2, .end_pfn = 3};
	struct census_span got;

	cr_assert_eq(codec_encode_census(&c.codec, &span, NULL, 0, &c.raw, NULL), 0);
	cr_assert_eq(codec_decode_census(&c.codec, c.raw.data, c.raw.len, 0, &got, NULL, NULL), 0);
	cr_assert(got.ts_ns == 1 && got.start_pfn == 2 && got.end_pfn == 3);
}
