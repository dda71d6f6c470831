/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plots of a report, as scripts for gnuplot; each draws the rows of its table that its block asks for.
 *
 * A script holds numbers only. Colours are numbers of marks, which cmd/report/plots/report_svg.c turns into the classes of
 * cmd/report/forms/report.css and into titles; and a name is a placeholder of the same width, so that no name of a trace or
 * of a layout is ever read by gnuplot.
 */
#ifndef CMD_REPORT_PLOT_H
#define CMD_REPORT_PLOT_H

#include <stdio.h>

#include "cmd/report/doc/report_doc.h"

/* Units of every picture's coordinates: wide enough for a table's neighbour, narrow enough for a phone. */
enum { PLOT_WIDTH = 480, PLOT_SERIES = 6 };

/* What a colour stands for. */
struct plot_mark {
	char cls[8]; /* "" if it is a name only */
	char *text; /* the name, or what a shape says to the pointer and to screen readers; may be NULL */
};

/* Colours that every script may use. */
enum { PLOT_AXIS, PLOT_GRID };

struct plot {
	FILE *to; /* the script */
	const struct report *report;
	const struct report_table *table;
	const struct report_block *block;
	unsigned int number; /* in the document, for ids */
	int height;
	bool points; /* it has shapes of series */
	bool failed; /* memory ran out; sticks */
	size_t nr_marks;
	struct plot_mark *marks;
};

void plot_fini(struct plot *p);

/* A colour for shapes of a class and with a title (NULL: without). */
unsigned int plot_mark(struct plot *p, const char *cls, const char *title);
/* The class of a series' shapes: "f" is filled, "w" a line, "p" a point. */
unsigned int plot_series_mark(struct plot *p, char kind, unsigned int series, const char *title);
/* Writes the placeholder of a name, in quotes. */
void plot_name(struct plot *p, const char *name);

void plot_begin(struct plot *p, int height);
void plot_end(struct plot *p);
/* Where the next axes are, in units from the upper left corner. */
void plot_frame(struct plot *p, double left, double top, double right, double bottom);
/* A name beside the axes. where: "left", "right" or "center" of it is at x, y. */
void plot_label(struct plot *p, double x, double y, const char *where, const char *name);
/* Ticks and grid of an axis ('x' or 'y') for numbers of a unit, which go so far; NUMBER: as gnuplot sees fit. */
void plot_axis(struct plot *p, char axis, enum report_unit unit, double most);

/* The legend: names of these colours, as boxes, or as points of series from `shapes`. */
struct plot_key {
	size_t nr;
	unsigned int colours[32];
	const unsigned int *shapes; /* series of each; NULL: boxes */
};
void plot_key_add(struct plot_key *key, unsigned int colour);
/* The height that it takes. */
int plot_key_height(const struct plot *p, const struct plot_key *key);
/* At the bottom of the picture. */
void plot_key(struct plot *p, const struct plot_key *key);
/* gnuplot's number of a series' shape, so that series differ by more than their colour. */
int plot_shape(struct plot *p, unsigned int series);

/* The text in a cell, "-" where there is none. */
const char *plot_text(const struct report_table *t, size_t row, size_t column);
double plot_value(const struct plot *p, size_t row, size_t column);
/* The columns of a unit; returns how many, at most max. */
size_t plot_columns(const struct report_table *t, enum report_unit unit, size_t *ret, size_t max);
/* The rows to be shown, all or those with and_where in the second column. */
size_t plot_rows(const struct plot *p, const char *and_where, size_t *ret, size_t max);
/* The different texts of the second column, in their order: a small picture for each. */
size_t plot_facets(const struct plot *p, const char **ret, size_t max);
/* The series number of a layout: the same in every picture. other: of what is no layout. */
unsigned int plot_series(const struct plot *p, const char *layout, size_t other);

/* For a table without rows for it. */
void plot_nothing(struct plot *p);
void plot_area(struct plot *p);
void plot_lines(struct plot *p);
void plot_bars(struct plot *p);
void plot_scatter(struct plot *p);
void plot_tornado(struct plot *p);
void plot_map(struct plot *p);
void plot_writers(struct plot *p);

/* One picture of gnuplot's as a part of the page. */
int plot_to_svg(const struct plot *p, const char *svg, size_t len, FILE *to,
		struct error *err) __must_check;

#endif
