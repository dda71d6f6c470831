// SPDX-License-Identifier: GPL-2.0-only
/* Without operations a replay does much less; what memory takes must come out the same, in little memory. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/replay/replay.h"
#include "tests/draw.h"
#include "tests/unit/sim/pages_harness.h"
#include "trace/writer.h"

/* Later than the first thousand events. */
enum { NR_LAYOUTS = 3, NR_CPUS = 2, CENSUS_NS = 300000 };

static const char *const names[NR_LAYOUTS] = {"memdesc8", "page32", "v3.11-slab"};
static struct layout *layouts[NR_LAYOUTS];
static char path[] = "/tmp/memsim-memory-only-XXXXXX";

static void setup(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	for (int i = 0; i < NR_LAYOUTS; i++)
		cr_assert_eq(layout_load(names[i], &layouts[i], NULL), 0);
}

static void teardown(void)
{
	unlink(path);
	for (int i = 0; i < NR_LAYOUTS; i++)
		layout_destroy(layouts[i]);
}

TestSuite(memory_only, .init = setup, .fini = teardown, .timeout = 300);

/* Runs of eight pages, of one use in turn with the other. */
static void put_census(struct trace_writer *w, uint64_t pages)
{
	size_t nr = pages / 8;
	struct census_run *runs = calloc(nr, sizeof(*runs));

	cr_assert_not_null(runs);
	for (size_t i = 0; i < nr; i++)
		runs[i] = (struct census_run){.start_pfn = i * 8,
					      .count = i % 4 == 3 ? 1 : 8,
					      .order = i % 4 == 3 ? 3 : 0,
					      .kind = i % 2 ? PAGE_KIND_FILE : PAGE_KIND_ANON,
					      .mapcount = i % 2 ? 0 : 1,
					      .flags = CENSUS_LRU};
	cr_assert_eq(trace_writer_census(w, CENSUS_NS, 0, pages, runs, nr, NULL), 0);
	free(runs);
}

static void put_events(struct trace_writer *w, uint64_t pages, unsigned int nr)
{
	uint64_t seed = 77;

	for (unsigned int i = 0; i < nr; i++) {
		/* a few places, so that events meet; any order of them, as in a trace that lost some */
		unsigned int order = draw(&seed) % 3 ? 0 : (unsigned int)(draw(&seed) % 5);
		bool at_end = draw(&seed) % 19 == 0, elsewhere = draw(&seed) % 101 == 0;
		uint64_t pfn = at_end ? pages - 4 + draw(&seed) % 8 : draw(&seed) % (pages / 4);
		struct event e = {
			.ts_ns = 1000 + 300 * i,
			.kind = (uint8_t)(1 + draw(&seed) % (EVENT_KIND_MAX - 1)),
			.cpu = elsewhere ? NR_CPUS : draw(&seed) % NR_CPUS,
			.pfn = pfn >> order << order,
			.order = (uint8_t)order,
			.obj = (uint32_t)(1 + draw(&seed) % 5),
			.index = draw(&seed) % 64,
			.arg = (uint32_t)draw(&seed) & (draw(&seed) & 1 ? 0x3ff : 0x1003fff),
			.count = (uint32_t)(1 + draw(&seed) % (at_end ? 4 : 1U << order))};

		/* of those there is a level of replay of its own */
		if (e.kind == EVENT_ACCESS)
			e.kind = EVENT_PAGE_ALLOC;
		/* the reader leaves these out wherever they are from, and counts them as of no interest */
		if (e.kind == EVENT_RSS_STAT || e.kind == EVENT_TASK)
			e.cpu %= NR_CPUS;
		cr_assert_eq(trace_writer_events(w, &e, 1, NULL), 0);
	}
}

