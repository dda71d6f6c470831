// SPDX-License-Identifier: GPL-2.0-only
/* The fast way through a model against the naive one, on operations made up at random. */
#include <string.h>

#include "tests/unit/sim/naive.h"

enum { PAGES = 1 << 12, OPS = 30000, CPUS = 3 };

static const char USUAL[] = "l1=4K/4,l2=16K/8,llc=128K/16";

struct setup {
	const char *layout, *geometry;
	const struct machine_tlb *tlb; /* or NULL */
	bool native;
	uint16_t kept;	    /* descriptors of freed memory */
	unsigned int nodes; /* 0: one, and nothing that knows of others */
	bool threaded;
};

/* What there is where, so that descriptors come and go in turn and units do not overlap. */
struct host {
	unsigned int seed;
	uint8_t kind[PAGES];
	uint8_t order[PAGES];
	bool described[PAGES];
};

static unsigned int draw(struct host *host, unsigned int below)
{
	host->seed = host->seed * 1664525 + 1013904223;
	return (unsigned int)((uint64_t)host->seed * below >> 32);
}

/* Units of one size in each eighth of memory, so that each pfn is of one unit for good. */
static uint32_t draw_unit(struct host *host, uint8_t *order)
{
	uint32_t part = draw(host, 8), pages = PAGES / 8;
	static const uint8_t orders[8] = {0, 0, 0, 0, 1, 2, 4, 9};

	*order = orders[part];
	/* some of it is used more than the rest */
	pages = draw(host, 2) ? pages : pages / 8;
	pages = pages >> *order ? pages : 1U << *order;
	return part * (PAGES / 8) + (draw(host, pages >> *order) << *order);
}

/* No unit is its own neighbour. */
static uint32_t draw_neighbour(struct host *host, uint32_t pfn)
{
	uint32_t unit;
	uint8_t order;

	switch (draw(host, 4)) {
	case 0:
		return PFN_NONE;
	case 1:
		return pfn ^ 1;
	case 2:
		return pfn ? pfn - 1 : PFN_NONE;
	default:
		unit = draw_unit(host, &order);
		return unit == pfn ? PFN_NONE : unit;
	}
}

static struct op draw_op(struct host *host, uint32_t pfn, uint8_t order, uint16_t cpu)
{
	static const uint8_t kinds[] = {PAGE_KIND_ANON, PAGE_KIND_FILE, PAGE_KIND_SLAB,
					PAGE_KIND_PGTABLE, PAGE_KIND_HUGETLB};
	struct op op = {.pfn = pfn, .order = order, .cpu = cpu};

	op.next = draw_neighbour(host, pfn);
	op.prev = draw_neighbour(host, pfn);
	if (!draw(host, 6)) {
		op.kind = host->described[pfn] ? OP_UNDESCRIBE : OP_DESCRIBE;
		if (!host->described[pfn])
			host->kind[pfn] = kinds[draw(host, sizeof(kinds))];
		host->described[pfn] = !host->described[pfn];
	} else {
		do
			op.kind = (uint8_t)(OP_REKIND + 1 + draw(host, OP_MAX - OP_REKIND - 1));
		while (op.kind == OP_DESCRIBE || op.kind == OP_UNDESCRIBE);
	}
	op.page_kind = host->kind[pfn];
	return op;
}

/* Some on one unit in a row, as kernels do them; fills ops. */
static void draw_ops(struct host *host, struct op *ops, size_t nr)
{
	for (size_t i = 0; i < nr;) {
		unsigned int chain = 1 + draw(host, 12);
		uint16_t cpu = (uint16_t)draw(host, CPUS);
		uint8_t order;
		uint32_t pfn = draw_unit(host, &order);

		for (; chain && i < nr; chain--)
			ops[i++] = draw_op(host, pfn, order, cpu);
	}
}

static void expect_same_watch(const struct naive *n, struct model *m)
{
	static struct sharing_line top[MODEL_TOP_LINES];
	struct sharing_totals totals;
	struct model_sharing sharing;

	model_sharing(m, &sharing);
	sharing_totals(n->watch.sharing, &totals);
	cr_assert_arr_eq(&sharing.totals, &totals, sizeof(totals), "totals of sharing differ");
	cr_assert_eq(sharing.nr_top, sharing_top(n->watch.sharing, top, MODEL_TOP_LINES));
	for (size_t i = 0; i < sharing.nr_top; i++)
		cr_assert_arr_eq(&sharing.top[i], &top[i], sizeof(top[i]), "line %zu of the top",
				 i);
	cr_assert_arr_eq(model_heat(m), n->watch.heat, sizeof(*n->watch.heat), "heat differs");
}

