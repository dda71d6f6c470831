// SPDX-License-Identifier: GPL-2.0-only
#include "trace/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/outfile.h"
#include "base/worker.h"
#include "trace/codec.h"
#include "trace/format.h"
#include "trace/frames.h"

enum { DEFAULT_LEVEL = 1, DEFAULT_EVENTS = 65536, MIN_PLANE = 1024 };

struct trace_writer {
	struct outfile *out;
	ZSTD_CCtx *zstd;
	struct codec codec;
	struct buf raw, packed;
	struct event *events; /* gathered for the next block */
	size_t nr_events, block_events;
	struct worker *worker; /* packs `packing`; owns all that is about the file until settle() */
	struct event *packing;
	size_t nr_packing;
	uint64_t size; /* of the file when it was settled last */
	uint8_t fields[256]; /* codec_kind_fields() */
	uint64_t last_ts;
	uint64_t counts[EVENT_KIND_MAX], late, census_runs;
	uint32_t blocks;
	uint64_t chain;
	struct error failed; /* the first failure to write; everything after it fails alike */
	bool finished;
};

DEFINE_CLEANUP(struct trace_writer *, trace_writer_destroy);

void trace_writer_destroy(struct trace_writer *w)
{
	if (!w)
		return;
	worker_destroy(w->worker);
	outfile_destroy(w->out);
	ZSTD_freeCCtx(w->zstd);
	codec_fini(&w->codec);
	buf_fini(&w->raw);
	buf_fini(&w->packed);
	free(w->events);
	free(w->packing);
	free(w);
}

static int writable(const struct trace_writer *w, struct error *err)
{
	if (w->failed.code) {
		if (err)
			*err = w->failed;
		return w->failed.code;
	}
	if (w->finished)
		return error_set(err, -EINVAL, "%s: the trace is finished", outfile_name(w->out));
	return 0;
}

/* Waits until no block is being written in the background: the file is the caller's, and its failure known. */
static int settle(struct trace_writer *w, struct error *err)
{
	if (w->worker)
		worker_wait(w->worker);
	w->size = outfile_size(w->out);
	return writable(w, err);
}

/* Remembers what the file suffered: nothing may follow half a block. */
static int write_bytes(struct trace_writer *w, const void *data, size_t len, struct error *err)
{
	int r = outfile_write(w->out, data, len, &w->failed);

	if (r && err)
		*err = w->failed;
	return r;
}

static int zstd_check(struct trace_writer *w, size_t r, struct error *err)
{
	if (!ZSTD_isError(r))
		return 0;
	return error_set(err, -EIO, "%s: cannot compress: %s", outfile_name(w->out),
			 ZSTD_getErrorName(r));
}

/*
 * Compresses w->raw behind the space for the frame's header. Every plane ends a zstd block of its own:
 * its bytes are alike, so its own entropy table fits them better, and noise is stored, not coded.
 */
static int pack(struct trace_writer *w, struct error *err)
{
	ZSTD_inBuffer in = {.src = w->raw.data};
	ZSTD_outBuffer out;
	size_t room =
		FRAME_BLOCK_SIZE + ZSTD_compressBound(w->raw.len) + 16 * (w->codec.nr_ends + 1);
	int r;

	w->packed.len = 0;
	r = buf_reserve(&w->packed, room, err);
	if (!r)
		r = zstd_check(w, ZSTD_CCtx_reset(w->zstd, ZSTD_reset_session_only), err);
	if (!r)
		r = zstd_check(w, ZSTD_CCtx_setPledgedSrcSize(w->zstd, w->raw.len), err);
	if (r)
		return r;
	out = (ZSTD_outBuffer){
		.dst = w->packed.data, .size = w->packed.cap, .pos = FRAME_BLOCK_SIZE};
	for (unsigned int i = 0; i < w->codec.nr_ends; i++) {
		in.size = w->codec.ends[i];
		/* tiny blocks cost more than they save */
		if (in.size - in.pos < MIN_PLANE)
			continue;
		r = zstd_check(w, ZSTD_compressStream2(w->zstd, &out, &in, ZSTD_e_flush), err);
		if (r)
			return r;
	}
	in.size = w->raw.len;
	r = zstd_check(w, ZSTD_compressStream2(w->zstd, &out, &in, ZSTD_e_end), err);
	w->packed.len = out.pos;
	return r;
}

