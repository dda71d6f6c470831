// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a look at every page of this host costs, by each means that it has.
 *	bench_census [ROUNDS]
 * The two take turns. Printed are the best round and the median of the thread's CPU time, and what that would be for
 * 24 GiB. Needs root.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "bpf/census/census.h"
#include "bpf/attach/host.h"
#include "bpf/census/snapshot.h"

enum { SKIPPED = 77, MAX_ROUNDS = 1000 };
#define PAGES_24G (24ULL << 30 >> 12)

DEFINE_CLEANUP(struct census_scan *, census_scan_destroy);

static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int look(struct census_scan *scan, uint64_t *ret_runs, struct error *err)
{
	struct census_part part;
	int r;

	*ret_runs = 0;
	census_scan_rewind(scan);
	while ((r = census_scan_next(scan, &part, err)) > 0)
		*ret_runs += part.nr;
	return r;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void print(const struct census_scan *scan, const struct trace_meta *meta, double *ns,
		  size_t rounds, uint64_t runs)
{
	struct trace_meta *named = calloc(1, sizeof(*named));
	uint64_t pages = 0;

	if (!named)
		return;
	census_scan_describe(scan, named);
	for (size_t i = 0; i < meta->nr_ranges; i++)
		pages += meta->ranges[i].nr_pages;
	qsort(ns, rounds, sizeof(*ns), compare);
	printf("%-12s %" PRIu64 " pages, %" PRIu64 " runs: %.1f ns/page at best, median %.1f; "
	       "24 GiB: %.3f s, %.3f s\n",
	       named->census, pages, runs, ns[0] / (double)pages, ns[rounds / 2] / (double)pages,
	       ns[0] / (double)pages * (double)PAGES_24G / 1e9,
	       ns[rounds / 2] / (double)pages * (double)PAGES_24G / 1e9);
	free(named);
}

static int bench(const struct trace_meta *meta, size_t rounds, struct error *err)
{
	_cleanup_(census_scan_destroyp) struct census_scan *memmap = NULL, *files = NULL;
	static double ns[2][MAX_ROUNDS];
	uint64_t runs[2];
	int r = census_scan_create(meta, snapshot_find_memmap(NULL), &memmap, err);

	if (!r)
		r = census_scan_create(meta, 0, &files, err);
	for (size_t i = 0; !r && i < 2 * rounds; i++) {
		double before = cpu_ns();

		r = look(i & 1 ? files : memmap, &runs[i & 1], err);
		ns[i & 1][i / 2] = cpu_ns() - before;
	}
	if (r)
		return r;
	print(memmap, meta, ns[0], rounds, runs[0]);
	print(files, meta, ns[1], rounds, runs[1]);
	return 0;
}

int main(int argc, char **argv)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct error err = {0};
	uint64_t rounds = 7;
	int r = argc > 1 ? num_parse(argv[1], "ROUNDS", 1, MAX_ROUNDS, &rounds, &err) : 0;

	if (!meta)
		return 1;
	if (!r)
		r = host_describe(meta, &err);
	if (!r)
		r = bench(meta, (size_t)rounds, &err);
	free(meta);
	if (!r)
		return 0;
	fprintf(stderr, "%s\n", err.msg);
	return r == -EPERM || r == -EACCES ? SKIPPED : 1;
}
