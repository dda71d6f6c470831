// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/trace/trace_args.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"

enum { OPT_JSON = 512, OPT_PARTIAL };

static const struct argp_option options[] = {
	{"json", OPT_JSON, NULL, 0, "Print JSON", 0},
	{"partial", OPT_PARTIAL, NULL, 0,
	 "Use what comes before the damage of a damaged trace, and exit with 3", 0},
	{0},
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct trace_args *args = state->input;

	switch (key) {
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_PARTIAL:
		args->partial = true;
		return 0;
	case ARGP_KEY_ARG:
		if (args->file)
			argp_error(state, "one trace at a time");
		args->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->file)
			argp_error(state, "no trace named");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp trace_args_argp = {
	.options = options,
	.parser = parse_opt,
	.children = cmd_common_child,
};

uint64_t trace_lost(const struct trace_footer *footer)
{
	uint64_t sum = 0;

	for (int i = 0; footer && i < CLASS_MAX; i++)
		sum += footer->lost[i];
	return sum;
}

int trace_args_verdict(const struct trace_args *args, const struct trace_reader *r, int res,
		       const struct error *err)
{
	const struct trace_footer *footer = trace_reader_footer(r);
	int status = EXIT_DONE;

	if (res && (!args->partial || res != -EBADMSG))
		return cmd_fail(err);
	if (res) {
		log_warn("%s", err->msg);
		log_warn("%s: only the first %" PRIu64 " of %" PRIu64 " bytes were used",
			 args->file, trace_reader_offset(r), trace_reader_file_size(r));
		status = EXIT_INCOMPLETE;
	}
	for (int i = 0; footer && i < CLASS_MAX; i++) {
		if (!footer->lost[i])
			continue;
		log_warn("%s: %" PRIu64 " events of class %s were lost while recording", args->file,
			 footer->lost[i], event_class_name(i));
		status = EXIT_INCOMPLETE;
	}
	return status;
}
