// SPDX-License-Identifier: GPL-2.0-only
/* The proposals: sizes, who needs which descriptor, and what an allocation then costs. */
#include "tests/unit/layouts/expected.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))

/* Bytes of metadata of one allocation: its memmap entries and its descriptor. */
static uint64_t bytes_of(const struct layout *layout, enum page_kind kind, unsigned int order)
{
	int object = layout_object_for(layout, kind, order);
	uint64_t bytes = (uint64_t)layout->page_size << order;

	return object < 0 ? bytes : bytes + layout->objects[object].size;
}

struct cost {
	unsigned int order;
	uint64_t folio, slab, bare;
};

static void expect_costs(const char *name, const struct cost *table, size_t nr)
{
	struct layout *layout = load(name);

	for (size_t i = 0; i < nr; i++) {
		const struct cost *c = &table[i];

		cr_expect_eq(bytes_of(layout, PAGE_KIND_ANON, c->order), c->folio);
		cr_expect_eq(bytes_of(layout, PAGE_KIND_FILE, c->order), c->folio);
		cr_expect_eq(bytes_of(layout, PAGE_KIND_SHMEM, c->order), c->folio);
		cr_expect_eq(bytes_of(layout, PAGE_KIND_USER, c->order), c->folio);
		cr_expect_eq(bytes_of(layout, PAGE_KIND_SLAB, c->order), c->slab);
		cr_expect_eq(bytes_of(layout, PAGE_KIND_PGTABLE, c->order), c->slab);
		cr_expect_eq(bytes_of(layout, PAGE_KIND_KERNEL, c->order), c->bare);
		cr_expect_eq(bytes_of(layout, PAGE_KIND_FREE, c->order), c->bare);
	}
	layout_destroy(layout);
}

Test(proposed, page32_costs_per_allocation)
{
	static const struct cost table[] = {
		{0, 112, 96, 32},   {1, 192, 128, 64},	{2, 256, 192, 128},
		{3, 384, 320, 256}, {4, 640, 576, 512}, {9, 16512, 16448, 16384},
	};

	expect_costs("page32", table, NR(table));
}

Test(proposed, memdesc8_costs_per_allocation)
{
	static const struct cost table[] = {
		{0, 88, 72, 8},	   {1, 144, 80, 16},   {2, 160, 96, 32},
		{3, 192, 128, 64}, {4, 256, 192, 128}, {9, 4224, 4160, 4096},
	};

	expect_costs("memdesc8", table, NR(table));
}

/* Wilcox 2024: splitting a 2 MiB folio takes 512 folios, which are about ten pages of 4 KiB. */
Test(proposed, folios_of_a_split_huge_page_fill_ten_pages)
{
	static const char *const names[] = {"page32", "memdesc8"};

	for (size_t i = 0; i < NR(names); i++) {
		struct layout *layout = load(names[i]);
		int object = layout_object_for(layout, PAGE_KIND_ANON, 0);

		cr_assert_geq(object, 0);
		cr_assert_eq(512 * layout->objects[object].stride, 10 * 4096);
		layout_destroy(layout);
	}
}

struct need {
	enum page_kind kind;
	unsigned int order;
	const char *object; /* "": none */
	unsigned int size;
	bool rcu;
};

static void expect_needs(const char *name, const struct need *table, size_t nr)
{
	struct layout *layout = load(name);

	for (size_t i = 0; i < nr; i++) {
		const struct need *n = &table[i];
		int object = layout_object_for(layout, n->kind, n->order);

		if (!n->object[0]) {
			cr_expect_eq(object, -1, "%s %s", name, page_kind_name(n->kind));
			continue;
		}
		cr_assert_geq(object, 0, "%s %s", name, page_kind_name(n->kind));
		cr_expect_str_eq(layout->objects[object].name, n->object);
		cr_expect_eq(layout->objects[object].size, n->size, "%s %s", name, n->object);
		cr_expect_eq(layout->objects[object].stride, n->size, "%s %s", name, n->object);
		cr_expect_eq(layout->objects[object].align, 16, "%s %s", name, n->object);
		cr_expect_eq(layout->objects[object].rcu, n->rcu, "%s %s", name, n->object);
	}
	layout_destroy(layout);
}

Test(proposed, page32_says_which_memory_needs_what)
{
	static const struct need table[] = {
		{PAGE_KIND_FILE, 0, "folio", 80, true},
		{PAGE_KIND_KSM, 0, "folio", 80, true},
		{PAGE_KIND_ANON, 9, "folio.large", 128, true},
		{PAGE_KIND_ANON, 20, "folio.large", 128, true},
		{PAGE_KIND_HUGETLB, 9, "folio.hugetlb", 160, true},
		{PAGE_KIND_HUGETLB, 18, "folio.hugetlb", 160, true},
		{PAGE_KIND_SLAB, 3, "slab", 64, false},
		{PAGE_KIND_PGTABLE, 0, "ptdesc", 64, true},
		{PAGE_KIND_ZSMALLOC, 0, "zpdesc", 32, false},
		{PAGE_KIND_NETPOOL, 0, "netpool", 48, false},
		{PAGE_KIND_KERNEL, 0, "", 0, false},
		{PAGE_KIND_COMPOUND, 3, "", 0, false},
		{PAGE_KIND_RESERVED, 0, "", 0, false},
		{PAGE_KIND_MAPPED, 0, "", 0, false},
		{PAGE_KIND_OFFLINE, 0, "", 0, false},
		{PAGE_KIND_ZERO, 0, "", 0, false},
		{PAGE_KIND_FREE, 0, "", 0, false},
		{PAGE_KIND_PCP, 0, "", 0, false},
		{PAGE_KIND_HWPOISON, 0, "", 0, false},
		{PAGE_KIND_PERCPU, 0, "", 0, false},
	};

	expect_needs("page32", table, NR(table));
}

