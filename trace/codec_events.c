// SPDX-License-Identifier: GPL-2.0-only
/* The payload of a block of events, on its way to disk; codec_decode.c reads it. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

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

/*
 * A block that is being filled. What stands for an event is known as soon as it comes, so nobody keeps the events
 * themselves: they take five times as much memory as what is left of them, and would push it out of the caches.
 */
struct codec_encoder {
	uint8_t fields[256]; /* codec_kind_fields() */
	/* the shape that each kind had last: mostly it has it again */
	struct {
		struct shape shape;
		uint32_t row;
		bool known;
	} recent[EVENT_KIND_MAX];
	struct codec_predictor last;
	uint64_t *values[ARRAYS];
	size_t nr[ARRAYS];
	uint64_t first_ts, row_ts;
	uint16_t row_cpu;
};

int codec_events_start(struct codec *codec, size_t max, struct error *err)
{
	struct codec_encoder *enc = codec->encoder;
	int r = codec_begin(codec, max, ARRAYS, err);

	if (r)
		return r;
	if (!enc) {
		enc = codec->encoder = malloc(sizeof(*enc));
		if (!enc)
			return error_nomem(err);
		codec_kind_fields(enc->fields);
	}
	codec_predictor_init(&enc->last);
	memset(enc->recent, 0, sizeof(enc->recent));
	memset(enc->nr, 0, sizeof(enc->nr));
	for (unsigned int i = 0; i < ARRAYS; i++)
		enc->values[i] = codec->values + i * max;
	return 0;
}

static inline uint32_t row_of(struct codec *codec, struct codec_encoder *enc, const struct event *e,
			      unsigned int f)
{
	const struct shape shape = {.kind = e->kind,
				    .order = f & F_ORDER ? e->order : 0,
				    .arg = f & F_ARG ? e->arg : 0};

	if (enc->recent[e->kind].known && enc->recent[e->kind].shape.arg == shape.arg &&
	    enc->recent[e->kind].shape.order == shape.order)
		return enc->recent[e->kind].row;
	enc->recent[e->kind].known = true;
	enc->recent[e->kind].shape = shape;
	return enc->recent[e->kind].row = codec_row(codec, shape);
}

static inline void add_time(struct codec_encoder *enc, uint64_t ts_ns, uint16_t cpu)
{
	size_t row = enc->nr[ARRAY_CPU];

	if (!row)
		enc->first_ts = enc->row_ts = ts_ns;
	enc->values[ARRAY_ROW][row] = 0;
	enc->values[ARRAY_CPU][row] = cpu;
	enc->values[ARRAY_TIME][row] = ts_ns - enc->row_ts;
	enc->nr[ARRAY_CPU] = row + 1;
	enc->row_ts = ts_ns;
	enc->row_cpu = cpu;
}

static inline void add_value(struct codec_encoder *enc, unsigned int array, uint64_t value)
{
	enc->values[array][enc->nr[array]++] = value;
}

/* Members that most events lack. */
static void add_rest(struct codec_encoder *enc, const struct event *e, unsigned int f)
{
	if (f & F_OBJ)
		add_value(enc, ARRAY_OBJ, e->obj);
	if (f & F_INDEX) {
		uint64_t *last = enc->last.index + (f & F_OBJ ? e->obj : 0) % CODEC_OBJ_SLOTS;

		add_value(enc, ARRAY_INDEX, zigzag((int64_t)(e->index - *last)));
		*last = e->index;
	}
	if (f & F_COUNT)
		add_value(enc, ARRAY_COUNT, e->count);
}

/* What every event has is in variables: what is stored might be the encoder for all that the compiler knows. */
size_t codec_events_add(struct codec *codec, const struct event *events, size_t n,
			struct codec_time *time)
{
	struct codec_encoder *enc = codec->encoder;
	uint64_t *const codes = enc->values[ARRAY_CODE] + enc->nr[ARRAY_CODE];
	uint64_t *const pfns = enc->values[ARRAY_PFN];
	uint64_t last_ns = time->last_ns, row_ts = enc->row_ts, more = 0;
	uint32_t row_cpu = enc->nr[ARRAY_CPU] ? enc->row_cpu : UINT32_MAX;
	size_t nr_pfn = enc->nr[ARRAY_PFN], i;

	for (i = 0; i < n; i++) {
		const struct event *e = events + i;
		const unsigned int f = enc->fields[e->kind];

		if (!codec_event_fits(e, enc->fields))
			break;
		if (e->ts_ns < last_ns)
			time->late++;
		else
			last_ns = e->ts_ns;
		codes[i] = row_of(codec, enc, e, f);
		if (last_ns == row_ts && e->cpu == row_cpu) {
			more++;
		} else {
			if (more)
				enc->values[ARRAY_ROW][enc->nr[ARRAY_CPU] - 1] += more;
			more = 0;
			add_time(enc, last_ns, e->cpu);
			row_ts = last_ns;
			row_cpu = e->cpu;
		}
		if (f & F_PFN) {
			uint64_t *last = enc->last.pfn + codec_pfn_slot(e->kind, e->cpu);

			pfns[nr_pfn++] = zigzag((int64_t)(e->pfn - *last));
			*last = e->pfn;
		}
		if (f & (F_OBJ | F_INDEX | F_COUNT))
			add_rest(enc, e, f);
	}
	if (more)
		enc->values[ARRAY_ROW][enc->nr[ARRAY_CPU] - 1] += more;
	enc->nr[ARRAY_CODE] += i;
	enc->nr[ARRAY_PFN] = nr_pfn;
	time->last_ns = last_ns;
	return i;
}

int codec_events_end(struct codec *codec, struct buf *out, struct error *err)
{
	struct codec_encoder *enc = codec->encoder;
	const size_t nr = enc->nr[ARRAY_CODE];
	size_t nr_rows;
	int r = buf_reserve(out, 10, err);

	if (r)
		return r;
	buf_put_varint(out, enc->first_ts);
	nr_rows = split_rows(enc->values, enc->nr[ARRAY_CPU], nr);
	enc->nr[ARRAY_ROW] = nr_rows;
	enc->nr[ARRAY_CPU] = enc->nr[ARRAY_TIME] = nr_rows ? nr_rows : nr;
	return codec_put_columns(codec, array_ids, enc->values, enc->nr, ARRAYS, out, err);
}

int codec_encode_events(struct codec *codec, const struct event *events, size_t nr, struct buf *out,
			struct error *err)
{
	struct codec_time time = {0};
	size_t fit;
	int r;

	if (!nr || nr > FORMAT_MAX_EVENTS)
		return error_set(err, -EINVAL, "a block cannot hold %zu events", nr);
	r = codec_events_start(codec, nr, err);
	if (r)
		return r;
	fit = codec_events_add(codec, events, nr, &time);
	if (fit < nr)
		return codec_event_refuse(events + fit, err);
	return codec_events_end(codec, out, err);
}
