// SPDX-License-Identifier: GPL-2.0-only
/* What goes between caches and memory: what was waited for, what came ahead, what was written back. */
#include <math.h>

#include "cmd/report/sections/report_sections.h"

static bool any_prefetch(const struct report_runs *runs)
{
	for (size_t i = 0; i < runs->nr; i++)
		if (runs->traces[i].result->geometry.prefetch)
			return true;
	return false;
}

/* More misses, and less traffic, on the workload that begins with this trace; or the other way round. */
static bool disagree(const struct report_runs *runs, size_t first, size_t layout)
{
	struct summary s;

	if (!report_runs_begins(runs, first))
		return false;
	summary_of(runs, first, layout, &s);
	return s.has_costs && estimate_has_sign(&s.fetches_change) &&
	       estimate_has_sign(&s.traffic_change) &&
	       (s.fetches_change.mean < 0) != (s.traffic_change.mean < 0);
}

/* Workloads of which misses say one thing of the layout and traffic says another. */
static size_t count_disagreeing(const struct report_runs *runs, size_t layout)
{
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++)
		nr += disagree(runs, i, layout);
	return nr;
}

static void add_disagreeing(struct report_text *t, const struct report_runs *runs, size_t layout)
{
	size_t nr = count_disagreeing(runs, layout), told = 0;

	report_add(t, "for %s in ", report_layout_name(runs, layout));
	if (nr > 3) {
		report_add(t, "%zu workloads", nr);
		return;
	}
	for (size_t i = 0; i < runs->nr; i++)
		if (disagree(runs, i, layout)) {
			report_add_separator(t, told++, nr);
			report_add(t, "%s", runs->traces[i].workload);
		}
}

void report_answer_traffic(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	size_t nr = 0, told = 0, turned = 0, at = 0;

	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		nr += report_is_proposal(runs, l);
		turned += report_is_proposal(runs, l) && count_disagreeing(runs, l);
	}
	report_add(&t,
		   "All traffic between caches and memory, that is misses and what is %swritten "
		   "back, would",
		   any_prefetch(runs) ? "prefetched and " : "");
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;

		if (!report_is_proposal(runs, l))
			continue;
		overall_of(runs, l, &o);
		report_add_separator(&t, told, nr);
		report_add(&t, "%swith %s %s", told ? "" : " ", report_layout_name(runs, l),
			   told ? "" : "be ");
		told++;
		report_add_range(&t, &o.traffic_change, "less", "more");
	}
	if (!turned) {
		report_add(&t,
			   "; in no workload does it change in the other direction than misses.");
		report_paragraph(r, t.s);
		return;
	}
	report_add(&t, ". Traffic changes in the other direction than misses ");
	for (size_t l = 0; l < runs->args->nr_layouts; l++)
		if (report_is_proposal(runs, l) && count_disagreeing(runs, l)) {
			report_add_separator(&t, at++, turned);
			add_disagreeing(&t, runs, l);
		}
	report_add(&t, ", as nobody waits for what is prefetched and written back.");
	report_paragraph(r, t.s);
}

static void traffic_row(struct report_table *t, const struct report_trace *trace,
			const struct layout_result *l, const struct layout_result *base)
{
	struct memory_traffic traffic, was;

	layout_result_traffic(l, &traffic);
	layout_result_traffic(base, &was);
	report_cell_text(t, trace->name);
	report_cell_text(t, l->layout->name);
	report_cell_int(t, (int64_t)traffic.demand);
	report_cell_int(t, (int64_t)traffic.prefetched);
	report_cell_int(t, (int64_t)traffic.written_back);
	report_cell_int(t, (int64_t)l->writebacks.left);
	report_cell_int(t, (int64_t)traffic.lines);
	report_cell_real(t, report_change((double)traffic.lines, (double)was.lines));
}

void report_traffic(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"demand_lines", "demand", REPORT_COUNT},
		{"prefetched_lines", "prefetched", REPORT_COUNT},
		{"written_back_lines", "written back", REPORT_COUNT},
		{"dirty_lines", "still dirty", REPORT_COUNT},
		{"traffic_lines", "traffic", REPORT_COUNT},
		{"traffic_change_percent", "change", REPORT_CHANGE},
	};
	struct report_table *t = report_table(r, "traffic", "Lines between caches and memory");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++)
		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			traffic_row(t, &runs->traces[i], &runs->traces[i].result->layouts[l],
				    report_base(runs, &runs->traces[i]));
	report_paragraph(
		r,
		"Lines between caches and memory: what a CPU waited for (demand), what "
		"prefetchers brought, what was written back when no cache had it any more, and the "
		"sum of these. Still dirty is what was written and had yet to go back at the end: "
		"in short recordings, most of it. With several nodes, a line that was written on "
		"one and read on another counts as written back then, as in the MESI protocol.");
	report_show_table(r, t);
}
