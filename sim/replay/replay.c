// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay/replay_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

/* Events turned into operations at a time: small enough that a model finds them in its cache. */
enum { SLICE_EVENTS = 4096 };

DEFINE_CLEANUP(struct replay_result *, replay_result_destroy);

static void replay_fini(struct replay *r)
{
	crew_destroy(r->crew);
	for (size_t i = 0; r->models && i < r->opts->nr_layouts; i++)
		model_destroy(r->models[i]);
	free(r->models);
	nodes_destroy(r->nodes);
	free(r->fixed);
	page_writes_destroy(r->writes);
	pages_destroy(r->pages);
	layout_destroy(r->recorded);
	charged_destroy(r->charged);
	for (size_t i = 0; i < CREW_BATCHES; i++) {
		op_list_fini(&r->batches[i].list);
		op_list_fini(&r->batches[i].shaped);
	}
	sample_fini(&r->sample);
	pressure_series_destroy(r->series);
}

static const struct pressure *asked_pressure(const struct replay_opts *opts, size_t layout)
{
	return opts->pressures ? &opts->pressures[layout] : &opts->pressure;
}

struct pressure replay_pressure_on(const struct replay *r, size_t layout)
{
	const struct pressure *asked = asked_pressure(r->opts, layout);

	return r->series && (asked->measured || !asked->name) ? pressure_series_mean(r->series)
							      : *asked;
}

static bool has_pressure(const struct replay *r)
{
	for (size_t i = 0; i < r->opts->nr_layouts; i++) {
		struct pressure p = replay_pressure_on(r, i);

		if (!pressure_is_none(&p))
			return true;
	}
	return false;
}

/* Where nothing is asked for, what the trace measured is taken, if it did; native executions have no clock to go by. */
static int load_series(struct replay *r, struct trace_reader *reader, struct error *err)
{
	const struct trace_meta *meta = trace_reader_meta(reader);
	bool wanted = false, must = false;
	int e;

	for (size_t i = 0; i < r->opts->nr_layouts; i++) {
		const struct pressure *asked = asked_pressure(r->opts, i);

		must |= asked->measured;
		wanted |= asked->measured || (!asked->name && pressure_is_none(asked));
	}
	if (must && r->opts->native)
		return error_set(err, -EINVAL,
				 "--pressure=trace: what is executed natively has no clock to "
				 "follow it by");
	if (!wanted || r->opts->memory_only || r->opts->native)
		return 0;
	e = pressure_series_load(reader, &r->series, err);
	if (!e && must && !r->series)
		return error_set(err, -ENODATA,
				 "--pressure=trace: nothing counted in this trace how many lines "
				 "entered the caches%s%s",
				 *meta->pmu_note ? "; its recorder said: " : "", meta->pmu_note);
	return e;
}

static int create_model(struct replay *r, size_t i, const struct trace_meta *meta,
			struct error *err)
{
	const struct replay_opts *opts = r->opts;
	struct model_opts model_opts = {
		.layout = opts->layouts[i],
		.recorded = r->recorded,
		.meta = meta,
		.code = &r->result->code,
		.geometry = r->result->geometry,
		.nodes = r->result->nr_nodes > 1 ? r->nodes : NULL,
		.pressure = replay_pressure_on(r, i),
		.measured = r->series,
		.stall = r->result->has_stall ? &r->stall : NULL,
		.tlb = r->result->has_tlb ? &r->tlb : NULL,
		.detail = opts->detail,
		.totals_only = opts->totals_only,
		.memory_only = opts->memory_only,
		.native = opts->native ? &opts->native[i] : NULL,
		.sample_sets = r->result->sample_sets,
		/* where there are more threads than models, some models have two */
		.threaded = opts->jobs > opts->nr_layouts + i,
	};

	if (r->sample.one_in > 1)
		sample_shrink(&r->sample, &model_opts.geometry, &model_opts.pressure);
	if (r->result->sample_sets > 1 && r->recorded)
		return error_set(err, -ENOTSUP,
				 "accesses are replayed one by one: no sample of the caches' sets");
	return model_create(&model_opts, &r->models[i], err);
}

static int create_models(struct replay *r, const struct trace_meta *meta, struct error *err)
{
	const struct replay_opts *opts = r->opts;

	r->models = calloc(opts->nr_layouts, sizeof(*r->models));
	if (!r->models)
		return error_nomem(err);
	for (size_t i = 0; i < opts->nr_layouts; i++) {
		int e = create_model(r, i, meta, err);

		if (e)
			return e;
	}
	return crew_create(r->models, opts->nr_layouts, opts->jobs, &r->crew, err);
}

/* The filled list, as the policy would have it. */
static const struct op_list *shape(const struct replay *r, struct replay_batch *b)
{
	if (policy_is_none(&r->opts->policy))
		return &b->list;
	b->shaped.nr = 0;
	policy_apply(&r->opts->policy, b->list.ops, b->list.nr, &b->shaped);
	return &b->shaped;
}

