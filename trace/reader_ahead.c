// SPDX-License-Identifier: GPL-2.0-only
/* What has to be known of a trace before its events: blocks that are looked up without decoding those between them. */
#include "trace/reader_internal.h"
#include "trace/sample.h"

/* Reads the block at this place into the reader's own memory, which may move for it, be the block good or not. */
static int read_block_at(struct trace_reader *r, struct container *at,
			 struct frame_block *ret_frame)
{
	int bad;

	at->raw = r->file.raw;
	bad = container_read_block(at, ret_frame, NULL);
	r->file.raw = at->raw;
	return bad;
}

/* The sample that the document in the block at this place tells; 0: none. */
static uint32_t sample_at(struct trace_reader *r, struct container *at)
{
	json_auto_t *json = NULL;
	struct frame_block frame;
	json_int_t sample = 0;

	if (!read_block_at(r, at, &frame)) {
		json = reader_load_json(r, NULL);
		sample = json_integer_value(json_object_get(json, "sample"));
		if (frame.type == BLOCK_STAT)
			sample = json_integer_value(json_object_get(
				json_object_get(json, "counters"), "memsim_sample"));
	}
	return sample > 0 && sample <= SAMPLE_MAX ? (uint32_t)sample : 0;
}

uint32_t trace_reader_sample(struct trace_reader *r)
{
	struct container c = r->file, last = c;
	struct frame_block frame;
	uint32_t sample = 0;

	while (!container_peek(&c, &frame, NULL)) {
		if (frame.type == BLOCK_STAT || frame.type == BLOCK_FOOTER)
			last = c;
		container_block_done(&c, &frame);
	}
	if (last.offset != r->file.offset)
		sample = sample_at(r, &last);
	return sample > r->meta.sample ? sample : r->meta.sample;
}

int trace_reader_counts(struct trace_reader *r, trace_counts_fn *see, void *arg, struct error *err)
{
	struct container c = r->file;
	struct frame_block frame;
	struct trace_block block;

	for (; !container_peek(&c, &frame, NULL); container_block_done(&c, &frame)) {
		int bad;

		if (frame.type != BLOCK_COUNTS)
			continue;
		bad = read_block_at(r, &c, &frame);
		if (bad || reader_get_counts(r, frame.count, &block, NULL))
			return 0;
		bad = see(arg, block.counts.counts, block.counts.nr, err);
		if (bad < 0)
			return bad;
	}
	return 0;
}

/* 0: all of the block, or as much of it as is good. */
static int see_events(struct trace_reader *r, const struct frame_block *frame, uint64_t kinds,
		      trace_events_fn *see, void *arg, struct error *err)
{
	struct event events[READER_PART];
	struct codec_part part;
	int bad = 0;

	if (codec_events_begin(&r->codec, r->file.raw.data, r->file.raw.len, frame->count, ~kinds,
			       NULL))
		return 0;
	while (bad >= 0 && !codec_events_next(&r->codec, events, READER_PART, &part, NULL) &&
	       part.nr)
		bad = see(arg, events, part.kept, err);
	return bad;
}

int trace_reader_events(struct trace_reader *r, uint64_t kinds, trace_events_fn *see, void *arg,
			struct error *err)
{
	struct container c = r->file;
	struct frame_block frame;

	for (; !container_peek(&c, &frame, NULL); container_block_done(&c, &frame)) {
		int bad;

		if (frame.type != BLOCK_EVENTS)
			continue;
		if (read_block_at(r, &c, &frame) || frame.count > FORMAT_MAX_EVENTS)
			return 0;
		bad = see_events(r, &frame, kinds, see, arg, err);
		if (bad < 0)
			return bad;
	}
	return 0;
}
