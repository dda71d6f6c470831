// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds what memsim makes of a trace against what the plugin saw in the same run.
 *	explain [--json|--markdown] [--misses|--fields] [--from=FOLDER] [--minimum=PERCENT]
 *		[--cache=GEOMETRY] OUT
 *	explain --summary [FROM:]OUT...
 * OUT is a folder that run left. With --from the trace is another run's, of the same workload on another kernel.
 * An operation is held against the functions of its class (sim/functions.def).
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sim/kernel_code.h"
#include "tests/truth/explain.h"
#include "trace/reader.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

enum {
	OPT_JSON = 256,
	OPT_MARKDOWN,
	OPT_CACHE,
	OPT_MINIMUM,
	OPT_MISSES,
	OPT_FIELDS,
	OPT_FROM,
	OPT_SUMMARY,
};

static void comparison_fini(struct comparison *c)
{
	truth_fini(&c->truth);
}

static int path_in(const char *folder, const char *name, char path[4096], struct error *err)
{
	int n = snprintf(path, 4096, "%s/%s", folder, name);

	return n < 4096 ? 0 : error_set(err, -ENAMETOOLONG, "%s: the name is too long", folder);
}

static FILE *open_in(const char *folder, const char *name, char path[4096], struct error *err)
{
	FILE *f = NULL;

	if (path_in(folder, name, path, err) == 0) {
		f = fopen(path, "re");
		if (!f)
			error_set(err, -errno, "%s: cannot open it: %m", path);
	}
	return f;
}

static int read_stamps(const char *folder, uint64_t *ret_from, uint64_t *ret_to, struct error *err)
{
	char path[4096];
	_cleanup_fclose_ FILE *f = open_in(folder, "stamps", path, err);

	if (!f)
		return err->code;
	if (fscanf(f, "%" SCNu64 " %" SCNu64, ret_from, ret_to) != 2 || *ret_from >= *ret_to)
		return error_set(err, -EINVAL, "%s: no two moments", path);
	return 0;
}

/* What the rest of the workload fills into the caches, as the plugin saw it, spread evenly over the run. */
static struct pressure pressure_of(const struct truth *truth, uint64_t ns)
{
	struct pressure p = {.name = "given"};

	for (enum cache_level level = CACHE_L1; level < CACHE_MEMORY; level++)
		p.fills[level] =
			(uint64_t)((double)misses(truth->other_hits, level) * 1e9 / (double)ns);
	return p;
}

/* What the run says that its kernel has; the trace is replayed on that, whoever recorded it. */
static int read_layout(const char *folder, char name[16], struct error *err)
{
	char path[4096];
	_cleanup_fclose_ FILE *f = open_in(folder, "layout", path, err);

	if (!f)
		return err->code;
	return fscanf(f, "%15s", name) == 1 ? 0 : error_set(err, -EINVAL, "%s: empty", path);
}

/* The code of a run's kernel, as its own trace tells it. */
static int read_code(const char *folder, uint64_t *ret, struct error *err)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *reader = NULL;
	char path[4096];
	int r = path_in(folder, "memsim.trace", path, err);

	if (!r)
		r = trace_reader_open(path, &reader, err);
	if (!r)
		*ret = kernel_code_of(trace_reader_meta(reader));
	return r;
}

