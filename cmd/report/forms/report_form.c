// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/forms/report_form.h"

#include <string.h>

const struct report_form *const report_forms[] = {
	&report_form_text, &report_form_markdown, &report_form_html,
	&report_form_json, &report_form_csv,	  NULL,
};

const struct report_form *report_form_find(const char *name)
{
	for (size_t i = 0; report_forms[i]; i++)
		if (!strcmp(report_forms[i]->name, name))
			return report_forms[i];
	return NULL;
}

const struct report_form *report_form_for_file(const char *path)
{
	for (size_t i = 0; report_forms[i]; i++) {
		size_t len = strlen(path), suffix = strlen(report_forms[i]->suffix);

		if (len > suffix && !strcmp(path + len - suffix, report_forms[i]->suffix))
			return report_forms[i];
	}
	return NULL;
}

static int write_json(const struct report *r, FILE *to, struct error *err)
{
	json_t *json = report_to_json(r);
	int failed = !json || json_dumpf(json, to, JSON_INDENT(1) | JSON_ENSURE_ASCII);

	json_decref(json);
	fputc('\n', to);
	return failed ? error_nomem(err) : 0;
}

const struct report_form report_form_json = {
	.name = "json",
	.suffix = ".json",
	.doc = "JSON, from which --from gives every form again",
	.write = write_json,
};

/* RFC 4180: quoted where need be, a quote doubled. */
static void csv_field(FILE *to, const char *text, char end)
{
	bool quoted = text[strcspn(text, ",\"\r\n")];

	if (quoted)
		fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fprintf(to, "%s%c", quoted ? "\"" : "", end);
}

static void csv_value(FILE *to, const struct report_value *v)
{
	char *text = v->type == REPORT_STRING ? v->text : NULL;
	char number[32] = "";

	/* as JSON has it, so that no digit is lost */
	if (v->type == REPORT_INT)
		snprintf(number, sizeof(number), "%lld", (long long)v->n);
	else if (v->type == REPORT_REAL)
		snprintf(number, sizeof(number), "%.17g", v->x);
	csv_field(to, text ? text : number, '\n');
}

/* One line for each value: tables of different columns share a file, and a spreadsheet pivots them. */
static int write_csv(const struct report *r, FILE *to, struct error *err)
{
	(void)err;
	fputs("table,row,key,unit,value\n", to);
	for (size_t i = 0; i < r->nr_tables; i++) {
		const struct report_table *t = r->tables[i];

		for (size_t cell = 0; cell < t->nr_rows * t->nr_columns; cell++) {
			const struct report_column *c = &t->columns[cell % t->nr_columns];

			csv_field(to, t->id, ',');
			fprintf(to, "%zu,", cell / t->nr_columns + 1);
			csv_field(to, c->key, ',');
			csv_field(to, report_unit_name(c->unit), ',');
			csv_value(to, &t->values[cell]);
		}
	}
	return 0;
}

const struct report_form report_form_csv = {
	.name = "csv",
	.suffix = ".csv",
	.doc = "CSV, one line for each value of each table",
	.write = write_csv,
};
