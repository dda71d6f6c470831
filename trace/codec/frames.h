/* SPDX-License-Identifier: GPL-2.0-only */
/* The three skippable frames around the data, byte by byte; shared by writer and reader. */
#ifndef TRACE_FRAMES_H
#define TRACE_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/format.h"

/* Sizes with the magic and the length that every skippable frame begins with. */
enum {
	FRAME_FILE_SIZE = 8 + FORMAT_FILE_LEN,
	FRAME_BLOCK_SIZE = 8 + FORMAT_BLOCK_LEN,
	FRAME_TRAILER_SIZE = 8 + FORMAT_TRAILER_LEN,
};

struct frame_file {
	uint16_t major, minor;
	uint32_t required, optional; /* feature bits; unknown required ones are refused */
};

struct frame_block {
	uint8_t type, required; /* required: must be 0 */
	uint16_t optional;	/* ignored */
	uint32_t sequence;	/* 0, 1, 2, ... */
	uint32_t compressed, raw;
	uint64_t count;	   /* events, census runs, or 1 */
	uint64_t payload;  /* XXH64 of the compressed bytes */
	uint64_t checksum; /* XXH64 of the frame before it; filled in by put and get */
};

struct frame_trailer {
	uint64_t blocks;
	uint64_t length; /* of the file, with the trailer */
	uint64_t chain;	 /* frame_chain() over all blocks, from 0 */
};

void frame_put_file(const struct frame_file *frame, uint8_t out[FRAME_FILE_SIZE]);
void frame_put_block(struct frame_block *frame, uint8_t out[FRAME_BLOCK_SIZE]);
void frame_put_trailer(const struct frame_trailer *frame, uint8_t out[FRAME_TRAILER_SIZE]);

/* These return 0 or -EBADMSG with a fragment for a sentence; `data` holds the frame's full size. */
int frame_get_file(const uint8_t *data, struct frame_file *ret, struct error *err) __must_check;
int frame_get_block(const uint8_t *data, struct frame_block *ret, struct error *err) __must_check;
int frame_get_trailer(const uint8_t *data, struct frame_trailer *ret,
		      struct error *err) __must_check;

uint64_t frame_chain(uint64_t chain, uint64_t checksum);

#endif
