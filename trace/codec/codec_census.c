// SPDX-License-Identifier: GPL-2.0-only
/* The payload of a block of the census. */
#include <errno.h>
#include <inttypes.h>

#include "base/page_kind.h"
#include "trace/codec/codec.h"
#include "trace/format.h"

_Static_assert((int)FORMAT_MAX_ORDER == (int)CENSUS_MAX_ORDER,
	       "one limit for both kinds of payload");

enum { ARRAY_CODE, ARRAY_GAP, ARRAY_COUNT, ARRAY_MAPCOUNT, ARRAY_MEMCG, ARRAYS };

static const uint8_t array_ids[ARRAYS] = {COLUMN_CODE, COLUMN_GAP, COLUMN_COUNT, COLUMN_MAPCOUNT,
					  COLUMN_MEMCG};

enum { CHUNK = 512 };

int census_run_check(const struct census_run *run, uint64_t end_pfn, uint64_t *pos,
		     struct error *err)
{
	if (run->memcg > INT64_MAX)
		return error_set(err, -EINVAL,
				 "pfn %" PRIu64 " is charged to the memory cgroup %" PRIu64
				 ", which cannot be",
				 run->start_pfn, run->memcg);
	if (run->kind >= PAGE_KIND_MAX)
		return error_set(err, -EINVAL, "pfn %" PRIu64 " is of the unknown page kind %u",
				 run->start_pfn, run->kind);
	if (run->order > CENSUS_MAX_ORDER)
		return error_set(err, -EINVAL, "pfn %" PRIu64 " has order %u", run->start_pfn,
				 run->order);
	if (run->start_pfn < *pos || run->start_pfn >= end_pfn)
		return error_set(err, -EINVAL,
				 "the run at pfn %" PRIu64 " is outside the range or out of order",
				 run->start_pfn);
	if (!run->count || run->count > (end_pfn - run->start_pfn) >> run->order)
		return error_set(err, -EINVAL,
				 "the run at pfn %" PRIu64 " has %" PRIu64 " units of order %u",
				 run->start_pfn, run->count, run->order);
	*pos = run->start_pfn + (run->count << run->order);
	return 0;
}

static int check_span(const struct census_span *span, struct error *err)
{
	if (span->start_pfn > span->end_pfn || span->end_pfn >> FORMAT_PFN_BITS ||
	    span->ts_ns > INT64_MAX)
		return error_set(err, -EINVAL,
				 "a census of pfns %" PRIu64 " to %" PRIu64 " at time %" PRIu64
				 " is not possible",
				 span->start_pfn, span->end_pfn, span->ts_ns);
	return 0;
}

int codec_encode_census(struct codec *codec, const struct census_span *span,
			const struct census_run *runs, size_t nr, struct buf *out,
			struct error *err)
{
	uint64_t *values[ARRAYS], pos = span->start_pfn;
	bool charged = false;
	int r = check_span(span, err);

	if (r)
		return r;
	if (nr > FORMAT_MAX_RUNS)
		return error_set(err, -EINVAL, "a block cannot hold %zu census runs", nr);
	r = codec_begin(codec, nr, ARRAYS, err);
	if (!r)
		r = buf_reserve(out, 30, err);
	if (r)
		return r;
	for (unsigned int i = 0; i < ARRAYS; i++)
		values[i] = codec->values + i * nr;
	for (size_t i = 0; i < nr; i++) {
		const struct census_run *run = runs + i;
		uint64_t end = pos;

		r = census_run_check(run, span->end_pfn, &end, err);
		if (r)
			return r;
		values[ARRAY_CODE][i] = codec_row(
			codec,
			(struct shape){.kind = run->kind, .order = run->order, .arg = run->flags});
		values[ARRAY_GAP][i] = run->start_pfn - pos;
		values[ARRAY_COUNT][i] = run->count;
		values[ARRAY_MAPCOUNT][i] = run->mapcount;
		values[ARRAY_MEMCG][i] = run->memcg;
		charged |= run->memcg != 0;
		pos = end;
	}
	buf_put_varint(out, span->ts_ns);
	buf_put_varint(out, span->start_pfn);
	buf_put_varint(out, span->end_pfn);
	return codec_put_columns(codec, array_ids, values,
				 (size_t[ARRAYS]){nr, nr, nr, nr, charged ? nr : 0}, ARRAYS, out,
				 err);
}

static int decode_chunk(const struct codec *codec, const struct columns *columns, size_t first,
			size_t nr, uint64_t end_pfn, uint64_t *pos, struct census_run *out,
			struct error *err)
{
	uint64_t values[ARRAYS][CHUNK];

	for (unsigned int i = 0; i < ARRAYS; i++)
		codec_unplane(columns->col + array_ids[i], first, nr, false, values[i]);
	for (size_t i = 0; i < nr; i++) {
		struct census_run run = {.count = values[ARRAY_COUNT][i],
					 .mapcount = values[ARRAY_MAPCOUNT][i],
					 .memcg = values[ARRAY_MEMCG][i]};
		uint64_t row = values[ARRAY_CODE][i];

		if (row >= codec->nr_shapes)
			return error_set(err, -EBADMSG,
					 "a run names row %" PRIu64 " of a table of %zu", row,
					 codec->nr_shapes);
		run.kind = codec->shapes[row].kind;
		run.order = codec->shapes[row].order;
		run.flags = codec->shapes[row].arg;
		if (__builtin_add_overflow(*pos, values[ARRAY_GAP][i], &run.start_pfn))
			return error_set(err, -EBADMSG, "a run starts past the last possible pfn");
		if (census_run_check(&run, end_pfn, pos, err))
			return -EBADMSG;
		out[i] = run;
	}
	return 0;
}

int codec_decode_census(struct codec *codec, const void *data, size_t len, size_t nr,
			struct census_span *ret_span, struct census_run *out, struct error *err)
{
	struct cursor c = cursor_init(data, len);
	struct census_span span = {.ts_ns = cursor_varint(&c)};
	struct columns columns;
	uint64_t pos;
	int r;

	span.start_pfn = cursor_varint(&c);
	span.end_pfn = cursor_varint(&c);
	pos = span.start_pfn;
	r = codec_parse_columns(&c, &columns, err);
	if (!r && check_span(&span, err))
		r = -EBADMSG;
	if (!r)
		r = codec_parse_table(codec, &columns, err);
	for (unsigned int i = 0; !r && i < ARRAYS; i++)
		if (i != ARRAY_MEMCG || columns.col[COLUMN_MEMCG].present)
			r = codec_expect(&columns, array_ids[i], nr,
					 i == ARRAY_CODE ? UINT32_MAX : UINT64_MAX, err);
	for (size_t first = 0; !r && first < nr; first += CHUNK)
		r = decode_chunk(codec, &columns, first, nr - first < CHUNK ? nr - first : CHUNK,
				 span.end_pfn, &pos, out + first, err);
	if (r)
		return r;
	*ret_span = span;
	return 0;
}
