/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frames of a trace file, verified and unpacked one after the other, without a look at what the
 * blocks mean.
 */
#ifndef TRACE_CONTAINER_H
#define TRACE_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "trace/codec/frames.h"
#include "trace/input.h"

struct container {
	char *name;
	struct input in;
	size_t offset; /* of what is read next, or is wrong */
	struct ZSTD_DCtx_s *zstd;
	struct buf raw; /* the block's bytes */
	uint32_t blocks;
	uint64_t chain;
};

/* Takes the input over, on failure too. */
int container_init(struct container *c, const char *name, struct input *in,
		   struct error *err) __must_check;
void container_fini(struct container *c);

/* -EBADMSG, -EPROTONOSUPPORT with a finished sentence. */
int container_read_header(struct container *c, struct error *err) __must_check;

/*
 * Verifies the block at the offset and unpacks it into c->raw, unless its type may be skipped. On
 * failure err holds a fragment, or nothing with -ENODATA (the file ends inside the block): see
 * container_judge().
 */
int container_read_block(struct container *c, struct frame_block *ret,
			 struct error *err) __must_check;
/* What the block's header says, its content unseen. Fails as container_read_block() would. */
int container_peek(const struct container *c, struct frame_block *ret,
		   struct error *err) __must_check;
/* The block was good: on to the next. */
void container_block_done(struct container *c, const struct frame_block *frame);
/* The trailer must be the rest of the file and agree with all that was read; a finished sentence. */
int container_read_trailer(struct container *c, struct error *err) __must_check;

/* Makes the finished sentence from the fragment in err: where it is damaged or cut off. Returns the code. */
int container_judge(const struct container *c, int code, struct error *err);

#endif
