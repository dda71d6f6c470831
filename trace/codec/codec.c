// SPDX-License-Identifier: GPL-2.0-only
/* Columns as byte planes; the table of shapes as bytes. */
#include "trace/codec/codec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "trace/format.h"

void codec_fini(struct codec *codec)
{
	free(codec->values);
	free(codec->hash);
	free(codec->shapes);
	free(codec->forms);
	free(codec->decoder);
	free(codec->encoder);
	*codec = (struct codec){0};
}

int codec_grow(void **array, size_t *cap, size_t nr, size_t size, struct error *err)
{
	void *p;

	if (nr <= *cap)
		return 0;
	p = realloc(*array, nr * size);
	if (!p)
		return error_nomem(err);
	*array = p;
	*cap = nr;
	return 0;
}

int codec_begin(struct codec *codec, size_t nr, unsigned int arrays, struct error *err)
{
	size_t size = 1024;
	int r;

	/* the table is at most half full, so that probing ends soon */
	while (size < 2 * nr)
		size *= 2;
	if (codec->hash_size < size) {
		uint32_t *hash = realloc(codec->hash, size * sizeof(*hash));

		if (!hash)
			return error_nomem(err);
		codec->hash = hash;
		codec->hash_size = size;
	}
	/* few shapes are the rule: the table grows with them, into what is there for as many as values */
	codec->hash_used = 1024;
	memset(codec->hash, 0, codec->hash_used * sizeof(*codec->hash));
	codec->nr_shapes = 0;
	codec->nr_ends = 0;
	nr = nr ? nr : 1; /* arrays of no values still have an address */
	r = codec_grow((void **)&codec->shapes, &codec->shapes_cap, nr, sizeof(*codec->shapes),
		       err);
	return r ? r
		 : codec_grow((void **)&codec->values, &codec->values_cap, nr * arrays,
			      sizeof(*codec->values), err);
}

static unsigned int width_of(uint64_t max)
{
	return max ? (71 - (unsigned int)__builtin_clzll(max)) / 8 : 1;
}

static void put_planes(const uint64_t *values, size_t nr, unsigned int width, uint8_t *out)
{
	for (unsigned int plane = 0; plane < width; plane++, out += nr)
		for (size_t i = 0; i < nr; i++)
			out[i] = (uint8_t)(values[i] >> 8 * plane);
}

static int put_table(const struct codec *codec, struct buf *out, struct error *err)
{
	int r = buf_reserve(out, codec->nr_shapes * 12, err);

	if (r)
		return r;
	for (size_t i = 0; i < codec->nr_shapes; i++) {
		buf_put_u8(out, codec->shapes[i].kind);
		buf_put_u8(out, codec->shapes[i].order);
		buf_put_varint(out, codec->shapes[i].arg);
	}
	return 0;
}

/* Encoding and size of a column; CODEC_CONST where all values are equal. */
static uint8_t choose(const uint64_t *values, size_t nr, size_t *ret_len)
{
	uint64_t any = 0, differ = 0;
	unsigned int width;

	for (size_t i = 0; i < nr; i++) {
		any |= values[i];
		differ |= values[i] ^ values[0];
	}
	width = width_of(any);
	if (!differ) {
		for (*ret_len = 1; any >= 0x80; any >>= 7)
			++*ret_len;
		return CODEC_CONST;
	}
	*ret_len = width * nr;
	return (uint8_t)width;
}

static void put_values(struct codec *codec, const uint64_t *values, size_t nr, uint8_t encoding,
		       struct buf *out)
{
	if (encoding == CODEC_CONST) {
		buf_put_varint(out, values[0]);
		return;
	}
	put_planes(values, nr, encoding, out->data + out->len);
	for (unsigned int plane = 0; plane < encoding; plane++)
		codec->ends[codec->nr_ends++] = out->len += nr;
}

static uint8_t id_of(unsigned int column)
{
	return (uint8_t)(column < COLUMN_SKIPPABLE ? column
						   : column - COLUMN_SKIPPABLE + CODEC_OPTIONAL);
}

static unsigned int column_of(unsigned int id)
{
	return id < CODEC_OPTIONAL ? id : id - CODEC_OPTIONAL + COLUMN_SKIPPABLE;
}

