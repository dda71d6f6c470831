// SPDX-License-Identifier: GPL-2.0-only
/* What a layout takes, who pays for it, and what that is elsewhere. */
#include <stdio.h>
#include <string.h>

#include "sim/guests.h"
#include "sim/kinds.h"
#include "sim/model.h"
#include "sim/scale.h"
#include "tests/unit/sim/pages_harness.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))
#define GIB (1ULL << 30)

static struct layout *load(const char *name)
{
	struct layout *layout = NULL;
	struct error err = {0};

	cr_assert_eq(layout_load(name, &layout, &err), 0, "%s", err.msg);
	return layout;
}

/* A host with something of most kinds and orders, and the descriptors that a layout has for it. */
struct host {
	struct harness h;
	struct layout *layout;
	struct model *model;
	struct memory memory;
	struct payers payers;
};

static const struct census_run host_runs[] = {
	{.start_pfn = 0, .count = 1024, .kind = PAGE_KIND_RESERVED},
	{.start_pfn = 1024, .count = 1000, .kind = PAGE_KIND_FILE, .flags = CENSUS_LRU},
	{.start_pfn = 2048, .count = 500, .kind = PAGE_KIND_ANON, .order = 1},
	{.start_pfn = 3072, .count = 100, .kind = PAGE_KIND_SHMEM, .order = 3},
	{.start_pfn = 4096, .count = 333, .kind = PAGE_KIND_SLAB, .order = 2},
	{.start_pfn = 6144, .count = 77, .kind = PAGE_KIND_PGTABLE},
	{.start_pfn = 7168, .count = 9, .kind = PAGE_KIND_KERNEL, .order = 5},
	{.start_pfn = 8192, .count = 5, .kind = PAGE_KIND_ANON, .order = 9},
	{.start_pfn = 16384, .count = 20, .kind = PAGE_KIND_HUGETLB, .order = 9},
	{.start_pfn = 27136, .count = 3, .kind = PAGE_KIND_DEVICE, .order = 9},
	{.start_pfn = 32768, .count = 20, .kind = PAGE_KIND_FREE, .order = 10},
	{.start_pfn = 57344, .count = 31, .kind = PAGE_KIND_FREE, .order = 1},
};
enum { HOST_PAGES = 65536 };

static void host_init(struct host *host, const char *layout)
{
	struct model_opts opts = {0};

	memset(host, 0, sizeof(*host));
	harness_init(&host->h, HOST_PAGES);
	harness_census(&host->h, host_runs, NR(host_runs));
	host->layout = load(layout);
	opts.layout = host->layout;
	opts.meta = host->h.meta;
	cr_assert_eq(cache_geometry_parse("l1=48K/12,l2=2M/16,llc=32M/16", &opts.geometry, NULL),
		     0);
	cr_assert_eq(model_create(&opts, &host->model, NULL), 0);
	cr_assert_eq(model_run(host->model, host->h.ops.ops, host->h.ops.nr, 0, NULL), 0);
	memory_of_layout(host->layout, host->h.meta, pages_counts(host->h.pages), &host->memory);
	payers_of_layout(host->layout, pages_counts(host->h.pages),
			 heap_units(model_heap(host->model)), heap_bytes(model_heap(host->model)),
			 &host->payers);
}

static void host_fini(struct host *host)
{
	payers_fini(&host->payers);
	model_destroy(host->model);
	layout_destroy(host->layout);
	harness_fini(&host->h);
}

/* Some of the host's memory is charged; where a census had it all, the rest is nobody's. */
static struct charged *host_charged(struct host *host)
{
	struct trace_block block = {.type = BLOCK_CENSUS};
	struct census_run runs[NR(host_runs)];
	struct charged *charged = NULL;

	memcpy(runs, host_runs, sizeof(runs));
	runs[1].memcg = 70;
	runs[2].memcg = 4000000000;
	runs[3].memcg = 70;
	runs[7].memcg = 4000000000;
	block.census.end_pfn = HOST_PAGES;
	block.census.runs = runs;
	block.census.nr = NR(runs);
	snprintf(host->h.meta->memcg, sizeof(host->h.meta->memcg), "memmap");
	host->h.meta->nr_memcgs = 1;
	host->h.meta->memcgs[0] = (struct trace_memcg){70, "/a/b"};
	cr_assert_eq(charged_create(host->h.meta, &charged, NULL), 0);
	cr_assert_eq(charged_census(charged, &block, NULL), 0);
	return charged;
}

