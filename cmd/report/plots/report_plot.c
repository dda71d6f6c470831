// SPDX-License-Identifier: GPL-2.0-only
/* What the scripts of all plots have in common: which rows they show, frames, axes, names and legends. */
#include "cmd/report/plots/report_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/*
 * The size of letters that gnuplot reckons with. The style sheet's are of 11; its estimate of their width, 0.7 of
 * their size, is that of capitals.
 */
#define LETTERS 9.5
#define LETTER_WIDTH (0.7 * LETTERS)
enum { KEY_ROW = 16 };

const char *plot_text(const struct report_table *t, size_t row, size_t column)
{
	const char *text = report_value(t, row, column)->text;

	return text ? text : "-";
}

double plot_value(const struct plot *p, size_t row, size_t column)
{
	return report_number(report_value(p->table, row, column));
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
			return (unsigned int)(row % PLOT_SERIES);
	return (unsigned int)(other % PLOT_SERIES);
}

void plot_fini(struct plot *p)
{
	for (size_t i = 0; i < p->nr_marks; i++)
		free(p->marks[i].text);
	free(p->marks);
}

unsigned int plot_mark(struct plot *p, const char *cls, const char *title)
{
	struct plot_mark *marks = p->marks, *m;

	/* the array doubles */
	if (!(p->nr_marks & (p->nr_marks - 1)))
		marks = reallocarray(marks, p->nr_marks ? 2 * p->nr_marks : 1, sizeof(*marks));
	if (!marks) {
		p->failed = true;
		return PLOT_AXIS;
	}
	p->marks = marks;
	m = &marks[p->nr_marks];
	m->text = title ? strdup(title) : NULL;
	p->failed |= title && !m->text;
	snprintf(m->cls, sizeof(m->cls), "%s", cls);
	return (unsigned int)p->nr_marks++;
}

unsigned int plot_series_mark(struct plot *p, char kind, unsigned int series, const char *title)
{
	char cls[16];

	snprintf(cls, sizeof(cls), "%c s%u", kind, series % PLOT_SERIES);
	return plot_mark(p, cls, title);
}

void plot_name(struct plot *p, const char *name)
{
	int n = fprintf(p->to, "'T%u", plot_mark(p, "", name));

	fprintf(p->to, "%.*s'", (int)strlen(name) + 1 - n > 0 ? (int)strlen(name) + 1 - n : 0,
		"________________________________________________________________");
}

void plot_begin(struct plot *p, int height)
{
	p->height = height;
	fprintf(p->to,
		"reset\n"
		"set terminal svg dynamic noenhanced size %d,%d font ',%g'\n"
		"set border 0\n"
		"set tics scale 0 nomirror\n"
		"set style fill solid noborder\n"
		"set samples 2\n"
		"unset key\n"
		"set multiplot\n",
		PLOT_WIDTH, height, LETTERS);
}

void plot_end(struct plot *p)
{
	fputs("unset multiplot\n", p->to);
}

void plot_frame(struct plot *p, double left, double top, double right, double bottom)
{
	fprintf(p->to,
		"set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
		"set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
		left / PLOT_WIDTH, right / PLOT_WIDTH, 1 - top / p->height, 1 - bottom / p->height);
}

void plot_label(struct plot *p, double x, double y, const char *where, const char *name)
{
	fputs("set label ", p->to);
	plot_name(p, name);
	fprintf(p->to, " at screen %.5f, screen %.5f %s\n", x / PLOT_WIDTH, 1 - y / p->height,
		where);
}

/* 1, 2 or 5 times a power of ten: at most four steps. */
static double step_of(double most)
{
	double least = (most > 0 ? most : 1) / 4, base = pow(10, floor(log10(least)));

	return base * (least <= base ? 1 : least <= 2 * base ? 2 : least <= 5 * base ? 5 : 10);
}

/* "512 MiB", "1.5 GiB", "2,000" */
static void tick_text(double value, enum report_unit unit, char *buf, unsigned int len)
{
	char *whole;

	if (unit == REPORT_BYTES) {
		num_format_size((uint64_t)value, buf, len);
		whole = strstr(buf, ".0 ");
		if (whole)
			memmove(whole, whole + 2, strlen(whole + 2) + 1);
	} else if (value < 1000) {
		snprintf(buf, len, "%.4g", value);
	} else {
		num_format_count((uint64_t)value, buf, len);
	}
}

