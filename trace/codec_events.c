// SPDX-License-Identifier: GPL-2.0-only
/* The payload of a block of events, on its way to disk; codec_decode.c reads it. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "trace/codec.h"
#include "trace/codec_predictor.h"
#include "trace/format.h"

enum {
	ARRAY_CODE,
	ARRAY_ROW,
	ARRAY_CPU,
	ARRAY_TIME,
	ARRAY_PFN,
	ARRAY_INDEX,
	ARRAY_OBJ,
	ARRAY_COUNT,
	ARRAYS
};

static const uint8_t array_ids[ARRAYS] = {COLUMN_CODE, COLUMN_ROW,   COLUMN_CPU, COLUMN_TIME,
					  COLUMN_PFN,  COLUMN_INDEX, COLUMN_OBJ, COLUMN_COUNT};

int codec_event_refuse(const struct event *e, struct error *err)
{
	const struct event_info *info = event_info(e->kind);

	if (!info)
		return error_set(err, -EINVAL, "an event of kind %u cannot be stored", e->kind);
	return error_set(err, -EINVAL,
			 "an event %s cannot be stored: pfn %#" PRIx64 ", order %u, time %" PRIu64,
			 info->name, e->pfn, e->order, e->ts_ns);
}

void codec_kind_fields(uint8_t fields[256])
{
	for (unsigned int kind = 0; kind < 256; kind++) {
		const struct event_info *info = event_info(kind);

		fields[kind] = info ? info->fields | KIND_KNOWN : 0;
	}
}

/*
 * Events in a row of one CPU and one time share these: the recorder stamps them so. Where that is hardly ever so, the
 * lengths of the rows would take more than they spare, and every event has its own.
 */
static size_t split_rows(uint64_t *const *values, size_t nr_rows, size_t nr)
{
	if (nr_rows <= nr / 2)
		return nr_rows;
	for (size_t row = nr_rows, i = nr; row-- > 0;) {
		uint64_t cpu = values[ARRAY_CPU][row], time = values[ARRAY_TIME][row];

		for (uint64_t more = values[ARRAY_ROW][row]; more; more--) {
			values[ARRAY_CPU][--i] = cpu;
			values[ARRAY_TIME][i] = 0;
		}
		values[ARRAY_CPU][--i] = cpu;
		values[ARRAY_TIME][i] = time;
	}
	return 0;
}

/* Fills the arrays of the columns; ret_nr counts the values in each. */
static int split_events(struct codec *codec, const struct event *events, size_t nr,
			uint64_t *const *values, size_t *ret_nr, struct error *err)
{
	uint64_t last_ts = events[0].ts_ns;
	size_t nr_rows = 0, nr_pfn = 0, nr_index = 0, nr_obj = 0, nr_count = 0;
	struct codec_predictor last;
	uint8_t fields[256];

	codec_predictor_init(&last);
	codec_kind_fields(fields);
	for (size_t i = 0; i < nr; i++) {
		const struct event *e = events + i;
		unsigned int f = fields[e->kind];
		struct shape shape = {.kind = e->kind};

		if (e->ts_ns < last_ts || !codec_event_fits(e, fields))
			return codec_event_refuse(e, err);
		shape.order = f & F_ORDER ? e->order : 0;
		shape.arg = f & F_ARG ? e->arg : 0;
		values[ARRAY_CODE][i] = codec_row(codec, shape);
		if (i && e->ts_ns == last_ts && e->cpu == e[-1].cpu) {
			values[ARRAY_ROW][nr_rows - 1]++;
		} else {
			values[ARRAY_ROW][nr_rows] = 0;
			values[ARRAY_CPU][nr_rows] = e->cpu;
			values[ARRAY_TIME][nr_rows++] = e->ts_ns - last_ts;
			last_ts = e->ts_ns;
		}
		if (f & F_PFN) {
			uint64_t *slot = last.pfn + codec_pfn_slot(e->kind, e->cpu);

			values[ARRAY_PFN][nr_pfn++] = zigzag((int64_t)(e->pfn - *slot));
			*slot = e->pfn;
		}
		if (f & F_OBJ)
			values[ARRAY_OBJ][nr_obj++] = e->obj;
		if (f & F_INDEX) {
			uint64_t *slot = last.index + (f & F_OBJ ? e->obj : 0) % CODEC_OBJ_SLOTS;

			values[ARRAY_INDEX][nr_index++] = zigzag((int64_t)(e->index - *slot));
			*slot = e->index;
		}
		if (f & F_COUNT)
			values[ARRAY_COUNT][nr_count++] = e->count;
	}
	nr_rows = split_rows(values, nr_rows, nr);
	memcpy(ret_nr,
	       (size_t[ARRAYS]){nr, nr_rows, nr_rows ? nr_rows : nr, nr_rows ? nr_rows : nr, nr_pfn,
				nr_index, nr_obj, nr_count},
	       ARRAYS * sizeof(*ret_nr));
	return 0;
}

int codec_encode_events(struct codec *codec, const struct event *events, size_t nr, struct buf *out,
			struct error *err)
{
	uint64_t *values[ARRAYS];
	size_t counts[ARRAYS];
	int r;

	if (!nr || nr > FORMAT_MAX_EVENTS)
		return error_set(err, -EINVAL, "a block cannot hold %zu events", nr);
	r = codec_begin(codec, nr, ARRAYS, err);
	if (r)
		return r;
	for (unsigned int i = 0; i < ARRAYS; i++)
		values[i] = codec->values + i * nr;
	r = split_events(codec, events, nr, values, counts, err);
	if (!r)
		r = buf_reserve(out, 10, err);
	if (r)
		return r;
	buf_put_varint(out, events[0].ts_ns);
	return codec_put_columns(codec, array_ids, values, counts, ARRAYS, out, err);
}
