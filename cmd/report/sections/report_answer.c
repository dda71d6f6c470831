// SPDX-License-Identifier: GPL-2.0-only
/* What a reader wants to know first: who wins, by how much, what it costs, how sure that is. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "cmd/report/sections/report_sections.h"

static const char *size(double bytes, char buf[16])
{
	return num_format_size((uint64_t)(fabs(bytes) + 0.5), buf, 16);
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

/* How long was recorded: seconds say little about a host that runs for months. */
static void add_duration(struct report_text *t, const struct report_runs *runs)
{
	double least = INFINITY, most = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		double s = (double)runs->traces[i].result->duration_ns / 1e9;

		least = s < least ? s : least;
		most = s > most ? s : most;
	}
	report_add(t, "recorded for ");
	/* what would be printed as one number is one */
	if (llround(10 * least) != llround(10 * most))
		report_add(t, "%.1f to ", least);
	report_add(t, "%.1f s%s,", most, runs->nr > 1 ? " each" : "");
}

static void write_baseline(struct report_text *t, const struct report_runs *runs)
{
	struct summary s;
	char a[16];

	summary_of(runs, 0, runs->baseline, &s);
	if (summary_workloads(runs) > 1) {
		report_add(t, "%zu workloads, named after their traces and ",
			   summary_workloads(runs));
		add_duration(t, runs);
		return;
	}
	report_add(t, "On the machine of %s, ", s.workload);
	add_duration(t, runs);
	report_add(t,
		   " page metadata takes %s with the layout %s (%u bytes for each page), %.2f %% "
		   "of its memory.",
		   size(s.bytes.mean, a), report_layout_name(runs, runs->baseline),
		   runs->args->layouts[runs->baseline]->page_size, s.percent_of_ram.mean);
}

static void write_memory(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	size_t best = winner(runs);
	char a[16], b[16];

	if (report_hostless(r, runs))
		return;
	write_baseline(&t, runs);
	if (summary_workloads(runs) > 1)
		report_add_machines(&t, runs);
	if (best == runs->baseline)
		report_add(&t, " As things are, none of the layouts takes less memory than %s.",
			   report_layout_name(runs, best));
	else
		report_add(&t, " As things are, page metadata takes the least memory with %s.",
			   report_layout_name(runs, best));
	if (summary_workloads(runs) > 1)
		report_add(&t, " Compared with the layout %s (%u bytes for each page),",
			   report_layout_name(runs, runs->baseline),
			   runs->args->layouts[runs->baseline]->page_size);
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;
		struct summary s;

		if (!report_is_proposal(runs, l))
			continue;
		overall_of(runs, l, &o);
		summary_of(runs, 0, l, &s);
		report_add(&t, " %s (%u bytes for each, and descriptors allocated apart) ",
			   report_layout_name(runs, l), runs->args->layouts[l]->page_size);
		if (summary_workloads(runs) == 1)
			report_add(&t, "would take %s, %s %s:", size(s.bytes.mean, a),
				   size(s.change_bytes.mean, b),
				   s.change_bytes.mean < 0 ? "less" : "more");
		else
			report_add(&t, "would take");
		report_add(&t, " ");
		report_add_range(&t, &o.change, "less", "more");
		report_add(&t, ", %s%s %s for each TiB of memory.",
			   o.per_tib.nr > 1 ? "on average " : "", size(o.per_tib.mean, a),
			   o.per_tib.mean < 0 ? "less" : "more");
	}
	report_add_idle(&t, runs);
	report_paragraph(r, t.s);
}

static bool fetches_change(const struct report_runs *runs, size_t first, size_t layout, double *ret)
{
	struct summary s;

	summary_of(runs, first, layout, &s);
	*ret = s.fetches_change.mean;
	return s.has_costs && estimate_is_clear(&s.fetches_change);
}

/* Workloads whose recordings differ more from each other than the layouts do. */
static void add_noise(struct report_text *t, const struct report_runs *runs, size_t layout)
{
	size_t told = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		struct summary s;

		if (!report_runs_begins(runs, i))
			continue;
		summary_of(runs, i, layout, &s);
		if (!s.has_costs || estimate_is_clear(&s.fetches_change))
			continue;
		report_add(t, "%s%s", told++ ? ", " : " (within noise: ", runs->traces[i].workload);
	}
	report_add(t, "%s", told ? ")" : "");
}

static void write_misses(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};

	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;

		if (!report_is_proposal(runs, l))
			continue;
		overall_of(runs, l, &o);
		if (!o.fetches_change.nr)
			return;
		report_add(&t, "%s%s would touch ", t.len ? " " : "", report_layout_name(runs, l));
		report_add_range(&t, &o.lines_change, "fewer", "more");
		report_add(&t, " lines and have ");
		report_add_signs(&t, runs, l, fetches_change, "fewer misses", "more misses");
		add_noise(&t, runs, l);
		report_add(&t, ";");
	}
	if (!t.len)
		return;
	t.s[t.len - 1] = '.';
	report_what_misses_are(r, runs);
	report_paragraph(r, t.s);
	report_answer_traffic(r, runs);
	report_waiting(r, runs);
}

static void add_row(struct report_table *table, const struct report_runs *runs,
		    const struct summary *s)
{
	report_cell_text(table, s->workload);
	report_cell_text(table, report_layout_name(runs, s->layout));
	report_cell_int(table, llround(s->bytes.mean));
	report_cell_int(table, llround(s->change_bytes.mean));
	report_cell_int(table, llround(s->per_tib.mean));
	report_cell_real(table, s->has_costs ? s->fetches.mean : NAN);
	report_cell_real(table, s->has_costs ? s->fetches_change.mean : NAN);
	report_cell_real(table, s->has_stall ? s->stall_us.mean : NAN);
}

