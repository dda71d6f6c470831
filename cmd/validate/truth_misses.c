// SPDX-License-Identifier: GPL-2.0-only
/* Misses on page metadata among all other data, run by run: how far off they are, and how often that data was counted. */
#include <string.h>

#include "cmd/validate/truth_compare.h"

enum { SECOND = 1000000000 };

struct table *truth_misses_create(struct error *err)
{
	static const struct table_column columns[] = {
		{"RUN", false},	 {"COUNTED EACH", true}, {"L1", true},
		{"ERROR", true}, {"L2", true},		 {"ERROR", true},
		{"LLC", true},	 {"ERROR", true},	 {0},
	};

	return table_create(columns, err);
}

/* Runs without caches in the emulator have no line. */
void truth_misses_add(struct table *t, const struct truth_comparison *c)
{
	char run[128], from[128];

	if (!c->window.cached)
		return;
	truth_name_run(c->accesses, run);
	truth_name_run(c->events, from);
	table_row(t);
	if (strcmp(run, from) != 0)
		table_format(t, "%s from %s", run, from);
	else
		table_text(t, run);
	if (c->counted_ns < SECOND)
		table_format(t, "%.3g ms", (double)c->counted_ns / 1e6);
	else
		table_format(t, "%.3g s", (double)c->counted_ns / 1e9);
	for (enum cache_level level = CACHE_L1; level < CACHE_MEMORY; level++) {
		uint64_t emulator = truth_misses(c->emulator_hits, level);

		table_count(t, emulator);
		truth_add_error(t, emulator, truth_misses(c->predicted_hits, level));
	}
}