/* Compresses w->raw and writes it as the next block. */
static int put_block(struct trace_writer *w, enum format_block type, uint64_t count,
		     struct error *err)
{
	struct frame_block frame = {.type = (uint8_t)type, .count = count, .sequence = w->blocks};
	size_t packed;
	int r;

	if (w->raw.len > FORMAT_MAX_RAW)
		return error_set(err, -EFBIG, "%s: a block of %zu bytes is too large",
				 outfile_name(w->out), w->raw.len);
	r = pack(w, err);
	if (r)
		return r;
	packed = w->packed.len - FRAME_BLOCK_SIZE;
	frame.compressed = (uint32_t)packed;
	frame.raw = (uint32_t)w->raw.len;
	frame.payload = XXH64(w->packed.data + FRAME_BLOCK_SIZE, packed, 0);
	frame_put_block(&frame, w->packed.data);
	r = write_bytes(w, w->packed.data, FRAME_BLOCK_SIZE + packed, err);
	if (r)
		return r;
	w->blocks++;
	w->chain = frame_chain(w->chain, frame.checksum);
	return 0;
}

/* Encodes, compresses and writes a block; in the background or not. */
static int pack_events(struct trace_writer *w, const struct event *events, size_t nr,
		       struct error *err)
{
	int r;

	w->raw.len = 0;
	r = codec_encode_events(&w->codec, events, nr, &w->raw, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->out));
	r = put_block(w, BLOCK_EVENTS, nr, err);
	for (size_t i = 0; !r && i < nr; i++)
		w->counts[events[i].kind]++;
	return r;
}

static void pack_in_background(void *arg)
{
	struct trace_writer *w = arg;
	struct error err = {0};

	/* whatever failed: the block is missing, so nothing may follow */
	if (pack_events(w, w->packing, w->nr_packing, &err))
		w->failed = err;
}

static int put_json(struct trace_writer *w, enum format_block type, const json_t *json,
		    struct error *err)
{
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	int r;

	if (!text)
		return error_set(err, -EINVAL,
				 "%s: cannot make JSON: out of memory, or a text is not UTF-8",
				 outfile_name(w->out));
	w->raw.len = 0;
	w->codec.nr_ends = 0;
	r = buf_append(&w->raw, text, strlen(text), err);
	return r ? r : put_block(w, type, 1, err);
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
		return error_prefix(err, r, "%s", outfile_name(w->out));
	return put_json(w, BLOCK_META, json, err);
}

static int put_file_header(struct trace_writer *w, struct error *err)
{
	const struct frame_file frame = {.major = FORMAT_MAJOR, .minor = FORMAT_MINOR};
	uint8_t bytes[FRAME_FILE_SIZE];

	frame_put_file(&frame, bytes);
	return write_bytes(w, bytes, sizeof(bytes), err);
}

static int prepare(struct trace_writer *w, const struct trace_writer_opts *opts, struct error *err)
{
	int level = opts && opts->zstd_level ? opts->zstd_level : DEFAULT_LEVEL;
	int r;

	codec_kind_fields(w->fields);
	w->block_events = opts && opts->block_events ? opts->block_events : DEFAULT_EVENTS;
	if (w->block_events > FORMAT_MAX_EVENTS)
		return error_set(err, -EINVAL, "a block cannot hold %zu events, at most %d",
				 w->block_events, FORMAT_MAX_EVENTS);
	w->events = malloc(w->block_events * sizeof(*w->events));
	w->zstd = ZSTD_createCCtx();
	if (!w->events || !w->zstd)
		return error_nomem(err);
	if (opts && opts->background) {
		w->packing = malloc(w->block_events * sizeof(*w->packing));
		if (!w->packing)
			return error_nomem(err);
		r = worker_create(pack_in_background, w, &w->worker, err);
		if (r)
			return r;
	}
	r = zstd_check(w, ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, level), err);
	return r ? r : zstd_check(w, ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1), err);
}

