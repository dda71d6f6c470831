// SPDX-License-Identifier: GPL-2.0-only
/* The values of a report's tables: how they are found and how they look. */
#include "cmd/report/doc/report_doc.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/num.h"

const struct report_value *report_value(const struct report_table *t, size_t row, size_t column)
{
	return &t->values[row * t->nr_columns + column];
}

double report_number(const struct report_value *v)
{
	return v->type == REPORT_INT ? (double)v->n : v->type == REPORT_REAL ? v->x : 0;
}

size_t report_column_find(const struct report_table *t, const char *key)
{
	size_t i = 0;

	while (i < t->nr_columns && strcmp(t->columns[i].key, key))
		i++;
	return i;
}

bool report_unit_is_number(enum report_unit unit)
{
	return unit != REPORT_TEXT;
}

const char *report_unit_name(enum report_unit unit)
{
	static const char *const names[] = {
#define REPORT_UNIT(NAME, name, doc) name,
		REPORT_UNITS(REPORT_UNIT)
#undef REPORT_UNIT
	};

	return names[unit];
}

const char *report_plot_name(enum report_plot_kind kind)
{
	static const char *const names[] = {
#define KIND(NAME, name, doc) name,
		REPORT_PLOT_KINDS(KIND)
#undef KIND
	};

	return names[kind];
}

static bool cell_is(const struct report_table *t, size_t row, size_t column, const char *wanted)
{
	const struct report_value *v;

	if (!wanted)
		return true;
	if (column >= t->nr_columns)
		return false;
	v = report_value(t, row, column);
	return v->type == REPORT_STRING && !strcmp(v->text, wanted);
}

bool report_plot_has(const struct report_block *plot, const struct report_table *t, size_t row)
{
	return cell_is(t, row, 0, plot->where) && cell_is(t, row, 1, plot->and_where);
}

/* A change of nothing has no sign, however it was rounded. */
static double positive_zero(double x, double half_of_the_last_digit)
{
	return fabs(x) < half_of_the_last_digit ? 0 : x;
}

static const char *format_rate(double x, char *buf, size_t len)
{
	char digits[32];

	if (x > -1000 && x < 1000)
		snprintf(buf, len, fabs(x) < 10 ? "%.2f" : "%.1f", x);
	else
		snprintf(buf, len, "%s%s", x < 0 ? "-" : "",
			 num_format_count((uint64_t)(fabs(x) + 0.5), digits, sizeof(digits)));
	return buf;
}

const char *report_format(const struct report_value *v, enum report_unit unit, char *buf,
			  size_t len)
{
	double x = report_number(v);
	uint64_t amount = (uint64_t)(v->n < 0 ? -v->n : v->n);
	char digits[32];

	if (v->type == REPORT_NONE)
		return "-";
	if (v->type == REPORT_STRING)
		return v->text;
	switch (unit) {
	case REPORT_BYTES:
		return num_format_size(amount, buf, (unsigned int)len);
	case REPORT_BYTES_CHANGE:
		snprintf(buf, len, "%s%s",
			 v->n < 0   ? "-"
			 : v->n > 0 ? "+"
				    : "",
			 num_format_size(amount, digits, sizeof(digits)));
		return buf;
	case REPORT_PERCENT:
		snprintf(buf, len, "%.3f", x);
		return buf;
	case REPORT_CHANGE:
		snprintf(buf, len, "%+.1f %%", positive_zero(x, 0.05));
		return buf;
	case REPORT_POINTS:
		snprintf(buf, len, "%.1f", x);
		return buf;
	case REPORT_RATE:
		return format_rate(x, buf, len);
	case REPORT_SECONDS:
		snprintf(buf, len, "%.2f", x);
		return buf;
	case REPORT_NUMBER:
		snprintf(buf, len, "%.1f", x);
		return buf;
	default:
		snprintf(buf, len, "%s%s", v->n < 0 ? "-" : "",
			 num_format_count(amount, digits, sizeof(digits)));
		return buf;
	}
}
