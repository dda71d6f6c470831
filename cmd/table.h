/* SPDX-License-Identifier: GPL-2.0-only */
/* Aligned tables by libsmartcols, filled row by row. Failures stick and are reported by table_print(). */
#ifndef CMD_TABLE_H
#define CMD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct table_column {
	const char *name; /* NULL ends the list */
	bool right;	  /* numbers */
};

struct table;

/* NULL with err set when memory is out. */
struct table *table_create(const struct table_column *columns, struct error *err);
void table_destroy(struct table *t);
DEFINE_CLEANUP(struct table *, table_destroy);

/* Begins a row; the cells follow from left to right. */
void table_row(struct table *t);
void table_text(struct table *t, const char *text);
void table_count(struct table *t, uint64_t n);	  /* 6,291,456 */
void table_size(struct table *t, uint64_t bytes); /* 384.0 MiB */
void table_format(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Aligned, with blanks. t may be NULL, from a table_create() that failed. */
int table_print(struct table *t, FILE *to, struct error *err) __must_check;
/* The same as a Markdown table. */
int table_print_markdown(struct table *t, FILE *to, struct error *err) __must_check;

#endif
