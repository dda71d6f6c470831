// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report_svg.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "cmd/report_form.h"

/* About as wide as a character of the labels, in units of the picture. */
#define CHARACTER 7.0

void svg_scale_fit(struct svg_scale *s, double min, double max, double first, double last,
		   int ticks, bool binary)
{
	double range = max > min ? max - min : 1, raw = range / ticks;
	double base = binary ? exp2(floor(log2(raw))) : pow(10, floor(log10(raw)));
	static const double decimal[] = {1, 2, 5, 10};

	s->step = base;
	if (binary && base < raw)
		s->step = 2 * base;
	for (size_t i = 0; !binary && i < sizeof(decimal) / sizeof(decimal[0]); i++) {
		s->step = decimal[i] * base;
		if (s->step >= raw * 0.999)
			break;
	}
	s->from = floor(min / s->step) * s->step;
	s->to = ceil(max / s->step - 1e-9) * s->step;
	if (s->to <= s->from)
		s->to = s->from + s->step;
	s->first = first;
	s->last = last;
}

double svg_at(const struct svg_scale *s, double value)
{
	return s->first + (value - s->from) / (s->to - s->from) * (s->last - s->first);
}

void svg_begin(FILE *to, int height, unsigned int number, const char *title, const char *text)
{
	fprintf(to,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t%u d%u\">"
		"<title id=\"t%u\">",
		SVG_WIDTH, height, number, number, number);
	html_text(to, title);
	fprintf(to, "</title><desc id=\"d%u\">", number);
	html_text(to, text);
	fputs("</desc>\n", to);
}

void svg_end(FILE *to)
{
	fputs("</svg>\n", to);
}

void svg_label(FILE *to, double x, double y, const char *anchor, const char *text)
{
	fprintf(to, "<text x=\"%.1f\" y=\"%.1f\"", x, y);
	if (strcmp(anchor, "start"))
		fprintf(to, " text-anchor=\"%s\"", anchor);
	fputc('>', to);
	html_text(to, text);
	fputs("</text>\n", to);
}

void svg_line(FILE *to, const char *cls, double x1, double y1, double x2, double y2)
{
	fprintf(to, "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", cls, x1, y1, x2, y2);
}

void svg_rect(FILE *to, const char *cls, double x, double y, double width, double height,
	      const char *title)
{
	fprintf(to, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", cls,
		x, y, width, height);
	if (!title) {
		fputs("/>\n", to);
		return;
	}
	fputs("><title>", to);
	html_text(to, title);
	fputs("</title></rect>\n", to);
}

void svg_mark(FILE *to, unsigned int i, double x, double y, const char *title)
{
	static const char *const shapes[SVG_SERIES] = {
		"m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
		"m-4-4h8v8h-8z",
		"m0-5l5 9h-10z",
		"m0-5l5 5-5 5-5-5z",
		"m0 5l5-9h-10z",
		"m-5-1h4v-4h2v4h4v2h-4v4h-2v-4h-4z",
	};

	fprintf(to, "<path class=\"f s%u\" d=\"M%.1f %.1f%s\"", i % SVG_SERIES, x, y,
		shapes[i % SVG_SERIES]);
	if (!title) {
		fputs("/>\n", to);
		return;
	}
	fputs("><title>", to);
	html_text(to, title);
	fputs("</title></path>\n", to);
}

/* Axis labels are shorter than cells: "48 MiB", "-20 %". */
static const char *tick_text(double value, enum report_unit unit, char *buf, size_t len)
{
	char digits[32];

	switch (unit) {
	case REPORT_BYTES:
		num_format_size((uint64_t)value, digits, sizeof(digits));
		/* ticks are mostly whole: "48 MiB", not "48.0 MiB" */
		if (strstr(digits, ".0 "))
			snprintf(buf, len, "%.*s%s", (int)strcspn(digits, "."), digits,
				 strchr(digits, ' '));
		else
			snprintf(buf, len, "%s", digits);
		return buf;
	case REPORT_CHANGE:
		snprintf(buf, len, fabs(value) < 1e-9 ? "0" : "%+.4g %%", value);
		return buf;
	case REPORT_SECONDS:
		snprintf(buf, len, "%.4g s", value);
		return buf;
	default:
		if (value < 1000)
			snprintf(buf, len, "%.4g", value);
		else
			num_format_count((uint64_t)(value + 0.5), buf, (unsigned int)len);
		return buf;
	}
}

static int nr_ticks(const struct svg_scale *s)
{
	int n = (int)((s->to - s->from) / s->step + 1.001);

	return n < SVG_MAX_TICKS ? n : SVG_MAX_TICKS;
}

void svg_grid_y(FILE *to, const struct svg_scale *y, double left, double right,
		enum report_unit unit)
{
	char buf[64];

	for (int i = 0; i < nr_ticks(y); i++) {
		double value = y->from + i * y->step, at = svg_at(y, value);

		svg_line(to, fabs(value) < y->step / 2 ? "axis" : "grid", left, at, right, at);
		svg_label(to, left - 4, at + 4, "end", tick_text(value, unit, buf, sizeof(buf)));
	}
}

void svg_grid_x(FILE *to, const struct svg_scale *x, double top, double bottom,
		enum report_unit unit)
{
	char buf[64];

	for (int i = 0; i < nr_ticks(x); i++) {
		double value = x->from + i * x->step, at = svg_at(x, value);

		svg_line(to, fabs(value) < x->step / 2 ? "axis" : "grid", at, top, at, bottom);
		svg_label(to, at, bottom + 14, "middle", tick_text(value, unit, buf, sizeof(buf)));
	}
}

void svg_legend_add(struct svg_legend *l, const char *cls, unsigned int series, const char *name)
{
	double width = 22 + CHARACTER * (double)strlen(name);

	if (l->x > 8 && l->x + width > SVG_WIDTH) {
		l->x = 8;
		l->y += 16;
	}
	if (cls)
		svg_rect(l->to, cls, l->x, l->y - 9, 10, 10, NULL);
	else
		svg_mark(l->to, series, l->x + 5, l->y - 4, NULL);
	svg_label(l->to, l->x + 14, l->y, "start", name);
	l->x += width;
}
