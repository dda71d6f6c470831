// SPDX-License-Identifier: GPL-2.0-only
/* memsim layouts: the command line, and the list of what is built in. */
#include "cmd/layouts/cmd_layouts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/table.h"

enum { OPT_JSON = 0x100, OPT_FIELDS, OPT_PARAMS, OPT_SET, OPT_BTF, OPT_NAME };

static const struct argp_option options[] = {
	{"json", OPT_JSON, NULL, 0, "Print JSON", 0},
	{"fields", OPT_FIELDS, NULL, 0, "With show: where each field is, cache line by cache line",
	 0},
	{"params", OPT_PARAMS, NULL, 0,
	 "With show: what the proposal leaves open and --set changes", 0},
	{"set", OPT_SET, "NAME=NUMBER", 0, "With show and diff: change a parameter", 0},
	{"btf", OPT_BTF, "FILE", 0, "With check: a vmlinux, or BTF alone (/sys/kernel/btf/vmlinux)",
	 0},
	{"output", 'o', "FILE", 0, "With import: write to a file", 0},
	{"name", OPT_NAME, "NAME", 0, "With import: the name of the new layout", 0},
	{0},
};

static const struct action {
	const char *name;
	unsigned int min, max; /* names after it */
	const char *wants;
	int (*run)(const struct layouts_args *args, struct error *err);
} actions[] = {
	{"list", 0, 0, "nothing else", layouts_list},
	{"show", 1, 1, "the name of a layout, or a file", layouts_show},
	{"diff", 2, 2, "the names of two layouts, or files", layouts_diff},
	{"check", 1, 1, "the name of a layout, or a file", layouts_check},
	{"import", 1, 1, "a vmlinux, or a file of BTF", layouts_import},
	{0},
};

static const struct action *find_action(const char *name)
{
	const struct action *action = actions;

	while (action->name && strcmp(action->name, name))
		action++;
	return action->name ? action : NULL;
}

static void check_options(const struct layouts_args *args, struct argp_state *state)
{
	bool show = !strcmp(args->action, "show"), check = !strcmp(args->action, "check");
	bool import = !strcmp(args->action, "import"), diff = !strcmp(args->action, "diff");

	if (!show && (args->fields || args->params))
		argp_error(state, "%s takes no --%s", args->action,
			   args->fields ? "fields" : "params");
	else if (!show && !diff && args->nr_sets)
		argp_error(state, "%s takes no --set", args->action);
	else if (!import && (args->output || args->new_name))
		argp_error(state, "%s takes no --%s", args->action,
			   args->output ? "output" : "name");
	else if (check != (args->btf != NULL))
		argp_error(state, check ? "check needs --btf=FILE" : "only check takes --btf");
	else if (import && args->json)
		argp_error(state, "import writes YAML; leave --json out");
	else if (args->fields && args->params)
		argp_error(state, "say --fields or --params");
	else if (args->json && (args->fields || args->params))
		argp_error(state, "--json has them already; leave --%s out",
			   args->fields ? "fields" : "params");
}

static void check_args(const struct layouts_args *args, struct argp_state *state)
{
	const struct action *action = args->action ? find_action(args->action) : NULL;

	if (!args->action)
		argp_error(state, "say list, show, diff, check or import");
	else if (!action)
		argp_error(state, "'%s' is none of list, show, diff, check and import",
			   args->action);
	else if (args->nr_names < action->min || args->nr_names > action->max)
		argp_error(state, "%s needs %s", args->action, action->wants);
	else
		check_options(args, state);
}

