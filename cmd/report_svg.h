/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much SVG as the plots of a report need, written by hand: docs/design.md says why no plotting tool does it.
 * Shapes have classes; cmd/report.css colours them.
 */
#ifndef CMD_REPORT_SVG_H
#define CMD_REPORT_SVG_H

#include <stdio.h>

#include "cmd/report_doc.h"

/* Units of every picture's coordinates: wide enough for a table's neighbour, narrow enough for a phone. */
enum { SVG_WIDTH = 480, SVG_MAX_TICKS = 12, SVG_SERIES = 6 };

/* A straight scale from values to coordinates. */
struct svg_scale {
	double from, to;    /* values */
	double first, last; /* coordinates */
	double step;	    /* between ticks, in values */
};

/* Rounds the ends to whole ticks; binary: ticks are powers of two of bytes. */
void svg_scale_fit(struct svg_scale *s, double min, double max, double first, double last,
		   int ticks, bool binary);
double svg_at(const struct svg_scale *s, double value);

void svg_begin(FILE *to, int height, unsigned int number, const char *title, const char *text);
void svg_end(FILE *to);
/* anchor: "start", "middle" or "end" */
void svg_label(FILE *to, double x, double y, const char *anchor, const char *text);
void svg_line(FILE *to, const char *cls, double x1, double y1, double x2, double y2);
/* A rectangle with a name; title may be NULL. */
void svg_rect(FILE *to, const char *cls, double x, double y, double width, double height,
	      const char *title);
/* Shape number i % 6 around a point, so that series differ by more than their colour. */
void svg_mark(FILE *to, unsigned int i, double x, double y, const char *title);
/* Grid and labels: horizontal lines for y, numbers below for x. unit: how numbers are printed. */
void svg_grid_y(FILE *to, const struct svg_scale *y, double left, double right,
		enum report_unit unit);
void svg_grid_x(FILE *to, const struct svg_scale *x, double top, double bottom,
		enum report_unit unit);
/* Names of series, one after the other, at y; returns where the next line would be. */
struct svg_legend {
	FILE *to;
	double x, y;
};
void svg_legend_add(struct svg_legend *l, const char *cls, unsigned int series, const char *name);

#endif
