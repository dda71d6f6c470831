// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>

#include "base/bytes.h"

Test(bytes, varints_round_trip_and_are_shortest)
{
	static const uint64_t values[] = {
		0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX >> 1, UINT64_MAX};
	struct buf b = {0};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct cursor c;

		b.len = 0;
		cr_assert_eq(buf_reserve(&b, 10, NULL), 0);
		buf_put_varint(&b, values[i]);
		c = cursor_init(b.data, b.len);
		cr_assert_eq(cursor_varint(&c), values[i]);
		cr_assert(!c.failed && !cursor_left(&c));
		for (size_t cut = 0; cut < b.len; cut++) {
			c = cursor_init(b.data, cut);
			cursor_varint(&c);
			cr_assert(c.failed, "%zu of %zu bytes were enough", cut, b.len);
		}
	}
	buf_fini(&b);
}

Test(bytes, malformed_varints_are_refused)
{
	static const uint8_t overlong[] = {0x80, 0x00};
	static const uint8_t too_big[] = {0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8_t endless[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff};
	struct cursor c = cursor_init(overlong, sizeof(overlong));

	cursor_varint(&c);
	cr_assert(c.failed);
	c = cursor_init(too_big, sizeof(too_big));
	cursor_varint(&c);
	cr_assert(c.failed);
	c = cursor_init(endless, sizeof(endless));
	cursor_varint(&c);
	cr_assert(c.failed);
}

Test(bytes, a_failed_cursor_stays_failed)
{
	static const uint8_t three[] = {1, 2, 3};
	struct cursor c = cursor_init(three, sizeof(three));

	cr_assert_eq(cursor_u32(&c), 0);
	cr_assert(c.failed);
	cr_assert_eq(cursor_u8(&c), 0);
	cr_assert_eq(cursor_varint(&c), 0);
	cr_assert_null(cursor_take(&c, 0));
}

Test(bytes, integers_are_little_endian)
{
	struct buf b = {0};
	struct cursor c;

	cr_assert_eq(buf_reserve(&b, 12, NULL), 0);
	buf_put_u32(&b, 0x04030201);
	buf_put_u64(&b, 0x0807060504030201);
	cr_assert_eq(b.data[0], 1);
	cr_assert_eq(b.data[4], 1);
	cr_assert_eq(b.data[11], 8);
	c = cursor_init(b.data, b.len);
	cr_assert_eq(cursor_u32(&c), 0x04030201);
	cr_assert_eq(cursor_u64(&c), 0x0807060504030201);
	buf_fini(&b);
}

Test(bytes, zigzag)
{
	static const int64_t values[] = {0, -1, 1, -2, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		cr_assert_eq(unzigzag(zigzag(values[i])), values[i]);
	cr_assert_eq(zigzag(-1), 1);
	cr_assert_eq(zigzag(1), 2);
}
