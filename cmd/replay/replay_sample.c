// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_sample.h"

#include <stdio.h>

#include "cmd/table.h"

static const struct table_column sample_columns[] = {
	{"LAYOUT", false},	{"LINES TAKEN %", true}, {"MISSED L1 %", true},
	{"STD ERROR", true},	{"MISSED L2 %", true},	 {"STD ERROR", true},
	{"MISSED LLC %", true}, {"STD ERROR", true},	 {0},
};

int replay_sample_print(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(sample_columns, err);

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct op_cost *cost = &result->layouts[i].total;
		uint64_t left = cost->lines;
		double percent = cost->lines ? 100.0 / (double)cost->lines : 0;

		table_row(t);
		table_text(t, result->layouts[i].layout->name);
		table_format(t, "%.1f", 100 * result->layouts[i].sample_share);
		for (int level = CACHE_L1; level < CACHE_MEMORY; level++) {
			left -= cost->hits[level];
			table_format(t, "%.2f", (double)left * percent);
			table_format(t, "+-%.2f", 100 * result->layouts[i].sample_error[level]);
		}
	}
	puts("");
	return table_print(t, stdout, err);
}
