// SPDX-License-Identifier: GPL-2.0-only
#include "trace/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/worker.h"
#include "trace/codec/frames.h"
#include "trace/codec/packer.h"

enum { DEFAULT_LEVEL = 1, DEFAULT_EVENTS = 65536 };

struct trace_writer {
	struct packer file;
	struct codec gathered; /* the next block of events */
	size_t nr_events, block_events;
	struct worker *
		worker; /* packs the block before that in file.codec; owns the file until settle() */
	size_t nr_packing;
	uint64_t size;	     /* of the file when it was settled last */
	uint64_t census_end; /* the census may not reach beyond this byte; 0: anywhere */
	struct codec_time time;
	uint64_t counts[EVENT_KIND_MAX], census_runs;
	bool finished;
};

DEFINE_CLEANUP(struct trace_writer *, trace_writer_destroy);

void trace_writer_destroy(struct trace_writer *w)
{
	if (!w)
		return;
	worker_destroy(w->worker);
	packer_fini(&w->file);
	codec_fini(&w->gathered);
	free(w);
}

static int writable(const struct trace_writer *w, struct error *err)
{
	if (w->file.failed.code) {
		if (err)
			*err = w->file.failed;
		return w->file.failed.code;
	}
	if (w->finished)
		return error_set(err, -EINVAL, "%s: the trace is finished",
				 outfile_name(w->file.out));
	return 0;
}

/* Waits until no block is being written in the background: the file is the caller's, and its failure known. */
static int settle(struct trace_writer *w, struct error *err)
{
	if (w->worker)
		worker_wait(w->worker);
	w->size = outfile_size(w->file.out);
	return writable(w, err);
}

/* The block that was gathered is the one to be packed. */
static void take_gathered(struct trace_writer *w)
{
	struct codec done = w->gathered;

	codec_events_taken(&done, w->counts);
	w->gathered = w->file.codec;
	w->file.codec = done;
	w->nr_packing = w->nr_events;
	w->nr_events = 0;
}

/* Compresses and writes that block; in the background or not. */
static int pack_events(struct trace_writer *w, struct error *err)
{
	int r;

	w->file.raw.len = 0;
	r = codec_events_end(&w->file.codec, &w->file.raw, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->file.out));
	return packer_block(&w->file, BLOCK_EVENTS, w->nr_packing, err);
}

static void pack_in_background(void *arg)
{
	struct trace_writer *w = arg;
	struct error err = {0};

	/* whatever failed: the block is missing, so nothing may follow */
	if (pack_events(w, &err))
		w->file.failed = err;
}

static int put_json(struct trace_writer *w, enum format_block type, const json_t *json,
		    struct error *err)
{
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	int r;

	if (!text)
		return error_set(err, -EINVAL,
				 "%s: cannot make JSON: out of memory, or a text is not UTF-8",
				 outfile_name(w->file.out));
	w->file.raw.len = 0;
	w->file.codec.nr_ends = 0;
	r = buf_append(&w->file.raw, text, strlen(text), err);
	return r ? r : packer_block(&w->file, type, 1, err);
}

/* What the reader would refuse must not be written: the reader's own judgement is asked first. */
static int put_meta(struct trace_writer *w, const struct trace_meta *meta, struct error *err)
{
	_cleanup_free_ struct trace_meta *check = malloc(sizeof(*check));
	json_auto_t *json = trace_meta_to_json(meta);
	int r = 0;

	if (!check)
		return error_nomem(err);
	if (json)
		r = trace_meta_from_json(json, check, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->file.out));
	return put_json(w, BLOCK_META, json, err);
}

static int put_file_header(struct trace_writer *w, struct error *err)
{
	const struct frame_file frame = {.major = FORMAT_MAJOR, .minor = FORMAT_MINOR};
	uint8_t bytes[FRAME_FILE_SIZE];

	frame_put_file(&frame, bytes);
	return packer_write(&w->file, bytes, sizeof(bytes), err);
}

static int prepare(struct trace_writer *w, const struct trace_writer_opts *opts, struct error *err)
{
	w->block_events = opts && opts->block_events ? opts->block_events : DEFAULT_EVENTS;
	if (w->block_events > FORMAT_MAX_EVENTS)
		return error_set(err, -EINVAL, "a block cannot hold %zu events, at most %d",
				 w->block_events, FORMAT_MAX_EVENTS);
	return opts && opts->background ? worker_create(pack_in_background, w, &w->worker, err) : 0;
}

int trace_writer_create(const char *path, const struct trace_meta *meta,
			const struct trace_writer_opts *opts, struct trace_writer **ret,
			struct error *err)
{
	_cleanup_(trace_writer_destroyp) struct trace_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return error_nomem(err);
	r = packer_init(&w->file, path, opts && opts->zstd_level ? opts->zstd_level : DEFAULT_LEVEL,
			err);
	if (!r)
		r = prepare(w, opts, err);
	if (!r)
		r = put_file_header(w, err);
	if (!r)
		r = put_meta(w, meta, err);
	if (r)
		return r;
	outfile_keep(w->file.out, true);
	w->size = outfile_size(w->file.out);
	*ret = take_ptr(w);
	return 0;
}

static int put_census(struct trace_writer *w, const struct census_span *span,
		      const struct census_run *runs, size_t nr, struct error *err)
{
	int r;

	w->file.raw.len = 0;
	r = codec_encode_census(&w->file.codec, span, runs, nr, &w->file.raw, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->file.out));
	w->file.limit = w->census_end;
	r = packer_block(&w->file, BLOCK_CENSUS, nr, err);
	w->file.limit = 0;
	if (!r)
		w->census_runs += nr;
	return r;
}

