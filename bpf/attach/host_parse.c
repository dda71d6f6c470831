// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/attach/host.h"

static int add_range(struct trace_meta *meta, uint64_t start, uint64_t end, struct error *err)
{
	struct trace_range *last = meta->nr_ranges ? &meta->ranges[meta->nr_ranges - 1] : NULL;

	if (last && start <= last->start_pfn + last->nr_pages) {
		if (end > last->start_pfn + last->nr_pages)
			last->nr_pages = end - last->start_pfn;
	} else if (meta->nr_ranges == TRACE_MAX_RANGES) {
		return error_set(err, -E2BIG, "/proc/iomem: more than %d ranges of System RAM",
				 TRACE_MAX_RANGES);
	} else {
		meta->ranges[meta->nr_ranges++] =
			(struct trace_range){.start_pfn = start, .nr_pages = end - start};
	}
	meta->max_pfn = meta->ranges[meta->nr_ranges - 1].start_pfn +
			meta->ranges[meta->nr_ranges - 1].nr_pages;
	return 0;
}

int host_parse_iomem(const char *text, uint64_t page_size, uint64_t section_pages,
		     struct trace_meta *meta, struct error *err)
{
	uint64_t section = page_size * section_pages;

	meta->nr_ranges = 0;
	meta->max_pfn = 0;
	for (const char *line = text; *line; line = strchrnul(line, '\n'), line += *line != '\0') {
		uint64_t first, last;
		char name[24];
		int r;

		/*
		 * top level only: what lies within RAM is indented; hot-added memory is named for
		 * its driver
		 */
		if (*line == ' ' ||
		    sscanf(line, "%" SCNx64 "-%" SCNx64 " : %23[^\n]", &first, &last, name) != 3 ||
		    strncmp(name, "System RAM", 10))
			continue;
		if (!last)
			return error_set(err, -EPERM,
					 "/proc/iomem hides the addresses of memory:"
					 " CAP_SYS_ADMIN is missing");
		r = add_range(meta, first / section * section_pages,
			      (last / section + 1) * section_pages, err);
		if (r < 0)
			return r;
	}
	if (!meta->nr_ranges)
		return error_set(err, -EPROTO, "/proc/iomem: no System RAM in it");
	return 0;
}

/* A zone right behind the one before it, of the same node, makes that one longer. */
static void add_zone(struct trace_meta *meta, uint32_t node, uint64_t start, uint64_t nr)
{
	struct trace_node_range *last = meta->node_ranges + meta->nr_node_ranges - 1;

	if (meta->nr_node_ranges && last->node == node && last->start_pfn + last->nr_pages == start)
		last->nr_pages += nr;
	else if (meta->nr_node_ranges < TRACE_MAX_NODE_RANGES)
		meta->node_ranges[meta->nr_node_ranges++] =
			(struct trace_node_range){.node = node, .start_pfn = start, .nr_pages = nr};
}

static int compare_ranges(const void *a, const void *b)
{
	const struct trace_node_range *x = a, *y = b;

	return x->start_pfn < y->start_pfn ? -1 : x->start_pfn > y->start_pfn;
}

void host_parse_zoneinfo(const char *text, struct trace_meta *meta)
{
	uint64_t spanned = 0, present = 0, n;
	uint32_t node = 0;

	meta->ram_pages = meta->managed_pages = 0;
	meta->nr_node_ranges = 0;
	for (const char *line = text; *line; line = strchrnul(line, '\n'), line += *line != '\0') {
		if (sscanf(line, "Node %" SCNu32 ", zone", &node) == 1) {
			spanned = present = 0;
		} else if (sscanf(line, " spanned %" SCNu64, &spanned) == 1) {
			continue;
		} else if (sscanf(line, " present %" SCNu64, &present) == 1) {
			meta->ram_pages += present;
		} else if (sscanf(line, " managed %" SCNu64, &n) == 1) {
			meta->managed_pages += n;
		} else if (sscanf(line, " start_pfn: %" SCNu64, &n) == 1 && present) {
			add_zone(meta, node, n, spanned);
		}
	}
	qsort(meta->node_ranges, meta->nr_node_ranges, sizeof(*meta->node_ranges), compare_ranges);
}

static int selected(const char *name)
{
	static const char *const prefixes[] = {
		"nr_",		"pgalloc", "pgfree",   "pgfault",    "pgmajfault", "pgactivate",
		"pgdeactivate", "pgsteal", "pgscan",   "pgmigrate",  "thp_",	   "pswp",
		"compact_",	"htlb_",   "oom_kill", "allocstall",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return 1;
	return 0;
}

size_t host_parse_vmstat(const char *text, struct trace_stat *stat)
{
	size_t before = stat->nr;

	for (const char *line = text; *line; line = strchrnul(line, '\n'), line += *line != '\0') {
		struct trace_counter *c = &stat->counters[stat->nr];

		if (stat->nr == TRACE_MAX_COUNTERS)
			break;
		_Static_assert(TRACE_NAME_LEN == 48, "the width in the format");
		if (sscanf(line, "%47s %" SCNu64, c->name, &c->value) == 2 && selected(c->name))
			stat->nr++;
	}
	return stat->nr - before;
}
