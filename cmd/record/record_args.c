// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/record/record_args.h"

#include <ctype.h>
#include <string.h>

#include "base/num.h"
#include "cmd/cmd.h"
#include "trace/sample.h"

enum {
	OPT_PROBE = 0x100,
	OPT_JSON,
	OPT_CGROUP,
	OPT_CPUS,
	OPT_SAMPLE,
	OPT_OVERLOAD,
	OPT_MAX_OVERHEAD,
	OPT_MAX_SIZE,
	OPT_MAX_MEMORY,
	OPT_ROTATE,
	OPT_NO_BACKUPS,
	OPT_NAMES,
	OPT_PMU,
	OPT_PMU_PERIOD,
};

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "How long, and where to:", 1},
	{"output", 'o', "FILE", 0, "Write the trace to FILE (default: memsim.trace)", 1},
	{"duration", 'd', "TIME", 0, "Stop after TIME: 10, 1.5s, 500ms, 2m, 1h", 1},
	{"max-size", OPT_MAX_SIZE, "SIZE", 0, "Stop before the trace is larger than SIZE", 1},
	{"rotate", OPT_ROTATE, "SIZE|TIME", 0,
	 "Begin a new trace after so much (64M) or so long (10m): FILE.0001, FILE.0002 ...", 1},
	{"level", 'l', "N", 0, "Compression level of zstd, 1 to 19 (default: 1)", 1},
	{NULL, 0, NULL, 0, "What is recorded (given several, what passes them all):", 2},
	{"events", 'e', "CLASS,...", 0,
	 "Only these classes, and alloc (default: all but object and rss)", 2},
	{"pid", 'p', "PID,...|command", 0,
	 "Only these processes, or COMMAND, with their children, and the pages they allocate", 2},
	{"cgroup", OPT_CGROUP, "FOLDER", 0, "Only this cgroup, and the pages it allocates", 2},
	{"cpus", OPT_CPUS, "LIST", 0, "Only these CPUs, as in 0-3,8, and the pages they allocate",
	 2},
	{"sample", OPT_SAMPLE, "1/N", 0, "Only one page in N, a power of two, with all its life",
	 2},
	{"names", OPT_NAMES, NULL, 0, "Also what memory cgroups are called, not only their inodes",
	 2},
	{"pmu", OPT_PMU, "auto|software|off", 0,
	 "What CPUs count meanwhile: in hardware, if they do (default), by the kernel, nothing", 2},
	{"pmu-period", OPT_PMU_PERIOD, "TIME", 0, "Read these counters so often (default: 100ms)",
	 2},
	{"require", 'r', "CLASS,...", 0, "Fail with status 3 if this kernel cannot show CLASS", 2},
	{NULL, 0, NULL, 0, "What it may cost:", 3},
	{"buffer-size", 'b', "SIZE", 0, "Memory per CPU for events on their way (default: 16M)", 3},
	{"max-memory", OPT_MAX_MEMORY, "SIZE", 0, "Memory for all: smaller buffers if need be", 3},
	{"max-overhead", OPT_MAX_OVERHEAD, "PERCENT", 0,
	 "Of the time of all CPUs; sample pages if it takes more", 3},
	{"overload", OPT_OVERLOAD, "HOW", 0,
	 "When events come too fast: sample pages (default), or drop events", 3},
	{"no-backups", OPT_NO_BACKUPS, NULL, 0,
	 "Allocations cost a third less; the few that interrupts hide are lost and counted", 3},
	{NULL, 0, NULL, 0, "Instead of recording:", 4},
	{"probe", OPT_PROBE, NULL, 0, "Print what this kernel can show, and how", 4},
	{"json", OPT_JSON, NULL, 0, "With --probe: print JSON", 4},
	{0},
};

static uint32_t parse_classes(char *list, const char *option, struct argp_state *state)
{
	uint32_t classes = 0;
	char *name;

	while ((name = strsep(&list, ","))) {
		int cls = strcmp(name, "all") ? cmd_class_find(state, option, name) : -1;

		classes |= cls < 0 ? UINT32_MAX : 1u << cls;
	}
	return classes;
}

static int parse_pids(char *list, struct record_args *a, struct error *err)
{
	struct select_opts *select = &a->recorder.select;
	char *name;

	a->command_only = !strcmp(list, "command");
	if (a->command_only)
		return 0;
	while ((name = strsep(&list, ","))) {
		uint64_t pid = 0;
		int r = num_parse(name, "--pid", 1, INT32_MAX, &pid, err);

		if (r < 0)
			return r;
		if (select->nr_pids == SELECT_MAX_PIDS)
			return error_set(err, -1, "--pid: more than %d processes", SELECT_MAX_PIDS);
		select->pids[select->nr_pids++] = (pid_t)pid;
	}
	return 0;
}

static int parse_sample(const char *arg, struct record_args *a, struct error *err)
{
	uint64_t n = 0;
	int r = strncmp(arg, "1/", 2) ? error_set(err, -1, "--sample: '%s' is not like 1/16", arg)
				      : num_parse(arg + 2, "--sample", 1, SAMPLE_MAX, &n, err);

	if (r < 0)
		return r;
	if (n & (n - 1))
		return error_set(err, -1, "--sample: %s is not a power of two", arg + 2);
	a->recorder.sample = (uint32_t)n;
	return 0;
}

