// SPDX-License-Identifier: GPL-2.0-only
/* Plots of rows: areas over time, lines by order, bars by operation. */
#include <math.h>
#include <string.h>

#include "cmd/report/plots/report_plot.h"

enum { FACET_HEIGHT = 150, FACET_TOP = 22, FACET_LEFT = 62, FACET_ROWS = 256, MAX_SERIES = 24 };

/* What the areas of a figure have in common: one scale, so that layouts compare by eye. */
struct areas {
	size_t seconds, nr_series, series[MAX_SERIES];
	double highest, longest;
	struct plot_key key;
};

/* Columns of bytes that are not zero all over, and the highest stack. */
static void areas_measure(const struct plot *p, struct areas *ret)
{
	const struct report_table *t = p->table;
	size_t columns[MAX_SERIES];
	size_t nr = plot_columns(t, REPORT_BYTES, columns, MAX_SERIES);
	double most[MAX_SERIES] = {0};

	plot_columns(t, REPORT_SECONDS, &ret->seconds, 1);
	for (size_t row = 0; row < t->nr_rows; row++) {
		double sum = 0;

		if (!report_plot_has(p->block, t, row))
			continue;
		for (size_t i = 0; i < nr; i++) {
			sum += plot_value(p, row, columns[i]);
			most[i] = fmax(most[i], plot_value(p, row, columns[i]));
		}
		ret->highest = fmax(ret->highest, sum);
		ret->longest = fmax(ret->longest, plot_value(p, row, ret->seconds));
	}
	for (size_t i = 0; i < nr; i++)
		if (most[i] > 0)
			ret->series[ret->nr_series++] = columns[i];
}

/* One layout: sums of the first, the first two... series; the highest is drawn first, and each hides its part. */
static void area_facet(struct plot *p, const struct areas *a, const char *name, size_t i)
{
	double left = FACET_LEFT + (double)(i % 2) * PLOT_WIDTH / 2;
	size_t above = i / 2, rows[FACET_ROWS], nr = plot_rows(p, name, rows, FACET_ROWS);
	double top = FACET_TOP + (double)above * FACET_HEIGHT;

	fprintf(p->to, "$A%zu << EOD\n", i);
	for (size_t k = 0; k < nr; k++) {
		double sum = 0;

		fprintf(p->to, "%.9g", plot_value(p, rows[k], a->seconds));
		for (size_t s = 0; s < a->nr_series; s++) {
			sum += plot_value(p, rows[k], a->series[s]);
			fprintf(p->to, " %.0f", sum);
		}
		fputc('\n', p->to);
	}
	fputs("EOD\nunset label\n", p->to);
	plot_label(p, left, top - 10, "left", name);
	plot_frame(p, left, top, left + PLOT_WIDTH / 2.0 - FACET_LEFT - 16,
		   top + FACET_HEIGHT - 46);
	fputs("plot 0 notitle lc rgb 0", p->to);
	for (size_t s = a->nr_series; nr && s--;)
		fprintf(p->to, ", $A%zu using 1:%zu with filledcurves y1=0 lc rgb %u", i, s + 2,
			a->key.colours[s]);
	fputc('\n', p->to);
}

void plot_area(struct plot *p)
{
	const char *facets[PLOT_SERIES];
	size_t nr = plot_facets(p, facets, PLOT_SERIES);
	struct areas a = {.nr_series = 0};
	int height = FACET_HEIGHT * (int)((nr + 1) / 2);

	areas_measure(p, &a);
	for (size_t s = 0; s < a.nr_series; s++)
		plot_key_add(&a.key, plot_series_mark(p, 'f', (unsigned int)s,
						      p->table->columns[a.series[s]].name));
	plot_begin(p, height + plot_key_height(p, &a.key));
	plot_axis(p, 'y', REPORT_BYTES, a.highest);
	plot_axis(p, 'x', REPORT_SECONDS, a.longest);
	fputs("set grid noxtics\n", p->to);
	/* time ends where the trace ends, not at the next whole tick */
	fprintf(p->to, "set xrange [0:%.9g]\nset yrange [0:%.0f]\n", a.longest > 0 ? a.longest : 1,
		a.highest > 0 ? a.highest * 1.02 : 1);
	for (size_t i = 0; i < nr; i++)
		area_facet(p, &a, facets[i], i);
	plot_key(p, &a.key);
	plot_end(p);
}

/* One row: its line, and at each column a point that says what it is. */
static void line_data(struct plot *p, size_t row, unsigned int series, const size_t *columns,
		      size_t nr)
{
	fprintf(p->to, "$L%zu << EOD\n", row);
	for (size_t i = 0; i < nr; i++) {
		const struct report_value *v = report_value(p->table, row, columns[i]);
		struct report_text title = {.len = 0};
		char buf[64];

		report_add(&title, "%s, %s: %s", plot_text(p->table, row, 0),
			   p->table->columns[columns[i]].name,
			   report_format(v, REPORT_NUMBER, buf, sizeof(buf)));
		fprintf(p->to, "%zu %.9g %u\n", i, report_number(v),
			plot_series_mark(p, 'p', series, title.s));
	}
	fputs("EOD\n", p->to);
}

