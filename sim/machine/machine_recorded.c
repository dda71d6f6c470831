// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "sim/machine/machine.h"
#include "trace/meta.h"

static uint32_t nr_nodes(const struct trace_meta *meta)
{
	return meta->nr_nodes ? meta->nr_nodes : 1;
}

int machine_recorded(const struct trace_meta *meta, struct machine *ret, struct error *err)
{
	struct cache_geometry g = {.line = 64};
	int e;

	for (size_t i = 0; i < meta->nr_caches; i++) {
		const struct trace_cache *c = &meta->caches[i];

		if (c->level < 1 || c->level > 3)
			continue;
		g.level[c->level - 1].size = c->size;
		g.level[c->level - 1].ways = c->ways;
		g.line = c->line;
		if (c->level == 3)
			g.llc_cpus = c->shared_cpus;
	}
	/* one for each node, or for several, is not simulated as parts of a node */
	if ((uint64_t)g.llc_cpus * nr_nodes(meta) >= meta->nr_online_cpus)
		g.llc_cpus = 0;
	for (int i = 0; i < 3; i++)
		if (!g.level[i].size)
			return error_set(
				err, -ENODATA,
				"the trace does not name its machine's caches; use --machine");
	e = cache_geometry_check(&g, err);
	if (!e)
		machine_of_geometry("recorded", "recorded", HOW_ASSUMED, &g, ret);
	return e;
}
