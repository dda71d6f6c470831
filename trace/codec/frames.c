// SPDX-License-Identifier: GPL-2.0-only
#include "trace/codec/frames.h"

#include <errno.h>
#include <string.h>
#include <xxhash.h>

#include "base/bytes.h"

/* A buffer that writes into the caller's array, which has room for the whole frame. */
static struct buf frame_begin(uint8_t *out, uint32_t magic, uint32_t len)
{
	struct buf b = {.data = out, .cap = 8 + len};

	buf_put_u32(&b, magic);
	buf_put_u32(&b, len);
	return b;
}

static void put_u16(struct buf *b, uint16_t v)
{
	buf_put_u8(b, (uint8_t)v);
	buf_put_u8(b, (uint8_t)(v >> 8));
}

static uint16_t get_u16(struct cursor *c)
{
	uint8_t low = cursor_u8(c);

	return (uint16_t)(low | cursor_u8(c) << 8);
}

static void put_bytes(struct buf *b, const char *bytes, size_t len)
{
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

static uint64_t put_checksum(struct buf *b)
{
	uint64_t checksum = XXH64(b->data, b->len, 0);

	buf_put_u64(b, checksum);
	return checksum;
}

/* The checksum stands `after` bytes before the frame's end and covers all before it. */
static int check(const uint8_t *data, uint32_t magic, uint32_t len, uint32_t after,
		 const char *what, struct cursor *ret, struct error *err)
{
	size_t covered = 8 + len - after - 8;
	struct cursor c = cursor_init(data, 8 + len);
	struct cursor sum = cursor_init(data + covered, 8);

	if (cursor_u32(&c) != magic || cursor_u32(&c) != len)
		return error_set(err, -EBADMSG, "this is not the start of %s", what);
	if (XXH64(data, covered, 0) != cursor_u64(&sum))
		return error_set(err, -EBADMSG, "the checksum of %s is wrong", what);
	*ret = c;
	return 0;
}

void frame_put_file(const struct frame_file *frame, uint8_t out[FRAME_FILE_SIZE])
{
	struct buf b = frame_begin(out, FORMAT_FRAME_FILE, FORMAT_FILE_LEN);

	put_bytes(&b, FORMAT_MAGIC, sizeof(FORMAT_MAGIC) - 1);
	put_u16(&b, frame->major);
	put_u16(&b, frame->minor);
	buf_put_u32(&b, frame->required);
	buf_put_u32(&b, frame->optional);
	buf_put_u32(&b, 0);
	put_checksum(&b);
}

int frame_get_file(const uint8_t *data, struct frame_file *ret, struct error *err)
{
	struct frame_file frame;
	struct cursor c;
	int r = check(data, FORMAT_FRAME_FILE, FORMAT_FILE_LEN, 0, "the file header", &c, err);

	if (r)
		return r;
	if (memcmp(cursor_take(&c, 16), FORMAT_MAGIC, 16))
		return error_set(err, -EBADMSG, "this is not the start of the file header");
	frame.major = get_u16(&c);
	frame.minor = get_u16(&c);
	frame.required = cursor_u32(&c);
	frame.optional = cursor_u32(&c);
	if (frame.major == FORMAT_MAJOR && cursor_u32(&c))
		return error_set(err, -EBADMSG, "reserved bits of the file header are set");
	*ret = frame;
	return 0;
}

void frame_put_block(struct frame_block *frame, uint8_t out[FRAME_BLOCK_SIZE])
{
	struct buf b = frame_begin(out, FORMAT_FRAME_BLOCK, FORMAT_BLOCK_LEN);

	buf_put_u8(&b, frame->type);
	buf_put_u8(&b, frame->required);
	put_u16(&b, frame->optional);
	buf_put_u32(&b, frame->sequence);
	buf_put_u32(&b, frame->compressed);
	buf_put_u32(&b, frame->raw);
	buf_put_u64(&b, frame->count);
	buf_put_u64(&b, frame->payload);
	buf_put_u64(&b, 0);
	frame->checksum = put_checksum(&b);
}

int frame_get_block(const uint8_t *data, struct frame_block *ret, struct error *err)
{
	struct frame_block frame;
	struct cursor c;
	int r = check(data, FORMAT_FRAME_BLOCK, FORMAT_BLOCK_LEN, 0, "the block header", &c, err);

	if (r)
		return r;
	frame.type = cursor_u8(&c);
	frame.required = cursor_u8(&c);
	frame.optional = get_u16(&c);
	frame.sequence = cursor_u32(&c);
	frame.compressed = cursor_u32(&c);
	frame.raw = cursor_u32(&c);
	frame.count = cursor_u64(&c);
	frame.payload = cursor_u64(&c);
	if (frame.required || cursor_u64(&c))
		return error_set(err, -EBADMSG, "reserved bits of the block header are set");
	frame.checksum = cursor_u64(&c);
	*ret = frame;
	return 0;
}

void frame_put_trailer(const struct frame_trailer *frame, uint8_t out[FRAME_TRAILER_SIZE])
{
	struct buf b = frame_begin(out, FORMAT_FRAME_TRAILER, FORMAT_TRAILER_LEN);

	buf_put_u64(&b, frame->blocks);
	buf_put_u64(&b, frame->length);
	buf_put_u64(&b, frame->chain);
	buf_put_u32(&b, 0);
	put_checksum(&b);
	put_bytes(&b, FORMAT_END_MAGIC, sizeof(FORMAT_END_MAGIC) - 1);
}

int frame_get_trailer(const uint8_t *data, struct frame_trailer *ret, struct error *err)
{
	const uint32_t magic = sizeof(FORMAT_END_MAGIC) - 1;
	struct frame_trailer frame;
	struct cursor c;
	int r = check(data, FORMAT_FRAME_TRAILER, FORMAT_TRAILER_LEN, magic, "the trailer", &c,
		      err);

	if (r)
		return r;
	if (memcmp(data + FRAME_TRAILER_SIZE - magic, FORMAT_END_MAGIC, magic))
		return error_set(err, -EBADMSG, "the file's last bytes are wrong");
	frame.blocks = cursor_u64(&c);
	frame.length = cursor_u64(&c);
	frame.chain = cursor_u64(&c);
	if (cursor_u32(&c))
		return error_set(err, -EBADMSG, "reserved bits of the trailer are set");
	*ret = frame;
	return 0;
}

uint64_t frame_chain(uint64_t chain, uint64_t checksum)
{
	uint8_t bytes[8];
	struct buf b = {.data = bytes, .cap = sizeof(bytes)};

	buf_put_u64(&b, checksum);
	return XXH64(bytes, sizeof(bytes), chain);
}
