// SPDX-License-Identifier: GPL-2.0-only
/* The forms that are text: for a mail, and Markdown. */
#include <stdint.h>
#include <string.h>

#include "cmd/report/forms/report_form.h"
#include "cmd/table.h"

/* What a form of text is made of; the order of things is the same in all of them. */
struct style {
	void (*heading)(FILE *to, int level, const char *text);
	/* One paragraph, wrapped if the form wants it. */
	void (*paragraph)(FILE *to, const char *text);
	/* One line of a list: "key: value". */
	void (*item)(FILE *to, const char *key, const char *value);
	/* Something to type, verbatim. */
	void (*command)(FILE *to, const char *text);
	/* The rows of a table: all of them, or the groups one after the other. */
	int (*table)(const struct report_table *t, FILE *to, struct error *err);
};

/* The length of the next word; of one that no line of so much room holds, up to a comma that one does. */
static int word_length(const char *text, int room)
{
	int word = (int)strcspn(text, " ");

	for (int i = room; word > room && i > 0; i--)
		if (text[i - 1] == ',')
			return i;
	return word;
}

/* Breaks text so that no line is longer than the report; words without a comma stay whole. */
static void wrap(FILE *to, const char *text, int indent)
{
	int column = 0;

	while (*text) {
		int word = word_length(text, REPORT_WIDTH - indent);

		if (column && column + 1 + word > REPORT_WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		if (column)
			column += fprintf(to, " ");
		else
			column += fprintf(to, "%*s", indent, "");
		column += fprintf(to, "%.*s", word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', to);
}

static void text_heading(FILE *to, int level, const char *text)
{
	fprintf(to, "%s\n", text);
	for (size_t i = 0; i < strlen(text); i++)
		fputc(level > 1 ? '-' : '=', to);
	fputs("\n\n", to);
}

static void text_paragraph(FILE *to, const char *text)
{
	wrap(to, text, 0);
	fputc('\n', to);
}

static void text_item(FILE *to, const char *key, const char *value)
{
	enum { KEY = 12 };
	int column = fprintf(to, "%-*s ", KEY - 1, key);
	bool begins = true;

	while (*value) {
		int word = word_length(value, REPORT_WIDTH - KEY);

		if (!begins && column + 1 + word > REPORT_WIDTH) {
			column = fprintf(to, "\n%*s", KEY, "") - 1;
			begins = true;
		}
		column += fprintf(to, "%s%.*s", begins ? "" : " ", word, value);
		begins = false;
		value += word;
		value += strspn(value, " ");
	}
	fputc('\n', to);
}

static void text_command(FILE *to, const char *text)
{
	/* a shell takes a command that is broken by backslashes */
	int column = fprintf(to, "    ");

	while (*text) {
		int word = (int)strcspn(text, " ");

		if (column > 4 && column + word + 2 > REPORT_WIDTH)
			column = fprintf(to, "\\\n        ") - 2;
		column += fprintf(to, "%.*s", word, text);
		text += word;
		if (*text)
			column += fprintf(to, " ");
		text += strspn(text, " ");
	}
	fputs("\n", to);
}

static size_t cell_width(const struct report_table *t, size_t row, size_t column)
{
	char buf[64];

	return strlen(report_format(report_value(t, row, column), t->columns[column].unit, buf,
				    sizeof(buf)));
}

/* What the other columns leave of a line for the one that names the rows: such names can be long. */
static size_t room_for_names(const struct report_table *t, size_t names, size_t first, size_t last)
{
	enum { LEAST = 8 };
	size_t others = 0;

	for (size_t c = names + 1; c < t->nr_columns; c++) {
		size_t width = strlen(t->columns[c].name);

		for (size_t row = first; row < last; row++)
			if (cell_width(t, row, c) > width)
				width = cell_width(t, row, c);
		others += width + 1;
	}
	return others + LEAST < REPORT_WIDTH ? REPORT_WIDTH - others : LEAST;
}

/* How much of a name goes into a line: all of it, or as far as one of its parts ends. */
static size_t name_length(const char *name, size_t room)
{
	size_t len = strlen(name);

	for (size_t i = room; len > room && i > 1; i--)
		if (name[i] == '+' || name[i] == '-' || name[i - 1] == ' ')
			return i;
	return len > room ? room : len;
}

static void add_row(struct table *out, const struct report_table *t, size_t row, size_t from,
		    size_t room)
{
	char buf[64], part[REPORT_WIDTH + 1];
	const char *name =
		report_format(report_value(t, row, from), t->columns[from].unit, buf, sizeof(buf));

	for (bool begins = true; begins || *name; begins = false) {
		size_t len = name_length(name, room);

		snprintf(part, sizeof(part), "%.*s", (int)len, name);
		table_row(out);
		table_text(out, name[len] ? part : name);
		name += len;
		for (size_t c = from + 1; c < t->nr_columns; c++) {
			char value[64];

			table_text(out,
				   begins ? report_format(report_value(t, row, c),
							  t->columns[c].unit, value, sizeof(value))
					  : "");
		}
	}
}

/*
 * Rows first..last-1 from column `from` on, as a table of libsmartcols, with so much room for the names in the first of
 * these: what is longer goes on in lines of its own. NULL: no memory.
 */
static struct table *table_of_rows(const struct report_table *t, size_t from, size_t first,
				   size_t last, size_t room, struct error *err)
{
	struct table_column *columns = calloc(t->nr_columns + 1, sizeof(*columns));
	_cleanup_(table_destroyp) struct table *out = NULL;

	for (size_t c = from; columns && c < t->nr_columns; c++)
		columns[c - from] = (struct table_column){
			t->columns[c].name, report_unit_is_number(t->columns[c].unit)};
	if (columns)
		out = table_create(columns, err);
	else
		error_nomem(err);
	free(columns);
	for (size_t row = first; out && row < last; row++)
		add_row(out, t, row, from, room);
	return take_ptr(out);
}

/* The first row after `row` that belongs to another group. */
static size_t group_end(const struct report_table *t, size_t row)
{
	const char *name = report_value(t, row, 0)->text;
	size_t end = row + 1;

	while (end < t->nr_rows && name && report_value(t, end, 0)->text &&
	       !strcmp(report_value(t, end, 0)->text, name))
		end++;
	return end;
}

/* Longer ones nobody reads in a mail; the other forms have them. */
enum { MAIL_ROWS = 48 };

/* A line wide enough for a mail has no room for the trace's name in every row. */
static int text_table(const struct report_table *t, FILE *to, struct error *err)
{
	size_t end;
	int r = 0;

	if (t->nr_rows > MAIL_ROWS) {
		fprintf(to, "(Table %s, %zu rows: see the other forms of this report.)\n\n", t->id,
			t->nr_rows);
		return 0;
	}
	for (size_t row = 0; !r && row < t->nr_rows; row = end) {
		_cleanup_(table_destroyp) struct table *rows = NULL;

		end = t->grouped ? group_end(t, row) : t->nr_rows;
		if (t->grouped && end - row < t->nr_rows)
			fprintf(to, "%s%s:\n", row ? "\n" : "", report_value(t, row, 0)->text);
		rows = table_of_rows(t, t->grouped, row, end,
				     room_for_names(t, t->grouped, row, end), err);
		r = table_print(rows, to, err);
	}
	fputc('\n', to);
	return r;
}

static const struct style text_style = {
	.heading = text_heading,
	.paragraph = text_paragraph,
	.item = text_item,
	.command = text_command,
	.table = text_table,
};

static void md_heading(FILE *to, int level, const char *text)
{
	fprintf(to, "%.*s %s\n\n", level, "####", text);
}

static void md_paragraph(FILE *to, const char *text)
{
	fprintf(to, "%s\n\n", text);
}

static void md_item(FILE *to, const char *key, const char *value)
{
	fprintf(to, "- **%s**: %s\n", key, value);
}

static void md_command(FILE *to, const char *text)
{
	fprintf(to, "    %s\n", text);
}

static int md_table(const struct report_table *t, FILE *to, struct error *err)
{
	bool one_group = t->grouped && t->nr_rows && group_end(t, 0) == t->nr_rows;
	_cleanup_(table_destroyp) struct table *rows =
		table_of_rows(t, one_group, 0, t->nr_rows, SIZE_MAX, err);
	int r = table_print_markdown(rows, to, err);

	fputc('\n', to);
	return r;
}

static const struct style md_style = {
	.heading = md_heading,
	.paragraph = md_paragraph,
	.item = md_item,
	.command = md_command,
	.table = md_table,
};

/* The numbers of a plot, or too many rows. */
static int elsewhere(const struct style *style, const struct report_table *t, FILE *to)
{
	char text[256];

	snprintf(text, sizeof(text), "(Table %s, %zu rows: see the other forms of this report.)",
		 t->id, t->nr_rows);
	style->paragraph(to, text);
	return 0;
}

static int write_block(const struct style *style, const struct report *r,
		       const struct report_block *b, FILE *to, struct error *err)
{
	switch (b->kind) {
	case REPORT_PARAGRAPH:
		style->paragraph(to, b->text);
		return 0;
	case REPORT_ITEM:
		style->item(to, b->key, b->text);
		return 0;
	case REPORT_COMMAND:
		style->command(to, b->text);
		return 0;
	case REPORT_TABLE:
		return r->tables[b->table]->detail ? elsewhere(style, r->tables[b->table], to)
						   : style->table(r->tables[b->table], to, err);
	default: /* a plot cannot be shown here; its table is in the JSON and the CSV */
		return 0;
	}
}

/* A section of nothing but plots would be a heading without a word. */
static bool has_words(const struct report *r, const struct report_section *s)
{
	for (size_t i = 0; i < s->nr_blocks; i++)
		if (s->blocks[i].kind != REPORT_PLOT &&
		    (s->blocks[i].kind != REPORT_TABLE || !r->tables[s->blocks[i].table]->detail))
			return true;
	return false;
}

/* Items and commands stand line by line; everything else ends with an empty line. */
static bool is_listed(const struct report_block *b)
{
	return b->kind == REPORT_ITEM || b->kind == REPORT_COMMAND;
}

static int write_section(const struct style *style, const struct report *r,
			 const struct report_section *s, FILE *to, struct error *err)
{
	int e = 0;

	for (size_t b = 0; !e && b < s->nr_blocks; b++) {
		const struct report_block *block = &s->blocks[b];

		e = write_block(style, r, block, to, err);
		if (is_listed(block) && (b + 1 == s->nr_blocks || block[1].kind != block->kind))
			fputc('\n', to);
	}
	return e;
}

static int write_report(const struct style *style, const struct report *r, FILE *to,
			struct error *err)
{
	int e = 0;

	style->heading(to, 1, r->title);
	for (size_t i = 0; !e && i < r->nr_sections; i++) {
		if (!has_words(r, &r->sections[i]))
			continue;
		/* the answer comes first and needs no heading */
		if (i)
			style->heading(to, 2, r->sections[i].title);
		e = write_section(style, r, &r->sections[i], to, err);
	}
	return e;
}

static int write_text(const struct report *r, FILE *to, struct error *err)
{
	return write_report(&text_style, r, to, err);
}

static int write_markdown(const struct report *r, FILE *to, struct error *err)
{
	return write_report(&md_style, r, to, err);
}

const struct report_form report_form_text = {
	.name = "text",
	.suffix = ".txt",
	.doc = "plain text of 72 columns, for a mailing list",
	.write = write_text,
};

const struct report_form report_form_markdown = {
	.name = "markdown",
	.suffix = ".md",
	.doc = "Markdown",
	.write = write_markdown,
};