static int compare(const struct options *o, struct comparison *c, struct error *err)
{
	_cleanup_(symbols_fini) struct symbols symbols = {0};
	const char *recorded = o->from ? o->from : o->folder;
	struct predict_opts opts = {.geometry = o->cache};
	char path[4096], layout[16];
	int r = path_in(o->folder, "kallsyms", path, err);

	if (!r)
		r = symbols_read(path, &symbols, err);
	if (!r)
		r = path_in(o->folder, "truth.json", path, err);
	if (!r)
		r = truth_read(path, &symbols, &c->truth, err);
	if (!r)
		r = read_stamps(recorded, &opts.from_ns, &opts.to_ns, err);
	if (!r)
		r = path_in(recorded, "memsim.trace", path, err);
	opts.trace = path;
	c->ns = opts.to_ns - opts.from_ns;
	if (!r)
		r = read_layout(o->folder, layout, err);
	opts.layout = layout;
	if (!r)
		r = read_code(o->folder, &opts.code, err);
	if (c->truth.cached)
		opts.pressure = pressure_of(&c->truth, c->ns);
	if (!r)
		r = predict(&opts, &c->prediction, err);
	if (r)
		return r;
	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++) {
		const struct op_cost *cost = &c->prediction.ops[kind];

		c->predicted[work_of_operation(kind, opts.code)] += cost->accesses;
		c->predicted_total += cost->accesses;
		c->predicted_atomics[work_of_operation(kind, opts.code)] += cost->atomics;
		c->predicted_atomics_total += cost->atomics;
		for (int level = 0; level < CACHE_LEVEL_MAX; level++)
			c->predicted_hits[level] += cost->hits[level];
	}
	c->all = c->truth.total.accesses - c->truth.works[WORK_RECORDER].accesses;
	for (int work = 0; work < WORK_MAX; work++) {
		uint64_t seen = c->truth.works[work].accesses;

		c->explained += seen < c->predicted[work] ? seen : c->predicted[work];
	}
	return 0;
}

static json_t *seen_to_json(const struct seen *seen, bool cached)
{
	json_t *o = json_pack("{s:I,s:I,s:I,s:I,s:I}", "accesses", (json_int_t)seen->accesses,
			      "loads", (json_int_t)seen->loads, "stores", (json_int_t)seen->stores,
			      "rmw", (json_int_t)seen->rmw, "atomics", (json_int_t)seen->atomics);

	for (int level = 0; level < CACHE_LEVEL_MAX && cached; level++)
		json_object_set_new(o, cache_level_name(level),
				    json_integer((json_int_t)seen->hits[level]));
	return o;
}

static int print_json(const struct comparison *c, struct error *err)
{
	json_t *root = json_object(), *works = json_object(), *functions = json_array();
	json_t *fills = json_object(), *operations = json_object();
	int r;

	json_object_set_new(root, "accesses", json_integer((json_int_t)c->all));
	json_object_set_new(root, "predicted", json_integer((json_int_t)c->predicted_total));
	json_object_set_new(root, "explained", json_integer((json_int_t)c->explained));
	json_object_set_new(root, "events", json_integer((json_int_t)c->prediction.events));
	json_object_set_new(root, "events_lost", json_integer((json_int_t)c->prediction.lost));
	json_object_set_new(root, "instructions", json_integer((json_int_t)c->truth.instructions));
	for (enum cache_level level = CACHE_L1; level < CACHE_MEMORY && c->truth.cached; level++)
		json_object_set_new(fills, cache_level_name(level),
				    json_integer((json_int_t)misses(c->truth.other_hits, level)));
	json_object_set_new(root, "fills_by_other_data", fills);
	for (int work = 0; work < WORK_MAX; work++) {
		json_t *o = seen_to_json(&c->truth.works[work], c->truth.cached);

		json_object_set_new(o, "predicted", json_integer((json_int_t)c->predicted[work]));
		json_object_set_new(o, "predicted_atomics",
				    json_integer((json_int_t)c->predicted_atomics[work]));
		json_object_set_new(works, work_name(work), o);
	}
	json_object_set_new(root, "classes", works);
	for (size_t i = 0; i < c->truth.nr_functions; i++) {
		const struct function *f = &c->truth.functions[i];
		json_t *o = seen_to_json(&f->seen, c->truth.cached);

		json_object_set_new(o, "name", json_string(f->name));
		json_object_set_new(o, "class", json_string(work_name(f->work)));
		json_array_append_new(functions, o);
	}
	json_object_set_new(root, "functions", functions);
	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++) {
		const struct op_cost *cost = &c->prediction.ops[kind];

		if (cost->count)
			json_object_set_new(
				operations, op_name(kind),
				json_pack("{s:I,s:I,s:s}", "count", (json_int_t)cost->count,
					  "accesses", (json_int_t)cost->accesses, "class",
					  work_name(work_of_operation(kind, c->prediction.code))));
	}
	json_object_set_new(root, "operations", operations);
	r = json_dumpf(root, stdout, JSON_INDENT(1));
	json_decref(root);
	return r ? error_set(err, -EIO, "cannot write the result") : 0;
}

