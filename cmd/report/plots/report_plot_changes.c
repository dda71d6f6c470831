// SPDX-License-Identifier: GPL-2.0-only
/* Plots of changes: a scatter of all traces, tornados of what was assumed. */
#include <math.h>
#include <string.h>

#include "cmd/report/plots/report_plot.h"

struct range {
	double min, max;
};

/* Room for the least and the greatest of a column among these rows, and for zero. */
static void range_add(struct range *r, const struct plot *p, const size_t *rows, size_t nr,
		      size_t column)
{
	for (size_t i = 0; i < nr; i++) {
		r->min = fmin(r->min, plot_value(p, rows[i], column));
		r->max = fmax(r->max, plot_value(p, rows[i], column));
	}
}

/* So that nothing lies on the edge, and a range is one even where all is zero. */
static void range_widen(struct range *r)
{
	double span = r->max > r->min ? r->max - r->min : 1;

	r->min -= r->min < 0 ? 0.04 * span : 0;
	r->max += r->max > 0 || r->min >= 0 ? 0.04 * span : 0;
}

enum {
	MAX_POINTS = 400,
	SCATTER_LEFT = 52,
	SCATTER_TOP = 30,
	SCATTER_RIGHT = PLOT_WIDTH - 24,
	SCATTER_BOTTOM = 300,
	LINE = 11, /* height of a name, and its width for each letter, about */
	LETTER = 7,
	POINT = 5, /* half its width, with air around it */
};

struct box {
	double left, top, right, bottom;
};

struct points {
	size_t nr, rows[MAX_POINTS], columns[2];
	struct range range[2];
	double zero; /* where the vertical axis has it: no name is to be struck through */
	struct box point[MAX_POINTS], name[MAX_POINTS]; /* .right 0: no name */
};

