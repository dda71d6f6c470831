// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader and the checker on any bytes. Checksums would stop a fuzzer at the first block, so the first
 * byte of the input chooses: a file as it is, payloads that are put into a file with right checksums, or
 * the payload of one block for its decoder.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "trace/check.h"
#include "trace/codec/codec.h"
#include "trace/reader.h"
#include "tests/fuzz/blocks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PAGES = 1 << 24, MAX_COUNT = 1 << 12 };

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

static int see_counts(void *arg, const struct trace_count *counts, size_t nr, struct error *err)
{
	(void)arg;
	(void)err;
	for (size_t i = 1; i < nr; i++)
		if (counts[i].ts_ns < counts[i - 1].ts_ns)
			abort();
	return 0;
}

static void read_file(const uint8_t *data, size_t size)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *r = NULL;
	struct check_counts counts;
	struct trace_block block;
	struct error err = {0};
	int res = trace_reader_open_mem("fuzz", data, size, &r, &err);

	if (res)
		return;
	/* both look ahead, and leave the reader as it was */
	(void)trace_reader_sample(r);
	if (trace_reader_counts(r, see_counts, NULL, NULL) < 0)
		abort();
	/* a table over more pages than this is only slow */
	if (trace_reader_meta(r)->max_pfn <= MAX_PAGES)
		res = trace_check(r, &counts, &err);
	else
		while ((res = trace_reader_next(r, &block, &err)) > 0)
			;
	if (res < 0 && (!err.code || !err.msg[0]))
		abort();
}

static const char header[] =
	"{\"tool\":\"\",\"kernel\":\"\",\"arch\":\"\",\"cpu_model\":\"\",\"start_unix_ns\":0,"
	"\"nr_cpus\":4,\"nr_online_cpus\":4,\"nr_nodes\":1,\"page_size\":4096,\"struct_page_size\":"
	"64,"
	"\"ram_pages\":9,\"managed_pages\":9,\"max_pfn\":5000,\"memmap_pages\":0,\"thp\":\"\","
	"\"lru_gen\":0,\"sample\":1,\"caches\":[],\"classes\":{},"
	"\"ranges\":[{\"start_pfn\":0,\"nr_pages\":4000},{\"start_pfn\":4500,\"nr_pages\":500}]}";

/* Blocks of u8 type, u16 elements (from 0x8000 on: damaged), u16 length, payload, behind a good header. */
static void read_blocks(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_init(data, size);
	struct buf file = {0};
	uint32_t sequence = 0;

	put_file(&file);
	put_block(&file, BLOCK_META, sequence++, 1, false, header, sizeof(header) - 1);
	while (cursor_left(&c) && !c.failed) {
		uint8_t type = cursor_u8(&c);
		uint32_t nr_len = cursor_u32(&c);
		size_t len = nr_len >> 16;

		len = len < cursor_left(&c) ? len : cursor_left(&c);
		if (!c.failed)
			put_block(&file, type, sequence++, nr_len & 0x7fff, nr_len & 0x8000, c.pos,
				  len);
		cursor_take(&c, len);
	}
	read_file(file.data, file.len);
	buf_fini(&file);
}

/* The order that all users rely on. */
static void decode_events(const uint8_t *data, size_t size, size_t nr)
{
	struct event events[100];
	struct codec codec = {0};
	uint64_t ts = 0;
	/* what is left out is up to the input, too */
	uint64_t skipped = size ? data[size - 1] : 0;
	struct codec_part part = {.nr = 1};
	int r = codec_events_begin(&codec, data, size, nr, skipped, NULL);

	while (!r && part.nr && !(r = codec_events_next(&codec, events, 100, &part, NULL))) {
		for (size_t i = 0; i < part.kept; ts = events[i++].ts_ns)
			if (!event_info(events[i].kind) || events[i].order > CENSUS_MAX_ORDER ||
			    events[i].ts_ns < ts || skipped >> events[i].kind & 1)
				abort();
	}
	codec_fini(&codec);
}

static void decode_census(const uint8_t *data, size_t size, size_t nr)
{
	_cleanup_free_ struct census_run *runs = malloc((nr ? nr : 1) * sizeof(*runs));
	struct census_span span;
	struct codec codec = {0};
	uint64_t pos;

	if (runs && !codec_decode_census(&codec, data, size, nr, &span, runs, NULL)) {
		pos = span.start_pfn;
		for (size_t i = 0; i < nr; i++)
			if (census_run_check(runs + i, span.end_pfn, &pos, NULL))
				abort();
	}
	codec_fini(&codec);
}

static void read_json(const uint8_t *data, size_t size)
{
	json_auto_t *json = json_loadb((const char *)data, size, 0, NULL);
	_cleanup_free_ struct trace_meta *meta = malloc(sizeof(*meta));
	_cleanup_free_ struct trace_stat *stat = malloc(sizeof(*stat));
	struct trace_footer footer;

	if (!json || !meta || !stat)
		return;
	if (!trace_meta_from_json(json, meta, NULL))
		json_decref(trace_meta_to_json(meta));
	if (!trace_stat_from_json(json, stat, NULL))
		json_decref(trace_stat_to_json(stat));
	if (!trace_footer_from_json(json, &footer, NULL))
		json_decref(trace_footer_to_json(&footer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t nr;

	if (size < 3)
		return 0;
	nr = ((size_t)data[1] | (size_t)data[2] << 8) % MAX_COUNT;
	switch (data[0]) {
	case 'e':
		decode_events(data + 3, size - 3, nr);
		break;
	case 'c':
		decode_census(data + 3, size - 3, nr);
		break;
	case 'j':
		read_json(data + 1, size - 1);
		break;
	case 'b':
		read_blocks(data + 1, size - 1);
		break;
	default:
		/* a trace begins with the byte 0x50 of its magic */
		read_file(data, size);
	}
	return 0;
}