int codec_put_columns(struct codec *codec, const uint8_t *ids, uint64_t *const *values,
		      const size_t *nr, unsigned int nr_columns, struct buf *out, struct error *err)
{
	struct buf table __attribute__((cleanup(buf_fini))) = {0};
	uint8_t encodings[COLUMN_MAX];
	size_t lens[COLUMN_MAX], total = 0, nr_at;
	int r = put_table(codec, &table, err);

	if (!r)
		r = buf_reserve(out, 32 + 12 * (size_t)nr_columns + table.len, err);
	if (r)
		return r;
	nr_at = out->len;
	buf_put_u8(out, 1);
	buf_put_u8(out, COLUMN_TABLE);
	buf_put_u8(out, CODEC_TABLE);
	buf_put_varint(out, table.len);
	for (unsigned int i = 0; i < nr_columns; i++) {
		if (!nr[i])
			continue;
		out->data[nr_at]++;
		encodings[i] = choose(values[i], nr[i], &lens[i]);
		buf_put_u8(out, id_of(ids[i]));
		buf_put_u8(out, encodings[i]);
		buf_put_varint(out, lens[i]);
		total += lens[i];
	}
	r = buf_append(out, table.data, table.len, err);
	if (!r)
		r = buf_reserve(out, total, err);
	if (r)
		return r;
	codec->ends[codec->nr_ends++] = out->len;
	for (unsigned int i = 0; i < nr_columns; i++)
		if (nr[i])
			put_values(codec, values[i], nr[i], encodings[i], out);
	return 0;
}

static int parse_column(struct column *col, size_t len, const uint8_t *data, unsigned int id,
			struct error *err)
{
	col->len = len;
	col->data = data;
	if (id == COLUMN_TABLE)
		return col->encoding == CODEC_TABLE
			       ? 0
			       : error_set(err, -EBADMSG, "the table has encoding %u",
					   col->encoding);
	if (col->encoding == CODEC_CONST) {
		struct cursor c = cursor_init(data, len);

		col->value = cursor_varint(&c);
		if (c.failed || cursor_left(&c))
			return error_set(err, -EBADMSG, "column %u is not one number", id);
		return 0;
	}
	if (col->encoding > 8)
		return error_set(err, -EBADMSG, "column %u has the unknown encoding %u", id,
				 col->encoding);
	if (len % col->encoding)
		return error_set(err, -EBADMSG, "column %u has %zu bytes for planes of %u bytes",
				 id, len, col->encoding);
	col->values = len / col->encoding;
	return 0;
}

int codec_parse_columns(struct cursor *c, struct columns *ret, struct error *err)
{
	unsigned int nr = cursor_u8(c), ids[256];
	size_t lens[256];
	uint8_t encodings[256];

	*ret = (struct columns){0};
	for (unsigned int i = 0; i < nr; i++) {
		ids[i] = cursor_u8(c);
		encodings[i] = cursor_u8(c);
		lens[i] = cursor_varint(c);
	}
	for (unsigned int i = 0; i < nr && !c->failed; i++) {
		const uint8_t *data = cursor_take(c, lens[i]);
		struct column *col;
		int r;

		if (ids[i] >= CODEC_OPTIONAL + COLUMN_MAX - COLUMN_SKIPPABLE)
			continue;
		if (!ids[i] || (ids[i] >= COLUMN_SKIPPABLE && ids[i] < CODEC_OPTIONAL))
			return error_set(err, -EBADMSG, "column %u is not known to this version",
					 ids[i]);
		col = ret->col + column_of(ids[i]);
		if (col->present)
			return error_set(err, -EBADMSG, "column %u is there twice", ids[i]);
		if (!data)
			break;
		col->present = true;
		col->encoding = encodings[i];
		r = parse_column(col, lens[i], data, ids[i], err);
		if (r)
			return r;
	}
	if (c->failed || cursor_left(c))
		return error_set(err, -EBADMSG, "the columns do not fill the block exactly");
	return 0;
}

int codec_expect(const struct columns *columns, enum codec_column id, size_t nr, uint64_t max,
		 struct error *err)
{
	const struct column *col = columns->col + id;

	if (!col->present)
		return nr ? error_set(err, -EBADMSG, "column %u is missing", id) : 0;
	if (col->encoding == CODEC_CONST ? col->value > max
					 : col->encoding > width_of(max) || col->values != nr)
		return error_set(err, -EBADMSG,
				 "column %u does not hold %zu numbers up to %" PRIu64, id, nr, max);
	return 0;
}

int codec_parse_table(struct codec *codec, const struct columns *columns, struct error *err)
{
	const struct column *col = columns->col + COLUMN_TABLE;
	struct cursor c;
	size_t nr = 0;
	int r;

	if (!col->present)
		return error_set(err, -EBADMSG, "the table is missing");
	c = cursor_init(col->data, col->len);
	/* a row has at least 3 bytes */
	r = codec_grow((void **)&codec->shapes, &codec->shapes_cap, col->len / 3 + 1,
		       sizeof(*codec->shapes), err);
	if (r)
		return r;
	while (cursor_left(&c) && !c.failed) {
		uint8_t kind = cursor_u8(&c), order = cursor_u8(&c);
		uint64_t arg = cursor_varint(&c);

		if (c.failed || arg > UINT32_MAX || order > FORMAT_MAX_ORDER)
			return error_set(err, -EBADMSG, "row %zu of the table is malformed", nr);
		codec->shapes[nr++] =
			(struct shape){.kind = kind, .order = order, .arg = (uint32_t)arg};
	}
	codec->nr_shapes = nr;
	return 0;
}
