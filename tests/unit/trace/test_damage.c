// SPDX-License-Identifier: GPL-2.0-only
/* No damage goes unnoticed. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "trace/codec/frames.h"
#include "trace_helpers.h"

TestSuite(damage, .init = enter_scratch, .fini = leave_scratch);

static uint8_t *small_trace(size_t *ret_len)
{
	write_small_trace("t");
	return slurp("t", ret_len);
}

Test(damage, the_whole_file_is_accepted)
{
	unsigned int blocks;
	size_t len;
	uint8_t *data = small_trace(&len);

	cr_assert_eq(read_to_end(data, len, &blocks, NULL), 0);
	cr_assert_eq(blocks, 5); /* census, stat, 8 events, 4 events, footer */
	free(data);
}

Test(damage, a_cut_at_any_byte_is_noticed)
{
	unsigned int blocks;
	size_t len;
	uint8_t *data = small_trace(&len);

	for (size_t cut = 0; cut < len; cut++) {
		/* a copy of exactly that size, so that a sanitizer sees every byte read too far */
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, data, cut);
		cr_assert_eq(read_to_end(copy, cut, &blocks, NULL), -EBADMSG, "cut at %zu", cut);
		free(copy);
	}
	free(data);
}

Test(damage, a_change_of_any_byte_is_noticed)
{
	static const uint8_t masks[] = {0x01, 0x02, 0x10, 0x80, 0xff};
	unsigned int blocks;
	size_t len;
	uint8_t *data = small_trace(&len);

	for (size_t at = 0; at < len; at++) {
		for (size_t m = 0; m < sizeof(masks); m++) {
			data[at] ^= masks[m];
			cr_assert_eq(read_to_end(data, len, &blocks, NULL), -EBADMSG,
				     "byte %zu ^ %#x", at, masks[m]);
			data[at] ^= masks[m];
		}
	}
	free(data);
}

Test(damage, bytes_added_or_repeated_are_noticed)
{
	struct error err = {0};
	unsigned int blocks;
	size_t len;
	uint8_t *data = small_trace(&len), *more = calloc(2, len + 1);

	memcpy(more, data, len);
	for (size_t extra = 1; extra < 100; extra += 9)
		cr_assert_eq(read_to_end(more, len + extra, &blocks, &err), -EBADMSG);
	cr_assert_not_null(strstr(err.msg, "91 bytes follow the end mark"), "%s", err.msg);
	memcpy(more + len, data, len);
	cr_assert_eq(read_to_end(more, 2 * len, &blocks, NULL), -EBADMSG);
	free(more);
	free(data);
}

/* Start and size of block n. */
static size_t find_block(const uint8_t *data, unsigned int n, size_t *ret_size)
{
	size_t at = FRAME_FILE_SIZE;

	for (;; n--) {
		struct frame_block frame;

		cr_assert_eq(frame_get_block(data + at, &frame, NULL), 0);
		*ret_size = FRAME_BLOCK_SIZE + frame.compressed;
		if (!n)
			return at;
		at += *ret_size;
	}
}

Test(damage, a_block_missing_twice_or_moved_is_noticed)
{
	struct error err = {0};
	unsigned int blocks;
	size_t len, size;
	uint8_t *data = small_trace(&len), *copy = malloc(2 * len);

	for (unsigned int n = 0; n < 6; n++) {
		size_t at = find_block(data, n, &size);

		memcpy(copy, data, at);
		memcpy(copy + at, data + at + size, len - at - size);
		cr_assert_eq(read_to_end(copy, len - size, &blocks, &err), -EBADMSG, "%u", n);
		cr_assert_leq(blocks, n);
		memcpy(copy, data, at + size);
		memcpy(copy + at + size, data + at, len - at);
		cr_assert_eq(read_to_end(copy, len + size, &blocks, &err), -EBADMSG, "%u", n);
	}
	free(copy);
	free(data);
}

/* Recomputes the checksum of block n's header and the trailer, as a forger would. */
static void reseal(uint8_t *data, size_t len, unsigned int n,
		   void (*change)(struct frame_block *frame))
{
	struct frame_trailer trailer;
	struct frame_block frame;
	size_t size, at[6];
	uint64_t chain = 0;

	for (unsigned int i = 0; i < 6; i++)
		at[i] = find_block(data, i, &size);
	cr_assert_eq(frame_get_block(data + at[n], &frame, NULL), 0);
	change(&frame);
	frame_put_block(&frame, data + at[n]);
	for (unsigned int i = 0; i < 6; i++) {
		struct cursor c = cursor_init(data + at[i] + FRAME_BLOCK_SIZE - 8, 8);

		chain = frame_chain(chain, cursor_u64(&c));
	}
	cr_assert_eq(frame_get_trailer(data + len - FRAME_TRAILER_SIZE, &trailer, NULL), 0);
	trailer.chain = chain;
	frame_put_trailer(&trailer, data + len - FRAME_TRAILER_SIZE);
}

static void make_unused_bits(struct frame_block *frame)
{
	frame->optional = 0xffff;
}

static void make_reserved_bits(struct frame_block *frame)
{
	frame->required = 1;
}

static void make_unknown(struct frame_block *frame)
{
	frame->type = 99;
}

static void make_optional(struct frame_block *frame)
{
	frame->type = 200;
}

