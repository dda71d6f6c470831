// SPDX-License-Identifier: GPL-2.0-only
/* What the answer hangs on: pressure, open questions of the proposals, and chance. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/sections/report_sections.h"

static double fetches_change(const struct report_runs *runs, const struct report_trace *trace,
			     size_t pressure, size_t layout)
{
	const struct outcome *o = report_under_pressure(runs, trace, pressure, layout);
	const struct outcome *base = report_under_pressure(runs, trace, pressure, runs->baseline);

	return report_change((double)o->fetches, (double)base->fetches);
}

static void write_pressures(struct report *r, const struct report_runs *runs)
{
	struct report_table *t = report_table(
		r, "pressure", "Fetches from memory against the baseline's, under pressure");
	struct report_text text = {.len = 0};

	report_column(t, "trace", "trace", REPORT_TEXT);
	report_column(t, "layout", "layout", REPORT_TEXT);
	for (size_t p = 0; p < NR_PRESSURES; p++)
		report_column(t, report_pressures[p], report_pressures[p], REPORT_CHANGE);
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++) {
		const struct report_trace *trace = &runs->traces[i];

		if (!trace->result->events || !trace->pressures)
			continue;
		for (size_t l = 0; l < runs->args->nr_layouts; l++) {
			if (l == runs->baseline)
				continue;
			report_cell_text(t, trace->name);
			report_cell_text(t, runs->args->layouts[l]->name);
			for (size_t p = 0; p < NR_PRESSURES; p++)
				report_cell_real(t, fetches_change(runs, trace, p, l));
		}
	}
	if (!t || !t->nr_rows)
		return;
	report_add(&text, "How much of its own data the workload moves through the caches");
	report_add_pressure_source(&text, runs);
	report_add(&text, ". Fetches from memory compared with the baseline, under the same "
			  "pressure: none, light (5 million lines a second and CPU enter L2), "
			  "heavy (50 million).");
	report_paragraph(r, text.s);
	report_show_table(r, t);
}

static double swing(const struct assumption *a, report_effect_fn *effect)
{
	return fabs(effect(a, 1) - effect(a, 0));
}

struct ranked {
	const struct assumption *a;
	double swing;
	size_t order; /* of the assumptions, where swings are equal */
};

static int by_swing(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->a->layout != y->a->layout)
		return x->a->layout < y->a->layout ? -1 : 1;
	if (x->swing != y->swing)
		return x->swing < y->swing ? 1 : -1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int assumption_rows(struct report_table *t, const struct report_runs *runs,
			   const struct report_trace *trace, report_effect_fn *effect,
			   struct error *err)
{
	struct ranked *ranked = calloc(trace->nr_assumptions + 1, sizeof(*ranked));
	size_t nr = 0;

	if (!ranked)
		return error_nomem(err);
	for (size_t i = 0; i < trace->nr_assumptions; i++) {
		const struct assumption *a = &trace->assumptions[i];

		/* what moves nothing that would be printed is no assumption of this result */
		if (swing(a, effect) >= 0.05)
			ranked[nr++] = (struct ranked){a, swing(a, effect), i};
	}
	qsort(ranked, nr, sizeof(*ranked), by_swing);
	for (size_t i = 0; i < nr; i++) {
		const struct assumption *a = ranked[i].a;

		report_cell_text(t, trace->name);
		report_cell_text(t, runs->args->layouts[a->layout]->name);
		report_cell_text(t, a->name);
		report_cell_text(t, a->ends[0]);
		report_cell_text(t, a->ends[1]);
		report_cell_real(t, effect(a, 0));
		report_cell_real(t, effect(a, 1));
		report_cell_real(t, report_as_assumed(runs, trace, a->layout, effect));
	}
	free(ranked);
	return 0;
}

static void write_assumptions(struct report *r, const struct report_runs *runs, const char *id,
			      const char *what, report_effect_fn *effect)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"assumption", "assumption", REPORT_TEXT},
		{"low", "from", REPORT_TEXT},
		{"high", "to", REPORT_TEXT},
		{"low_change_percent", "change", REPORT_CHANGE},
		{"high_change_percent", "to", REPORT_CHANGE},
		{"assumed_change_percent", "as assumed", REPORT_CHANGE},
	};
	struct report_text title = {.len = 0};
	struct report_table *t;

	report_add(&title, "%s against the baseline, by assumption", what);
	t = report_table(r, id, title.s);
	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	if (runs->nr > 1)
		report_table_detail(t);
	for (size_t i = 0; i < runs->nr; i++) {
		size_t before = t ? t->nr_rows : 0;
		struct report_text name = {.len = 0};

		if (assumption_rows(t, runs, &runs->traces[i], effect, NULL))
			r->failed = true;
		if (!t || t->nr_rows == before)
			continue;
		report_add(&name, "%s in %s: what each assumption is worth", what,
			   runs->traces[i].name);
		report_plot(r, REPORT_PLOT_TORNADO, t, runs->traces[i].name, NULL, name.s,
			    "Each bar spans the change against the baseline when one assumption "
			    "takes its two ends; the tick is what this report assumes. A bar that "
			    "crosses zero decides who wins.");
	}
	if (t && t->nr_rows)
		report_show_table(r, t);
}

