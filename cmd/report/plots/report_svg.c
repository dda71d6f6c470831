// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a picture of gnuplot's a part of the page: what its svg terminal (term/svg.trm) writes are paths, polygons,
 * uses of shapes and texts in groups that carry colours and places. Colours become classes of cmd/report/forms/report.css and
 * titles (report_plot.h), so light, dark and print are the page's; ids are those of this picture; shapes of one
 * mark in a row are one path. The terminal's fonts, its name and its version stay out.
 */
#include <errno.h>
#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/doc/report_markup.h"
#include "cmd/report/plots/report_plot.h"

enum { NO_MARK = -1 };

struct svg {
	const struct plot *plot;
	FILE *to, *names; /* names are the last, above all shapes */
	long mark;	  /* of the path that is open */
	bool defs, text;
	const char *anchor; /* of the text in this group */
	double x, y;
	struct report_text name;
};

/* The colour that the script asked for; what has none is an axis. */
static long mark_of(const struct svg *s, const char *colour)
{
	unsigned int r, g, b;
	long mark = PLOT_AXIS;

	if (colour && sscanf(colour, "rgb(%u,%u,%u)", &r, &g, &b) == 3)
		mark = (long)(r << 16 | g << 8 | b);
	return mark < (long)s->plot->nr_marks ? mark : PLOT_AXIS;
}

static const char *attr(const char **attrs, const char *name)
{
	for (; *attrs; attrs += 2)
		if (!strcmp(attrs[0], name))
			return attrs[1];
	return NULL;
}

/* Ends an element with the title of its mark, if it has one. */
static void end_shape(struct svg *s, const char *element, const char *title)
{
	if (!title) {
		fputs("/>\n", s->to);
		return;
	}
	fputs("><title>", s->to);
	html_text(s->to, title);
	fprintf(s->to, "</title></%s>\n", element);
}

static void path_close(struct svg *s)
{
	if (s->mark == NO_MARK)
		return;
	fputc('"', s->to);
	end_shape(s, "path", s->plot->marks[s->mark].text);
	s->mark = NO_MARK;
}

static void path_open(struct svg *s, long mark)
{
	if (s->mark == mark)
		return;
	path_close(s);
	s->mark = mark;
	fprintf(s->to, "<path class=\"%s\" d=\"", s->plot->marks[mark].cls);
}

/*
 * Adds "M1.00,2.00 L3.00,4.00" of a path, or "1.00,2.00 3.00,4.00" of a polygon, as steps from corner to corner: in
 * tenths of a unit, which add up. A line of one corner only is a tick of length 0.
 */
static void put_lines(struct svg *s, long mark, const char *corners, const char *end)
{
	long x = 0, y = 0, from_x = 0, from_y = 0;
	bool began = false, begin = true;
	const char *d = corners;
	char *rest;

	for (;; d = rest) {
		d += strspn(d, " \t\r\nL");
		begin |= *d == 'M';
		x = lround(10 * strtod(d + (*d == 'M'), &rest));
		if (*rest != ',')
			break;
		y = lround(10 * strtod(rest + 1, &rest));
		if (!begin && !began) {
			path_open(s, mark);
			fprintf(s->to, "M%g %g", (double)from_x / 10, (double)from_y / 10);
		}
		if (!begin && (x != from_x || y != from_y))
			fprintf(s->to, "l%g %g", (double)(x - from_x) / 10,
				(double)(y - from_y) / 10);
		began = !begin;
		begin = false;
		from_x = x;
		from_y = y;
	}
	if (began)
		fputs(end, s->to);
}

/* A shape for points: its id and what it refers to are made those of this picture. */
static void put_shape(struct svg *s, const char *name, const char **attrs)
{
	const char *id = attr(attrs, "id");

	if (!id || strncmp(id, "gpPt", 4))
		return;
	fprintf(s->to, "<%s", name);
	for (; *attrs; attrs += 2) {
		const char *key = !strcmp(attrs[0], "xlink:href") ? "href" : attrs[0];
		bool refers = !strcmp(key, "href") || !strcmp(key, "id");

		fprintf(s->to, " %s=\"", key);
		if (refers)
			fprintf(s->to, "%sp%u-%s", *attrs[1] == '#' ? "#" : "", s->plot->number,
				attrs[1] + strcspn(attrs[1], "0123456789"));
		else
			html_text(s->to, attrs[1]);
		fputc('"', s->to);
	}
	fputs("/>\n", s->to);
}

