// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "sim/access/work.h"
#include "trace/accesses.h"
#include "trace/import/import.h"
#include "trace/input.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);
DEFINE_CLEANUP(struct layout *, layout_destroy);

struct import_args {
	const char *text, *output, *snapshot;
	const char *accesses, *symbols, *layout; /* all of them, or none */
	int zstd_level;
};

enum { OPT_ACCESSES = 0x100, OPT_SYMBOLS, OPT_LAYOUT };

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "Write the trace to FILE (default: memsim.trace)", 0},
	{"snapshot", 's', "TRACE", 0,
	 "What the pages of that host were before the first event (see memsim snapshot)", 0},
	{"accesses", OPT_ACCESSES, "LOG", 0,
	 "Make an access-level trace: of what an emulator saw, and of the trace TEXT of the same "
	 "run",
	 0},
	{"symbols", OPT_SYMBOLS, "FILE", 0, "With --accesses: that kernel's /proc/kallsyms", 0},
	{"layout", OPT_LAYOUT, "NAME", 0, "With --accesses: the layout of that kernel", 0},
	{"level", 'l', "N", 0, "Compression level of zstd, 1 to 19 (default: 1)", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct import_args *args = state->input;
	struct error err = {0};
	uint64_t number = 0;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case 's':
		args->snapshot = arg;
		return 0;
	case OPT_ACCESSES:
		args->accesses = arg;
		return 0;
	case OPT_SYMBOLS:
		args->symbols = arg;
		return 0;
	case OPT_LAYOUT:
		args->layout = arg;
		return 0;
	case 'l':
		if (num_parse(arg, "--level", 1, 19, &number, &err) < 0)
			argp_error(state, "%s", err.msg);
		args->zstd_level = (int)number;
		return 0;
	case ARGP_KEY_ARG:
		if (args->text)
			argp_error(state, "one text at a time");
		args->text = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->text)
			argp_error(state, "no text named; - is standard input");
		if (!args->accesses != !args->symbols || !args->accesses != !args->layout)
			argp_error(state, "--accesses, --symbols and --layout go together");
		if (args->accesses && args->snapshot)
			argp_error(state, "--accesses and --snapshot cannot go together");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "TEXT",
	.doc = "Makes a trace from what perf script, trace-cmd report or the trace file of tracefs "
	       "print "
	       "of the events of kmem, filemap and pagemap.",
	.children = cmd_common_child,
};

static int summarize(const struct import_args *args, const struct import_counts *c)
{
	char events[32], lines[32];

	log_info("%s: %s events from %s lines", args->output,
		 num_format_count(c->events, events, sizeof(events)),
		 num_format_count(c->lines, lines, sizeof(lines)));
	if (c->bad)
		log_warn("%" PRIu64
			 " lines of these events were not understood, the first is line %" PRIu64,
			 c->bad, c->first_bad_line);
	if (c->gfp_unknown)
		log_warn("%" PRIu64
			 " allocations have their flags as a number, whose meaning depends on the "
			 "kernel: taken for none",
			 c->gfp_unknown);
	if (c->late)
		log_warn("%" PRIu64 " events were not in the order of time", c->late);
	if (c->lost)
		log_warn("%" PRIu64 " events were lost when the text was recorded", c->lost);
	return c->bad || c->lost ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int import(const struct import_args *args, struct import_counts *ret, struct error *err)
{
	const char *path = strcmp(args->text, "-") ? args->text : "/dev/stdin";
	_cleanup_(trace_reader_destroyp) struct trace_reader *snapshot = NULL;
	_cleanup_(input_fini) struct input in = {0};
	struct import_opts opts = {
		.output = args->output,
		.tool = "memsim " MEMSIM_VERSION,
		.zstd_level = args->zstd_level,
	};
	int r = args->snapshot ? trace_reader_open(args->snapshot, &snapshot, err) : 0;

	if (!r)
		r = input_open(path, &in, err);
	opts.snapshot = snapshot;
	return r ? r : import_text(args->text, in.data, in.len, &opts, ret, err);
}

static int join(const struct import_args *args, struct accesses_counts *ret, struct error *err)
{
	_cleanup_(symbols_fini) struct symbols symbols = {0};
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_(input_fini) struct input in = {0};
	struct accesses_opts opts = {
		.output = args->output,
		.tool = "memsim " MEMSIM_VERSION,
		.events = args->text,
		.layout = args->layout,
		.symbols = &symbols,
		.is_helper = work_is_helper,
		.is_recorder = work_is_recorder,
		.zstd_level = args->zstd_level,
	};
	int r = layout_load(args->layout, &layout, err);

	if (!r)
		r = symbols_read(args->symbols, &symbols, err);
	if (!r)
		r = input_open(args->accesses, &in, err);
	return r ? r : import_accesses(args->accesses, in.data, in.len, &opts, ret, err);
}

static int import_log(const struct import_args *args)
{
	char accesses[32], events[32];
	struct accesses_counts c;
	struct error err = {0};

	if (join(args, &c, &err) < 0)
		return cmd_fail(&err);
	log_info("%s: %s accesses and %s events", args->output,
		 num_format_count(c.accesses, accesses, sizeof(accesses)),
		 num_format_count(c.events, events, sizeof(events)));
	log_info("%" PRIu64 " accesses of the recorder's programs and %" PRIu64
		 " beyond the recorded memory were left out",
		 c.recorder, c.outside);
	if (c.unnamed)
		log_warn("%" PRIu64 " accesses are of functions for which there was no room",
			 c.unnamed);
	return EXIT_DONE;
}

int cmd_import(int argc, char **argv)
{
	struct import_args args = {.output = "memsim.trace"};
	struct import_counts counts;
	struct error err = {0};

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (args.accesses)
		return import_log(&args);
	if (import(&args, &counts, &err) < 0)
		return cmd_fail(&err);
	return summarize(&args, &counts);
}
