// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/table.h"
#include "cmd/trace/trace_args.h"
#include "trace/check.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

static const struct argp_child children[] = {{&trace_args_argp, 0, NULL, 0}, {0}};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	return 0;
}

static const struct argp argp = {
	.parser = parse_opt,
	.args_doc = "TRACE",
	.doc = "Verifies that a trace is whole and undamaged, and that what it tells can have "
	       "happened.",
	.children = children,
};

static const struct table_column columns[] = {{"COUNT", true}, {"WHAT", false}, {0}};

static int print_table(const struct check_counts *c, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

#define CHECK_COUNT(name, violation, doc)                                                          \
	if (t) {                                                                                   \
		table_row(t);                                                                      \
		table_count(t, c->name);                                                           \
		table_text(t, (violation) && c->name ? doc "  VIOLATION" : doc);                   \
	}
	CHECK_COUNTS(CHECK_COUNT)
#undef CHECK_COUNT
	return table_print(t, stdout, err);
}

static int print_json(const struct check_counts *c, const struct trace_reader *r, bool complete,
		      struct error *err)
{
	json_t *json = json_object(), *counts = json_object();
	uint64_t lost = trace_lost(trace_reader_footer(r));
	int bad = json_object_set_new(json, "complete", json_boolean(complete)) |
		  json_object_set_new(json, "lost", json_integer((json_int_t)lost)) |
		  json_object_set_new(json, "violations",
				      json_integer((json_int_t)check_violations(c)));

#define CHECK_COUNT(name, violation, doc)                                                          \
	bad |= json_object_set_new(counts, #name, json_integer((json_int_t)c->name));
	CHECK_COUNTS(CHECK_COUNT)
#undef CHECK_COUNT
	bad |= json_object_set_new(json, "counts", counts);
	if (bad) {
		json_decref(json);
		return error_nomem(err);
	}
	return cmd_print_json(json, err);
}

int cmd_check(int argc, char **argv)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *r = NULL;
	struct trace_args args = {0};
	struct check_counts counts;
	struct error err = {0}, print_err = {0};
	int res, status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (trace_reader_open(args.file, &r, &err))
		return cmd_fail(&err);
	res = trace_check(r, &counts, &err);
	status = trace_args_verdict(&args, r, res, &err);
	if (args.json ? print_json(&counts, r, !res, &print_err) : print_table(&counts, &print_err))
		return cmd_fail(&print_err);
	if (!check_violations(&counts))
		return status;
	log_error("%s: %" PRIu64 " events cannot have happened as recorded%s", args.file,
		  check_violations(&counts),
		  trace_lost(trace_reader_footer(r)) ? "; lost events may explain them" : "");
	return EXIT_FAILED;
}
