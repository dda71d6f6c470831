// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/outfile.h"
#include "cmd/cmd.h"
#include "cmd/replay/replay_args.h"
#include "cmd/report/forms/report_form.h"
#include "cmd/report/report.h"

DEFINE_CLEANUP(struct outfile *, outfile_destroy);

/* What is compared, and with what, when nothing is asked for. */
#define DEFAULT_LAYOUTS "v4.14,v6.12,page32,memdesc8"
#define DEFAULT_BASELINE "v6.12"

struct args {
	struct replay_args replay;
	const char *output, *format, *baseline, *from;
	bool quick;
	char **files;
	int nr_files;
};

enum { OPT_FORMAT = 512, OPT_BASELINE, OPT_FROM, OPT_QUICK };

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0,
	 "Write to FILE; its ending picks the form (.txt, .md, .html, .json, .csv)", 0},
	{"format", OPT_FORMAT, "FORM", 0,
	 "text (72 columns, the default), markdown, html, json or csv", 0},
	{"from", OPT_FROM, "REPORT.json", 0,
	 "No traces: take the report from its JSON form, and write it in another", 0},
	{"quick", OPT_QUICK, NULL, 0,
	 "Only what is asked for: do not try other pressures and answers to open questions", 0},
	{"baseline", OPT_BASELINE, "NAME", 0,
	 "Compare with this layout (default: " DEFAULT_BASELINE
	 " if it is among them, else the first)",
	 0},
	{0},
};

/* The report is there already: nothing can change any more what it is about. */
static void refuse_beside_from(const struct args *args, struct argp_state *state)
{
	const char *option = args->quick      ? "quick"
			     : args->baseline ? "baseline"
					      : args->replay.option;

	if (args->nr_files)
		argp_error(state, "--from takes the report as it is: no trace beside it");
	else if (option)
		argp_error(state, "--from takes the report as it is: no --%s beside it", option);
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->replay;
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case OPT_FORMAT:
		if (!report_form_find(arg))
			argp_error(state, "'%s' is not a form: text, markdown, html, json or csv",
				   arg);
		args->format = arg;
		return 0;
	case OPT_BASELINE:
		args->baseline = arg;
		return 0;
	case OPT_FROM:
		args->from = arg;
		return 0;
	case OPT_QUICK:
		args->quick = true;
		return 0;
	case ARGP_KEY_ARGS:
		args->files = state->argv + state->next;
		args->nr_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (!args->from && !args->nr_files)
			argp_error(state, "no trace named");
		if (args->from)
			refuse_beside_from(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.args_doc = "TRACE...\n--from=REPORT.json",
	.doc = "Compares layouts of struct page on recorded workloads, ready for a mailing list. "
	       "Without --layout: " DEFAULT_LAYOUTS ".",
	.children = replay_args_children,
};

static int pick_form(const struct args *args, const struct report_form **ret, struct error *err)
{
	*ret = args->format   ? report_form_find(args->format)
	       : args->output ? report_form_for_file(args->output)
			      : report_forms[0];
	if (!*ret)
		return error_set(err, -EINVAL,
				 "%s: the ending does not tell the form; use .txt, .md, .html, "
				 ".json, .csv or --format",
				 args->output);
	return 0;
}

static int pick_baseline(const struct args *args, size_t *ret, struct error *err)
{
	const char *wanted = args->baseline ? args->baseline : DEFAULT_BASELINE;

	for (size_t i = 0; i < args->replay.nr_layouts; i++) {
		if (!strcmp(args->replay.layouts[i]->name, wanted)) {
			*ret = i;
			return 0;
		}
	}
	if (args->baseline)
		return error_set(err, -EINVAL, "--baseline: '%s' is not among the layouts compared",
				 args->baseline);
	*ret = 0;
	return 0;
}

/* What tables go by must be told apart; layouts are. */
static int check_names(const struct args *args, struct error *err)
{
	for (int i = 0; i < args->nr_files; i++)
		for (int k = 0; k < i; k++)
			if (!strcmp(cmd_basename(args->files[i]), cmd_basename(args->files[k])))
				return error_set(err, -EINVAL,
						 "%s and %s: traces with the same name cannot be "
						 "told apart in a report; rename one",
						 args->files[k], args->files[i]);
	return 0;
}

static int build(struct args *args, struct report **ret, struct error *err)
{
	_cleanup_(report_runs_fini) struct report_runs runs = {.args = &args->replay,
							       .quick = args->quick};
	int r = 0;

	if (!args->replay.nr_layouts)
		r = replay_args_layouts(&args->replay, DEFAULT_LAYOUTS, err);
	if (!r)
		r = pick_baseline(args, &runs.baseline, err);
	if (!r)
		r = check_names(args, err);
	if (!r)
		r = report_runs_do(&runs, args->files, (size_t)args->nr_files, err);
	for (size_t i = 0; !r && i < runs.nr; i++)
		replay_warn(runs.traces[i].result, runs.traces[i].path);
	return r ? r : report_build(&runs, ret, err);
}

static int load(const char *path, struct report **ret, struct error *err)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	json_error_t error;
	json_t *json;
	int r;

	if (!file)
		return error_set(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		return error_set(err, -EINVAL, "%s:%d:%d: not the JSON form of a report: %s", path,
				 error.line, error.column, error.text);
	r = report_from_json(path, json, ret, err);
	json_decref(json);
	return r;
}

static int write_out(const char *text, size_t len, struct outfile *out, struct error *err)
{
	int r;

	if (!out)
		return fwrite(text, 1, len, stdout) == len
			       ? 0
			       : error_set(err, -EIO, "standard output: cannot write: %s",
					   strerror(errno));
	r = outfile_write(out, text, len, err);
	return r ? r : outfile_commit(out, err);
}

/* The report is gathered in memory, so that a failure half-way leaves no half report. */
static int report(struct args *args, int *ret_status, struct error *err)
{
	_cleanup_(report_destroyp) struct report *report = NULL;
	_cleanup_(outfile_destroyp) struct outfile *out = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *to = NULL;
	const struct report_form *form;
	size_t len = 0;
	int r = pick_form(args, &form, err);

	if (!r && args->output)
		r = outfile_create(args->output, 0644, &out, err);
	if (!r)
		r = args->from ? load(args->from, &report, err) : build(args, &report, err);
	if (r)
		return r;
	to = open_memstream(&text, &len);
	if (!to)
		return error_nomem(err);
	r = form->write(report, to, err);
	if (r)
		return r;
	if (fflush(to))
		return error_nomem(err);
	*ret_status = report->complete ? EXIT_DONE : EXIT_INCOMPLETE;
	return write_out(text, len, out, err);
}

int cmd_report(int argc, char **argv)
{
	struct args args = {.replay = REPLAY_ARGS_INIT};
	struct error err = {0};
	int status = EXIT_DONE, r;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	/* assumptions can be tried on events only */
	args.replay.events = true;
	r = report(&args, &status, &err);
	replay_args_fini(&args.replay);
	return r ? cmd_fail(&err) : status;
}
