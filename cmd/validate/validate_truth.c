// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/validate/validate_truth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/validate/truth_compare.h"

DEFINE_CLEANUP(struct truth_comparison *, truth_comparison_destroy);

enum {
	OPT_JSON = 0x100,
	OPT_MARKDOWN,
	OPT_SUMMARY,
	OPT_MINIMUM,
	OPT_CACHES,
	OPT_PERIOD,
	OPT_MISSES
};

struct args {
	struct truth_opts truth;
	char **traces; /* EVENTS ACCESSES, again and again */
	int nr;
};

/* The caches of an ordinary server, and those of the emulator in docs/validation.md. */
static const char default_caches[] = "l1=48K/12,l2=2M/16,llc=8M/16";

static const struct argp_option options[] = {
	{"caches", OPT_CACHES, "SPEC", 0,
	 "Caches for both streams, as in l1=48K/12,l2=2M/16,llc=8M/16 (the default): those of the "
	 "emulator, where it had some",
	 0},
	{"counters-period", OPT_PERIOD, "TIME", 0,
	 "What the emulator counted of other data is told so often, at most (default: as often as "
	 "the trace has it)",
	 0},
	{"minimum", OPT_MINIMUM, "PERCENT", 0,
	 "Fail with status 1 where less than this of the accesses is explained", 0},
	{"summary", OPT_SUMMARY, NULL, 0, "One line for each pair of traces", 0},
	{"misses", OPT_MISSES, NULL, 0,
	 "One line for each pair of traces: misses in the emulator's caches", 0},
	{"markdown", OPT_MARKDOWN, NULL, 0, "Tables in Markdown", 0},
	{"json", OPT_JSON, NULL, 0, "Print JSON", 0},
	{0},
};

static void check_traces(const struct args *args, struct argp_state *state)
{
	if (!args->nr || args->nr % 2)
		argp_error(state, "which traces? EVENTS and ACCESSES");
	if (args->truth.summary && args->truth.misses)
		argp_error(state, "--summary and --misses are two tables");
	if (!args->truth.summary && !args->truth.misses && args->nr > 2)
		argp_error(state, "more than one pair of traces is for --summary and for --misses");
	if (args->truth.json + args->truth.markdown > 1 ||
	    (args->truth.json && (args->truth.summary || args->truth.misses)))
		argp_error(state, "--json goes with none of --markdown, --summary and --misses");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	struct error err = {0};
	int r = 0;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case OPT_JSON:
		args->truth.json = true;
		return 0;
	case OPT_MARKDOWN:
		args->truth.markdown = true;
		return 0;
	case OPT_SUMMARY:
		args->truth.summary = true;
		return 0;
	case OPT_MISSES:
		args->truth.misses = true;
		return 0;
	case OPT_PERIOD:
		r = num_parse_duration(arg, "--counters-period", &args->truth.period_ns, &err);
		break;
	case OPT_MINIMUM:
		r = num_parse(arg, "--minimum", 0, 100, &args->truth.minimum, &err);
		break;
	case OPT_CACHES:
		r = cache_geometry_parse(arg, &args->truth.geometry, &err);
		break;
	case ARGP_KEY_ARGS:
		args->traces = state->argv + state->next;
		args->nr = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		check_traces(args, state);
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
	.parser = parse,
	.args_doc = "EVENTS ACCESSES",
	.doc = "Holds what memsim makes of the events of a trace against the accesses that an "
	       "emulator "
	       "saw: ACCESSES is an access-level trace, EVENTS the trace of the same run (the same "
	       "file will do), or an access-level trace of the same workload on another kernel.",
	.children = cmd_common_child,
};

static int print(const struct args *args, const struct truth_comparison *c, struct table *summary,
		 struct error *err)
{
	if (args->truth.misses)
		truth_misses_add(summary, c);
	else if (summary)
		truth_summary_add(summary, c);
	if (summary)
		return 0;
	if (args->truth.json)
		return cmd_print_json(truth_to_json(c), err);
	return truth_print(&args->truth, c, err);
}

/* Whether so much is explained as was wanted. */
static bool is_enough(const struct args *args, const struct truth_comparison *c)
{
	double share = truth_share(c->explained, c->total.seen);

	if (share >= (double)args->truth.minimum)
		return true;
	log_error("%s: %.1f %% of the accesses are explained, less than %" PRIu64 " %%",
		  c->accesses, share, args->truth.minimum);
	return false;
}

static int run(const struct args *args, bool *ret_enough, struct error *err)
{
	_cleanup_(table_destroyp) struct table *summary = NULL;

	if (args->truth.summary || args->truth.misses) {
		summary = args->truth.misses ? truth_misses_create(err) : truth_summary_create(err);
		if (!summary)
			return -ENOMEM;
	}
	for (int i = 0; i < args->nr; i += 2) {
		_cleanup_(truth_comparison_destroyp) struct truth_comparison *c = NULL;
		int r = truth_compare(&args->truth, args->traces[i], args->traces[i + 1], &c, err);

		if (!r)
			r = print(args, c, summary, err);
		if (r)
			return r;
		*ret_enough &= is_enough(args, c);
	}
	return summary ? truth_print_table(&args->truth, summary, err) : 0;
}

int validate_truth(int argc, char **argv)
{
	struct args args = {0};
	struct error err = {0};
	bool enough = true;

	if (cache_geometry_parse(default_caches, &args.truth.geometry, &err) < 0)
		return cmd_fail(&err);
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (run(&args, &enough, &err) < 0)
		return cmd_fail(&err);
	return enough ? EXIT_DONE : EXIT_FAILED;
}
