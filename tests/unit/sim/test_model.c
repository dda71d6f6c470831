// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <stdlib.h>

#include "sim/access/kernel_code.h"
#include "sim/replay/model.h"
#include "sim/access/plan.h"
#include "tests/draw.h"
#include "tests/unit/sim/pages_harness.h"

static const char GEOMETRY[] = "l1=48K/12,l2=2M/16,llc=32M/16";

struct rig {
	struct layout *layout;
	struct trace_meta *meta;
	struct model *model;
	uint64_t now_ns;
	const struct machine_tlb *tlb;
};

static void rig_init(struct rig *rig, const char *layout)
{
	struct model_opts opts = {0};
	struct error err = {0};

	cr_assert_eq(layout_load(layout, &rig->layout, &err), 0, "%s", err.msg);
	rig->meta = calloc(1, sizeof(*rig->meta));
	rig->meta->nr_cpus = 2;
	rig->meta->max_pfn = 1 << 20;
	opts.layout = rig->layout;
	opts.meta = rig->meta;
	opts.tlb = rig->tlb;
	cr_assert_eq(cache_geometry_parse(GEOMETRY, &opts.geometry, NULL), 0);
	cr_assert_eq(model_create(&opts, &rig->model, &err), 0, "%s", err.msg);
}

static void rig_fini(struct rig *rig)
{
	model_destroy(rig->model);
	layout_destroy(rig->layout);
	free(rig->meta);
}

static void run(struct rig *rig, enum op_kind kind, uint32_t pfn, uint8_t order,
		enum page_kind page)
{
	struct op op = {.pfn = pfn,
			.next = PFN_NONE,
			.prev = PFN_NONE,
			.kind = (uint8_t)kind,
			.order = order,
			.page_kind = (uint8_t)page};

	cr_assert_eq(model_run(rig->model, &op, 1, rig->now_ns, NULL), 0);
}

static uint64_t lines(const struct rig *rig, enum op_kind kind)
{
	return model_cost(rig->model, kind)->lines;
}

/*
 * The arithmetic of the proposals: one compound allocation writes 2^n lines of 64-byte entries, half of
 * that with 32 bytes and an eighth with 8 (never less than one).
 */
Test(model, an_allocation_writes_as_many_memmap_lines_as_its_entries_fill)
{
	static const struct {
		const char *layout;
		unsigned int per_line;
	} cases[] = {{"v6.12", 1}, {"page32", 2}, {"memdesc8", 8}};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (uint8_t order = 0; order <= 9; order++) {
			uint64_t want = (1U << order) / cases[c].per_line;
			struct rig rig = {0};

			rig_init(&rig, cases[c].layout);
			if (rig.layout->nr_objects) {
				uint64_t total, descriptor;

				run(&rig, OP_DESCRIBE, 512, order, PAGE_KIND_FILE);
				total = lines(&rig, OP_DESCRIBE);
				/* the first descriptor of a cache lies at the start of its slab */
				descriptor = order ? 2 : 2; /* 128 and 80 bytes */
				cr_assert_eq(total, (want ? want : 1) + descriptor,
					     "%s order %d: %lu", cases[c].layout, order, total);
			} else if (order) {
				run(&rig, OP_COMPOUND, 512, order, PAGE_KIND_FILE);
				cr_assert_eq(lines(&rig, OP_COMPOUND), want, "%s order %d: %lu",
					     cases[c].layout, order, lines(&rig, OP_COMPOUND));
			}
			rig_fini(&rig);
		}
	}
}

Test(model, an_order_0_operation_stays_in_one_line_of_todays_struct_page)
{
	static const enum op_kind ops[] = {OP_ALLOC,	  OP_LRU_ADD,	 OP_LRU_DEL,  OP_CACHE_ADD,
					   OP_CACHE_DEL,  OP_CACHE_READ, OP_ANON_MAP, OP_ANON_UNMAP,
					   OP_FREE_FOLIO, OP_ZAP,	 OP_CHARGE,   OP_UNCHARGE};
	struct rig rig = {0};

	rig_init(&rig, "v6.12");
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		run(&rig, ops[i], 1000, 0, PAGE_KIND_ANON);
		cr_assert_eq(lines(&rig, ops[i]), 1, "%s: %lu lines", op_name(ops[i]),
			     lines(&rig, ops[i]));
	}
	rig_fini(&rig);
}

