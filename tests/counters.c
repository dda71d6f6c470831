// SPDX-License-Identifier: GPL-2.0-only
#include "tests/counters.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

void counters_see(struct counters_seen *s, const struct trace_block *block)
{
	if (block->type == BLOCK_CENSUS) {
		for (size_t i = 0; i < block->census.nr; i++) {
			const struct census_run *run = &block->census.runs[i];

			s->pages[run->kind] += run->count << run->order;
		}
	} else if (block->type == BLOCK_STAT) {
		if (s->nr_stats++ == 0)
			s->first = *block->stat;
		else if (s->nr_stats == 2)
			s->second = *block->stat;
		s->last = *block->stat;
	}
}

static uint64_t counter(const struct trace_stat *stat, const char *name)
{
	const uint64_t *value = trace_stat_find(stat, name);

	return value ? *value : 0;
}

int counters_row(const char *name, uint64_t census, uint64_t before, uint64_t after,
		 uint64_t permille, uint64_t slack)
{
	uint64_t low = before < after ? before : after, high = before < after ? after : before;
	uint64_t tolerance = high - low + high * permille / 1000 + slack;
	bool ok = census + tolerance >= low && census <= high + tolerance;
	uint64_t off = census < low ? low - census : census > high ? census - high : 0;

	printf("%-12s census %9" PRIu64 "  counter %9" PRIu64 " .. %9" PRIu64
	       "  off %6.3f %%  %s\n",
	       name, census, before, after, high ? 100.0 * (double)off / (double)high : 0.0,
	       ok ? "ok" : "WRONG");
	return !ok;
}

int counters_check_census(const struct counters_seen *s, uint64_t permille, uint64_t slack)
{
	static const struct {
		const char *name, *counter;
		enum page_kind kinds[2];
	} rows[] = {
		{"free", "nr_free_pages", {PAGE_KIND_FREE, PAGE_KIND_FREE}},
		{"anon", "nr_anon_pages", {PAGE_KIND_ANON, PAGE_KIND_KSM}},
		{"file+shmem", "nr_file_pages", {PAGE_KIND_FILE, PAGE_KIND_SHMEM}},
		{"shmem", "nr_shmem", {PAGE_KIND_SHMEM, PAGE_KIND_SHMEM}},
		{"pgtable", "nr_page_table_pages", {PAGE_KIND_PGTABLE, PAGE_KIND_PGTABLE}},
	};
	const struct trace_stat *a = &s->first, *b = &s->second;
	uint64_t slab[2] = {
		counter(a, "nr_slab_reclaimable") + counter(a, "nr_slab_unreclaimable"),
		counter(b, "nr_slab_reclaimable") + counter(b, "nr_slab_unreclaimable"),
	};
	uint64_t known = s->pages[PAGE_KIND_SLAB], most = known + s->pages[PAGE_KIND_COMPOUND];
	int bad = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const enum page_kind *kinds = rows[i].kinds;
		uint64_t pages = s->pages[kinds[0]];

		if (kinds[1] != kinds[0])
			pages += s->pages[kinds[1]];
		bad += counters_row(rows[i].name, pages, counter(a, rows[i].counter),
				    counter(b, rows[i].counter), permille, slack);
	}
	/* the counter includes large kmalloc, which /proc/kpageflags shows as untyped compound pages */
	bad += counters_row("slab",
			    slab[0] < known  ? known
			    : slab[0] > most ? most
					     : slab[0],
			    slab[0], slab[1], permille, slack);
	return bad + (s->nr_stats < 2);
}

struct charges {
	int fd, flags_fd;
	const uint64_t *inodes;
	size_t nr;
	uint64_t charged, differ; /* units */
};

static bool is_asked_for(const struct charges *c, uint64_t inode)
{
	for (size_t i = 0; i < c->nr; i++)
		if (c->inodes[i] == inode)
			return true;
	return false;
}

/* Of memory that was given to the allocator late, some kernels' files say nothing at all. */
static bool is_hidden(const struct charges *c, uint64_t pfn)
{
	enum { KPF_NOPAGE = 20 };
	uint64_t flags = 0;

	return pread(c->flags_fd, &flags, 8, (off_t)(pfn * 8)) == 8 &&
	       (!flags || flags >> KPF_NOPAGE & 1);
}

static int compare_run(struct charges *c, const struct census_run *run)
{
	uint64_t inode[512], nr = run->count << run->order;

	for (uint64_t at = 0, here; at < nr; at += here) {
		here = nr - at < 512 ? nr - at : 512;
		if (pread(c->fd, inode, here * 8, (off_t)((run->start_pfn + at) * 8)) !=
		    (ssize_t)here * 8)
			return -1;
		for (uint64_t i = 0; i < here; i++) {
			/* some kernels name the group of a head only */
			if ((at + i) & ((1ULL << run->order) - 1) ||
			    (!is_asked_for(c, inode[i]) && !is_asked_for(c, run->memcg)))
				continue;
			c->charged++;
			c->differ +=
				inode[i] != run->memcg && !is_hidden(c, run->start_pfn + at + i);
		}
	}
	return 0;
}

bool counters_check_charges(const char *trace, const uint64_t *inodes, size_t nr)
{
	struct charges c = {.inodes = inodes, .nr = nr};
	struct trace_block block;
	struct trace_reader *r;
	int n = 0, bad = 0;

	c.fd = open("/proc/kpagecgroup", O_RDONLY);
	c.flags_fd = open("/proc/kpageflags", O_RDONLY);
	if (c.fd < 0 || c.flags_fd < 0 || trace_reader_open(trace, &r, NULL) < 0)
		return false;
	while (!bad && (n = trace_reader_next(r, &block, NULL)) > 0)
		for (size_t i = 0; block.type == BLOCK_CENSUS && i < block.census.nr && !bad; i++)
			/* a slab's first object is not the slab */
			if (block.census.runs[i].kind != PAGE_KIND_SLAB)
				bad = compare_run(&c, &block.census.runs[i]);
	printf("charges      %" PRIu64 " units, %" PRIu64
	       " to another group than kpagecgroup says  %s\n",
	       c.charged, c.differ, c.differ || bad ? "WRONG" : "ok");
	trace_reader_destroy(r);
	close(c.fd);
	close(c.flags_fd);
	return !bad && !n && c.charged && !c.differ;
}

int counters_check_memmap(const struct trace_meta *meta)
{
	/* a snapshot does not read BTF; every kernel of x86-64 that memsim runs on has 64 bytes */
	uint64_t size = meta->struct_page_size ? meta->struct_page_size : 64, pages = 0, bytes;
	bool ok;

	for (size_t i = 0; i < meta->nr_ranges; i++)
		pages += meta->ranges[i].nr_pages;
	bytes = pages * size;
	if (!meta->memmap_pages) {
		printf("memmap       %9" PRIu64 " pages by size; this kernel does not count it\n",
		       bytes / meta->page_size);
		return 0;
	}
	ok = bytes == meta->memmap_pages * meta->page_size;
	printf("memmap       %9" PRIu64 " pages by size, counter %9" PRIu64 "  %s\n",
	       bytes / meta->page_size, meta->memmap_pages, ok ? "ok" : "WRONG");
	return !ok;
}
