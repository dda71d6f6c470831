// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay_internal.h"

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
	op_list_fini(&r->lists[0]);
	op_list_fini(&r->lists[1]);
	op_list_fini(&r->shaped[0]);
	op_list_fini(&r->shaped[1]);
	sample_fini(&r->sample);
}

static const struct pressure *pressure_on(const struct replay_opts *opts, size_t layout)
{
	return opts->pressures ? &opts->pressures[layout] : &opts->pressure;
}

static bool has_pressure(const struct replay_opts *opts)
{
	for (size_t i = 0; i < opts->nr_layouts; i++)
		if (!pressure_is_none(pressure_on(opts, i)))
			return true;
	return false;
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
		.pressure = *pressure_on(opts, i),
		.stall = r->result->has_stall ? &r->stall : NULL,
		.tlb = r->result->has_tlb ? &r->tlb : NULL,
		.heat = opts->detail,
		.totals_only = opts->totals_only,
		.memory_only = opts->memory_only,
		.native = opts->native ? &opts->native[i] : NULL,
	};
	int e = 0;

	if (r->sample.one_in > 1)
		sample_shrink(&r->sample, &model_opts.geometry, &model_opts.pressure);
	if (r->result->sample_sets > 1 && r->recorded)
		return error_set(err, -ENOTSUP,
				 "accesses are replayed one by one: no sample of the caches' sets");
	if (r->result->sample_sets > 1)
		e = cache_sample_sets(&model_opts.geometry, r->result->sample_sets,
				      &model_opts.sampled, err);
	return e ? e : model_create(&model_opts, &r->models[i], err);
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
static struct op_list *shape(struct replay *r)
{
	struct op_list *list = &r->lists[r->filling], *shaped = &r->shaped[r->filling];

	if (policy_is_none(&r->opts->policy))
		return list;
	shaped->nr = 0;
	policy_apply(&r->opts->policy, list->ops, list->nr, shaped);
	return shaped;
}

static void set_fixed(struct replay *r, size_t i)
{
	struct pages_counts counts = *pages_counts(r->pages);
	struct memory m;

	sample_scale_counts(&r->sample, &counts);
	memory_of_layout(r->opts->layouts[i], &r->result->meta, &counts, &m);
	r->fixed[i] = memory_fixed_bytes(&m);
}

/* The crew is done: what each layout takes in all at the end of its batch. */
static void note_bytes(struct replay *r)
{
	for (size_t i = 0; r->census_over && r->batch_ns && i < r->result->nr_layouts; i++) {
		uint64_t bytes = sample_scaled(&r->sample, heap_bytes(model_heap(r->models[i])));

		series_set(&r->result->layouts[i].bytes, r->batch_ns, r->fixed[i] + bytes);
	}
}

/* Waits for the crew's last batch, gives it the filled list and turns to the other one. */
static int pass_on(struct replay *r, uint64_t end_ns, struct error *err)
{
	struct op_list *full = shape(r);
	int e = full->failed ? error_nomem(err) : crew_wait(r->crew, err);

	if (e)
		return e;
	note_bytes(r);
	r->batch_ns = end_ns;
	for (size_t i = 0; i < r->result->nr_layouts; i++)
		if (r->result->layouts[i].fixed_moves)
			set_fixed(r, i);
	crew_start(r->crew, full->ops, full->nr, end_ns);
	if (r->writes)
		page_writes_add(r->writes, full->ops, full->nr);
	r->filling ^= 1;
	r->lists[r->filling].nr = 0;
	return 0;
}

/* The host's state before the first event: remembered once. */
static int end_census(struct replay *r, struct error *err)
{
	int e = crew_wait(r->crew, err);

	if (!e)
		note_bytes(r);
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
		set_fixed(r, i);
		series_start(&layout->bytes, r->fixed[i] + layout->start_desc_bytes);
	}
	return 0;
}

static int replay_census(struct replay *r, const struct trace_block *block, struct error *err)
{
	int e = pages_census(r->pages, block, &r->lists[r->filling], err);

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
	int e = pages_events(r->pages, events, nr, &r->lists[r->filling], err);

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
		pages_memory_only(r.pages);
	if (!e && has_pressure(opts))
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
