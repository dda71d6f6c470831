/* SPDX-License-Identifier: GPL-2.0-only */
/* Feeds hand-made census runs and events to the page-state machine. */
#ifndef TESTS_PAGES_HARNESS_H
#define TESTS_PAGES_HARNESS_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "sim/pages/pages.h"

struct harness {
	struct trace_meta *meta;
	struct pages *pages;
	struct op_list ops;
	uint64_t now;
};

/* `exact`: bit per class of which the trace has every event; `code`: what it tells of the kernel. */
static inline void harness_init_code(struct harness *h, uint64_t nr_pages, uint32_t exact,
				     struct trace_code code)
{
	*h = (struct harness){.meta = calloc(1, sizeof(struct trace_meta))};
	h->meta->code = code;
	h->meta->page_size = 4096;
	h->meta->nr_cpus = h->meta->nr_online_cpus = 2;
	h->meta->max_pfn = h->meta->ram_pages = nr_pages;
	h->meta->nr_ranges = 1;
	h->meta->ranges[0].nr_pages = nr_pages;
	for (int cls = 0; cls < CLASS_MAX; cls++)
		h->meta->classes[cls].fidelity =
			exact >> cls & 1 ? FIDELITY_EXACT : FIDELITY_ABSENT;
	cr_assert_eq(pages_create(h->meta, &h->pages, NULL), 0);
}

static inline void harness_init_exact(struct harness *h, uint64_t nr_pages, uint32_t exact)
{
	harness_init_code(h, nr_pages, exact, (struct trace_code){0});
}

static inline void harness_init(struct harness *h, uint64_t nr_pages)
{
	harness_init_exact(h, nr_pages, 0);
}

/* Two nodes, each with half of the memory and one of the two CPUs. */
static inline void harness_init_nodes(struct harness *h, uint64_t nr_pages)
{
	harness_init(h, nr_pages);
	pages_destroy(h->pages);
	h->meta->nr_node_ranges = h->meta->nr_node_cpus = 2;
	for (uint32_t i = 0; i < 2; i++) {
		h->meta->node_ranges[i] =
			(struct trace_node_range){i, i * nr_pages / 2, nr_pages / 2};
		h->meta->node_cpus[i] = (struct trace_node_cpus){i, i, 1};
	}
	cr_assert_eq(pages_create(h->meta, &h->pages, NULL), 0);
}

static inline void harness_fini(struct harness *h)
{
	pages_destroy(h->pages);
	op_list_fini(&h->ops);
	free(h->meta);
}

static inline void harness_census(struct harness *h, const struct census_run *runs, size_t nr)
{
	struct trace_block block = {.type = BLOCK_CENSUS};

	block.census.ts_ns = h->now;
	block.census.end_pfn = h->meta->max_pfn;
	block.census.runs = runs;
	block.census.nr = nr;
	cr_assert_eq(pages_census(h->pages, &block, &h->ops, NULL), 0);
}

/* All pages free, in blocks of the highest order. */
static inline void harness_all_free(struct harness *h)
{
	struct census_run run = {
		.count = h->meta->max_pfn >> BUDDY_MAX_ORDER,
		.kind = PAGE_KIND_FREE,
		.order = BUDDY_MAX_ORDER,
	};

	harness_census(h, &run, 1);
}

static inline void harness_event(struct harness *h, struct event e)
{
	e.ts_ns = ++h->now;
	cr_assert_eq(pages_events(h->pages, &e, 1, &h->ops, NULL), 0);
}

/* How often an operation was emitted. */
static inline uint64_t harness_count(const struct harness *h, enum op_kind kind)
{
	uint64_t n = 0;

	for (size_t i = 0; i < h->ops.nr; i++)
		n += h->ops.ops[i].kind == kind;
	return n;
}

/* The last such operation. */
static inline const struct op *harness_last(const struct harness *h, enum op_kind kind)
{
	for (size_t i = h->ops.nr; i > 0; i--)
		if (h->ops.ops[i - 1].kind == kind)
			return &h->ops.ops[i - 1];
	return NULL;
}

/* Pages by kind and units by kind and order are the same thing counted twice. */
static inline void harness_check_counts(const struct harness *h)
{
	const struct pages_counts *c = pages_counts(h->pages);
	uint64_t total = 0, free_pages = 0;

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
		uint64_t pages = 0;

		total += c->kind_pages[kind];
		for (int order = 0; order <= CENSUS_MAX_ORDER; order++)
			pages += c->units[kind][order] << order;
		if (kind != PAGE_KIND_FREE)
			cr_assert_eq(pages, c->kind_pages[kind], "%s: %lu in units, %lu pages",
				     page_kind_name(kind), pages, c->kind_pages[kind]);
	}
	for (int order = 0; order <= BUDDY_MAX_ORDER; order++)
		free_pages += c->free_blocks[order] << order;
	cr_assert_eq(free_pages, c->kind_pages[PAGE_KIND_FREE]);
	cr_assert_eq(total, h->meta->max_pfn);
}

#endif