static uint64_t fixed_bytes(const struct replay *r, size_t i)
{
	struct pages_counts counts = *pages_counts(r->pages);
	struct memory m;

	sample_scale_counts(&r->sample, &counts);
	memory_of_layout(r->opts->layouts[i], &r->result->meta, &counts, &m);
	return memory_fixed_bytes(&m);
}

/* The crew is done with its oldest batch: what each layout takes in all at the end of that. */
static int take_back(struct replay *r, struct error *err)
{
	const struct replay_batch *b = &r->batches[r->oldest];
	const uint64_t *bytes;
	int e = crew_take(r->crew, &bytes, err);

	if (e)
		return e;
	r->out--;
	r->oldest = (r->oldest + 1) % crew_depth(r->crew);
	for (size_t i = 0; r->census_over && b->end_ns && i < r->result->nr_layouts; i++)
		series_set(&r->result->layouts[i].bytes, b->end_ns,
			   b->fixed[i] + sample_scaled(&r->sample, bytes[i]));
	return 0;
}

/* Gives the crew the filled list and turns to the next one, once it is back. */
static int pass_on(struct replay *r, uint64_t end_ns, struct error *err)
{
	struct replay_batch *b = &r->batches[r->filling];
	const struct op_list *full = shape(r, b);

	if (full->failed)
		return error_nomem(err);
	b->end_ns = end_ns;
	for (size_t i = 0; i < r->result->nr_layouts; i++)
		b->fixed[i] = r->result->layouts[i].fixed_moves ? fixed_bytes(r, i) : r->fixed[i];
	crew_give(r->crew, full->ops, full->nr, end_ns);
	if (r->writes)
		page_writes_add(r->writes, full->ops, full->nr);
	r->out++;
	r->filling = (r->filling + 1) % crew_depth(r->crew);
	if (r->out == crew_depth(r->crew)) {
		int e = take_back(r, err);

		if (e)
			return e;
	}
	r->batches[r->filling].list.nr = 0;
	return 0;
}

/* The host's state before the first event: remembered once. */
static int end_census(struct replay *r, struct error *err)
{
	int e = 0;

	while (r->out && !e)
		e = take_back(r, err);
	if (e || r->census_over)
		return e;
	r->census_over = true;
	r->result->start = *pages_counts(r->pages);
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		series_start(&r->result->pages[kind],
			     sample_kind_pages(&r->sample, &r->result->start, kind));
	for (size_t i = 0; i < r->result->nr_layouts; i++) {
		struct layout_result *layout = &r->result->layouts[i];

		model_start(r->models[i]);
		layout->start_desc_bytes =
			sample_scaled(&r->sample, heap_bytes(model_heap(r->models[i])));
		r->fixed[i] = fixed_bytes(r, i);
		series_start(&layout->bytes, r->fixed[i] + layout->start_desc_bytes);
	}
	return 0;
}

static int replay_census(struct replay *r, const struct trace_block *block, struct error *err)
{
	int e = pages_census(r->pages, block, &r->batches[r->filling].list, err);

	if (!e && r->charged)
		e = charged_census(r->charged, block, err);
	return e ? e : pass_on(r, 0, err);
}

static int end_slice(struct replay *r, struct error *err)
{
	const struct pages_counts *counts = pages_counts(r->pages);
	uint64_t end_ns = r->result->duration_ns;

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		series_set(&r->result->pages[kind], end_ns,
			   sample_kind_pages(&r->sample, counts, kind));
	r->slice_events = 0;
	return pass_on(r, end_ns ? end_ns : 1, err);
}

/* Events in a row, and so many among them that only count, the last of all at end_ns. */
static int take_events(struct replay *r, const struct event *events, size_t nr, size_t skipped,
		       uint64_t end_ns, struct error *err)
{
	int e = pages_events(r->pages, events, nr, &r->batches[r->filling].list, err);

	pages_ignore(r->pages, skipped);
	if (!e && r->charged)
		charged_events(r->charged, r->pages, events, nr);
	r->slice_events += nr + skipped;
	r->result->events += nr + skipped;
	r->result->duration_ns = end_ns;
	return !e && r->slice_events >= SLICE_EVENTS ? end_slice(r, err) : e;
}

/* A slice ends with its block, in how many parts ever that comes. */
static int replay_events(struct replay *r, const struct trace_block *block, struct error *err)
{
	const struct event *events = block->events.events;
	size_t nr = block->events.nr, skipped = block->events.skipped;
	int e = 0;

	if (nr + skipped && !r->census_over)
		e = end_census(r, err);
	/* the parts in which all of a trace comes fill slices without a rest; those of a sample do not */
	if (!e && skipped)
		e = take_events(r, events, nr, skipped, block->events.last_ns, err);
	for (size_t at = 0, here; !e && !skipped && at < nr; at += here) {
		size_t room = SLICE_EVENTS - r->slice_events;

		here = nr - at < room ? nr - at : room;
		e = take_events(r, events + at, here, 0, events[at + here - 1].ts_ns, err);
	}
	return !e && r->slice_events && !block->events.more ? end_slice(r, err) : e;
}