static void make_huge(struct frame_block *frame)
{
	frame->raw = UINT32_MAX;
}

static void make_many(struct frame_block *frame)
{
	frame->count = UINT64_MAX;
}

Test(damage, unused_bits_are_ignored_and_reserved_bits_are_refused)
{
	static const struct {
		unsigned int block;
		void (*change)(struct frame_block *frame);
		int want;
		const char *why;
	} cases[] = {
		{2, make_unused_bits, 0, ""},
		{2, make_optional, 0, ""},
		{2, make_reserved_bits, -EBADMSG, "reserved bits of the block header are set"},
		{2, make_unknown, -EBADMSG, "a block of type 99 is not expected here"},
		{2, make_huge, -EBADMSG, "the block says it holds 4294967295 bytes"},
		{3, make_many, -EBADMSG, "the block says it holds 18446744073709551615 elements"},
		{1, make_many, -EBADMSG, "the block says it holds 18446744073709551615 elements"},
		{5, make_many, -EBADMSG, "the block says it holds 18446744073709551615 documents"},
		/* skipping events leaves the footer's count unmet */
		{3, make_optional, -EBADMSG, "the footer counts"},
		{5, make_optional, -EBADMSG, "this is not the start of the block header"},
	};
	unsigned int blocks;
	size_t len;
	uint8_t *data = small_trace(&len), *copy = malloc(len);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = {0};

		memcpy(copy, data, len);
		reseal(copy, len, cases[i].block, cases[i].change);
		cr_assert_eq(read_to_end(copy, len, &blocks, &err), cases[i].want, "%zu: %s", i,
			     err.msg);
		cr_assert_not_null(strstr(err.msg, cases[i].why), "%zu: %s", i, err.msg);
	}
	free(copy);
	free(data);
}

Test(damage, a_well_formed_block_from_elsewhere_breaks_the_chain)
{
	struct frame_block frame;
	struct error err = {0};
	unsigned int blocks;
	size_t len, size;
	uint8_t *data = small_trace(&len);
	size_t at = find_block(data, 2, &size);

	cr_assert_eq(frame_get_block(data + at, &frame, NULL), 0);
	frame.optional = 1;
	frame_put_block(&frame, data + at);
	cr_assert_eq(read_to_end(data, len, &blocks, &err), -EBADMSG);
	cr_assert_eq(blocks, 5);
	cr_assert_not_null(strstr(err.msg, "the end mark belongs to another trace"), "%s", err.msg);
	free(data);
}

static uint64_t test_new_sequence;

static void make_sequence(struct frame_block *frame)
{
	frame->sequence = (uint32_t)test_new_sequence;
}

Test(damage, time_that_goes_back_from_block_to_block_is_noticed)
{
	struct error err = {0};
	unsigned int blocks;
	size_t len, size, size_after;
	uint8_t *data = small_trace(&len), *copy = malloc(len);
	size_t at = find_block(data, 3, &size), after = find_block(data, 4, &size_after);

	memcpy(copy, data, len);
	memcpy(copy + at, data + after, size_after);
	memcpy(copy + at + size_after, data + at, size);
	for (test_new_sequence = 3; test_new_sequence < 5; test_new_sequence++)
		reseal(copy, len, (unsigned int)test_new_sequence, make_sequence);
	cr_assert_eq(read_to_end(copy, len, &blocks, &err), -EBADMSG);
	cr_assert_not_null(strstr(err.msg, "time goes back"), "%s", err.msg);
	cr_assert_eq(blocks, 3);
	free(copy);
	free(data);
}

Test(damage, another_version_is_refused_by_name)
{
	struct frame_file frame;
	struct error err = {0};
	unsigned int blocks;
	size_t len;
	uint8_t *data = small_trace(&len);

	cr_assert_eq(frame_get_file(data, &frame, NULL), 0);
	frame.minor = 9;
	frame.optional = ~0u;
	frame_put_file(&frame, data);
	cr_assert_eq(read_to_end(data, len, &blocks, NULL), 0);
	frame.required = 4;
	frame_put_file(&frame, data);
	cr_assert_eq(read_to_end(data, len, &blocks, &err), -EPROTONOSUPPORT);
	frame.major = 2;
	frame_put_file(&frame, data);
	cr_assert_eq(read_to_end(data, len, &blocks, &err), -EPROTONOSUPPORT);
	cr_assert_str_eq(err.msg, "mem: the trace has format 2.9, this memsim reads format 1.x");
	free(data);
}

Test(damage, messages_say_where_and_what)
{
	struct error err = {0};
	unsigned int blocks;
	size_t len, size;
	uint8_t *data = small_trace(&len);
	size_t at = find_block(data, 3, &size);
	char want[120];

	data[at + FRAME_BLOCK_SIZE + 3] ^= 1;
	cr_assert_eq(read_to_end(data, len, &blocks, &err), -EBADMSG);
	cr_assert_eq(blocks, 2);
	snprintf(want, sizeof(want), "mem: damaged at byte %zu: the block's checksum is wrong", at);
	cr_assert_str_eq(err.msg, want);
	cr_assert_eq(read_to_end("hello, this is not a trace at all", 30, &blocks, &err), -EBADMSG);
	cr_assert_str_eq(err.msg, "mem: this is not a memsim trace");
	free(data);
}
