// SPDX-License-Identifier: GPL-2.0-only
#include "trace/codec/container.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
/* for ZSTD_d_forceIgnoreChecksum: our own checksum has judged the same bytes before */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

int container_init(struct container *c, const char *name, struct input *in, struct error *err)
{
	*c = (struct container){.in = *in, .name = strdup(name), .zstd = ZSTD_createDCtx()};
	*in = (struct input){0};
	if (!c->name || !c->zstd)
		return error_nomem(err);
	/* a library that does not know it verifies the checksum once more: only slower */
	(void)ZSTD_DCtx_setParameter(c->zstd, ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
	return 0;
}

void container_fini(struct container *c)
{
	free(c->name);
	input_fini(&c->in);
	ZSTD_freeDCtx(c->zstd);
	buf_fini(&c->raw);
}

/* Turns a fragment in err, whatever its code, into the sentence about damage at the current offset. */
static int damaged(const struct container *c, struct error *err)
{
	error_prefix(err, -EBADMSG, "%s: damaged at byte %zu", c->name, c->offset);
	if (err)
		err->code = -EBADMSG;
	return -EBADMSG;
}

static int cut_off(const struct container *c, struct error *err)
{
	if (!c->blocks)
		return error_set(err, -EBADMSG,
				 "%s: cut off at byte %zu: not even the header is whole", c->name,
				 c->in.len);
	return error_set(err, -EBADMSG,
			 "%s: cut off at byte %zu: no footer (use --partial to use what is there)",
			 c->name, c->in.len);
}

int container_judge(const struct container *c, int ret, struct error *err)
{
	if (ret == -ENODATA)
		return cut_off(c, err);
	return ret == -ENOMEM ? ret : damaged(c, err);
}

static size_t left(const struct container *c)
{
	return c->in.len - c->offset;
}

int container_read_header(struct container *c, struct error *err)
{
	struct frame_file frame;
	int ret;

	if (!c->in.len)
		return error_set(err, -EBADMSG, "%s: the file is empty", c->name);
	if (c->in.len >= 8 + 16 && memcmp(c->in.data + 8, FORMAT_MAGIC, 16))
		return error_set(err, -EBADMSG, "%s: this is not a memsim trace", c->name);
	if (c->in.len < FRAME_FILE_SIZE)
		return error_set(err, -EBADMSG,
				 "%s: this is not a memsim trace, or one cut off at byte %zu",
				 c->name, c->in.len);
	ret = frame_get_file(c->in.data, &frame, err);
	if (ret)
		return damaged(c, err);
	if (frame.major != FORMAT_MAJOR)
		return error_set(err, -EPROTONOSUPPORT,
				 "%s: the trace has format %u.%u, this memsim reads format %d.x",
				 c->name, frame.major, frame.minor, FORMAT_MAJOR);
	if (frame.required)
		return error_set(err, -EPROTONOSUPPORT,
				 "%s: the trace (format %u.%u) needs features %#x that this memsim "
				 "(format %d.%d) lacks",
				 c->name, frame.major, frame.minor, frame.required, FORMAT_MAJOR,
				 FORMAT_MINOR);
	c->offset += FRAME_FILE_SIZE;
	return 0;
}

/* Decompresses exactly one frame of exactly the size that the header says into c->raw. */
static int unpack(struct container *c, const struct frame_block *frame, const uint8_t *packed,
		  struct error *err)
{
	size_t got;
	int ret;

	if (frame->raw > FORMAT_MAX_RAW)
		return error_set(err, -EBADMSG,
				 "the block says it holds %u bytes, at most %d are allowed",
				 frame->raw, FORMAT_MAX_RAW);
	if (ZSTD_getFrameContentSize(packed, frame->compressed) != frame->raw ||
	    ZSTD_findFrameCompressedSize(packed, frame->compressed) != frame->compressed)
		return error_set(err, -EBADMSG,
				 "the block does not hold one zstd frame of %u bytes", frame->raw);
	c->raw.len = 0;
	ret = buf_reserve(&c->raw, (size_t)frame->raw + 1, err);
	if (ret)
		return ret;
	got = ZSTD_decompressDCtx(c->zstd, c->raw.data, frame->raw, packed, frame->compressed);
	if (ZSTD_isError(got))
		return error_set(err, -EBADMSG, "the block does not decompress: %s",
				 ZSTD_getErrorName(got));
	if (got != frame->raw)
		return error_set(err, -EBADMSG, "the block decompresses to %zu bytes instead of %u",
				 got, frame->raw);
	c->raw.len = got;
	return 0;
}

int container_peek(const struct container *c, struct frame_block *ret_frame, struct error *err)
{
	struct frame_block frame;
	int ret;

	if (left(c) < FRAME_BLOCK_SIZE)
		return -ENODATA;
	ret = frame_get_block(c->in.data + c->offset, &frame, err);
	if (ret)
		return ret;
	if (frame.sequence != c->blocks)
		return error_set(err, -EBADMSG, "block %u is where block %u should be",
				 frame.sequence, c->blocks);
	if (frame.compressed > left(c) - FRAME_BLOCK_SIZE)
		return -ENODATA;
	*ret_frame = frame;
	return 0;
}

int container_read_block(struct container *c, struct frame_block *ret_frame, struct error *err)
{
	const uint8_t *at = c->in.data + c->offset + FRAME_BLOCK_SIZE;
	struct frame_block frame;
	int ret = container_peek(c, &frame, err);

	if (ret)
		return ret;
	if (XXH64(at, frame.compressed, 0) != frame.payload)
		return error_set(err, -EBADMSG, "the block's checksum is wrong");
	if (format_skips(frame.type)) {
		*ret_frame = frame;
		return 0;
	}
	ret = unpack(c, &frame, at, err);
	if (!ret)
		*ret_frame = frame;
	return ret;
}

void container_block_done(struct container *c, const struct frame_block *frame)
{
	c->offset += FRAME_BLOCK_SIZE + (size_t)frame->compressed;
	c->chain = frame_chain(c->chain, frame->checksum);
	c->blocks++;
}

int container_read_trailer(struct container *c, struct error *err)
{
	struct frame_trailer frame;
	int ret;

	if (left(c) < FRAME_TRAILER_SIZE)
		return cut_off(c, err);
	ret = frame_get_trailer(c->in.data + c->offset, &frame, err);
	if (ret)
		return damaged(c, err);
	if (frame.blocks != c->blocks || frame.chain != c->chain ||
	    frame.length != c->offset + FRAME_TRAILER_SIZE) {
		error_set(err, -EBADMSG, "the end mark belongs to another trace");
		return damaged(c, err);
	}
	c->offset += FRAME_TRAILER_SIZE;
	if (!left(c))
		return 0;
	error_set(err, -EBADMSG, "%zu bytes follow the end mark", left(c));
	return damaged(c, err);
}
