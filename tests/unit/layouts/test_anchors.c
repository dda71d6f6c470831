// SPDX-License-Identifier: GPL-2.0-only
/* Numbers that others published about these layouts, and what the built-ins make of them. */
#include <string.h>

#include "tests/unit/layouts/expected.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))

static unsigned int object_size(const struct layout *layout, const char *name)
{
	for (size_t i = 0; i < layout->nr_objects; i++)
		if (!strcmp(layout->objects[i].name, name))
			return layout->objects[i].size;
	return 0;
}

struct sizes {
	const char *name;
	unsigned int page, align, side, folio, large, hugetlb, slab, index, ptdesc, zpdesc, netpool;
	unsigned int mgdesc, acctmem;
	const char *status;
};

static void expect_sizes(const struct sizes *s)
{
	struct layout *layout = load(s->name);

	cr_expect_eq(layout->page_size, s->page, "%s", s->name);
	cr_expect_eq(layout->page_align, s->align, "%s", s->name);
	cr_expect_eq(layout->base_page, 4096, "%s", s->name);
	cr_expect_eq(layout_side_bytes(layout, false), s->side, "%s", s->name);
	cr_expect_eq(object_size(layout, "folio"), s->folio, "%s", s->name);
	cr_expect_eq(object_size(layout, "folio.large"), s->large, "%s", s->name);
	cr_expect_eq(object_size(layout, "folio.hugetlb"), s->hugetlb, "%s", s->name);
	cr_expect_eq(object_size(layout, "slab"), s->slab, "%s", s->name);
	cr_expect_eq(layout->slab_management.per_object, s->index, "%s", s->name);
	cr_expect_eq(object_size(layout, "ptdesc"), s->ptdesc, "%s", s->name);
	cr_expect_eq(object_size(layout, "zpdesc"), s->zpdesc, "%s", s->name);
	cr_expect_eq(object_size(layout, "netpool"), s->netpool, "%s", s->name);
	cr_expect_eq(object_size(layout, "mgdesc"), s->mgdesc, "%s", s->name);
	cr_expect_eq(object_size(layout, "acctmem"), s->acctmem, "%s", s->name);
	cr_expect_str_eq(layout->status, s->status, "%s", s->name);
	layout_destroy(layout);
}

Test(anchors, sizes_of_every_layout)
{
	static const struct sizes table[] = {
		{"v3.11-slab", 56, 8, 16, 0, 0, 0, 48, 4, 0, 0, 0, 0, 0, "released"},
		{"v3.11-slub", 64, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "released"},
		{"v3.13-slab", 56, 8, 16, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, "released"},
		{"v3.13-slub", 64, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "released"},
		{"v4.14", 64, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "released"},
		{"v4.19", 64, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "released"},
		{"v6.1", 64, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "released"},
		{"v6.12", 64, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "released"},
		{"v6.18", 64, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "released"},
		{"v7.3", 64, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "released"},
		{"page32", 32, 8, 0, 80, 128, 160, 64, 0, 64, 32, 48, 0, 0, "proposed"},
		{"page32-wiki", 32, 8, 0, 80, 112, 144, 64, 0, 64, 32, 48, 0, 0, "proposed"},
		{"page56", 56, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "proposed"},
		{"memdesc16", 16, 16, 0, 80, 128, 160, 64, 0, 64, 32, 48, 0, 16, "proposed"},
		{"memdesc8", 8, 8, 0, 80, 128, 160, 64, 0, 64, 32, 48, 32, 16, "proposed"},
		{"memdesc8-wiki", 8, 8, 0, 80, 112, 144, 64, 0, 64, 32, 48, 32, 16, "proposed"},
		{"memdesc8-2022", 8, 8, 0, 80, 96, 128, 64, 0, 64, 32, 48, 32, 16, "sketch"},
	};

	for (size_t i = 0; i < NR(table); i++)
		expect_sizes(&table[i]);
	cr_assert_eq(NR(table), layout_nr_builtins, "a layout without a row here");
}

