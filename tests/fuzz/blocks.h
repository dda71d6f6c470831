/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces whose checksums are right, whatever is in their blocks: a fuzzer would never get past them. */
#ifndef TESTS_FUZZ_BLOCKS_H
#define TESTS_FUZZ_BLOCKS_H

#include <stdbool.h>
#include <stdlib.h>
#include <xxhash.h>
#include <zstd.h>

#include "base/bytes.h"
#include "trace/format.h"
#include "trace/codec/frames.h"

static inline void put_file(struct buf *file)
{
	const struct frame_file first = {.major = FORMAT_MAJOR};

	if (buf_reserve(file, FRAME_FILE_SIZE, NULL))
		abort();
	frame_put_file(&first, file->data);
	file->len = FRAME_FILE_SIZE;
}

static inline void put_block(struct buf *file, uint8_t type, uint32_t sequence, uint64_t count,
			     bool spoilt, const void *raw, size_t len)
{
	struct frame_block frame = {
		.type = type, .sequence = sequence, .raw = (uint32_t)len, .count = count};
	uint8_t *at;
	size_t packed;

	if (buf_reserve(file, FRAME_BLOCK_SIZE + ZSTD_compressBound(len), NULL))
		abort();
	at = file->data + file->len;
	packed = ZSTD_compress(at + FRAME_BLOCK_SIZE, ZSTD_compressBound(len), raw, len, -1);
	if (ZSTD_isError(packed))
		abort();
	/* what only zstd can find out */
	if (spoilt && packed)
		at[FRAME_BLOCK_SIZE + packed - 1] ^= 0xff;
	frame.compressed = (uint32_t)packed;
	frame.payload = XXH64(at + FRAME_BLOCK_SIZE, packed, 0);
	frame_put_block(&frame, at);
	file->len += FRAME_BLOCK_SIZE + packed;
}

#endif