void trace_writer_census_end(struct trace_writer *w, uint64_t end)
{
	w->census_end = end;
}

int trace_writer_census(struct trace_writer *w, uint64_t ts_ns, uint64_t start_pfn,
			uint64_t end_pfn, const struct census_run *runs, size_t nr,
			struct error *err)
{
	struct census_span span = {.ts_ns = ts_ns, .start_pfn = start_pfn};
	uint64_t pos = start_pfn;
	int r = settle(w, err);

	if (r)
		return r;
	/* all of it is judged before the first block of it is written */
	for (size_t i = 0; !r && i < nr; i++)
		r = census_run_check(runs + i, end_pfn, &pos, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->file.out));
	r = trace_writer_flush(w, err);
	if (r)
		return r;
	do {
		size_t here = nr < FORMAT_MAX_RUNS ? nr : FORMAT_MAX_RUNS;

		span.end_pfn = here < nr ? runs[here].start_pfn : end_pfn;
		r = put_census(w, &span, runs, here, err);
		span.start_pfn = span.end_pfn;
		runs += here;
		nr -= here;
	} while (!r && nr);
	w->size = outfile_size(w->file.out);
	return r;
}

int trace_writer_flush(struct trace_writer *w, struct error *err)
{
	int r = settle(w, err);

	if (r || !w->nr_events)
		return r;
	take_gathered(w);
	r = pack_events(w, err);
	w->size = outfile_size(w->file.out);
	return r;
}

/* The block is full. */
static int hand_over(struct trace_writer *w, struct error *err)
{
	int r;

	if (!w->worker)
		return trace_writer_flush(w, err);
	r = settle(w, err);
	if (r)
		return r;
	take_gathered(w);
	worker_start(w->worker);
	return 0;
}

int trace_writer_events(struct trace_writer *w, const struct event *events, size_t n,
			struct error *err)
{
	/* what fails in the background shows when the next block is full */
	int r = w->worker && !w->finished ? 0 : writable(w, err);

	while (!r && n) {
		size_t room = w->block_events - w->nr_events, some = n < room ? n : room, took;

		if (!w->nr_events)
			r = codec_events_start(&w->gathered, w->block_events, err);
		if (r)
			break;
		took = codec_events_add(&w->gathered, events, some, &w->time);
		w->nr_events += took;
		events += took;
		n -= took;
		if (w->nr_events == w->block_events)
			r = hand_over(w, err);
		/* here, where the caller can still be named, not when the block is full */
		else if (took < some)
			r = codec_event_refuse(events, err);
	}
	return r ? error_prefix(err, r, "%s", outfile_name(w->file.out)) : 0;
}

int trace_writer_stat(struct trace_writer *w, const struct trace_stat *stat, struct error *err)
{
	_cleanup_free_ struct trace_stat *check = malloc(sizeof(*check));
	json_auto_t *json = trace_stat_to_json(stat);
	int r = settle(w, err);

	if (r)
		return r;
	if (!check)
		return error_nomem(err);
	r = trace_writer_flush(w, err);
	if (r)
		return r;
	if (json)
		r = trace_stat_from_json(json, check, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->file.out));
	r = put_json(w, BLOCK_STAT, json, err);
	w->size = outfile_size(w->file.out);
	return r;
}

int trace_writer_counts(struct trace_writer *w, const struct trace_count *counts, size_t nr,
			struct error *err)
{
	int r = settle(w, err);

	for (size_t here; !r && nr; counts += here, nr -= here) {
		here = nr < FORMAT_MAX_COUNTS ? nr : FORMAT_MAX_COUNTS;
		w->file.raw.len = 0;
		r = codec_encode_counts(&w->file.codec, counts, here, &w->file.raw, err);
		if (r)
			return error_prefix(err, r, "%s", outfile_name(w->file.out));
		r = packer_block(&w->file, BLOCK_COUNTS, here, err);
	}
	w->size = outfile_size(w->file.out);
	return r;
}

uint64_t trace_writer_size(const struct trace_writer *w)
{
	return w->size;
}

static int put_footer(struct trace_writer *w, struct trace_footer *footer, struct error *err)
{
	json_auto_t *json = NULL;
	struct trace_footer check;
	int r = 0;

	memcpy(footer->events, w->counts, sizeof(footer->events));
	footer->census_runs = w->census_runs;
	footer->late = w->time.late;
	json = trace_footer_to_json(footer);
	if (json)
		r = trace_footer_from_json(json, &check, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->file.out));
	return put_json(w, BLOCK_FOOTER, json, err);
}

void trace_writer_abandon(struct trace_writer *w)
{
	outfile_keep(w->file.out, false);
}

int trace_writer_finish(struct trace_writer *w, struct trace_footer *footer, struct error *err)
{
	uint8_t bytes[FRAME_TRAILER_SIZE];
	struct frame_trailer frame;
	int r = trace_writer_flush(w, err);

	if (!r)
		r = put_footer(w, footer, err);
	if (r)
		return r;
	frame = (struct frame_trailer){.blocks = w->file.blocks,
				       .length = outfile_size(w->file.out) + sizeof(bytes),
				       .chain = w->file.chain};
	frame_put_trailer(&frame, bytes);
	r = packer_write(&w->file, bytes, sizeof(bytes), err);
	w->size = outfile_size(w->file.out);
	if (r)
		return r;
	/* the end is written: whatever happens now, nothing may follow it */
	r = outfile_commit(w->file.out, &w->file.failed);
	if (r && err)
		*err = w->file.failed;
	w->finished = true;
	return r;
}