static bool overlaps(const struct box *a, const struct box *b)
{
	return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static bool is_free(const struct points *pts, size_t i, const struct box *name)
{
	/* numbers of the axis are on the left */
	if (name->left < SCATTER_LEFT || name->right > PLOT_WIDTH ||
	    (name->top < pts->zero && pts->zero < name->bottom))
		return false;
	for (size_t k = 0; k < pts->nr; k++)
		if ((k != i && overlaps(name, &pts->point[k])) ||
		    (k < i && overlaps(name, &pts->name[k])))
			return false;
	return true;
}

/* Beside its point, or a little above or below; where all is taken, the name is left to the pointer and the table. */
static const char *place_name(struct points *pts, size_t i, const char *name)
{
	static const double lift[] = {0, -0.8 * LINE, 0.8 * LINE};
	const struct box *at = &pts->point[i];
	double width = LETTER * (double)strlen(name);

	for (size_t k = 0; k < 2 * sizeof(lift) / sizeof(lift[0]); k++) {
		double y = (at->top + at->bottom) / 2 + lift[k / 2];
		double left = k % 2 ? at->left - width : at->right;
		struct box box = {left, y - LINE / 2.0, left + width, y + LINE / 2.0};

		if (!is_free(pts, i, &box))
			continue;
		pts->name[i] = box;
		return k % 2 ? "right" : "left";
	}
	return NULL;
}

/* In units of the picture; axis 0 is the horizontal one. */
static double place_of(const struct points *pts, int axis, double value)
{
	const struct range *r = &pts->range[axis];
	double part = (value - r->min) / (r->max - r->min);

	return axis ? SCATTER_BOTTOM - part * (SCATTER_BOTTOM - SCATTER_TOP)
		    : SCATTER_LEFT + part * (SCATTER_RIGHT - SCATTER_LEFT);
}

static void measure_points(const struct plot *p, struct points *pts)
{
	pts->nr = plot_rows(p, NULL, pts->rows, MAX_POINTS);
	for (int axis = 0; axis < 2; axis++) {
		range_add(&pts->range[axis], p, pts->rows, pts->nr, pts->columns[axis]);
		range_widen(&pts->range[axis]);
	}
	/* for names on the left of their points */
	pts->range[0].min *= 1.12;
	pts->zero = place_of(pts, 1, 0);
	for (size_t i = 0; i < pts->nr; i++) {
		double x = place_of(pts, 0, plot_value(p, pts->rows[i], pts->columns[0]));
		double y = place_of(pts, 1, plot_value(p, pts->rows[i], pts->columns[1]));

		pts->point[i] = (struct box){x - POINT, y - POINT, x + POINT, y + POINT};
	}
}

/* The points of one layout, each with its title, and names where there is room. */
static void scatter_points(struct plot *p, struct points *pts, const char *layout,
			   unsigned int series)
{
	fprintf(p->to, "$P%u << EOD\n", series);
	for (size_t i = 0; i < pts->nr; i++) {
		const struct report_value *x, *y;
		struct report_text title = {.len = 0};
		char buf[2][64];

		if (strcmp(plot_text(p->table, pts->rows[i], 1), layout))
			continue;
		x = report_value(p->table, pts->rows[i], pts->columns[0]);
		y = report_value(p->table, pts->rows[i], pts->columns[1]);
		report_add(&title, "%s, %s: memory %s, fetches %s",
			   plot_text(p->table, pts->rows[i], 0), layout,
			   report_format(x, REPORT_CHANGE, buf[0], sizeof(buf[0])),
			   report_format(y, REPORT_CHANGE, buf[1], sizeof(buf[1])));
		fprintf(p->to, "%.9g %.9g %u\n", report_number(x), report_number(y),
			plot_series_mark(p, 'p', series, title.s));
	}
	fputs("EOD\n", p->to);
}

static void scatter_names(struct plot *p, struct points *pts)
{
	for (size_t i = 0; i < pts->nr; i++) {
		const char *name = plot_text(p->table, pts->rows[i], 0);
		const char *where = place_name(pts, i, name);
		const struct box *at = &pts->point[i];

		if (where)
			plot_label(p, *where == 'l' ? at->right + 2 : at->left - 2,
				   (pts->name[i].top + pts->name[i].bottom) / 2, where, name);
	}
}

void plot_scatter(struct plot *p)
{
	struct points pts = {.nr = 0};
	const char *groups[PLOT_SERIES];
	size_t nr_groups = plot_facets(p, groups, PLOT_SERIES);
	unsigned int series[PLOT_SERIES];
	struct plot_key key = {.shapes = series};

	plot_columns(p->table, REPORT_CHANGE, pts.columns, 2);
	measure_points(p, &pts);
	for (size_t g = 0; g < nr_groups; g++) {
		series[g] = plot_series(p, groups[g], g);
		plot_key_add(&key, plot_series_mark(p, 'p', series[g], groups[g]));
	}
	plot_begin(p, SCATTER_BOTTOM + 40 + plot_key_height(p, &key));
	plot_frame(p, SCATTER_LEFT, SCATTER_TOP, SCATTER_RIGHT, SCATTER_BOTTOM);
	plot_axis(p, 'x', REPORT_CHANGE, pts.range[0].max - pts.range[0].min);
	plot_axis(p, 'y', REPORT_CHANGE, pts.range[1].max - pts.range[1].min);
	plot_label(p, (SCATTER_LEFT + SCATTER_RIGHT) / 2.0, SCATTER_BOTTOM + 30, "center",
		   p->table->columns[pts.columns[0]].name);
	plot_label(p, 4, SCATTER_TOP - 18, "left", p->table->columns[pts.columns[1]].name);
	for (size_t g = 0; g < nr_groups; g++)
		scatter_points(p, &pts, groups[g], series[g]);
	scatter_names(p, &pts);
	fprintf(p->to, "plot [%.9g:%.9g][%.9g:%.9g] NaN", pts.range[0].min, pts.range[0].max,
		pts.range[1].min, pts.range[1].max);
	for (size_t g = 0; g < nr_groups; g++)
		fprintf(p->to, ", $P%u using 1:2:3 with points pt %d lc rgb variable", series[g],
			plot_shape(p, series[g]));
	fputc('\n', p->to);
	plot_key(p, &key);
	plot_end(p);
}

enum {
	TORNADO_LEFT = 128,
	TORNADO_BAR = 17,
	TORNADO_HEAD = 26,
	TORNADO_FOOT = 26,
	TORNADO_MAX = 12
};

/* A bar from what is at the low end of an assumption to what is at the high end. */
static void tornado_bar(struct plot *p, size_t row, const size_t columns[3], double y,
			unsigned int series)
{
	struct report_text title = {.len = 0};
	char buf[3][64];

	for (int c = 0; c < 3; c++)
		report_format(report_value(p->table, row, columns[c]), REPORT_CHANGE, buf[c],
			      sizeof(buf[c]));
	report_add(&title, "%s: from %s to %s, %s as assumed", plot_text(p->table, row, 2), buf[0],
		   buf[1], buf[2]);
	fprintf(p->to, "%.9g %.9g %.9g %g %g %u\n", plot_value(p, row, columns[0]),
		plot_value(p, row, columns[1]), plot_value(p, row, columns[2]),
		y - TORNADO_BAR / 2.0, y + TORNADO_BAR / 2.0,
		plot_series_mark(p, 'f', series, title.s));
}

/* One layout's bars; returns where the next layout's begin. */
static double tornado_facet(struct plot *p, const char *name, const struct range *range,
			    const size_t columns[3], double top, size_t nth)
{
	size_t rows[TORNADO_MAX], nr = plot_rows(p, name, rows, TORNADO_MAX);
	double height = (double)nr * TORNADO_BAR, bottom = top + TORNADO_HEAD + height;
	unsigned int series = plot_series(p, name, nth);

	fputs("unset label\n", p->to);
	plot_label(p, 4, top + 12, "left", name);
	plot_frame(p, TORNADO_LEFT, top + TORNADO_HEAD - 2, PLOT_WIDTH - 24, bottom);
	fprintf(p->to, "$T%zu << EOD\n", nth);
	for (size_t i = 0; i < nr; i++)
		tornado_bar(p, rows[i], columns, ((double)i + 0.5) * TORNADO_BAR, series);
	fputs("EOD\nset ytics (", p->to);
	for (size_t i = 0; i < nr; i++) {
		fputs(i ? ", " : "", p->to);
		plot_name(p, plot_text(p->table, rows[i], 2));
		fprintf(p->to, " %g", ((double)i + 0.5) * TORNADO_BAR);
	}
	/* the ticks of what is assumed are a line each, over its bar */
	fprintf(p->to,
		")\nplot [%.9g:%.9g][%g:-2] $T%zu using 1:4:1:2:($4+2):($5-2):6 with boxxyerror"
		" lc rgb variable, $T%zu using 3:4:(0):($5-$4) with vectors nohead lc rgb %d\n",
		range->min, range->max, height, nth, nth, PLOT_AXIS);
	return bottom + TORNADO_FOOT;
}

void plot_tornado(struct plot *p)
{
	size_t rows[PLOT_SERIES * 64], nr = plot_rows(p, NULL, rows, PLOT_SERIES * 64);
	size_t columns[3] = {0};
	const char *facets[PLOT_SERIES];
	size_t nr_facets = plot_facets(p, facets, PLOT_SERIES);
	struct range range = {0, 0};
	double top = 0, height = 0;

	plot_columns(p->table, REPORT_CHANGE, columns, 3);
	for (int c = 0; c < 3; c++)
		range_add(&range, p, rows, nr, columns[c]);
	range_widen(&range);
	for (size_t i = 0; i < nr_facets; i++) {
		size_t some[TORNADO_MAX];

		height += TORNADO_HEAD + TORNADO_FOOT +
			  (double)plot_rows(p, facets[i], some, TORNADO_MAX) * TORNADO_BAR;
	}
	plot_begin(p, (int)height);
	plot_axis(p, 'x', REPORT_CHANGE, range.max - range.min);
	for (size_t i = 0; i < nr_facets; i++)
		top = tornado_facet(p, facets[i], &range, columns, top, i);
	plot_end(p);
}