static error_t parse_word(struct layouts_args *args, char *arg)
{
	if (!args->action)
		args->action = arg;
	else if (args->nr_names == 2)
		return ARGP_ERR_UNKNOWN;
	else
		args->names[args->nr_names++] = arg;
	return 0;
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
	case OPT_PARAMS:
		args->params = true;
		return 0;
	case OPT_SET:
		if (args->nr_sets == LAYOUTS_MAX_SETS)
			argp_error(state, "--set: more than %d", LAYOUTS_MAX_SETS);
		else
			args->sets[args->nr_sets++] = arg;
		return 0;
	case OPT_BTF:
		args->btf = arg;
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case OPT_NAME:
		args->new_name = arg;
		return 0;
	case ARGP_KEY_ARG:
		return parse_word(args, arg);
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

/* With what lies beside the memmap, but without what only debug kernels have. */
static double memmap_percent(const struct layout *layout)
{
	return 100.0 * (double)(layout->page_size + layout_side_bytes(layout, false)) /
	       layout->base_page;
}

static int list_layouts(struct error *err)
{
	static const struct table_column columns[] = {
		{"NAME", false},  {"STATUS", false}, {"PAGE", true},	 {"SIDE", true},
		{"OF-RAM", true}, {"DESCS", true},   {"SUMMARY", false}, {NULL, false},
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
		table_format(table, "%u", (unsigned int)layout_side_bytes(layout, false));
		table_format(table, "%.2f%%", memmap_percent(layout));
		table_format(table, "%u", count_descriptors(layout));
		table_text(table, layout->summary);
	}
	return table_print(table, stdout, err);
}

static int list_modifiers(struct error *err)
{
	static const struct table_column columns[] = {
		{"MODIFIER", false}, {"STATUS", false}, {"SUMMARY", false}, {NULL, false}};
	_cleanup_(table_destroyp) struct table *table = table_create(columns, err);

	for (size_t i = 0; table && i < layout_nr_modifiers; i++) {
		_cleanup_(layout_destroyp) struct layout *parts = NULL;
		const struct layout_builtin *modifier = &layout_modifiers[i];
		int r = layout_modifier_parse(modifier->name, modifier->text, modifier->len, &parts,
					      err);

		if (r)
			return r;
		table_row(table);
		table_format(table, "+%s", parts->name);
		table_text(table, parts->status);
		table_text(table, parts->summary);
	}
	return table_print(table, stdout, err);
}

static int append_layout(json_t *list, const char *name, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	int r = layout_load(name, &layout, err);

	if (r)
		return r;
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:i, s:i, s:i, s:f, s:i, s:s}", "name", layout->name,
				"status", layout->status, "page_size", (int)layout->page_size,
				"side_bytes", (int)layout_side_bytes(layout, false), "base_page",
				(int)layout->base_page, "memmap_percent", memmap_percent(layout),
				"descriptors", (int)count_descriptors(layout), "summary",
				layout->summary));
	return 0;
}

static int append_modifier(json_t *list, const struct layout_builtin *modifier, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *parts = NULL;
	int r = layout_modifier_parse(modifier->name, modifier->text, modifier->len, &parts, err);

	if (r)
		return r;
	json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", parts->name, "status",
					      parts->status, "summary", parts->summary));
	return 0;
}

static int list_json(struct error *err)
{
	json_t *layouts = json_array(), *modifiers = json_array();
	int r = 0;

	for (size_t i = 0; !r && i < layout_nr_builtins; i++)
		r = append_layout(layouts, layout_builtins[i].name, err);
	for (size_t i = 0; !r && i < layout_nr_modifiers; i++)
		r = append_modifier(modifiers, &layout_modifiers[i], err);
	if (r) {
		json_decref(layouts);
		json_decref(modifiers);
		return r;
	}
	return cmd_print_json(json_pack("{s:o, s:o}", "layouts", layouts, "modifiers", modifiers),
			      err);
}

int layouts_list(const struct layouts_args *args, struct error *err)
{
	int r = args->json ? list_json(err) : list_layouts(err);

	if (r || args->json)
		return r;
	putchar('\n');
	return list_modifiers(err);
}

int layouts_set(struct layout *const *layouts, size_t nr_layouts, const char *const *sets,
		size_t nr_sets, struct error *err)
{
	for (size_t i = 0; i < nr_sets; i++) {
		bool fits = false;

		for (size_t j = 0; j < nr_layouts; j++) {
			int r = layout_set(layouts[j], sets[i], err);

			if (r && r != -ENOENT)
				return r;
			fits |= !r;
		}
		if (!fits)
			return -ENOENT;
	}
	return 0;
}

int cmd_layouts(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_arg,
		.args_doc = "list\nshow NAME|FILE\ndiff NAME|FILE NAME|FILE\n"
			    "check NAME|FILE --btf=FILE\nimport VMLINUX",
		.doc = "Lists the built-in layouts and modifiers; shows a layout, ready to be "
		       "changed and used as a file; compares two; holds one against a kernel's "
		       "BTF; makes one from it.",
		.children = cmd_common_child,
	};
	struct layouts_args args = {0};
	struct error err = {0};
	int r;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	r = find_action(args.action)->run(&args, &err);
	return r < 0 ? cmd_fail(&err) : r;
}
