// SPDX-License-Identifier: GPL-2.0-only
/* memsim layouts show: a layout as YAML, as JSON, field by field, or its parameters. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/layouts/cmd_layouts.h"
#include "cmd/table.h"

enum { CACHE_LINE = 64 };

static json_t *object_json(const struct layout_object *object)
{
	json_t *kinds = json_array();

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		if (object->kinds & 1u << kind)
			json_array_append_new(kinds, json_string(page_kind_name(kind)));
	return json_pack("{s:s, s:s, s:i, s:i, s:i, s:b, s:o, s:i, s:i, s:i}", "name", object->name,
			 "class", layout_class_name(object->cls), "size", (int)object->size,
			 "align", (int)object->align, "stride", (int)object->stride, "rcu",
			 (int)object->rcu, "kinds", kinds, "min_order", (int)object->min_order,
			 "max_order", (int)object->max_order, "fraction_percent",
			 (int)object->fraction_percent);
}

static json_t *extras_json(const struct layout *layout)
{
	const struct layout_slab_management *m = &layout->slab_management;
	json_t *sides = json_array(), *dedups = json_array(), *params = json_array();

	for (size_t i = 0; i < layout->nr_sides; i++)
		json_array_append_new(sides, json_pack("{s:s, s:i, s:i, s:b}", "name",
						       layout->sides[i].name, "size",
						       (int)layout->sides[i].size, "pages",
						       (int)layout->sides[i].pages, "debug",
						       (int)layout->sides[i].debug));
	for (size_t i = 0; i < layout->nr_dedups; i++) {
		const struct layout_dedup *d = &layout->dedups[i];

		json_array_append_new(
			dedups, json_pack("{s:s, s:s, s:I, s:i}", "name", d->name, "memory",
					  d->memory == LAYOUT_HUGE_DEVICE ? "device" : "hugetlb",
					  "block", (json_int_t)d->block, "kept", (int)d->kept));
	}
	for (size_t i = 0; i < layout->nr_params; i++) {
		const struct layout_param *p = &layout->params[i];

		json_array_append_new(params, json_pack("{s:s, s:i, s:i, s:i, s:i, s:b, s:s?}",
							"name", p->name, "value", (int)p->value,
							"default", (int)p->standard, "min",
							(int)p->min, "max", (int)p->max, "set",
							(int)p->set, "question", p->question));
	}
	return json_pack("{s:i, s:o, s:o, s:{s:i, s:i, s:i}, s:o}", "base_page",
			 (int)layout->base_page, "side", sides, "dedup", dedups, "slab_management",
			 "size", (int)m->size, "per_object", (int)m->per_object, "off_slab_from",
			 (int)m->off_slab_from, "parameters", params);
}

static int show_json(const struct layout *layout, struct error *err)
{
	json_t *sources = json_array(), *overlaid = json_array(), *objects = json_array();
	json_t *fields = json_array(), *root, *extras = extras_json(layout);

	for (size_t i = 0; i < layout->nr_sources; i++)
		json_array_append_new(sources, json_string(layout->sources[i]));
	for (int cls = 0; cls < LAYOUT_CLASS_MAX; cls++)
		if (layout->overlaid & 1u << cls)
			json_array_append_new(overlaid, json_string(layout_class_name(cls)));
	for (size_t i = 0; i < layout->nr_objects; i++)
		json_array_append_new(objects, object_json(&layout->objects[i]));
	for (int field = 0; field < FIELD_MAX; field++)
		if (layout->places[field].size)
			json_array_append_new(
				fields, json_pack("{s:s, s:i, s:i}", "name", field_name(field),
						  "at", (int)layout->places[field].at, "size",
						  (int)layout->places[field].size));
	root = json_pack("{s:s, s:s, s:s, s:o, s:{s:i, s:i}, s:o, s:o, s:o}", "name", layout->name,
			 "summary", layout->summary, "status", layout->status, "sources", sources,
			 "page", "size", (int)layout->page_size, "align", (int)layout->page_align,
			 "overlaid", overlaid, "objects", objects, "fields", fields);
	json_object_update(root, extras);
	json_decref(extras);
	return cmd_print_json(root, err);
}

int layouts_next_field(const struct layout *layout, enum layout_class cls, int after)
{
	int best = -1;

	for (int i = 0; i < FIELD_MAX; i++) {
		const struct layout_place *place = &layout->places[i];
		bool later = after < 0 || place->at > layout->places[after].at ||
			     (place->at == layout->places[after].at && i > after);

		if (place->size && field_class(i) == cls && later &&
		    (best < 0 || place->at < layout->places[best].at))
			best = i;
	}
	return best;
}

static void print_class_heading(const struct layout *layout, enum layout_class cls)
{
	printf("%s:", layout_class_name(cls));
	if (layout->overlaid & 1u << cls) {
		printf(" in the memmap, %u bytes per page\n", layout->page_size);
		return;
	}
	for (size_t i = 0, n = 0; i < layout->nr_objects; i++)
		if (layout->objects[i].cls == cls)
			printf("%s %s has %u bytes", n++ ? "," : "", layout->objects[i].name,
			       layout->objects[i].size);
	putchar('\n');
}

/* As pahole does it: offsets, and a rule where the next cache line begins. */
static void print_class(const struct layout *layout, enum layout_class cls)
{
	int field = layouts_next_field(layout, cls, -1);
	unsigned int line = 0;

	if (field < 0)
		return;
	print_class_heading(layout, cls);
	for (; field >= 0; field = layouts_next_field(layout, cls, field)) {
		const struct layout_place *place = &layout->places[field];

		if (place->at / CACHE_LINE != line) {
			line = place->at / CACHE_LINE;
			printf("  ---- byte %u: cache line %u ----\n", line * CACHE_LINE, line);
		}
		printf("  %4u %4u  %-22s %s\n", place->at, place->size, field_name(field),
		       field_doc(field));
	}
}

