// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/replay/native.h"
#include "cmd/replay/replay_breakdown.h"
#include "cmd/replay/replay_head.h"
#include "cmd/replay/replay_memory.h"
#include "cmd/replay/replay_nodes.h"
#include "cmd/replay/replay_sample.h"
#include "cmd/replay/replay_stream.h"
#include "cmd/replay/replay_traffic.h"
#include "cmd/table.h"

DEFINE_CLEANUP(struct replay_result *, replay_result_destroy);

enum { MAX_GUESTS = 64 };

struct args {
	struct replay_args replay;
	const char *file;
	bool json, ops, breakdown, payers, native;
	uint64_t scale_ram;
	const char *guests[MAX_GUESTS];
	size_t nr_guests;
};

enum {
	OPT_JSON = 512,
	OPT_OPS,
	OPT_BREAKDOWN,
	OPT_PAYERS,
	OPT_SCALE_RAM,
	OPT_GUEST,
	OPT_NATIVE,
	OPT_MEMORY_ONLY,
	OPT_SAMPLE_SETS,
	OPT_LEVEL,
};

static const struct argp_option options[] = {
	{"json", OPT_JSON, NULL, 0, "The whole result as JSON", 0},
	{"operations", OPT_OPS, NULL, 0, "Also a table of costs by operation", 0},
	{"breakdown", OPT_BREAKDOWN, NULL, 0,
	 "Also tables of costs by structure, field, kind of page and order", 0},
	{"memory-only", OPT_MEMORY_ONLY, NULL, 0,
	 "Only what the layouts take in memory: no caches are simulated", 0},
	{"sample-sets", OPT_SAMPLE_SETS, "N", 0,
	 "Simulate one set of the caches in N, a power of two, and estimate what misses", 0},
	{"level", OPT_LEVEL, "accesses|events", 0,
	 "What to replay of an access-level trace (default: accesses)", 0},
	{"payers", OPT_PAYERS, NULL, 0,
	 "Also tables of memory by kind of page, order and memory cgroup", 0},
	{"scale-ram", OPT_SCALE_RAM, "SIZE", 0,
	 "Also the memory on a machine of this size, such as 1T, that does the same", 0},
	{"guest", OPT_GUEST, "TRACE", 0,
	 "The trace of a virtual machine on this host, whose cost is added; may be repeated", 0},
	{"native", OPT_NATIVE, NULL, 0,
	 "Also execute what is touched in memory of this host, and time it; wants a --machine with "
	 "latencies",
	 0},
	{0},
};

static void add_guest(struct args *args, const char *path, struct argp_state *state)
{
	if (args->nr_guests == MAX_GUESTS)
		argp_error(state, "--guest: more than %d", MAX_GUESTS);
	args->guests[args->nr_guests++] = path;
}

static void parse_scale(struct args *args, const char *arg, struct argp_state *state)
{
	struct error err = {0};

	/* at most what 52 bits of a physical address reach */
	if (num_parse_size(arg, "--scale-ram", 1 << 20, 1ULL << 52, &args->scale_ram, &err))
		argp_error(state, "%s", err.msg);
}

static void parse_sample_sets(struct args *args, const char *arg, struct argp_state *state)
{
	const char *number = strncmp(arg, "1/", 2) ? arg : arg + 2;
	struct error err = {0};
	uint64_t one_in;

	if (num_parse(number, "--sample-sets", 1, 64, &one_in, &err))
		argp_error(state, "%s", err.msg);
	args->replay.sample_sets = (unsigned int)one_in;
}

static void parse_level(struct args *args, const char *arg, struct argp_state *state)
{
	args->replay.events = !strcmp(arg, "events");
	args->replay.accesses = !strcmp(arg, "accesses");
	if (!args->replay.events && !args->replay.accesses)
		argp_error(state, "--level: '%s' is neither accesses nor events", arg);
}