void plot_lines(struct plot *p)
{
	enum { HEIGHT = 236, LEFT = 44, TOP = 28, BOTTOM = 212, MAX_LINES = 12 };
	size_t columns[32], nr = plot_columns(p->table, REPORT_NUMBER, columns, 32);
	size_t rows[MAX_LINES], nr_rows = plot_rows(p, NULL, rows, MAX_LINES);
	unsigned int series[MAX_LINES];
	struct plot_key key = {.shapes = series};

	for (size_t l = 0; l < nr_rows; l++) {
		const char *name = plot_text(p->table, rows[l], 0);

		series[l] = plot_series(p, name, l);
		plot_key_add(&key, plot_series_mark(p, 'p', series[l], name));
	}
	plot_begin(p, HEIGHT + plot_key_height(p, &key));
	plot_frame(p, LEFT, TOP, PLOT_WIDTH - 14, BOTTOM);
	plot_label(p, 4, TOP - 16, "left", p->table->title);
	plot_axis(p, 'y', REPORT_NUMBER, 0);
	fprintf(p->to, "set xrange [0:%zu]\nset yrange [0:*]\nset xtics (", nr > 1 ? nr - 1 : 1);
	for (size_t i = 0; i < nr; i++) {
		fputs(i ? ", " : "", p->to);
		plot_name(p, p->table->columns[columns[i]].name);
		fprintf(p->to, " %zu", i);
	}
	fputs(")\n", p->to);
	for (size_t l = 0; l < nr_rows; l++)
		line_data(p, rows[l], series[l], columns, nr);
	fputs("plot 0 lt 1 lc rgb 0", p->to);
	for (size_t l = 0; l < nr_rows; l++)
		fprintf(p->to, ", $L%zu using 1:2 with lines lc rgb %u", rows[l],
			plot_series_mark(p, 'w', series[l], NULL));
	for (size_t l = 0; l < nr_rows; l++)
		fprintf(p->to, ", $L%zu using 1:2:3 with points pt %d lc rgb variable", rows[l],
			plot_shape(p, series[l]));
	fputc('\n', p->to);
	plot_key(p, &key);
	plot_end(p);
}

enum { BAR_THICK = 9, BAR_GAP = 10 };

/* The bars of one row, one below the other. */
static void bar_group(struct plot *p, size_t row, const size_t *columns, size_t nr, double top)
{
	for (size_t i = 0; i < nr; i++) {
		const struct report_column *c = &p->table->columns[columns[i]];
		const struct report_value *v = report_value(p->table, row, columns[i]);
		struct report_text title = {.len = 0};
		double y = top + (double)i * BAR_THICK;
		char buf[64];

		report_add(&title, "%s, %s: %s", plot_text(p->table, row, 1), c->name,
			   report_format(v, c->unit, buf, sizeof(buf)));
		fprintf(p->to, "0 %.12g %g %g %u\n", report_number(v), y, y + BAR_THICK - 1,
			plot_series_mark(p, 'f', (unsigned int)i, title.s));
	}
}

void plot_bars(struct plot *p)
{
	enum { LEFT = 110, TOP = 8, MAX_GROUPS = 10 };
	size_t columns[PLOT_SERIES], nr = plot_columns(p->table, REPORT_RATE, columns, PLOT_SERIES);
	size_t rows[MAX_GROUPS], nr_rows = plot_rows(p, NULL, rows, MAX_GROUPS);
	double group = (double)nr * BAR_THICK + BAR_GAP, bottom = TOP + (double)nr_rows * group;
	struct plot_key key = {.nr = 0};
	double most = 0;

	for (size_t i = 0; i < nr; i++)
		plot_key_add(&key, plot_series_mark(p, 'f', (unsigned int)i,
						    p->table->columns[columns[i]].name));
	plot_begin(p, (int)bottom + 40 + plot_key_height(p, &key));
	plot_frame(p, LEFT, TOP, PLOT_WIDTH - 24, bottom);
	plot_label(p, (LEFT + PLOT_WIDTH - 24) / 2.0, bottom + 30, "center", "per second");
	for (size_t i = 0; i < nr_rows; i++)
		for (size_t c = 0; c < nr; c++)
			most = fmax(most, plot_value(p, rows[i], columns[c]));
	plot_axis(p, 'x', REPORT_RATE, most);
	fprintf(p->to, "set yrange [%g:%d]\n$B << EOD\n", bottom, TOP);
	for (size_t i = 0; i < nr_rows; i++)
		bar_group(p, rows[i], columns, nr, TOP + (double)i * group + BAR_GAP / 2.0);
	fputs("EOD\nset ytics (", p->to);
	for (size_t i = 0; i < nr_rows; i++) {
		fputs(i ? ", " : "", p->to);
		plot_name(p, plot_text(p->table, rows[i], 1));
		fprintf(p->to, " %g", TOP + ((double)i + 0.5) * group);
	}
	fprintf(p->to,
		")\nset yzeroaxis lt 1 lw 1 lc rgb %d\n"
		"plot $B using 1:3:1:2:3:4:5 with boxxyerror lc rgb variable\n",
		PLOT_AXIS);
	plot_key(p, &key);
	plot_end(p);
}