Test(model, a_folio_pointer_never_touches_the_memmap_of_memdesc8)
{
	struct rig rig = {0};

	rig_init(&rig, "memdesc8");
	run(&rig, OP_DESCRIBE, 1000, 0, PAGE_KIND_FILE);
	run(&rig, OP_CACHE_READ, 1000, 0, PAGE_KIND_FILE);
	/* flags and refcount lie in the first 64 bytes, and the first folio is aligned to a line */
	cr_assert_eq(lines(&rig, OP_CACHE_READ), 1);
	/* from a page-table entry the word in the memmap comes first */
	run(&rig, OP_ZAP, 1000, 0, PAGE_KIND_ANON);
	cr_assert_eq(lines(&rig, OP_ZAP), 2, "the page's word and the folio's first line");
	rig_fini(&rig);
}

Test(model, the_second_touch_of_a_line_hits_L1)
{
	struct rig rig = {0};

	rig_init(&rig, "v6.12");
	run(&rig, OP_LRU_ADD, 1000, 0, PAGE_KIND_FILE);
	run(&rig, OP_LRU_ADD, 1000, 0, PAGE_KIND_FILE);
	cr_assert_eq(model_cost(rig.model, OP_LRU_ADD)->hits[CACHE_MEMORY], 1);
	cr_assert_eq(model_cost(rig.model, OP_LRU_ADD)->hits[CACHE_L1], 1);
	rig_fini(&rig);
}

/* Wilcox 2024-11-18 <Zzq8jsAQNYgDKSGN@casper>: splitting a 2 MiB folio takes about ten pages of folios. */
Test(model, five_hundred_and_twelve_small_folios_take_about_ten_pages)
{
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	struct rig rig = {0};
	size_t nr;

	rig_init(&rig, "memdesc8");
	for (uint32_t pfn = 0; pfn < 512; pfn++)
		run(&rig, OP_DESCRIBE, pfn, 0, PAGE_KIND_ANON);
	nr = heap_counts(model_heap(rig.model), counts);
	for (size_t i = 0; i < nr; i++) {
		if (strcmp(counts[i].object->name, "folio"))
			continue;
		cr_assert_eq(counts[i].live, 512);
		/* 51 fit in a page: ten pages hold 510, an eleventh the last two */
		cr_assert_eq(counts[i].slab_bytes, 11 * 4096);
	}
	rig_fini(&rig);
}

Test(model, descriptors_of_the_slabs_of_descriptors_are_charged)
{
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	uint64_t slabs = 0, slab_descriptors = 0, own = 0;
	struct rig rig = {0};
	size_t nr;

	rig_init(&rig, "memdesc8");
	for (uint32_t pfn = 0; pfn < 100000; pfn++)
		run(&rig, OP_DESCRIBE, pfn, 0, PAGE_KIND_ANON);
	nr = heap_counts(model_heap(rig.model), counts);
	for (size_t i = 0; i < nr; i++) {
		slabs += counts[i].slab_bytes / (4096U << counts[i].slab_order);
		if (strcmp(counts[i].object->name, "slab"))
			continue;
		slab_descriptors = counts[i].live;
		own = counts[i].slab_bytes / 4096;
		cr_assert_eq(counts[i].objects_per_slab, 63, "the 64th describes its own slab");
	}
	cr_assert_gt(slab_descriptors, 0);
	cr_assert_eq(slab_descriptors + own, slabs,
		     "every slab has one, those of slab descriptors too");
	for (uint32_t pfn = 0; pfn < 100000; pfn++)
		run(&rig, OP_UNDESCRIBE, pfn, 0, PAGE_KIND_ANON);
	for (int i = 0; i < 3; i++) {
		rig.now_ns += 100000000; /* time passes: grace periods end */
		run(&rig, OP_SEED, 200000, 0, PAGE_KIND_KERNEL);
	}
	nr = heap_counts(model_heap(rig.model), counts);
	slabs = 0;
	for (size_t i = 0; i < nr; i++) {
		slabs += counts[i].slab_bytes / (4096U << counts[i].slab_order);
		if (!strcmp(counts[i].object->name, "slab")) {
			slab_descriptors = counts[i].live;
			own = counts[i].slab_bytes / 4096;
		} else {
			cr_assert_eq(counts[i].live, 0);
		}
	}
	cr_assert_eq(slab_descriptors + own, slabs);
	cr_assert_lt(slabs, 40, "%lu slabs stayed", slabs);
	cr_assert_eq(heap_bytes(model_heap(rig.model)), slabs * 4096);
	rig_fini(&rig);
}

