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
	ROW_STEP = 16,	    /* events of a row that get their time at once */
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
	uint8_t kept;					  /* or skipped */
	uint32_t nr[LANES];				  /* events so far */
};

_Static_assert(sizeof(struct codec_form) == 64, "a power of two");
_Static_assert(EVENT_KIND_MAX <= 64, "a bit for each kind to skip");

struct codec_decoder {
	struct columns columns;
	size_t nr, done; /* events of the block, and of these decoded */
	struct codec_form *forms;
	size_t nr_forms, nr_rows;
	uint64_t ts;
	uint64_t bad;  /* its top bit: a time or a pfn is; checked once at the end */
	uint64_t left; /* events of the current row that are still to come */
	uint32_t cpu;  /* theirs */
	bool has_rows; /* or each has a CPU and a time of its own */
	struct taker row_len, row_cpu, row_time, pfn, index, obj, count;
	uint32_t codes[CHUNK];
	uint32_t cpus[CHUNK + ROW_STEP];
	uint64_t times[CHUNK + ROW_STEP];
	struct place {
		uint16_t from, to;
	} places[CHUNK]; /* events of the chunk that have more than a pfn: which, and which of those that are kept */
	struct event nowhere; /* for those that are not */
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
	d->cpu = (uint32_t)d->row_cpu.values[d->row_cpu.at++];
}

/* Time and CPU of the events, from those of their rows. */
static void time_rows(struct codec_decoder *d, size_t nr)
{
	taker_fill(&d->row_len);
	taker_fill(&d->row_cpu);
	taker_fill(&d->row_time);
	for (size_t at = 0, here; at < nr; at += here, d->left -= here) {
		uint64_t ts;
		uint32_t cpu;

		if (!d->left)
			next_row(d);
		here = d->left < nr - at ? d->left : nr - at;
		ts = d->ts;
		cpu = d->cpu;
		/* most rows are short: some at a time, and too many, so that no branch depends on the length */
		for (size_t i = at; i < at + here; i += ROW_STEP)
			for (size_t j = 0; j < ROW_STEP; j++) {
				d->times[i + j] = ts;
				d->cpus[i + j] = cpu;
			}
	}
}

/* The same where every event has its own. */
static void time_events(struct codec_decoder *d, size_t nr)
{
	uint64_t *times = d->times, ts = d->ts, bad = 0;

	codec_unplane(d->columns.col + COLUMN_TIME, d->done, nr, false, times);
	codec_unplane32(d->columns.col + COLUMN_CPU, d->done, nr, d->cpus);
	for (size_t i = 0; i < nr; i++) {
		ts += times[i];
		bad |= ts | times[i];
		times[i] = ts;
	}
	d->ts = ts;
	d->bad |= bad;
}

/*
 * All of the chunk's events but what few kinds have. Where those are goes to places, *ret_places of them. Returns how
 * many events are kept; one that is not is written over by the next. What this costs are the stores.
 */
static size_t decode_pages(struct codec_decoder *restrict d, size_t nr, struct event *restrict out,
			   size_t *ret_places)
{
	struct codec_form *restrict forms = d->forms;
	const uint64_t *delta = d->pfn.values + d->pfn.at;
	uint64_t *restrict slots = d->last.pfn;
	struct place *restrict places = d->places;
	uint64_t pfns = 0;
	size_t nr_places = 0, kept = 0;

	for (size_t i = 0; i < nr; i++) {
		struct codec_form *form = &forms[d->codes[i]];
		uint32_t cpu = d->cpus[i];
		/* the slot of a kind without pfns stays 0 */
		uint64_t *slot = slots + form->slots + codec_pfn_slot(0, cpu);
		uint64_t pfn = *slot + (*delta & form->has_pfn);
		uint64_t tail = form->tail.bits | (union tail){.cpu = (uint16_t)cpu}.bits;

		delta += form->takes_pfn;
		pfns |= pfn;
		*slot = pfn;
		form->nr[i % LANES]++;
		places[nr_places] = (struct place){.from = (uint16_t)i, .to = (uint16_t)kept};
		nr_places += form->has_place;
		out[kept].ts_ns = d->times[i];
		out[kept].pfn = pfn;
		memcpy(&out[kept].index, &form->index, sizeof(form->index) + sizeof(form->what));
		memcpy(&out[kept].count, &tail, sizeof(tail));
		kept += form->kept;
	}
	if (pfns >> FORMAT_PFN_BITS)
		d->bad = UINT64_MAX;
	d->pfn.at = (size_t)(delta - d->pfn.values);
	*ret_places = nr_places;
	return kept;
}

