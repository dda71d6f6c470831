// SPDX-License-Identifier: GPL-2.0-only
/* In which caches the misses were counted, and what else filled these: of each trace, or of all where it is the same. */
#include <string.h>

#include "cmd/report/sections/report_sections.h"

/* What is said of one trace's replay. */
typedef void caches_words_fn(struct report_text *t, const struct replay_result *result);

/* What of several traces is named, more is only counted. */
enum { MOST_NAMES = 6 };

static bool same_words(const struct report_runs *runs, size_t a, size_t b, caches_words_fn *words)
{
	struct report_text of_a = {.len = 0}, of_b = {.len = 0};

	words(&of_a, runs->traces[a].result);
	words(&of_b, runs->traces[b].result);
	return !strcmp(of_a.s, of_b.s);
}

static bool is_first(const struct report_runs *runs, size_t trace, caches_words_fn *words)
{
	for (size_t i = 0; i < trace; i++)
		if (same_words(runs, i, trace, words))
			return false;
	return true;
}

static size_t count_kinds(const struct report_runs *runs, caches_words_fn *words)
{
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++)
		nr += is_first(runs, i, words);
	return nr;
}

/* The traces of which the same is said as of this one. */
static void add_names(struct report_text *t, const struct report_runs *runs, size_t first,
		      caches_words_fn *words)
{
	size_t nr = 0, told = 0;

	for (size_t i = first; i < runs->nr; i++)
		nr += same_words(runs, first, i, words);
	if (nr > MOST_NAMES) {
		report_add(t, "%zu recordings", nr);
		return;
	}
	for (size_t i = first; i < runs->nr; i++)
		if (same_words(runs, first, i, words)) {
			report_add_separator(t, told++, nr);
			report_add(t, "%s", runs->traces[i].name);
		}
}

/* Once where it holds for all, or else with the names of those that it holds for. */
static void add_each(struct report_text *t, const struct report_runs *runs, caches_words_fn *words)
{
	size_t nr = count_kinds(runs, words), told = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		if (!is_first(runs, i, words))
			continue;
		report_add_separator(t, told++, nr);
		words(t, runs->traces[i].result);
		if (nr > 1) {
			report_add(t, " in ");
			add_names(t, runs, i, words);
		}
	}
}

static void add_whose(struct report_text *t, const struct replay_result *result)
{
	char prefetch[32];

	if (result->geometry_recorded)
		report_add(t, "caches as the recorded machine advertised them");
	else if (!strcmp(result->machine.origin, "given"))
		report_add(t, "caches as given");
	else
		report_add(t, "the caches of %s", result->machine.name);
	if (result->geometry.prefetch)
		report_add(t, " (not counting what their prefetchers, %s, bring ahead)",
			   cache_prefetch_format(result->geometry.prefetch, prefetch,
						 sizeof(prefetch)));
	else
		report_add(t, " (without prefetchers)");
}

static void add_pressure(struct report_text *t, const struct replay_result *result)
{
	const struct pressure *pressure = &result->pressure;

	if (pressure_is_none(pressure))
		report_add(t, "as if nothing else used the caches");
	else if (pressure->measured)
		report_add(t, "with the caches filled by other data as CPUs counted it");
	else
		report_add(t, "under background pressure (assumed: %s)", pressure_name(pressure));
}

void report_what_misses_are(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	bool nodes = false, groups = false;

	for (size_t i = 0; i < runs->nr; i++) {
		nodes |= runs->traces[i].result->nr_nodes > 1;
		groups |= runs->traces[i].result->has_groups;
	}
	report_add(&t,
		   "A miss is a cache line of page metadata that must be fetched from memory%s "
		   "when a CPU wants it. Misses are counted in ",
		   groups  ? ", or from caches behind another last level,"
		   : nodes ? ", or from another node's caches,"
			   : "");
	add_each(&t, runs, add_whose);
	report_add(&t, ", ");
	add_each(&t, runs, add_pressure);
	report_add(&t, ".");
	report_paragraph(r, t.s);
}

static void add_pressure_source(struct report_text *t, const struct replay_result *result)
{
	report_add(t, "%s",
		   result->pressure.measured ? "is taken from what CPUs counted"
					     : "is only assumed");
}

void report_add_pressure_source(struct report_text *t, const struct report_runs *runs)
{
	report_add(t, " ");
	add_each(t, runs, add_pressure_source);
}

static void add_emptiness(struct report_text *t, const struct replay_result *result)
{
	if (pressure_is_none(&result->pressure))
		report_add(t, "none");
}

void report_lower_bounds(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};

	for (size_t i = 0; i < runs->nr; i++) {
		if (!pressure_is_none(&runs->traces[i].result->pressure))
			continue;
		report_add(&t, "Nothing else competes for the caches ");
		if (count_kinds(runs, add_emptiness) > 1) {
			report_add(&t, "in ");
			add_names(&t, runs, i, add_emptiness);
		} else {
			report_add(&t, "here");
		}
		report_add(&t, ", so these are lower bounds; below it stands what pressure does "
			       "to them.");
		report_paragraph(r, t.s);
		return;
	}
}

static void add_caches(struct report_text *t, const struct replay_result *result)
{
	char geometry[160], machine[400], pressure[160];

	report_add(
		t, "%s, %s", cache_geometry_format(&result->geometry, geometry, sizeof(geometry)),
		result->geometry_recorded ? "as the host advertised them"
					  : replay_machine_text(result, machine, sizeof(machine)));
	report_add(t, "; %s%s", pressure_format(&result->pressure, pressure, sizeof(pressure)),
		   pressure_is_none(&result->pressure)
			   ? ": the workload's own data does not compete for the caches"
		   : result->pressure.measured ? " (that machine's caches, all data)"
					       : " (assumed)");
}

static void add_code(struct report_text *t, const struct replay_result *result)
{
	report_add(t, "%s (on every layout)", result->code_text);
}

static void write_item(struct report *r, const char *key, caches_words_fn *words,
		       const struct replay_result *result)
{
	struct report_text t = {.len = 0};

	words(&t, result);
	report_item(r, key, t.s);
}

void report_trace_machine(struct report *r, const struct report_runs *runs, size_t trace)
{
	const struct replay_result *result = runs->traces[trace].result;

	if (count_kinds(runs, add_caches) > 1)
		write_item(r, "  caches", add_caches, result);
	if (count_kinds(runs, add_code) > 1)
		write_item(r, "  code", add_code, result);
}

void report_machine(struct report *r, const struct report_runs *runs)
{
	const struct replay_result *result = runs->traces[0].result;
	struct report_text sources = {.len = 0};
	char policy[160];

	if (count_kinds(runs, add_caches) == 1)
		write_item(r, "caches", add_caches, result);
	/* only profiles have them, and one that was chosen is that of all */
	for (size_t i = 0; i < result->machine.nr_sources; i++)
		report_add(&sources, "%s%s", i ? "; " : "", result->machine.sources[i]);
	if (sources.len)
		report_item(r, "machine from", sources.s);
	report_item(r, "policy", policy_text(&result->policy, policy, sizeof(policy)));
	if (count_kinds(runs, add_code) == 1)
		write_item(r, "kernel code", add_code, result);
	report_item(r, "baseline", report_layout_name(runs, runs->baseline));
}
