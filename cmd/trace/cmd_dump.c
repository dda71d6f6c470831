// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/page_kind.h"
#include "cmd/cmd.h"
#include "cmd/trace/event_text.h"
#include "cmd/trace/trace_args.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

struct args {
	struct trace_args trace;
	uint32_t classes; /* bit per enum event_class */
	bool census, counts;
};

enum { OPT_EVENTS = 600, OPT_CENSUS, OPT_COUNTS, STDOUT_BUFFER = 1 << 20 };

static const struct argp_option options[] = {
	{"events", OPT_EVENTS, "CLASS,...", 0, "Only events of these classes; 'none' for none", 0},
	{"census", OPT_CENSUS, NULL, 0, "Also the runs of the census", 0},
	{"counts", OPT_COUNTS, NULL, 0, "Also what CPUs counted", 0},
	{0},
};

static void parse_classes(struct args *args, char *list, struct argp_state *state)
{
	char *name;

	args->classes = 0;
	if (!strcmp(list, "none"))
		return;
	while ((name = strsep(&list, ","))) {
		int cls = cmd_class_find(state, "--events", name);

		if (cls >= 0)
			args->classes |= 1u << cls;
	}
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->trace;
		return 0;
	case OPT_EVENTS:
		parse_classes(args, arg, state);
		return 0;
	case OPT_CENSUS:
		args->census = true;
		return 0;
	case OPT_COUNTS:
		args->counts = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&trace_args_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.args_doc = "TRACE",
	.doc = "Prints the events of a trace, one per line, as text or as JSON lines.",
	.children = children,
};

static void dump_events(const struct args *args, const struct trace_meta *meta,
			const struct trace_block *b)
{
	for (size_t i = 0; i < b->events.nr; i++) {
		const struct event *e = b->events.events + i;

		if (!(args->classes & 1u << event_info(e->kind)->cls))
			continue;
		if (args->trace.json)
			event_print_json(e, stdout);
		else
			event_print(e, meta, stdout);
	}
}

static void dump_census(const struct args *args, const struct trace_block *b)
{
	for (size_t i = 0; i < b->census.nr; i++) {
		const struct census_run *run = b->census.runs + i;

		if (args->trace.json)
			printf("{\"census_ts_ns\":%" PRIu64 ",\"pfn\":%" PRIu64
			       ",\"count\":%" PRIu64
			       ",\"order\":%u,\"kind\":\"%s\",\"flags\":%" PRIu32
			       ",\"mapcount\":%" PRIu64 ",\"memcg\":%" PRIu64 "}\n",
			       b->census.ts_ns, run->start_pfn, run->count, run->order,
			       page_kind_name(run->kind), run->flags, run->mapcount, run->memcg);
		else
			census_print(b->census.ts_ns, run, stdout);
	}
}

static void dump_counts(const struct args *args, const struct trace_block *b)
{
	for (size_t i = 0; i < b->counts.nr; i++) {
		const struct trace_count *c = b->counts.counts + i;

		if (args->trace.json)
			printf("{\"count_ts_ns\":%" PRIu64
			       ",\"cpu\":%u,\"counter\":\"%s\",\"value\":%" PRIu64
			       ",\"span_ns\":%" PRIu64 ",\"scaled\":%s}\n",
			       c->ts_ns, c->cpu, counter_name(c->counter), c->value, c->span_ns,
			       c->scaled ? "true" : "false");
		else
			count_print(c, stdout);
	}
}

int cmd_dump(int argc, char **argv)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *r = NULL;
	struct args args = {.classes = UINT32_MAX};
	struct trace_block block;
	struct error err = {0};
	int res;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (trace_reader_open(args.trace.file, &r, &err))
		return cmd_fail(&err);
	/* a failure only means smaller writes */
	(void)setvbuf(stdout, NULL, _IOFBF, STDOUT_BUFFER);
	while ((res = trace_reader_next(r, &block, &err)) > 0) {
		if (block.type == BLOCK_EVENTS)
			dump_events(&args, trace_reader_meta(r), &block);
		else if (block.type == BLOCK_CENSUS && args.census)
			dump_census(&args, &block);
		else if (block.type == BLOCK_COUNTS && args.counts)
			dump_counts(&args, &block);
		/* nobody reads on, or the disk is full: main() says so */
		if (ferror(stdout))
			return EXIT_FAILED;
	}
	return trace_args_verdict(&args.trace, r, res, &err);
}