static void expect_same_rows(const struct breakdown_row *got, const struct breakdown_row *want,
			     size_t nr, const char *what)
{
	for (size_t i = 0; i < nr; i++)
		cr_assert_arr_eq(&got[i], &want[i], sizeof(want[i]),
				 "%s %zu: %lu accesses, not %lu; %lu lines, not %lu; %lu from "
				 "memory, not %lu",
				 what, i, got[i].accesses, want[i].accesses, got[i].lines,
				 want[i].lines, got[i].hits[CACHE_MEMORY],
				 want[i].hits[CACHE_MEMORY]);
}

/* Its parts are the naive model's; and each way to take the whole apart comes to the whole again. */
static void expect_same_breakdown(const struct naive *n, struct model *m)
{
	static struct breakdown b;
	const struct breakdown *want = n->watch.breakdown;
	struct op_cost total = {0};
	uint64_t sum[4][2 + CACHE_LEVEL_MAX] = {{0}}, whole[2 + CACHE_LEVEL_MAX];

	cr_assert(model_breakdown(m, &b));
	expect_same_rows(b.owners, want->owners, sizeof(b.owners) / sizeof(b.owners[0]), "owner");
	expect_same_rows(b.units[0], want->units[0], sizeof(b.units) / sizeof(b.units[0][0]),
			 "unit");
	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++)
		op_cost_add(&total, model_cost(m, kind));
	whole[0] = total.accesses;
	whole[1] = total.lines;
	memcpy(whole + 2, total.hits, sizeof(total.hits));
	for (unsigned int i = 0; i < 4; i++) {
		static const unsigned int parts[] = {BREAKDOWN_STRUCTURES, BREAKDOWN_FIELDS,
						     PAGE_KIND_MAX, LAYOUT_MAX_ORDER + 1};
		static void (*const part[])(const struct breakdown *, unsigned int,
					    struct breakdown_row *) = {
			breakdown_structure, breakdown_field, breakdown_kind, breakdown_order};

		for (unsigned int k = 0; k < parts[i]; k++) {
			struct breakdown_row row;

			part[i](&b, k, &row);
			sum[i][0] += row.accesses;
			sum[i][1] += row.lines;
			for (int level = 0; level < CACHE_LEVEL_MAX; level++)
				sum[i][2 + level] += row.hits[level];
		}
		cr_assert_arr_eq(sum[i], whole, sizeof(whole), "way %u of taking apart", i);
	}
}

static void expect_same(const struct naive *n, struct model *m, const struct native_stream *stream)
{
	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++) {
		const struct op_cost *want = &n->cost[kind], *got = model_cost(m, kind);

		cr_assert_eq(got->count, want->count, "%s: count", op_name(kind));
		cr_assert_eq(got->accesses, want->accesses, "%s: accesses", op_name(kind));
		cr_assert_eq(got->lines, want->lines, "%s: %lu lines, not %lu", op_name(kind),
			     got->lines, want->lines);
		cr_assert_arr_eq(got->hits, want->hits, sizeof(want->hits), "%s: hits",
				 op_name(kind));
		cr_assert_arr_eq(got->watch.sharing, want->watch.sharing,
				 sizeof(want->watch.sharing), "%s: sharing", op_name(kind));
		cr_assert_arr_eq(got->watch.tlb, want->watch.tlb, sizeof(want->watch.tlb),
				 "%s: TLB", op_name(kind));
		cr_assert_arr_eq(got, want, sizeof(*want), "%s: atomics or stalls", op_name(kind));
	}
	expect_same_watch(n, m);
	expect_same_breakdown(n, m);
	if (!stream)
		return;
	cr_assert_eq(stream->ops, n->stream.ops);
	cr_assert_eq(stream->nr, n->stream.nr);
	cr_assert_arr_eq(stream->words, n->stream.words, stream->nr * sizeof(*stream->words));
}

static void expect_something(const struct naive *n, bool nodes, bool groups)
{
	uint64_t lines = 0, nr = 0, away[CACHE_SOURCE_MAX] = {0};
	struct sharing_totals totals;

	for (int kind = 0; kind < OP_MAX; kind++) {
		lines += n->cost[kind].lines;
		/* some are for other kernels, and touch nothing on this one */
		nr += n->cost[kind].accesses ? n->cost[kind].count : 0;
		for (int source = 0; source < CACHE_SOURCE_MAX; source++)
			away[source] += n->cost[kind].from[source];
	}
	cr_assert_eq(away[CACHE_REMOTE] > 100, nodes);
	cr_assert_eq(away[CACHE_OTHER_NODE] > 100, nodes);
	cr_assert_eq(away[CACHE_OTHER_GROUP] > 100, groups);
	cr_assert_gt(nr, OPS / 2);
	cr_assert_gt(lines, nr);
	sharing_totals(n->watch.sharing, &totals);
	cr_assert_gt(totals.misses[SHARING_TRUE], 100);
	cr_assert_gt(totals.misses[SHARING_FALSE], 0);
}

