// SPDX-License-Identifier: GPL-2.0-only
/* What the layouts touch in the caches: in all, by operation, and what is waited for. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/sections/report_sections.h"

/* Lines that this level and those before it did not have. */
static uint64_t misses(const struct op_cost *cost, enum cache_level level)
{
	uint64_t n = 0;

	for (int l = level + 1; l < CACHE_LEVEL_MAX; l++)
		n += cost->hits[l];
	return n;
}

static bool any_events(const struct report_runs *runs)
{
	for (size_t i = 0; i < runs->nr; i++)
		if (runs->traces[i].result->events)
			return true;
	return false;
}

static void cache_row(struct report_table *t, const struct report_trace *trace,
		      const struct layout_result *l, const struct op_cost *base)
{
	const struct op_cost *cost = &l->total;

	report_cell_text(t, trace->name);
	report_cell_text(t, l->layout->name);
	report_cell_int(t, (int64_t)cost->accesses);
	report_cell_int(t, (int64_t)cost->lines);
	report_cell_int(t, (int64_t)misses(cost, CACHE_L1));
	report_cell_int(t, (int64_t)misses(cost, CACHE_L2));
	report_cell_int(t, (int64_t)misses(cost, CACHE_LLC));
	report_cell_real(t, report_change((double)cost->lines, (double)base->lines));
	report_cell_real(t, report_change((double)cost->hits[CACHE_MEMORY],
					  (double)base->hits[CACHE_MEMORY]));
}

static void write_caches(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"accesses", "accesses", REPORT_COUNT},
		{"lines", "lines", REPORT_COUNT},
		{"l1_misses", "L1 miss", REPORT_COUNT},
		{"l2_misses", "L2 miss", REPORT_COUNT},
		{"memory_fetches", "memory", REPORT_COUNT},
		{"lines_change_percent", "lines", REPORT_CHANGE},
		{"fetches_change_percent", "memory", REPORT_CHANGE},
	};
	struct report_table *t = report_table(r, "caches", "Accesses to page metadata");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++)
		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			cache_row(t, &runs->traces[i], &runs->traces[i].result->layouts[l],
				  &report_base(runs, &runs->traces[i])->total);
	report_show_table(r, t);
}

static void sharing_row(struct report_table *t, const struct report_trace *trace,
			const struct layout_result *l)
{
	const struct replay_result *result = trace->result;
	const struct watch_counts *watch = &l->total.watch;

	report_cell_text(t, trace->name);
	report_cell_text(t, l->layout->name);
	report_cell_real(t, report_per_second(result, (double)watch->sharing[SHARING_TRUE]));
	report_cell_real(t, report_per_second(result, (double)watch->sharing[SHARING_FALSE]));
	report_cell_real(
		t, result->has_tlb ? report_per_second(result, (double)watch->tlb[TLB_WALK]) : NAN);
}

static void write_sharing(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"true_sharing_per_second", "true sharing/s", REPORT_RATE},
		{"false_sharing_per_second", "false sharing/s", REPORT_RATE},
		{"tlb_walks_per_second", "TLB walks/s", REPORT_RATE},
	};
	struct report_table *t =
		report_table(r, "sharing", "Lines that another CPU took away, and TLB walks");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++)
		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			sharing_row(t, &runs->traces[i], &runs->traces[i].result->layouts[l]);
	report_paragraph(r, "Lines that a CPU missed because another one had written what it uses "
			    "(true sharing), or only something beside it (false sharing); and "
			    "walks of the page tables, where the machine's translation "
			    "lookaside buffer (TLB) is known.");
	report_show_table(r, t);
}

static void write_stalls(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"workload", "workload", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"stall_us_per_second", "us per second", REPORT_RATE},
		{"stall_cycles_per_second", "cycles per second", REPORT_RATE},
		{"stall_change_percent", "change", REPORT_CHANGE},
	};
	struct report_table *t = NULL;
	struct summary_at at = {0};
	struct summary s;

	while (summary_next(runs, &at, &s)) {
		if (!s.has_stall)
			continue;
		if (!t) {
			t = report_table(r, "stalls", "Waiting for page metadata");
			report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
			report_table_grouped(t);
		}
		report_cell_text(t, s.workload);
		report_cell_text(t, report_layout_name(runs, s.layout));
		report_cell_real(t, s.stall_us.mean);
		report_cell_real(t, s.cycles_per_us > 0 ? s.stall_us.mean * s.cycles_per_us : NAN);
		report_cell_real(t, s.stall_change.mean);
	}
	if (!t)
		return;
	report_paragraph(r, "How long CPUs would wait for page metadata, in microseconds (us) and "
			    "cycles of each second of the workload, all CPUs together: an estimate "
			    "from the latencies of the machine's profile.");
	report_show_table(r, t);
}

