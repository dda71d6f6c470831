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
	refuse("page32", "folio.stride=81", -EINVAL, "not a multiple of its alignment of 16");
	refuse("page32", "slab.align=24", -EINVAL, "not a power of two");
	refuse("page32", "folio.large=104", -EINVAL,
	       "cuts folio.mm_ids, at byte 96 to 111, in two: choose 96 or 112");
	refuse("page32", "pcpudesc=4", -ENOENT, "pcpudesc");
	refuse("memdesc8", "pcpudesc=4", -EINVAL, "0 or at least 8");
	refuse("memdesc8", "slab.stride=2064", -EINVAL, "2048 at most, half a page");
	refuse("memdesc8", "slab.align=4096", -EINVAL, "2048 at most, half a page");
}

/*
 * The sixteen questions that the proposals leave open, in the order of the list that the layouts were made from; 1, 2,
 * 10 and 15 have no effect on any size and 16 is --max-folio-order. A layout that a question does not concern has no
 * such parameter.
 */
Test(set, every_open_question_has_a_parameter)
{
	enum { ALL = 6, MEMDESC = 3 };
	static const char *const layouts[ALL] = {"memdesc8", "memdesc8-wiki", "memdesc16",
						 "page32",   "page32-wiki",   "memdesc8-2022"};
	static const struct {
		unsigned int question, layouts; /* how many, from the front of the list */
		const char *name;
		unsigned int standard;
	} table[] = {
		{3, 1, "folio.large", 128},
		{3, 1, "folio.hugetlb", 160},
		{3, 1, "folio", 80},
		{4, ALL, "folio.caches", 2},
		{5, ALL, "ptdesc", 64},
		{6, ALL, "zpdesc", 32},
		{7, ALL, "netpool", 48},
		{8, MEMDESC, "acctmem", 16},
		{8, MEMDESC, "acctmem.fraction", 0},
		{9, 2, "mgdesc", 32},
		{9, 2, "mgdesc.fraction", 0},
		{11, ALL, "rcu.freeptr", 0},
		{12, ALL, "census.fill", 100},
		{13, ALL, "freed.kept", 0},
		{13, ALL, "slub.sheaf", 0},
		/* vmalloc and kernel stacks are kernel pages, of which a fraction may need a descriptor */
		{14, MEMDESC, "acctmem.fraction", 0},
		/* sizes that the table of descriptors leaves open besides */
		{0, MEMDESC - 1, "ksm", 64},
		{0, MEMDESC - 1, "movable", 48},
		{0, MEMDESC - 1, "hwpoison", 32},
		{0, MEMDESC - 1, "pcpudesc", 16},
		{0, ALL, "folio.stride", 80},
		{0, ALL, "slab", 64},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (size_t j = 0; j < table[i].layouts; j++) {
			struct layout *layout = load(layouts[j]);
			const struct layout_param *p = param(layout, table[i].name);

			cr_assert_not_null(p, "question %u: %s %s", table[i].question, layouts[j],
					   table[i].name);
			cr_expect_eq(p->standard, table[i].standard, "%s %s", layouts[j], p->name);
			cr_expect_eq(p->value, table[i].standard, "%s", p->name);
			cr_expect_not(p->set);
			cr_expect_not_null(p->question, "%s", p->name);
			cr_expect(p->min <= p->standard && p->standard <= p->max &&
				  p->min < p->max);
			layout_destroy(layout);
		}
	}
}

/* Every parameter of every layout can be set to either end of its range, and back. */
Test(set, every_parameter_can_be_moved_through_its_range)
{
	for (size_t i = 0; i < layout_nr_builtins; i++) {
		struct layout *plain = load(layout_builtins[i].name);

		for (size_t j = 0; j < plain->nr_params; j++) {
			const struct layout_param *p = &plain->params[j];
			const uint32_t values[] = {p->min, p->max, p->standard};

			for (size_t k = 0; k < 3; k++) {
				struct layout *layout = load(layout_builtins[i].name);
				struct error err = {0};
				char assignment[64];
				int r;

				snprintf(assignment, sizeof(assignment), "%s=%u", p->name,
					 values[k]);
				r = layout_set(layout, assignment, &err);
				/* a stride below the size, or a cut through a field, is refused with a reason */
				cr_expect(!r || strstr(err.msg, "less than its size") ||
						  strstr(err.msg, "in two: choose"),
					  "%s %s: %s", layout->name, assignment, err.msg);
				if (!r)
					cr_expect_eq(param(layout, p->name)->value, values[k],
						     "%s %s", layout->name, assignment);
				layout_destroy(layout);
			}
		}
		layout_destroy(plain);
	}
}

Test(set, what_concerns_all_descriptors_needs_some)
{
	struct layout *layout = load("page32");

	cr_expect_eq(layout->freed_kept, 0);
	cr_expect_eq(layout->census_fill, 100);
	set(layout, "freed.kept=255");
	set(layout, "census.fill=50");
	cr_expect_eq(layout->freed_kept, 255);
	cr_expect_eq(layout->census_fill, 50);
	layout_destroy(layout);
	refuse("v6.12", "freed.kept=1", -ENOENT, "it allocates no descriptors");
	refuse("v6.12", "census.fill=50", -ENOENT, "it allocates no descriptors");
	refuse("page32", "census.fill=0", -EINVAL, "not between 50 and 100");
	refuse("page32", "freed.kept=256", -EINVAL, "not between 0 and 255");
}
