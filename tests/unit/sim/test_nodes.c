// SPDX-License-Identifier: GPL-2.0-only
/* NUMA nodes: whose pages, CPUs and lines are which. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "sim/heap/heap.h"
#include "sim/replay/model.h"
#include "tests/unit/sim/nodes_harness.h"

Test(nodes, are_those_that_the_trace_tells_of)
{
	static const unsigned int cpus[] = {1, 0, 0, 1, 1};
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct nodes *n;

	set_meta(meta);
	n = nodes_of(meta, 0);
	cr_expect_eq(n->nr, 2);
	for (unsigned int cpu = 0; cpu < 5; cpu++)
		cr_expect_eq(nodes_of_cpu(n, cpu), cpus[cpu], "CPU %u", cpu);
	cr_expect_eq(nodes_of_pfn(n, (1 << 18) - 1), 1);
	cr_expect_eq(nodes_of_pfn(n, 2 << 18), 0);
	cr_expect_eq(nodes_of_pfn(n, (3 << 18) - 1), 0);
	cr_expect_eq(nodes_units_from(n, (1 << 18) - 16, 10, 3), 2, "a hole is the first node's");
	nodes_destroy(n);
	meta->nr_node_cpus = 0;
	n = nodes_of(meta, 0);
	cr_expect_eq(n->nr, 1, "whose CPUs are whose is not told");
	nodes_destroy(n);
	free(meta);
}

Test(nodes, are_as_many_as_a_profile_supposes)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct nodes *n;

	set_meta(meta);
	n = nodes_of(meta, 3);
	cr_expect_eq(n->nr, 3);
	for (unsigned int cpu = 0; cpu < 5; cpu++)
		cr_expect_eq(nodes_of_cpu(n, cpu), cpu * 3 / 5);
	cr_expect_eq(nodes_of_pfn(n, 0), 0);
	cr_expect_eq(nodes_of_pfn(n, (1 << 18) + 1024), 1);
	cr_expect_eq(nodes_of_pfn(n, (3 << 18) - 1), 2);
	nodes_destroy(n);
	free(meta);
}

Test(nodes, too_many_are_refused)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct error err = {0};
	struct nodes *n = NULL;

	set_meta(meta);
	meta->nr_node_cpus = NODES_MAX + 1;
	for (uint32_t i = 0; i <= NODES_MAX; i++)
		meta->node_cpus[i] = (struct trace_node_cpus){i, i, 1};
	cr_expect_eq(nodes_create(meta, 0, &n, &err), -ENOTSUP);
	cr_expect_not_null(strstr(err.msg, "nodes: 1"));
	cr_expect_null(n);
	n = nodes_of(meta, 1);
	cr_expect_eq(n->nr, 1);
	nodes_destroy(n);
	free(meta);
}

/* The memmap's lines lie where the pages are, and descriptors where what they describe is. */
static void expect_lines_at_home(const char *name)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	unsigned int described = 0;
	struct layout *layout;
	struct nodes *n;
	struct heap *heap;

	set_meta(meta);
	n = nodes_of(meta, 0);
	cr_assert_eq(layout_load(name, &layout, NULL), 0);
	cr_assert_eq(heap_create(layout, (uint32_t)meta->max_pfn, 5, n, &heap, NULL), 0);
	/* across the border: the census hands out descriptors of many pages at once */
	heap_seed(heap, (1 << 18) - 4096, 8192, 0, PAGE_KIND_FILE);
	heap_settle(heap);
	for (uint32_t pfn = 32; pfn < meta->max_pfn; pfn += 32) {
		unsigned int cpu = pfn / 32 % 5, at_home = nodes_of_pfn(n, pfn);
		struct heap_ref ref;
		struct heap_home home;

		cr_assert_eq(nodes_of_line(n, layout, place_entry(layout, pfn) / 64), at_home,
			     "%s: entry of %u", name, pfn);
		if (!heap_find(heap, pfn, &ref) &&
		    !heap_describe(heap, pfn, 0, PAGE_KIND_ANON, cpu, &ref))
			continue;
		described++;
		cr_assert_eq(nodes_of_line(n, layout, ref.address / 64), at_home,
			     "%s: descriptor of %u", name, pfn);
		if (pfn % 3)
			continue;
		cr_assert(heap_undescribe(heap, pfn, 0, PAGE_KIND_ANON, cpu, &ref, &home));
		if (!home.given)
			continue;
		cr_assert_eq(nodes_of_line(n, layout, home.page_entry / 64),
			     nodes_of_pfn(n, home.pfn), "%s: the page of a descriptor", name);
		if (home.slab_descriptor)
			cr_assert_eq(nodes_of_line(n, layout, home.slab_descriptor / 64),
				     nodes_of_pfn(n, home.pfn));
	}
	cr_expect_eq(described > 0, layout->nr_objects > 0);
	heap_destroy(heap);
	layout_destroy(layout);
	nodes_destroy(n);
	free(meta);
}

