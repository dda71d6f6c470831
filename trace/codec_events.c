// SPDX-License-Identifier: GPL-2.0-only
/* The payload of a block of events. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "trace/codec.h"
#include "trace/format.h"

enum {
	CHUNK = 256, /* decoded at once: events and columns together stay in a 32 KiB L1 cache */
	AHEAD = 2 * CHUNK, /* values of a sparse column that are made ready at once */
	LANES = 4, /* counts of kinds side by side: they come in rows, and each addition waits for the last */
};

/* What the pfn and index columns are distances from; both sides start every block with zeros. */
struct predictor {
	uint64_t pfn[256 * CODEC_CPU_SLOTS];
	uint64_t index[CODEC_OBJ_SLOTS];
};

/* Only the rows of existing kinds are ever touched: no need to clear 128 KiB per block. */
static void predictor_init(struct predictor *p)
{
	memset(p->pfn, 0, sizeof(p->pfn[0]) * EVENT_KIND_MAX * CODEC_CPU_SLOTS);
	memset(p->index, 0, sizeof(p->index));
}

static size_t pfn_slot(unsigned int kind, unsigned int cpu)
{
	return (size_t)kind * CODEC_CPU_SLOTS + cpu % CODEC_CPU_SLOTS;
}

enum { ARRAY_CODE, ARRAY_CPU, ARRAY_TIME, ARRAY_PFN, ARRAY_INDEX, ARRAY_OBJ, ARRAY_COUNT, ARRAYS };

static const uint8_t array_ids[ARRAYS] = {COLUMN_CODE,	COLUMN_CPU, COLUMN_TIME, COLUMN_PFN,
					  COLUMN_INDEX, COLUMN_OBJ, COLUMN_COUNT};

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