/* slabinfo of both kernels, as J. Kim posted it with the patches (2013-10-16). */
Test(anchors, objects_per_slab_of_the_slab_allocator)
{
	static const struct {
		unsigned int size, align, v3_11, v3_13;
	} table[] = {
		{32, 32, 112, 113}, {64, 64, 59, 60},  {128, 64, 30, 31},
		{192, 64, 20, 20},  {256, 64, 15, 15},
	};
	struct layout *before = load("v3.11-slab"), *after = load("v3.13-slab");

	for (size_t i = 0; i < NR(table); i++) {
		struct layout_slab slab;

		layout_plan_slab(before, table[i].size, table[i].align, 4096, &slab);
		cr_expect_eq(slab.objects, table[i].v3_11, "%u: %u", table[i].size, slab.objects);
		cr_expect_not(slab.off_slab);
		layout_plan_slab(after, table[i].size, table[i].align, 4096, &slab);
		cr_expect_eq(slab.objects, table[i].v3_13, "%u: %u", table[i].size, slab.objects);
		cr_expect_not(slab.off_slab);
		cr_expect_leq(slab.management + slab.objects * table[i].size, 4096);
	}
	/* the padding of the index takes the room of an object: 416 bytes become 448 */
	{
		struct layout_slab slab;

		layout_plan_slab(before, 40, 64, 4096, &slab);
		cr_expect_eq(slab.objects, 91, "%u", slab.objects);
		cr_expect_leq(slab.management + slab.objects * 40, 4096);
	}
	layout_destroy(before);
	layout_destroy(after);
}

Test(anchors, management_of_large_objects_is_outside_unless_it_fits)
{
	struct layout *before = load("v3.11-slab"), *slub = load("v3.11-slub");
	struct layout_slab slab;

	layout_plan_slab(before, 512, 64, 4096, &slab);
	cr_assert(slab.off_slab, "8 objects fill the page");
	cr_assert_eq(slab.objects, 8);
	cr_assert_eq(slab.management, 48 + 8 * 4);
	layout_plan_slab(before, 576, 64, 4096, &slab);
	cr_assert_eq(slab.objects, 7);
	cr_assert(slab.off_slab, "64 bytes are left over, 76 are needed");
	layout_plan_slab(before, 640, 64, 4096, &slab);
	cr_assert_eq(slab.objects, 6);
	cr_assert_not(slab.off_slab, "256 bytes are left over, and 72 are needed");
	cr_assert_eq(slab.management, 128, "padded to the alignment");
	layout_plan_slab(before, 448, 64, 4096, &slab);
	cr_assert_not(slab.off_slab, "below an eighth of a page it stays on the slab");
	layout_plan_slab(slub, 512, 64, 4096, &slab);
	cr_assert_eq(slab.objects, 8);
	cr_assert_eq(slab.management, 0, "SLUB has none");
	layout_destroy(before);
	layout_destroy(slub);
}

/* What is left over in a slab shifts its objects, a line at a time: cache_grow() and __kmem_cache_create(). */
Test(anchors, slabs_of_the_slab_allocator_have_colours)
{
	static const struct {
		const char *layout;
		unsigned int size, colours;
	} table[] = {
		{"v3.11-slab", 32, 1},	/* 112 * 32 + 512 fill the page */
		{"v3.11-slab", 192, 2}, /* 20 * 192 + 128 leave 128 */
		{"v3.11-slab", 256, 2}, /* 15 * 256 + 128 leave 128 */
		{"v3.13-slab", 256, 3}, /* 15 * 256 + 64 leave 192 */
		{"v3.11-slab", 576, 1}, /* 7 * 576 leave 64, with the management outside */
		{"v3.11-slub", 256, 1},
	};

	for (size_t i = 0; i < NR(table); i++) {
		struct layout *layout = load(table[i].layout);
		struct layout_slab slab;

		layout_plan_slab(layout, table[i].size, 64, 4096, &slab);
		cr_expect_eq(slab.colours, table[i].colours, "%s %u: %u", table[i].layout,
			     table[i].size, slab.colours);
		layout_destroy(layout);
	}
}

