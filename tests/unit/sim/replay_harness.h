/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace made by hand, and the layouts that it is replayed on; of the file that includes this. */
#ifndef TESTS_REPLAY_HARNESS_H
#define TESTS_REPLAY_HARNESS_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/replay/replay.h"
#include "tests/draw.h"
#include "trace/writer.h"

enum { NR_LAYOUTS = 4 };

static const char *const names[NR_LAYOUTS] = {"v4.14", "v6.12", "page32", "memdesc8"};
static struct layout *layouts[NR_LAYOUTS];
static char path[] = "/tmp/memsim-replay-XXXXXX";

static inline void make_meta(struct trace_meta *meta)
{
	*meta = (struct trace_meta){
		.tool = "test",
		.kernel = "6.12.0",
		.arch = "x86_64",
		.nr_cpus = 2,
		.nr_online_cpus = 2,
		.nr_nodes = 1,
		.page_size = 4096,
		.struct_page_size = 64,
		.ram_pages = 65536,
		.managed_pages = 65000,
		.max_pfn = 65536,
		.memmap_pages = 1024,
		.thp = "never",
		.sample = 1,
		.nr_ranges = 1,
		.nr_caches = 3,
	};
	meta->ranges[0].nr_pages = 65536;
	meta->caches[0] = (struct trace_cache){1, 48 << 10, 12, 64, 1};
	meta->caches[1] = (struct trace_cache){2, 2 << 20, 16, 64, 1};
	meta->caches[2] = (struct trace_cache){3, 32 << 20, 16, 64, 2};
}

/* A trace with a census of 256 MiB and some thousand lives of folios. */
static inline void make_trace(void)
{
	const struct census_run runs[] = {
		{.start_pfn = 0, .count = 1024, .kind = PAGE_KIND_RESERVED},
		{.start_pfn = 1024, .count = 1000, .kind = PAGE_KIND_FILE, .flags = CENSUS_LRU},
		{.start_pfn = 2048, .count = 62, .kind = PAGE_KIND_FREE, .order = 10},
	};
	struct trace_meta *meta = malloc(sizeof(*meta));
	struct trace_footer footer = {.stop = "duration", .command_status = -1};
	struct trace_writer *w;
	uint64_t seed = 42, ts = 1000;
	struct error err = {0};

	make_meta(meta);
	cr_assert_eq(trace_writer_create(path, meta, NULL, &w, &err), 0, "%s", err.msg);
	cr_assert_eq(trace_writer_census(w, 500, 0, 65536, runs, 3, &err), 0, "%s", err.msg);
	for (int i = 0; i < 40000; i++) {
		uint64_t pfn = 2048 + draw(&seed) % 30000;
		struct event e[2] = {
			{.ts_ns = ts + 100,
			 .pfn = pfn,
			 .kind = EVENT_PAGE_ALLOC,
			 .arg = GFPC_MOVABLE,
			 .cpu = i & 1},
			{.ts_ns = ts + 200,
			 .pfn = pfn,
			 .kind = EVENT_LRU_ADD,
			 .cpu = i & 1,
			 .arg = (LRUF_ANON | LRUF_SWAPBACKED) << LRUF_SHIFT},
		};

		ts += 200;
		if (i % 3 == 0)
			e[1].kind = EVENT_PAGE_FREE;
		cr_assert_eq(trace_writer_events(w, e, 2, &err), 0, "%s", err.msg);
	}
	footer.end_ns = ts;
	cr_assert_eq(trace_writer_finish(w, &footer, &err), 0, "%s", err.msg);
	trace_writer_destroy(w);
	free(meta);
}

static inline void setup(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	for (int i = 0; i < NR_LAYOUTS; i++)
		cr_assert_eq(layout_load(names[i], &layouts[i], NULL), 0);
	make_trace();
}

static inline void teardown(void)
{
	unlink(path);
	for (int i = 0; i < NR_LAYOUTS; i++)
		layout_destroy(layouts[i]);
}

#endif
