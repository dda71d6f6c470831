// SPDX-License-Identifier: GPL-2.0-only
/* Plots of rows: areas over time, lines by order, bars by operation. */
#include "cmd/report_plot.h"

#include <string.h>

#include "cmd/report_form.h"

const char *plot_text(const struct report_table *t, size_t row, size_t column)
{
	const char *text = report_value(t, row, column)->text;

	return text ? text : "-";
}

size_t plot_columns(const struct report_table *t, enum report_unit unit, size_t *ret, size_t max)
{
	size_t nr = 0;

	for (size_t c = 0; c < t->nr_columns && nr < max; c++)
		if (t->columns[c].unit == unit)
			ret[nr++] = c;
	return nr;
}

size_t plot_rows(const struct plot *p, const char *and_where, size_t *ret, size_t max)
{
	size_t nr = 0;

	for (size_t row = 0; row < p->table->nr_rows && nr < max; row++)
		if (report_plot_has(p->block, p->table, row) &&
		    (!and_where || !strcmp(plot_text(p->table, row, 1), and_where)))
			ret[nr++] = row;
	return nr;
}

size_t plot_facets(const struct plot *p, const char **ret, size_t max)
{
	size_t nr = 0;

	for (size_t row = 0; row < p->table->nr_rows; row++) {
		const char *name = plot_text(p->table, row, 1);
		size_t i = 0;

		if (!report_plot_has(p->block, p->table, row))
			continue;
		while (i < nr && strcmp(ret[i], name))
			i++;
		if (i == nr && nr < max)
			ret[nr++] = name;
	}
	return nr;
}

unsigned int plot_series(const struct plot *p, const char *layout, size_t other)
{
	const struct report_table *t = p->report->nr_tables ? p->report->tables[0] : p->table;
	size_t column = report_column_find(t, "layout");

	/* the first table of a report has a row for each layout, in the order of the command line */
	for (size_t row = 0; column < t->nr_columns && row < t->nr_rows; row++)
		if (!strcmp(plot_text(t, row, column), layout))
			return (unsigned int)(row % SVG_SERIES);
	return (unsigned int)(other % SVG_SERIES);
}

enum { FACET_HEIGHT = 150, FACET_TOP = 22, FACET_LEFT = 62, FACET_ROWS = 256, MAX_SERIES = 24 };

/* What the areas of a figure have in common: one scale, so that layouts compare by eye. */
struct areas {
	size_t seconds, nr_series, series[MAX_SERIES];
	double highest, longest;
};

/* Columns of bytes that are not zero all over, and the highest stack. */
static void areas_measure(const struct plot *p, struct areas *ret)
{
	const struct report_table *t = p->table;
	size_t columns[MAX_SERIES];
	size_t nr = plot_columns(t, REPORT_BYTES, columns, MAX_SERIES);
	double most[MAX_SERIES] = {0};

	ret->seconds = 0;
	plot_columns(t, REPORT_SECONDS, &ret->seconds, 1);
	for (size_t row = 0; row < t->nr_rows; row++) {
		double sum = 0, at = report_number(report_value(t, row, ret->seconds));

		if (!report_plot_has(p->block, t, row))
			continue;
		for (size_t i = 0; i < nr; i++) {
			double bytes = report_number(report_value(t, row, columns[i]));

			sum += bytes;
			most[i] = bytes > most[i] ? bytes : most[i];
		}
		ret->highest = sum > ret->highest ? sum : ret->highest;
		ret->longest = at > ret->longest ? at : ret->longest;
	}
	for (size_t i = 0; i < nr; i++)
		if (most[i] > 0)
			ret->series[ret->nr_series++] = columns[i];
}

/* The sum of the first n series. */
static double stacked(const struct plot *p, const struct areas *a, size_t row, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += report_number(report_value(p->table, row, a->series[i]));
	return sum;
}