/* A plan never drops a step: no operation may have more of them than a plan holds. */
Test(model, every_operation_fits_its_plan)
{
	static const char *const kernels[] = {"v6.1", "v6.12", "v7.3"};

	for (int kind = 0; kind < OP_MAX; kind++)
		for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
			struct op_step steps[OP_MAX_STEPS];
			uint64_t code;
			size_t nr;

			cr_assert_eq(kernel_code_parse(kernels[i], NULL, &code, NULL), 0);
			nr = op_steps(kind, code, steps);
			cr_assert_leq(nr, PLAN_MAX_STEPS, "%s has %zu steps", op_name(kind), nr);
		}
}

/* Whatever events come, sensible or not: as many units are described as there are descriptors. */
Test(model, nonsense_never_loses_a_descriptor)
{
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	const struct heap_units *units;
	uint64_t seed = 12345, described = 0, live = 0;
	struct harness h;
	struct rig rig = {0};
	size_t nr;

	rig_init(&rig, "memdesc8");
	harness_init(&h, 4096);
	harness_all_free(&h);
	for (int step = 0; step < 60000; step++) {
		struct event e = {
			.kind = (uint8_t)(1 + draw(&seed) % 14),
			.order = (uint8_t)(draw(&seed) % 4 ? draw(&seed) % 2 : draw(&seed) % 11),
			.cpu = (uint16_t)(draw(&seed) % 2),
			.arg = (uint32_t)draw(&seed),
			.obj = (uint32_t)(draw(&seed) % 5),
			.index = draw(&seed) % 64,
			.count = (uint32_t)(draw(&seed) % 32),
		};

		e.pfn = draw(&seed) % 4096 & ~((1ULL << e.order) - 1);
		harness_event(&h, e);
		cr_assert_eq(model_run(rig.model, h.ops.ops, h.ops.nr, h.now, NULL), 0);
		h.ops.nr = 0;
	}
	nr = heap_counts(model_heap(rig.model), counts);
	for (size_t i = 0; i < nr; i++)
		live += counts[i].object->cls == LAYOUT_CLASS_SLAB ? 0 : counts[i].live;
	units = heap_units(model_heap(rig.model));
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
		for (int order = 0; order <= LAYOUT_MAX_ORDER; order++) {
			cr_assert_lt(units->units[kind][order], 4097);
			if (kind != PAGE_KIND_SLAB)
				described += units->units[kind][order];
		}
	}
	cr_assert_eq(described, live);
	cr_assert_gt(live, 0);
	harness_fini(&h);
	rig_fini(&rig);
}

static void run_on(struct rig *rig, uint16_t cpu, enum op_kind kind, uint32_t pfn)
{
	struct op op = {.pfn = pfn,
			.next = PFN_NONE,
			.prev = PFN_NONE,
			.cpu = cpu,
			.kind = (uint8_t)kind,
			.page_kind = PAGE_KIND_ANON};

	cr_assert_eq(model_run(rig->model, &op, 1, 0, NULL), 0);
}

