// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_args.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/layouts/cmd_layouts.h"
#include "sim/access/kernel_code.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

enum {
	OPT_LAYOUT = 256,
	OPT_MACHINE,
	OPT_PRESSURE,
	OPT_PREFETCH,
	OPT_PARTIAL,
	OPT_SET,
	OPT_FOLIO_ORDER,
	OPT_NO_THP,
	OPT_CODE,
};

static const struct argp_option options[] = {
	{"layout", OPT_LAYOUT, "NAME|FILE[,...]", 0,
	 "Layouts: built-in names (see memsim layouts list) or YAML files, with +MODIFIERS", 0},
	{"set", OPT_SET, "NAME=NUMBER", 0,
	 "Change a parameter of the layouts that have it (see memsim layouts show --params)", 0},
	{"machine", OPT_MACHINE, "NAME|FILE|SPEC", 0,
	 "A machine profile, built in or a YAML file (see memsim calibrate), or caches alone, as "
	 "in "
	 "l1=48K/12,l2=2M/16,llc=32M/16 (size/ways); default: what the recorded machine advertised",
	 0},
	{"pressure", OPT_PRESSURE, "trace|none|light|heavy|RATE", 0,
	 "How much of its own data the workload fills into the caches meanwhile; RATE as in 50M: "
	 "lines "
	 "per second and CPU into L2 (default: trace, where CPUs counted it, or else none)",
	 0},
	{"prefetch", OPT_PREFETCH, "none|NAME[+NAME...]", 0,
	 "Prefetchers: pair, next-line, stream (default: what the machine's profile says, or none)",
	 0},
	{"jobs", 'j', "N", 0, "Threads (default: one per CPU); never changes a result", 0},
	{"partial", OPT_PARTIAL, NULL, 0,
	 "Use what comes before the damage of a damaged or cut-off trace (exit status 3)", 0},
	{"max-folio-order", OPT_FOLIO_ORDER, "N", 0,
	 "Suppose a kernel without folios above order N: larger ones become several (0: none)", 0},
	{"no-thp", OPT_NO_THP, NULL, 0, "Suppose a kernel without anonymous transparent huge pages",
	 0},
	{"code", OPT_CODE, "KERNEL", 0,
	 "Suppose that the kernel does its work as v6.1, v6.12 or v7.3 (default: recorded)", 0},
	{0},
};

/* Once all layouts are known: an assignment has to fit one of them, not each. */
static int replay_args_set(struct replay_args *args, struct error *err)
{
	int r = layouts_set(args->layouts, args->nr_layouts, args->sets, args->nr_sets, err);

	return r ? error_prefix(err, r, "--set") : 0;
}

/* What a file calls itself may be what another layout is called, as copies of one are: then it goes by its path. */
static int tell_apart(struct replay_args *args, size_t new, size_t old, struct error *err)
{
	size_t file = strcmp(args->layouts[new]->origin, "built-in") ? new : old;
	struct layout *layout = args->layouts[file];
	char *path;

	if (strcmp(args->layouts[new]->name, args->layouts[old]->name))
		return 0;
	if (!strcmp(layout->origin, "built-in") || !strcmp(args->names[new], args->names[old]))
		return error_set(err, -EEXIST, "--layout: two layouts have the name '%s'",
				 args->layouts[new]->name);
	path = strdup(args->names[file]);
	if (!path)
		return error_nomem(err);
	free(layout->name);
	layout->name = path;
	return 0;
}

static int add_layout(struct replay_args *args, const char *name, struct error *err)
{
	_cleanup_free_ char *copy = strdup(name);
	size_t new = args->nr_layouts;
	int r;

	if (!copy)
		return error_nomem(err);
	r = layout_load(name, &args->layouts[new], err);
	if (r)
		return r;
	args->names[new] = take_ptr(copy);
	args->nr_layouts++;
	for (size_t i = 0; !r && i < new; i++)
		r = tell_apart(args, new, i, err);
	return r;
}

int replay_args_layouts(struct replay_args *args, const char *list, struct error *err)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy, *name;

	if (!copy)
		return error_nomem(err);
	while ((name = strsep(&rest, ","))) {
		int r;

		if (!*name)
			return error_set(err, -EINVAL, "--layout: '%s' has an empty name", list);
		if (args->nr_layouts == REPLAY_MAX_LAYOUTS)
			return error_set(err, -E2BIG, "--layout: more than %d layouts",
					 REPLAY_MAX_LAYOUTS);
		r = add_layout(args, name, err);
		if (r)
			return r;
	}
	/* the ones that a command adds when the user named none */
	return args->parsed ? replay_args_set(args, err) : 0;
}

static int add_set(struct replay_args *args, const char *assignment, struct error *err)
{
	if (args->nr_sets == REPLAY_MAX_SETS)
		return error_set(err, -E2BIG, "--set: more than %d", REPLAY_MAX_SETS);
	args->sets[args->nr_sets++] = assignment;
	return 0;
}

