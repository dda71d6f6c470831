// SPDX-License-Identifier: GPL-2.0-only
/* What a layout takes, and what that is elsewhere. */
#include <stdio.h>
#include <string.h>

#include "sim/replay/guests.h"
#include "sim/pages/kinds.h"
#include "sim/replay/scale.h"
#include "tests/unit/sim/host_harness.h"

#define GIB (1ULL << 30)

/* One entry for four pages, and a descriptor as traced; the most that a unit of its own for each could cost. */
Test(memory, larger_base_pages_have_fewer_entries_and_the_same_descriptors)
{
	struct host host;

	host_init(&host, "memdesc8+16k");
	cr_expect_eq(host.memory.memmap_bytes, HOST_PAGES / 4 * 8);
	cr_expect_eq(host.payers.kinds[PAGE_KIND_FILE].descriptor_bytes, 1000 * 80);
	/* 8 KiB are less than one page now: no large folio any more; 32 KiB are two pages */
	cr_expect_eq(host.payers.orders[1].descriptor_bytes, 500 * 80);
	cr_expect_eq(host.payers.orders[3].descriptor_bytes, 100 * 128);
	cr_expect_eq(host.memory.rounding_bytes, 1000ULL * 12288 + 77 * 12288 + 500 * 8192);
	host_fini(&host);
	host_init(&host, "memdesc8");
	cr_expect_eq(host.memory.rounding_bytes, 0);
	host_fini(&host);
}

/* The lines of 2^k pages are fewer, and what a compound page was is none where it fits into one page. */
Test(memory, larger_base_pages_touch_fewer_entries)
{
	static const struct {
		const char *layout;
		uint8_t order;
		uint64_t lines;
	} table[] = {{"v6.12", 4, 16},	   {"v6.12+16k", 4, 4}, {"v6.12+64k", 4, 0},
		     {"v6.12+64k", 9, 32}, {"v6.12+16k", 2, 0}, {"v6.12+16k", 3, 2}};

	for (size_t i = 0; i < NR(table); i++) {
		struct op op = {.pfn = 8192,
				.next = PFN_NONE,
				.prev = PFN_NONE,
				.kind = OP_COMPOUND,
				.order = table[i].order,
				.page_kind = PAGE_KIND_ANON};
		struct host host;

		host_init(&host, table[i].layout);
		cr_assert_eq(model_run(host.model, &op, 1, 1, NULL), 0);
		cr_expect_eq(model_cost(host.model, OP_COMPOUND)->lines, table[i].lines,
			     "%s order %u: %lu", table[i].layout, table[i].order,
			     model_cost(host.model, OP_COMPOUND)->lines);
		host_fini(&host);
	}
}

/* A result of a host without layouts' costs: RAM, kinds at the end, and one layout's bytes. */
static struct replay_result *result_of(const struct host *host)
{
	struct replay_result *r = calloc(1, sizeof(*r));

	r->meta.page_size = 4096;
	r->meta.ram_pages = HOST_PAGES;
	r->end = *pages_counts(host->h.pages);
	r->nr_layouts = 1;
	r->layouts = calloc(1, sizeof(*r->layouts));
	r->layouts[0].layout = host->layout;
	r->layouts[0].fixed = host->memory;
	r->layouts[0].payers = host->payers;
	r->layouts[0].desc_bytes = r->layouts[0].desc_peak_bytes =
		heap_bytes(model_heap(host->model));
	series_start(&r->layouts[0].series.total, r->layouts[0].desc_bytes);
	series_start(&r->layouts[0].bytes, layout_result_bytes(&r->layouts[0]));
	return r;
}

Test(scale, a_machine_of_the_same_size_is_the_machine)
{
	static const char *const names[] = {"v6.12+hvo-2M", "page32", "memdesc8+16k", "v3.11-slab"};

	for (size_t i = 0; i < NR(names); i++) {
		struct replay_result *r;
		struct scaled s;
		struct host host;

		host_init(&host, names[i]);
		r = result_of(&host);
		scale_layout(r, &r->layouts[0], HOST_PAGES * 4096ULL, &s);
		cr_expect_eq(s.total_bytes, layout_result_bytes(&r->layouts[0]), "%s", names[i]);
		cr_expect_eq(s.total_peak_bytes, s.total_bytes);
		cr_expect_eq(s.total_mean_bytes, s.total_bytes);
		scale_layout(r, &r->layouts[0], HOST_PAGES * 4096ULL * 4096, &s);
		cr_expect_eq(s.total_bytes, 4096 * layout_result_bytes(&r->layouts[0]), "%s",
			     names[i]);
		replay_result_destroy(r);
		host_fini(&host);
	}
}

Test(scale, products_beyond_64_bits_are_exact)
{
	cr_expect_eq(scale_bytes(3, 1, 1ULL << 52), 3ULL << 52);
	cr_expect_eq(scale_bytes(1ULL << 45, 3 * GIB, 6ULL << 40), 1ULL << 56);
	cr_expect_eq(scale_bytes(7, 3, 1), 2);
	cr_expect_eq(scale_bytes(7, 0, 1), 0);
}

/* Two guests of 256 MiB on a host of 256 MiB: their metadata is added, the host's is shared out. */
Test(guests, cost_is_paid_in_the_guest_and_in_the_host)
{
	struct replay_result *host_result;
	struct guests_cost cost;
	struct host host;
	uint64_t own, backing = 1000 + 5 * 512 + 800 + 20 * 512;

	host_init(&host, "memdesc8");
	host_result = result_of(&host);
	own = layout_result_bytes(&host_result->layouts[0]);
	guests_cost_of(host_result, 0, &cost);
	cr_expect_eq(cost.total_bytes, own);
	cr_expect_eq(cost.host_twice_bytes, 0);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(replay_add_guest(host_result, "g", result_of(&host), NULL), 0);
	cr_expect_eq(guests_ram_bytes(host_result), 2 * HOST_PAGES * 4096ULL);
	cr_expect_eq(guests_backed_bytes(host_result), backing * 4096, "all that there is");
	guests_cost_of(host_result, 0, &cost);
	cr_expect_eq(cost.guest_bytes, 2 * own);
	cr_expect_eq(cost.total_bytes, 3 * own);
	cr_expect_eq(cost.host_twice_bytes, backing * 8 + (500 + 5) * 128 + 100 * 128 + 20 * 160);
	/* a guest that the host backs by a part of that memory */
	host_result->guests[0].result->meta.ram_pages = backing / 4;
	host_result->nr_guests = 1;
	guests_cost_of(host_result, 0, &cost);
	cr_expect_eq(cost.host_twice_bytes, (backing * 8 + 605 * 128 + 20 * 160) / 4);
	host_result->nr_guests = 2;
	replay_result_destroy(host_result);
	host_fini(&host);
}

Test(kinds, what_no_page_is_said_to_be_is_named)
{
	struct pages_counts *counts = calloc(1, sizeof(*counts));
	uint32_t hidden = kinds_not_named(counts, counts);

	cr_expect_eq(hidden,
		     1u << PAGE_KIND_NETPOOL | 1u << PAGE_KIND_ZSMALLOC | 1u << PAGE_KIND_PERCPU);
	cr_expect_eq(hidden & kinds_vague(), 0);
	counts->kind_pages[PAGE_KIND_PERCPU] = 1;
	cr_expect_eq(kinds_not_named(counts, counts), hidden & ~(1u << PAGE_KIND_PERCPU));
	free(counts);
}