/* The operations of a trace, those with the most fetches from memory first. */
struct ranked {
	int kind;
	uint64_t fetches;
};

static int by_fetches(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->fetches != y->fetches)
		return x->fetches < y->fetches ? 1 : -1;
	return x->kind - y->kind;
}

static void operation_rows(struct report_table *t, const struct report_runs *runs,
			   const struct report_trace *trace)
{
	struct ranked ranked[OP_MAX];
	size_t nr = 0;

	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++) {
		struct ranked op = {kind, 0};

		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			op.fetches += trace->result->layouts[l].ops[kind].hits[CACHE_MEMORY];
		if (op.fetches)
			ranked[nr++] = op;
	}
	qsort(ranked, nr, sizeof(ranked[0]), by_fetches);
	for (size_t i = 0; i < nr; i++) {
		report_cell_text(t, trace->name);
		report_cell_text(t, op_name(ranked[i].kind));
		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			report_cell_real(t, report_per_second(trace->result,
							      (double)trace->result->layouts[l]
								      .ops[ranked[i].kind]
								      .hits[CACHE_MEMORY]));
	}
}

static void write_operations(struct report *r, const struct report_runs *runs)
{
	struct report_table *t = report_table(
		r, "operations", "Lines fetched from memory in a second, by operation");

	report_column(t, "trace", "trace", REPORT_TEXT);
	report_column(t, "operation", "operation", REPORT_TEXT);
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		const char *name = runs->args->layouts[l]->name;
		struct report_text key = {.len = 0};

		report_add(&key, "fetches_per_second.%s", name);
		report_column(t, key.s, name, REPORT_RATE);
	}
	report_table_grouped(t);
	report_table_detail(t);
	for (size_t i = 0; i < runs->nr; i++) {
		struct report_text title = {.len = 0};

		if (!runs->traces[i].result->events)
			continue;
		operation_rows(t, runs, &runs->traces[i]);
		report_add(&title, "Fetches from memory by operation in %s, per second",
			   runs->traces[i].name);
		report_plot(r, REPORT_PLOT_BARS, t, runs->traces[i].name, NULL, title.s,
			    "The ten operations that fetch most, a bar for each layout; the table "
			    "has all of them.");
	}
}

static void write_scatter(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"workload", "workload", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"change_percent", "memory, more or less", REPORT_CHANGE},
		{"fetches_change_percent", "fetches, more or less", REPORT_CHANGE},
	};
	struct report_table *t = report_table(r, "tradeoff", "Memory against misses");
	struct summary_at at = {0};
	struct summary s;

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_detail(t);
	while (summary_next(runs, &at, &s)) {
		if (!report_is_proposal(runs, s.layout) || !s.has_costs)
			continue;
		report_cell_text(t, s.workload);
		report_cell_text(t, report_layout_name(runs, s.layout));
		report_cell_real(t, s.change.mean);
		report_cell_real(t, s.fetches_change.mean);
	}
	if (t && t->nr_rows)
		report_plot(r, REPORT_PLOT_SCATTER, t, NULL, NULL,
			    "Memory gained against misses added",
			    "A point for each workload and layout: to the left it takes less "
			    "memory than the baseline, below it fetches fewer lines from memory. "
			    "Left and below is better in both.");
}

void report_costs(struct report *r, const struct report_runs *runs)
{
	if (!any_events(runs))
		return;
	report_section(r, "caches", "Caches");
	report_paragraph(r,
			 "Accesses to page metadata by the recorded operations; the distinct lines "
			 "of each operation, summed up; and how many of these missed the first "
			 "level of the caches (L1), then the second (L2), and had to come from "
			 "memory. The last two columns compare lines, and fetches from memory, "
			 "with the baseline.");
	report_lower_bounds(r, runs);
	write_caches(r, runs);
	report_traffic(r, runs);
	report_nodes(r, runs);
	write_sharing(r, runs);
	write_stalls(r, runs);
	write_scatter(r, runs);
	write_operations(r, runs);
	report_breakdown(r, runs);
}
