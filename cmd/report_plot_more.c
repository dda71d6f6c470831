// SPDX-License-Identifier: GPL-2.0-only
/* Plots of changes: a scatter of all traces, tornados of what was assumed; and the map of memory. */
#include <math.h>
#include <string.h>

#include "base/page_kind.h"
#include "cmd/report_form.h"
#include "cmd/report_plot.h"
#include "sim/page_map.h"

/* The least and the greatest of a column among these rows, and zero. */
static void range(const struct plot *p, const size_t *rows, size_t nr, size_t column, double *min,
		  double *max)
{
	for (size_t i = 0; i < nr; i++) {
		double v = report_number(report_value(p->table, rows[i], column));

		*min = v < *min ? v : *min;
		*max = v > *max ? v : *max;
	}
}

enum { MAX_POINTS = 400 };

struct points {
	size_t nr, rows[MAX_POINTS], columns[2];
	struct svg_scale x, y;
};

static double point_at(const struct plot *p, const struct points *pts, size_t i, int axis)
{
	const struct report_value *v = report_value(p->table, pts->rows[i], pts->columns[axis]);

	return svg_at(axis ? &pts->y : &pts->x, report_number(v));
}

/* A name that would lie on that of an earlier point is left to the pointer and to the table. */
static bool has_room(const struct plot *p, const struct points *pts, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (fabs(point_at(p, pts, k, 0) - point_at(p, pts, i, 0)) < 72 &&
		    fabs(point_at(p, pts, k, 1) - point_at(p, pts, i, 1)) < 11)
			return false;
	return true;
}

static void scatter_points(const struct plot *p, const struct points *pts)
{
	for (size_t i = 0; i < pts->nr; i++) {
		const char *name = plot_text(p->table, pts->rows[i], 0);
		const char *layout = plot_text(p->table, pts->rows[i], 1);
		double x = point_at(p, pts, i, 0), y = point_at(p, pts, i, 1);
		bool left = x > SVG_WIDTH - 110;
		struct report_text title = {.len = 0};

		report_add(&title, "%s, %s", name, layout);
		svg_mark(p->to, plot_series(p, layout, 0), x, y, title.s);
		if (has_room(p, pts, i))
			svg_label(p->to, left ? x - 7 : x + 7, y + 4, left ? "end" : "start", name);
	}
}

void plot_scatter(const struct plot *p)
{
	enum { HEIGHT = 340, LEFT = 62, TOP = 24, BOTTOM = 288, RIGHT = SVG_WIDTH - 24 };
	struct points pts = {.nr = 0};
	const char *groups[SVG_SERIES];
	size_t nr_groups = plot_facets(p, groups, SVG_SERIES);
	double x_min = 0, x_max = 0, y_min = 0, y_max = 0;
	struct svg_legend legend = {p->to, 8, HEIGHT - 6};

	if (plot_columns(p->table, REPORT_CHANGE, pts.columns, 2) < 2)
		return;
	pts.nr = plot_rows(p, NULL, pts.rows, MAX_POINTS);
	range(p, pts.rows, pts.nr, pts.columns[0], &x_min, &x_max);
	range(p, pts.rows, pts.nr, pts.columns[1], &y_min, &y_max);
	svg_scale_fit(&pts.x, x_min, x_max, LEFT, RIGHT, 6, false);
	/* no point on the edge */
	svg_scale_fit(&pts.y, y_min * 1.04, y_max * 1.04, BOTTOM, TOP, 6, false);
	svg_begin(p->to, HEIGHT, p->number, p->block->key, p->block->text);
	svg_grid_y(p->to, &pts.y, LEFT, RIGHT, REPORT_CHANGE);
	svg_grid_x(p->to, &pts.x, TOP, BOTTOM, REPORT_CHANGE);
	svg_label(p->to, (LEFT + RIGHT) / 2.0, BOTTOM + 30, "middle",
		  p->table->columns[pts.columns[0]].name);
	svg_label(p->to, 8, TOP - 12, "start", p->table->columns[pts.columns[1]].name);
	scatter_points(p, &pts);
	for (size_t g = 0; g < nr_groups; g++)
		svg_legend_add(&legend, NULL, plot_series(p, groups[g], g), groups[g]);
	svg_end(p->to);
}

enum { TORNADO_LEFT = 128, TORNADO_BAR = 17, TORNADO_HEAD = 26, TORNADO_MAX = 12 };

/* One layout's bars: from what is at the low end of each assumption to what is at the high end. */
static double tornado_facet(const struct plot *p, const char *name, const struct svg_scale *x,
			    const size_t columns[3], double top, size_t series)
{
	size_t rows[TORNADO_MAX], nr = plot_rows(p, name, rows, TORNADO_MAX);
	double bottom = top + TORNADO_HEAD + (double)nr * TORNADO_BAR;
	char cls[16], buf[3][64];

	snprintf(cls, sizeof(cls), "f s%u", plot_series(p, name, series));
	svg_label(p->to, 8, top + 14, "start", name);
	svg_grid_x(p->to, x, top + TORNADO_HEAD - 6, bottom, REPORT_CHANGE);
	for (size_t i = 0; i < nr; i++) {
		double at[3], y = top + TORNADO_HEAD + (double)i * TORNADO_BAR;
		struct report_text title = {.len = 0};

		for (int c = 0; c < 3; c++) {
			const struct report_value *v = report_value(p->table, rows[i], columns[c]);

			at[c] = svg_at(x, report_number(v));
			report_format(v, REPORT_CHANGE, buf[c], sizeof(buf[c]));
		}
		report_add(&title, "%s: from %s to %s, %s as assumed",
			   plot_text(p->table, rows[i], 2), buf[0], buf[1], buf[2]);
		svg_label(p->to, TORNADO_LEFT - 6, y + 11, "end", plot_text(p->table, rows[i], 2));
		svg_rect(p->to, cls, at[0] < at[1] ? at[0] : at[1], y,
			 at[0] < at[1] ? at[1] - at[0] : at[0] - at[1], TORNADO_BAR - 4, title.s);
		svg_line(p->to, "axis", at[2], y - 2, at[2], y + TORNADO_BAR - 2);
	}
	return bottom + 26;
}

