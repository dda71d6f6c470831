// SPDX-License-Identifier: GPL-2.0-only
/* What a reader wants to know first: who wins, by how much, what it costs, how sure that is. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "cmd/report.h"

static const char *size(double bytes, char buf[16])
{
	return num_format_size((uint64_t)(fabs(bytes) + 0.5), buf, 16);
}

static const char *layout_name(const struct report_runs *runs, size_t layout)
{
	return runs->args->layouts[layout]->name;
}

/* One layout's estimates over all workloads. */
struct overall {
	struct estimate change, per_tib, fetches_change, lines_change;
};

static void overall_of(const struct report_runs *runs, size_t layout, struct overall *ret)
{
	struct overall o = {.change.nr = 0};

	for (size_t i = 0; i < runs->nr; i++) {
		struct summary s;

		if (!summary_begins(runs, i))
			continue;
		summary_of(runs, i, layout, &s);
		estimate_add(&o.change, s.change.mean);
		estimate_add(&o.per_tib, s.per_tib.mean);
		if (!s.has_costs)
			continue;
		estimate_add(&o.fetches_change, s.fetches_change.mean);
		estimate_add(&o.lines_change, s.lines_change.mean);
	}
	estimate_end(&o.change);
	estimate_end(&o.per_tib);
	estimate_end(&o.fetches_change);
	estimate_end(&o.lines_change);
	*ret = o;
}

/* "18.3 % fewer", or "between 18.3 % fewer and 4.0 % more" where workloads differ. */
static void add_range(struct report_text *t, const struct estimate *e, const char *less,
		      const char *more)
{
	const char *low = e->min < 0 ? less : more, *high = e->max < 0 ? less : more;

	if (fabs(e->max - e->min) < 0.05)
		report_add(t, "%.1f %% %s", fabs(e->mean), e->mean < 0 ? less : more);
	else if (low == high)
		report_add(t, "%.1f to %.1f %% %s", fmin(fabs(e->min), fabs(e->max)),
			   fmax(fabs(e->min), fabs(e->max)), low);
	else
		report_add(t, "between %.1f %% %s and %.1f %% %s", fabs(e->min), low,
			   fabs(e->max), high);
}

/* The layout that takes the least over all workloads. */
static size_t winner(const struct report_runs *runs)
{
	size_t best = runs->baseline;
	double least = 0;

	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;

		overall_of(runs, l, &o);
		if (o.change.mean < least) {
			least = o.change.mean;
			best = l;
		}
	}
	return best;
}

static void write_baseline(struct report_text *t, const struct report_runs *runs)
{
	struct summary s;
	char a[16];

	summary_of(runs, 0, runs->baseline, &s);
	if (summary_workloads(runs) == 1)
		report_add(t,
			   "On this host page metadata takes %s with %s, %.2f %% of its memory.",
			   size(s.bytes.mean, a), layout_name(runs, runs->baseline),
			   s.percent_of_ram.mean);
	else
		report_add(t, "Over %zu workloads, compared with %s:", summary_workloads(runs),
			   layout_name(runs, runs->baseline));
}

static void write_memory(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	size_t best = winner(runs);
	char a[16], b[16];

	write_baseline(&t, runs);
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;
		struct summary s;

		if (!report_is_proposal(runs, l))
			continue;
		overall_of(runs, l, &o);
		summary_of(runs, 0, l, &s);
		report_add(&t, " %s ", layout_name(runs, l));
		if (summary_workloads(runs) == 1)
			report_add(&t, "would take %s, %s %s:", size(s.bytes.mean, a),
				   size(s.change_bytes.mean, b),
				   s.change_bytes.mean < 0 ? "less" : "more");
		else
			report_add(&t, "would take");
		report_add(&t, " ");
		add_range(&t, &o.change, "less", "more");
		report_add(&t, ", %s for each TiB of memory.", size(o.per_tib.mean, a));
	}
	if (best == runs->baseline)
		report_add(&t, " Nothing takes less than %s.", layout_name(runs, best));
	else
		report_add(&t, " The least is taken by %s.", layout_name(runs, best));
	report_paragraph(r, t.s);
}

static void write_misses(struct report *r, const struct report_runs *runs)
{
	bool alone = pressure_is_none(&runs->args->pressure);
	struct report_text t = {.len = 0};

	report_add(&t, "What that costs: %s,",
		   alone ? "with the caches to themselves" : "under the background pressure given");
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;

		if (!report_is_proposal(runs, l))
			continue;
		overall_of(runs, l, &o);
		if (!o.fetches_change.nr)
			return;
		report_add(&t, " the recorded operations would touch ");
		add_range(&t, &o.lines_change, "fewer", "more");
		report_add(&t, " cache lines of metadata with %s and fetch ",
			   layout_name(runs, l));
		add_range(&t, &o.fetches_change, "fewer", "more");
		report_add(&t, " of them from memory;");
	}
	if (t.s[t.len - 1] != ';')
		return;
	t.s[t.len - 1] = '.';
	report_paragraph(r, t.s);
}

