// SPDX-License-Identifier: GPL-2.0-only
/* A census is taken while the host goes on: which of events and census has the later word. */
#include <inttypes.h>

#include "tests/unit/sim/pages_harness.h"

Test(pages_census, the_census_outranks_older_events)
{
	struct census_run run = {
		.start_pfn = 16, .count = 1, .kind = PAGE_KIND_FILE, .flags = CENSUS_LRU};
	struct event e = {.kind = EVENT_PAGE_FREE, .pfn = 16, .ts_ns = 5};
	struct harness h;

	harness_init(&h, 2048);
	h.now = 10;
	harness_census(&h, &run, 1);
	cr_assert_eq(pages_events(h.pages, &e, 1, &h.ops, NULL), 0);
	cr_assert_eq(pages_counts(h.pages)->superseded, 1);
	cr_assert_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_FILE], 1);
	e.ts_ns = 11;
	cr_assert_eq(pages_events(h.pages, &e, 1, &h.ops, NULL), 0);
	cr_assert_eq(pages_counts(h.pages)->kind_pages[PAGE_KIND_FILE], 0);
	harness_fini(&h);
}

enum { PIECES = 37, PIECE_NS = 10, NOT_LOOKED_AT = 7 };

static void take_census(struct harness *h, uint64_t start, uint64_t pages, uint64_t ts_ns)
{
	const struct census_run run = {.start_pfn = start,
				       .count = pages >> BUDDY_MAX_ORDER,
				       .order = BUDDY_MAX_ORDER,
				       .kind = PAGE_KIND_FREE};
	struct trace_block block = {.type = BLOCK_CENSUS};

	block.census.ts_ns = ts_ns;
	block.census.start_pfn = start;
	block.census.end_pfn = start + pages;
	block.census.runs = &run;
	block.census.nr = 1;
	cr_assert_eq(pages_census(h->pages, &block, &h->ops, NULL), 0);
}

/* In pieces of so many pages. What is looked at again stays as it was seen first. */
static void check_pieces(uint64_t pages, bool again, bool memory_only)
{
	uint64_t late = 0;
	struct harness h;

	harness_init(&h, PIECES * pages);
	if (memory_only)
		pages_memory_only(h.pages, false);
	for (uint64_t i = 0; i < PIECES; i++)
		if (i != NOT_LOOKED_AT)
			take_census(&h, i * pages, pages, 1000 + i * PIECE_NS);
	if (again)
		take_census(&h, 5 * pages, pages, 1000 + 30 * PIECE_NS);
	for (uint64_t ts = 995; ts < 1000 + PIECES * PIECE_NS + 10; ts += 7)
		for (uint64_t i = 0; i < PIECES; i++) {
			const struct event e = {.ts_ns = ts,
						.kind = memory_only ? EVENT_OBJECT_FREE
								    : EVENT_BUDDY_TAKE,
						.pfn = i * pages + (i % 3) * (pages / 2 - 1)};

			late += i != NOT_LOOKED_AT && ts < 1000 + i * PIECE_NS;
			cr_assert_eq(pages_events(h.pages, &e, 1, &h.ops, NULL), 0);
			cr_assert_eq(pages_counts(h.pages)->superseded, late,
				     "pieces of %" PRIu64 " pages, %d %d", pages, again,
				     memory_only);
		}
	harness_fini(&h);
}

/* A census is taken piece by piece; each piece is the later word on its own pages only. */
Test(pages_census, the_census_of_its_page_decides_about_an_event)
{
	/* less than what looks are kept for, as much, more, and lying across */
	static const uint64_t sizes[] = {1024, 8192, 16384, 10240};

	for (unsigned int turn = 0; turn < 4 * 4; turn++)
		check_pieces(sizes[turn % 4], turn / 4 & 1, turn / 8);
}
