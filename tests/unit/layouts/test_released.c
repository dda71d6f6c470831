// SPDX-License-Identifier: GPL-2.0-only
/* The layouts of released kernels, against offsets of their structs (x86-64, MEMCG, SLUB). */
#include "tests/unit/layouts/expected.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))

Test(released, v6_12_is_the_structs_of_linux_6_12)
{
	enum { TAIL_1 = 64, TAIL_2 = 128, TAIL_3 = 192 };
	static const struct expected_place table[] = {
		/* struct page */
		{"page.flags", 0, 8},
		{"page.compound_head", 8, 8},
		{"page.mapping", 24, 8},
		{"page.index", 32, 8},
		{"page.private", 40, 8},
		{"page.mapcount", 48, 4},
		{"page.type", 48, 4},
		{"page.refcount", 52, 4},
		{"page.memcg", 56, 8},
		{"buddy.list", 8, 16},
		{"buddy.order", 40, 8},
		{"buddy.type", 48, 4},
		/* struct folio: what it has in its head, _flags_1 and on, _deferred_list, hugetlb */
		{"folio.flags", 0, 8},
		{"folio.lru", 8, 16},
		{"folio.mapping", 24, 8},
		{"folio.index", 32, 8},
		{"folio.private", 40, 8},
		{"folio.mapcount", 48, 4},
		{"folio.refcount", 52, 4},
		{"folio.memcg", 56, 8},
		{"folio.order", TAIL_1, 8},
		{"folio.large_mapcount", TAIL_1 + 16, 4},
		{"folio.entire_mapcount", TAIL_1 + 20, 4},
		{"folio.nr_mapped", TAIL_1 + 24, 4},
		{"folio.pincount", TAIL_1 + 28, 4},
		{"folio.nr_pages", TAIL_1 + 32, 4},
		{"folio.deferred_list", TAIL_2 + 16, 16},
		{"folio.hugetlb", TAIL_3 + 16, 32},
		/* struct slab */
		{"slab.flags", 0, 8},
		{"slab.cache", 8, 8},
		{"slab.list", 16, 16},
		{"slab.freelist", 32, 8},
		{"slab.counters", 40, 8},
		{"slab.type", 48, 4},
		{"slab.refcount", 52, 4},
		{"slab.obj_exts", 56, 8},
		/* struct ptdesc */
		{"ptdesc.flags", 0, 8},
		{"ptdesc.list", 8, 16},
		{"ptdesc.pmd_huge_pte", 16, 8},
		{"ptdesc.mm", 32, 8},
		{"ptdesc.ptl", 40, 4},
		{"ptdesc.type", 48, 4},
		{"ptdesc.refcount", 52, 4},
		{"ptdesc.memcg", 56, 8},
		/* struct page, as zsmalloc and page_pool use it */
		{"zpdesc.next", 32, 8},
		{"zpdesc.zspage", 40, 8},
		{"zpdesc.first", 48, 4},
		{"netpool.magic", 8, 8},
		{"netpool.pool", 16, 8},
		{"netpool.dma", 32, 8},
		{"netpool.refcount", 40, 8},
	};
	struct layout *layout = load("v6.12");

	cr_assert_eq(layout->page_size, 64);
	cr_assert_eq(layout->page_align, 16);
	cr_assert_eq(layout->nr_objects, 0);
	cr_assert_str_eq(layout->status, "released");
	cr_assert_str_eq(layout->origin, "built-in");
	expect_places(layout, table, NR(table));
	layout_destroy(layout);
}

Test(released, v4_14_is_the_struct_page_of_linux_4_14)
{
	enum { MAPPING = 8, INDEX = 16, COUNTERS = 24, REFCOUNT = 28, LRU = 32, PRIVATE = 48 };
	enum { TAIL_1 = 64, TAIL_2 = 128 };
	static const struct expected_place table[] = {
		{"page.flags", 0, 8},
		{"page.mapping", MAPPING, 8},
		{"page.index", INDEX, 8},
		{"page.mapcount", COUNTERS, 4},
		{"page.type", COUNTERS, 4},
		{"page.refcount", REFCOUNT, 4},
		{"page.compound_head", LRU, 8},
		{"page.private", PRIVATE, 8},
		{"page.memcg", 56, 8},
		{"buddy.list", LRU, 16},
		{"buddy.order", PRIVATE, 8},
		{"buddy.type", COUNTERS, 4},
		{"folio.flags", 0, 8},
		{"folio.mapping", MAPPING, 8},
		{"folio.index", INDEX, 8},
		{"folio.mapcount", COUNTERS, 4},
		{"folio.refcount", REFCOUNT, 4},
		{"folio.lru", LRU, 16},
		{"folio.private", PRIVATE, 8},
		{"folio.memcg", 56, 8},
		{"folio.entire_mapcount", TAIL_1 + MAPPING, 4},
		{"folio.order", TAIL_1 + 44, 4},
		{"folio.deferred_list", TAIL_2 + MAPPING, 16},
		{"folio.hugetlb", TAIL_2 + PRIVATE, 8},
		{"slab.flags", 0, 8},
		{"slab.freelist", INDEX, 8},
		{"slab.counters", COUNTERS, 8},
		{"slab.refcount", REFCOUNT, 4},
		{"slab.list", LRU, 16},
		{"slab.cache", PRIVATE, 8},
		{"ptdesc.flags", 0, 8},
		{"ptdesc.mm", INDEX, 8},
		{"ptdesc.refcount", REFCOUNT, 4},
		{"ptdesc.list", LRU, 16},
		{"ptdesc.pmd_huge_pte", LRU + 8, 8},
		{"ptdesc.ptl", PRIVATE, 4},
		{"ptdesc.memcg", 56, 8},
		{"zpdesc.next", INDEX, 8},
		{"zpdesc.first", COUNTERS, 4},
		{"zpdesc.zspage", PRIVATE, 8},
	};
	struct layout *layout = load("v4.14");

	cr_assert_eq(layout->page_size, 64);
	cr_assert_eq(layout->page_align, 16);
	cr_assert_eq(layout->nr_objects, 0);
	expect_places(layout, table, NR(table));
	layout_destroy(layout);
}

Test(released, no_memory_needs_a_descriptor)
{
	static const char *const names[] = {"v4.14", "v6.12"};

	for (size_t i = 0; i < NR(names); i++) {
		struct layout *layout = load(names[i]);

		for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
			for (unsigned int order = 0; order <= LAYOUT_MAX_ORDER; order++)
				cr_assert_eq(layout_object_for(layout, kind, order), -1);
		layout_destroy(layout);
	}
}

/* The head of a folio has no room to spare and no union: its words add up to its size. */
Test(released, each_byte_of_a_folio_head_is_told_once)
{
	static const char *const names[] = {"v4.14", "v6.12"};

	for (size_t i = 0; i < NR(names); i++) {
		struct layout *layout = load(names[i]);
		unsigned int folio_head = 0;

		for (int field = 0; field < FIELD_MAX; field++)
			if (field_class(field) == LAYOUT_CLASS_FOLIO &&
			    layout->places[field].at < 64)
				folio_head += layout->places[field].size;
		cr_assert_eq(folio_head, 64, "%s: %u", names[i], folio_head);
		layout_destroy(layout);
	}
}
