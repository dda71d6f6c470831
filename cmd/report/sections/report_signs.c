// SPDX-License-Identifier: GPL-2.0-only
/* Changes of several workloads in words: where they go one way, where the other. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "cmd/report/sections/report_sections.h"

void report_add_range(struct report_text *t, const struct estimate *e, const char *less,
		      const char *more)
{
	const char *low = e->min < 0 ? less : more, *high = e->max < 0 ? less : more;

	if (fabs(e->max - e->min) < 0.05)
		report_add(t, "%.1f %% %s", fabs(e->mean), e->mean < 0 ? less : more);
	else if (low == high)
		report_add(t, "%.1f to %.1f %% %s", fmin(fabs(e->min), fabs(e->max)),
			   fmax(fabs(e->min), fabs(e->max)), low);
	else
		report_add(t, "between %.1f %% %s and %.1f %% %s", fabs(e->min), low, fabs(e->max),
			   high);
}

/* So many workloads are named, more are only counted. */
enum { MOST_NAMES = 6 };

/* What is printed as 0.0 is no change. */
static bool change_of(const struct report_runs *runs, size_t first, size_t layout,
		      report_change_fn *change, double *ret)
{
	if (!report_runs_begins(runs, first) || !change(runs, first, layout, ret))
		return false;
	*ret = report_is_change(*ret) ? *ret : 0;
	return true;
}

/* The names of the workloads that a change is less than 0 for, or not; many are only counted. */
static void add_names(struct report_text *t, const struct report_runs *runs, size_t layout,
		      report_change_fn *change, bool below, size_t nr)
{
	size_t told = 0;
	double value;

	if (nr > MOST_NAMES) {
		report_add(t, "%zu workloads", nr);
		return;
	}
	for (size_t i = 0; i < runs->nr; i++) {
		if (!change_of(runs, i, layout, change, &value) || (value < 0) != below)
			continue;
		report_add_separator(t, told++, nr);
		report_add(t, "%s", runs->traces[i].workload);
	}
}

void report_add_signs(struct report_text *t, const struct report_runs *runs, size_t layout,
		      report_change_fn *change, const char *less, const char *more)
{
	struct estimate sides[2] = {{.nr = 0}, {.nr = 0}}, all = {.nr = 0};
	const struct estimate *below = &sides[true], *above = &sides[false];
	size_t workloads = summary_workloads(runs);
	bool first;

	for (size_t i = 0; i < runs->nr; i++) {
		double value;

		if (!change_of(runs, i, layout, change, &value))
			continue;
		estimate_add(&sides[value < 0], value);
		estimate_add(&all, value);
	}
	if (!all.nr) {
		report_add(t, "no clear change");
		return;
	}
	if (!below->nr || !above->nr) {
		report_add_range(t, &all, less, more);
		if (all.nr < workloads)
			report_add(t, " in %zu of %zu workloads", all.nr, workloads);
		else if (all.nr > 1)
			report_add(t, all.nr > 2 ? " in all %zu workloads" : " in both workloads",
				   all.nr);
		return;
	}
	/* the few by their names, which leaves no doubt about the others */
	first = below->nr <= above->nr;
	report_add_range(t, &sides[first], less, more);
	report_add(t, " in ");
	add_names(t, runs, layout, change, first, sides[first].nr);
	report_add(t, " and ");
	report_add_range(t, &sides[!first], less, more);
	report_add(t, " in ");
	if (sides[!first].nr > MOST_NAMES / 2)
		report_add(t, "the other %zu", sides[!first].nr);
	else
		add_names(t, runs, layout, change, !first, sides[!first].nr);
}

static bool same_machine(const struct report_trace *a, const struct report_trace *b)
{
	return a->result->meta.ram_pages == b->result->meta.ram_pages &&
	       a->result->meta.nr_online_cpus == b->result->meta.nr_online_cpus &&
	       !strcmp(a->result->meta.kernel, b->result->meta.kernel);
}

static bool is_first_of_machine(const struct report_runs *runs, size_t trace)
{
	for (size_t i = 0; i < trace; i++)
		if (same_machine(&runs->traces[i], &runs->traces[trace]))
			return false;
	return true;
}

/* The workloads of that trace's machine, by name as long as there are few. */
static void add_machine(struct report_text *t, const struct report_runs *runs, size_t first)
{
	const struct trace_meta *meta = &runs->traces[first].result->meta;
	char ram[16];
	size_t nr = 0, told = 0;

	for (size_t i = first; i < runs->nr; i++)
		nr += report_runs_begins(runs, i) &&
		      same_machine(&runs->traces[first], &runs->traces[i]);
	report_add(t, "%s with kernel %s (",
		   num_format_size(replay_ram_bytes(runs->traces[first].result), ram, sizeof(ram)),
		   *meta->kernel ? meta->kernel : "not told");
	if (nr > MOST_NAMES) {
		report_add(t, "%zu workloads, such as %s)", nr, runs->traces[first].workload);
		return;
	}
	for (size_t i = first; i < runs->nr; i++) {
		if (!report_runs_begins(runs, i) ||
		    !same_machine(&runs->traces[first], &runs->traces[i]))
			continue;
		report_add(t, "%s%s", told++ ? ", " : "", runs->traces[i].workload);
	}
	report_add(t, ")");
}

void report_add_machines(struct report_text *t, const struct report_runs *runs)
{
	size_t nr = 0, told = 0;

	for (size_t i = 0; i < runs->nr; i++)
		nr += is_first_of_machine(runs, i);
	if (nr == 1)
		report_add(t, " on one machine: ");
	else
		report_add(t, " on %zu machines, which differ: ", nr);
	for (size_t i = 0; i < runs->nr; i++)
		if (is_first_of_machine(runs, i)) {
			report_add_separator(t, told++, nr);
			add_machine(t, runs, i);
		}
	report_add(t, ".");
}
