/* SPDX-License-Identifier: GPL-2.0-only */
/* The plots of a report; each draws the rows of its table that its block asks for. */
#ifndef CMD_REPORT_PLOT_H
#define CMD_REPORT_PLOT_H

#include "cmd/report_svg.h"

struct plot {
	FILE *to;
	const struct report *report;
	const struct report_table *table;
	const struct report_block *block;
	unsigned int number; /* in the document, for ids */
};

/* The text in a cell, "-" where there is none. */
const char *plot_text(const struct report_table *t, size_t row, size_t column);
/* The columns of a unit; returns how many, at most max. */
size_t plot_columns(const struct report_table *t, enum report_unit unit, size_t *ret, size_t max);
/* The rows to be shown, all or those with and_where in the second column. */
size_t plot_rows(const struct plot *p, const char *and_where, size_t *ret, size_t max);
/* The different texts of the second column, in their order: a small picture for each. */
size_t plot_facets(const struct plot *p, const char **ret, size_t max);

/* The series number of a layout: the same in every picture. other: of what is no layout. */
unsigned int plot_series(const struct plot *p, const char *layout, size_t other);

void plot_area(const struct plot *p);
void plot_lines(const struct plot *p);
void plot_bars(const struct plot *p);
void plot_scatter(const struct plot *p);
void plot_tornado(const struct plot *p);
void plot_map(const struct plot *p);
void plot_writers(const struct plot *p);

#endif