static double joint_change(const struct joint *j)
{
	const struct assumption a = {.outcome = {j->outcome}, .baseline = {j->baseline}};

	return report_effects[j->answer](&a, 0);
}

/* What was assumed in the cases of all assumptions at once: the command line that gives the same. */
static void write_joints(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"answer", "what", REPORT_TEXT},
		{"case", "case", REPORT_TEXT},
		{"change_percent", "change", REPORT_CHANGE},
		{"settings", "with", REPORT_TEXT},
	};
	struct report_table *t =
		report_table(r, "all_at_once", "All assumptions at once, at their best and worst");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_detail(t);
	for (size_t i = 0; i < runs->nr; i++)
		for (size_t k = 0; k < runs->traces[i].nr_joints; k++) {
			const struct joint *j = &runs->traces[i].joints[k];

			report_cell_text(t, runs->traces[i].name);
			report_cell_text(t, report_layout_name(runs, j->layout));
			report_cell_text(t, report_answers[j->answer]);
			report_cell_text(t, j->worst ? "worst" : "best");
			report_cell_real(t, joint_change(j));
			report_cell_text(t, j->settings);
		}
}

/* Every question, once, with its range. */
static void write_questions(struct report *r, const struct report_runs *runs)
{
	struct report_table *t = report_table(r, "questions", "What the proposals leave open");
	const struct report_trace *trace = &runs->traces[0];

	report_column(t, "layout", "layout", REPORT_TEXT);
	report_column(t, "parameter", "parameter", REPORT_TEXT);
	report_column(t, "value", "value", REPORT_TEXT);
	report_column(t, "low", "from", REPORT_TEXT);
	report_column(t, "high", "to", REPORT_TEXT);
	report_column(t, "question", "question", REPORT_TEXT);
	report_table_detail(t);
	for (size_t i = 0; i < trace->nr_assumptions; i++) {
		const struct assumption *a = &trace->assumptions[i];

		report_cell_text(t, runs->args->layouts[a->layout]->name);
		report_cell_text(t, a->name);
		report_cell_text(t, a->standard);
		report_cell_text(t, a->ends[0]);
		report_cell_text(t, a->ends[1]);
		report_cell_text(t, a->question ? a->question : "");
	}
}

/* "within noise": the interval holds zero; "fewer" or "more" otherwise. */
static const char *verdict(const struct estimate *e)
{
	if (e->nr < 2)
		return "one recording";
	return !estimate_is_clear(e) ? "within noise" : e->mean < 0 ? "fewer" : "more";
}

static void write_statistics(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"workload", "workload", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"recordings", "runs", REPORT_COUNT},
		{"change_percent", "memory", REPORT_CHANGE},
		{"change_half_interval", "+-", REPORT_POINTS},
		{"fetches_change_percent", "fetches", REPORT_CHANGE},
		{"fetches_half_interval", "+-", REPORT_POINTS},
		{"verdict", "fetches are", REPORT_TEXT},
	};
	struct report_table *t =
		report_table(r, "statistics", "Changes against the baseline, over recordings");
	struct summary_at at = {0};
	struct summary s;

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	while (summary_next(runs, &at, &s)) {
		if (s.layout == runs->baseline)
			continue;
		report_cell_text(t, s.workload);
		report_cell_text(t, report_layout_name(runs, s.layout));
		report_cell_int(t, (int64_t)s.change.nr);
		report_cell_real(t, s.change.mean);
		report_cell_real(t, s.change.half);
		report_cell_real(t, s.has_costs ? s.fetches_change.mean : NAN);
		report_cell_real(t, s.fetches_change.half);
		report_cell_text(t, s.has_costs ? verdict(&s.fetches_change) : "-");
	}
	report_section(r, "statistics", "Statistics");
	report_paragraph(r,
			 "Recordings whose names differ only in a number at the end count as one "
			 "workload. The columns +- have half of the interval that holds the true "
			 "mean of a change in 95 % of cases (Student's t), each recording "
			 "giving one change; where it contains zero, the difference is within "
			 "noise.");
	report_show_table(r, t);
}

void report_doubts(struct report *r, const struct report_runs *runs)
{
	if (!runs->quick) {
		report_section(r, "assumptions", "What the answer hangs on");
		write_pressures(r, runs);
		report_paragraph(
			r, "Every question that a proposal leaves open, and the pressure, was "
			   "moved to both ends of its range, one at a time; what moves nothing is "
			   "left out. memsim layouts show --params lists the questions. "
			   "\"" ASSUMPTION_ALL
			   "\" has each at the end that is best for the layout, and at the one "
			   "that is worst: how far off the answer could be if all were wrong "
			   "together. \"" ASSUMPTION_MACHINE
			   "\", which is not among these, is the best and the worst of four: the "
			   "machine of this report, the same without prefetchers, and the profiles "
			   "vm-emr and zen4.");
		write_assumptions(r, runs, "assumptions_memory", "Memory", assumption_memory);
		write_assumptions(r, runs, "assumptions_fetches", "Fetches", assumption_fetches);
		write_joints(r, runs);
		write_questions(r, runs);
	}
	if (runs->nr > summary_workloads(runs))
		write_statistics(r, runs);
}
