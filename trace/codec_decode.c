// SPDX-License-Identifier: GPL-2.0-only
/* The payload of a block of events, as codec_events.c made it or anybody else. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "trace/codec.h"
#include "trace/codec_predictor.h"
#include "trace/codec_taker.h"
#include "trace/format.h"

enum {
	CHUNK = TAKER_STEP, /* decoded at once: events and columns together stay in a 32 KiB L1 cache */
	LANES = 4, /* counts of kinds side by side: they come in rows, and each addition waits for the last */
};

/*
 * The ends of an event as two words, so that an event takes a few wide stores. What the row of the table says and what
 * the event says are ORed, as each is zero where the other has something.
 */
union what {
	uint64_t bits;
	struct {
		uint32_t obj, arg;
	};
};

union tail {
	uint64_t bits;
	struct {
		uint32_t count;
		uint16_t cpu;
		uint8_t kind, order;
	};
};

_Static_assert(offsetof(struct event, arg) == offsetof(struct event, obj) + 4 &&
		       offsetof(struct event, obj) == offsetof(struct event, index) + 8,
	       "obj and arg are one word, after index");
_Static_assert(offsetof(struct event, cpu) == offsetof(struct event, count) + 4 &&
		       offsetof(struct event, kind) == offsetof(struct event, count) + 6 &&
		       offsetof(struct event, order) == offsetof(struct event, count) + 7 &&
		       offsetof(struct event, count) % 8 == 0,
	       "count, cpu, kind and order are one word");

/* A row of the table, ready to become events. 64 bytes, so that finding one takes a shift. */
struct codec_form {
	uint64_t index; /* 0; it and the next one are stored together */
	union what what;
	union tail tail;
	uint64_t has_pfn; /* all bits or none */
	uint32_t slots;	  /* of its kind: the predictor's for CPU 0 */
	uint8_t kind;
	uint8_t takes_pfn, has_index, has_obj, has_count; /* 0 or 1 */
	uint8_t has_place;				  /* any of the last three */
	uint32_t nr[LANES];				  /* events so far */
};

_Static_assert(sizeof(struct codec_form) == 64, "a power of two");

struct codec_decoder {
	struct columns columns;
	size_t nr, done; /* events of the block, and of these decoded */
	struct codec_form *forms;
	size_t nr_forms, nr_rows;
	uint64_t ts;
	uint64_t bad;  /* its top bit: a time or a pfn is; checked once at the end */
	uint64_t left; /* events of the current row that are still to come */
	uint16_t cpu;  /* theirs */
	struct taker row_len, row_cpu, row_time, pfn, index, obj, count;
	uint32_t codes[CHUNK];
	uint8_t places[CHUNK]; /* events of the chunk that have more than a pfn */
	struct codec_predictor last;
};

/* Begins the next row. */
static inline void next_row(struct codec_decoder *d)
{
	uint64_t time = d->row_time.values[d->row_time.at++];

	d->ts += time;
	/* an addition that wraps must have set the top bit of one of the two before */
	d->bad |= d->ts | time;
	d->left = d->row_len.values[d->row_len.at++] + 1;
	d->cpu = (uint16_t)d->row_cpu.values[d->row_cpu.at++];
}

/*
 * Events [first, end) of the chunk, which are of one row or each of its own: everything but what few kinds have. Where
 * those are goes to places, of which nr are there. Returns how many there are then. What this costs are the stores.
 */
static inline __attribute__((always_inline)) size_t decode_pages(struct codec_decoder *restrict d,
								 size_t first, size_t end,
								 bool each, size_t nr,
								 struct event *restrict out)
{
	struct codec_form *restrict forms = d->forms;
	uint64_t *slots = d->last.pfn + codec_pfn_slot(0, d->cpu);
	const uint64_t *delta = d->pfn.values + d->pfn.at;
	uint64_t ts = d->ts, pfns = 0;
	union tail cpu = {.cpu = d->cpu};

	for (size_t i = first; i < end; i++) {
		struct codec_form *form = &forms[d->codes[i]];
		uint64_t *slot, pfn, tail;

		if (each) {
			next_row(d);
			ts = d->ts;
			cpu.cpu = d->cpu;
			slots = d->last.pfn + codec_pfn_slot(0, d->cpu);
		}
		slot = slots + form->slots;
		/* the slot of a kind without pfns stays 0 */
		pfn = *slot + (*delta & form->has_pfn);
		tail = form->tail.bits | cpu.bits;
		delta += form->takes_pfn;
		pfns |= pfn;
		*slot = pfn;
		form->nr[i % LANES]++;
		d->places[nr] = (uint8_t)i;
		nr += form->has_place;
		out[i].ts_ns = ts;
		out[i].pfn = pfn;
		memcpy(&out[i].index, &form->index, sizeof(form->index) + sizeof(form->what));
		memcpy(&out[i].count, &tail, sizeof(tail));
	}
	if (pfns >> FORMAT_PFN_BITS)
		d->bad = UINT64_MAX;
	d->pfn.at = (size_t)(delta - d->pfn.values);
	return nr;
}

