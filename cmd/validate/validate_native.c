// SPDX-License-Identifier: GPL-2.0-only
/* memsim validate native: predicted times of executing what layouts touch, and measured ones. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/replay/native.h"
#include "sim/machine/calibrate.h"

#define DEFAULT_LAYOUTS "v6.12,page32,memdesc8"

struct args {
	struct replay_args replay;
	uint64_t rounds, background;
	uint64_t max_error; /* percent; UINT64_MAX: none */
	bool json;
	char **files;
	int nr_files;
};

enum { OPT_ROUNDS = 512, OPT_BACKGROUND, OPT_MAX_ERROR, OPT_JSON };

static const struct argp_option options[] = {
	{"rounds", OPT_ROUNDS, "N", 0, "Times that everything is executed (default: 11)", 0},
	{"background", OPT_BACKGROUND, "N", 0,
	 "Lines of other data to read after every 16 lines of metadata (default: 0)", 0},
	{"max-error", OPT_MAX_ERROR, "PERCENT", 0,
	 "Fail with status 1 if a predicted ratio is off by more", 0},
	{"json", OPT_JSON, NULL, 0, "Print JSON", 0},
	{0},
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	struct error err = {0};
	int r = 0;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->replay;
		return 0;
	case OPT_ROUNDS:
		r = num_parse(arg, "--rounds", 1, 1000, &args->rounds, &err);
		break;
	case OPT_BACKGROUND:
		r = num_parse(arg, "--background", 0, 1000, &args->background, &err);
		break;
	case OPT_MAX_ERROR:
		r = num_parse(arg, "--max-error", 0, 1000, &args->max_error, &err);
		break;
	case OPT_JSON:
		args->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		args->files = state->argv + state->next;
		args->nr_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no trace named");
		return 0;
	case ARGP_KEY_END:
		if (!pressure_is_none(&args->replay.pressure))
			argp_error(state, "--pressure goes by the clock of the trace; here, "
					  "--background adds other data");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (r < 0)
		argp_error(state, "%s", err.msg);
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.args_doc = "TRACE...",
	.doc = "Executes what the operations of traces touch, in memory of this host, and compares "
	       "the times "
	       "with those that the cache model predicts. Without --layout: " DEFAULT_LAYOUTS
	       "; without "
	       "--machine this host is measured first, which takes some 20 seconds.",
	.children = replay_args_children,
};

static void show_progress(void *ctx, double done)
{
	(void)ctx;
	progress("calibrating: %.0f %%", 100 * done);
}

static int prepare(struct args *args, struct error *err)
{
	const struct calibrate_opts quick = {.quick = true, .progress = show_progress};
	int r = 0;

	if (!args->replay.nr_layouts)
		r = replay_args_layouts(&args->replay, DEFAULT_LAYOUTS, err);
	if (r || args->replay.has_machine)
		return r;
	r = calibrate(&quick, &args->replay.machine, err);
	progress_end();
	args->replay.has_machine = !r;
	return r;
}

/* Errors of all layouts but the first, which has none; in percent, without sign. */
struct errors {
	double values[64 * REPLAY_MAX_LAYOUTS];
	size_t nr;
};

static int run_trace(struct args *args, const char *path, struct native_run *run, json_t *list,
		     struct errors *errors, struct error *err)
{
	const size_t max = sizeof(errors->values) / sizeof(errors->values[0]);
	int r = native_run_trace(&args->replay, path, (unsigned int)args->rounds,
				 (unsigned int)args->background, run, err);

	if (r)
		return r;
	for (size_t i = 1; i < args->replay.nr_layouts && errors->nr < max; i++)
		errors->values[errors->nr++] = fabs(run->results[i].error_percent);
	if (list)
		return json_array_append_new(list, native_to_json(run, cmd_basename(path)))
			       ? error_nomem(err)
			       : 0;
	printf("%s, machine %s\n\n", cmd_basename(path), run->replay->machine.name);
	r = native_print(run, err);
	puts("");
	return r;
}

static int run_all(struct args *args, json_t *list, struct errors *errors, struct error *err)
{
	int r = 0;

	for (int i = 0; !r && i < args->nr_files; i++) {
		_cleanup_(native_run_fini) struct native_run run = {.replay = NULL};

		r = run_trace(args, args->files[i], &run, list, errors, err);
	}
	return r;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of the errors, and the largest. */
static int conclude(const struct args *args, json_t *list, struct errors *e, struct error *err)
{
	double middle, worst;

	qsort(e->values, e->nr, sizeof(e->values[0]), by_size);
	middle = e->nr ? e->values[e->nr / 2] : 0;
	worst = e->nr ? e->values[e->nr - 1] : 0;
	if (args->json) {
		int r = cmd_print_json(json_pack("{s:f,s:f,s:s,s:O}", "median_error_percent",
						 middle, "largest_error_percent", worst, "machine",
						 args->replay.machine.name, "traces", list),
				       err);

		if (r)
			return r;
	} else {
		printf("Predicted ratios are off by %.1f %% (median), %.1f %% at the most.\n",
		       middle, worst);
	}
	if (args->max_error == UINT64_MAX || worst <= (double)args->max_error)
		return EXIT_DONE;
	log_error("a predicted ratio is off by %.1f %%, more than %" PRIu64 " %%", worst,
		  args->max_error);
	return EXIT_FAILED;
}

int validate_native(int argc, char **argv)
{
	struct args args = {
		.replay = REPLAY_ARGS_INIT, .rounds = NATIVE_ROUNDS, .max_error = UINT64_MAX};
	struct errors errors = {.nr = 0};
	json_t *list = NULL;
	struct error err = {0};
	int r;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (args.json)
		list = json_array();
	r = prepare(&args, &err);
	if (!r)
		r = run_all(&args, list, &errors, &err);
	if (!r)
		r = conclude(&args, list, &errors, &err);
	json_decref(list);
	replay_args_fini(&args.replay);
	return r < 0 ? cmd_fail(&err) : r;
}