/* What lies neither in the memmap nor in a descriptor. */
static void print_extras(const struct layout *layout)
{
	const struct layout_slab_management *m = &layout->slab_management;

	if (layout->base_page != 4096)
		printf("base pages of %u bytes\n", layout->base_page);
	for (size_t i = 0; i < layout->nr_sides; i++) {
		const struct layout_side *side = &layout->sides[i];

		printf("%s: beside the memmap, %u bytes per page%s\n", side->name,
		       side->size + side->pages * layout->base_page,
		       side->debug ? " (debug kernels only)" : "");
	}
	for (size_t i = 0; i < layout->nr_dedups; i++)
		printf("%s: %s pages of %llu bytes keep %llu bytes of memmap\n",
		       layout->dedups[i].name,
		       layout->dedups[i].memory == LAYOUT_HUGE_DEVICE ? "device" : "hugetlb",
		       (unsigned long long)layout->dedups[i].block,
		       (unsigned long long)layout_huge_memmap(layout, layout->dedups[i].memory,
							      layout->dedups[i].block));
	if (m->per_object)
		printf("each slab: %u bytes and %u per object, outside from %u-byte objects on; of "
		       "%u "
		       "bytes, it is assumed\n",
		       m->size, m->per_object, m->off_slab_from, m->object);
}

static int print_params(const struct layout *layout, struct error *err)
{
	static const struct table_column columns[] = {
		{"PARAMETER", false}, {"VALUE", true},	   {"DEFAULT", true},
		{"RANGE", false},     {"QUESTION", false}, {NULL, false},
	};
	_cleanup_(table_destroyp) struct table *table = NULL;
	int r;

	if (!layout->nr_params) {
		printf("%s leaves nothing open\n", layout->name);
		return 0;
	}
	table = table_create(columns, err);
	for (size_t i = 0; table && i < layout->nr_params; i++) {
		const struct layout_param *p = &layout->params[i];

		table_row(table);
		table_text(table, p->name);
		table_format(table, "%u", p->value);
		table_format(table, "%u", p->standard);
		table_format(table, "%u-%u", p->min, p->max);
		table_text(table, p->question ? p->question : "-");
	}
	r = table_print(table, stdout, err);
	if (!r)
		puts("\nEvery descriptor also has .align, .stride, .fraction and .rcu, as in "
		     "slab.align.");
	return r;
}

/* A file as it is; a composition, or one that was changed, is no file. */
static int show_text(const struct layouts_args *args, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = layout_text(args->names[0], &text, &len, err);

	if (r)
		return r;
	/* a broken file is refused, so that what is printed can be used; a pipe is read once */
	r = layout_parse(args->names[0], text, len, &layout, err);
	if (r && !layout_modifier_parse(args->names[0], text, len, &layout, NULL))
		r = 0;
	if (!r)
		fwrite(text, 1, len, stdout);
	return r;
}

int layouts_show(const struct layouts_args *args, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	int r;

	if (!args->json && !args->fields && !args->params) {
		if (args->nr_sets)
			return error_set(
				err, -EINVAL,
				"a file has nothing set: with --set say --fields, --params "
				"or --json");
		return show_text(args, err);
	}
	r = layout_load(args->names[0], &layout, err);
	if (!r)
		r = layouts_set(&layout, 1, args->sets, args->nr_sets, err);
	if (r)
		return r;
	if (args->json)
		return show_json(layout, err);
	if (args->params)
		return print_params(layout, err);
	print_extras(layout);
	for (int cls = 0; cls < LAYOUT_CLASS_MAX; cls++)
		print_class(layout, cls);
	return 0;
}
