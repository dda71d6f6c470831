// SPDX-License-Identifier: GPL-2.0-only
#include "trace/meta.h"

#include <string.h>

const char *fidelity_name(enum fidelity f)
{
	static const char *const names[] = {
#define FIDELITY(NAME, name, doc) name,
		FIDELITIES(FIDELITY)
#undef FIDELITY
	};

	return (unsigned int)f < FIDELITY_MAX ? names[f] : "invalid";
}

const uint64_t *trace_stat_find(const struct trace_stat *stat, const char *name)
{
	for (size_t i = 0; i < stat->nr; i++)
		if (!strcmp(stat->counters[i].name, name))
			return &stat->counters[i].value;
	return NULL;
}

const char *trace_memcg_name(const struct trace_meta *meta, uint64_t inode)
{
	for (size_t i = 0; i < meta->nr_memcgs; i++)
		if (meta->memcgs[i].inode == inode)
			return meta->memcgs[i].name;
	return NULL;
}

uint32_t trace_node_of_pfn(const struct trace_meta *meta, uint64_t pfn)
{
	/* of zones that overlap the one that begins last is the one that lies within the other */
	for (size_t i = meta->nr_node_ranges; i > 0; i--) {
		const struct trace_node_range *range = &meta->node_ranges[i - 1];

		if (pfn >= range->start_pfn && pfn < range->start_pfn + range->nr_pages)
			return range->node;
	}
	return 0;
}

uint32_t trace_node_of_cpu(const struct trace_meta *meta, uint32_t cpu)
{
	for (size_t i = 0; i < meta->nr_node_cpus; i++) {
		const struct trace_node_cpus *run = &meta->node_cpus[i];

		if (cpu >= run->first_cpu && cpu - run->first_cpu < run->nr_cpus)
			return run->node;
	}
	return 0;
}
