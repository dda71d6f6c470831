// SPDX-License-Identifier: GPL-2.0-only
/* Stalls and pressure as the model charges them: cases computed by hand. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/replay/model.h"

struct rig {
	struct nodes *nodes; /* or NULL: one */
	struct layout *layout;
	struct trace_meta *meta;
	struct model *model;
};

/* 1, 10, 40 and 100 ns; four lines at once. */
static void make_machine(struct machine *m)
{
	static const uint64_t ps[CACHE_LEVEL_MAX] = {1000, 10000, 40000, 100000};
	struct cache_geometry g;

	cr_assert_eq(cache_geometry_parse("l1=48K/12,l2=2M/16,llc=32M/16", &g, NULL), 0);
	machine_of_geometry("test", "given", HOW_ASSUMED, &g, m);
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		m->figures[FIGURE_LATENCY_L1 + level] =
			(struct machine_figure){.value = ps[level], .how = HOW_TIMING};
	m->figures[FIGURE_PARALLELISM] = (struct machine_figure){.value = 4000, .how = HOW_TIMING};
}

/* nodes: 0: nobody asks for any. */
static void rig_init_nodes(struct rig *rig, const char *layout, const char *pressure,
			   unsigned int nodes)
{
	struct model_opts opts = {0};
	struct machine *m = malloc(sizeof(*m));
	struct stall_model stall;
	struct error err = {0};

	*rig = (struct rig){.nodes = NULL};
	cr_assert_eq(layout_load(layout, &rig->layout, &err), 0, "%s", err.msg);
	rig->meta = calloc(1, sizeof(*rig->meta));
	rig->meta->nr_cpus = rig->meta->nr_online_cpus = 2;
	rig->meta->max_pfn = 1 << 20;
	make_machine(m);
	if (nodes) {
		m->figures[FIGURE_TRANSFER] =
			(struct machine_figure){.value = 130000, .how = HOW_TIMING};
		machine_assume_nodes(m);
		cr_assert_eq(nodes_create(rig->meta, nodes, &rig->nodes, NULL), 0);
	}
	opts.nodes = rig->nodes;
	cr_assert(stall_model_init(m, &stall));
	opts.layout = rig->layout;
	opts.meta = rig->meta;
	opts.stall = &stall;
	machine_geometry(m, &opts.geometry);
	cr_assert_eq(pressure_parse(pressure, &opts.pressure, NULL), 0);
	cr_assert_eq(model_create(&opts, &rig->model, &err), 0, "%s", err.msg);
	free(m);
}

static void rig_init(struct rig *rig, const char *layout, const char *pressure)
{
	rig_init_nodes(rig, layout, pressure, 0);
}

static void rig_fini(struct rig *rig)
{
	model_destroy(rig->model);
	nodes_destroy(rig->nodes);
	layout_destroy(rig->layout);
	free(rig->meta);
}

static uint64_t run(struct rig *rig, struct op op)
{
	uint64_t before = model_cost(rig->model, op.kind)->stall_fs;

	op.next = op.next ? op.next : PFN_NONE;
	op.prev = op.prev ? op.prev : PFN_NONE;
	cr_assert_eq(model_run(rig->model, &op, 1, 0, NULL), 0);
	return (model_cost(rig->model, op.kind)->stall_fs - before) / 1000;
}

static void pass(struct rig *rig, uint16_t cpu, uint64_t ns)
{
	struct op op = {.kind = OP_TIME, .cpu = cpu};

	op_set_time(&op, ns);
	cr_assert_eq(model_run(rig->model, &op, 1, 0, NULL), 0);
}

Test(stall, one_line_costs_its_level)
{
	const struct op op = {.pfn = 1000, .kind = OP_CACHE_READ, .page_kind = PAGE_KIND_FILE};
	struct rig rig;

	rig_init(&rig, "v6.12", "none");
	cr_assert_eq(run(&rig, op), 100000, "the first time from memory");
	cr_assert_eq(run(&rig, op), 1000, "then from L1");
	rig_fini(&rig);
}

/* v6.12: the entry's own line, then the neighbours' lines, each behind a pointer in the first. */
Test(stall, neighbours_on_a_list_are_dependent_hops)
{
	struct op op = {.pfn = 1000, .kind = OP_LRU_DEL, .page_kind = PAGE_KIND_FILE};
	struct rig rig;

	rig_init(&rig, "v6.12", "none");
	op.next = 2000;
	op.prev = 3000;
	cr_assert_eq(run(&rig, op), 3 * 100000);
	cr_assert_eq(run(&rig, op), 3 * 1000);
	rig_fini(&rig);
}