/* Of a memmap in one huge page HVO takes a part away. */
static const struct machine_tlb huge_tlb = {
	.geometry.level = {{{16, 4}, {8, 4}, {4, 4}}, {{64, 4}, {16, 4}, {4, 4}}},
	.memmap = TLB_2M,
	.direct = TLB_1G,
};

static const struct machine_tlb small_tlb = {
	/* the first level is as small as a chain is large */
	.geometry.level = {{{16, 4}, {8, 4}, {4, 4}}, {{64, 4}, {16, 4}, {4, 4}}},
	.memmap = TLB_4K,
	.direct = TLB_4K,
};

static const struct stall_model stall = {
	.serial_ps = {1000, 4000, 20000, 90000},
	.overlapped_fs = {300100, 1200100, 6000100, 30000100},
	.source_serial_ps = {0, 150000, 170000},
	.source_overlapped_fs = {0, 50000100, 56000100},
	.tlb_serial_ps = {0, 2000, 9000},
	.tlb_overlapped_fs = {0, 700100, 3000100},
};

static void compare(const struct setup *setup, unsigned int seed)
{
	static struct op ops[OPS];
	struct host host = {.seed = seed};
	struct native_stream stream = {.words = NULL};
	struct trace_meta meta = {.nr_cpus = CPUS, .max_pfn = PAGES};
	struct model_opts opts = {
		.meta = &meta,
		.detail = true,
		.stall = &stall,
		.tlb = setup->tlb,
		.native = setup->native ? &stream : NULL,
		.threaded = setup->threaded,
	};
	struct nodes *nodes = NULL;
	struct layout *layout;
	struct naive *naive;
	struct model *model;

	cr_assert_eq(layout_load(setup->layout, &layout, NULL), 0);
	layout->freed_kept = setup->kept;
	opts.layout = layout;
	cr_assert_eq(cache_geometry_parse(setup->geometry, &opts.geometry, NULL), 0);
	if (setup->nodes)
		cr_assert_eq(nodes_create(&meta, setup->nodes, &nodes, NULL), 0);
	opts.nodes = nodes;
	cr_assert_eq(model_create(&opts, &model, NULL), 0);
	naive = naive_create(&opts);
	draw_ops(&host, ops, OPS);
	for (size_t i = 0, nr; i < OPS; i += nr) {
		nr = 1 + draw(&host, 700);
		nr = nr < OPS - i ? nr : OPS - i;
		for (size_t k = 0; k < nr; k++)
			naive_run(naive, &ops[i + k]);
		cr_assert_eq(model_run(model, &ops[i], nr, 0, NULL), 0);
		/* often at first, while few bytes of few lines have been touched */
		if (i < OPS / 10 || !draw(&host, 8))
			expect_same(naive, model, opts.native);
	}
	expect_same(naive, model, opts.native);
	expect_something(naive, setup->nodes > 1, opts.geometry.llc_cpus);
	naive_destroy(naive);
	native_stream_fini(&stream);
	model_destroy(model);
	layout_destroy(layout);
	nodes_destroy(nodes);
}

Test(charge, layouts_cost_what_the_naive_model_says)
{
	static const char *const layouts[] = {
		"v6.12",       "v4.14",	    "v3.11-slab", "page56",	   "page32",
		"page32-wiki", "memdesc16", "memdesc8",	  "memdesc8-wiki", "memdesc8-2022"};

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		for (unsigned int tlb = 0; tlb < 2; tlb++)
			compare(&(struct setup){layouts[i], USUAL, .tlb = tlb ? &small_tlb : NULL},
				(unsigned int)i * 2 + tlb + 1);
}

Test(charge, so_do_caches_of_every_kind)
{
	static const char *const geometries[] = {
		"l1=128/2,l2=512/2,llc=2K/2", "l1=192/1,l2=768/2,llc=96K/3",
		"l1=1K/4,l2=4K/4,llc=8K/4,llc-kind=inclusive",
		"l1=1K/4,l2=4K/4,llc=16K/4,llc-kind=victim,plru=l1+l2,prefetch=pair+stream"};

	for (size_t i = 0; i < sizeof(geometries) / sizeof(geometries[0]); i++) {
		compare(&(struct setup){"memdesc8", geometries[i], .tlb = &small_tlb}, 77);
		compare(&(struct setup){"page32", geometries[i], .tlb = NULL}, 78);
	}
}

