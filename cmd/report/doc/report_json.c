// SPDX-License-Identifier: GPL-2.0-only
/* A report as JSON, and back: every key is part of the interface (memsim-report-json(5)). */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cmd/report/doc/report_doc.h"

enum { REPORT_JSON_VERSION = 1 };

static const char *const block_names[REPORT_BLOCK_MAX] = {
	[REPORT_PARAGRAPH] = "paragraph", [REPORT_ITEM] = "item", [REPORT_COMMAND] = "command",
	[REPORT_TABLE] = "table",	  [REPORT_PLOT] = "plot",
};

static json_t *value_to_json(const struct report_value *v)
{
	switch (v->type) {
	case REPORT_STRING:
		return json_string(v->text);
	case REPORT_INT:
		return json_integer(v->n);
	case REPORT_REAL:
		return json_real(v->x);
	default:
		return json_null();
	}
}

static json_t *row_to_json(const struct report_table *t, size_t row)
{
	json_t *object = json_object();

	for (size_t c = 0; object && c < t->nr_columns; c++) {
		if (json_object_set_new(object, t->columns[c].key,
					value_to_json(report_value(t, row, c)))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *table_to_json(const struct report_table *t)
{
	json_t *columns = json_array(), *rows = json_array();
	int failed = 0;

	for (size_t c = 0; c < t->nr_columns; c++)
		failed |= json_array_append_new(
			columns, json_pack("{s:s, s:s, s:s}", "key", t->columns[c].key, "name",
					   t->columns[c].name, "unit",
					   report_unit_name(t->columns[c].unit)));
	for (size_t row = 0; row < t->nr_rows; row++)
		failed |= json_array_append_new(rows, row_to_json(t, row));
	if (failed) {
		json_decref(columns);
		json_decref(rows);
		return NULL;
	}
	return json_pack("{s:s, s:b, s:b, s:o, s:o}", "title", t->title, "grouped", (int)t->grouped,
			 "detail", (int)t->detail, "columns", columns, "rows", rows);
}

static json_t *block_to_json(const struct report *r, const struct report_block *b)
{
	const char *kind = block_names[b->kind];

	switch (b->kind) {
	case REPORT_ITEM:
		return json_pack("{s:s, s:s, s:s}", "type", kind, "key", b->key, "text", b->text);
	case REPORT_TABLE:
		return json_pack("{s:s, s:s}", "type", kind, "table", r->tables[b->table]->id);
	case REPORT_PLOT:
		return json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s, s:s}", "type", kind, "plot",
				 report_plot_name(b->plot), "table", r->tables[b->table]->id,
				 "where", b->where, "and_where", b->and_where, "title", b->key,
				 "text", b->text);
	default:
		return json_pack("{s:s, s:s}", "type", kind, "text", b->text);
	}
}

static json_t *section_to_json(const struct report *r, const struct report_section *s)
{
	json_t *blocks = json_array();
	int failed = 0;

	for (size_t i = 0; i < s->nr_blocks; i++)
		failed |= json_array_append_new(blocks, block_to_json(r, &s->blocks[i]));
	if (failed) {
		json_decref(blocks);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:o}", "id", s->id, "title", s->title, "blocks", blocks);
}

json_t *report_to_json(const struct report *r)
{
	json_t *sections = json_array(), *tables = json_object();
	int failed = 0;

	for (size_t i = 0; i < r->nr_sections; i++)
		failed |= json_array_append_new(sections, section_to_json(r, &r->sections[i]));
	for (size_t i = 0; i < r->nr_tables; i++)
		failed |=
			json_object_set_new(tables, r->tables[i]->id, table_to_json(r->tables[i]));
	if (failed) {
		json_decref(sections);
		json_decref(tables);
		return NULL;
	}
	return json_pack("{s:i, s:s, s:s, s:b, s:o, s:o}", "memsim_report", REPORT_JSON_VERSION,
			 "generator", r->generator, "title", r->title, "complete", (int)r->complete,
			 "sections", sections, "tables", tables);
}

/* What is being read, for messages. */
struct source {
	const char *file;
	struct error *err;
};

static int refuse(const struct source *s, const char *where, const char *what)
{
	return error_set(s->err, -EINVAL, "%s: %s: %s", s->file, where, what);
}

/* json_unpack with its message; every key must be known. */
static int unpack(const struct source *s, const char *where, const json_t *json, const char *fmt,
		  ...)
{
	json_error_t error;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = json_vunpack_ex((json_t *)json, &error, JSON_STRICT, fmt, ap);
	va_end(ap);
	return r ? refuse(s, where, error.text) : 0;
}

static int read_column(const struct source *s, const json_t *json, struct report_table *t)
{
	const char *key, *name, *unit;
	int r = unpack(s, t->id, json, "{s:s, s:s, s:s}", "key", &key, "name", &name, "unit",
		       &unit);

	if (r)
		return r;
	for (int u = 0; u < REPORT_UNIT_MAX; u++) {
		if (!strcmp(report_unit_name(u), unit)) {
			if (report_column_find(t, key) < t->nr_columns)
				return refuse(s, t->id, "two columns have the same key");
			report_column(t, key, name, u);
			return 0;
		}
	}
	return refuse(s, t->id, "a column's unit is not known");
}

static int read_cell(const struct source *s, const json_t *json, struct report_table *t,
		     enum report_unit unit)
{
	bool number = report_unit_is_number(unit);

	if (json_is_null(json))
		report_cell_none(t);
	else if (!number && json_is_string(json))
		report_cell_text(t, json_string_value(json));
	else if (number && json_is_integer(json))
		report_cell_int(t, json_integer_value(json));
	else if (number && json_is_real(json))
		report_cell_real(t, json_real_value(json));
	else
		return refuse(s, t->id, "a row's value does not fit the unit of its column");
	return 0;
}

static int read_row(const struct source *s, const json_t *json, struct report_table *t)
{
	int r = 0;

	if (!json_is_object(json) || json_object_size(json) != t->nr_columns)
		return refuse(s, t->id, "a row must have the keys of all columns and no others");
	for (size_t c = 0; !r && c < t->nr_columns; c++) {
		const json_t *value = json_object_get(json, t->columns[c].key);

		r = value ? read_cell(s, value, t, t->columns[c].unit)
			  : refuse(s, t->id, "a row lacks the key of a column");
	}
	return r;
}

static int read_table(const struct source *s, const char *id, const json_t *json,
		      struct report *report)
{
	struct report_table *t = report_table(report, id, NULL);
	const char *title;
	int grouped, detail, r;
	json_t *columns, *rows;

	r = report_check(report, s->err);
	if (!r)
		r = unpack(s, id, json, "{s:s, s:b, s:b, s:o, s:o}", "title", &title, "grouped",
			   &grouped, "detail", &detail, "columns", &columns, "rows", &rows);
	if (r)
		return r;
	t->title = strdup(title);
	t->grouped = grouped;
	t->detail = detail;
	t->failed |= !t->title;
	if (!json_is_array(columns) || !json_array_size(columns) || !json_is_array(rows))
		return refuse(s, id, "columns and rows must be lists, and not without a column");
	for (size_t i = 0; !r && i < json_array_size(columns); i++)
		r = read_column(s, json_array_get(columns, i), t);
	if (!r && t->grouped && t->columns[0].unit != REPORT_TEXT)
		r = refuse(s, id, "rows can only be grouped by a column of text");
	for (size_t i = 0; !r && i < json_array_size(rows); i++)
		r = read_row(s, json_array_get(rows, i), t);
	return r;
}

static const struct report_table *table_find(const struct report *report, const char *id)
{
	for (size_t i = 0; i < report->nr_tables; i++)
		if (!strcmp(report->tables[i]->id, id))
			return report->tables[i];
	return NULL;
}

static int read_plot(const struct source *s, const char *where, const json_t *json,
		     struct report *report)
{
	const char *type, *plot, *id, *from = NULL, *and_from = NULL, *title, *text;
	const struct report_table *t;
	int r = unpack(s, where, json, "{s:s, s:s, s:s, s?s, s?s, s:s, s:s}", "type", &type, "plot",
		       &plot, "table", &id, "where", &from, "and_where", &and_from, "title", &title,
		       "text", &text);

	if (r)
		return r;
	t = table_find(report, id);
	for (int kind = 0; t && kind < REPORT_PLOT_MAX; kind++) {
		if (!strcmp(report_plot_name(kind), plot)) {
			report_plot(report, kind, t, from, and_from, title, text);
			return 0;
		}
	}
	return refuse(s, where, t ? "a plot's kind is not known" : "a plot's table is not there");
}

static int read_block(const struct source *s, const char *where, const json_t *json,
		      struct report *report)
{
	const char *type = json_string_value(json_object_get(json, "type"));
	const char *ignored, *key, *text;
	const struct report_table *t;
	int r;

	if (!type)
		return refuse(s, where, "a block has no type");
	if (!strcmp(type, block_names[REPORT_PLOT]))
		return read_plot(s, where, json, report);
	if (!strcmp(type, block_names[REPORT_ITEM])) {
		r = unpack(s, where, json, "{s:s, s:s, s:s}", "type", &ignored, "key", &key, "text",
			   &text);
		if (!r)
			report_item(report, key, text);
		return r;
	}
	if (!strcmp(type, block_names[REPORT_TABLE])) {
		r = unpack(s, where, json, "{s:s, s:s}", "type", &ignored, "table", &text);
		t = r ? NULL : table_find(report, text);
		if (!r && !t)
			return refuse(s, where, "a block's table is not there");
		report_show_table(report, t);
		return r;
	}
	r = unpack(s, where, json, "{s:s, s:s}", "type", &ignored, "text", &text);
	if (r)
		return r;
	if (!strcmp(type, block_names[REPORT_PARAGRAPH]))
		report_paragraph(report, text);
	else if (!strcmp(type, block_names[REPORT_COMMAND]))
		report_command(report, text);
	else
		return refuse(s, where, "a block's type is not known");
	return 0;
}

static int read_section(const struct source *s, const json_t *json, struct report *report)
{
	const char *id, *title;
	json_t *blocks;
	int r = unpack(s, "sections", json, "{s:s, s:s, s:o}", "id", &id, "title", &title, "blocks",
		       &blocks);

	if (r)
		return r;
	if (!json_is_array(blocks))
		return refuse(s, id, "blocks must be a list");
	report_section(report, id, title);
	for (size_t i = 0; !r && i < json_array_size(blocks); i++)
		r = read_block(s, id, json_array_get(blocks, i), report);
	return r;
}

static int read_report(const struct source *s, const json_t *json, struct report **ret)
{
	_cleanup_(report_destroyp) struct report *report = NULL;
	const char *generator, *title, *id;
	json_t *sections, *tables, *table;
	int version, complete, r;

	r = unpack(s, "report", json, "{s:i, s:s, s:s, s:b, s:o, s:o}", "memsim_report", &version,
		   "generator", &generator, "title", &title, "complete", &complete, "sections",
		   &sections, "tables", &tables);
	if (r)
		return r;
	if (version != REPORT_JSON_VERSION)
		return refuse(s, "memsim_report", "this version of the format is not known");
	if (!json_is_array(sections) || !json_is_object(tables))
		return refuse(s, "report", "sections must be a list, and tables an object");
	report = report_create(title);
	if (report) {
		free(report->generator);
		report->generator = strdup(generator);
		report->failed |= !report->generator;
		report->complete = complete;
	}
	r = report_check(report, s->err);
	json_object_foreach(tables, id, table)
	{
		if (!r)
			r = read_table(s, id, table, report);
	}
	for (size_t i = 0; !r && i < json_array_size(sections); i++)
		r = read_section(s, json_array_get(sections, i), report);
	if (!r)
		r = report_check(report, s->err);
	if (!r)
		*ret = take_ptr(report);
	return r;
}

int report_from_json(const char *file, const json_t *json, struct report **ret, struct error *err)
{
	return read_report(&(struct source){file, err}, json, ret);
}