static void area_series(const struct plot *p, const struct areas *a, size_t series,
			const size_t *rows, size_t nr, const struct svg_scale *x,
			const struct svg_scale *y)
{
	const struct report_table *t = p->table;

	fprintf(p->to, "<path class=\"f s%zu\" d=\"M", series % SVG_SERIES);
	for (size_t i = 0; i < 2 * nr; i++) {
		/* along the upper edge, and back along the lower one */
		size_t row = rows[i < nr ? i : 2 * nr - 1 - i];

		fprintf(p->to, "%s%.1f %.1f", i ? "L" : "",
			svg_at(x, report_number(report_value(t, row, a->seconds))),
			svg_at(y, stacked(p, a, row, i < nr ? series + 1 : series)));
	}
	fputs("z\"><title>", p->to);
	html_text(p->to, t->columns[a->series[series]].name);
	fputs("</title></path>\n", p->to);
}

static void area_facet(const struct plot *p, const struct areas *a, const char *name, size_t i)
{
	double left = FACET_LEFT + (double)(i % 2) * SVG_WIDTH / 2;
	size_t row = i / 2;
	double top = FACET_TOP + (double)row * FACET_HEIGHT;
	double right = left + SVG_WIDTH / 2.0 - FACET_LEFT - 16, bottom = top + FACET_HEIGHT - 46;
	size_t rows[FACET_ROWS], nr = plot_rows(p, name, rows, FACET_ROWS);
	struct svg_scale x, y;

	svg_scale_fit(&x, 0, a->longest, left, right, 3, false);
	svg_scale_fit(&y, 0, a->highest, bottom, top, 4, true);
	/* time ends where the trace ends, not at the next whole tick */
	x.to = a->longest > 0 ? a->longest : x.to;
	svg_label(p->to, left, top - 6, "start", name);
	svg_grid_y(p->to, &y, left, right, REPORT_BYTES);
	for (size_t s = 0; nr && s < a->nr_series; s++)
		area_series(p, a, s, rows, nr, &x, &y);
	svg_grid_x(p->to, &x, bottom, bottom + 3, REPORT_SECONDS);
}

void plot_area(const struct plot *p)
{
	const char *facets[SVG_SERIES];
	size_t nr = plot_facets(p, facets, SVG_SERIES);
	struct areas a = {.nr_series = 0};
	int height = FACET_HEIGHT * (int)((nr + 1) / 2);
	struct svg_legend legend = {p->to, 8, height + 20};

	areas_measure(p, &a);
	svg_begin(p->to, height + 20 + 16 * (int)((a.nr_series + 3) / 4), p->number, p->block->key,
		  p->block->text);
	for (size_t i = 0; i < nr; i++)
		area_facet(p, &a, facets[i], i);
	for (size_t s = 0; s < a.nr_series; s++) {
		char cls[16];

		snprintf(cls, sizeof(cls), "f s%zu", s % SVG_SERIES);
		svg_legend_add(&legend, cls, 0, p->table->columns[a.series[s]].name);
	}
	svg_end(p->to);
}

/* The largest value of these columns among the rows that are shown. */
static double largest(const struct plot *p, const size_t *columns, size_t nr)
{
	double most = 0;

	for (size_t row = 0; row < p->table->nr_rows; row++) {
		if (!report_plot_has(p->block, p->table, row))
			continue;
		for (size_t i = 0; i < nr; i++) {
			double v = report_number(report_value(p->table, row, columns[i]));

			most = v > most ? v : most;
		}
	}
	return most;
}

