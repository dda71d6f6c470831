// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors that are kept after they were freed, and those from before the trace. */
#include <criterion/criterion.h>
#include <string.h>

#include "sim/heap/heap.h"

enum { MAX_PFN = 1 << 16, NR_CPUS = 2 };

struct rig {
	struct layout *layout;
	struct heap *heap;
};

static void rig_init(struct rig *rig, const char *name, const char *set)
{
	struct error err = {0};

	cr_assert_eq(layout_load(name, &rig->layout, &err), 0, "%s", err.msg);
	if (set)
		cr_assert_eq(layout_set(rig->layout, set, &err), 0, "%s", err.msg);
	cr_assert_eq(heap_create(rig->layout, MAX_PFN, NR_CPUS, NULL, &rig->heap, &err), 0, "%s",
		     err.msg);
}

static void rig_fini(struct rig *rig)
{
	heap_destroy(rig->heap);
	layout_destroy(rig->layout);
}

static struct heap_counts folios(const struct rig *rig)
{
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	size_t nr = heap_counts(rig->heap, counts);

	for (size_t i = 0; i < nr; i++)
		if (!strcmp(counts[i].object->name, "folio"))
			return counts[i];
	cr_assert(false, "no folios");
	return counts[0];
}

static struct heap_ref describe(struct rig *rig, uint32_t pfn, unsigned int order, unsigned int cpu)
{
	struct heap_ref ref;

	cr_assert(heap_describe(rig->heap, pfn, order, PAGE_KIND_FILE, cpu, &ref));
	return ref;
}

static struct heap_home undescribe(struct rig *rig, uint32_t pfn, unsigned int order,
				   unsigned int cpu)
{
	struct heap_home home;
	struct heap_ref ref;

	cr_assert(heap_undescribe(rig->heap, pfn, order, PAGE_KIND_FILE, cpu, &ref, &home));
	cr_assert_not(heap_find(rig->heap, pfn, &ref), "kept or not, it describes nothing now");
	return home;
}

Test(kept, the_same_pages_find_their_descriptor_again)
{
	struct rig rig;
	uint64_t address;

	rig_init(&rig, "memdesc8", "freed.kept=4");
	address = describe(&rig, 100, 0, 0).address;
	cr_expect_not(undescribe(&rig, 100, 0, 0).given);
	cr_expect_eq(folios(&rig).live, 1, "it is in use, by nobody's page");
	cr_expect(describe(&rig, 100, 0, 0).kept);
	cr_expect_eq(describe(&rig, 101, 0, 0).address - address, 80, "the next one is a new one");
	cr_expect_eq(folios(&rig).allocs, 2);
	cr_expect_eq(heap_units(rig.heap)->units[PAGE_KIND_FILE][0], 2);
	rig_fini(&rig);
}

Test(kept, other_pages_orders_and_cpus_do_not)
{
	struct rig rig;

	rig_init(&rig, "memdesc8", "freed.kept=4");
	describe(&rig, 128, 0, 0);
	undescribe(&rig, 128, 0, 0);
	cr_expect_not(describe(&rig, 129, 0, 0).kept);
	cr_expect_not(describe(&rig, 128, 0, 1).kept, "it is on the list of CPU 0");
	undescribe(&rig, 128, 0, 1);
	cr_expect(describe(&rig, 128, 0, 1).kept);
	describe(&rig, 256, 3, 0);
	undescribe(&rig, 256, 3, 0);
	cr_expect_not(describe(&rig, 256, 2, 0).kept, "of another size");
	rig_fini(&rig);
}

