// SPDX-License-Identifier: GPL-2.0-only
/* How blocks are compressed: held against what their bytes tell. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "trace/codec/codec.h"
#include "trace/codec/container.h"
#include "trace/input.h"
#include "trace_helpers.h"

enum { PER_BLOCK = 8192, BLOCKS = 20, PHASES = 3 };

TestSuite(packer, .init = enter_scratch, .fini = leave_scratch);

/* Half of it 0, a quarter 1, an eighth 2: the letters of a code without rest. */
static unsigned int halving(uint64_t *seed)
{
	return (unsigned int)__builtin_ctzll(test_random(seed) | 1 << 6);
}

/* Events that have nothing to do with each other, or the same ones again and again. */
static void make(struct event *events, bool noise, uint64_t *seed)
{
	static const uint8_t kinds[] = {EVENT_PAGE_ALLOC, EVENT_PAGE_FREE, EVENT_DIRTY,
					EVENT_WRITE};
	uint64_t pfn[4] = {0};

	for (size_t i = 0; i < PER_BLOCK; i++) {
		unsigned int kind = (noise ? halving(seed) : (unsigned int)(i % 50 / 9)) % 4;

		pfn[kind] += noise ? halving(seed) : i % 50;
		events[i] = (struct event){.kind = kinds[kind], .pfn = pfn[kind]};
	}
}

static void write_phases(const char *path)
{
	const struct trace_writer_opts opts = {.block_events = PER_BLOCK};
	struct event *events = malloc(PER_BLOCK * sizeof(*events));
	struct trace_footer footer = {0};
	struct trace_writer *w;
	uint64_t seed = 3;

	cr_assert_eq(trace_writer_create(path, &test_meta, &opts, &w, NULL), 0);
	for (unsigned int block = 0; block < PHASES * BLOCKS; block++) {
		make(events, block / BLOCKS != 1, &seed);
		cr_assert_eq(trace_writer_events(w, events, PER_BLOCK, NULL), 0);
	}
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	free(events);
}

/* Bytes that its planes take at the least if every one of their bytes is coded by itself (C. Shannon, 1948). */
static double entropy(const struct buf *raw)
{
	struct cursor c = cursor_init(raw->data, raw->len);
	struct columns columns;
	double bits = 0;

	(void)cursor_varint(&c);
	cr_assert_eq(codec_parse_columns(&c, &columns, NULL), 0);
	for (const struct column *col = columns.col; col < columns.col + COLUMN_MAX; col++)
		for (size_t plane = 0; col->values && plane < col->encoding; plane++) {
			size_t nr[256] = {0};

			for (size_t i = 0; i < col->values; i++)
				nr[col->data[plane * col->values + i]]++;
			for (size_t i = 0; i < 256; i++)
				bits -= nr[i] ? (double)nr[i] *
							log2((double)nr[i] / (double)col->values)
					      : 0;
		}
	return bits / 8;
}

/* In each phase the last blocks, by when the writer must have found out: their size to their entropy. */
static void compare(const char *path, double sizes[PHASES])
{
	struct frame_block frame = {0};
	struct container file;
	double coded[PHASES] = {0};
	unsigned int block = 0;
	struct input in;

	cr_assert_eq(input_open(path, &in, NULL), 0);
	cr_assert_eq(container_init(&file, path, &in, NULL), 0);
	cr_assert_eq(container_read_header(&file, NULL), 0);
	for (; frame.type != BLOCK_FOOTER; container_block_done(&file, &frame)) {
		cr_assert_eq(container_read_block(&file, &frame, NULL), 0);
		if (frame.type != BLOCK_EVENTS || block++ % BLOCKS < BLOCKS - 3)
			continue;
		sizes[(block - 1) / BLOCKS] += frame.compressed;
		coded[(block - 1) / BLOCKS] += entropy(&file.raw);
	}
	cr_assert_eq(block, PHASES * BLOCKS);
	container_fini(&file);
	for (int i = 0; i < PHASES; i++)
		sizes[i] /= coded[i];
}

Test(packer, matches_are_looked_for_while_there_are_some)
{
	double sizes[PHASES] = {0};

	write_phases("t");
	compare("t", sizes);
	cr_assert_lt(sizes[0], 1.15, "noise takes %g of its entropy", sizes[0]);
	cr_assert_lt(sizes[1], 0.2, "repetitions after noise %g", sizes[1]);
	cr_assert_lt(sizes[2], 1.15, "noise after repetitions %g", sizes[2]);
}
