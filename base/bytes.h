/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Little-endian bytes: a growing buffer to write them and a bounds-checked cursor to read them.
 * All file parsing goes through the cursor: it cannot read past its end, and once a read failed
 * every later one fails too, so that a parser may check once at the end of a group of fields.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"

struct buf {
	uint8_t *data;
	size_t len, cap;
};

/* Makes room for `more` further bytes; the put functions below rely on it. */
int buf_reserve(struct buf *b, size_t more, struct error *err) __must_check;
int buf_append(struct buf *b, const void *data, size_t len, struct error *err) __must_check;
/* Frees the memory and leaves an empty buffer. */
void buf_fini(struct buf *b);

/* These write without a check: reserve first. A varint takes at most 10 bytes. */
static inline void buf_put_u8(struct buf *b, uint8_t v)
{
	b->data[b->len++] = v;
}

static inline void buf_put_u32(struct buf *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b->data[b->len++] = (uint8_t)(v >> (8 * i));
}

static inline void buf_put_u64(struct buf *b, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		b->data[b->len++] = (uint8_t)(v >> (8 * i));
}

static inline void buf_put_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		b->data[b->len++] = (uint8_t)(v | 0x80);
	b->data[b->len++] = (uint8_t)v;
}

/* Small magnitudes of either sign become small numbers. */
static inline uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline int64_t unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

struct cursor {
	const uint8_t *pos, *end;
	bool failed; /* a read went past the end or was malformed; sticky */
};

static inline struct cursor cursor_init(const void *data, size_t len)
{
	return (struct cursor){.pos = data, .end = (const uint8_t *)data + len};
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->pos);
}

/* The next len bytes, or NULL when there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t len)
{
	const uint8_t *p = c->pos;

	if (c->failed || cursor_left(c) < len) {
		c->failed = true;
		return NULL;
	}
	c->pos += len;
	return p;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p ? *p : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
			       (uint32_t)p[3] << 24
		 : 0;
}

static inline uint64_t cursor_u64(struct cursor *c)
{
	uint64_t lo = cursor_u32(c);

	return lo | (uint64_t)cursor_u32(c) << 32;
}

uint64_t cursor_varint_slow(struct cursor *c);

static inline uint64_t cursor_varint(struct cursor *c)
{
	if (c->pos < c->end && *c->pos < 0x80 && !c->failed)
		return *c->pos++;
	return cursor_varint_slow(c);
}

#endif
