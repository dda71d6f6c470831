// SPDX-License-Identifier: GPL-2.0-only
/* The loops that make events of columns: each of their forms, on this CPU and as on any. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "trace/codec/codec_decoder.h"
#include "trace_helpers.h"

enum {
	NR = 3000,
	ROWS = 1,
	PAGES = 2,
	PLAIN = 4,
	LONG = 8, /* one kind, and rows that are longer than what is decoded at once */
	WAYS = 16,
};

static void make(struct event *events, unsigned int way, uint64_t seed)
{
	uint64_t ts = 9;

	random_events(events, NR, seed);
	for (size_t i = 0; i < NR; i++) {
		struct event *e = &events[i];

		if (way & PAGES)
			*e = (struct event){.kind = way & LONG || i % 7 ? EVENT_PAGE_ALLOC
									: EVENT_DIRTY,
					    .pfn = e->pfn % (1 << 30),
					    .order = e->order % 4};
		ts += way & ROWS && test_random(&seed) % (way & LONG ? 700 : 11) ? 0 : 1 + i % 5;
		e->ts_ns = ts;
		e->cpu = (uint16_t)(ts % 100);
	}
}

/* The block, in parts of some size; how many events came out. */
static size_t decode(struct codec *codec, const struct buf *raw, bool plain, uint64_t skipped,
		     struct event *out)
{
	struct codec_part part = {0};
	size_t nr = 0, done = 0;

	cr_assert_eq(codec_events_begin(codec, raw->data, raw->len, NR, skipped, NULL), 0);
	if (plain)
		codec->decoder->chunk = codec_chunk_plain;
	for (; done < NR; done += part.nr, nr += part.kept)
		cr_assert_eq(codec_events_next(codec, out + nr, 256, &part, NULL), 0);
	return nr;
}

static void expect_counts(const struct codec *codec, const struct event *events, unsigned int turn)
{
	uint64_t told[EVENT_KIND_MAX] = {0}, counted[EVENT_KIND_MAX] = {0};

	codec_events_count(codec, told);
	for (size_t i = 0; i < NR; i++)
		counted[events[i].kind]++;
	cr_assert_arr_eq(told, counted, sizeof(told), "turn %u", turn);
}

Test(chunk, every_way_of_decoding_gives_back_what_was_encoded)
{
	struct event *in = malloc(NR * sizeof(*in)), *out = malloc(NR * sizeof(*out));
	struct codec codec = {0};
	struct buf raw = {0};
	unsigned int seen = 0;
	uint64_t seed = 8;

	for (unsigned int turn = 0; turn < 20 * WAYS; turn++) {
		uint64_t skipped = turn % 3 ? 0 : test_random(&seed);
		size_t nr, at = 0;

		make(in, turn % WAYS, turn / WAYS);
		raw.len = 0;
		cr_assert_eq(codec_encode_events(&codec, in, NR, &raw, NULL), 0);
		nr = decode(&codec, &raw, turn & PLAIN, skipped, out);
		expect_counts(&codec, in, turn);
		cr_assert_eq(codec.decoder->has_rows, !!(turn & ROWS));
		seen |= 1U << (turn & ROWS) << (turn & PLAIN) / 2 << 4 * codec.decoder->mix;
		for (size_t i = 0; i < NR; i++)
			if (!(skipped >> in[i].kind & 1))
				cr_assert(at < nr && !memcmp(&in[i], &out[at++], sizeof(*in)),
					  "turn %u, event %zu", turn, i);
		cr_assert_eq(at, nr);
	}
	cr_assert_eq(seen, 0xfff, "not all mixes of events, with and without rows: %#x", seen);
	codec_fini(&codec);
	buf_fini(&raw);
	free(in);
	free(out);
}
