// SPDX-License-Identifier: GPL-2.0-only
/* memsim layouts: what layouts there are, and what is in one. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/table.h"
#include "layouts/layout.h"

DEFINE_CLEANUP(struct layout *, layout_destroy);

/* Most architectures run with pages of 4 KiB; shares of memory are for these. */
enum { BASE_PAGE = 4096, CACHE_LINE = 64 };

struct layouts_args {
	const char *action, *name;
	bool json, fields;
};

enum { OPT_JSON = 0x100, OPT_FIELDS };

static const struct argp_option options[] = {
	{"json", OPT_JSON, NULL, 0, "Print JSON", 0},
	{"fields", OPT_FIELDS, NULL, 0, "With show: where each field is, cache line by cache line",
	 0},
	{0},
};

static void check_args(const struct layouts_args *args, struct argp_state *state)
{
	if (!args->action)
		argp_error(state, "say list or show");
	else if (!strcmp(args->action, "list") && (args->name || args->fields))
		argp_error(state, "list takes no %s", args->name ? "name" : "--fields");
	else if (!strcmp(args->action, "show") && !args->name)
		argp_error(state, "show needs the name of a layout, or a file");
	else if (strcmp(args->action, "list") && strcmp(args->action, "show"))
		argp_error(state, "'%s' is neither list nor show", args->action);
	else if (args->json && args->fields)
		argp_error(state, "--json has the fields already; leave --fields out");
}

static error_t parse_arg(int key, char *arg, struct argp_state *state)
{
	struct layouts_args *args = state->input;

	switch (key) {
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_FIELDS:
		args->fields = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			return ARGP_ERR_UNKNOWN;
		*(state->arg_num ? &args->name : &args->action) = arg;
		return 0;
	case ARGP_KEY_END:
		check_args(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Kinds of descriptors that are allocated with the layout's fractions as they are. */
static unsigned int count_descriptors(const struct layout *layout)
{
	uint32_t classes = 0;

	for (size_t i = 0; i < layout->nr_objects; i++)
		if (layout->objects[i].fraction_percent)
			classes |= 1u << layout->objects[i].cls;
	return (unsigned int)__builtin_popcount(classes);
}

static double memmap_percent(const struct layout *layout)
{
	return 100.0 * layout->page_size / BASE_PAGE;
}

static int list_text(struct error *err)
{
	static const struct table_column columns[] = {
		{"NAME", false}, {"STATUS", false},  {"PAGE", true}, {"OF-RAM", true},
		{"DESCS", true}, {"SUMMARY", false}, {NULL, false},
	};
	_cleanup_(table_destroyp) struct table *table = table_create(columns, err);

	for (size_t i = 0; table && i < layout_nr_builtins; i++) {
		_cleanup_(layout_destroyp) struct layout *layout = NULL;
		int r = layout_load(layout_builtins[i].name, &layout, err);

		if (r)
			return r;
		table_row(table);
		table_text(table, layout->name);
		table_text(table, layout->status);
		table_format(table, "%u", layout->page_size);
		table_format(table, "%.2f%%", memmap_percent(layout));
		table_format(table, "%u", count_descriptors(layout));
		table_text(table, layout->summary);
	}
	return table_print(table, stdout, err);
}

static int list_json(struct error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < layout_nr_builtins; i++) {
		_cleanup_(layout_destroyp) struct layout *layout = NULL;
		int r = layout_load(layout_builtins[i].name, &layout, err);

		if (r) {
			json_decref(list);
			return r;
		}
		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:f, s:i, s:s}", "name",
						      layout->name, "status", layout->status,
						      "page_size", (int)layout->page_size,
						      "memmap_percent", memmap_percent(layout),
						      "descriptors", (int)count_descriptors(layout),
						      "summary", layout->summary));
	}
	return cmd_print_json(json_pack("{s:o}", "layouts", list), err);
}

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

static int show_json(const struct layout *layout, struct error *err)
{
	json_t *sources = json_array(), *overlaid = json_array(), *objects = json_array();
	json_t *fields = json_array();

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
	return cmd_print_json(json_pack("{s:s, s:s, s:s, s:o, s:{s:i, s:i}, s:o, s:o, s:o}", "name",
					layout->name, "summary", layout->summary, "status",
					layout->status, "sources", sources, "page", "size",
					(int)layout->page_size, "align", (int)layout->page_align,
					"overlaid", overlaid, "objects", objects, "fields", fields),
			      err);
}

/* The next field of the class in order of place, then of fields.def; after < 0: the first. */
static int next_field(const struct layout *layout, enum layout_class cls, int after)
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
	int field = next_field(layout, cls, -1);
	unsigned int line = 0;

	if (field < 0)
		return;
	print_class_heading(layout, cls);
	for (; field >= 0; field = next_field(layout, cls, field)) {
		const struct layout_place *place = &layout->places[field];

		if (place->at / CACHE_LINE != line) {
			line = place->at / CACHE_LINE;
			printf("  ---- byte %u: cache line %u ----\n", line * CACHE_LINE, line);
		}
		printf("  %4u %4u  %-22s %s\n", place->at, place->size, field_name(field),
		       field_doc(field));
	}
}

static int show(const struct layouts_args *args, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = layout_text(args->name, &text, &len, err);

	/* a broken file is refused, so that what is printed can be used; a pipe is read once */
	if (!r)
		r = layout_parse(args->name, text, len, &layout, err);
	if (r)
		return r;
	if (args->json)
		return show_json(layout, err);
	if (!args->fields) {
		fwrite(text, 1, len, stdout);
		return 0;
	}
	for (int cls = 0; cls < LAYOUT_CLASS_MAX; cls++)
		print_class(layout, cls);
	return 0;
}

int cmd_layouts(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_arg,
		.args_doc = "list\nshow NAME|FILE",
		.doc = "List the built-in layouts, or show one: its YAML, ready to be changed and "
		       "used as a file, or its fields.",
		.children = cmd_common_child,
	};
	struct layouts_args args = {0};
	struct error err = {0};
	int r;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (!strcmp(args.action, "show"))
		r = show(&args, &err);
	else
		r = args.json ? list_json(&err) : list_text(&err);
	return r ? cmd_fail(&err) : EXIT_DONE;
}