/* As tables have them: gnuplot's formats know no commas in the C locale, and kiB instead of KiB. */
static void put_ticks(struct plot *p, char axis, enum report_unit unit, double step, double most)
{
	char buf[64];

	fprintf(p->to, "set %ctics (", axis);
	for (int i = 0; i <= ceil(most / step); i++) {
		tick_text(i * step, unit, buf, sizeof(buf));
		fputs(i ? ", " : "", p->to);
		plot_name(p, buf);
		fprintf(p->to, " %.12g", i * step);
	}
	fputs(")\n", p->to);
}

void plot_axis(struct plot *p, char axis, enum report_unit unit, double most)
{
	double step = step_of(most);

	fprintf(p->to, "set grid %ctics lt 1 lw 1 lc rgb %d\n", axis, PLOT_GRID);
	switch (unit) {
	case REPORT_BYTES:
		/* powers of two, four at the most */
		put_ticks(p, axis, unit, exp2(ceil(log2(fmax(most, 4) / 4))), most);
		break;
	case REPORT_RATE:
		put_ticks(p, axis, unit, step, most);
		fprintf(p->to, "set %crange [0:%.12g]\n", axis, ceil(fmax(most / step, 1)) * step);
		break;
	case REPORT_CHANGE:
		/* six or so: "+1000 %" fits seven times */
		fprintf(p->to,
			"set %ctics %.9g\nset format %c '%%+g %%%%'\nset %ctics add ('0' 0)\n"
			"set %czeroaxis lt 1 lw 1 lc rgb %d\n",
			axis, step_of(most / 1.6), axis, axis, axis == 'x' ? 'y' : 'x', PLOT_AXIS);
		break;
	case REPORT_SECONDS:
		fprintf(p->to, "set %ctics %.9g\nset format %c '%%g s'\n", axis, step, axis);
		break;
	default:
		fprintf(p->to, "set format %c '%%g'\n", axis);
	}
}

void plot_key_add(struct plot_key *key, unsigned int colour)
{
	if (key->nr < sizeof(key->colours) / sizeof(key->colours[0]))
		key->colours[key->nr++] = colour;
}

static int key_columns(const struct plot *p, const struct plot_key *key)
{
	size_t longest = 1;
	int columns;

	for (size_t i = 0; i < key->nr; i++) {
		const char *name = p->marks[key->colours[i]].text;

		if (name && strlen(name) > longest)
			longest = strlen(name);
	}
	columns = (int)(PLOT_WIDTH / (LETTER_WIDTH * ((double)longest + 4)));
	return columns > 1 ? columns : 1;
}

int plot_key_height(const struct plot *p, const struct plot_key *key)
{
	int columns = key_columns(p, key);

	return KEY_ROW * (((int)key->nr + columns - 1) / columns) + 4;
}

int plot_shape(struct plot *p, unsigned int series)
{
	/* disk, square, triangle, diamond, the triangle upside down, pentagon */
	static const int shapes[PLOT_SERIES] = {7, 5, 9, 13, 11, 15};

	p->points = true;
	return shapes[series % PLOT_SERIES];
}

void plot_key(struct plot *p, const struct plot_key *key)
{
	plot_frame(p, 0, 0, PLOT_WIDTH, p->height);
	fprintf(p->to,
		"unset tics\nunset grid\nunset xzeroaxis\nunset yzeroaxis\nunset label\n"
		"set key at screen 0.01, screen %.5f left bottom horizontal Left reverse"
		" samplen 0.6 spacing %.2f maxcols %d\n"
		"plot [0:1][0:1] NaN notitle",
		3.0 / p->height, KEY_ROW / (LETTERS * 1.5), key_columns(p, key));
	for (size_t i = 0; i < key->nr; i++) {
		unsigned int c = key->colours[i];

		fputs(", keyentry ", p->to);
		if (key->shapes)
			fprintf(p->to, "with points pt %d", plot_shape(p, key->shapes[i]));
		else
			fputs("with boxes", p->to);
		fprintf(p->to, " lc rgb %u title ", c);
		plot_name(p, p->marks[c].text ? p->marks[c].text : "-");
	}
	fputc('\n', p->to);
}

void plot_nothing(struct plot *p)
{
	plot_begin(p, 2 * KEY_ROW);
	plot_label(p, 4, KEY_ROW, "left", "nothing to show");
	plot_frame(p, 0, 0, PLOT_WIDTH, p->height);
	fputs("unset tics\nplot [0:1][0:1] NaN\n", p->to);
	plot_end(p);
}