/* 512 tails of 64 bytes: 511 lines and the head's; all but the first overlap four at a time. */
Test(stall, lines_that_are_known_beforehand_overlap)
{
	const struct op op = {
		.pfn = 512, .order = 9, .kind = OP_COMPOUND, .page_kind = PAGE_KIND_FILE};
	struct rig rig;
	uint64_t lines;

	rig_init(&rig, "v6.12", "none");
	cr_assert_eq(run(&rig, op), 100000 + 511 * 100000 / 4);
	lines = model_cost(rig.model, OP_COMPOUND)->lines;
	cr_assert_eq(lines, 512);
	rig_fini(&rig);
}

/* memdesc8: from a page-table entry the page's word, then by it the folio: one after the other. */
Test(stall, a_descriptor_behind_a_page_is_one_hop)
{
	struct op op = {.pfn = 1000, .kind = OP_DESCRIBE, .page_kind = PAGE_KIND_ANON};
	struct rig rig;
	uint64_t lines;

	rig_init(&rig, "memdesc8", "none");
	run(&rig, op);
	/* 50 ms without pressure: nothing is lost; all lines were just written, so all are in L1 */
	pass(&rig, 0, 50000000);
	op.kind = OP_ZAP;
	cr_assert_eq(run(&rig, op), 1000 + 1000, "%lu lines", model_cost(rig.model, OP_ZAP)->lines);
	lines = model_cost(rig.model, OP_ZAP)->lines;
	cr_assert_eq(lines, 2);
	rig_fini(&rig);
}

/* Of two nodes with a CPU each the upper half of memory is CPU 1's. */
Test(stall, another_node_is_farther_away)
{
	const uint32_t here = 1000, there = (1 << 19) + 1000;
	struct op op = {.pfn = here, .kind = OP_CACHE_READ, .page_kind = PAGE_KIND_FILE};
	const struct op_cost *cost;
	struct rig rig;

	rig_init_nodes(&rig, "v6.12", "none", 2);
	cr_expect_eq(run(&rig, op), 100000);
	op.pfn = there;
	cr_expect_eq(run(&rig, op), 170000, "as nothing is said of it");
	op.cpu = 1;
	cr_expect_eq(run(&rig, op), 130000, "at home, but a reference was counted there");
	op.pfn = here + 64;
	op.cpu = 0;
	op.kind = OP_LRU_ADD;
	run(&rig, op);
	op.cpu = 1;
	op.kind = OP_CACHE_READ;
	cr_expect_eq(run(&rig, op), 130000, "just written");
	cost = model_cost(rig.model, OP_CACHE_READ);
	cr_expect_eq(cost->from[CACHE_LOCAL], 1);
	cr_expect_eq(cost->from[CACHE_REMOTE], 1);
	cr_expect_eq(cost->from[CACHE_OTHER_NODE], 2);
	cr_expect_eq(cost->from_fs[CACHE_LOCAL], 100000000);
	cr_expect_eq(cost->from_fs[CACHE_REMOTE], 170000000);
	cr_expect_eq(cost->from_fs[CACHE_OTHER_NODE], 260000000);
	rig_fini(&rig);
}

Test(stall, needs_every_latency_and_the_parallelism)
{
	struct machine *m = malloc(sizeof(*m));
	struct stall_model stall;

	for (int id = FIGURE_LATENCY_L1; id <= FIGURE_LATENCY_MEMORY; id++) {
		make_machine(m);
		m->figures[id].how = HOW_UNKNOWN;
		cr_assert_not(stall_model_init(m, &stall));
	}
	make_machine(m);
	m->figures[FIGURE_PARALLELISM].how = HOW_UNKNOWN;
	cr_assert_not(stall_model_init(m, &stall));
	make_machine(m);
	m->figures[FIGURE_PARALLELISM].value = 999;
	cr_assert_not(stall_model_init(m, &stall));
	free(m);
}

