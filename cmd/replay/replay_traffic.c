// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_traffic.h"

#include <stdio.h>

#include "cmd/table.h"
#include "sim/replay/model.h"

int replay_traffic_print(const struct replay_result *result, struct error *err)
{
	const bool prefetch = result->geometry.prefetch;
	const bool lent = replay_has_source(result, CACHE_LOCAL);
	struct table_column columns[9] = {{"LAYOUT", false}, {"DEMAND", true}};
	struct table_column *next = &columns[2];
	_cleanup_(table_destroyp) struct table *t = NULL;

	if (prefetch)
		*next++ = (struct table_column){"PREFETCHED", true};
	*next++ = (struct table_column){"WRITTEN BACK", true};
	if (lent)
		*next++ = (struct table_column){"OF THESE LENT", true};
	*next++ = (struct table_column){"TRAFFIC", true};
	*next++ = (struct table_column){"BYTES", true};
	*next = (struct table_column){"STILL DIRTY", true};
	t = table_create(columns, err);
	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];
		struct memory_traffic traffic;

		layout_result_traffic(r, &traffic);
		table_row(t);
		table_text(t, r->layout->name);
		table_count(t, traffic.demand);
		if (prefetch)
			table_count(t, traffic.prefetched);
		table_count(t, traffic.written_back);
		if (lent)
			table_count(t, r->writebacks.lent);
		table_count(t, traffic.lines);
		table_size(t, traffic.lines * MODEL_LINE);
		table_count(t, r->writebacks.left);
	}
	puts("");
	return table_print(t, stdout, err);
}
