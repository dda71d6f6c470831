// SPDX-License-Identifier: GPL-2.0-only
#include "trace/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/reader_internal.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

void trace_reader_destroy(struct trace_reader *r)
{
	if (!r)
		return;
	container_fini(&r->file);
	codec_fini(&r->codec);
	free(r->events);
	free(r->runs);
	free(r->counted);
	free(r);
}

const struct trace_meta *trace_reader_meta(const struct trace_reader *r)
{
	return &r->meta;
}

const struct trace_footer *trace_reader_footer(const struct trace_reader *r)
{
	return r->have_footer ? &r->footer : NULL;
}

void trace_reader_skip(struct trace_reader *r, uint64_t kinds)
{
	r->skipped = kinds;
}

uint64_t trace_reader_file_size(const struct trace_reader *r)
{
	return r->file.in.len;
}

uint64_t trace_reader_offset(const struct trace_reader *r)
{
	return r->file.offset;
}

json_t *reader_load_json(struct trace_reader *r, struct error *err)
{
	json_error_t why;
	json_t *json;

	if (r->file.raw.len > FORMAT_MAX_JSON) {
		error_set(err, -EBADMSG, "%zu bytes of JSON, at most %d are allowed",
			  r->file.raw.len, FORMAT_MAX_JSON);
		return NULL;
	}
	json = json_loadb((const char *)r->file.raw.data, r->file.raw.len, JSON_REJECT_DUPLICATES,
			  &why);
	if (!json)
		error_set(err, -EBADMSG, "the block is not JSON: %s", why.text);
	return json;
}

/* META, which comes first and says what everything else means. */
static int read_meta(struct trace_reader *r, struct error *err)
{
	json_auto_t *json = NULL;
	struct frame_block frame;
	int ret;

	ret = container_read_block(&r->file, &frame, err);
	if (ret)
		return container_judge(&r->file, ret, err);
	if (frame.type != BLOCK_META || frame.count != 1) {
		error_set(err, -EBADMSG, "the first block is not the header");
		return container_judge(&r->file, -EBADMSG, err);
	}
	json = reader_load_json(r, err);
	if (!json || trace_meta_from_json(json, &r->meta, err))
		return container_judge(&r->file, -EBADMSG, err);
	container_block_done(&r->file, &frame);
	return 0;
}

/* Takes the input over, on failure too. */
static int reader_create(const char *name, struct input *in, struct trace_reader **ret,
			 struct error *err)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *r = calloc(1, sizeof(*r));
	int res;

	if (!r) {
		input_fini(in);
		return error_nomem(err);
	}
	res = container_init(&r->file, name, in, err);
	if (!res)
		res = container_read_header(&r->file, err);
	if (!res)
		res = read_meta(r, err);
	if (!res)
		*ret = take_ptr(r);
	return res;
}

int trace_reader_open(const char *path, struct trace_reader **ret, struct error *err)
{
	struct input in;
	int r = input_open(path, &in, err);

	return r ? r : reader_create(path, &in, ret, err);
}

int trace_reader_open_mem(const char *name, const void *data, size_t len, struct trace_reader **ret,
			  struct error *err)
{
	struct input in = {.data = data, .len = len, .owner = INPUT_BORROWED};

	return reader_create(name, &in, ret, err);
}

static int too_many(uint64_t count, uint64_t max, struct error *err)
{
	return error_set(err, -EBADMSG,
			 "the block says it holds %" PRIu64 " elements, at most %" PRIu64
			 " are allowed",
			 count, max);
}

/* Room for count elements in an array that grows. */
static int make_room(void **array, size_t *cap, uint64_t count, uint64_t max, size_t size,
		     struct error *err)
{
	void *p;

	if (count > max)
		return too_many(count, max, err);
	if (count <= *cap && *cap)
		return 0;
	/* what is there need not be kept */
	free(*array);
	*array = NULL;
	*cap = 0;
	p = malloc((count ? count : 1) * size);
	if (!p)
		return error_nomem(err);
	*array = p;
	*cap = count ? count : 1;
	return 0;
}

static int begin_events(struct trace_reader *r, const struct frame_block *frame, struct error *err)
{
	int res;

	if (!frame->count)
		return error_set(err, -EBADMSG, "a block of no events");
	if (frame->count > FORMAT_MAX_EVENTS)
		return too_many(frame->count, FORMAT_MAX_EVENTS, err);
	if (!r->events)
		r->events = malloc(READER_PART * sizeof(*r->events));
	if (!r->events)
		return error_nomem(err);
	res = codec_events_begin(&r->codec, r->file.raw.data, r->file.raw.len, frame->count,
				 r->skipped, err);
	if (res)
		return res;
	r->block = *frame;
	r->left = frame->count;
	return 0;
}