static int parse(struct replay_args *args, int key, const char *arg, struct error *err)
{
	uint64_t n;
	int r;

	switch (key) {
	case OPT_CODE:
		args->code = strcmp(arg, "recorded") ? arg : NULL;
		r = args->code ? kernel_code_parse(arg, NULL, &n, err) : 0;
		return r ? error_prefix(err, r, "--code") : 0;
	case OPT_LAYOUT:
		return replay_args_layouts(args, arg, err);
	case OPT_MACHINE:
		r = machine_load(arg, &args->machine, err);
		if (!r)
			args->has_machine = true;
		return r;
	case OPT_PRESSURE:
		return pressure_parse(arg, &args->pressure, err);
	case OPT_PREFETCH:
		r = cache_prefetch_parse(arg, &args->prefetch, err);
		args->has_prefetch = !r;
		return r ? error_set(err, r,
				     "--prefetch: '%s' is neither none nor some of pair, next-line "
				     "and "
				     "stream, joined by +",
				     arg)
			 : 0;
	case OPT_SET:
		return add_set(args, arg, err);
	case ARGP_KEY_END:
		args->parsed = true;
		return args->nr_layouts ? replay_args_set(args, err) : 0;
	case 'j':
		r = num_parse(arg, "--jobs", 1, 1024, &n, err);
		if (!r)
			args->jobs = (unsigned int)n;
		return r;
	case OPT_FOLIO_ORDER:
		r = num_parse(arg, "--max-folio-order", 0, LAYOUT_MAX_ORDER, &n, err);
		if (!r)
			args->policy.max_order = (uint8_t)n;
		return r;
	case OPT_NO_THP:
		args->policy.no_thp = true;
		return 0;
	default:
		args->partial = true;
		return 0;
	}
}

static void note_option(struct replay_args *args, int key)
{
	for (const struct argp_option *o = options; o->name && !args->option; o++)
		if (o->key == key)
			args->option = o->name;
}

/* A file that is wrong, or not there, is a failure; an option that is wrong is a wrong call. */
static int status_of(int key, const char *arg, int error)
{
	size_t len = arg ? strlen(arg) : 0;

	if (key == OPT_LAYOUT)
		return error == -E2BIG || error == -EEXIST || !len || *arg == ',' ||
				       arg[len - 1] == ',' || strstr(arg, ",,")
			       ? EXIT_USAGE
			       : EXIT_FAILED;
	return key == OPT_MACHINE && !strchr(arg, '=') ? EXIT_FAILED : EXIT_USAGE;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct error err = {0};
	int r;

	if (key != 'j' && key != ARGP_KEY_END && (key < OPT_LAYOUT || key > OPT_CODE))
		return ARGP_ERR_UNKNOWN;
	note_option(state->input, key);
	r = parse(state->input, key, arg, &err);
	if (r) {
		log_error("%s", err.msg);
		exit(status_of(key, arg, r));
	}
	return 0;
}

static const struct argp argp = {.options = options, .parser = parse_opt};

const struct argp_child replay_args_children[] = {
	{&argp, 0, NULL, 0},
	{&cmd_common_argp, 0, "Common options:", 100},
	{0},
};

void replay_args_fini(struct replay_args *args)
{
	for (size_t i = 0; i < args->nr_layouts; i++) {
		layout_destroy(args->layouts[i]);
		free(args->names[i]);
	}
	args->nr_layouts = 0;
}

struct running {
	const char *name;
	struct replay_work *work;
	double weight; /* of this replay in the work */
};

static void show_progress(void *ctx, double done)
{
	const struct running *r = ctx;
	double share = (r->work->done + r->weight * done) / r->work->total;
	double elapsed = (double)(now_ns() - r->work->start_ns) / 1e9;

	/* the first moments tell nothing about the rest */
	if (share >= 1 || elapsed < 2 || share < 0.01)
		progress("%s: %.0f %%", r->name, share < 1 ? 100 * share : 100);
	else
		progress("%s: %.0f %%, %.0f s left", r->name, 100 * share,
			 elapsed * (1 - share) / share);
}

int replay_args_run(const struct replay_args *args, const char *path, struct replay_work *work,
		    struct replay_result **ret, struct error *err)
{
	struct replay_work alone = {.total = (double)args->nr_layouts, .each = 1};
	struct running running = {.name = cmd_basename(path), .work = work ? work : &alone};
	_cleanup_(trace_reader_destroyp) struct trace_reader *reader = NULL;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	const struct replay_opts opts = {
		.layouts = (const struct layout *const *)args->layouts,
		.nr_layouts = args->nr_layouts,
		.machine = args->has_machine ? &args->machine : NULL,
		.pressure = args->pressure,
		.pressures = args->pressures,
		.prefetch = args->has_prefetch ? &args->prefetch : NULL,
		.jobs = args->jobs ? args->jobs
			: cpus > 0 ? (unsigned int)cpus
				   : 1,
		.partial = args->partial,
		.sample_sets = args->sample_sets,
		.events = args->events,
		.accesses = args->accesses,
		.memory_only = args->memory_only,
		.totals_only = args->totals_only,
		.native = args->native,
		.detail = args->detail,
		.policy = args->policy,
		.code = args->code,
		.progress = show_progress,
		.progress_ctx = &running,
		.map = args->map,
	};
	int r = trace_reader_open(path, &reader, err);

	running.weight = running.work->each * (double)args->nr_layouts;
	if (!running.work->start_ns)
		running.work->start_ns = now_ns();
	if (!r)
		r = replay_run(reader, &opts, ret, err);
	running.work->done += running.weight;
	progress_end();
	return r;
}

const char *replay_machine_text(const struct replay_result *result, char *buf, size_t len)
{
	const struct machine *m = &result->machine;

	if (result->geometry_recorded)
		snprintf(buf, len, "as the recorded machine advertised them");
	else if (!strcmp(m->origin, "given"))
		snprintf(buf, len, "as given");
	else
		snprintf(buf, len, "machine %s, %s, %s", m->name,
			 m->measured ? "measured" : "published", m->origin);
	return buf;
}

int replay_warn(const struct replay_result *result, const char *path)
{
	uint64_t lost = 0;

	if (result->damaged)
		log_warn("%s; what comes before was used", result->damage.msg);
	for (int cls = 0; cls < CLASS_MAX; cls++)
		lost += result->footer.lost[cls];
	if (lost)
		log_warn("%s: the recorder lost %" PRIu64
			 " events (memsim info lists them by class)",
			 path, lost);
	return result->complete ? EXIT_DONE : EXIT_INCOMPLETE;
}