void plot_lines(const struct plot *p)
{
	enum { HEIGHT = 240, LEFT = 44, TOP = 12, BOTTOM = 200, MAX_LINES = 12 };
	size_t columns[32], nr = plot_columns(p->table, REPORT_NUMBER, columns, 32);
	size_t rows[MAX_LINES], nr_rows = plot_rows(p, NULL, rows, MAX_LINES);
	double step = nr > 1 ? (SVG_WIDTH - LEFT - 20) / (double)(nr - 1) : 0;
	struct svg_legend legend = {p->to, 8, HEIGHT};
	struct svg_scale y;

	svg_scale_fit(&y, 0, largest(p, columns, nr), BOTTOM, TOP, 6, false);
	svg_begin(p->to, HEIGHT + 16 * (int)((nr_rows + 3) / 4), p->number, p->block->key,
		  p->block->text);
	svg_grid_y(p->to, &y, LEFT, SVG_WIDTH - 10, REPORT_NUMBER);
	for (size_t i = 0; i < nr; i++)
		svg_label(p->to, LEFT + (double)i * step, BOTTOM + 16, "middle",
			  p->table->columns[columns[i]].name);
	for (size_t l = 0; l < nr_rows; l++) {
		const char *name = plot_text(p->table, rows[l], 0);
		unsigned int series = plot_series(p, name, l);

		fprintf(p->to, "<path class=\"w s%u\" d=\"M", series);
		for (size_t i = 0; i < nr; i++)
			fprintf(p->to, "%s%.1f %.1f", i ? "L" : "", LEFT + (double)i * step,
				svg_at(&y,
				       report_number(report_value(p->table, rows[l], columns[i]))));
		fputs("\"/>\n", p->to);
		for (size_t i = 0; i < nr; i++)
			svg_mark(p->to, series, LEFT + (double)i * step,
				 svg_at(&y,
					report_number(report_value(p->table, rows[l], columns[i]))),
				 name);
		svg_legend_add(&legend, NULL, series, name);
	}
	svg_end(p->to);
}

/* The bars of one row, one below the other. */
static void bar_group(const struct plot *p, size_t row, const size_t *columns, size_t nr,
		      const struct svg_scale *x, double top)
{
	enum { THICK = 9 };

	for (size_t i = 0; i < nr; i++) {
		const struct report_column *c = &p->table->columns[columns[i]];
		const struct report_value *v = report_value(p->table, row, columns[i]);
		struct report_text title = {.len = 0};
		char cls[16], buf[64];

		snprintf(cls, sizeof(cls), "f s%zu", i % SVG_SERIES);
		report_add(&title, "%s, %s: %s", plot_text(p->table, row, 1), c->name,
			   report_format(v, c->unit, buf, sizeof(buf)));
		svg_rect(p->to, cls, x->first, top + (double)(i * THICK),
			 svg_at(x, report_number(v)) - x->first, THICK - 1, title.s);
	}
}

void plot_bars(const struct plot *p)
{
	enum { LEFT = 110, TOP = 24, MAX_GROUPS = 10, GAP = 10 };
	size_t columns[SVG_SERIES], nr = plot_columns(p->table, REPORT_RATE, columns, SVG_SERIES);
	size_t rows[MAX_GROUPS], nr_rows = plot_rows(p, NULL, rows, MAX_GROUPS);
	double group = (double)nr * 9 + GAP, bottom = TOP + (double)nr_rows * group;
	struct svg_legend legend = {p->to, 8, 12};
	struct svg_scale x;

	svg_scale_fit(&x, 0, largest(p, columns, nr), LEFT, SVG_WIDTH - 20, 5, false);
	svg_begin(p->to, (int)bottom + 24, p->number, p->block->key, p->block->text);
	svg_grid_x(p->to, &x, TOP, bottom, REPORT_RATE);
	for (size_t i = 0; i < nr_rows; i++) {
		double top = TOP + (double)i * group + GAP / 2.0;

		svg_label(p->to, LEFT - 6, top + (double)nr * 4.5 + 3, "end",
			  plot_text(p->table, rows[i], 1));
		bar_group(p, rows[i], columns, nr, &x, top);
	}
	for (size_t i = 0; i < nr; i++) {
		char cls[16];

		snprintf(cls, sizeof(cls), "f s%zu", i % SVG_SERIES);
		svg_legend_add(&legend, cls, 0, p->table->columns[columns[i]].name);
	}
	svg_end(p->to);
}