/* Object, place and count of the events that have any of them. */
static void decode_places(struct codec_decoder *restrict d, size_t nr, struct event *restrict out)
{
	const uint64_t *obj = d->obj.values + d->obj.at;
	const uint64_t *index = d->index.values + d->index.at;
	const uint64_t *count = d->count.values + d->count.at;

	for (size_t i = 0; i < nr; i++) {
		const struct codec_form *form = d->forms + d->codes[d->places[i].from];
		struct event *e = form->kept ? out + d->places[i].to : &d->nowhere;
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

/* All columns have been used up, and no more than that. */
static int finish(const struct codec_decoder *d, struct error *err)
{
	if (d->has_rows && (d->left || d->row_len.taken + d->row_len.at != d->nr_rows))
		return error_set(err, -EBADMSG,
				 "the rows do not hold the %zu events that there are", d->nr);
	if (!taker_finished(&d->pfn) || !taker_finished(&d->index) || !taker_finished(&d->obj) ||
	    !taker_finished(&d->count))
		return error_set(err, -EBADMSG,
				 "a column holds more or fewer numbers than events use");
	return 0;
}

/* How many events are kept, or -EBADMSG. */
static int decode_chunk(struct codec_decoder *d, size_t nr, struct event *out, struct error *err)
{
	uint32_t last = (uint32_t)d->nr_forms - 1, wrong = 0;
	size_t kept, nr_places;

	codec_unplane32(d->columns.col + COLUMN_CODE, d->done, nr, d->codes);
	taker_fill(&d->pfn);
	taker_fill(&d->index);
	taker_fill(&d->obj);
	taker_fill(&d->count);
	/* the top bit of either: SSE2 knows no maximum of such numbers */
	for (size_t i = 0; i < nr; i++)
		wrong |= d->codes[i] | (last - d->codes[i]);
	if (wrong >> 31)
		return error_set(err, -EBADMSG, "an event names a row past the table's %zu",
				 d->nr_forms);
	if (d->has_rows)
		time_rows(d, nr);
	else
		time_events(d, nr);
	kept = decode_pages(d, nr, out, &nr_places);
	decode_places(d, nr_places, out);
	d->done += nr;
	if (d->bad >> 63)
		return error_set(err, -EBADMSG, "a pfn or a time is out of range");
	return (int)kept;
}

int codec_events_next(struct codec *codec, struct event *out, size_t max, struct codec_part *ret,
		      struct error *err)
{
	struct codec_decoder *d = codec->decoder;
	struct codec_part part = {.nr = d->nr - d->done < max ? d->nr - d->done : max};

	for (size_t at = 0; at < part.nr; at += CHUNK) {
		int kept = decode_chunk(d, part.nr - at < CHUNK ? part.nr - at : CHUNK,
					out + part.kept, err);

		if (kept < 0)
			return kept;
		if (!at)
			part.first_ns = d->times[0];
		part.kept += (size_t)kept;
	}
	part.last_ns = d->ts;
	*ret = part;
	return d->done == d->nr ? finish(d, err) : 0;
}

/* The table as forms; a kind has nothing where it has no field. */
static int make_forms(struct codec *codec, uint64_t skipped, struct error *err)
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
			.kept = !(skipped >> s->kind & 1),
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
		nr_rows = row->values;
		if (row->encoding == CODEC_CONST && row->value < FORMAT_MAX_EVENTS)
			nr_rows = nr / (row->value + 1);
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
		       uint64_t skipped, struct error *err)
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
		r = make_forms(codec, skipped, err);
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
	d->has_rows = d->columns.col[COLUMN_ROW].present;
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