/* Two CPUs, each with a page of its own: neighbours in the memmap, or the same page. */
Test(model, neighbours_share_lines_of_memdesc8_falsely_and_of_todays_struct_page_not_at_all)
{
	static const struct {
		const char *layout;
		uint32_t other;
		uint64_t shared_true, shared_false;
	} cases[] = {
		{"v6.12", 1001, 0, 0},
		{"v6.12", 1000, 18, 0},
		{"memdesc8", 1001, 0, 18}, /* 1000 is the first of eight */
		{"memdesc8", 1000, 18, 0},
	};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		const struct watch_counts *watch;
		struct rig rig = {0};

		rig_init(&rig, cases[c].layout);
		for (int i = 0; i < 20; i++)
			run_on(&rig, i & 1, OP_ALLOC, i & 1 ? cases[c].other : 1000);
		watch = &model_cost(rig.model, OP_ALLOC)->watch;
		cr_assert_eq(watch->sharing[SHARING_TRUE], cases[c].shared_true, "%zu", c);
		cr_assert_eq(watch->sharing[SHARING_FALSE], cases[c].shared_false, "%zu", c);
		rig_fini(&rig);
	}
}

/*
 * Entry 5 of 56 bytes is at 280 to 336, its list at 312 to 328: of what joining a list touches, that alone
 * crosses the end of a line at 320.
 */
Test(model, an_access_that_straddles_two_lines_counts_as_two)
{
	struct rig rig = {0};

	rig_init(&rig, "page56");
	run_on(&rig, 0, OP_LRU_ADD, 5);
	cr_assert_eq(lines(&rig, OP_LRU_ADD), 2, "%lu", lines(&rig, OP_LRU_ADD));
	run_on(&rig, 0, OP_LRU_ADD, 8 * 5);
	cr_assert_eq(lines(&rig, OP_LRU_ADD), 3, "entry 40 is at the start of a line");
	rig_fini(&rig);
}

/* Pages of 2 MiB describe 32768 pages of 64 bytes each; with HVO the part of a huge page is taken apart. */
Test(model, the_memmap_of_huge_pages_is_mapped_by_small_ones_under_hvo)
{
	static const char *const layouts[] = {"v6.12", "v6.12+hvo-2M"};

	for (unsigned int hvo = 0; hvo < 2; hvo++) {
		struct machine *machine = calloc(1, sizeof(*machine));
		const struct op seed = {.kind = OP_SEED,
					.order = 9,
					.pfn = 1 << 15,
					.page_kind = PAGE_KIND_HUGETLB};
		struct machine_tlb tlb;
		struct rig rig = {.tlb = &tlb};
		const struct watch_counts *watch;

		machine->figures[FIGURE_TLB_4K] = (struct machine_figure){1536, 12, HOW_PUBLISHED};
		cr_assert(machine_assume_tlb(machine));
		cr_assert(machine_tlb(machine, &tlb));
		rig_init(&rig, layouts[hvo]);
		cr_assert_eq(model_run(rig.model, &seed, 1, 0, NULL), 0);
		/* one entry in each page of 4 KiB of the memmap: 8 MiB of it, the second 2 MiB split */
		for (uint32_t pfn = 0; pfn < 4 << 15; pfn += 64)
			run_on(&rig, 0, OP_LRU_ADD, pfn);
		watch = &model_cost(rig.model, OP_LRU_ADD)->watch;
		cr_assert_eq(watch->tlb[TLB_WALK], hvo ? 3 + 512 : 4, "%s: %lu", layouts[hvo],
			     watch->tlb[TLB_WALK]);
		cr_assert_eq(watch->tlb[TLB_FIRST] + watch->tlb[TLB_SECOND] + watch->tlb[TLB_WALK],
			     lines(&rig, OP_LRU_ADD));
		rig_fini(&rig);
		free(machine);
	}
}