static void add_row(struct report_table *table, const struct report_runs *runs,
		    const struct summary *s)
{
	report_cell_text(table, s->workload);
	report_cell_text(table, layout_name(runs, s->layout));
	report_cell_int(table, llround(s->bytes.mean));
	report_cell_int(table, llround(s->change_bytes.mean));
	report_cell_int(table, llround(s->per_tib.mean));
	report_cell_real(table, s->has_costs ? s->fetches.mean : NAN);
	report_cell_real(table, s->has_costs ? s->fetches_change.mean : NAN);
	report_cell_real(table, s->has_stall ? s->stall_us.mean : NAN);
}

static void write_table(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"workload", "workload", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"total_bytes", "memory", REPORT_BYTES},
		{"change_bytes", "change", REPORT_BYTES_CHANGE},
		{"change_bytes_per_tib", "per TiB", REPORT_BYTES_CHANGE},
		{"fetches_per_second", "misses/s", REPORT_RATE},
		{"fetches_change_percent", "change", REPORT_CHANGE},
		{"stall_us_per_second", "stall us/s", REPORT_RATE},
	};
	struct report_table *t = report_table(
		r, "answer", "Memory for page metadata, and its lines fetched from memory");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	if (t)
		t->grouped = true;
	for (size_t i = 0; i < runs->nr; i++) {
		for (size_t l = 0; summary_begins(runs, i) && l < runs->args->nr_layouts; l++) {
			struct summary s;

			summary_of(runs, i, l, &s);
			add_row(t, runs, &s);
		}
	}
	report_show_table(r, t);
}

/* Assumptions of all traces by which the sign of a layout's comparison changes. */
static void add_flips(struct report_text *t, const struct report_runs *runs, size_t layout,
		      double (*effect)(const struct assumption *, int))
{
	const char *told[MAX_ASSUMPTIONS];
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		for (size_t k = 0; k < runs->traces[i].nr_assumptions; k++) {
			const struct assumption *a = &runs->traces[i].assumptions[k];
			size_t known = 0;

			if (a->layout != layout || effect(a, 0) * effect(a, 1) >= 0)
				continue;
			while (known < nr && strcmp(told[known], a->name))
				known++;
			if (known < nr)
				continue;
			told[nr++] = a->name;
			report_add(t, "%s%s=%s (%+.1f %%) or %s (%+.1f %%)", nr > 1 ? "; " : "",
				   a->name, a->ends[0], effect(a, 0), a->ends[1], effect(a, 1));
			if (runs->nr > 1)
				report_add(t, " in %s", runs->traces[i].name);
		}
	}
	if (!nr)
		report_add(t, "no single assumption that was tried");
}

static void write_flips(struct report *r, const struct report_runs *runs)
{
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct report_text t = {.len = 0};

		if (!report_is_proposal(runs, l))
			continue;
		report_add(&t, "whether it takes less memory is changed by ");
		add_flips(&t, runs, l, assumption_memory);
		report_add(&t, "; whether it misses more often by ");
		add_flips(&t, runs, l, assumption_fetches);
		report_add(&t, ".");
		report_item(r, layout_name(runs, l), t.s);
	}
}

static void write_sureness(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	size_t workloads = summary_workloads(runs);

	if (runs->quick) {
		report_paragraph(r, "How sure: nothing that was assumed has been varied (--quick).");
		return;
	}
	report_paragraph(r, "How sure, and what would turn the answer round: bytes follow exactly "
			    "from what the trace found and the layout says. Misses depend on what "
			    "else is in the caches.");
	write_flips(r, runs);
	if (runs->nr == workloads)
		report_add(&t,
			   "%s recorded once, so chance has no interval here: record %s again "
			   "(NAME-1.trace, NAME-2.trace) to get one.",
			   workloads == 1 ? "The workload was" : "Each workload was",
			   workloads == 1 ? "it" : "them");
	else
		report_add(&t, "Workloads that were recorded more than once have intervals under "
			       "Statistics; a difference within them is no difference.");
	report_paragraph(r, t.s);
}

/* Classes of events that no trace saw. */
static void write_unseen(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	unsigned int nr = 0;

	report_add(&t, "Not measured:");
	for (int cls = 0; cls < CLASS_MAX; cls++) {
		bool seen = false;

		for (size_t i = 0; i < runs->nr; i++)
			seen |= runs->traces[i].result->meta.classes[cls].fidelity !=
				FIDELITY_ABSENT;
		if (!seen)
			report_add(&t, "%s %s", nr++ ? "," : "", event_class_doc(cls));
	}
	report_add(&t,
		   "%s the time that the work itself takes. What was seen, and how well, stands "
		   "below.",
		   nr ? ", and" : "");
	report_paragraph(r, t.s);
}

void report_answer(struct report *r, const struct report_runs *runs)
{
	report_section(r, "answer", "The answer");
	write_memory(r, runs);
	write_misses(r, runs);
	write_table(r, runs);
	write_sureness(r, runs);
	write_unseen(r, runs);
}
