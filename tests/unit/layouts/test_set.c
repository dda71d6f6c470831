// SPDX-License-Identifier: GPL-2.0-only
/* layout_set(): each open question of the proposals has a name, a default, a range and an effect. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/layouts/expected.h"

static void set(struct layout *layout, const char *assignment)
{
	struct error err = {0};

	cr_assert_eq(layout_set(layout, assignment, &err), 0, "%s", err.msg);
}

static const struct layout_object *object(const struct layout *layout, const char *name)
{
	for (size_t i = 0; i < layout->nr_objects; i++)
		if (!strcmp(layout->objects[i].name, name))
			return &layout->objects[i];
	return NULL;
}

static const struct layout_param *param(const struct layout *layout, const char *name)
{
	for (size_t i = 0; i < layout->nr_params; i++)
		if (!strcmp(layout->params[i].name, name))
			return &layout->params[i];
	return NULL;
}

static void refuse(const char *name, const char *assignment, int code, const char *words)
{
	struct layout *layout = load(name), *same = load(name);
	struct error err = {0};

	cr_expect_eq(layout_set(layout, assignment, &err), code, "%s: %s", assignment, err.msg);
	cr_expect_not_null(strstr(err.msg, words), "%s: %s", assignment, err.msg);
	cr_expect_eq(layout_set(layout, assignment, NULL), code);
	cr_expect_eq(layout->nr_params, same->nr_params);
	cr_expect_eq(layout->nr_objects, same->nr_objects);
	cr_expect_arr_eq(layout->objects, same->objects, sizeof(layout->objects));
	cr_expect_arr_eq(layout->places, same->places, sizeof(layout->places));
	layout_destroy(layout);
	layout_destroy(same);
}

Test(set, sizes_change_and_are_remembered_with_their_default)
{
	struct layout *layout = load("memdesc8");
	const struct layout_param *p = param(layout, "folio.large");

	cr_assert_not_null(p);
	cr_assert_not(p->set);
	cr_assert_eq(p->value, 128);
	cr_assert_eq(p->min, 96);
	cr_assert_eq(p->max, 160);
	cr_assert_not_null(p->question);
	set(layout, "folio.large=112");
	cr_assert(p->set);
	cr_assert_eq(p->value, 112);
	cr_assert_eq(p->standard, 128);
	cr_assert_eq(object(layout, "folio.large")->size, 112);
	cr_assert_eq(object(layout, "folio.large")->stride, 112);
	cr_assert_eq(object(layout, "folio")->size, 80);
	/* hugetlb folios still have what the large ones lost */
	cr_assert_eq(layout->places[FIELD_FOLIO_DEFERRED_LIST].size, 16);
	set(layout, "folio.hugetlb.size=112");
	cr_assert_eq(layout->places[FIELD_FOLIO_DEFERRED_LIST].size, 0);
	cr_assert_eq(layout->places[FIELD_FOLIO_HUGETLB].size, 0);
	cr_assert_eq(layout->places[FIELD_FOLIO_MM_IDS].size, 16);
	cr_assert_null(param(layout, "folio.hugetlb.size"), "one parameter has one name");
	cr_assert_eq(param(layout, "folio.hugetlb")->value, 112);
	layout_destroy(layout);
}

/* The smaller descriptor of a page_pool buffer has no pp_magic, but all else that is read and written. */
Test(set, netpool_of_32_bytes_loses_the_magic_alone)
{
	static const enum field kept[] = {FIELD_NETPOOL_POOL, FIELD_NETPOOL_DMA,
					  FIELD_NETPOOL_REFCOUNT, FIELD_NETPOOL_PFN};
	static const char *const names[] = {"page32",	"page32-wiki",	 "memdesc16",
					    "memdesc8", "memdesc8-wiki", "memdesc8-2022"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct layout *layout = load(names[i]);

		set(layout, "netpool=32");
		cr_expect_eq(layout->places[FIELD_NETPOOL_MAGIC].size, 0, "%s", names[i]);
		for (size_t j = 0; j < sizeof(kept) / sizeof(kept[0]); j++)
			cr_expect_eq(layout->places[kept[j]].size, 8, "%s", names[i]);
		layout_destroy(layout);
	}
}