static int print_all(const struct options *o, struct comparison *c, struct error *err)
{
	int r;

	if (o->json)
		return print_json(c, err);
	if (o->misses) {
		if (c->truth.cached)
			return print_misses(o, c, err);
		return error_set(err, -ENODATA, "%s: made without --cache", o->folder);
	}
	if (o->fields)
		return print_fields(o, c, err);
	printf("%" PRIu64 " accesses to the memmap, %.1f %% of them explained; %" PRIu64
	       " events, %" PRIu64 " lost, %" PRIu64
	       " lookups of unknown folios; the recorder's programs made %" PRIu64
	       " accesses more.\n\n",
	       c->all, share(c->explained, c->all), c->prediction.events, c->prediction.lost,
	       c->prediction.unresolved, c->truth.works[WORK_RECORDER].accesses);
	r = print_classes(o, c, err);
	printf("\n");
	return r ? r : print_functions(o, c, err);
}

static int summarize(const struct options *all, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = summary_create(err);

	for (int i = 0; i < all->nr_folders && t; i++) {
		_cleanup_(comparison_fini) struct comparison c = {0};
		struct options o = *all;
		char *out = strchr(all->folders[i], ':');
		int r;

		if (out)
			*out++ = '\0';
		o.from = out ? all->folders[i] : NULL;
		o.folder = out ? out : all->folders[i];
		r = compare(&o, &c, err);
		if (r)
			return r;
		summary_add(t, &o, &c);
	}
	return print(all, t, err);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct error err = {0};

	switch (key) {
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_MARKDOWN:
		o->markdown = true;
		return 0;
	case OPT_MISSES:
		o->misses = true;
		return 0;
	case OPT_FIELDS:
		o->fields = true;
		return 0;
	case OPT_FROM:
		o->from = arg;
		return 0;
	case OPT_SUMMARY:
		o->summary = true;
		return 0;
	case OPT_CACHE:
		o->cache = arg;
		return 0;
	case OPT_MINIMUM:
		if (num_parse(arg, "--minimum", 0, 100, &o->minimum, &err) < 0)
			argp_error(state, "%s", err.msg);
		return 0;
	case ARGP_KEY_ARG:
		o->folder = arg;
		/* the rest is for the summary */
		o->folders = state->argv + state->next - 1;
		o->nr_folders = state->argc - state->next + 1;
		if (!o->summary && o->nr_folders > 1)
			argp_error(state, "one folder at a time");
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which folder?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{"json", OPT_JSON, NULL, 0, "Everything as one JSON document", 0},
		{"markdown", OPT_MARKDOWN, NULL, 0, "Tables in Markdown", 0},
		{"misses", OPT_MISSES, NULL, 0, "Cache misses, of a run with --cache", 0},
		{"fields", OPT_FIELDS, NULL, 0, "Accesses by member of struct page", 0},
		{"from", OPT_FROM, "FOLDER", 0, "Predict from the trace of this run", 0},
		{"summary", OPT_SUMMARY, NULL, 0, "One line per run, [FROM:]OUT each", 0},
		{"minimum", OPT_MINIMUM, "PERCENT", 0, "Fail where less than this is explained", 0},
		{"cache", OPT_CACHE, "SPEC", 0, "Caches to predict hits for", 0},
		{0},
	};
	static const struct argp argp = {
		.options = argp_options, .parser = parse, .args_doc = "OUT"};
	_cleanup_(comparison_fini) struct comparison c = {0};
	struct options o = {.cache = "l1=48K/12,l2=2M/16,llc=8M/16"};
	struct error err = {0};

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	if (o.summary) {
		if (summarize(&o, &err) == 0)
			return fflush(stdout) ? 1 : 0;
		fprintf(stderr, "explain: %s\n", err.msg);
		return 1;
	}
	if (compare(&o, &c, &err) || print_all(&o, &c, &err)) {
		fprintf(stderr, "explain: %s\n", err.msg);
		return 1;
	}
	if (fflush(stdout))
		return 1;
	if (share(c.explained, c.all) < (double)o.minimum) {
		fprintf(stderr, "explain: %s: less than %" PRIu64 " %% is explained\n", o.folder,
			o.minimum);
		return 1;
	}
	return 0;
}
