// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "bpf/census/census.h"
#include "bpf/attach/host.h"
#include "bpf/census/memmap.h"

/*
 * Pages per step. Small, so that all pages of a step are nearly of the same moment (about 1 ms) and
 * the rings are drained often enough in between.
 */
enum { WINDOW = MEMMAP_WINDOW, WINDOW_BYTES = 3 * WINDOW * sizeof(uint64_t) };

struct census_scan {
	const struct trace_meta *meta;
	struct memmap *memmap;		    /* NULL: the files are read */
	int flags_fd, counts_fd, memcgs_fd; /* the last is -1 where the kernel has no such file */
	struct census_window window;	    /* WINDOW words each, populated */
	uint64_t mistrusted; /* KPF bits that this kernel shows where they are not meant */
	struct census_builder builder;
	size_t range;
	uint64_t pfn, part_start;
};

DEFINE_CLEANUP(struct census_scan *, census_scan_destroy);

static int open_proc(const char *path, int *ret, struct error *err)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC);
	if (*ret < 0)
		return error_set(err, -errno, "%s: cannot open: %m", path);
	return 0;
}

int census_scan_create(const struct trace_meta *meta, uint64_t vmemmap_base,
		       struct census_scan **ret, struct error *err)
{
	_cleanup_(census_scan_destroyp) struct census_scan *scan = calloc(1, sizeof(*scan));
	void *words;
	int r;

