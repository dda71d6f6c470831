// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/outfile.h"
#include "cmd/cmd.h"
#include "cmd/replay_args.h"
#include "cmd/report.h"

DEFINE_CLEANUP(struct replay_result *, replay_result_destroy);
DEFINE_CLEANUP(struct outfile *, outfile_destroy);

/* What is compared, and with what, when nothing is asked for. */
#define DEFAULT_LAYOUTS "v4.14,v6.12,page32,memdesc8"
#define DEFAULT_BASELINE "v6.12"

struct args {
	struct replay_args replay;
	const char *output, *format, *baseline;
	char **files;
	int nr_files;
};

enum { OPT_FORMAT = 512, OPT_BASELINE };

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "Write to FILE; its ending (.txt, .md) picks the form", 0},
	{"format", OPT_FORMAT, "FORM", 0, "text (72 columns, the default) or markdown", 0},
	{"baseline", OPT_BASELINE, "NAME", 0,
	 "Compare with this layout (default: " DEFAULT_BASELINE
	 " if it is among them, else the first)",
	 0},
	{0},
};

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
			argp_error(state, "'%s' is not a form: text or markdown", arg);
		args->format = arg;
		return 0;
	case OPT_BASELINE:
		args->baseline = arg;
		return 0;
	case ARGP_KEY_ARGS:
		args->files = state->argv + state->next;
		args->nr_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no trace named");
		return EINVAL;
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
	.args_doc = "TRACE...",
	.doc = "Compares layouts of struct page on recorded workloads, ready for a mailing list. "
	       "Without --layout: " DEFAULT_LAYOUTS ".",
	.children = children,
};

static int pick_form(const struct args *args, const struct report_form **ret, struct error *err)
{
	*ret = args->format   ? report_form_find(args->format)
	       : args->output ? report_form_for_file(args->output)
			      : &report_form_text;
	if (!*ret)
		return error_set(err, -EINVAL,
				 "%s: the ending does not tell the form; use .txt, .md or --format",
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

static int write_all(struct args *args, const struct report_form *form, FILE *to, int *ret_status,
		     struct error *err)
{
	size_t baseline = 0;
	int r = 0;

	if (!args->replay.nr_layouts)
		r = replay_args_layouts(&args->replay, DEFAULT_LAYOUTS, err);
	if (!r)
		r = pick_baseline(args, &baseline, err);
	for (int i = 0; !r && i < args->nr_files; i++) {
		_cleanup_(replay_result_destroyp) struct replay_result *result = NULL;

		r = replay_args_run(&args->replay, args->files[i], &result, err);
		if (r)
			break;
		if (i)
			fputc('\n', to);
		r = report_write(form, result, cmd_basename(args->files[i]), baseline, to, err);
		if (!r && replay_warn(result, args->files[i]) != EXIT_DONE)
			*ret_status = EXIT_INCOMPLETE;
	}
	return r;
}

/* The report is gathered in memory, so that a failure half-way leaves no half report. */
static int report(struct args *args, int *ret_status, struct error *err)
{
	_cleanup_(outfile_destroyp) struct outfile *out = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *to = NULL;
	const struct report_form *form;
	size_t len = 0;
	int r = pick_form(args, &form, err);

	if (!r && args->output)
		r = outfile_create(args->output, 0644, &out, err);
	if (r)
		return r;
	to = open_memstream(&text, &len);
	if (!to)
		return error_nomem(err);
	r = write_all(args, form, to, ret_status, err);
	if (r)
		return r;
	if (fflush(to))
		return error_nomem(err);
	if (!out)
		return fwrite(text, 1, len, stdout) == len
			       ? 0
			       : error_set(err, -EIO, "standard output: cannot write: %s",
					   strerror(errno));
	r = outfile_write(out, text, len, err);
	return r ? r : outfile_commit(out, err);
}

int cmd_report(int argc, char **argv)
{
	struct args args = {.replay = REPLAY_ARGS_INIT};
	struct error err = {0};
	int status = EXIT_DONE, r;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	r = report(&args, &status, &err);
	replay_args_fini(&args.replay);
	return r ? cmd_fail(&err) : status;
}
