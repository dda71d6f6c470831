// SPDX-License-Identifier: GPL-2.0-only
/* How far the access map was off where somebody saw every access: for kernels like those of the traces. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/sections/report_sections.h"
#include "sim/access/kernel_code.h"

static const struct measured {
	const char *code, *kernel, *date, *workload;
	double explained, accesses, fetches, emulated; /* per cent; NAN: not measured */
} measured[] = {
#define MEASURED(code, kernel, date, workload, explained, accesses, fetches, emulated)             \
	{code, kernel, date, workload, explained, accesses, fetches, emulated},
#include "measured.def"
#undef MEASURED
};

enum { NR_MEASURED = sizeof(measured) / sizeof(measured[0]) };

/* Sizes of the errors in one column of a kernel's runs. */
struct errors {
	size_t nr;
	double values[NR_MEASURED];
};

static void errors_add(struct errors *e, double value)
{
	if (!isnan(value))
		e->values[e->nr++] = fabs(value);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void errors_sort(struct errors *e)
{
	qsort(e->values, e->nr, sizeof(e->values[0]), by_value);
}

/* At least half of them are no larger. */
static double errors_half(const struct errors *e)
{
	return e->values[(e->nr - 1) / 2];
}

static double errors_all(const struct errors *e)
{
	return e->values[e->nr - 1];
}

/* The kernel that was held against whose code the trace's is, or is nearest to. */
static const char *nearest(const struct report_runs *runs, size_t trace, unsigned int *ret_differ)
{
	return kernel_code_nearest(runs->traces[trace].result->code, ret_differ);
}

/* Whether an earlier trace is of this code, too. */
static bool is_told(const struct report_runs *runs, size_t trace, const char *code)
{
	unsigned int differ;

	for (size_t i = 0; i < trace; i++)
		if (!strcmp(nearest(runs, i, &differ), code))
			return true;
	return false;
}

static const struct measured *first_of(const char *code)
{
	for (size_t i = 0; i < NR_MEASURED; i++)
		if (!strcmp(measured[i].code, code))
			return &measured[i];
	return NULL;
}

/* Half of the errors, and all of them, are no larger than that; nothing where none was measured. */
static void error_cells(struct report_table *table, struct errors *e)
{
	errors_sort(e);
	report_cell_real(table, e->nr ? errors_half(e) : NAN);
	report_cell_real(table, e->nr ? errors_all(e) : NAN);
}

static void checked_row(struct report_table *table, const struct measured *first)
{
	struct errors accesses = {.nr = 0}, fetches = {.nr = 0}, emulated = {.nr = 0};

	for (size_t i = 0; i < NR_MEASURED; i++) {
		if (strcmp(measured[i].code, first->code) != 0)
			continue;
		errors_add(&accesses, measured[i].accesses);
		errors_add(&fetches, measured[i].fetches);
		errors_add(&emulated, measured[i].emulated);
	}
	report_cell_text(table, first->code);
	report_cell_int(table, (int64_t)accesses.nr);
	error_cells(table, &accesses);
	error_cells(table, &fetches);
	errors_sort(&emulated);
	report_cell_real(table, emulated.nr ? errors_all(&emulated) : NAN);
	report_cell_int(table, (int64_t)emulated.nr);
}

/* Traces whose code is that, or nearest to it. */
static void add_whose(struct report_text *t, const struct report_runs *runs, size_t first,
		      const char *code)
{
	unsigned int differ, most = 0, unknown = 0;
	size_t nr = 0, untold = 0;

	for (size_t i = first; i < runs->nr; i++) {
		const struct trace_meta *meta = &runs->traces[i].result->meta;

		if (strcmp(nearest(runs, i, &differ), code) != 0)
			continue;
		nr++;
		most = differ > most ? differ : most;
		if (!meta->code.told)
			untold++;
		else if (kernel_code_untold(meta) > unknown)
			unknown = kernel_code_untold(meta);
	}
	report_add(t, "%s", runs->traces[first].name);
	if (nr > 1)
		report_add(t, " and %zu other recording%s", nr - 1, nr > 2 ? "s" : "");
	if (untold && untold < nr)
		report_add(t, ", %zu of them", untold);
	if (untold)
		report_add(t, "%s by assumption, as %s what code %s kernel has",
			   untold < nr ? "" : ",",
			   untold > 1 ? "they do not tell" : "it does not tell",
			   untold > 1 ? "their" : "its");
	if (most || unknown)
		report_add(t, "; of the %u traits that tell kernels' code apart",
			   kernel_code_traits());
	if (most)
		report_add(t, " %u differ%s", most, most == 1 ? "s" : "");
	if (unknown)
		report_add(t, "%s %u %s not told and taken to be as in v6.12", most ? "," : "",
			   unknown, unknown == 1 ? "is" : "are");
}

/* Rows of the kernels that the traces' are like, and as sentences whose that is. */
static size_t write_checked(struct report_table *table, struct report_text *whose,
			    const struct report_runs *runs)
{
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		unsigned int differ;
		const char *code = nearest(runs, i, &differ);
		const struct measured *m = first_of(code);

		if (!m || is_told(runs, i, code))
			continue;
		checked_row(table, m);
		report_add(whose, "%s%s is that of %s%s%s, the nearest to the kernel of ",
			   nr++ ? " " : "Kernel code ", code, m->kernel,
			   *m->date ? ", as recorded " : "", m->date);
		add_whose(whose, runs, i, code);
		report_add(whose, ".");
	}
	return nr;
}