static void add_estimate(struct report_table *t, const struct estimate *e)
{
	report_cell_real(t, e->nr ? e->mean : NAN);
	report_cell_real(t, e->nr ? e->min : NAN);
	report_cell_real(t, e->nr ? e->max : NAN);
}

static void write_overall(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"layout", "layout", REPORT_TEXT},
		{"change_percent", "mean mem", REPORT_CHANGE},
		{"change_percent_min", "from", REPORT_CHANGE},
		{"change_percent_max", "to", REPORT_CHANGE},
		{"change_bytes_per_tib", "per TiB", REPORT_BYTES_CHANGE},
		{"fetches_change_percent", "mean miss", REPORT_CHANGE},
		{"fetches_change_percent_min", "from", REPORT_CHANGE},
		{"fetches_change_percent_max", "to", REPORT_CHANGE},
	};
	struct report_table *t = report_table(
		r, "overall", "Changes against the baseline: mean and range over workloads");
	struct report_text text = {.len = 0};

	report_add(&text,
		   "Changes against %s, of memory (mem) and of misses: the mean of all workloads, "
		   "and the range that they span. Per TiB of memory is a mean, too.",
		   report_layout_name(runs, runs->baseline));
	report_paragraph(r, text.s);
	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;

		overall_of(runs, l, &o);
		report_cell_text(t, report_layout_name(runs, l));
		add_estimate(t, &o.change);
		report_cell_int(t, llround(o.per_tib.mean));
		add_estimate(t, &o.fetches_change);
	}
	report_show_table(r, t);
}

/* Lines touched are more than lines missed, and a table of both would be too wide. */
static void write_lines(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"layout", "layout", REPORT_TEXT},
		{"lines_change_percent", "mean", REPORT_CHANGE},
		{"lines_change_percent_min", "from", REPORT_CHANGE},
		{"lines_change_percent_max", "to", REPORT_CHANGE},
	};
	struct report_table *t =
		report_table(r, "overall_lines", "Lines touched: mean and range over workloads");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		struct overall o;

		overall_of(runs, l, &o);
		report_cell_text(t, report_layout_name(runs, l));
		add_estimate(t, &o.lines_change);
	}
	report_paragraph(r,
			 "Lines touched, whether they miss or not: the mean of the changes of all "
			 "workloads, and the range that they span.");
	report_show_table(r, t);
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
	struct summary_at at = {0};
	struct summary s;

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	while (summary_next(runs, &at, &s))
		add_row(t, runs, &s);
	report_show_table(r, t);
}

static bool is_unseen(const struct report_runs *runs, size_t trace, int cls)
{
	return runs->traces[trace].result->meta.classes[cls].fidelity == FIDELITY_ABSENT;
}

static size_t count_unseen(const struct report_runs *runs, int cls)
{
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++)
		nr += is_unseen(runs, i, cls);
	return nr;
}

static bool same_recordings(const struct report_runs *runs, int a, int b)
{
	for (size_t i = 0; i < runs->nr; i++)
		if (is_unseen(runs, i, a) != is_unseen(runs, i, b))
			return false;
	return true;
}

/* Which recordings have no such events; many are only counted. */
static void add_recordings(struct report_text *t, const struct report_runs *runs, int cls)
{
	size_t unseen = count_unseen(runs, cls);

	if (unseen > 1) {
		report_add(t, " in %zu of %zu recordings:", unseen, runs->nr);
		return;
	}
	for (size_t i = 0; i < runs->nr; i++)
		if (is_unseen(runs, i, cls))
			report_add(t, " in %s:", runs->traces[i].name);
}

/* The classes of events that no trace saw; or sentences on those that some did not. How many there are. */
static unsigned int add_unseen(struct report_text *t, const struct report_runs *runs, bool some)
{
	unsigned int nr = 0;
	int last = -1;

	for (int cls = 0; cls < CLASS_MAX; cls++) {
		size_t unseen = count_unseen(runs, cls);
		bool another = last < 0 || !same_recordings(runs, last, cls);

		/* only an emulator can; nothing is made of it */
		if (cls == CLASS_ACCESS || cls == CLASS_RSS)
			continue;
		if (!unseen || (unseen < runs->nr) != some)
			continue;
		if (some && another) {
			report_add(t, "%s Not measured", nr ? "." : "");
			add_recordings(t, runs, cls);
		}
		report_add(t, "%s %s", (some ? !another : nr) ? "," : "", event_class_doc(cls));
		last = cls;
		nr++;
	}
	if (some && nr)
		report_add(t, ".");
	return nr;
}

static void write_unseen(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};

	report_add(&t, "Not measured:");
	report_add(&t, "%s the time that the work itself takes.",
		   add_unseen(&t, runs, false) ? ", and" : "");
	add_unseen(&t, runs, true);
	report_add(&t, " What was seen, and how well, stands below.");
	report_paragraph(r, t.s);
}

void report_answer(struct report *r, const struct report_runs *runs)
{
	report_section(r, "answer", "The answer");
	write_memory(r, runs);
	write_misses(r, runs);
	if (summary_workloads(runs) == 1)
		write_table(r, runs);
	else
		write_overall(r, runs);
	report_sureness(r, runs);
	write_unseen(r, runs);
	if (summary_workloads(runs) == 1)
		return;
	report_section(r, "workloads", "Workload by workload");
	write_table(r, runs);
	write_lines(r, runs);
}