static void pay_by_memcg(struct host *host, const struct charged *charged)
{
	cr_assert_eq(payers_by_memcg(host->layout, host->h.meta, host->h.pages, charged,
				     model_heap(host->model), &host->payers, NULL),
		     0);
}

static void expect_paid(const struct host *host, const struct payer *payers, size_t nr)
{
	uint64_t total = memory_fixed_bytes(&host->memory) + heap_bytes(model_heap(host->model));
	uint64_t paid = host->payers.unused_bytes, pages = 0;

	for (size_t i = 0; i < nr; i++) {
		paid += payer_bytes(&payers[i]);
		pages += payers[i].pages;
	}
	cr_expect_eq(paid, total, "%s: %lu of %lu", host->layout->name, paid, total);
	cr_expect_eq(pages, HOST_PAGES);
}

/* Not a byte is lost or paid twice, whatever the entries are for. */
Test(payer, every_byte_has_one_payer)
{
	static const char *const modifiers[] = {
		"",	   "+16k",    "+64k",	     "+page_ext-owner",
		"+hvo-2M", "+dax-2M", "+16k+hvo-2M", "+64k+page_ext-owner"};

	for (size_t i = 0; i < layout_nr_builtins; i++) {
		for (size_t j = 0; j < NR(modifiers); j++) {
			struct charged *charged;
			struct host host;
			char name[96];

			/* only powers of two can be remapped */
			if ((strstr(modifiers[j], "hvo") || strstr(modifiers[j], "dax")) &&
			    (strstr(layout_builtins[i].name, "-slab") ||
			     strstr(layout_builtins[i].name, "56")))
				continue;
			snprintf(name, sizeof(name), "%s%s", layout_builtins[i].name, modifiers[j]);
			host_init(&host, name);
			expect_paid(&host, host.payers.kinds, PAGE_KIND_MAX);
			expect_paid(&host, host.payers.orders, CENSUS_MAX_ORDER + 1);
			charged = host_charged(&host);
			pay_by_memcg(&host, charged);
			expect_paid(&host, host.payers.memcgs, host.payers.nr_memcgs);
			charged_destroy(charged);
			host_fini(&host);
		}
	}
}

Test(payer, kinds_and_orders_pay_for_their_own)
{
	const struct payer *k, *o;
	struct host host;

	host_init(&host, "memdesc8+hvo-2M");
	k = host.payers.kinds;
	o = host.payers.orders;
	cr_expect_eq(k[PAGE_KIND_FILE].memmap_bytes, 1000 * 8);
	cr_expect_eq(k[PAGE_KIND_FILE].descriptor_bytes, 1000 * 80);
	cr_expect_eq(k[PAGE_KIND_ANON].memmap_bytes, (1000 + 5 * 512) * 8);
	cr_expect_eq(k[PAGE_KIND_ANON].descriptor_bytes, (500 + 5) * 128);
	cr_expect_eq(k[PAGE_KIND_HUGETLB].descriptor_bytes, 20 * 160);
	cr_expect_eq(k[PAGE_KIND_HUGETLB].memmap_bytes, 20 * 4096,
		     "there is one page of it anyway");
	cr_expect_eq(k[PAGE_KIND_FREE].memmap_bytes, (20 * 1024 + 31 * 2) * 8);
	cr_expect_eq(k[PAGE_KIND_FREE].units, 20 + 31);
	cr_expect_eq(k[PAGE_KIND_KERNEL].descriptor_bytes, 0);
	cr_expect_eq(o[2].descriptor_bytes, 333 * 64);
	cr_expect_eq(o[9].descriptor_bytes, 5 * 128 + 20 * 160);
	cr_expect_eq(o[1].units, 500 + 31);
	cr_expect_eq(o[1].described, 500);
	host_fini(&host);
}