/* Object, place and count of the events that have any of them. */
static void decode_places(struct codec_decoder *restrict d, size_t nr, struct event *restrict out)
{
	const uint64_t *obj = d->obj.values + d->obj.at;
	const uint64_t *index = d->index.values + d->index.at;
	const uint64_t *count = d->count.values + d->count.at;

	for (size_t i = 0; i < nr; i++) {
		struct event *e = out + d->places[i];
		const struct codec_form *form = d->forms + d->codes[d->places[i]];
		/* kinds come in any order: no branch could be guessed */
		uint64_t has_index = -(uint64_t)form->has_index;
		uint32_t file = (uint32_t)*obj & -(uint32_t)form->has_obj;
		uint64_t *slot = d->last.index + file % CODEC_OBJ_SLOTS;
		uint64_t place = *slot + (*index & has_index);

		*slot = place;
		e->index = place & has_index;
		e->obj = file;
		e->count = (uint32_t)*count & -(uint32_t)form->has_count;
		obj += form->has_obj;
		count += form->has_count;
		index += form->has_index;
	}
	d->obj.at = (size_t)(obj - d->obj.values);
	d->index.at = (size_t)(index - d->index.values);
	d->count.at = (size_t)(count - d->count.values);
}

static void decode_rows(struct codec_decoder *d, size_t nr, struct event *out)
{
	size_t nr_places = 0;

	if (!d->row_len.column->present) {
		nr_places = decode_pages(d, 0, nr, true, 0, out);
		d->left = 0;
	}
	for (size_t done = 0, here; d->row_len.column->present && done < nr;
	     done += here, d->left -= here) {
		if (!d->left)
			next_row(d);
		here = d->left < nr - done ? d->left : nr - done;
		nr_places = decode_pages(d, done, done + here, false, nr_places, out);
	}
	decode_places(d, nr_places, out);
}

/* All columns have been used up, and no more than that. */
static int finish(const struct codec_decoder *d, struct error *err)
{
	if (d->left || d->row_len.taken + d->row_len.at != d->nr_rows)
		return error_set(err, -EBADMSG,
				 "the rows do not hold the %zu events that there are", d->nr);
	if (!taker_finished(&d->pfn) || !taker_finished(&d->index) || !taker_finished(&d->obj) ||
	    !taker_finished(&d->count))
		return error_set(err, -EBADMSG,
				 "a column holds more or fewer numbers than events use");
	return 0;
}

static int decode_chunk(struct codec_decoder *d, size_t nr, struct event *out, struct error *err)
{
	uint32_t max_code = 0;

	codec_unplane32(d->columns.col + COLUMN_CODE, d->done, nr, d->codes);
	taker_fill(&d->row_len);
	taker_fill(&d->row_cpu);
	taker_fill(&d->row_time);
	taker_fill(&d->pfn);
	taker_fill(&d->index);
	taker_fill(&d->obj);
	taker_fill(&d->count);
	for (size_t i = 0; i < nr; i++)
		max_code = d->codes[i] > max_code ? d->codes[i] : max_code;
	if (max_code >= d->nr_forms)
		return error_set(err, -EBADMSG, "an event names row %" PRIu32 " of a table of %zu",
				 max_code, d->nr_forms);
	decode_rows(d, nr, out);
	d->done += nr;
	if (d->bad >> 63)
		return error_set(err, -EBADMSG, "a pfn or a time is out of range");
	return 0;
}

int codec_events_next(struct codec *codec, struct event *out, size_t max, struct error *err)
{
	struct codec_decoder *d = codec->decoder;
	size_t nr = d->nr - d->done < max ? d->nr - d->done : max;
	int r = 0;

	for (size_t at = 0; !r && at < nr; at += CHUNK)
		r = decode_chunk(d, nr - at < CHUNK ? nr - at : CHUNK, out + at, err);
	if (!r && d->done == d->nr)
		r = finish(d, err);
	return r ? r : (int)nr;
}