static void make_trace(uint64_t pages, unsigned int nr_events, bool exact)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct trace_footer footer = {.stop = "duration", .command_status = -1};
	struct trace_writer *w;

	*meta = (struct trace_meta){.nr_cpus = NR_CPUS,
				    .nr_online_cpus = NR_CPUS,
				    .nr_nodes = 1,
				    .page_size = 4096,
				    .struct_page_size = 64,
				    .ram_pages = pages,
				    .managed_pages = pages,
				    .max_pfn = pages,
				    .sample = 1,
				    .nr_ranges = 1,
				    .nr_caches = 3};
	meta->ranges[0].nr_pages = pages;
	for (int i = 0; i < 3; i++)
		meta->caches[i] = (struct trace_cache){1 + i, 32 << (10 + 3 * i), 16, 64, 1};
	for (int cls = 0; cls < CLASS_MAX; cls++)
		meta->classes[cls].fidelity = exact ? FIDELITY_EXACT : FIDELITY_INFERRED;
	meta->classes[CLASS_ACCESS].fidelity = FIDELITY_ABSENT;
	cr_assert_eq(trace_writer_create(path, meta, NULL, &w, NULL), 0);
	put_census(w, pages);
	put_events(w, pages, nr_events);
	footer.end_ns = 1000 + 300 * (uint64_t)nr_events;
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
	free(meta);
}

static struct replay_result *replay(size_t nr, bool memory_only)
{
	const struct replay_opts opts = {.layouts = (const struct layout *const *)layouts,
					 .nr_layouts = nr,
					 .jobs = 1,
					 .policy = {.max_order = POLICY_AS_TRACED},
					 .memory_only = memory_only};
	struct replay_result *result;
	struct trace_reader *reader;
	struct error err = {0};

	cr_assert_eq(trace_reader_open(path, &reader, &err), 0, "%s", err.msg);
	cr_assert_eq(replay_run(reader, &opts, &result, &err), 0, "%s", err.msg);
	trace_reader_destroy(reader);
	return result;
}

static void compare(const struct replay_result *full, const struct replay_result *memory)
{
	cr_assert_arr_eq(&full->start, &memory->start, sizeof(full->start));
	cr_assert_arr_eq(&full->end, &memory->end, sizeof(full->end));
	for (size_t i = 0; i < NR_LAYOUTS; i++) {
		const struct layout_result *a = &full->layouts[i], *b = &memory->layouts[i];

		cr_assert_eq(a->desc_bytes, b->desc_bytes);
		cr_assert_eq(a->desc_peak_bytes, b->desc_peak_bytes);
		cr_assert_arr_eq(&a->units, &b->units, sizeof(a->units));
		cr_assert_arr_eq(&a->payers, &b->payers, sizeof(a->payers));
		cr_assert_arr_eq(a->bytes.point, b->bytes.point, sizeof(a->bytes.point));
	}
}

Test(memory_only, is_what_a_replay_of_everything_says_of_memory)
{
	for (int exact = 0; exact < 2; exact++) {
		struct replay_result *full, *memory;

		make_trace((1 << 14) - 3, 60000, exact);
		full = replay(NR_LAYOUTS, false);
		memory = replay(NR_LAYOUTS, true);
		cr_assert_gt(full->end.reallocated, 1000);
		cr_assert_gt(full->end.neighbours_unknown, 100);
		cr_assert_gt(full->end.outside, 100);
		cr_assert_gt(full->end.superseded, 100);
		compare(full, memory);
		replay_result_destroy(full);
		replay_result_destroy(memory);
	}
}

/* Events that only count are left out, unless somebody asks for the time, which any of them may tell. */
Test(memory_only, leaves_out_no_event_that_may_tell_the_time)
{
	const uint64_t counting = 1ULL << EVENT_RSS_STAT | 1ULL << EVENT_TASK;
	struct harness h;

	harness_init(&h, 1024);
	cr_expect_eq(pages_idle_kinds(h.pages), 0);
	pages_take_accesses(h.pages);
	cr_expect_eq(pages_idle_kinds(h.pages), counting);
	cr_assert_eq(pages_keep_time(h.pages, NULL), 0);
	cr_expect_eq(pages_idle_kinds(h.pages), 0);
	h.now = 1000000000;
	harness_event(&h, (struct event){.kind = EVENT_RSS_STAT, .cpu = 1, .obj = 1});
	cr_assert_eq(h.ops.nr, 1);
	cr_expect_eq(h.ops.ops[0].kind, OP_TIME);
	cr_expect_eq(op_time_ns(&h.ops.ops[0]), 1000000001);
	harness_fini(&h);
}

