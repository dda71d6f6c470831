// SPDX-License-Identifier: GPL-2.0-only
#include "base/bytes.h"

#include <stdlib.h>

int buf_reserve(struct buf *b, size_t more, struct error *err)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *data;

	if (b->cap - b->len >= more)
		return 0;
	while (cap - b->len < more)
		if (__builtin_mul_overflow(cap, 2, &cap))
			return error_nomem(err);
	data = realloc(b->data, cap);
	if (!data)
		return error_nomem(err);
	b->data = data;
	b->cap = cap;
	return 0;
}

int buf_append(struct buf *b, const void *data, size_t len, struct error *err)
{
	int r = buf_reserve(b, len, err);

	if (r)
		return r;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

void buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

/* A varint is 1 to 10 bytes, the shortest possible, and fits 64 bits; anything else is malformed. */
uint64_t cursor_varint_slow(struct cursor *c)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 70; shift += 7) {
		uint8_t byte = cursor_u8(c);

		if (c->failed)
			return 0;
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			if (!byte && shift)
				break;
			return value;
		}
	}
	c->failed = true;
	return 0;
}
