// SPDX-License-Identifier: GPL-2.0-only
/* Lines of pages' contents that each event stands for: 64 in a page of 4 KiB, by what mm/ does to them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "sim/machine/contents.h"

enum { PAGES = 4096, LINES = 64 };

static struct trace_meta *meta_of(enum fidelity lookups)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));

	cr_assert_not_null(meta);
	meta->nr_cpus = 2;
	meta->page_size = 4096;
	meta->max_pfn = PAGES;
	meta->classes[CLASS_LOOKUP].fidelity = (uint8_t)lookups;
	return meta;
}

static struct contents *contents_of(enum fidelity lookups)
{
	struct trace_meta *meta = meta_of(lookups);
	struct contents *c;

	cr_assert_eq(contents_create(meta, &c, NULL), 0);
	free(meta);
	return c;
}

static uint64_t see(struct contents *c, enum event_kind kind, uint64_t pfn, uint8_t order,
		    uint32_t arg, uint16_t cpu)
{
	const struct event e = {
		.kind = kind, .pfn = pfn, .order = order, .arg = arg, .cpu = cpu, .count = 1};

	return contents_lines(c, &e);
}

Test(contents, is_zeroed_by_the_allocator_or_by_the_fault_or_copied)
{
	const uint32_t anon = MAPF_ANON | MAPF_NEW;
	struct contents *c = contents_of(FIDELITY_EXACT);

	cr_expect_eq(see(c, EVENT_PAGE_ALLOC, 7, 0, GFPC_ZERO, 0), LINES);
	cr_expect_eq(see(c, EVENT_PAGE_ALLOC, 8, 3, GFPC_ZERO, 0), 8 * LINES);
	cr_expect_eq(see(c, EVENT_MAP_ADD, 7, 0, anon, 0), 0, "it has been zeroed");
	cr_expect_eq(see(c, EVENT_PAGE_ALLOC, 7, 0, 0, 0), 0);
	cr_expect_eq(see(c, EVENT_MAP_ADD, 7, 0, anon, 0), 2 * LINES, "from one page to another");
	cr_expect_eq(see(c, EVENT_MAP_ADD, 7, 0, MAPF_ANON, 0), 0, "mapped once more");
	cr_expect_eq(see(c, EVENT_MAP_ADD, 7, 0, MAPF_NEW, 0), 0, "of a file");
	cr_expect_eq(see(c, EVENT_PAGE_ALLOC, 512, 9, 0, 0), 0);
	cr_expect_eq(see(c, EVENT_MAP_ADD, 512, 9, anon | MAPF_PMD, 0), 512 * LINES);
	cr_expect_eq(see(c, EVENT_MIGRATE, 512, 9, 0, 0), 1024 * LINES);
	/* what a damaged trace may say */
	cr_expect_eq(see(c, EVENT_PAGE_ALLOC, PAGES, 0, GFPC_ZERO, 0), LINES);
	cr_expect_eq(see(c, EVENT_MAP_ADD, PAGES, 0, anon, 0), 2 * LINES);
	contents_destroy(c);
}

Test(contents, is_copied_by_read_and_write)
{
	struct contents *c = contents_of(FIDELITY_EXACT);
	struct event read = {.kind = EVENT_CACHE_READ, .count = 5};

	cr_expect_eq(see(c, EVENT_WRITE, 7, 0, 0, 0), LINES);
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 7, 0, FOLIO_GET_READ, 0), LINES);
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 7, 0, FOLIO_GET_MAP, 0), 0);
	cr_expect_eq(contents_lines(c, &read), 0, "its folios are told one by one");
	contents_destroy(c);
	c = contents_of(FIDELITY_ABSENT);
	cr_expect_eq(contents_lines(c, &read), 5 * LINES);
	contents_destroy(c);
}

/* A page of tmpfs that was looked up was read, unless it is written to or mapped next, on that CPU. */
Test(contents, of_tmpfs_are_read_page_by_page)
{
	const uint32_t shared = LRUF_SWAPBACKED << LRUF_SHIFT, get = FOLIO_GET_ENTRY;
	struct contents *c = contents_of(FIDELITY_EXACT);

	see(c, EVENT_LRU_ADD, 7, 0, shared, 0);
	see(c, EVENT_LRU_ADD, 8, 0, shared, 0);
	see(c, EVENT_LRU_ADD, 9, 0, LRUF_ANON << LRUF_SHIFT | shared, 0);
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 7, 0, get, 0), 0, "not known yet");
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 8, 0, get, 0), LINES, "the one before was read");
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 9, 0, get, 1), 0, "the other CPU has read nothing");
	cr_expect_eq(see(c, EVENT_WRITE, 8, 0, 0, 0), LINES, "written only");
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 9, 0, get, 0), 0);
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 7, 0, get, 0), 0, "9 is not of tmpfs");
	cr_expect_eq(see(c, EVENT_MAP_ADD, 7, 0, 0, 0), 0);
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 8, 0, get, 0), 0, "7 was mapped");
	see(c, EVENT_PAGE_ALLOC, 7, 0, 0, 0);
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 7, 0, get, 0), LINES, "8 was read");
	cr_expect_eq(see(c, EVENT_FOLIO_GET, 8, 0, get, 0), 0, "7 is somebody else's by now");
	contents_destroy(c);
}