/* What the management of one slab takes, of objects that are assumed to have so many bytes. */
Test(anchors, management_of_the_slab_allocator_takes_room)
{
	static const struct {
		const char *layout, *set;
		unsigned int order;
		uint64_t bytes;
	} table[] = {
		{"v3.11-slab", NULL, 0, 112},		  /* 48 + 15 * 4, to 8 */
		{"v3.11-slab", NULL, 3, 552},		  /* 48 + 126 * 4 */
		{"v3.13-slab", NULL, 0, 64},		  /* 15 * 4, to 8 */
		{"v3.11-slab", "slab.object=32", 0, 496}, /* 48 + 112 * 4 */
		{"v3.11-slab", "slab.object=512", 0,
		 137}, /* 48 + 8 * 4: a page of 30 kmalloc(128)s */
		{"v3.13-slab", "slab.object=512", 0, 37}, /* 8 * 4: of 113 kmalloc(32)s */
		{"v3.11-slub", NULL, 0, 0},
		{"v6.12", NULL, 3, 0},
	};

	for (size_t i = 0; i < NR(table); i++) {
		struct layout *layout = load(table[i].layout);
		uint64_t bytes;

		if (table[i].set)
			cr_assert_eq(layout_set(layout, table[i].set, NULL), 0);
		bytes = layout_slab_management_bytes(layout, table[i].order);
		cr_expect_eq(bytes, table[i].bytes, "%s %s: %lu", table[i].layout,
			     table[i].set ? table[i].set : "", bytes);
		layout_destroy(layout);
	}
}

static uint64_t bytes_of(const struct layout *layout, enum page_kind kind, unsigned int order)
{
	int object = layout_object_for(layout, kind, order);
	uint64_t bytes = (uint64_t)layout->page_size << order;

	return object < 0 ? bytes : bytes + layout->objects[object].size;
}

/* M. Wilcox 2022-08-14: 2.5 MB for the slabs of one cache today, a little under 1 MB with descriptors. */
Test(anchors, radix_tree_nodes_of_2022)
{
	struct layout *today = load("v6.1"), *then = load("memdesc8-2022");

	cr_assert_eq(9941 * bytes_of(today, PAGE_KIND_SLAB, 2), 2544896);
	cr_assert_eq(9941 * bytes_of(then, PAGE_KIND_SLAB, 2), 954336);
	layout_destroy(today);
	layout_destroy(then);
}

/* M. Wilcox 2021-12-11: 32 + 64 = 96 bytes instead of 256 for a slab of order 2. */
Test(anchors, slab_of_order_two_in_2021)
{
	struct layout *memdesc8 = load("memdesc8");

	cr_assert_eq(bytes_of(memdesc8, PAGE_KIND_SLAB, 2), 96);
	layout_destroy(memdesc8);
}

struct costs {
	const char *name;
	uint64_t folio[6], slab[6]; /* orders 0 to 4 and 9 */
};

Test(anchors, bytes_per_allocation)
{
	static const unsigned int orders[6] = {0, 1, 2, 3, 4, 9};
	static const struct costs table[] = {
		{"v6.12", {64, 128, 256, 512, 1024, 32768}, {64, 128, 256, 512, 1024, 32768}},
		{"page32", {112, 192, 256, 384, 640, 16512}, {96, 128, 192, 320, 576, 16448}},
		{"page32-wiki", {112, 176, 240, 368, 624, 16496}, {96, 128, 192, 320, 576, 16448}},
		{"memdesc8", {88, 144, 160, 192, 256, 4224}, {72, 80, 96, 128, 192, 4160}},
		{"memdesc8-wiki", {88, 128, 144, 176, 240, 4208}, {72, 80, 96, 128, 192, 4160}},
		{"memdesc16", {96, 160, 192, 256, 384, 8320}, {80, 96, 128, 192, 320, 8256}},
	};

	for (size_t i = 0; i < NR(table); i++) {
		struct layout *layout = load(table[i].name);

		for (size_t j = 0; j < NR(orders); j++) {
			cr_expect_eq(bytes_of(layout, PAGE_KIND_FILE, orders[j]), table[i].folio[j],
				     "%s order %u", table[i].name, orders[j]);
			cr_expect_eq(bytes_of(layout, PAGE_KIND_ANON, orders[j]), table[i].folio[j],
				     "%s order %u", table[i].name, orders[j]);
			cr_expect_eq(bytes_of(layout, PAGE_KIND_SLAB, orders[j]), table[i].slab[j],
				     "%s order %u", table[i].name, orders[j]);
			cr_expect_eq(bytes_of(layout, PAGE_KIND_PGTABLE, orders[j]),
				     table[i].slab[j], "%s order %u", table[i].name, orders[j]);
		}
		layout_destroy(layout);
	}
}