Test(nodes, metadata_lies_on_the_node_of_its_pages)
{
	expect_lines_at_home("v6.12");
	expect_lines_at_home("page32");
	expect_lines_at_home("memdesc8");
	expect_lines_at_home("memdesc8+64k");
}

Test(nodes, descriptors_are_counted_over_all_of_them)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct heap_counts counts[LAYOUT_MAX_OBJECTS];
	struct layout *layout;
	uint64_t live = 0;
	struct nodes *n;
	struct heap *heap;

	set_meta(meta);
	n = nodes_of(meta, 0);
	cr_assert_eq(layout_load("memdesc8", &layout, NULL), 0);
	cr_assert_eq(heap_create(layout, (uint32_t)meta->max_pfn, 5, n, &heap, NULL), 0);
	heap_seed(heap, (1 << 18) - 100, 300, 0, PAGE_KIND_FILE);
	heap_settle(heap);
	cr_assert_eq(heap_counts(heap, counts), layout->nr_objects);
	for (size_t i = 0; i < layout->nr_objects; i++)
		live += counts[i].object->cls == LAYOUT_CLASS_FOLIO ? counts[i].live : 0;
	cr_expect_eq(live, 300);
	heap_destroy(heap);
	layout_destroy(layout);
	nodes_destroy(n);
	free(meta);
}

/* An operation on a page whose line is so far from the others that what nodes know of it needs memory of its own. */
Test(nodes, a_model_without_memory_for_what_they_know_of_lines_fails)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	const struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = RLIM_INFINITY};
	struct op op = {.kind = OP_BUDDY_TAKE, .pfn = 8, .next = PFN_NONE, .prev = PFN_NONE};
	struct model_opts opts = {.meta = meta, .geometry = geometry_of(SMALL)};
	struct error err = {0};
	struct layout *layout;
	struct model *model;
	struct nodes *n;

	if (SANITIZED)
		cr_skip("the sanitizer itself takes more");
	meta->nr_cpus = meta->nr_online_cpus = 4;
	meta->max_pfn = 1 << 24;
	n = nodes_of(meta, 2);
	cr_assert_eq(layout_load("v6.12", &layout, NULL), 0);
	opts.layout = layout;
	opts.nodes = n;
	cr_assert_eq(model_create(&opts, &model, NULL), 0);
	cr_assert_eq(model_run(model, &op, 1, 1, NULL), 0);
	model_cost(model, op.kind);
	cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
	/* all but that memory is there */
	cr_assert_eq(model_run(model, &op, 1, 2, NULL), 0);
	model_cost(model, op.kind);
	op.pfn = 1 << 23;
	(void)!model_run(model, &op, 1, 3, NULL);
	model_cost(model, op.kind); /* the line may have been on its way */
	op.pfn = 8;
	cr_assert_eq(model_run(model, &op, 1, 4, &err), -ENOMEM, "%s", err.msg);
	model_destroy(model);
	layout_destroy(layout);
	nodes_destroy(n);
	free(meta);
}
