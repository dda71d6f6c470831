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