Test(charge, so_do_larger_pages_kept_descriptors_and_remapped_memmaps)
{
	compare(&(struct setup){"v6.12+16k", USUAL, .tlb = &small_tlb}, 5);
	compare(&(struct setup){"memdesc8+64k", USUAL, .tlb = NULL}, 6);
	compare(&(struct setup){"v6.18+hvo-2M", USUAL, .tlb = &huge_tlb}, 7);
	compare(&(struct setup){"memdesc8", USUAL, .kept = 2}, 8);
	compare(&(struct setup){"page32", USUAL, .kept = 64, .tlb = &small_tlb}, 9);
}

/* Two operations in a row on one unit, the second on hugetlb memory: HVO takes its part of the memmap apart in between. */
static void compare_chain(uint8_t first, uint8_t second)
{
	const struct op ops[] = {
		{.kind = first,
		 .order = 9,
		 .page_kind = PAGE_KIND_ANON,
		 .next = PFN_NONE,
		 .prev = PFN_NONE},
		{.kind = second,
		 .order = 9,
		 .page_kind = PAGE_KIND_HUGETLB,
		 .next = PFN_NONE,
		 .prev = PFN_NONE},
	};
	struct trace_meta meta = {.nr_cpus = CPUS, .max_pfn = PAGES};
	struct model_opts opts = {.meta = &meta, .detail = true, .stall = &stall, .tlb = &huge_tlb};
	struct layout *layout;
	struct naive *naive;
	struct model *model;

	cr_assert_eq(layout_load("v6.18+hvo-2M", &layout, NULL), 0);
	opts.layout = layout;
	cr_assert_eq(cache_geometry_parse(USUAL, &opts.geometry, NULL), 0);
	cr_assert_eq(model_create(&opts, &model, NULL), 0);
	naive = naive_create(&opts);
	for (int i = 0; i < 2; i++)
		naive_run(naive, &ops[i]);
	cr_assert_eq(model_run(model, ops, 2, 0, NULL), 0);
	expect_same(naive, model, NULL);
	if (first == second && naive->cost[first].lines)
		cr_assert_geq(naive->cost[first].watch.tlb[TLB_WALK], 2,
			      "%s: a page of 2M, and then one of 4K", op_name(first));
	naive_destroy(naive);
	model_destroy(model);
	layout_destroy(layout);
}

Test(charge, so_does_memory_that_becomes_hugetlb)
{
	for (uint8_t first = OP_REKIND + 1; first < OP_MAX; first++)
		for (uint8_t second = OP_REKIND + 1; second < OP_MAX; second += 7)
			compare_chain(first, second);
	for (uint8_t kind = OP_REKIND + 1; kind < OP_MAX; kind++)
		compare_chain(kind, kind);
}

Test(charge, so_do_several_nodes)
{
	compare(&(struct setup){"v6.12", USUAL, .nodes = 2}, 12);
	compare(&(struct setup){"memdesc8", USUAL, .nodes = 2, .tlb = &small_tlb}, 13);
	compare(&(struct setup){"memdesc8", USUAL, .nodes = 3, .kept = 2}, 14);
	compare(&(struct setup){"page32", "l1=1K/4,l2=4K/4,llc=16K/4,llc-kind=victim,prefetch=pair",
				.nodes = 2},
		15);
	compare(&(struct setup){"memdesc8", USUAL, .nodes = 1}, 16);
}

Test(charge, so_do_last_levels_of_parts_of_a_node)
{
	static const char apart[] = "l1=4K/4,l2=16K/8,llc=128K/16,llc-cpus=1";

	compare(&(struct setup){"v6.12", apart, .nodes = 2}, 20);
	compare(&(struct setup){"memdesc8", apart, .tlb = &small_tlb, .threaded = true}, 21);
}

Test(charge, so_do_caches_on_a_thread_of_their_own)
{
	compare(&(struct setup){"v6.12", USUAL, .threaded = true}, 17);
	compare(&(struct setup){"memdesc8", USUAL, .threaded = true, .tlb = &small_tlb}, 18);
	compare(&(struct setup){"page32", USUAL, .threaded = true, .nodes = 2}, 19);
}

Test(charge, what_is_executed_natively_is_the_same)
{
	compare(&(struct setup){"v6.12", USUAL, .native = true}, 10);
	compare(&(struct setup){"memdesc8", USUAL, .native = true, .kept = 3}, 11);
}