/*
 * heavy: 119.3 M lines/s into an L1 of 64 sets of 12 ways: 768 lines, all of them pushed out within 6.44 us.
 * Into L2, of 32768 lines, 50 M/s: 655.4 us. Into the LLC, of 524288 lines, 36.7 M/s of each of two
 * CPUs: 7.143 ms. A set that comes early in the round, as here, is done a round of 1/16 earlier.
 */
Test(pressure, empties_each_level_when_as_many_lines_have_come_as_it_holds)
{
	static const struct {
		uint64_t ns;
		enum cache_level level;
	} cases[] = {
		{5000, CACHE_L1},    {6900, CACHE_L2},	   {600000, CACHE_L2},
		{700000, CACHE_LLC}, {6600000, CACHE_LLC}, {7300000, CACHE_MEMORY},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct op op = {
			.pfn = 1000, .kind = OP_CACHE_READ, .page_kind = PAGE_KIND_FILE};
		struct rig rig;

		rig_init(&rig, "v6.12", "heavy");
		run(&rig, op);
		pass(&rig, 0, cases[i].ns);
		run(&rig, op);
		cr_assert_eq(model_cost(rig.model, OP_CACHE_READ)->hits[cases[i].level],
			     cases[i].level == CACHE_MEMORY ? 2 : 1, "after %lu ns", cases[i].ns);
		rig_fini(&rig);
	}
}

Test(pressure, of_one_cpu_does_not_age_what_another_cpu_holds)
{
	struct op op = {.pfn = 1000, .kind = OP_CACHE_READ, .page_kind = PAGE_KIND_FILE};
	const struct op_cost *cost;
	struct rig rig;

	rig_init(&rig, "v6.12", "heavy");
	cost = model_cost(rig.model, OP_CACHE_READ);
	op.cpu = 1;
	run(&rig, op);
	for (uint64_t ns = 0; ns < 3000000; ns += 1000)
		pass(&rig, 0, ns);
	cr_assert_eq(cost->hits[CACHE_L1], 0);
	run(&rig, op);
	cr_assert_eq(cost->hits[CACHE_L1], 1, "no time was told for CPU 1");
	pass(&rig, 1, 3000000);
	run(&rig, op);
	cr_assert_eq(cost->hits[CACHE_LLC], 1);
	rig_fini(&rig);
}

/* In one step or in a thousand: products are taken from the start of the trace, so nothing is rounded off. */
Test(pressure, does_not_depend_on_the_steps_of_the_clock)
{
	const struct op op = {.pfn = 1000, .kind = OP_CACHE_READ, .page_kind = PAGE_KIND_FILE};

	for (uint64_t step = 100; step <= 10000; step *= 10) {
		struct rig rig;

		/* 7 lines/us into L1: 768 within 109.7 us */
		rig_init(&rig, "v6.12", "2933780");
		run(&rig, op);
		for (uint64_t ns = 0; ns <= 100000; ns += step)
			pass(&rig, 0, ns);
		run(&rig, op);
		cr_assert_eq(model_cost(rig.model, OP_CACHE_READ)->hits[CACHE_L1], 1);
		for (uint64_t ns = 100000; ns <= 220000; ns += step)
			pass(&rig, 0, ns);
		run(&rig, op);
		cr_assert_eq(model_cost(rig.model, OP_CACHE_READ)->hits[CACHE_L2], 1);
		rig_fini(&rig);
	}
}

Test(pressure, is_read_as_a_name_or_a_rate)
{
	static const struct {
		const char *text;
		uint64_t l2;
	} good[] = {{"none", 0},       {"light", 5000000},   {"heavy", 50000000},
		    {"50M", 50000000}, {"2933780", 2933780}, {"3k", 3000},
		    {"1G", 1000000000}};
	static const char *const bad[] = {"",
					  "M",
					  "0",
					  "-1",
					  "5x",
					  "1.5M",
					  "None",
					  "50 M",
					  "05M",
					  "2000G",
					  "99999999999999999999999999"};
	struct pressure p;
	struct error err;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(pressure_parse(good[i].text, &p, &err), 0, "%s", err.msg);
		cr_assert_eq(p.fills[CACHE_L2], good[i].l2);
		cr_assert_eq(p.fills[CACHE_L1], good[i].l2 * 2386 / 1000);
		cr_assert_eq(p.fills[CACHE_LLC], good[i].l2 * 734 / 1000);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(pressure_parse(bad[i], &p, &err), -EINVAL, "'%s'", bad[i]);
}
