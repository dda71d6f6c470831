// SPDX-License-Identifier: GPL-2.0-only
/* The payload of a block of events, on its way to disk; codec_decode.c reads it. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "trace/codec/codec.h"
#include "trace/codec/codec_predictor.h"
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

/* What is stored of events of one kind, and the row of the table that its last one had: mostly the next has it, too. */
struct kind_code {
	uint64_t pfn_bits; /* those of a pfn that must not be set */
	uint64_t shape;	   /* that of the row: arg << 16 | kind << 8 | order */
	uint32_t row;
	uint32_t arg_bits; /* of arg and order those that are stored */
	uint32_t nr;	   /* events of the block */
	uint8_t order_bits;
	uint8_t fields; /* F_*; 0: there is no such kind */
};

enum { NO_SHAPE = -1 };

/*
 * A block that is being filled. What stands for an event is known as soon as it comes, so nobody keeps the events
 * themselves: they take five times as much memory as what is left of them, and would push it out of the caches.
 */
struct codec_encoder {
	struct kind_code kinds[256];
	struct codec_predictor last;
	uint64_t *values[ARRAYS];
	size_t nr[ARRAYS];
	uint64_t first_ts, row_ts;
	uint16_t row_cpu;
};

static struct codec_encoder *create_encoder(void)
{
	struct codec_encoder *enc = calloc(1, sizeof(*enc));

	for (unsigned int kind = 0; enc && kind < EVENT_KIND_MAX; kind++) {
		const struct event_info *info = event_info(kind);

		if (!info)
			continue;
		enc->kinds[kind] = (struct kind_code){
			.fields = info->fields,
			.pfn_bits = info->fields & F_PFN ? UINT64_MAX << FORMAT_PFN_BITS : 0,
			.arg_bits = info->fields & F_ARG ? UINT32_MAX : 0,
			.order_bits = info->fields & F_ORDER ? UINT8_MAX : 0,
		};
	}
	return enc;
}

int codec_events_start(struct codec *codec, size_t max, struct error *err)
{
	struct codec_encoder *enc = codec->encoder;
	int r = codec_begin(codec, max, ARRAYS, err);

	if (r)
		return r;
	if (!enc)
		enc = codec->encoder = create_encoder();
	if (!enc)
		return error_nomem(err);
	codec_predictor_init(&enc->last);
	for (unsigned int kind = 0; kind < EVENT_KIND_MAX; kind++) {
		enc->kinds[kind].shape = (uint64_t)NO_SHAPE;
		enc->kinds[kind].nr = 0;
	}
	memset(enc->nr, 0, sizeof(enc->nr));
	for (unsigned int i = 0; i < ARRAYS; i++)
		enc->values[i] = codec->values + i * max;
	return 0;
}

void codec_events_taken(const struct codec *codec, uint64_t counts[EVENT_KIND_MAX])
{
	for (unsigned int kind = 0; kind < EVENT_KIND_MAX; kind++)
		counts[kind] += codec->encoder->kinds[kind].nr;
}

static __attribute__((noinline)) uint32_t other_row(struct codec *codec, struct kind_code *k,
						    uint64_t shape)
{
	k->shape = shape;
	return k->row = codec_row(codec, (struct shape){.arg = (uint32_t)(shape >> 16),
							.kind = (uint8_t)(shape >> 8),
							.order = (uint8_t)shape});
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

/* True if an event can be stored, apart from its order in time. */
static inline bool fits(const struct kind_code *k, const struct event *e)
{
	return k->fields && !(e->pfn & k->pfn_bits) && !(e->ts_ns >> 63) &&
	       (e->order & k->order_bits) <= FORMAT_MAX_ORDER;
}

/* Those of one CPU and one time; returns how many, before the next time or CPU or one that does not fit. */
static inline size_t add_row(struct codec *codec, const struct event *events, size_t n)
{
	struct codec_encoder *enc = codec->encoder;
	uint64_t *const codes = enc->values[ARRAY_CODE] + enc->nr[ARRAY_CODE];
	uint64_t *pfns = enc->values[ARRAY_PFN] + enc->nr[ARRAY_PFN];
	uint64_t *const slots = enc->last.pfn + codec_pfn_slot(0, events->cpu);
	const uint64_t ts_ns = events->ts_ns;
	const uint16_t cpu = events->cpu;
	size_t i;

	for (i = 0; i < n && events[i].ts_ns == ts_ns && events[i].cpu == cpu; i++) {
		const struct event *e = events + i;
		struct kind_code *k = enc->kinds + e->kind;
		const uint64_t shape = (uint64_t)(e->arg & k->arg_bits) << 16 |
				       (uint64_t)e->kind << 8 | (e->order & k->order_bits);

		if (!fits(k, e))
			break;
		codes[i] = shape == k->shape ? k->row : other_row(codec, k, shape);
		k->nr++;
		if (k->fields & F_PFN) {
			uint64_t *last = slots + codec_pfn_slot(e->kind, 0);

			*pfns++ = zigzag((int64_t)(e->pfn - *last));
			*last = e->pfn;
		}
		if (k->fields & (F_OBJ | F_INDEX | F_COUNT))
			add_rest(enc, e, k->fields);
	}
	enc->nr[ARRAY_PFN] = (size_t)(pfns - enc->values[ARRAY_PFN]);
	return i;
}

size_t codec_events_add(struct codec *codec, const struct event *events, size_t n,
			struct codec_time *time)
{
	struct codec_encoder *enc = codec->encoder;
	size_t i = 0;

	while (i < n) {
		const struct event *e = events + i;
		const bool late = e->ts_ns < time->last_ns;
		const uint64_t ts_ns = late ? time->last_ns : e->ts_ns;
		size_t some;

		if (!fits(enc->kinds + e->kind, e))
			break;
		/* who has an earlier time goes alone: it is counted */
		some = add_row(codec, e, late ? 1 : n - i);
		if (enc->nr[ARRAY_CPU] && ts_ns == enc->row_ts && e->cpu == enc->row_cpu) {
			enc->values[ARRAY_ROW][enc->nr[ARRAY_CPU] - 1] += some;
		} else {
			add_time(enc, ts_ns, e->cpu);
			enc->values[ARRAY_ROW][enc->nr[ARRAY_CPU] - 1] = some - 1;
		}
		enc->nr[ARRAY_CODE] += some;
		time->last_ns = ts_ns;
		time->late += late;
		i += some;
	}
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