Test(kept, the_oldest_makes_room)
{
	struct heap_home home;
	struct rig rig;

	rig_init(&rig, "memdesc8", "freed.kept=3");
	for (uint32_t pfn = 0; pfn < 5; pfn++)
		describe(&rig, pfn, 0, 0);
	for (uint32_t pfn = 0; pfn < 3; pfn++)
		cr_expect_not(undescribe(&rig, pfn, 0, 0).given);
	cr_expect(describe(&rig, 1, 0, 0).kept);
	cr_expect_not(undescribe(&rig, 3, 0, 0).given,
		      "there is the room of the one that came back");
	home = undescribe(&rig, 4, 0, 0);
	cr_expect(home.given);
	cr_expect_eq(home.pfn, 0);
	cr_expect_not(describe(&rig, 0, 0, 0).kept);
	cr_expect(describe(&rig, 2, 0, 0).kept);
	rig_fini(&rig);
}

Test(kept, by_default_none_is)
{
	struct heap_home home;
	struct rig rig;

	rig_init(&rig, "memdesc8", NULL);
	describe(&rig, 7, 2, 0);
	home = undescribe(&rig, 7, 2, 0);
	cr_expect(home.given);
	cr_expect_eq(home.pfn, 7);
	cr_expect_eq(home.order, 2);
	cr_expect_not(describe(&rig, 7, 2, 0).kept);
	rig_fini(&rig);
}

/* 5,100 folios, 51 to a slab: packed they fill a hundred of them. */
Test(seed, descriptors_fill_as_much_of_their_slabs_as_is_said)
{
	static const struct {
		const char *set;
		uint64_t least, most; /* slabs */
	} table[] = {
		{NULL, 100, 100},
		{"census.fill=100", 100, 100},
		{"census.fill=50", 200, 200},
		{"census.fill=75", 133, 134},
		{"census.fill=60", 166, 167},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct rig rig;
		uint64_t slabs;

		rig_init(&rig, "memdesc8", table[i].set);
		for (uint32_t pfn = 0; pfn < 5100; pfn++)
			heap_seed(rig.heap, pfn, 1, 0, PAGE_KIND_FILE);
		heap_settle(rig.heap);
		slabs = folios(&rig).slab_bytes / 4096;
		cr_expect(slabs >= table[i].least && slabs <= table[i].most, "%s: %lu slabs",
			  table[i].set, slabs);
		cr_expect_eq(folios(&rig).live, 5100);
		cr_expect_eq(folios(&rig).peak, 5100);
		cr_expect_eq(heap_peak_bytes(rig.heap), heap_bytes(rig.heap));
		/* and what is free there is used before anything new */
		for (uint32_t pfn = 6000; pfn < 6100; pfn++)
			describe(&rig, pfn, 0, 0);
		cr_expect_leq(folios(&rig).slab_bytes / 4096, slabs + (slabs == 100 ? 2 : 1));
		rig_fini(&rig);
	}
}

/* Scattered slabs hand out other places than those that were just freed; sheaves hand out the latter. */
Test(seed, sheaves_reuse_what_was_freed_last)
{
	static const struct {
		const char *sheaf;
		bool again;
	} table[] = {{"slub.sheaf=0", false}, {"slub.sheaf=60", true}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t address[40], found = 0;
		struct rig rig;

		rig_init(&rig, "memdesc8", "census.fill=50");
		cr_assert_eq(layout_set(rig.layout, table[i].sheaf, NULL), 0);
		heap_destroy(rig.heap);
		cr_assert_eq(heap_create(rig.layout, MAX_PFN, NR_CPUS, NULL, &rig.heap, NULL), 0);
		for (uint32_t pfn = 0; pfn < 5100; pfn++)
			heap_seed(rig.heap, pfn, 1, 0, PAGE_KIND_FILE);
		heap_settle(rig.heap);
		for (uint32_t n = 0; n < 40; n++)
			address[n] = describe(&rig, 6000 + n, 0, 0).address;
		for (uint32_t n = 0; n < 40; n++)
			undescribe(&rig, 6000 + n, 0, 0);
		for (uint32_t n = 0; n < 40; n++) {
			uint64_t now = describe(&rig, 7000 + n, 0, 0).address;

			for (int k = 0; k < 40; k++)
				found += address[k] == now;
		}
		cr_expect_eq(found == 40, table[i].again, "%s: %lu", table[i].sheaf, found);
		rig_fini(&rig);
	}
}