Test(set, a_size_of_zero_takes_the_descriptor_away)
{
	struct layout *layout = load("page32");

	cr_assert_geq(layout_object_for(layout, PAGE_KIND_ZSMALLOC, 0), 0);
	set(layout, "zpdesc=0");
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_ZSMALLOC, 0), -1);
	cr_assert_null(object(layout, "zpdesc"));
	cr_assert_eq(layout->places[FIELD_ZPDESC_ZSPAGE].size, 0);
	cr_assert_geq(layout_object_for(layout, PAGE_KIND_NETPOOL, 0), 0);
	cr_assert_eq(param(layout, "zpdesc")->value, 0);
	cr_assert_eq(param(layout, "zpdesc")->standard, 32);
	cr_assert(param(layout, "zpdesc")->set);
	layout_destroy(layout);
}

Test(set, fractions_open_descriptors_that_a_trace_cannot_count)
{
	struct layout *layout = load("memdesc8");

	cr_assert_eq(layout_object_for(layout, PAGE_KIND_KERNEL, 0), -1);
	set(layout, "acctmem.fraction=30");
	set(layout, "mgdesc.fraction=100");
	cr_assert_geq(layout_object_for(layout, PAGE_KIND_KERNEL, 0), 0);
	cr_assert_eq(object(layout, "acctmem")->fraction_percent, 30);
	cr_assert_eq(object(layout, "acctmem")->size, 16);
	cr_assert_geq(layout_object_for(layout, PAGE_KIND_MAPPED, 0), 0);
	set(layout, "acctmem.fraction=0");
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_KERNEL, 0), -1);
	layout_destroy(layout);
}

/* mm/slub.c puts the free pointer behind such an object: 80 becomes 96 at an alignment of 16. */
Test(set, free_pointers_widen_the_stride_of_rcu_caches_alone)
{
	struct layout *layout = load("memdesc8");

	set(layout, "rcu.freeptr=8");
	cr_assert_eq(object(layout, "folio")->stride, 96);
	cr_assert_eq(object(layout, "folio")->size, 80);
	cr_assert_eq(object(layout, "ptdesc")->stride, 80);
	cr_assert_eq(object(layout, "slab")->stride, 64);
	set(layout, "netpool=32");
	cr_assert_eq(object(layout, "netpool")->stride, 32);
	set(layout, "slab.rcu=1");
	cr_assert_eq(object(layout, "slab")->stride, 80);
	set(layout, "folio=96");
	cr_assert_eq(object(layout, "folio")->stride, 112);
	set(layout, "rcu.freeptr=0");
	cr_assert_eq(object(layout, "folio")->stride, 96);
	cr_assert_eq(object(layout, "slab")->stride, 64);
	layout_destroy(layout);
}

Test(set, strides_and_alignments)
{
	struct layout *layout = load("page32");

	set(layout, "folio.stride=96");
	cr_assert_eq(object(layout, "folio")->stride, 96);
	set(layout, "folio.stride=128");
	cr_assert_eq(object(layout, "folio")->stride, 128);
	cr_assert_eq(object(layout, "folio")->size, 80);
	set(layout, "folio.align=64");
	cr_assert_eq(object(layout, "folio")->stride, 128);
	set(layout, "netpool.align=64");
	cr_assert_eq(object(layout, "netpool")->stride, 64);
	cr_assert_eq(param(layout, "netpool.align")->standard, 16, "no question, but remembered");
	cr_assert_null(param(layout, "netpool.align")->question);
	layout_destroy(layout);
}

Test(set, one_cache_gives_small_folios_the_size_of_large_ones)
{
	struct layout *layout = load("memdesc8");
	int small;

	set(layout, "folio.caches=2");
	cr_assert_not_null(object(layout, "folio"));
	set(layout, "folio.caches=1");
	small = layout_object_for(layout, PAGE_KIND_FILE, 0);
	cr_assert_geq(small, 0);
	cr_assert_eq(small, layout_object_for(layout, PAGE_KIND_FILE, 9));
	cr_assert_eq(layout->objects[small].size, 128);
	cr_assert_eq(param(layout, "folio.caches")->value, 1);
	cr_assert_null(param(layout, "folio"), "there is no small folio to size any more");
	layout_destroy(layout);
}

