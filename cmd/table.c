// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/table.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"

struct table {
	struct libscols_table *cols;
	struct libscols_line *line;
	size_t cell;
	bool failed;
};

struct table *table_create(const struct table_column *columns, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = calloc(1, sizeof(*t));

	if (t)
		t->cols = scols_new_table();
	if (!t || !t->cols) {
		error_nomem(err);
		return NULL;
	}
	for (; columns->name; columns++) {
		if (!scols_table_new_column(t->cols, columns->name, 0,
					    columns->right ? SCOLS_FL_RIGHT : 0)) {
			error_nomem(err);
			return NULL;
		}
	}
	/* the same table in a pipe as on a wide terminal: nothing is cut off */
	scols_table_enable_nowrap(t->cols, 1);
	scols_table_set_termforce(t->cols, SCOLS_TERMFORCE_NEVER);
	return take_ptr(t);
}

void table_destroy(struct table *t)
{
	if (!t)
		return;
	scols_unref_table(t->cols);
	free(t);
}

void table_row(struct table *t)
{
	t->line = scols_table_new_line(t->cols, NULL);
	t->cell = 0;
	t->failed |= !t->line;
}

void table_text(struct table *t, const char *text)
{
	if (t->line && scols_line_set_data(t->line, t->cell++, text))
		t->failed = true;
}

void table_count(struct table *t, uint64_t n)
{
	char buf[32];

	table_text(t, num_format_count(n, buf, sizeof(buf)));
}

void table_size(struct table *t, uint64_t bytes)
{
	char buf[32];

	table_text(t, num_format_size(bytes, buf, sizeof(buf)));
}

void table_format(struct table *t, const char *fmt, ...)
{
	char buf[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	table_text(t, buf);
}

static int check(const struct table *t, struct error *err)
{
	if (!t)
		return err ? err->code : -ENOMEM;
	return t->failed ? error_nomem(err) : 0;
}

/* Without the blanks that fill an empty cell at the end of a line: mail programs mark them. */
int table_print(struct table *t, FILE *to, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = check(t, err);

	if (r)
		return r;
	if (scols_print_table_to_string(t->cols, &text))
		return error_nomem(err);
	for (const char *line = text; *line; line++) {
		size_t len = strcspn(line, "\n"), end = len;

		while (end && line[end - 1] == ' ')
			end--;
		fprintf(to, "%.*s\n", (int)end, line);
		line += len;
		if (!*line)
			break;
	}
	return 0;
}

int table_print_markdown(struct table *t, FILE *to, struct error *err)
{
	int r = check(t, err);
	size_t columns;

	if (r)
		return r;
	columns = scols_table_get_ncols(t->cols);
	for (size_t c = 0; c < columns; c++)
		fprintf(to, "| %s ", scols_column_get_name(scols_table_get_column(t->cols, c)));
	fputs("|\n", to);
	for (size_t c = 0; c < columns; c++)
		fputs(scols_column_is_right(scols_table_get_column(t->cols, c)) ? "|---:" : "|---",
		      to);
	fputs("|\n", to);
	for (size_t l = 0; l < scols_table_get_nlines(t->cols); l++) {
		struct libscols_line *line = scols_table_get_line(t->cols, l);

		for (size_t c = 0; c < columns; c++) {
			const char *data = scols_cell_get_data(scols_line_get_cell(line, c));

			fprintf(to, "| %s ", data ? data : "");
		}
		fputs("|\n", to);
	}
	return 0;
}