/* 64 GiB of pages, each with a descriptor; what the process needed before is in the 64 MiB. */
Test(memory_only, takes_24_bytes_per_page_and_64_MiB_at_most)
{
	const uint64_t pages = 1 << 24;
	struct replay_result *result;
	struct rusage usage;

#if defined(__SANITIZE_ADDRESS__)
	cr_skip("a sanitizer's memory is not the replay's");
#endif
	make_trace(pages, 100000, false);
	result = replay(1, true);
	cr_assert_gt(result->layouts[0].desc_bytes, 1 << 30);
	replay_result_destroy(result);
	cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
	cr_assert_leq((uint64_t)usage.ru_maxrss << 10, 24 * pages + (64 << 20), "%ld KiB",
		      usage.ru_maxrss);
}

/* What a folio was used for is not kept: nobody's use may count as another's, and move that to another list. */
Test(memory_only, whoever_uses_a_folio_activates_no_other)
{
	const struct census_run run = {
		.start_pfn = 16, .count = 2, .kind = PAGE_KIND_FILE, .flags = CENSUS_LRU};
	struct pages_counts full;

	for (int turn = 0; turn < 2; turn++) {
		struct harness h;

		harness_init(&h, 2048);
		/* recorded with the generations of which traces tell no activation, replayed as without */
		h.meta->lru_gen = 1;
		pages_destroy(h.pages);
		cr_assert_eq(pages_create(h.meta, &h.pages, NULL), 0);
		pages_set_code(h.pages, 0);
		if (turn)
			pages_take_accesses(h.pages);
		harness_census(&h, &run, 1);
		for (uint64_t pfn = 16; pfn < 18; pfn++)
			harness_event(&h, (struct event){.kind = EVENT_FOLIO_GET,
							 .pfn = pfn,
							 .arg = FOLIO_GET_READ});
		if (!turn)
			full = *pages_counts(h.pages);
		cr_expect_eq(full.neighbours_unknown, 0);
		cr_expect_eq(memcmp(&full, pages_counts(h.pages), sizeof(full)), 0);
		harness_fini(&h);
	}
}

/* Room for operations is made once for all events that come together, and again after each that has several. */
Test(memory_only, events_at_once_are_events_one_by_one)
{
	enum { NR = 20000, PAGES = 65536 };
	struct event *events = calloc(NR, sizeof(*events));
	struct harness once, singly;
	struct op_list list = {0};

	cr_assert(op_list_reserve(&list, NR));
	cr_assert_geq(list.cap, NR);
	op_list_fini(&list);
	cr_assert_not_null(events);
	harness_init(&once, PAGES);
	harness_init(&singly, PAGES);
	pages_memory_only(once.pages, false);
	pages_memory_only(singly.pages, false);
	for (unsigned int i = 0; i < NR; i++) {
		/* every page is allocated twice, which is not simple, and some are freed */
		events[i] = (struct event){.ts_ns = 1 + i,
					   .kind = i % 5 ? EVENT_PAGE_ALLOC : EVENT_PAGE_FREE,
					   .order = i % 1000 == 7 ? 9 : 0,
					   .pfn = i % 1000 == 7 ? 512 * (i / 1000) : i / 2};
		cr_assert_eq(pages_events(singly.pages, &events[i], 1, &singly.ops, NULL), 0);
	}
	cr_assert_eq(pages_events(once.pages, events, NR, &once.ops, NULL), 0);
	cr_assert_eq(once.ops.nr, singly.ops.nr);
	cr_assert_gt(once.ops.nr, NR);
	cr_assert_leq(once.ops.nr, once.ops.cap);
	for (size_t i = 0; i < once.ops.nr; i++)
		cr_assert(once.ops.ops[i].kind == singly.ops.ops[i].kind &&
			  once.ops.ops[i].pfn == singly.ops.ops[i].pfn);
	cr_expect_eq(memcmp(pages_counts(once.pages), pages_counts(singly.pages),
			    sizeof(struct pages_counts)),
		     0);
	harness_fini(&once);
	harness_fini(&singly);
	free(events);
}