/* The smallest order from which on a folio takes less than today, or as much: the table of proposals. */
Test(anchors, folios_break_even_at_these_orders)
{
	static const struct {
		const char *name;
		unsigned int tie, less;
	} table[] = {
		{"page32", 2, 3},   {"page32-wiki", 2, 2},   {"memdesc16", 2, 2},
		{"memdesc8", 2, 2}, {"memdesc8-wiki", 1, 2}, {"memdesc8-2022", 1, 1},
	};

	for (size_t i = 0; i < NR(table); i++) {
		struct layout *layout = load(table[i].name);
		unsigned int tie = 0, less = 0;

		while (bytes_of(layout, PAGE_KIND_FILE, tie) > 64u << tie)
			tie++;
		while (bytes_of(layout, PAGE_KIND_FILE, less) >= 64u << less)
			less++;
		cr_expect_eq(tie, table[i].tie, "%s: %u", table[i].name, tie);
		cr_expect_eq(less, table[i].less, "%s: %u", table[i].name, less);
		layout_destroy(layout);
	}
}

/* Shares of memory by size of struct page and of base pages, in units of 1/2^20. */
Test(anchors, memmap_as_a_share_of_memory)
{
	static const struct {
		const char *name;
		unsigned int share;
	} table[] = {
		{"v6.12", 16384},    /* 1.5625 % */
		{"page32", 8192},    /* 0.78 % */
		{"memdesc16", 4096}, /* 0.39 % */
		{"memdesc8", 2048},  /* 0.195 % */
		{"v6.12+16k", 4096},   {"v6.12+64k", 1024},   {"page32+16k", 2048},
		{"page32+64k", 512},   {"memdesc8+16k", 512}, {"memdesc8+64k", 128},
		{"v3.11-slab", 14336},
	};

	for (size_t i = 0; i < NR(table); i++) {
		struct layout *layout = load(table[i].name);

		cr_expect_eq(((uint64_t)layout->page_size << 20) / layout->base_page,
			     table[i].share, "%s", table[i].name);
		layout_destroy(layout);
	}
}

/* Entries of 56 bytes: six of eight cross a line, so that a whole one is in 14/8 = 1.75 of them. */
Test(anchors, entries_of_56_bytes_straddle_lines)
{
	static const struct {
		const char *name;
		unsigned int lines_per_8;
	} table[] = {
		{"page56", 14}, {"v3.11-slab", 14}, {"v6.12", 8}, {"page32", 8}, {"memdesc8", 8}};

	for (size_t i = 0; i < NR(table); i++) {
		struct layout *layout = load(table[i].name);
		unsigned int lines = 0;

		for (unsigned int pfn = 0; pfn < 8; pfn++) {
			unsigned int first = pfn * layout->page_size;

			lines += (first + layout->page_size - 1) / 64 - first / 64 + 1;
		}
		cr_expect_eq(lines, table[i].lines_per_8, "%s: %u", table[i].name, lines);
		layout_destroy(layout);
	}
}

/* D. Hansen: 8 bytes less per page are 2,097,152 KiB of 1 TiB, and he measured 2,095,112. */
Test(anchors, terabyte_with_entries_of_56_bytes)
{
	struct layout *slub = load("v3.11-slub"), *page56 = load("page56");
	uint64_t pages = 1ULL << 28, saved = pages * (slub->page_size - page56->page_size) >> 10;

	cr_assert_eq(saved, 2097152);
	cr_assert_lt(saved - 2095112, saved / 900);
	layout_destroy(slub);
	layout_destroy(page56);
}