/* The table as forms; a kind has nothing where it has no field. */
static int make_forms(struct codec *codec, struct error *err)
{
	int r = codec_grow((void **)&codec->forms, &codec->forms_cap, codec->nr_shapes,
			   sizeof(*codec->forms), err);

	if (r)
		return r;
	for (size_t i = 0; i < codec->nr_shapes; i++) {
		const struct shape *s = codec->shapes + i;
		const struct event_info *info = event_info(s->kind);
		unsigned int fields;

		if (!info)
			return error_set(err, -EBADMSG,
					 "events of kind %u, which this version does not know",
					 s->kind);
		fields = info->fields;
		if ((s->order && !(fields & F_ORDER)) || (s->arg && !(fields & F_ARG)))
			return error_set(err, -EBADMSG,
					 "an event %s with a member that it cannot have",
					 info->name);
		codec->forms[i] = (struct codec_form){
			.has_pfn = fields & F_PFN ? ~UINT64_C(0) : 0,
			.what.arg = s->arg,
			.tail = {.kind = s->kind, .order = s->order},
			.slots = (uint32_t)codec_pfn_slot(s->kind, 0),
			.kind = s->kind,
			.takes_pfn = (fields & F_PFN) != 0,
			.has_place = (fields & (F_OBJ | F_INDEX | F_COUNT)) != 0,
			.has_index = (fields & F_INDEX) != 0,
			.has_obj = (fields & F_OBJ) != 0,
			.has_count = (fields & F_COUNT) != 0,
		};
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

/* How many rows of one CPU and one time the events are in; without that column each is one of its own. */
static int expect_rows(const struct columns *columns, size_t nr, size_t *ret, struct error *err)
{
	const struct column *row = columns->col + COLUMN_ROW;
	size_t nr_rows = nr;
	int r = 0;

	if (row->present) {
		nr_rows = row->encoding == CODEC_CONST ? nr / (row->value + 1) : row->values;
		r = codec_expect(columns, COLUMN_ROW, nr_rows, FORMAT_MAX_EVENTS - 1, err);
	}
	if (!r)
		r = codec_expect(columns, COLUMN_CPU, nr_rows, UINT16_MAX, err);
	if (!r)
		r = codec_expect(columns, COLUMN_TIME, nr_rows, UINT64_MAX, err);
	if (!r)
		*ret = nr_rows;
	return r;
}

static int expect_columns(const struct columns *columns, size_t nr, size_t *ret_rows,
			  struct error *err)
{
	int r = codec_expect(columns, COLUMN_CODE, nr, UINT32_MAX, err);

	if (!r)
		r = expect_rows(columns, nr, ret_rows, err);
	if (!r)
		r = expect_sparse(columns, COLUMN_PFN, UINT64_MAX, err);
	if (!r)
		r = expect_sparse(columns, COLUMN_INDEX, UINT64_MAX, err);
	if (!r)
		r = expect_sparse(columns, COLUMN_OBJ, UINT32_MAX, err);
	if (!r)
		r = expect_sparse(columns, COLUMN_COUNT, UINT32_MAX, err);
	return r;
}

void codec_events_count(const struct codec *codec, uint64_t counts[EVENT_KIND_MAX])
{
	for (size_t i = 0; i < codec->nr_shapes; i++)
		for (unsigned int lane = 0; lane < LANES; lane++)
			counts[codec->forms[i].kind] += codec->forms[i].nr[lane];
}

int codec_events_begin(struct codec *codec, const void *data, size_t len, size_t nr,
		       struct error *err)
{
	struct cursor c = cursor_init(data, len);
	uint64_t ts = cursor_varint(&c);
	struct codec_decoder *d = codec->decoder;
	int r = 0;

	if (!d)
		d = codec->decoder = malloc(sizeof(*d));
	if (!d)
		return error_nomem(err);
	r = codec_parse_columns(&c, &d->columns, err);
	if (!r)
		r = codec_parse_table(codec, &d->columns, err);
	if (!r)
		r = make_forms(codec, err);
	if (!r)
		r = expect_columns(&d->columns, nr, &d->nr_rows, err);
	if (r)
		return r;
	d->nr = nr;
	d->done = 0;
	d->forms = codec->forms;
	d->nr_forms = codec->nr_shapes;
	d->ts = d->bad = ts;
	d->left = 0;
	taker_init(&d->row_len, d->columns.col + COLUMN_ROW, false);
	taker_init(&d->row_cpu, d->columns.col + COLUMN_CPU, false);
	taker_init(&d->row_time, d->columns.col + COLUMN_TIME, false);
	taker_init(&d->pfn, d->columns.col + COLUMN_PFN, true);
	taker_init(&d->index, d->columns.col + COLUMN_INDEX, true);
	taker_init(&d->obj, d->columns.col + COLUMN_OBJ, false);
	taker_init(&d->count, d->columns.col + COLUMN_COUNT, false);
	codec_predictor_init(&d->last);
	return 0;
}
