// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/native.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/table.h"

void native_run_fini(struct native_run *run)
{
	for (size_t i = 0; i < REPLAY_MAX_LAYOUTS; i++)
		native_stream_fini(&run->streams[i]);
	replay_result_destroy(run->replay);
	run->replay = NULL;
}

static void show_progress(void *ctx, double done)
{
	progress("%s: executing, %.0f %%", (const char *)ctx, 100 * done);
}

int native_run_trace(struct replay_args *args, const char *path, unsigned int rounds,
		     unsigned int background, struct native_run *ret, struct error *err)
{
	const struct native_stream *streams[REPLAY_MAX_LAYOUTS];
	struct native_opts opts = {
		.rounds = rounds,
		.background = background,
		.progress = show_progress,
		.progress_ctx = (void *)path,
	};
	int r;

	args->native = ret->streams;
	r = replay_args_run(args, path, NULL, &ret->replay, err);
	args->native = NULL;
	if (r)
		return r;
	/* with what was supposed about its TLB */
	opts.machine = &ret->replay->machine;
	for (size_t i = 0; i < args->nr_layouts; i++)
		streams[i] = &ret->streams[i];
	r = native_run(streams, args->nr_layouts, &opts, ret->results, err);
	progress_end();
	return r ? error_prefix(err, r, "%s", path) : 0;
}

static const struct table_column columns[] = {
	{"LAYOUT", false},   {"LINES", true}, {"MEMORY", true},	   {"NS", true},    {"IN L1", true},
	{"PREDICTED", true}, {"RATIO", true}, {"PREDICTED", true}, {"ERROR", true}, {0},
};

static void print_counters(const struct native_run *run)
{
	static const char *const levels[3] = {"L1", "L2", "LLC"};
	bool any = false;

	for (size_t i = 0; i < run->replay->nr_layouts; i++) {
		const struct native_result *r = &run->results[i];
		uint64_t beyond = r->accesses;

		for (int level = 0; level < 3; level++) {
			beyond -= r->hits[level];
			if (!r->counters.counted[level])
				continue;
			any = true;
			printf("%s: %" PRIu64 " misses of %s counted, %" PRIu64 " predicted\n",
			       run->replay->layouts[i].layout->name, r->counters.misses[level],
			       levels[level], beyond);
		}
	}
	if (!any)
		puts("No hardware counters here: only times can be compared.");
}

int native_print(const struct native_run *run, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);
	int r;

	for (size_t i = 0; t && i < run->replay->nr_layouts; i++) {
		const struct native_result *n = &run->results[i];

		table_row(t);
		table_text(t, run->replay->layouts[i].layout->name);
		table_count(t, n->accesses);
		table_size(t, n->bytes);
		table_format(t, "%.2f", n->measured_ns);
		table_format(t, "%.2f", n->base_ns);
		table_format(t, "%.2f", n->predicted_ns);
		table_format(t, "%.3f", n->measured_ratio);
		table_format(t, "%.3f", n->predicted_ratio);
		table_format(t, "%+.1f %%", n->error_percent);
	}
	r = table_print(t, stdout, err);
	if (r)
		return r;
	puts("NS per line: executed here, with all lines in L1, and predicted. RATIO: of whole "
	     "times, to the\nfirst layout. All on one CPU, medians.");
	if (run->streams[0].left_out)
		printf("Only the first %d operations were executed; %" PRIu64 " came later.\n",
		       NATIVE_MAX_OPS, run->streams[0].left_out);
	print_counters(run);
	return 0;
}

static json_t *result_json(const char *layout, const struct native_result *r)
{
	json_t *o = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:f}", "layout", layout,
			      "operations", (json_int_t)r->ops, "lines", (json_int_t)r->accesses,
			      "serial", (json_int_t)r->serial, "atomics", (json_int_t)r->atomics,
			      "bytes", (json_int_t)r->bytes, "base_ns", r->base_ns, "measured_ns",
			      r->measured_ns, "predicted_ns", r->predicted_ns, "measured_ratio",
			      r->measured_ratio, "predicted_ratio", r->predicted_ratio,
			      "error_percent", r->error_percent);
	json_t *hits = json_object(), *walks = json_object(), *counted = json_object();

	if (!o || json_object_set_new(o, "predicted_hits", hits) ||
	    json_object_set_new(o, "predicted_tlb", walks) ||
	    json_object_set_new(o, "counted_misses", counted)) {
		json_decref(o);
		return NULL;
	}
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		json_object_set_new(hits, cache_level_name((enum cache_level)level),
				    json_integer((json_int_t)r->hits[level]));
	for (int level = 0; level < 3; level++)
		if (r->counters.counted[level])
			json_object_set_new(counted, cache_level_name((enum cache_level)level),
					    json_integer((json_int_t)r->counters.misses[level]));
	json_object_set_new(walks, "second", json_integer((json_int_t)r->tlb[TLB_SECOND]));
	json_object_set_new(walks, "walks", json_integer((json_int_t)r->tlb[TLB_WALK]));
	return o;
}

json_t *native_to_json(const struct native_run *run, const char *trace_name)
{
	json_t *layouts = json_array();

	for (size_t i = 0; i < run->replay->nr_layouts; i++)
		if (json_array_append_new(layouts, result_json(run->replay->layouts[i].layout->name,
							       &run->results[i]))) {
			json_decref(layouts);
			return NULL;
		}
	return json_pack("{s:s,s:I,s:o}", "trace", trace_name, "operations_left_out",
			 (json_int_t)run->streams[0].left_out, "layouts", layouts);
}