int trace_writer_create(const char *path, const struct trace_meta *meta,
			const struct trace_writer_opts *opts, struct trace_writer **ret,
			struct error *err)
{
	_cleanup_(trace_writer_destroyp) struct trace_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return error_nomem(err);
	/* what pages a host uses is nobody else's business */
	r = outfile_create(path, 0600, &w->out, err);
	if (!r)
		r = prepare(w, opts, err);
	if (!r)
		r = put_file_header(w, err);
	if (!r)
		r = put_meta(w, meta, err);
	if (r)
		return r;
	outfile_keep(w->out);
	w->size = outfile_size(w->out);
	*ret = take_ptr(w);
	return 0;
}

static int put_census(struct trace_writer *w, const struct census_span *span,
		      const struct census_run *runs, size_t nr, struct error *err)
{
	int r;

	w->raw.len = 0;
	r = codec_encode_census(&w->codec, span, runs, nr, &w->raw, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->out));
	r = put_block(w, BLOCK_CENSUS, nr, err);
	if (!r)
		w->census_runs += nr;
	return r;
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
		return error_prefix(err, r, "%s", outfile_name(w->out));
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
	w->size = outfile_size(w->out);
	return r;
}

int trace_writer_flush(struct trace_writer *w, struct error *err)
{
	int r = settle(w, err);

	if (r || !w->nr_events)
		return r;
	r = pack_events(w, w->events, w->nr_events, err);
	w->size = outfile_size(w->out);
	if (!r)
		w->nr_events = 0;
	return r;
}

/* The block is full. */
static int hand_over(struct trace_writer *w, struct error *err)
{
	struct event *empty = w->packing;
	int r;

	if (!w->worker)
		return trace_writer_flush(w, err);
	r = settle(w, err);
	if (r)
		return r;
	w->packing = w->events;
	w->nr_packing = w->nr_events;
	w->events = empty;
	w->nr_events = 0;
	worker_start(w->worker);
	return 0;
}

int trace_writer_events(struct trace_writer *w, const struct event *events, size_t n,
			struct error *err)
{
	/* what fails in the background shows when the next block is full */
	int r = w->worker && !w->finished ? 0 : writable(w, err);

	for (size_t i = 0; !r && i < n; i++) {
		struct event *e = w->events + w->nr_events;

		/* here, where the caller can still be named, not when the block is full */
		if (!codec_event_fits(events + i, w->fields)) {
			r = codec_event_refuse(events + i, err);
			return error_prefix(err, r, "%s", outfile_name(w->out));
		}
		w->nr_events++;
		*e = events[i];
		if (e->ts_ns < w->last_ts) {
			e->ts_ns = w->last_ts;
			w->late++;
		}
		w->last_ts = e->ts_ns;
		if (w->nr_events == w->block_events)
			r = hand_over(w, err);
	}
	return r;
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
		return error_prefix(err, r, "%s", outfile_name(w->out));
	r = put_json(w, BLOCK_STAT, json, err);
	w->size = outfile_size(w->out);
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
	footer->late = w->late;
	json = trace_footer_to_json(footer);
	if (json)
		r = trace_footer_from_json(json, &check, err);
	if (r)
		return error_prefix(err, r, "%s", outfile_name(w->out));
	return put_json(w, BLOCK_FOOTER, json, err);
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
	frame = (struct frame_trailer){.blocks = w->blocks,
				       .length = outfile_size(w->out) + sizeof(bytes),
				       .chain = w->chain};
	frame_put_trailer(&frame, bytes);
	r = write_bytes(w, bytes, sizeof(bytes), err);
	w->size = outfile_size(w->out);
	if (r)
		return r;
	/* the end is written: whatever happens now, nothing may follow it */
	r = outfile_commit(w->out, &w->failed);
	if (r && err)
		*err = w->failed;
	w->finished = true;
	return r;
}