/* A sheaf takes as many slabs as it needs to be full, of which an allocation uses one object. */
Test(seed, every_slab_that_fills_a_sheaf_is_counted)
{
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	struct rig rig;

	rig_init(&rig, "memdesc8", "slub.sheaf=120");
	for (uint32_t n = 0; n < 2000; n++) {
		uint64_t slabs = 0;

		describe(&rig, n, 0, n % NR_CPUS);
		if (n % 3 == 0)
			undescribe(&rig, n / 3, 0, n % NR_CPUS);
		for (size_t i = heap_counts(rig.heap, counts); i--;)
			slabs += counts[i].slab_bytes;
		cr_assert_eq(heap_bytes(rig.heap), slabs, "%u: %lu of %lu", n, heap_bytes(rig.heap),
			     slabs);
	}
	rig_fini(&rig);
}

/* v3.11 keeps struct slab at the start of each slab, after its colour: one line further every second time. */
Test(managed, descriptors_lie_in_the_slabs_that_they_describe)
{
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	uint64_t first = 0;
	struct rig rig;

	rig_init(&rig, "v3.11-slab", NULL);
	for (uint32_t i = 0; i < 10; i++) {
		struct heap_ref ref;

		cr_assert(heap_describe(rig.heap, 100 + i, 0, PAGE_KIND_SLAB, 0, &ref));
		if (!i)
			first = ref.address;
		cr_expect_eq(ref.address - first, i * 4096 + i % 2 * 64);
	}
	cr_assert_eq(heap_counts(rig.heap, counts), 1);
	cr_expect_eq(counts[0].live, 10);
	cr_expect_eq(counts[0].objects_per_slab, 0, "it has no slabs of its own");
	cr_expect_eq(heap_bytes(rig.heap), 10 * 48);
	rig_fini(&rig);
	/*
	 * Of large objects it is outside, with others: 48 + 4 * 4 bytes, 59 to a page, each in 64. They come through
	 * the CPU's array, the last one first: 16 at the first time, then what is left of the page.
	 */
	rig_init(&rig, "v3.11-slab", "slab.object=1024");
	for (uint32_t i = 0; i < 60; i++) {
		uint64_t place = i < 16 ? 15 - i : i < 59 ? 74 - i : 64 + 58;
		struct heap_ref ref;

		cr_assert(heap_describe(rig.heap, 100 + i, 0, PAGE_KIND_SLAB, 0, &ref));
		if (!i)
			first = ref.address - 15 * 64;
		cr_expect_eq(ref.address - first, place * 64);
	}
	rig_fini(&rig);
}

/* All free, they lie in the CPU's array and on the node's list, until nobody has wanted any for long enough. */
Test(managed, what_slab_keeps_is_reaped)
{
	enum { NR = 2000, REAPS = 64 };
	struct heap_home home;
	struct heap_ref ref;
	struct rig rig;

	rig_init(&rig, "v3.11-slab", "slab.object=1024");
	for (uint32_t i = 0; i < NR; i++)
		cr_assert(heap_describe(rig.heap, 100 + i, 0, PAGE_KIND_SLAB, 0, &ref));
	cr_expect_eq(heap_bytes(rig.heap), (NR + 58) / 59 * 59 * 48);
	for (uint32_t i = 0; i < NR; i++)
		heap_undescribe(rig.heap, 100 + i, 0, PAGE_KIND_SLAB, 0, &ref, &home);
	cr_expect_geq(heap_bytes(rig.heap), 60 * 48);
	for (int i = 0; i < REAPS; i++)
		heap_reap(rig.heap);
	cr_expect_eq(heap_bytes(rig.heap), 0);
	rig_fini(&rig);
}
