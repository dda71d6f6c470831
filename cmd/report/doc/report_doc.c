// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/doc/report_doc.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"

struct report *report_create(const char *title)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->complete = true;
	r->generator = strdup("memsim " MEMSIM_VERSION);
	r->title = strdup(title);
	r->failed = !r->generator || !r->title;
	return r;
}

static void table_free(struct report_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nr_columns; i++) {
		free(t->columns[i].key);
		free(t->columns[i].name);
	}
	for (size_t i = 0; i < t->nr_rows * t->nr_columns; i++)
		free(t->values[i].text);
	free(t->columns);
	free(t->values);
	free(t->id);
	free(t->title);
	free(t);
}

static void section_fini(struct report_section *s)
{
	for (size_t i = 0; i < s->nr_blocks; i++) {
		free(s->blocks[i].key);
		free(s->blocks[i].text);
		free(s->blocks[i].where);
		free(s->blocks[i].and_where);
	}
	free(s->blocks);
	free(s->id);
	free(s->title);
}

void report_destroy(struct report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nr_sections; i++)
		section_fini(&r->sections[i]);
	for (size_t i = 0; i < r->nr_tables; i++)
		table_free(r->tables[i]);
	free(r->sections);
	free(r->tables);
	free(r->generator);
	free(r->title);
	free(r);
}

int report_check(const struct report *r, struct error *err)
{
	bool failed = !r || r->failed;

	for (size_t i = 0; !failed && i < r->nr_tables; i++)
		failed = r->tables[i]->failed;
	return failed ? error_nomem(err) : 0;
}

/* Room for one more element at the end of an array that grows by doubling; NULL: no memory. */
static void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	return reallocarray(array, nr ? 2 * nr : 1, size);
}

/* A copy, or NULL of NULL; memory running out sticks in *failed. */
static char *copy(const char *text, bool *failed)
{
	char *s = text ? strdup(text) : NULL;

	if (text && !s)
		*failed = true;
	return s;
}

void report_section(struct report *r, const char *id, const char *title)
{
	struct report_section *sections;

	if (!r)
		return;
	sections = grow(r->sections, r->nr_sections, sizeof(*sections));
	if (!sections) {
		r->failed = true;
		return;
	}
	r->sections = sections;
	sections[r->nr_sections++] = (struct report_section){
		.id = copy(id, &r->failed),
		.title = copy(title, &r->failed),
	};
}

static struct report_block *add_block(struct report *r, enum report_block_kind kind,
				      const char *key, const char *text)
{
	struct report_section *s;
	struct report_block *blocks;

	if (!r || !r->nr_sections)
		return NULL;
	s = &r->sections[r->nr_sections - 1];
	blocks = grow(s->blocks, s->nr_blocks, sizeof(*blocks));
	if (!blocks) {
		r->failed = true;
		return NULL;
	}
	s->blocks = blocks;
	blocks[s->nr_blocks] = (struct report_block){
		.kind = (uint8_t)kind,
		.key = copy(key, &r->failed),
		.text = copy(text, &r->failed),
	};
	return &blocks[s->nr_blocks++];
}

void report_paragraph(struct report *r, const char *text)
{
	add_block(r, REPORT_PARAGRAPH, NULL, text);
}

void report_item(struct report *r, const char *key, const char *text)
{
	add_block(r, REPORT_ITEM, key, text);
}

void report_command(struct report *r, const char *text)
{
	add_block(r, REPORT_COMMAND, NULL, text);
}

static size_t table_index(const struct report *r, const struct report_table *t)
{
	size_t i = 0;

	while (i < r->nr_tables && r->tables[i] != t)
		i++;
	return i;
}

void report_show_table(struct report *r, const struct report_table *t)
{
	struct report_block *b = t ? add_block(r, REPORT_TABLE, NULL, NULL) : NULL;

	if (b)
		b->table = table_index(r, t);
}

void report_plot(struct report *r, enum report_plot_kind kind, const struct report_table *t,
		 const char *where, const char *and_where, const char *title, const char *text)
{
	struct report_block *b = t ? add_block(r, REPORT_PLOT, title, text) : NULL;

	if (!b)
		return;
	b->plot = (uint8_t)kind;
	b->table = table_index(r, t);
	b->where = copy(where, &r->failed);
	b->and_where = copy(and_where, &r->failed);
}

struct report_table *report_table(struct report *r, const char *id, const char *title)
{
	struct report_table **tables, *t;

	if (!r)
		return NULL;
	tables = grow(r->tables, r->nr_tables, sizeof(struct report_table *));
	if (tables)
		r->tables = tables;
	t = tables ? calloc(1, sizeof(*t)) : NULL;
	if (!t) {
		r->failed = true;
		return NULL;
	}
	t->id = copy(id, &t->failed);
	t->title = copy(title, &t->failed);
	r->tables[r->nr_tables++] = t;
	return t;
}

void report_column(struct report_table *t, const char *key, const char *name, enum report_unit unit)
{
	struct report_column *columns;

	if (!t)
		return;
	columns = grow(t->columns, t->nr_columns, sizeof(*columns));
	if (!columns) {
		t->failed = true;
		return;
	}
	t->columns = columns;
	columns[t->nr_columns++] = (struct report_column){
		.key = copy(key, &t->failed),
		.name = copy(name, &t->failed),
		.unit = (uint8_t)unit,
	};
}

void report_table_grouped(struct report_table *t)
{
	if (t)
		t->grouped = true;
}

void report_table_detail(struct report_table *t)
{
	if (t)
		t->detail = true;
}

void report_columns(struct report_table *t, const struct report_column_spec *specs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		report_column(t, specs[i].key, specs[i].name, specs[i].unit);
}

static void add_cell(struct report_table *t, const struct report_value *v)
{
	size_t column = t && t->nr_columns ? t->cell % t->nr_columns : 0;

	if (!t || t->failed || !t->nr_columns)
		return;
	if (!column) {
		struct report_value *values = t->values;

		/* rows grow by doubling, like everything here */
		if (!(t->nr_rows & (t->nr_rows - 1)))
			values = reallocarray(values, t->nr_rows ? 2 * t->nr_rows : 1,
					      t->nr_columns * sizeof(*values));
		if (!values) {
			t->failed = true;
			return;
		}
		t->values = values;
		memset(&values[t->nr_rows * t->nr_columns], 0, t->nr_columns * sizeof(*values));
		t->nr_rows++;
	}
	t->values[t->cell++] = *v;
}

void report_cell_text(struct report_table *t, const char *text)
{
	struct report_value v = {.type = REPORT_STRING};

	if (!t || t->failed)
		return;
	v.text = copy(text, &t->failed);
	if (t->failed)
		free(v.text);
	else
		add_cell(t, &v);
}

void report_cell_int(struct report_table *t, int64_t n)
{
	add_cell(t, &(struct report_value){.type = REPORT_INT, .n = n});
}

void report_cell_real(struct report_table *t, double x)
{
	if (isfinite(x))
		add_cell(t, &(struct report_value){.type = REPORT_REAL, .x = x});
	else
		report_cell_none(t);
}

void report_cell_none(struct report_table *t)
{
	add_cell(t, &(struct report_value){.type = REPORT_NONE});
}

void report_add(struct report_text *t, const char *fmt, ...)
{
	size_t room = sizeof(t->s) - t->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->s + t->len, room, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < room)
		t->len += (size_t)n;
	else
		t->s[t->len] = '\0';
}

void report_add_separator(struct report_text *t, size_t told, size_t nr)
{
	if (told)
		report_add(t, "%s", told + 1 == nr ? " and " : ", ");
}