static void put_point(struct svg *s, const char **attrs)
{
	const struct plot_mark *m = &s->plot->marks[mark_of(s, attr(attrs, "color"))];
	const char *at = attr(attrs, "transform"), *shape = attr(attrs, "xlink:href");
	double x, y, scale;

	if (!at || !shape || sscanf(at, "translate(%lf,%lf) scale(%lf)", &x, &y, &scale) != 3)
		return;
	path_close(s);
	fprintf(s->to,
		"<use href=\"#p%u-%s\" class=\"%s\" transform=\"translate(%.1f %.1f)scale(%g)\"",
		s->plot->number, shape + strcspn(shape, "0123456789"), m->cls, x, y, scale);
	end_shape(s, "use", m->text);
}

static void begin_picture(struct svg *s, const char **attrs)
{
	unsigned int n = s->plot->number;
	const char *box = attr(attrs, "viewBox");

	fprintf(s->to,
		"<svg viewBox=\"%s\" role=\"img\" aria-labelledby=\"t%u d%u\"><title id=\"t%u\">",
		box ? box : "", n, n, n);
	html_text(s->to, s->plot->block->key);
	fprintf(s->to, "</title><desc id=\"d%u\">", n);
	html_text(s->to, s->plot->block->text);
	fputs("</desc>\n", s->to);
}

static void on_start(void *data, const char *name, const char **attrs)
{
	struct svg *s = data;
	const char *at;

	if (!strcmp(name, "svg")) {
		begin_picture(s, attrs);
	} else if (!strcmp(name, "defs")) {
		s->defs = true;
		if (s->plot->points)
			fputs("<defs>\n", s->to);
	} else if (s->defs) {
		if (s->plot->points)
			put_shape(s, name, attrs);
	} else if (!strcmp(name, "path") && (at = attr(attrs, "d"))) {
		put_lines(s, mark_of(s, attr(attrs, "stroke")), at, "");
	} else if (!strcmp(name, "polygon") && (at = attr(attrs, "points"))) {
		put_lines(s, mark_of(s, attr(attrs, "fill")), at, "z");
	} else if (!strcmp(name, "use")) {
		put_point(s, attrs);
	} else if (!strcmp(name, "g") && (at = attr(attrs, "text-anchor"))) {
		const char *place = attr(attrs, "transform");

		s->anchor = !strcmp(at, "end") ? "end" : !strcmp(at, "middle") ? "middle" : NULL;
		if (!place || sscanf(place, "translate(%lf,%lf)", &s->x, &s->y) != 2)
			s->x = s->y = 0;
	} else if (!strcmp(name, "text")) {
		s->text = true;
		s->name = (struct report_text){.len = 0};
	}
}

static void on_text(void *data, const char *text, int len)
{
	struct svg *s = data;

	if (s->text)
		report_add(&s->name, "%.*s", len, text);
}

/* A placeholder stands for a name; everything else is a number that gnuplot has written. */
static void put_text(struct svg *s)
{
	const char *text = s->name.s + strspn(s->name.s, " ");
	unsigned int mark;

	if (sscanf(text, "T%u", &mark) == 1 && mark < s->plot->nr_marks &&
	    s->plot->marks[mark].text)
		text = s->plot->marks[mark].text;
	fprintf(s->names, "<text x=\"%.1f\" y=\"%.1f\"", s->x, s->y);
	if (s->anchor)
		fprintf(s->names, " text-anchor=\"%s\"", s->anchor);
	fputc('>', s->names);
	html_text(s->names, text);
	fputs("</text>\n", s->names);
}

static void on_end(void *data, const char *name)
{
	struct svg *s = data;

	if (!strcmp(name, "text")) {
		s->text = false;
		put_text(s);
	} else if (!strcmp(name, "defs")) {
		if (s->plot->points)
			fputs("</defs>\n", s->to);
		s->defs = false;
	}
}

int plot_to_svg(const struct plot *p, const char *svg, size_t len, FILE *to, struct error *err)
{
	_cleanup_free_ char *names = NULL;
	size_t names_len = 0;
	struct svg s = {.plot = p, .to = to, .mark = NO_MARK};
	XML_Parser parser = XML_ParserCreate("UTF-8");
	int r = 0;

	s.names = open_memstream(&names, &names_len);
	if (parser && s.names) {
		XML_SetUserData(parser, &s);
		XML_SetElementHandler(parser, on_start, on_end);
		XML_SetCharacterDataHandler(parser, on_text);
		if (XML_Parse(parser, svg, (int)len, true) != XML_STATUS_OK)
			r = error_set(err, -EIO, "gnuplot: its picture %u, line %lu: %s", p->number,
				      XML_GetCurrentLineNumber(parser),
				      XML_ErrorString(XML_GetErrorCode(parser)));
	} else {
		r = error_nomem(err);
	}
	path_close(&s);
	if (s.names && fclose(s.names))
		r = error_nomem(err);
	if (!r)
		fputs(names, to);
	fputs("</svg>\n", to);
	XML_ParserFree(parser);
	return r;
}
