/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report as data: sections of paragraphs, tables and plots. It is filled once, from the results of replays
 * (report.h), and every form - text, Markdown, HTML, JSON, CSV - is written from it and from nothing else. So
 * a number cannot differ between forms, and a report read back from its own JSON gives every form again.
 *
 * A plot has no numbers of its own: it shows rows of a table, and every form that can show it shows them beside it.
 */
#ifndef CMD_REPORT_DOC_H
#define CMD_REPORT_DOC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/* What the values of a column are, and so how they are printed. REPORT_UNIT(NAME, "name in JSON", doc) */
#define REPORT_UNITS(REPORT_UNIT)                                                                  \
	REPORT_UNIT(TEXT, "text", "a name or a sentence")                                          \
	REPORT_UNIT(COUNT, "count", "an integer")                                                  \
	REPORT_UNIT(BYTES, "bytes", "an integer, printed in binary units")                         \
	REPORT_UNIT(BYTES_CHANGE, "bytes_change", "an integer, printed with its sign")             \
	REPORT_UNIT(PERCENT, "percent", "a share in per cent")                                     \
	REPORT_UNIT(CHANGE, "percent_change", "per cent more or less")                             \
	REPORT_UNIT(POINTS, "percent_points", "half the width of an interval, in per cent")        \
	REPORT_UNIT(RATE, "per_second", "so many in a second of the workload")                     \
	REPORT_UNIT(SECONDS, "seconds", "a time")                                                  \
	REPORT_UNIT(NUMBER, "number", "any other number")

enum report_unit {
#define REPORT_UNIT(NAME, name, doc) REPORT_##NAME,
	REPORT_UNITS(REPORT_UNIT)
#undef REPORT_UNIT
		REPORT_UNIT_MAX
};

/* REPORT_PLOT_KIND(NAME, "name in JSON", doc): what is drawn from which columns */
#define REPORT_PLOT_KINDS(KIND)                                                                    \
	KIND(AREA, "area", "the columns of bytes stacked over the one of seconds")                 \
	KIND(LINES, "lines", "a line for each row over the columns of numbers")                    \
	KIND(BARS, "bars", "a group of bars for each row, one for each column of rates")           \
	KIND(SCATTER, "scatter", "a point for each row: its first two columns of changes")         \
	KIND(TORNADO, "tornado", "a bar for each row between its first two columns of changes")    \
	KIND(MAP, "map", "the cells of each row, one letter each: a kind of page")                 \
	KIND(WRITERS, "writers", "the same, of sorts of operations")

enum report_plot_kind {
#define KIND(NAME, name, doc) REPORT_PLOT_##NAME,
	REPORT_PLOT_KINDS(KIND)
#undef KIND
		REPORT_PLOT_MAX
};

enum report_value_type { REPORT_NONE, REPORT_STRING, REPORT_INT, REPORT_REAL };

struct report_value {
	uint8_t type; /* enum report_value_type */
	int64_t n;
	double x;
	char *text;
};

struct report_column {
	char *key;  /* stable: part of the interface */
	char *name; /* for people */
	uint8_t unit;
};

struct report_table {
	char *id;     /* stable, too */
	char *title;  /* a caption */
	bool grouped; /* the first column names the trace; people see one group of rows for each */
	bool detail;  /* the numbers of a plot: too many to be read in a mail */
	size_t nr_columns, nr_rows;
	struct report_column *columns;
	struct report_value *values; /* nr_rows * nr_columns */
	size_t cell;		     /* the next one to be filled */
	bool failed;		     /* memory ran out */
};

enum report_block_kind {
	REPORT_PARAGRAPH,
	REPORT_ITEM,
	REPORT_COMMAND,
	REPORT_TABLE,
	REPORT_PLOT,
	REPORT_BLOCK_MAX
};

struct report_block {
	uint8_t kind;
	uint8_t plot; /* enum report_plot_kind */
	char *key;    /* of an item; title of a plot */
	char *text;   /* of a paragraph, item or command; description of a plot */
	size_t table; /* index */
	/* a plot shows the rows whose first column is `where`, and the second `and_where`; NULL: all */
	char *where, *and_where;
};

struct report_section {
	char *id, *title;
	size_t nr_blocks;
	struct report_block *blocks;
};

struct report {
	char *generator; /* "memsim 0.1.0" */
	char *title;
	size_t nr_sections, nr_tables;
	struct report_section *sections;
	struct report_table **tables;
	bool complete; /* no trace lost anything */
	bool failed;   /* memory ran out; sticks */
};

struct report *report_create(const char *title);
void report_destroy(struct report *r);
DEFINE_CLEANUP(struct report *, report_destroy);
/* 0, or -ENOMEM if anything before failed. r may be NULL. */
int report_check(const struct report *r, struct error *err) __must_check;

/* Blocks go to the last section. None of these fails by itself: see report_check(). */
void report_section(struct report *r, const char *id, const char *title);
void report_paragraph(struct report *r, const char *text);
void report_item(struct report *r, const char *key, const char *text);
void report_command(struct report *r, const char *text);
void report_show_table(struct report *r, const struct report_table *t);
void report_plot(struct report *r, enum report_plot_kind kind, const struct report_table *t,
		 const char *where, const char *and_where, const char *title, const char *text);

/* A table that no section shows yet. NULL: no memory; all functions on tables take that, and report_check() tells it. */
struct report_table *report_table(struct report *r, const char *id, const char *title);
void report_column(struct report_table *t, const char *key, const char *name,
		   enum report_unit unit);

/* See struct report_table. */
void report_table_grouped(struct report_table *t);
void report_table_detail(struct report_table *t);

/* The static part of a table's columns. */
struct report_column_spec {
	const char *key, *name;
	enum report_unit unit;
};
void report_columns(struct report_table *t, const struct report_column_spec *specs, size_t nr);

/* Cells from left to right, row by row, once all columns are there. */
void report_cell_text(struct report_table *t, const char *text);
void report_cell_int(struct report_table *t, int64_t n);
void report_cell_real(struct report_table *t, double x);
void report_cell_none(struct report_table *t);

const struct report_value *report_value(const struct report_table *t, size_t row, size_t column);
/* The value as a number; 0 where there is none. */
double report_number(const struct report_value *v);
/* As people read it: "145.6 MiB", "+4.8 %"; "-" where there is nothing. buf of 64 bytes. */
const char *report_format(const struct report_value *v, enum report_unit unit, char *buf,
			  size_t len);
/* Index of the column of that key, or nr_columns. */
size_t report_column_find(const struct report_table *t, const char *key);
bool report_unit_is_number(enum report_unit unit);
const char *report_unit_name(enum report_unit unit);
const char *report_plot_name(enum report_plot_kind kind);

/* Whether a plot shows this row. */
bool report_plot_has(const struct report_block *plot, const struct report_table *t, size_t row);

/* A text that is put together by printf; a piece that does not fit any more is left out whole. */
struct report_text {
	char s[8192];
	size_t len;
};
void report_add(struct report_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What comes before the next one, after `told`, of nr things that are listed: nothing, ", " or " and ". */
void report_add_separator(struct report_text *t, size_t told, size_t nr);

/* JSON: docs/man/memsim-report-json.5.rst. NULL: no memory. */
json_t *report_to_json(const struct report *r);
/* Strict: whatever does not fit is -EINVAL and named. `file` is for messages. */
int report_from_json(const char *file, const json_t *json, struct report **ret,
		     struct error *err) __must_check;

#endif
