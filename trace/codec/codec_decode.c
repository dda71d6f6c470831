// SPDX-License-Identifier: GPL-2.0-only
/* The payload of a block of events, as codec_events.c made it or anybody else. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "trace/codec/codec.h"
#include "trace/codec/codec_decoder.h"
#include "trace/format.h"

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
	int kept;

	codec_unplane32(d->columns.col + COLUMN_CODE, d->done, nr, d->forms_at);
	taker_fill(&d->pfn);
	taker_fill(&d->index);
	taker_fill(&d->obj);
	taker_fill(&d->count);
	kept = d->chunk(d, nr, out);
	if (kept < 0)
		return error_set(err, -EBADMSG, "an event names a row past the table's %zu",
				 d->nr_forms);
	d->done += nr;
	if (d->bad >> 63)
		return error_set(err, -EBADMSG, "a pfn or a time is out of range");
	return kept;
}

int codec_events_next(struct codec *codec, struct event *out, size_t max, struct codec_part *ret,
		      struct error *err)
{
	struct codec_decoder *d = codec->decoder;
	struct codec_part part = {.nr = d->nr - d->done < max ? d->nr - d->done : max};

	for (size_t at = 0; at < part.nr; at += CODEC_CHUNK) {
		int kept = decode_chunk(d, part.nr - at < CODEC_CHUNK ? part.nr - at : CODEC_CHUNK,
					out + part.kept, err);

		if (kept < 0)
			return kept;
		if (!at)
			part.first_ns = d->first_ns;
		part.kept += (size_t)kept;
	}
	part.last_ns = d->ts;
	*ret = part;
	return d->done == d->nr ? finish(d, err) : 0;
}

/* A kind has nothing where it has no field. */
static struct codec_form form_of(const struct shape *shape, unsigned int fields, bool kept)
{
	const bool has_index = fields & F_INDEX, has_obj = fields & F_OBJ,
		   has_count = fields & F_COUNT;

	struct codec_form form = {
		.what.arg = shape->arg,
		.tail = {.kind = shape->kind, .order = shape->order},
		.has_pfn = fields & F_PFN ? UINT64_MAX : 0,
		.has_index = has_index ? UINT64_MAX : 0,
		.has_obj = has_obj ? UINT64_MAX : 0,
		.has_count = has_count ? UINT64_MAX : 0,
		.next_place = 1 | (kept ? sizeof(struct event) : 0) << PLACE_TO_SHIFT |
			      (uint64_t)has_obj << PLACE_OBJ_SHIFT |
			      (uint64_t)has_count << PLACE_COUNT_SHIFT,
		.slots = (uint16_t)codec_pfn_slot(shape->kind, 0),
		/* the next index of the file is told by its distance, skipped or not */
		.has_place = has_index || (kept && (has_obj || has_count)),
		.kept_bytes = kept ? sizeof(struct event) : 0,
	};

	form.one[shape->kind] = 1;
	return form;
}

/* The table as forms. */
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
		codec->forms[i] = form_of(s, fields, !(skipped >> s->kind & 1));
	}
	return 0;
}

static enum codec_mix mix_of(const struct codec *codec)
{
	enum codec_mix mix = MIX_PAGES;

	for (size_t i = 0; i < codec->nr_shapes; i++) {
		const struct codec_form *form = codec->forms + i;

		if (!form->kept_bytes)
			return MIX_SKIPPED;
		if (form->has_place || !form->has_pfn)
			mix = MIX_ALL;
	}
	return mix;
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
	for (size_t i = 0; i < EVENT_KIND_MAX; i++)
		counts[i] += codec->decoder->counts[i];
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
	d->chunk = codec_chunk();
	d->forms = codec->forms;
	d->mix = mix_of(codec);
	d->nr_forms = codec->nr_shapes;
	d->ts = d->bad = ts;
	d->left = 0;
	d->has_rows = d->columns.col[COLUMN_ROW].present;
	taker_init(&d->row_len, d->columns.col + COLUMN_ROW, TAKER_NARROW);
	taker_init(&d->row_cpu, d->columns.col + COLUMN_CPU, TAKER_NARROW);
	taker_init(&d->row_time, d->columns.col + COLUMN_TIME, TAKER_UNSIGNED);
	taker_init(&d->pfn, d->columns.col + COLUMN_PFN, TAKER_SIGNED);
	taker_init(&d->index, d->columns.col + COLUMN_INDEX, TAKER_SIGNED);
	taker_init(&d->obj, d->columns.col + COLUMN_OBJ, TAKER_NARROW);
	taker_init(&d->count, d->columns.col + COLUMN_COUNT, TAKER_NARROW);
	memset(d->counts, 0, sizeof(d->counts));
	codec_predictor_init(&d->last);
	return 0;
}
