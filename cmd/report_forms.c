// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cmd/report.h"

/* Breaks text at blanks so that no line is longer than the report; words longer than that stay whole. */
static void wrap(FILE *to, const char *text, int indent)
{
	int column = 0;

	while (*text) {
		int word = (int)strcspn(text, " ");

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
	fprintf(to, "%s%s\n", level > 1 ? "\n" : "", text);
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
	int column = fprintf(to, "%-*s", KEY, key);

	while (*value) {
		int word = (int)strcspn(value, " ");

		if (column > KEY && column + 1 + word > REPORT_WIDTH)
			column = fprintf(to, "\n%*s", KEY, "") - 1;
		if (column > KEY)
			column += fprintf(to, " ");
		column += fprintf(to, "%.*s", word, value);
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

const struct report_form report_form_text = {
	.name = "text",
	.suffix = ".txt",
	.doc = "plain text of 72 columns, for a mailing list",
	.heading = text_heading,
	.paragraph = text_paragraph,
	.item = text_item,
	.command = text_command,
	.table = table_print,
};

static void md_heading(FILE *to, int level, const char *text)
{
	fprintf(to, "%s%.*s %s\n\n", level > 1 ? "\n" : "", level, "####", text);
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

const struct report_form report_form_markdown = {
	.name = "markdown",
	.suffix = ".md",
	.doc = "Markdown",
	.heading = md_heading,
	.paragraph = md_paragraph,
	.item = md_item,
	.command = md_command,
	.table = table_print_markdown,
};

static const struct report_form *const forms[] = {&report_form_text, &report_form_markdown};

const struct report_form *report_form_find(const char *name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(forms[i]->name, name))
			return forms[i];
	return NULL;
}

const struct report_form *report_form_for_file(const char *path)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t len = strlen(path), suffix = strlen(forms[i]->suffix);

		if (len > suffix && !strcmp(path + len - suffix, forms[i]->suffix))
			return forms[i];
	}
	return NULL;
}