/* By hand: 1000 small file folios and 100 of order 3; 500 anonymous ones of order 1 and 5 of order 9. */
Test(payer, memory_cgroups_pay_for_what_they_are_charged_with)
{
	const struct payer *m;
	struct charged *charged;
	struct host host;

	host_init(&host, "memdesc8");
	charged = host_charged(&host);
	pay_by_memcg(&host, charged);
	m = host.payers.memcgs;
	cr_assert_eq(host.payers.nr_memcgs, CHARGED_FIRST + 2);
	cr_expect_eq(host.payers.memcg_inodes[CHARGED_FIRST], 70);
	cr_expect_eq(host.payers.memcg_inodes[CHARGED_FIRST + 1], 4000000000);
	cr_expect_str_eq(payer_memcg_name(&host.payers, CHARGED_TO_NONE, host.h.meta), "none");
	cr_expect_str_eq(payer_memcg_name(&host.payers, CHARGED_FIRST, host.h.meta), "/a/b");
	cr_expect_str_eq(payer_memcg_name(&host.payers, CHARGED_FIRST + 1, host.h.meta), "");
	cr_expect_eq(m[CHARGED_FIRST].pages, 1000 + 800);
	cr_expect_eq(m[CHARGED_FIRST].units, 1100);
	cr_expect_eq(m[CHARGED_FIRST].memmap_bytes, 1800 * 8);
	cr_expect_eq(m[CHARGED_FIRST].descriptor_bytes, 1000 * 80 + 100 * 128);
	cr_expect_eq(m[CHARGED_FIRST + 1].pages, 1000 + 5 * 512);
	cr_expect_eq(m[CHARGED_FIRST + 1].descriptor_bytes, 505 * 128);
	cr_expect_eq(m[CHARGED_NOT_KNOWN].pages, 0);
	charged_destroy(charged);
	host_fini(&host);
}

/* What is freed is nobody's; what is allocated then is somebody's, but the census cannot have known whose. */
Test(payer, events_after_the_census_make_charges_unknown)
{
	struct charged *charged;
	struct host host;
	struct event e[] = {
		{.ts_ns = 1, .kind = EVENT_PAGE_FREE, .pfn = 1024},
		{.ts_ns = 2, .kind = EVENT_PAGE_ALLOC, .pfn = 1024},
		{.ts_ns = 3, .kind = EVENT_PAGE_FREE, .pfn = 1025},
		{.ts_ns = 4, .kind = EVENT_PAGE_ALLOC, .pfn = HOST_PAGES},
	};

	host_init(&host, "v6.12");
	charged = host_charged(&host);
	for (size_t i = 0; i < NR(e); i++)
		harness_event(&host.h, e[i]);
	charged_events(charged, host.h.pages, e, NR(e));
	pay_by_memcg(&host, charged);
	cr_expect_eq(host.payers.memcgs[CHARGED_FIRST].pages, 1800 - 2);
	cr_expect_eq(host.payers.memcgs[CHARGED_NOT_KNOWN].pages, 1);
	charged_destroy(charged);
	host_fini(&host);
}

Test(payer, a_folio_that_moves_stays_charged)
{
	struct event e = {.ts_ns = 1, .kind = EVENT_MIGRATE, .pfn = 1024, .index = 57344};
	struct charged *charged;
	struct host host;

	host_init(&host, "v6.12");
	charged = host_charged(&host);
	cr_assert_eq(charged_groups(charged)[57344], CHARGED_TO_NONE);
	harness_event(&host.h, e);
	charged_events(charged, host.h.pages, &e, 1);
	cr_expect_eq(charged_groups(charged)[57344], CHARGED_FIRST);
	e = (struct event){.ts_ns = 2, .kind = EVENT_PAGE_FREE, .pfn = 1024};
	charged_events(charged, host.h.pages, &e, 1);
	cr_expect_eq(charged_groups(charged)[1024], CHARGED_TO_NONE);
	cr_expect_eq(charged_groups(charged)[57344], CHARGED_FIRST);
	charged_destroy(charged);
	host_fini(&host);
}

/* The census says it of a later moment: the free is part of that. */
Test(payer, the_census_has_the_later_word)
{
	struct event e = {.ts_ns = 50, .kind = EVENT_PAGE_FREE, .pfn = 1024};
	struct charged *charged;
	struct harness h;
	struct host host;

	host_init(&host, "v6.12");
	charged = host_charged(&host);
	harness_init(&h, HOST_PAGES);
	h.now = 100;
	harness_census(&h, host_runs, NR(host_runs));
	charged_events(charged, h.pages, &e, 1);
	cr_expect_neq(charged_groups(charged)[1024], CHARGED_TO_NONE);
	harness_fini(&h);
	charged_destroy(charged);
	host_fini(&host);
}

/* One entry for four pages, and a descriptor as traced; the most that a unit of its own for each could cost. */
Test(payer, larger_base_pages_have_fewer_entries_and_the_same_descriptors)
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
Test(payer, larger_base_pages_touch_fewer_entries)
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
