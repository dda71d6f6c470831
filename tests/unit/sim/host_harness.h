/* SPDX-License-Identifier: GPL-2.0-only */
/* A host with something of most kinds and orders, as a layout has it. */
#ifndef TESTS_HOST_HARNESS_H
#define TESTS_HOST_HARNESS_H

#include "sim/replay/model.h"
#include "sim/memory/payer.h"
#include "tests/unit/sim/pages_harness.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))

static inline struct layout *load(const char *name)
{
	struct layout *layout = NULL;
	struct error err = {0};

	cr_assert_eq(layout_load(name, &layout, &err), 0, "%s", err.msg);
	return layout;
}

/* A host with something of most kinds and orders, and the descriptors that a layout has for it. */
struct host {
	struct harness h;
	struct layout *layout;
	struct model *model;
	struct memory memory;
	struct payers payers;
};

static const struct census_run host_runs[] = {
	{.start_pfn = 0, .count = 1024, .kind = PAGE_KIND_RESERVED},
	{.start_pfn = 1024, .count = 1000, .kind = PAGE_KIND_FILE, .flags = CENSUS_LRU},
	{.start_pfn = 2048, .count = 500, .kind = PAGE_KIND_ANON, .order = 1},
	{.start_pfn = 3072, .count = 100, .kind = PAGE_KIND_SHMEM, .order = 3},
	{.start_pfn = 4096, .count = 333, .kind = PAGE_KIND_SLAB, .order = 2},
	{.start_pfn = 6144, .count = 77, .kind = PAGE_KIND_PGTABLE},
	{.start_pfn = 7168, .count = 9, .kind = PAGE_KIND_KERNEL, .order = 5},
	{.start_pfn = 8192, .count = 5, .kind = PAGE_KIND_ANON, .order = 9},
	{.start_pfn = 16384, .count = 20, .kind = PAGE_KIND_HUGETLB, .order = 9},
	{.start_pfn = 27136, .count = 3, .kind = PAGE_KIND_DEVICE, .order = 9},
	{.start_pfn = 32768, .count = 20, .kind = PAGE_KIND_FREE, .order = 10},
	{.start_pfn = 57344, .count = 31, .kind = PAGE_KIND_FREE, .order = 1},
};
enum { HOST_PAGES = 65536 };

static inline void host_init(struct host *host, const char *layout)
{
	struct model_opts opts = {0};

	memset(host, 0, sizeof(*host));
	harness_init(&host->h, HOST_PAGES);
	harness_census(&host->h, host_runs, NR(host_runs));
	host->layout = load(layout);
	opts.layout = host->layout;
	opts.meta = host->h.meta;
	cr_assert_eq(cache_geometry_parse("l1=48K/12,l2=2M/16,llc=32M/16", &opts.geometry, NULL),
		     0);
	cr_assert_eq(model_create(&opts, &host->model, NULL), 0);
	cr_assert_eq(model_run(host->model, host->h.ops.ops, host->h.ops.nr, 0, NULL), 0);
	memory_of_layout(host->layout, host->h.meta, pages_counts(host->h.pages), &host->memory);
	payers_of_layout(host->layout, pages_counts(host->h.pages),
			 heap_units(model_heap(host->model)), heap_bytes(model_heap(host->model)),
			 &host->payers);
}

static inline void host_fini(struct host *host)
{
	payers_fini(&host->payers);
	model_destroy(host->model);
	layout_destroy(host->layout);
	harness_fini(&host->h);
}

#endif