	if (!scan)
		return error_nomem(err);
	scan->meta = meta;
	scan->flags_fd = scan->counts_fd = scan->memcgs_fd = -1;
	words = mmap(NULL, WINDOW_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (words == MAP_FAILED)
		return error_nomem(err);
	scan->window.kpf = words;
	scan->window.counts = scan->window.kpf + WINDOW;
	scan->window.memcgs = scan->window.counts + WINDOW;
	if (vmemmap_base && memmap_create(vmemmap_base, &scan->memmap, NULL) < 0)
		scan->memmap = NULL; /* what this kernel lacks, the files make up for */
	r = open_proc("/proc/kpageflags", &scan->flags_fd, err);
	if (!r)
		r = open_proc("/proc/kpagecount", &scan->counts_fd, err);
	if (!r)
		r = census_builder_init(&scan->builder, WINDOW, err);
	/* not there: the kernel is built without memory cgroups */
	scan->memcgs_fd = open("/proc/kpagecgroup", O_RDONLY | O_CLOEXEC);
	if (r < 0)
		return r;
	/* stable_page_flags() of v6.12, for one, shows every anonymous page as merged by KSM */
	if (!host_has_ksm())
		scan->mistrusted = 1ULL << KPF_KSM;
	scan->builder.huge_order = host_huge_order(meta->page_size);
	census_scan_rewind(scan);
	*ret = take_ptr(scan);
	return 0;
}

void census_scan_rewind(struct census_scan *scan)
{
	scan->range = 0;
	if (!scan->meta->nr_ranges)
		return;
	scan->pfn = scan->part_start = scan->meta->ranges[0].start_pfn;
	census_begin(&scan->builder, scan->pfn);
}

void census_scan_destroy(struct census_scan *scan)
{
	if (!scan)
		return;
	memmap_destroy(scan->memmap);
	if (scan->flags_fd >= 0)
		close(scan->flags_fd);
	if (scan->counts_fd >= 0)
		close(scan->counts_fd);
	if (scan->memcgs_fd >= 0)
		close(scan->memcgs_fd);
	if (scan->window.kpf)
		munmap(scan->window.kpf, WINDOW_BYTES);
	census_builder_fini(&scan->builder);
	free(scan);
}

/* Past its own bound a file just ends: those pages are holes to this kernel. */
static int read_words(int fd, const char *path, uint64_t pfn, uint64_t *words, size_t n,
		      uint64_t missing, struct error *err)
{
	size_t have = 0;

	while (have < n) {
		ssize_t r = pread(fd, words + have, (n - have) * sizeof(*words),
				  (off_t)((pfn + have) * sizeof(*words)));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return error_set(err, -errno, "%s: cannot read at pfn %#" PRIx64 ": %m",
					 path, pfn + have);
		if (r < (ssize_t)sizeof(*words))
			break;
		have += (size_t)r / sizeof(*words);
	}
	for (; have < n; have++)
		words[have] = missing;
	return 0;
}

void census_scan_describe(const struct census_scan *scan, struct trace_meta *meta)
{
	snprintf(meta->census, sizeof(meta->census), "%s", scan->memmap ? "memmap" : "kpageflags");
	snprintf(meta->memcg, sizeof(meta->memcg), "%s",
		 scan->memcgs_fd < 0 ? ""
		 : scan->memmap	     ? "memmap"
				     : "kpagecgroup");
}

static int read_files(struct census_scan *scan, size_t n, struct error *err)
{
	const struct census_window *w = &scan->window;
	int r = read_words(scan->flags_fd, "/proc/kpageflags", scan->pfn, w->kpf, n,
			   1ULL << KPF_NOPAGE, err);

	for (size_t i = 0; !r && i < n; i++)
		w->kpf[i] &= ~scan->mistrusted;
	if (!r)
		r = read_words(scan->counts_fd, "/proc/kpagecount", scan->pfn, w->counts, n, 0,
			       err);
	if (!r && scan->memcgs_fd >= 0)
		r = read_words(scan->memcgs_fd, "/proc/kpagecgroup", scan->pfn, w->memcgs, n, 0,
			       err);
	return r;
}

/* The zero page and the huge zero folio are known by their addresses only, and not to us. */
static bool may_be_zero_page(uint64_t kpf)
{
	const uint64_t other = 1ULL << KPF_LRU | 1ULL << KPF_ANON | 1ULL << KPF_SLAB |
			       1ULL << KPF_HUGE | 1ULL << KPF_MEMMAP_KMALLOC;

	return kpf & 1ULL << KPF_RESERVED || (kpf & 1ULL << KPF_COMPOUND_HEAD && !(kpf & other));
}

static int read_memmap(struct census_scan *scan, size_t n, struct error *err)
{
	uint64_t *kpf = scan->window.kpf;
	int r = memmap_read(scan->memmap, scan->pfn, n, &scan->window, err);

	for (size_t i = 0; !r && i < n; i++) {
		uint64_t word;

		if (!may_be_zero_page(kpf[i]))
			continue;
		r = read_words(scan->flags_fd, "/proc/kpageflags", scan->pfn + i, &word, 1, 0, err);
		if (!r)
			kpf[i] |= word & 1ULL << KPF_ZERO_PAGE;
	}
	return r;
}

int census_scan_next(struct census_scan *scan, struct census_part *ret, struct error *err)
{
	const struct trace_range *range;
	uint64_t end;
	size_t n;
	int r;

	if (scan->range == scan->meta->nr_ranges)
		return 0;
	range = &scan->meta->ranges[scan->range];
	end = range->start_pfn + range->nr_pages;
	/* free blocks do not cross a window's end when that is aligned */
	n = WINDOW - (size_t)(scan->pfn % WINDOW);
	if (end - scan->pfn < n)
		n = (size_t)(end - scan->pfn);
	r = scan->memmap ? read_memmap(scan, n, err) : read_files(scan, n, err);
	if (r < 0)
		return r;
	scan->pfn += n;
	scan->builder.nr = 0;
	ret->start_pfn = scan->part_start;
	ret->end_pfn = census_add(&scan->builder, &scan->window, n, scan->pfn == end);
	ret->runs = scan->builder.runs;
	ret->nr = scan->builder.nr;
	scan->part_start = ret->end_pfn;
	if (scan->pfn == end && ++scan->range < scan->meta->nr_ranges) {
		/* ranges do not touch, so no unit reaches from one into the next */
		scan->pfn = scan->part_start = scan->meta->ranges[scan->range].start_pfn;
		scan->builder.next_pfn = scan->builder.unit_pfn = scan->pfn;
		scan->builder.open = UNIT_NONE;
	}
	return 1;
}