/* What one option would make of another: nothing. */
static void check_args(const struct args *args, struct argp_state *state)
{
	const struct replay_args *r = &args->replay;

	if (r->memory_only &&
	    (args->ops || args->breakdown || args->native || r->sample_sets || r->accesses))
		argp_error(state, "--memory-only leaves nothing for --operations, --breakdown, "
				  "--native, --sample-sets and --level=accesses");
	if (r->memory_only && r->pressure.measured)
		argp_error(state, "--memory-only leaves nothing for --pressure=trace");
	if (args->native && r->sample_sets > 1)
		argp_error(state, "--native executes all lines, and none are sampled");
	if (args->breakdown && r->sample_sets > 1)
		argp_error(state, "--breakdown tells of all lines, and of a sample only all "
				  "together are estimated");
	if (args->native && r->accesses)
		argp_error(state, "--native executes what events tell, not --level=accesses");
	if (!args->file)
		argp_error(state, "no trace named");
	if (!r->nr_layouts)
		argp_error(state, "no layout named: --layout=NAME (see memsim layouts list)");
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->replay;
		return 0;
	case OPT_JSON:
		args->json = args->replay.detail = true;
		return 0;
	case OPT_NATIVE:
		args->native = true;
		return 0;
	case OPT_MEMORY_ONLY:
		args->replay.memory_only = true;
		return 0;
	case OPT_SAMPLE_SETS:
		parse_sample_sets(args, arg, state);
		return 0;
	case OPT_OPS:
		args->ops = true;
		return 0;
	case OPT_BREAKDOWN:
		args->breakdown = args->replay.detail = true;
		return 0;
	case OPT_LEVEL:
		parse_level(args, arg, state);
		return 0;
	case OPT_PAYERS:
		args->payers = true;
		return 0;
	case OPT_SCALE_RAM:
		parse_scale(args, arg, state);
		return 0;
	case OPT_GUEST:
		add_guest(args, arg, state);
		return 0;
	case ARGP_KEY_ARG:
		if (args->file)
			argp_error(state, "one trace at a time");
		args->file = arg;
		return 0;
	case ARGP_KEY_END:
		check_args(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.args_doc = "--layout=NAME|FILE[,...] TRACE",
	.doc = "Replays a trace on one or more layouts: what their page metadata takes in memory "
	       "and "
	       "touches in the caches.",
	.children = replay_args_children,
};

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
	/* those that this result has of PREFETCHED and STALL MS */
	{0},
	{0},
	{0},
};
enum { OPTIONAL_COLUMN = sizeof(cost_columns) / sizeof(cost_columns[0]) - 3 };

/* caches: NULL for one operation, as a prefetcher's work is of all together. */
static void cost_row(struct table *t, const struct replay_result *result, const char *layout,
		     const char *op, const struct op_cost *cost, const struct cache_counts *caches)
{
	table_row(t);
	table_text(t, layout);
	table_text(t, op);
	table_count(t, cost->count);
	table_count(t, cost->accesses);
	table_count(t, cost->lines);
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		table_count(t, cost->hits[level]);
	if (result->geometry.prefetch && caches)
		table_count(t, caches->prefetches_memory);
	else if (result->geometry.prefetch)
		table_text(t, "-");
	if (result->has_stall)
		table_format(t, "%.3f", op_cost_stall_ms(cost));
}

static int print_costs(const struct replay_result *result, bool by_op, struct error *err)
{
	struct table_column columns[sizeof(cost_columns) / sizeof(cost_columns[0])];
	struct table_column *optional = &columns[OPTIONAL_COLUMN];
	_cleanup_(table_destroyp) struct table *t = NULL;

	memcpy(columns, cost_columns, sizeof(columns));
	if (result->geometry.prefetch)
		*optional++ = (struct table_column){"PREFETCHED", true};
	if (result->has_stall)
		*optional = (struct table_column){"STALL MS", true};
	t = table_create(columns, err);
	for (size_t i = 0; t && i < result->nr_layouts; i++)
		cost_row(t, result, result->layouts[i].layout->name, "all",
			 &result->layouts[i].total, &result->layouts[i].caches);
	for (int op = OP_REKIND + 1; t && by_op && op < OP_MAX; op++)
		for (size_t i = 0; i < result->nr_layouts; i++)
			if (result->layouts[i].ops[op].count)
				cost_row(t, result, result->layouts[i].layout->name, op_name(op),
					 &result->layouts[i].ops[op], NULL);
	puts("");
	return table_print(t, stdout, err);
}

static const struct table_column watch_columns[] = {
	{"LAYOUT", false}, {"TAKEN", true},  {"TRUE SHARING", true}, {"FALSE SHARING", true},
	{"TLB L1", true},  {"TLB L2", true}, {"WALKS", true},	     {0},
};
enum { TLB_COLUMN = 4 };

