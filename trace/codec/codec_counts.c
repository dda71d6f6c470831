// SPDX-License-Identifier: GPL-2.0-only
/* The payload of a block of counts. */
#include <errno.h>
#include <inttypes.h>

#include "trace/codec/codec.h"

enum { ARRAY_CODE, ARRAY_CPU, ARRAY_TIME, ARRAY_COUNT, ARRAY_SPAN, ARRAYS };

static const uint8_t array_ids[ARRAYS] = {COLUMN_CODE, COLUMN_CPU, COLUMN_TIME, COLUMN_COUNT,
					  COLUMN_SPAN};

enum { CHUNK = 512, SCALED = 1 };

int codec_encode_counts(struct codec *codec, const struct trace_count *counts, size_t nr,
			struct buf *out, struct error *err)
{
	uint64_t *values[ARRAYS], last_ts;
	int r;

	if (!nr || nr > FORMAT_MAX_COUNTS)
		return error_set(err, -EINVAL, "a block cannot hold %zu counts", nr);
	last_ts = counts[0].ts_ns;
	r = codec_begin(codec, nr, ARRAYS, err);
	if (!r)
		r = buf_reserve(out, 10, err);
	if (r)
		return r;
	for (unsigned int i = 0; i < ARRAYS; i++)
		values[i] = codec->values + i * nr;
	for (size_t i = 0; i < nr; i++) {
		const struct trace_count *c = counts + i;

		if (!counter_name(c->counter) || c->ts_ns < last_ts || c->ts_ns > INT64_MAX ||
		    c->span_ns > INT64_MAX || c->value > INT64_MAX)
			return error_set(err, -EINVAL,
					 "count %zu, of counter %u at time %" PRIu64
					 ", cannot be stored",
					 i, c->counter, c->ts_ns);
		values[ARRAY_CODE][i] = codec_row(
			codec, (struct shape){.kind = c->counter, .arg = c->scaled ? SCALED : 0});
		values[ARRAY_CPU][i] = c->cpu;
		values[ARRAY_TIME][i] = c->ts_ns - last_ts;
		values[ARRAY_COUNT][i] = c->value;
		values[ARRAY_SPAN][i] = c->span_ns;
		last_ts = c->ts_ns;
	}
	buf_put_varint(out, counts[0].ts_ns);
	return codec_put_columns(codec, array_ids, values, (size_t[ARRAYS]){nr, nr, nr, nr, nr},
				 ARRAYS, out, err);
}

/* Those of counters that a later version added are left out; returns how many are left. */
static int decode_chunk(const struct codec *codec, const struct columns *columns, size_t first,
			size_t nr, uint64_t *ts, struct trace_count *out, struct error *err)
{
	uint64_t values[ARRAYS][CHUNK];
	int kept = 0;

	for (unsigned int i = 0; i < ARRAYS; i++)
		codec_unplane(columns->col + array_ids[i], first, nr, false, values[i]);
	for (size_t i = 0; i < nr; i++) {
		uint64_t row = values[ARRAY_CODE][i];

		if (row >= codec->nr_shapes)
			return error_set(err, -EBADMSG,
					 "a count names row %" PRIu64 " of a table of %zu", row,
					 codec->nr_shapes);
		if (values[ARRAY_TIME][i] > INT64_MAX - *ts)
			return error_set(err, -EBADMSG, "a count's time is out of range");
		*ts += values[ARRAY_TIME][i];
		if (!counter_name(codec->shapes[row].kind))
			continue;
		out[kept++] = (struct trace_count){.ts_ns = *ts,
						   .span_ns = values[ARRAY_SPAN][i],
						   .value = values[ARRAY_COUNT][i],
						   .cpu = (uint16_t)values[ARRAY_CPU][i],
						   .counter = codec->shapes[row].kind,
						   .scaled = codec->shapes[row].arg & SCALED};
	}
	return kept;
}

int codec_decode_counts(struct codec *codec, const void *data, size_t len, size_t nr,
			struct trace_count *out, struct error *err)
{
	static const uint64_t max[ARRAYS] = {UINT32_MAX, UINT16_MAX, INT64_MAX, INT64_MAX,
					     INT64_MAX};
	struct cursor c = cursor_init(data, len);
	uint64_t ts = cursor_varint(&c);
	struct columns columns;
	int r = codec_parse_columns(&c, &columns, err), kept = 0;

	if (!r && ts > INT64_MAX)
		r = error_set(err, -EBADMSG, "a count's time is out of range");
	if (!r)
		r = codec_parse_table(codec, &columns, err);
	for (unsigned int i = 0; !r && i < ARRAYS; i++)
		r = codec_expect(&columns, array_ids[i], nr, max[i], err);
	for (size_t first = 0; r >= 0 && first < nr; first += CHUNK) {
		r = decode_chunk(codec, &columns, first, nr - first < CHUNK ? nr - first : CHUNK,
				 &ts, out + kept, err);
		kept += r > 0 ? r : 0;
	}
	return r < 0 ? r : kept;
}