void plot_tornado(const struct plot *p)
{
	size_t rows[SVG_SERIES * 64], nr = plot_rows(p, NULL, rows, SVG_SERIES * 64), columns[3];
	const char *facets[SVG_SERIES];
	size_t nr_facets = plot_facets(p, facets, SVG_SERIES);
	double min = 0, max = 0, top = 0, height = 0;
	struct svg_scale x;

	if (plot_columns(p->table, REPORT_CHANGE, columns, 3) < 3)
		return;
	for (int c = 0; c < 3; c++)
		range(p, rows, nr, columns[c], &min, &max);
	svg_scale_fit(&x, min, max, TORNADO_LEFT, SVG_WIDTH - 24, 5, false);
	for (size_t i = 0; i < nr_facets; i++) {
		size_t some[TORNADO_MAX];

		height += TORNADO_HEAD + 26 +
			  (double)plot_rows(p, facets[i], some, TORNADO_MAX) * TORNADO_BAR;
	}
	svg_begin(p->to, (int)height, p->number, p->block->key, p->block->text);
	for (size_t i = 0; i < nr_facets; i++)
		top = tornado_facet(p, facets[i], &x, columns, top, i);
	svg_end(p->to);
}

/* What the letters of a map stand for, from A on, and the letter that their colours' names begin with. */
struct map_key {
	char style;
	int nr;
	const char *(*name)(int);
};

enum { MAP_MAX_KEYS = 26 };

/* One row of cells; neighbours of the same colour are one rectangle. */
static void map_row(const struct plot *p, const struct map_key *key, const char *cells, double left,
		    double y, double size, bool seen[MAP_MAX_KEYS])
{
	for (size_t i = 0, n; cells[i]; i += n) {
		int which = cells[i] - 'A';
		char cls[4] = {key->style, cells[i], '\0'};

		n = strspn(cells + i, (char[]){cells[i], '\0'});
		if (which < 0 || which >= key->nr)
			continue;
		seen[which] = true;
		svg_rect(p->to, cls, left + (double)i * size, y, (double)n * size, size + 0.2,
			 key->name(which));
	}
}

static void draw_map(const struct plot *p, const struct map_key *key)
{
	enum { LEFT = 70, MAX_ROWS = 64, CELLS = 64 };
	size_t rows[MAX_ROWS], nr = plot_rows(p, NULL, rows, MAX_ROWS);
	double size = (SVG_WIDTH - LEFT - 8) / (double)CELLS;
	bool seen[MAP_MAX_KEYS] = {false};
	struct svg_legend legend = {p->to, 8, (double)nr * size + 24};
	char buf[64];

	svg_begin(p->to, (int)((double)nr * size) + 76, p->number, p->block->key, p->block->text);
	for (size_t i = 0; i < nr; i++) {
		const struct report_table *t = p->table;
		double y = (double)i * size + 4;

		if (i % 8 == 0)
			svg_label(p->to, LEFT - 6, y + 8, "end",
				  report_format(report_value(t, rows[i], 1), REPORT_BYTES, buf,
						sizeof(buf)));
		map_row(p, key, plot_text(t, rows[i], 2), LEFT, y, size, seen);
	}
	for (int which = 0; which < key->nr; which++) {
		char cls[4] = {key->style, (char)('A' + which), '\0'};

		if (seen[which])
			svg_legend_add(&legend, cls, 0, key->name(which));
	}
	svg_end(p->to);
}

static const char *kind_name(int kind)
{
	return page_kind_name((enum page_kind)kind);
}

void plot_map(const struct plot *p)
{
	draw_map(p, &(struct map_key){'k', PAGE_KIND_MAX, kind_name});
}

void plot_writers(const struct plot *p)
{
	draw_map(p, &(struct map_key){'o', PAGE_WRITER_MAX, page_writer_name});
}

void report_svg(FILE *to, const struct report *r, const struct report_block *block,
		unsigned int number)
{
	static void (*const draw[REPORT_PLOT_MAX])(const struct plot *) = {
		[REPORT_PLOT_AREA] = plot_area,	      [REPORT_PLOT_LINES] = plot_lines,
		[REPORT_PLOT_BARS] = plot_bars,	      [REPORT_PLOT_SCATTER] = plot_scatter,
		[REPORT_PLOT_TORNADO] = plot_tornado, [REPORT_PLOT_MAP] = plot_map,
		[REPORT_PLOT_WRITERS] = plot_writers,
	};

	draw[block->plot](&(struct plot){to, r, r->tables[block->table], block, number});
}
