// SPDX-License-Identifier: GPL-2.0-only
/* A trace that says it is a sample is replayed as one: its results must come near those of the whole. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/replay/replay.h"
#include "tests/draw.h"
#include "trace/sample.h"
#include "trace/writer.h"

enum { PAGES = 1 << 20, NR_LAYOUTS = 2, CACHED = PAGES / 2 };

static const char *const names[NR_LAYOUTS] = {"v6.12", "memdesc8"};

/*
 * A census of 4 GiB, half of it files, and anonymous pages that come and go all over the other half. Their struct pages
 * take 4 MiB, twice the L2: a sample of them would fit in if the caches stayed as they are.
 */
static void put_life(struct trace_writer *w)
{
	uint8_t *used = calloc(PAGES, 1);
	uint64_t seed = 42, ts = 1000;
	struct error err = {0};

	for (int i = 0; i < 400000; i++) {
		uint64_t group = draw(&seed) % (CACHED / 8);
		/* one of eight, not always the same: or most sets of the caches would stay empty */
		uint64_t pfn = CACHED + group * 8 + sample_hash(group << SAMPLE_SHIFT) % 8;
		struct event e[2] = {
			{.ts_ns = ts += 100,
			 .pfn = pfn,
			 .kind = EVENT_PAGE_ALLOC,
			 .arg = GFPC_MOVABLE},
			{.ts_ns = ts += 100,
			 .pfn = pfn,
			 .kind = EVENT_LRU_ADD,
			 .arg = (LRUF_ANON | LRUF_SWAPBACKED) << LRUF_SHIFT},
		};

		e[0].cpu = e[1].cpu = i & 1;
		if (used[pfn])
			e[0].kind = EVENT_PAGE_FREE;
		cr_assert_eq(trace_writer_events(w, e, used[pfn] ? 1 : 2, &err), 0, "%s", err.msg);
		used[pfn] ^= 1;
	}
	free(used);
}

static void make_trace(const char *path, uint32_t first, uint32_t last)
{
	const struct census_run runs[] = {
		{.start_pfn = 0, .count = CACHED, .kind = PAGE_KIND_FILE, .flags = CENSUS_LRU},
		{.start_pfn = CACHED, .count = CACHED / 1024, .kind = PAGE_KIND_FREE, .order = 10},
	};
	struct trace_footer footer = {.stop = "duration", .end_ns = 100000000, .sample = last};
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct trace_writer *w;
	struct error err = {0};

	*meta = (struct trace_meta){
		.nr_cpus = 2,
		.nr_online_cpus = 2,
		.nr_nodes = 1,
		.page_size = 4096,
		.ram_pages = PAGES,
		.managed_pages = PAGES,
		.max_pfn = PAGES,
		.sample = first,
		.nr_ranges = 1,
		.nr_caches = 3,
		.ranges = {{0, PAGES}},
		.caches = {{1, 48 << 10, 12, 64, 1},
			   {2, 2 << 20, 16, 64, 1},
			   {3, 32 << 20, 16, 64, 2}},
	};
	cr_assert_eq(trace_writer_create(path, meta, NULL, &w, &err), 0, "%s", err.msg);
	cr_assert_eq(trace_writer_census(w, 500, 0, PAGES, runs, 2, &err), 0, "%s", err.msg);
	put_life(w);
	cr_assert_eq(trace_writer_finish(w, &footer, &err), 0, "%s", err.msg);
	trace_writer_destroy(w);
	free(meta);
}

static struct replay_result *replay(const struct layout *const *layouts, uint32_t first,
				    uint32_t last)
{
	char path[] = "/tmp/memsim-sample-XXXXXX";
	struct replay_opts opts = {.layouts = layouts,
				   .nr_layouts = NR_LAYOUTS,
				   .jobs = 1,
				   .detail = true,
				   .policy = {.max_order = POLICY_AS_TRACED}};
	struct replay_result *result = NULL;
	struct trace_reader *reader;
	struct error err = {0};
	int fd = mkstemp(path);

	close(fd);
	make_trace(path, first, last);
	cr_assert_eq(trace_reader_open(path, &reader, &err), 0, "%s", err.msg);
	cr_assert_eq(replay_run(reader, &opts, &result, &err), 0, "%s", err.msg);
	trace_reader_destroy(reader);
	unlink(path);
	return result;
}

static void near(const char *what, uint64_t got, uint64_t want, double share)
{
	cr_assert_leq(fabs((double)got - (double)want), share * (double)want + 64,
		      "%s: %lu instead of %lu", what, got, want);
}

static uint64_t sum(const uint64_t *of, size_t nr)
{
	uint64_t all = 0;

	for (size_t i = 0; i < nr; i++)
		all += of[i];
	return all;
}