/* Fills the arrays of the columns; ret_nr counts the values in each. */
static int split_events(struct codec *codec, const struct event *events, size_t nr,
			uint64_t *const *values, size_t *ret_nr, struct error *err)
{
	uint64_t last_ts = events[0].ts_ns;
	size_t nr_pfn = 0, nr_index = 0, nr_obj = 0, nr_count = 0;
	struct predictor last;
	uint8_t fields[256];

	predictor_init(&last);
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
		values[ARRAY_CPU][i] = e->cpu;
		values[ARRAY_TIME][i] = e->ts_ns - last_ts;
		last_ts = e->ts_ns;
		if (f & F_PFN) {
			uint64_t *slot = last.pfn + pfn_slot(e->kind, e->cpu);

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
	memcpy(ret_nr, (size_t[ARRAYS]){nr, nr, nr, nr_pfn, nr_index, nr_obj, nr_count},
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

/* A column of which only some events have a value: taken in turn. */
struct taker {
	const struct column *column;
	size_t taken;  /* before values[0] */
	size_t at, nr; /* in values */
	/* one more, because a value is read before it is known whether it is wanted */
	uint64_t values[AHEAD + 1];
};

struct decoder {
	const struct shape *shapes;
	size_t nr_shapes;
	uint64_t ts;
	uint64_t bad; /* collects bits that no valid payload sets; checked once at the end */
	struct taker pfn, index, obj, count;
	uint32_t codes[CHUNK], cpus[CHUNK];
	uint64_t times[CHUNK];
	uint32_t kinds[LANES][256];
	struct predictor last;
};

static bool is_constant(const struct column *column)
{
	return !column->present || column->encoding == CODEC_CONST;
}

static void taker_init(struct taker *t, const struct column *column)
{
	t->column = column;
	t->taken = t->at = t->nr = 0;
	if (is_constant(column))
		codec_unplane(column, 0, AHEAD + 1, t->values);
}

/* Makes as many values ready as a chunk may take. */
static void taker_fill(struct taker *t)
{
	if (is_constant(t->column)) {
		t->taken += t->at;
		t->at = 0;
	} else if (t->nr < t->at + CHUNK) {
		t->taken += t->at;
		t->at = 0;
		t->nr = AHEAD;
		codec_unplane(t->column, t->taken, AHEAD + 1, t->values);
	}
}

static bool taker_finished(const struct taker *t)
{
	if (t->column->present && t->column->encoding == CODEC_CONST)
		return true;
	return t->taken + t->at == t->column->values;
}

/* Place and count of the events that have them, which are few in every workload seen. */
static inline void decode_place(struct decoder *d, unsigned int fields, struct event *e)
{
	if (fields & F_INDEX) {
		uint64_t *slot = d->last.index + e->obj % CODEC_OBJ_SLOTS;

		*slot += (uint64_t)unzigzag(d->index.values[d->index.at++]);
		e->index = *slot;
	}
	if (fields & F_COUNT)
		e->count = (uint32_t)d->count.values[d->count.at++];
}

static void decode_chunk(struct decoder *d, size_t nr, struct event *out)
{
	uint64_t ts = d->ts, bad = 0;
	size_t pfn_at = d->pfn.at, obj_at = d->obj.at;

	for (size_t i = 0; i < nr; i++) {
		const struct shape *s = d->shapes + d->codes[i];
		unsigned int cpu = d->cpus[i], fields = s->fields;
		uint64_t *slot = d->last.pfn + pfn_slot(s->kind, cpu);
		uint64_t has = fields & F_PFN ? ~(uint64_t)0 : 0;
		uint64_t pfn = (*slot + (uint64_t)unzigzag(d->pfn.values[pfn_at])) & has;
		uint32_t has_obj = fields & F_OBJ ? ~0u : 0;

		d->kinds[i % LANES][s->kind]++;
		*slot = pfn;
		pfn_at += has & 1;
		ts += d->times[i];
		/* an addition that wraps must have set the top bit of one of the two before */
		bad |= (ts | d->times[i]) >> 63 | pfn >> FORMAT_PFN_BITS;
		out[i] = (struct event){.ts_ns = ts,
					.pfn = pfn,
					.obj = (uint32_t)d->obj.values[obj_at] & has_obj,
					.arg = s->arg,
					.cpu = (uint16_t)cpu,
					.kind = s->kind,
					.order = s->order};
		obj_at += has_obj & 1;
		if (fields & (F_INDEX | F_COUNT))
			decode_place(d, fields, out + i);
	}
	d->ts = ts;
	d->bad |= bad;
	d->pfn.at = pfn_at;
	d->obj.at = obj_at;
}

static int decode_chunks(struct decoder *d, const struct columns *columns, size_t nr,
			 struct event *out, struct error *err)
{
	for (size_t first = 0; first < nr; first += CHUNK) {
		size_t here = nr - first < CHUNK ? nr - first : CHUNK;
		uint32_t max_code = 0;

		codec_unplane32(columns->col + COLUMN_CODE, first, here, d->codes);
		codec_unplane32(columns->col + COLUMN_CPU, first, here, d->cpus);
		codec_unplane(columns->col + COLUMN_TIME, first, here, d->times);
		taker_fill(&d->pfn);
		taker_fill(&d->index);
		taker_fill(&d->obj);
		taker_fill(&d->count);
		for (size_t i = 0; i < here; i++)
			max_code = d->codes[i] > max_code ? d->codes[i] : max_code;
		if (max_code >= d->nr_shapes)
			return error_set(err, -EBADMSG,
					 "an event names row %" PRIu32 " of a table of %zu",
					 max_code, d->nr_shapes);
		decode_chunk(d, here, out + first);
	}
	if (d->bad)
		return error_set(err, -EBADMSG, "a pfn or a time is out of range");
	if (!taker_finished(&d->pfn) || !taker_finished(&d->index) || !taker_finished(&d->obj) ||
	    !taker_finished(&d->count))
		return error_set(err, -EBADMSG,
				 "a column holds more or fewer numbers than events use");
	return 0;
}

/* The kinds' fields, and nothing where the kind has none. */
static int check_shapes(struct codec *codec, struct error *err)
{
	for (size_t i = 0; i < codec->nr_shapes; i++) {
		struct shape *s = codec->shapes + i;
		const struct event_info *info = event_info(s->kind);

		if (!info)
			return error_set(err, -EBADMSG,
					 "events of kind %u, which this version does not know",
					 s->kind);
		if ((s->order && !(info->fields & F_ORDER)) || (s->arg && !(info->fields & F_ARG)))
			return error_set(err, -EBADMSG,
					 "an event %s with a member that it cannot have",
					 info->name);
		s->fields = info->fields;
	}
	return 0;
}

static int expect_sparse(const struct columns *columns, enum codec_column id, uint64_t max,
			 struct error *err)
{
	/* absent: no event has a value; taker_finished() holds the column to that */
	return columns->col[id].present
		       ? codec_expect(columns, id, columns->col[id].values, max, err)
		       : 0;
}

int codec_decode_events(struct codec *codec, const void *data, size_t len, size_t nr,
			struct event *out, struct error *err)
{
	struct cursor c = cursor_init(data, len);
	uint64_t ts = cursor_varint(&c);
	struct columns columns;
	struct decoder d;
	int r = codec_parse_columns(&c, &columns, err);

	if (!r)
		r = codec_parse_table(codec, &columns, err);
	if (!r)
		r = check_shapes(codec, err);
	if (!r)
		r = codec_expect(&columns, COLUMN_CODE, nr, UINT32_MAX, err);
	if (!r)
		r = codec_expect(&columns, COLUMN_CPU, nr, UINT16_MAX, err);
	if (!r)
		r = codec_expect(&columns, COLUMN_TIME, nr, UINT64_MAX, err);
	if (!r)
		r = expect_sparse(&columns, COLUMN_PFN, UINT64_MAX, err);
	if (!r)
		r = expect_sparse(&columns, COLUMN_INDEX, UINT64_MAX, err);
	if (!r)
		r = expect_sparse(&columns, COLUMN_OBJ, UINT32_MAX, err);
	if (!r)
		r = expect_sparse(&columns, COLUMN_COUNT, UINT32_MAX, err);
	if (r)
		return r;
	/* not one initialiser: it would clear the arrays too */
	d.shapes = codec->shapes;
	d.nr_shapes = codec->nr_shapes;
	d.ts = ts;
	d.bad = ts >> 63;
	taker_init(&d.pfn, columns.col + COLUMN_PFN);
	taker_init(&d.index, columns.col + COLUMN_INDEX);
	taker_init(&d.obj, columns.col + COLUMN_OBJ);
	taker_init(&d.count, columns.col + COLUMN_COUNT);
	memset(d.kinds, 0, sizeof(d.kinds));
	predictor_init(&d.last);
	r = decode_chunks(&d, &columns, nr, out, err);
	for (unsigned int kind = 0; kind < EVENT_KIND_MAX; kind++)
		codec->kinds[kind] =
			d.kinds[0][kind] + d.kinds[1][kind] + d.kinds[2][kind] + d.kinds[3][kind];
	return r;
}
