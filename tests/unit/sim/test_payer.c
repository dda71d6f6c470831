// SPDX-License-Identifier: GPL-2.0-only
/* Who pays for what a layout takes: kinds, orders and memory cgroups. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/host_harness.h"

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
		{.ts_ns = 5, .kind = EVENT_PAGE_FREE, .pfn = 1026, .cpu = UINT16_MAX},
		{.ts_ns = 6, .kind = EVENT_LRU_ADD, .pfn = 1027},
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

/* One of a thousand side by side is charged to somebody else. */
Test(payer, units_in_a_row_may_be_charged_to_several)
{
	const struct event e = {.ts_ns = 1, .kind = EVENT_PAGE_ALLOC, .pfn = 1030};
	const struct payer *m;
	struct charged *charged;
	struct host host;

	host_init(&host, "memdesc8");
	charged = host_charged(&host);
	charged_events(charged, host.h.pages, &e, 1);
	pay_by_memcg(&host, charged);
	m = host.payers.memcgs;
	cr_expect_eq(m[CHARGED_FIRST].units, 1099);
	cr_expect_eq(m[CHARGED_FIRST].described, 1099);
	cr_expect_eq(m[CHARGED_NOT_KNOWN].pages, 1);
	cr_expect_eq(m[CHARGED_NOT_KNOWN].described, 1);
	cr_expect_eq(m[CHARGED_NOT_KNOWN].descriptor_bytes, 80);
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

/* What the event does to the groups, said as simply as can be. */
static void change_naively(uint16_t *group, const struct event *e)
{
	for (uint64_t i = 0; i < 1ULL << e->order; i++) {
		if (e->kind == EVENT_PAGE_ALLOC || e->kind == EVENT_BULK_ALLOC)
			group[e->pfn + i] = CHARGED_NOT_KNOWN;
		else if (e->kind == EVENT_PAGE_FREE)
			group[e->pfn + i] = CHARGED_TO_NONE;
	}
}

/* Of one kind, and of all, so that there are many changes, and few, among those that are looked at together. */
Test(payer, of_many_events_each_changes_what_it_changes_alone)
{
	static const uint8_t kinds[] = {EVENT_PAGE_ALLOC, EVENT_PAGE_FREE,  EVENT_LRU_ADD,
					EVENT_BULK_ALLOC, EVENT_TABLE_LOCK, EVENT_MAP_ADD};
	enum { MANY = 1500 };
	struct event *e = calloc(MANY, sizeof(*e));
	uint16_t *naive = malloc(HOST_PAGES * sizeof(*naive));
	struct charged *charged;
	struct host host;
	uint64_t random = 7;

	host_init(&host, "v6.12");
	charged = host_charged(&host);
	memcpy(naive, charged_groups(charged), HOST_PAGES * sizeof(*naive));
	for (size_t i = 0; i < MANY; i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		e[i].ts_ns = 1 + i;
		e[i].kind = kinds[i < MANY / 2	     ? i % 2
				  : random >> 40 & 1 ? 2
						     : (random >> 50) % NR(kinds)];
		e[i].order = random >> 37 & 7 ? 0 : 2;
		e[i].pfn = (random >> 16) % 8192 & ~3ULL;
		change_naively(naive, &e[i]);
	}
	charged_events(charged, host.h.pages, e, MANY);
	cr_expect_arr_eq(charged_groups(charged), naive, HOST_PAGES * sizeof(*naive));
	charged_destroy(charged);
	host_fini(&host);
	free(naive);
	free(e);
}

/* A census that comes again, or after events, says so of what was charged before. */
Test(payer, what_a_later_census_finds_with_nobody_is_nobodys)
{
	const struct event e = {.ts_ns = 1, .kind = EVENT_PAGE_ALLOC, .pfn = 60000};
	const struct census_run all = {.count = HOST_PAGES, .kind = PAGE_KIND_KERNEL},
				behind = {.start_pfn = e.pfn,
					  .count = HOST_PAGES - e.pfn,
					  .kind = PAGE_KIND_KERNEL};
	struct trace_block block = {.type = BLOCK_CENSUS};
	struct charged *charged;
	struct host host;

	block.census.end_pfn = HOST_PAGES;
	block.census.nr = 1;
	host_init(&host, "v6.12");
	for (int turn = 0; turn < 2; turn++) {
		uint64_t left = 0;

		charged = host_charged(&host);
		if (turn)
			charged_events(charged, host.h.pages, &e, 1);
		cr_expect_eq(charged_groups(charged)[1024], CHARGED_FIRST);
		cr_expect_eq(charged_groups(charged)[e.pfn],
			     turn ? CHARGED_NOT_KNOWN : CHARGED_TO_NONE);
		block.census.runs = turn ? &behind : &all;
		cr_assert_eq(charged_census(charged, &block, NULL), 0);
		for (uint64_t pfn = turn ? behind.start_pfn : 0; pfn < HOST_PAGES; pfn++)
			left += charged_groups(charged)[pfn] != CHARGED_TO_NONE;
		cr_expect_eq(left, 0, "%d", turn);
		charged_destroy(charged);
	}
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