static void compare_bytes(const struct layout_result *a, const struct layout_result *b)
{
	const size_t nr_units = sizeof(a->units) / sizeof(uint64_t);

	cr_assert_eq(a->fixed.memmap_bytes, b->fixed.memmap_bytes);
	near("descriptors", a->desc_bytes, b->desc_bytes, 0.1);
	near("descriptors at the start", a->start_desc_bytes, b->start_desc_bytes, 0.1);
	near("descriptors at the most", a->desc_peak_bytes, b->desc_peak_bytes, 0.1);
	near("descriptors over time", (uint64_t)series_mean(&a->series.total),
	     (uint64_t)series_mean(&b->series.total), 0.1);
	near("all bytes over time", (uint64_t)layout_result_mean_bytes(a),
	     (uint64_t)layout_result_mean_bytes(b), 0.05);
	near("units", sum((const uint64_t *)&a->units, nr_units),
	     sum((const uint64_t *)&b->units, nr_units), 0.1);
	near("who pays", sum((const uint64_t *)&a->payers, sizeof(a->payers) / sizeof(uint64_t)),
	     sum((const uint64_t *)&b->payers, sizeof(b->payers) / sizeof(uint64_t)), 0.1);
	for (size_t o = 0; o < b->nr_objects; o++) {
		near("descriptors in use", a->objects[o].live, b->objects[o].live, 0.1);
		near("descriptors in use at the most", a->objects[o].peak, b->objects[o].peak, 0.1);
		near("descriptors ever", a->objects[o].allocs, b->objects[o].allocs, 0.1);
		near("slabs", a->objects[o].slab_bytes, b->objects[o].slab_bytes, 0.1);
		near("slabs ever", a->objects[o].slab_allocs, b->objects[o].slab_allocs, 0.1);
		near("one descriptor's bytes over time",
		     (uint64_t)series_mean(&a->series.object[o]),
		     (uint64_t)series_mean(&b->series.object[o]), 0.1);
	}
}

static void compare_heat(const struct heat *a, const struct heat *b)
{
	near("lines of the memmap", sum(a->touched, HEAT_PARTS), sum(b->touched, HEAT_PARTS), 0.1);
	near("lines of the memmap from memory", sum(a->memory, HEAT_PARTS),
	     sum(b->memory, HEAT_PARTS), 0.15);
	near("lines beyond the memmap", a->beyond, b->beyond, 0.1);
	near("lines beyond the memmap from memory", a->beyond_memory, b->beyond_memory, 0.15);
}

static void compare(const struct replay_result *s, const struct replay_result *all)
{
	cr_assert_eq(s->sample, 8);
	cr_assert_float_eq(s->sample_factor, 8, 1);
	cr_assert_eq(all->sample, 1);
	cr_assert_lt(s->events, all->events / 6);
	near("file pages", s->end.kind_pages[PAGE_KIND_FILE], CACHED, 0.1);
	near("anonymous pages", s->end.kind_pages[PAGE_KIND_ANON],
	     all->end.kind_pages[PAGE_KIND_ANON], 0.1);
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		near(page_kind_name(kind), (uint64_t)series_mean(&s->pages[kind]),
		     (uint64_t)series_mean(&all->pages[kind]), 0.1);
	for (int i = 0; i < NR_LAYOUTS; i++) {
		const struct layout_result *a = &s->layouts[i], *b = &all->layouts[i];

		compare_bytes(a, b);
		compare_heat(a->heat, b->heat);
		near("operations", a->total.count, b->total.count, 0.1);
		near("lines", a->total.lines, b->total.lines, 0.1);
		near("hits in the LLC", a->total.hits[CACHE_LLC], b->total.hits[CACHE_LLC], 0.1);
		near("fetches from memory", a->total.hits[CACHE_MEMORY],
		     b->total.hits[CACHE_MEMORY], 0.15);
		for (int kind = 0; kind < OP_MAX; kind++)
			near(op_name(kind), a->ops[kind].count, b->ops[kind].count, 0.15);
	}
}

Test(sample, comes_near_the_whole, .timeout = 120)
{
	struct layout *layouts[NR_LAYOUTS];
	const struct layout *const *l = (const struct layout *const *)layouts;
	struct replay_result *all, *asked, *stepped;

	for (int i = 0; i < NR_LAYOUTS; i++)
		cr_assert_eq(layout_load(names[i], &layouts[i], NULL), 0);
	all = replay(l, 1, 0);
	asked = replay(l, 8, 8);
	stepped = replay(l, 1, 8);
	compare(asked, all);
	/* a recorder that had to step down: the last word counts for all of the trace */
	compare(stepped, all);
	replay_result_destroy(all);
	replay_result_destroy(asked);
	replay_result_destroy(stepped);
	for (int i = 0; i < NR_LAYOUTS; i++)
		layout_destroy(layouts[i]);
}