/* Copies taken by other CPUs, misses that this led to, and translation. */
static int print_watch(const struct replay_result *result, struct error *err)
{
	struct table_column columns[sizeof(watch_columns) / sizeof(watch_columns[0])];
	_cleanup_(table_destroyp) struct table *t = NULL;

	memcpy(columns, watch_columns, sizeof(columns));
	if (!result->has_tlb)
		columns[TLB_COLUMN] = (struct table_column){0};
	t = table_create(columns, err);
	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];

		table_row(t);
		table_text(t, r->layout->name);
		table_count(t, r->sharing.totals.taken);
		for (int kind = 0; kind < SHARING_MAX; kind++)
			table_count(t, r->total.watch.sharing[kind]);
		for (int where = 0; result->has_tlb && where < TLB_LEVELS; where++)
			table_count(t, r->total.watch.tlb[where]);
	}
	puts("");
	return table_print(t, stdout, err);
}

static int print_json(const struct native_run *run, const struct args *args, struct error *err)
{
	const char *name = cmd_basename(args->file);
	json_t *root = replay_result_to_json(run->replay, name);

	if (root && args->native &&
	    json_object_set_new(root, "native", native_to_json(run, name)) < 0) {
		json_decref(root);
		return error_nomem(err);
	}
	return cmd_print_json(root, err);
}

static int print_text(const struct native_run *run, const struct args *args, struct error *err)
{
	const struct replay_result *result = run->replay;
	int r;

	replay_head_print(result, args->file);
	r = replay_memory_print(result, args->payers, err);
	if (!r && !result->memory_only)
		r = print_costs(result, args->ops, err);
	if (!r && !result->memory_only)
		r = replay_traffic_print(result, err);
	if (!r && result->sample_sets > 1)
		r = replay_sample_print(result, err);
	if (!r && !result->memory_only)
		r = replay_nodes_print(result, err);
	if (!r && args->breakdown)
		r = replay_breakdown_print(result, err);
	if (!r && result->accesses)
		r = replay_stream_print(result, args->ops, err);
	if (!r && !result->memory_only)
		r = print_watch(result, err);
	if (r || !args->native)
		return r;
	puts("");
	return native_print(run, err);
}

/* Of a guest only its memory is told: no caches are simulated. */
static int run_guests(const struct args *args, struct replay_result *host, struct error *err)
{
	struct replay_args guest_args = args->replay;

	guest_args.memory_only = true;
	guest_args.detail = false;
	guest_args.native = NULL;
	guest_args.accesses = false;
	for (size_t i = 0; i < args->nr_guests; i++) {
		_cleanup_(replay_result_destroyp) struct replay_result *guest = NULL;
		int r = replay_args_run(&guest_args, args->guests[i], NULL, &guest, err);

		if (!r)
			r = replay_add_guest(host, cmd_basename(args->guests[i]), guest, err);
		if (r)
			return r;
		take_ptr(guest);
	}
	return 0;
}

/* The host's status; or a guest's where that is worse. */
static int warn(const struct replay_result *result, const struct args *args)
{
	int status = replay_warn(result, args->file);

	for (size_t i = 0; i < result->nr_guests; i++)
		if (replay_warn(result->guests[i].result, args->guests[i]) != EXIT_DONE)
			status = EXIT_INCOMPLETE;
	return status;
}

int cmd_replay(int argc, char **argv)
{
	_cleanup_(native_run_fini) struct native_run run = {.replay = NULL};
	struct args args = {.replay = REPLAY_ARGS_INIT};
	struct error err = {0};
	int r, status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (args.native)
		r = native_run_trace(&args.replay, args.file, NATIVE_ROUNDS, 0, &run, &err);
	else
		r = replay_args_run(&args.replay, args.file, NULL, &run.replay, &err);
	if (!r) {
		run.replay->scale_ram = args.scale_ram;
		r = run_guests(&args, run.replay, &err);
	}
	if (!r)
		r = args.json ? print_json(&run, &args, &err) : print_text(&run, &args, &err);
	status = r ? cmd_fail(&err) : warn(run.replay, &args);
	replay_args_fini(&args.replay);
	return status;
}
