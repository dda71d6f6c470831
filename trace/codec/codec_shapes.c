// SPDX-License-Identifier: GPL-2.0-only
/* The table of shapes while a block is encoded: which rows there are, by hash. */
#include <string.h>

#include "trace/codec/codec.h"

static size_t hash_of(const struct codec *codec, struct shape shape)
{
	uint64_t key = (uint64_t)shape.arg << 16 | (uint64_t)shape.kind << 8 | shape.order;

	/* Fibonacci hashing; the high half mixes all of the key */
	return (key * 0x9e3779b97f4a7c15u) >> 32 & (codec->hash_used - 1);
}

static void widen_hash(struct codec *codec)
{
	codec->hash_used *= 2;
	memset(codec->hash, 0, codec->hash_used * sizeof(*codec->hash));
	for (uint32_t row = 0; row < codec->nr_shapes; row++) {
		size_t at = hash_of(codec, codec->shapes[row]);

		while (codec->hash[at])
			at = (at + 1) & (codec->hash_used - 1);
		codec->hash[at] = row + 1;
	}
}

uint32_t codec_row(struct codec *codec, struct shape shape)
{
	size_t at;

	if (2 * codec->nr_shapes >= codec->hash_used && codec->hash_used < codec->hash_size)
		widen_hash(codec);
	for (at = hash_of(codec, shape);; at = (at + 1) & (codec->hash_used - 1)) {
		uint32_t row = codec->hash[at];
		struct shape *s = codec->shapes + row - 1;

		if (!row)
			break;
		if (s->arg == shape.arg && s->kind == shape.kind && s->order == shape.order)
			return row - 1;
	}
	codec->shapes[codec->nr_shapes++] = shape;
	codec->hash[at] = (uint32_t)codec->nr_shapes;
	return (uint32_t)codec->nr_shapes - 1;
}
