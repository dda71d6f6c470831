// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/replay_args.h"
#include "cmd/table.h"

DEFINE_CLEANUP(struct replay_result *, replay_result_destroy);

struct args {
	struct replay_args replay;
	const char *file;
	bool json, ops;
};

enum { OPT_JSON = 512, OPT_OPS };

static const struct argp_option options[] = {
	{"json", OPT_JSON, NULL, 0, "The whole result as JSON", 0},
	{"operations", OPT_OPS, NULL, 0, "Also a table of costs by operation", 0},
	{0},
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->replay;
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_OPS:
		args->ops = true;
		return 0;
	case ARGP_KEY_ARG:
		if (args->file)
			argp_error(state, "one trace at a time");
		args->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->file)
			argp_error(state, "no trace named");
		if (!args->replay.nr_layouts)
			argp_error(state,
				   "no layout named: --layout=NAME (see memsim layouts list)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{&replay_args_argp, 0, NULL, 0},
	{&cmd_common_argp, 0, "Common options:", 100},
	{0},
};

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.args_doc = "--layout=NAME|FILE[,...] TRACE",
	.doc = "Replays a trace on one or more layouts: what their page metadata takes in memory "
	       "and "
	       "touches in the caches.",
	.children = children,
};

static const struct table_column memory_columns[] = {
	{"LAYOUT", false},     {"B/PAGE", true},   {"FIXED", true},
	{"DESCRIPTORS", true}, {"TOTAL", true},	   {"MEAN", true},
	{"PEAK", true},	       {"% OF RAM", true}, {0},
};

static int print_memory(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(memory_columns, err);

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];

		table_row(t);
		table_text(t, r->layout->name);
		table_count(t, r->layout->page_size);
		table_size(t, memory_fixed_bytes(&r->fixed));
		table_size(t, r->desc_bytes);
		table_size(t, layout_result_bytes(r));
		table_size(t, (uint64_t)layout_result_mean_bytes(r));
		table_size(t, layout_result_peak_bytes(r));
		table_format(t, "%.3f",
			     100 * (double)layout_result_bytes(r) /
				     (double)replay_ram_bytes(result));
	}
	return table_print(t, stdout, err);
}

static const struct table_column object_columns[] = {
	{"LAYOUT", false},    {"DESCRIPTOR", false}, {"SIZE", true},
	{"PER SLAB", true},   {"LIVE", true},	     {"PEAK", true},
	{"SLABS TAKE", true}, {"WASTE", true},	     {0},
};

static int print_objects(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(object_columns, err);
	bool any = false;

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];

		for (size_t o = 0; o < r->nr_objects; o++) {
			const struct heap_counts *c = &r->objects[o];

			if (!c->peak)
				continue;
			any = true;
			table_row(t);
			table_text(t, r->layout->name);
			table_text(t, c->object->name);
			table_count(t, c->object->size);
			table_count(t, c->objects_per_slab);
			table_count(t, c->live);
			table_count(t, c->peak);
			table_size(t, c->slab_bytes);
			table_size(t, c->slab_bytes - c->live * c->stride);
		}
	}
	if (t && !any)
		return 0;
	puts("");
	return table_print(t, stdout, err);
}

static const struct table_column cost_columns[] = {
	{"LAYOUT", false},
	{"OPERATION", false},
	{"COUNT", true},
	{"ACCESSES", true},
	{"LINES", true},
	{"L1", true},
	{"L2", true},
	{"LLC", true},
	{"MEMORY", true},
	{0},
	{0},
};
enum { STALL_COLUMN = sizeof(cost_columns) / sizeof(cost_columns[0]) - 2 };

static void cost_row(struct table *t, const struct replay_result *result, const char *layout,
		     const char *op, const struct op_cost *cost)
{
	table_row(t);
	table_text(t, layout);
	table_text(t, op);
	table_count(t, cost->count);
	table_count(t, cost->accesses);
	table_count(t, cost->lines);
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		table_count(t, cost->hits[level]);
	if (result->has_stall)
		table_format(t, "%.3f", op_cost_stall_ms(cost));
}

static int print_costs(const struct replay_result *result, bool by_op, struct error *err)
{
	struct table_column columns[sizeof(cost_columns) / sizeof(cost_columns[0])];
	_cleanup_(table_destroyp) struct table *t = NULL;

	memcpy(columns, cost_columns, sizeof(columns));
	if (result->has_stall)
		columns[STALL_COLUMN] = (struct table_column){"STALL MS", true};
	t = table_create(columns, err);
	for (size_t i = 0; t && i < result->nr_layouts; i++)
		cost_row(t, result, result->layouts[i].layout->name, "all",
			 &result->layouts[i].total);
	for (int op = OP_REKIND + 1; t && by_op && op < OP_MAX; op++)
		for (size_t i = 0; i < result->nr_layouts; i++)
			if (result->layouts[i].ops[op].count)
				cost_row(t, result, result->layouts[i].layout->name, op_name(op),
					 &result->layouts[i].ops[op]);
	puts("");
	return table_print(t, stdout, err);
}

static void print_head(const struct replay_result *result, const char *path)
{
	char geometry[80], machine[400], pressure[80], policy[64], count[32], ram[16];

	printf("%s: kernel %s, %u CPUs, %s of RAM, %s events in %.1f s\n", path,
	       result->meta.kernel, result->meta.nr_online_cpus,
	       num_format_size(replay_ram_bytes(result), ram, sizeof(ram)),
	       num_format_count(result->events, count, sizeof(count)),
	       (double)result->duration_ns / 1e9);
	printf("policy: %s\n", policy_text(&result->policy, policy, sizeof(policy)));
	printf("caches: %s (%s); %s\n\n",
	       cache_geometry_format(&result->geometry, geometry, sizeof(geometry)),
	       replay_machine_text(result, machine, sizeof(machine)),
	       pressure_format(&result->pressure, pressure, sizeof(pressure)));
}

static int print_text(const struct replay_result *result, const struct args *args,
		      struct error *err)
{
	int r;

	print_head(result, args->file);
	r = print_memory(result, err);
	if (!r)
		r = print_objects(result, err);
	if (!r)
		r = print_costs(result, args->ops, err);
	return r;
}

int cmd_replay(int argc, char **argv)
{
	_cleanup_(replay_result_destroyp) struct replay_result *result = NULL;
	struct args args = {.replay = REPLAY_ARGS_INIT};
	struct error err = {0};
	int r, status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	r = replay_args_run(&args.replay, args.file, NULL, &result, &err);
	if (!r && args.json)
		r = cmd_print_json(replay_result_to_json(result, cmd_basename(args.file)), &err);
	else if (!r)
		r = print_text(result, &args, &err);
	status = r ? cmd_fail(&err) : replay_warn(result, args.file);
	replay_args_fini(&args.replay);
	return status;
}