/* Sizes end in a large letter, times in a small one; a number alone could be both. */
static int parse_rotate(const char *arg, struct record_args *a, struct error *err)
{
	const char *end = arg + strlen(arg);

	if (end > arg && isupper((unsigned char)end[-1]))
		return num_parse_size(arg, "--rotate", 64 << 10, INT64_MAX,
				      &a->recorder.rotate_bytes, err);
	if (end > arg && islower((unsigned char)end[-1]))
		return num_parse_duration(arg, "--rotate", &a->recorder.rotate_ns, err);
	return error_set(err, -1, "--rotate: '%s' is neither a size like 64M nor a time like 10m",
			 arg);
}

static int parse_overload(const char *arg, struct record_args *a, struct error *err)
{
	a->recorder.drop = !strcmp(arg, "drop");
	if (!a->recorder.drop && strcmp(arg, "sample") != 0)
		return error_set(err, -1, "--overload: '%s' is neither sample nor drop", arg);
	return 0;
}

static int parse_pmu(const char *arg, struct record_args *a, struct error *err)
{
	static const char *const names[] = {
		[PMU_AUTO] = "auto", [PMU_SOFTWARE] = "software", [PMU_OFF] = "off"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(arg, names[i]) != 0)
			continue;
		a->recorder.pmu = (enum pmu_what)i;
		return 0;
	}
	return error_set(err, -1, "--pmu: '%s' is none of auto, software and off", arg);
}

/* More seldom it is none of a run. */
static int parse_pmu_period(const char *arg, struct record_args *a, struct error *err)
{
	uint64_t ns = 0;
	int r = num_parse_duration(arg, "--pmu-period", &ns, err);

	if (r < 0)
		return r;
	if (ns < PMU_SHORTEST_NS || ns > PMU_LONGEST_NS)
		return error_set(err, -1, "--pmu-period: %s is not between 1ms and 1m", arg);
	a->recorder.pmu_period_ns = ns;
	return 0;
}

/* Options that take a value which may be wrong: 0, a negative number with a sentence, or ARGP_ERR_UNKNOWN. */
static int parse_value(int key, char *arg, struct record_args *a, struct error *err)
{
	struct recorder_opts *o = &a->recorder;
	uint64_t number = 0;
	int r;

	switch (key) {
	case 'd':
		return num_parse_duration(arg, "--duration", &a->duration_ns, err);
	case 'b':
		return num_parse_size(arg, "--buffer-size", 32 << 10, 16ULL << 30, &o->buffer_bytes,
				      err);
	case 'l':
		r = num_parse(arg, "--level", 1, 19, &number, err);
		o->zstd_level = (int)number;
		return r;
	case 'p':
		return parse_pids(arg, a, err);
	case OPT_PMU:
		return parse_pmu(arg, a, err);
	case OPT_PMU_PERIOD:
		return parse_pmu_period(arg, a, err);
	case OPT_SAMPLE:
		return parse_sample(arg, a, err);
	case OPT_OVERLOAD:
		return parse_overload(arg, a, err);
	case OPT_MAX_OVERHEAD:
		r = num_parse(arg, "--max-overhead", 1, 100, &number, err);
		o->max_overhead = (double)number;
		return r;
	case OPT_MAX_SIZE:
		return num_parse_size(arg, "--max-size", 1 << 18, INT64_MAX, &o->max_bytes, err);
	case OPT_MAX_MEMORY:
		return num_parse_size(arg, "--max-memory", 1 << 20, INT64_MAX, &o->max_memory, err);
	case OPT_ROTATE:
		return parse_rotate(arg, a, err);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void check(const struct record_args *a, struct argp_state *state)
{
	if (a->command && a->duration_ns)
		argp_error(state, "--duration and COMMAND cannot go together");
	if (a->json && !a->probe)
		argp_error(state, "--json goes with --probe");
	if (a->probe && (a->command || a->duration_ns))
		argp_error(state, "--probe records nothing; leave COMMAND and --duration out");
	if (a->command_only && !a->command)
		argp_error(state, "--pid=command wants a COMMAND");
	if (a->recorder.drop && a->recorder.max_overhead > 0)
		argp_error(state, "--max-overhead samples pages, which --overload=drop forbids");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct record_args *a = state->input;
	struct error err = {0};
	int r;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case 'o':
		a->recorder.output = arg;
		return 0;
	case 'r':
		a->recorder.required |= parse_classes(arg, "--require", state);
		return 0;
	case 'e':
		a->recorder.classes |= parse_classes(arg, "--events", state);
		return 0;
	case OPT_CGROUP:
		a->recorder.select.cgroup = arg;
		return 0;
	case OPT_CPUS:
		a->recorder.select.cpus = arg;
		return 0;
	case OPT_NAMES:
		a->recorder.names = true;
		return 0;
	case OPT_NO_BACKUPS:
		a->recorder.no_backups = true;
		return 0;
	case OPT_PROBE:
		a->probe = true;
		return 0;
	case OPT_JSON:
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		/* all that follows is the command's, options too */
		a->command = state->argv + state->next - 1;
		a->recorder.has_command = true;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		check(a, state);
		return 0;
	default:
		r = parse_value(key, arg, a, &err);
		if (r < 0)
			argp_error(state, "%s", err.msg);
		return r < 0 ? 0 : r;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- COMMAND [ARG...]]",
	.doc = "Records what this host does to its pages: until COMMAND ends, until TIME is over, "
	       "or "
	       "until interrupted. Needs root.",
	.children = cmd_common_child,
};

void record_args_parse(int argc, char **argv, struct record_args *ret)
{
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, ret);
}