/* The next events of the block. */
static int get_events(struct trace_reader *r, struct trace_block *ret, struct error *err)
{
	struct codec_part part;
	int res = codec_events_next(&r->codec, r->events, READER_PART, &part, err);

	if (res)
		return res;
	if (part.first_ns < r->last_ts)
		return error_set(err, -EBADMSG, "time goes back from %" PRIu64 " to %" PRIu64,
				 r->last_ts, part.first_ns);
	r->last_ts = part.last_ns;
	r->left -= part.nr;
	ret->type = BLOCK_EVENTS;
	ret->events.events = r->events;
	ret->events.nr = part.kept;
	ret->events.skipped = part.nr - part.kept;
	ret->events.last_ns = part.last_ns;
	ret->events.more = r->left > 0;
	if (r->left)
		return 1;
	codec_events_count(&r->codec, r->counts);
	container_block_done(&r->file, &r->block);
	return 1;
}

static int get_census(struct trace_reader *r, uint64_t count, struct trace_block *ret,
		      struct error *err)
{
	struct census_span span;
	int res = make_room((void **)&r->runs, &r->runs_cap, count, FORMAT_MAX_RUNS,
			    sizeof(*r->runs), err);

	if (!res)
		res = codec_decode_census(&r->codec, r->file.raw.data, r->file.raw.len, count,
					  &span, r->runs, err);
	if (res)
		return res;
	r->census_runs += count;
	ret->census.ts_ns = span.ts_ns;
	ret->census.start_pfn = span.start_pfn;
	ret->census.end_pfn = span.end_pfn;
	ret->census.runs = r->runs;
	ret->census.nr = count;
	return 0;
}

int reader_get_counts(struct trace_reader *r, uint64_t count, struct trace_block *ret,
		      struct error *err)
{
	int nr = make_room((void **)&r->counted, &r->counted_cap, count, FORMAT_MAX_COUNTS,
			   sizeof(*r->counted), err);

	if (!nr)
		nr = codec_decode_counts(&r->codec, r->file.raw.data, r->file.raw.len, count,
					 r->counted, err);
	if (nr < 0)
		return nr;
	ret->counts.counts = r->counted;
	ret->counts.nr = (size_t)nr;
	return 0;
}

/* A footer that does not count what was read belongs to another trace, or blocks are missing. */
static int check_totals(const struct trace_reader *r, const struct trace_footer *footer,
			struct error *err)
{
	for (unsigned int i = 0; i < EVENT_KIND_MAX; i++)
		if (footer->events[i] != r->counts[i])
			return error_set(err, -EBADMSG,
					 "the footer counts %" PRIu64 " events %s, but %" PRIu64
					 " were read",
					 footer->events[i],
					 event_info(i) ? event_info(i)->name : "?", r->counts[i]);
	if (footer->census_runs != r->census_runs)
		return error_set(err, -EBADMSG,
				 "the footer counts %" PRIu64 " census runs, but %" PRIu64
				 " were read",
				 footer->census_runs, r->census_runs);
	return 0;
}

static int get_json(struct trace_reader *r, enum format_block type, uint64_t count,
		    struct trace_block *ret, struct error *err)
{
	json_auto_t *json = reader_load_json(r, err);
	struct trace_footer footer;
	int res;

	if (!json)
		return -EBADMSG;
	if (count != 1)
		return error_set(err, -EBADMSG, "the block says it holds %" PRIu64 " documents",
				 count);
	if (type == BLOCK_STAT) {
		ret->stat = &r->stat;
		return trace_stat_from_json(json, &r->stat, err);
	}
	res = trace_footer_from_json(json, &footer, err);
	if (!res)
		res = check_totals(r, &footer, err);
	if (res)
		return res;
	r->footer = footer;
	r->have_footer = true;
	ret->footer = &r->footer;
	return 0;
}

/* 1: a block for the caller; 0: skipped. */
static int next_block(struct trace_reader *r, struct trace_block *ret, struct error *err)
{
	struct trace_block block = {0};
	struct frame_block frame;
	int res;

	if (r->left)
		return get_events(r, ret, err);
	res = container_read_block(&r->file, &frame, err);
	if (res)
		return res;
	block.type = frame.type;
	switch (frame.type) {
	case BLOCK_EVENTS:
		res = begin_events(r, &frame, err);
		return res ? res : get_events(r, ret, err);
	case BLOCK_CENSUS:
		res = get_census(r, frame.count, &block, err);
		break;
	case BLOCK_COUNTS:
		res = reader_get_counts(r, frame.count, &block, err);
		break;
	case BLOCK_STAT:
	case BLOCK_FOOTER:
		res = get_json(r, frame.type, frame.count, &block, err);
		break;
	default:
		if (frame.type < FORMAT_OPTIONAL_BLOCK)
			return error_set(err, -EBADMSG, "a block of type %u is not expected here",
					 frame.type);
	}
	if (res)
		return res;
	container_block_done(&r->file, &frame);
	if (format_skips(frame.type))
		return 0;
	*ret = block;
	return 1;
}

int trace_reader_next(struct trace_reader *r, struct trace_block *ret, struct error *err)
{
	int res = r->failed.code;

	if (r->ended)
		return 0;
	while (!res && !r->have_footer) {
		res = next_block(r, ret, &r->failed);
		if (res > 0)
			return res;
		if (res < 0)
			res = container_judge(&r->file, res, &r->failed);
	}
	if (!res)
		res = container_read_trailer(&r->file, &r->failed);
	if (!res)
		r->ended = true;
	else if (err)
		*err = r->failed;
	return res;
}
