// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/cmd.h"

#include "base/log.h"

#ifndef MEMSIM_HAVE_BPF

int cmd_snapshot(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	log_error("this memsim was built without the recorder (MEMSIM_BPF=OFF)");
	return EXIT_FAILED;
}

#else

#include "base/num.h"
#include "bpf/census/snapshot.h"

enum { OPT_NAMES = 0x100 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct snapshot_opts *o = state->input;
	struct error err = {0};
	uint64_t number;

	switch (key) {
	case 'o':
		o->output = arg;
		return 0;
	case 'l':
		if (num_parse(arg, "--level", 1, 19, &number, &err))
			argp_error(state, "%s", err.msg);
		o->zstd_level = (int)number;
		return 0;
	case OPT_NAMES:
		o->names = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': a snapshot takes no arguments", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "Write to FILE (default: snapshot.trace)", 0},
	{"level", 'l', "N", 0, "Compression level of zstd, 1 to 19", 0},
	{"names", OPT_NAMES, NULL, 0, "Also what memory cgroups are called", 0},
	{0},
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Writes down what every page of this host is right now: a trace without events, for "
	       "the memory side of a comparison.",
	.children = cmd_common_child,
};

int cmd_snapshot(int argc, char **argv)
{
	struct snapshot_opts o = {.output = "snapshot.trace"};
	struct trace_footer footer;
	struct error err = {0};
	int r;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	r = snapshot_take(&o, &footer, &err);
	if (r == -EPERM)
		(void)error_prefix(&err, r, "a snapshot needs root");
	if (r)
		return cmd_fail(&err);
	log_info("%s: every page, looked at in %.2f s", o.output, (double)footer.end_ns / 1e9);
	return EXIT_DONE;
}

#endif