Test(proposed, memdesc8_says_which_memory_needs_what)
{
	static const struct need table[] = {
		{PAGE_KIND_FILE, 0, "folio", 80, true},
		{PAGE_KIND_ANON, 1, "folio.large", 128, true},
		{PAGE_KIND_HUGETLB, 9, "folio.hugetlb", 160, true},
		{PAGE_KIND_KSM, 0, "ksm", 64, false},
		{PAGE_KIND_SLAB, 3, "slab", 64, false},
		{PAGE_KIND_PGTABLE, 0, "ptdesc", 64, true},
		{PAGE_KIND_ZSMALLOC, 0, "zpdesc", 32, false},
		{PAGE_KIND_NETPOOL, 0, "netpool", 48, false},
		{PAGE_KIND_HWPOISON, 0, "hwpoison", 32, false},
		{PAGE_KIND_PERCPU, 2, "pcpudesc", 16, false},
		/* described only where the user raises the fraction */
		{PAGE_KIND_KERNEL, 0, "", 0, false},
		{PAGE_KIND_COMPOUND, 3, "", 0, false},
		{PAGE_KIND_MAPPED, 0, "", 0, false},
		{PAGE_KIND_OFFLINE, 0, "", 0, false},
		{PAGE_KIND_RESERVED, 0, "", 0, false},
		{PAGE_KIND_ZERO, 0, "", 0, false},
		{PAGE_KIND_FREE, 0, "", 0, false},
		{PAGE_KIND_PCP, 0, "", 0, false},
	};

	expect_needs("memdesc8", table, NR(table));
}

/* WIKI: struct page is {flags, {buddy_list | memdesc, private}, refcount} in 32 bytes. */
Test(proposed, page32_keeps_these_words_in_the_memmap)
{
	struct layout *layout = load("page32");
	const struct layout_place *p = layout->places;

	cr_assert_eq(layout->page_size, 32);
	cr_assert_eq(p[FIELD_PAGE_FLAGS].at, 0);
	cr_assert_eq(p[FIELD_PAGE_MEMDESC].at, 8);
	cr_assert_eq(p[FIELD_BUDDY_LIST].at, 8);
	cr_assert_eq(p[FIELD_BUDDY_LIST].size, 16);
	cr_assert_eq(p[FIELD_PAGE_PRIVATE].at, 16);
	cr_assert_eq(p[FIELD_PAGE_MAPCOUNT].at, 16);
	cr_assert_eq(p[FIELD_PAGE_REFCOUNT].at, 24);
	cr_assert_eq(p[FIELD_BUDDY_ORDER].at, 28);
	cr_assert_eq(p[FIELD_PAGE_COMPOUND_HEAD].size, 0);
	layout_destroy(layout);
}

Test(proposed, memdesc8_keeps_one_word_in_the_memmap)
{
	struct layout *layout = load("memdesc8");

	cr_assert_eq(layout->page_size, 8);
	for (int field = 0; field < FIELD_MAX; field++) {
		bool in_memmap = layout->overlaid & 1u << field_class(field);

		if (!in_memmap || !layout->places[field].size)
			continue;
		cr_assert_eq(layout->places[field].at, 0, "%s", field_name(field));
		cr_assert_eq(layout->places[field].size, 8, "%s", field_name(field));
	}
	cr_assert_eq(layout->places[FIELD_PAGE_FLAGS].size, 0);
	cr_assert_eq(layout->places[FIELD_PAGE_MAPCOUNT].size, 0);
	layout_destroy(layout);
}

/* The first 64 bytes of a folio are the hot ones; what only large folios have starts at 80. */
Test(proposed, descriptors_are_the_same_in_both)
{
	struct layout *page32 = load("page32"), *memdesc8 = load("memdesc8");

	for (int field = 0; field < FIELD_MAX; field++) {
		enum layout_class cls = field_class(field);

		if (cls == LAYOUT_CLASS_PAGE || cls == LAYOUT_CLASS_BUDDY)
			continue;
		cr_assert_eq(page32->places[field].at, memdesc8->places[field].at, "%s",
			     field_name(field));
		cr_assert_eq(page32->places[field].size, memdesc8->places[field].size, "%s",
			     field_name(field));
	}
	cr_assert_lt(page32->places[FIELD_FOLIO_ORDER].at, 64);
	cr_assert_eq(page32->places[FIELD_FOLIO_PFN].at, 64);
	cr_assert_eq(page32->places[FIELD_FOLIO_MEMCG].at, 72);
	cr_assert_eq(page32->places[FIELD_FOLIO_LARGE_MAPCOUNT].at, 80);
	cr_assert_eq(page32->places[FIELD_FOLIO_DEFERRED_LIST].at, 112);
	cr_assert_eq(page32->places[FIELD_FOLIO_HUGETLB].at, 128);
	layout_destroy(page32);
	layout_destroy(memdesc8);
}
