// SPDX-License-Identifier: GPL-2.0-only
#include "trace/import/import_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SECTION_PAGES = 1 << 15 };

/* Without a snapshot hardly anything is known of the host. */
int import_describe_host(struct import *im, struct error *err)
{
	struct trace_meta *m = im->meta;

	if (im->opts->snapshot) {
		*m = *trace_reader_meta(im->opts->snapshot);
		if (im->max_cpu >= m->nr_cpus)
			return error_set(err, -EINVAL,
					 "%s: CPU %" PRIu32
					 " is not in the snapshot, which has %" PRIu32
					 " CPUs: they are of different hosts",
					 im->name, im->max_cpu, m->nr_cpus);
		if (im->max_pfn > m->max_pfn)
			return error_set(err, -EINVAL,
					 "%s: pfn %#" PRIx64
					 " is not in the snapshot, which ends at %#" PRIx64
					 ": they are of different hosts",
					 im->name, im->max_pfn - 1, m->max_pfn);
	} else {
		m->nr_cpus = m->nr_online_cpus = im->max_cpu + 1;
		m->nr_nodes = 1;
		m->page_size = 4096;
		m->max_pfn = (im->max_pfn + SECTION_PAGES - 1) / SECTION_PAGES * SECTION_PAGES;
		m->ram_pages = m->managed_pages = m->max_pfn;
		m->lru_gen = -1;
		m->nr_ranges = 1;
		m->ranges[0] = (struct trace_range){.nr_pages = m->max_pfn};
	}
	m->sample = 1;
	im->max_pfn = m->max_pfn;
	snprintf(m->tool, sizeof(m->tool), "%s", im->opts->tool);
	return 0;
}

static void describe_class(struct trace_meta *m, enum event_class cls, bool seen,
			   enum fidelity fidelity, const char *note)
{
	struct trace_class *c = &m->classes[cls];

	memset(c, 0, sizeof(*c));
	c->fidelity = (uint8_t)(seen ? fidelity : FIDELITY_ABSENT);
	snprintf(c->how, sizeof(c->how), "%s", seen ? "text" : "");
	snprintf(c->note, sizeof(c->note), "%s", seen ? note : "the text has no such events");
}

/* Text does not tell whether it is all: a filter, a process, a CPU may have been chosen when it was recorded. */
void import_describe_classes(struct import *im)
{
	const uint64_t *k = im->kinds;
	bool cache_order = !im->no_order[EVENT_CACHE_ADD] && !im->no_order[EVENT_CACHE_DEL];

	for (int cls = 0; cls < CLASS_MAX; cls++)
		describe_class(im->meta, cls, false, FIDELITY_ABSENT, "");
	describe_class(
		im->meta, CLASS_ALLOC, k[EVENT_PAGE_ALLOC] && k[EVENT_PAGE_FREE], FIDELITY_EXACT,
		"if the text holds all events of all CPUs, which it does not say; what a page was "
		"when it was freed is derived from events before");
	describe_class(im->meta, CLASS_BUDDY, k[EVENT_BUDDY_TAKE] || k[EVENT_PCP_DRAIN],
		       k[EVENT_BUDDY_TAKE] && k[EVENT_PCP_DRAIN] ? FIDELITY_EXACT
								 : FIDELITY_INFERRED,
		       k[EVENT_BUDDY_TAKE] && k[EVENT_PCP_DRAIN]
			       ? "if the text holds all events of all CPUs, which it does not say"
			       : "the text has one direction only");
	describe_class(
		im->meta, CLASS_LRU, k[EVENT_LRU_ADD] || k[EVENT_LRU_ACTIVATE], FIDELITY_INFERRED,
		"a folio's order is that of its allocation; what is activated without a word "
		"before is taken for a file's");
	describe_class(im->meta, CLASS_CACHE, k[EVENT_CACHE_ADD] || k[EVENT_CACHE_DEL],
		       cache_order ? FIDELITY_EXACT : FIDELITY_INFERRED,
		       cache_order
			       ? "if the text holds all events of all CPUs, which it does not say"
			       : "the order of a folio is that of its allocation");
	describe_class(im->meta, CLASS_LOOKUP,
		       k[EVENT_CACHE_READ] || k[EVENT_CACHE_MAP] || k[EVENT_CACHE_FAULT],
		       FIDELITY_AGGREGATE, "index ranges of reads and faults, not which folios");
	describe_class(im->meta, CLASS_RSS, k[EVENT_RSS_STAT] > 0, FIDELITY_AGGREGATE,
		       "which counter changed, not by how much");
	describe_class(im->meta, CLASS_TASK, true, FIDELITY_INFERRED,
		       "where the text does not tell the process, it is taken to be the thread");
}