static int replay_blocks(struct replay *r, struct trace_reader *reader, struct error *err)
{
	double size = (double)trace_reader_file_size(reader);
	struct trace_block block;
	int n;

	while ((n = trace_reader_next(reader, &block, &r->result->damage)) > 0) {
		int e = sample_block(&r->sample, &block, err);

		if (!e && block.type == BLOCK_CENSUS)
			e = replay_census(r, &block, err);
		else if (!e && block.type == BLOCK_EVENTS)
			e = replay_events(r, &block, err);
		if (e)
			return e;
		if (r->opts->progress && !(block.type == BLOCK_EVENTS && block.events.more))
			r->opts->progress(r->opts->progress_ctx,
					  size > 0 ? (double)trace_reader_offset(reader) / size
						   : 1);
	}
	if (n < 0) {
		r->result->damaged = true;
		if (!r->opts->partial || r->result->damage.code == -ENOMEM)
			return error_set(err, r->result->damage.code, "%s", r->result->damage.msg);
	}
	/* the block that is damaged had begun well */
	if (r->slice_events) {
		int e = end_slice(r, err);

		if (e)
			return e;
	}
	return end_census(r, err);
}

/* What every access is of depends on what the pages were, so nothing can be supposed of them. */
static int choose_level(struct replay *r, const struct trace_meta *meta, struct error *err)
{
	const struct replay_opts *opts = r->opts;

	if (opts->accesses && meta->classes[CLASS_ACCESS].fidelity != FIDELITY_EXACT)
		return error_set(err, -ENODATA,
				 "--level=accesses: the trace has no accesses, only events (memsim "
				 "import --accesses adds what an emulator saw)");
	if (meta->classes[CLASS_ACCESS].fidelity != FIDELITY_EXACT || opts->events ||
	    opts->memory_only || opts->native)
		return 0;
	if (!policy_is_none(&opts->policy))
		return error_set(err, -EINVAL,
				 "other folios than there were can be supposed of events only, "
				 "not of accesses: --level=events");
	if (!*meta->layout)
		return error_set(err, -EINVAL,
				 "the trace has accesses, but does not say on which layout");
	r->result->accesses = true;
	return layout_load(meta->layout, &r->recorded, err);
}

/* Whether anybody wants to know who describes memory: a layout that allocates descriptors, or the map. */
static bool asks_for_descriptors(const struct replay_opts *opts)
{
	bool any = opts->map;

	for (size_t i = 0; i < opts->nr_layouts; i++)
		any |= opts->layouts[i]->nr_objects > 0;
	return any;
}

int replay_run(struct trace_reader *reader, const struct replay_opts *opts,
	       struct replay_result **ret, struct error *err)
{
	_cleanup_(replay_result_destroyp) struct replay_result *result = calloc(1, sizeof(*result));
	_cleanup_(replay_fini) struct replay r = {.opts = opts, .result = result};
	const struct trace_meta *meta = trace_reader_meta(reader);
	int e;

	if (!result)
		return error_nomem(err);
	e = sample_of_trace(&r.sample, reader, opts, err);
	if (!e)
		e = choose_level(&r, meta, err);
	if (!e)
		e = load_series(&r, reader, err);
	if (!e)
		e = replay_begin_result(&r, meta, err);
	if (!e)
		e = pages_create(meta, &r.pages, err);
	if (!e)
		pages_set_code(r.pages, result->code);
	if (!e && r.recorded)
		pages_take_accesses(r.pages);
	/* counts of a sample are scaled up, and a policy's units are not the trace's */
	if (!e && r.sample.one_in == 1 && policy_is_none(&opts->policy))
		e = charged_create(meta, &r.charged, err);
	if (!e && opts->memory_only)
		pages_memory_only(r.pages, !asks_for_descriptors(opts));
	if (!e && has_pressure(&r))
		e = pages_keep_time(r.pages, err);
	if (!e && opts->map) {
		r.writes = page_writes_create(meta->max_pfn, result->code);
		e = r.writes ? 0 : error_nomem(err);
	}
	/* which of a sample's events are left out, their pages say */
	if (!e && r.sample.one_in == 1)
		trace_reader_skip(reader, pages_idle_kinds(r.pages));
	if (!e)
		e = create_models(&r, meta, err);
	if (!e)
		e = replay_blocks(&r, reader, err);
	if (!e)
		e = replay_end_result(&r, trace_reader_footer(reader), err);
	if (e)
		return e;
	*ret = take_ptr(result);
	return 0;
}
