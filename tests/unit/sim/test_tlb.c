// SPDX-License-Identifier: GPL-2.0-only
/* The TLB against a list for each set, and closed forms. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cache/tlb.h"
#include "tests/unit/sim/cache_harness.h"

static const struct tlb_geometry SMALL = {
	.level = {{{8, 2}, {4, 4}, {2, 2}}, {{32, 4}, {16, 4}, {4, 4}}},
};

/* Rows that take more than one line of the host. */
static const struct tlb_geometry WIDE = {
	.level = {{{8, 8}, {12, 12}, {9, 9}}, {{32, 16}, {36, 12}, {30, 10}}},
};

static struct tlb *tlb_of(const struct tlb_geometry *g, unsigned int cpus)
{
	struct error err = {0};
	struct tlb *t;

	cr_assert_eq(tlb_create(g, cpus, &t, &err), 0, "%s", err.msg);
	return t;
}

/* A cyclic scan is the worst case of LRU: it hits where all pages fit, and never where one does not. */
Test(tlb, a_cyclic_scan_hits_where_it_fits_and_never_beyond)
{
	for (uint64_t pages = 1; pages <= 40; pages++) {
		struct tlb *t = tlb_of(&SMALL, 1);
		uint64_t counts[TLB_LEVELS] = {0};

		for (uint64_t i = 0; i < 10 * pages; i++) {
			enum tlb_level level = tlb_access(t, 0, TLB_4K, i % pages);

			if (i >= pages)
				counts[level]++;
		}
		if (pages <= 8)
			cr_assert_eq(counts[TLB_FIRST], 9 * pages);
		else if (pages <= 32 && pages >= 12)
			cr_assert_eq(counts[TLB_SECOND], 9 * pages, "%lu pages", pages);
		else if (pages == 40)
			cr_assert_eq(counts[TLB_WALK], 9 * pages);
		tlb_destroy(t);
	}
}

Test(tlb, sizes_of_pages_and_cpus_have_entries_of_their_own)
{
	struct tlb *t = tlb_of(&SMALL, 2);

	cr_assert_eq(tlb_access(t, 0, TLB_4K, 5), TLB_WALK);
	cr_assert_eq(tlb_access(t, 0, TLB_2M, 5), TLB_WALK);
	cr_assert_eq(tlb_access(t, 0, TLB_1G, 5), TLB_WALK);
	cr_assert_eq(tlb_access(t, 1, TLB_4K, 5), TLB_WALK);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(tlb_access(t, 0, TLB_4K, 5), TLB_FIRST);
	cr_assert_eq(tlb_access(t, 0, TLB_4K, 0), TLB_WALK, "page 0 is no empty entry");
	tlb_destroy(t);
}

enum { MAX_WAYS = 16, MAX_SETS = 16, CPUS = 2 };

struct list {
	uint64_t page[MAX_WAYS];
	uint32_t nr;
};

/* Most recent last. True if the page was there; else the oldest one goes where there is no room. */
static bool list_use(struct list *l, uint32_t ways, uint64_t page)
{
	uint32_t at = 0;
	bool hit;

	while (at < l->nr && l->page[at] != page)
		at++;
	hit = at < l->nr;
	if (!hit && l->nr < ways) {
		l->page[l->nr++] = page;
		return false;
	}
	for (at = hit ? at : 0; at + 1 < l->nr; at++)
		l->page[at] = l->page[at + 1];
	l->page[l->nr - 1] = page;
	return hit;
}

static enum tlb_level naive(struct list lists[2][TLB_SIZES][MAX_SETS], const struct tlb_geometry *g,
			    int size, uint64_t page)
{
	for (int level = 0; level < 2; level++) {
		uint32_t ways = g->level[level][size].ways;
		uint32_t sets = g->level[level][size].entries / ways;

		if (list_use(&lists[level][size][page % sets], ways, page))
			return (enum tlb_level)level;
	}
	return TLB_WALK;
}

static void compare(const struct tlb_geometry *g, bool plain)
{
	static struct list lists[CPUS][2][TLB_SIZES][MAX_SETS];
	uint64_t state = 88172645463325252ULL, counts[TLB_LEVELS] = {0};
	struct tlb *t = tlb_of(g, CPUS);

	memset(lists, 0, sizeof(lists));
	if (plain)
		t->touch = tlb_plain_touch;
	for (int i = 0; i < 200000; i++) {
		unsigned int cpu = (unsigned int)(draw(&state) % CPUS);
		int size = (int)(draw(&state) % TLB_SIZES);
		uint64_t page = draw(&state) % 3 ? draw(&state) % 6 : draw(&state) % 100;
		enum tlb_level want = naive(lists[cpu], g, size, page);

		cr_assert_eq(tlb_access(t, cpu, (enum tlb_size)size, page), want, "access %d", i);
		counts[want]++;
	}
	cr_assert(counts[TLB_FIRST] > 10000 && counts[TLB_SECOND] > 10000 &&
		  counts[TLB_WALK] > 10000);
	tlb_destroy(t);
}

Test(tlb, agrees_with_lists_on_random_streams)
{
	for (int plain = 0; plain < 2; plain++) {
		compare(&SMALL, plain);
		compare(&WIDE, plain);
	}
}

Test(tlb, what_cannot_be_built_is_refused)
{
	struct tlb_geometry g = SMALL;
	struct error err = {0};
	struct tlb *t = NULL;

	g.level[1][TLB_2M].ways = 3;
	cr_assert_eq(tlb_create(&g, 1, &t, &err), -EINVAL);
	cr_assert_neq(err.msg[0], '\0');
	cr_assert_null(t);
}