/* Otherwise one object would be for orders that neither of the two was for, or for other kinds. */
Test(set, caches_merge_only_where_orders_meet_and_kinds_are_the_same)
{
	static const char *const large[] = {
		"kinds: [file], orders: 2-9",
		"kinds: [file, anon], orders: 1-9",
		"kinds: [file], orders: 1-9",
	};

	for (size_t i = 0; i < 3; i++) {
		struct layout *layout = NULL;
		struct error err = {0};
		char text[512];
		int len = snprintf(text, sizeof(text),
				   "memsim-layout: 2\nname: m\nsummary: s\nstatus: sketch\n"
				   "sources: [a]\npage: {size: 8, align: 8}\nobjects:\n"
				   "  folio: {size: 80, align: 16, kinds: [file], orders: 0}\n"
				   "  folio.large: {size: 96, align: 16, %s}\n"
				   "fields:\n  page.memdesc: {at: 0, size: 8}\n",
				   large[i]);

		cr_assert_eq(layout_parse("m", text, (size_t)len, &layout, &err), 0, "%s", err.msg);
		cr_expect_eq(layout_set(layout, "folio.caches=1", &err), i < 2 ? -ENOENT : 0, "%s",
			     large[i]);
		layout_destroy(layout);
	}
}

Test(set, refusals_say_what_there_is)
{
	refuse("v6.12", "folio.large=112", -ENOENT, "v6.12 has no parameter 'folio.large'");
	refuse("page32", "folios=112", -ENOENT,
	       "there are folio, folio.large, folio.hugetlb, slab");
	refuse("page32", "folio.colour=1", -ENOENT,
	       "folio.caches; a descriptor also has .align .stride .fraction .rcu");
	refuse("page32", "acctmem=16", -ENOENT, "no parameter 'acctmem'");
	refuse("page32", "slab.caches=1", -ENOENT, "slab.caches");
	refuse("page32", "folio.large", -EINVAL, "NAME=NUMBER");
	refuse("page32", "=1", -EINVAL, "NAME=NUMBER");
	refuse("page32", "folio.large=", -EINVAL, "is not a number");
	refuse("page32", "folio.large=0x", -EINVAL, "is not a number");
	refuse("page32", "folio.large=161", -EINVAL, "not between 96 and 160");
	refuse("page32", "ptdesc=47", -EINVAL, "not between 48 and 80");
	refuse("page32", "acctmem.fraction=101", -ENOENT, "acctmem.fraction");
	refuse("memdesc8", "acctmem.fraction=101", -EINVAL, "not between 0 and 100");
	refuse("page32", "folio.stride=64", -EINVAL, "less than its size of 80");
	refuse("page32", "slab.align=24", -EINVAL, "not a power of two");
	refuse("page32", "folio.large=104", -EINVAL,
	       "cuts folio.mm_ids, at byte 96 to 111, in two: choose 96 or 112");
	refuse("page32", "pcpudesc=4", -ENOENT, "pcpudesc");
	refuse("memdesc8", "pcpudesc=4", -EINVAL, "0 or at least 8");
}

/* Section by section of the questions that the proposals leave open and that can be answered with a number. */
Test(set, every_open_question_has_a_parameter)
{
	static const struct {
		const char *layout, *name;
		unsigned int standard;
	} table[] = {
		{"page32", "folio.large", 128},
		{"page32", "folio.hugetlb", 160},
		{"page32", "folio.caches", 2},
		{"page32", "ptdesc", 64},
		{"page32", "zpdesc", 32},
		{"page32", "netpool", 48},
		{"page32", "rcu.freeptr", 0},
		{"page32", "folio.stride", 80},
		{"memdesc8", "acctmem.fraction", 0},
		{"memdesc8", "mgdesc.fraction", 0},
		{"memdesc8", "mgdesc", 32},
		{"memdesc8", "ksm", 64},
		{"memdesc8", "movable", 48},
		{"memdesc8", "hwpoison", 32},
		{"memdesc8", "pcpudesc", 16},
		{"memdesc16", "acctmem", 16},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct layout *layout = load(table[i].layout);
		const struct layout_param *p = param(layout, table[i].name);

		cr_assert_not_null(p, "%s %s", table[i].layout, table[i].name);
		cr_expect_eq(p->standard, table[i].standard, "%s", p->name);
		cr_expect_eq(p->value, table[i].standard, "%s", p->name);
		cr_expect_not_null(p->question, "%s", p->name);
		cr_expect(p->min <= p->standard && p->standard <= p->max && p->min < p->max);
		layout_destroy(layout);
	}
}
