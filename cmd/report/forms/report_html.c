// SPDX-License-Identifier: GPL-2.0-only
/*
 * One HTML file that needs nothing else: no script, and a policy by which the browser itself refuses every
 * request. What a picture shows stands in a table below it, so nothing is lost without it.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "cmd/report/doc/report_markup.h"
#include "cmd/report/forms/report_form.h"
#include "cmd/report/plots/report_pictures.h"

/* <tag>text</tag> */
static void element(FILE *to, const char *tag, const char *text)
{
	fprintf(to, "<%s>", tag);
	html_text(to, text);
	fprintf(to, "</%.*s>", (int)strcspn(tag, " "), tag);
}

static void write_head(FILE *to, const struct report *r)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
	      to);
	element(to, "title", r->title);
	fputs("\n<style>\n", to);
	for (size_t i = 0; i < report_nr_assets; i++)
		fwrite(report_assets[i].text, 1, report_assets[i].len, to);
	fputs("</style>\n</head>\n<body>\n"
	      "<a class=\"skip\" href=\"#main\">Skip to the answer</a>\n<header>\n",
	      to);
	element(to, "h1", r->title);
	fputs("\n<nav aria-label=\"Sections\"><ul>\n", to);
	for (size_t i = 0; i < r->nr_sections; i++) {
		fputs("<li><a href=\"#", to);
		html_text(to, r->sections[i].id);
		fputs("\">", to);
		html_text(to, r->sections[i].title);
		fputs("</a></li>\n", to);
	}
	fputs("</ul></nav>\n</header>\n<main id=\"main\">\n", to);
}

static void write_row(FILE *to, const struct report_table *t, size_t row, size_t from)
{
	char buf[64];

	fputs("<tr>", to);
	for (size_t c = from; c < t->nr_columns; c++) {
		const struct report_value *v = report_value(t, row, c);
		bool number = report_unit_is_number(t->columns[c].unit);

		element(to,
			c == from ? "th scope=\"row\""
			: number  ? "td class=\"n\""
				  : "td",
			report_format(v, t->columns[c].unit, buf, sizeof(buf)));
	}
	fputs("</tr>\n", to);
}

/* How many different names the first column has, up to two, among the rows that the plot (or NULL) shows. */
static int nr_groups(const struct report_table *t, const struct report_block *plot)
{
	const char *first = NULL;

	for (size_t row = 0; row < t->nr_rows; row++) {
		const char *name = report_value(t, row, 0)->text;

		if (plot && !report_plot_has(plot, t, row))
			continue;
		if (first && name && strcmp(first, name))
			return 2;
		first = name;
	}
	return first != NULL;
}

static void write_group(FILE *to, const struct report_table *t, size_t row)
{
	fprintf(to, "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%zu\">",
		t->nr_columns - 1);
	html_text(to, report_value(t, row, 0)->text ? report_value(t, row, 0)->text : "-");
	fputs("</th></tr>\n", to);
}

static void write_table(FILE *to, const struct report_table *t, const struct report_block *plot)
{
	bool headed = t->grouped && nr_groups(t, plot) > 1;
	const char *group = NULL;
	size_t from = t->grouped;

	fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"", to);
	html_text(to, t->title);
	fputs("\"><table>", to);
	element(to, "caption", t->title);
	fputs("\n<thead><tr>", to);
	for (size_t c = from; c < t->nr_columns; c++)
		element(to,
			report_unit_is_number(t->columns[c].unit) ? "th scope=\"col\" class=\"n\""
								  : "th scope=\"col\"",
			t->columns[c].name);
	fputs("</tr></thead>\n<tbody>\n", to);
	for (size_t row = 0; row < t->nr_rows; row++) {
		const char *name = report_value(t, row, 0)->text;

		if (plot && !report_plot_has(plot, t, row))
			continue;
		if (headed && name && (!group || strcmp(group, name)))
			write_group(to, t, row);
		group = name;
		write_row(to, t, row, from);
	}
	fputs("</tbody></table></div>\n", to);
}

/* Of many figures of a section the first is seen at once, and the others wait behind their titles. */
static void write_figure(FILE *to, const struct report *r, const struct report_block *b,
			 const char *picture, bool folded)
{
	if (folded) {
		fputs("<details class=\"more\">", to);
		element(to, "summary", b->key);
		fputc('\n', to);
	}
	fputs("<figure>", to);
	element(to, "figcaption", b->key);
	fputc('\n', to);
	fputs(picture, to);
	element(to, "p", b->text);
	fputs("\n<details><summary>The numbers of this figure</summary>\n", to);
	write_table(to, r->tables[b->table], b);
	fputs("</details></figure>\n", to);
	if (folded)
		fputs("</details>\n", to);
}

static void write_section(FILE *to, const struct report *r, const struct report_section *s,
			  const struct report_pictures *pictures, size_t *figure)
{
	int before = -1, plot = -1;

	for (size_t i = 0; i < s->nr_blocks; i++) {
		const struct report_block *b = &s->blocks[i];
		bool item = b->kind == REPORT_ITEM, open = before == REPORT_ITEM;

		if (item != open)
			fputs(item ? "<dl>\n" : "</dl>\n", to);
		if (item) {
			element(to, "dt", b->key);
			element(to, "dd", b->text);
			fputc('\n', to);
		} else if (b->kind == REPORT_TABLE && !r->tables[b->table]->detail) {
			write_table(to, r->tables[b->table], NULL);
		} else if (b->kind == REPORT_PLOT) {
			write_figure(to, r, b, *figure < pictures->nr ? pictures->svg[*figure] : "",
				     before == REPORT_PLOT && b->plot == plot);
			++*figure;
			plot = b->plot;
		} else if (b->kind == REPORT_COMMAND) {
			fputs("<pre tabindex=\"0\">", to);
			element(to, "code", b->text);
			fputs("</pre>\n", to);
		} else if (b->kind == REPORT_PARAGRAPH) {
			element(to, "p", b->text);
			fputc('\n', to);
		}
		before = b->kind;
	}
	if (before == REPORT_ITEM)
		fputs("</dl>\n", to);
}

static int write_html(const struct report *r, FILE *to, struct error *err)
{
	_cleanup_(report_pictures_fini) struct report_pictures pictures = {.nr = 0};
	int e = report_pictures_draw(r, &pictures, err);
	size_t figure = 0;

	if (e && e != -ENOENT)
		return e;
	write_head(to, r);
	if (e) {
		log_warn(
			"gnuplot is not installed: the report has no pictures, only their numbers");
		element(to, "p",
			"The pictures are left out, because gnuplot is not installed where this "
			"was written; the numbers of each are in the table that stands for it.");
		fputc('\n', to);
	}
	for (size_t i = 0; i < r->nr_sections; i++) {
		const struct report_section *s = &r->sections[i];

		fputs("<section id=\"", to);
		html_text(to, s->id);
		fputs("\">\n", to);
		element(to, "h2", s->title);
		fputc('\n', to);
		write_section(to, r, s, &pictures, &figure);
		fputs("</section>\n", to);
	}
	fputs("</main>\n<footer><p>", to);
	html_text(to, r->generator);
	fputs("</p></footer>\n</body>\n</html>\n", to);
	return 0;
}

const struct report_form report_form_html = {
	.name = "html",
	.suffix = ".html",
	.doc = "one HTML file that needs nothing else, with pictures",
	.write = write_html,
};