void report_checked(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"code", "kernel code", REPORT_TEXT},
		{"runs", "runs", REPORT_COUNT},
		{"accesses_half_percent", "accesses", REPORT_POINTS},
		{"accesses_all_percent", "at most", REPORT_POINTS},
		{"misses_half_percent", "misses", REPORT_POINTS},
		{"misses_all_percent", "at most", REPORT_POINTS},
		{"emulated_all_percent", "crowded", REPORT_POINTS},
		{"emulated_runs", "runs", REPORT_COUNT},
	};
	struct report_table *table = report_table(r, "checked", "How far predictions were off");
	struct report_text whose = {.len = 0};

	report_columns(table, columns, sizeof(columns) / sizeof(columns[0]));
	if (!write_checked(table, &whose, runs)) {
		report_paragraph(r,
				 "None of the kernels that predictions were held against is near.");
		return;
	}
	report_paragraph(
		r,
		"How far predictions are off. Misses are predicted from recorded events and "
		"from what the kernel's code does with its pages. In an emulator, every access "
		"of some real kernels to their struct pages was seen, and predictions were held "
		"against that. The table has the error in per cent that half of the runs stay "
		"within, then the largest: of accesses, and of the misses of these accesses; and "
		"the largest of misses in caches that the workload's own data crowds. Each "
		"kernel had its own layout, and the caches no prefetchers. No kernel has "
		"the proposed layouts, so predictions for these could not be held against "
		"anything. Names of kernel code, such as v6.12, say how a kernel works with its "
		"pages; layouts that are called the same say where fields lie.");
	report_show_table(r, table);
	report_paragraph(r, whose.s);
}

void report_measured(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"kernel", "kernel", REPORT_TEXT},
		{"code", "code", REPORT_TEXT},
		{"date", "recorded", REPORT_TEXT},
		{"workload", "workload", REPORT_TEXT},
		{"explained_percent", "explained", REPORT_NUMBER},
		{"accesses_error_percent", "accesses", REPORT_CHANGE},
		{"misses_error_percent", "misses", REPORT_CHANGE},
		{"emulated_misses_error_percent", "emulated", REPORT_CHANGE},
	};
	struct report_table *table = report_table(
		r, "validation", "How far predictions were off where every access was seen");

	report_columns(table, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(table);
	for (size_t i = 0; i < NR_MEASURED; i++) {
		const struct measured *m = &measured[i];

		if (!is_told(runs, runs->nr, m->code))
			continue;
		report_cell_text(table, m->kernel);
		report_cell_text(table, m->code);
		report_cell_text(table, m->date);
		report_cell_text(table, m->workload);
		report_cell_real(table, m->explained);
		report_cell_real(table, m->accesses);
		report_cell_real(table, m->fetches);
		report_cell_real(table, m->emulated);
	}
	report_show_table(r, table);
}
