// SPDX-License-Identifier: GPL-2.0-only
/* What a replay begins with, and what it came to: from the models' figures to struct replay_result. */
#include <errno.h>
#include <stdlib.h>

#include "sim/access/kernel_code.h"
#include "sim/cache/cache_groups.h"
#include "sim/replay/replay_internal.h"

static int collect_layout(struct replay *r, struct model *model, struct layout_result *ret,
			  struct error *err)
{
	const struct heap *heap = model_heap(model);
	int e = model_end(model, r->result->duration_ns, err);

	if (e)
		return e;
	memory_of_layout(ret->layout, &r->result->meta, &r->shaped_end, &ret->fixed);
	series_end(&ret->bytes, r->result->duration_ns);
	ret->series = *model_series(model);

	ret->desc_bytes = heap_bytes(heap);
	ret->desc_peak_bytes = heap_peak_bytes(heap);
	ret->nr_objects = heap_counts(heap, ret->objects);
	ret->units = *heap_units(heap);
	for (int kind = 0; kind < OP_MAX; kind++) {
		ret->ops[kind] = *model_cost(model, kind);
		if (kind > OP_REKIND)
			op_cost_add(&ret->total, &ret->ops[kind]);
	}
	if (ret->stream)
		*ret->stream = *model_stream(model);
	model_sharing(model, &ret->sharing);
	model_cache_counts(model, &ret->caches);
	model_writebacks(model, &ret->writebacks);
	if (ret->heat)
		*ret->heat = *model_heat(model);
	if (ret->breakdown)
		model_breakdown(model, ret->breakdown);
	if (model_sample(model))
		sample_scale_sets(model_sample(model), ret);
	sample_scale_layout(&r->sample, ret);
	payers_of_layout(ret->layout, &r->shaped_end, &ret->units, ret->desc_bytes, &ret->payers);
	return r->charged ? payers_by_memcg(ret->layout, &r->result->meta, r->pages, r->charged,
					    heap, &ret->payers, err)
			  : 0;
}

int replay_end_result(struct replay *r, const struct trace_footer *footer, struct error *err)
{
	struct replay_result *result = r->result;
	uint64_t lost = 0;
	int e = 0;

	result->end = *pages_counts(r->pages);
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		series_end(&result->pages[kind], footer ? footer->end_ns : result->duration_ns);
	sample_end(&r->sample, footer);
	result->sample_events_factor = r->sample.events_factor;
	sample_scale_pages(&r->sample, result);
	if (r->opts->map)
		pages_map(r->pages, r->writes, &result->map);
	policy_counts(&r->opts->policy, &result->end, &r->shaped_end);
	if (footer) {
		result->footer = *footer;
		result->duration_ns = footer->end_ns;
		for (int i = 0; i < CLASS_MAX; i++)
			lost += footer->lost[i];
	}
	result->complete = footer && !result->damaged && !lost;
	for (size_t i = 0; !e && i < result->nr_layouts; i++)
		e = collect_layout(r, r->models[i], &result->layouts[i], err);
	return e;
}

static void init_layout(struct layout_result *ret, const struct layout *layout)
{
	ret->layout = layout;
	ret->fixed_moves = layout->nr_dedups || layout->slab_management.per_object;
}

static int init_detail(struct layout_result *ret, struct error *err)
{
	ret->heat = calloc(1, sizeof(*ret->heat));
	ret->breakdown = calloc(1, sizeof(*ret->breakdown));
	return ret->heat && ret->breakdown ? 0 : error_nomem(err);
}

static int init_layouts(struct replay *r, struct error *err)
{
	struct replay_result *result = r->result;
	int e;

	result->layouts = calloc(r->opts->nr_layouts, sizeof(*result->layouts));
	if (!result->layouts)
		return error_nomem(err);
	result->nr_layouts = r->opts->nr_layouts;
	for (size_t i = 0; i < result->nr_layouts; i++) {
		init_layout(&result->layouts[i], r->opts->layouts[i]);
		if (r->recorded) {
			result->layouts[i].stream = calloc(1, sizeof(struct stream_result));
			if (!result->layouts[i].stream)
				return error_nomem(err);
		}
		if (!r->opts->detail || r->opts->memory_only)
			continue;
		e = init_detail(&result->layouts[i], err);
		if (e)
			return e;
	}
	r->fixed = calloc((1 + CREW_BATCHES) * r->opts->nr_layouts, sizeof(*r->fixed));
	for (size_t i = 0; r->fixed && i < CREW_BATCHES; i++)
		r->batches[i].fixed = r->fixed + (1 + i) * r->opts->nr_layouts;
	return r->fixed ? 0 : error_nomem(err);
}

static void count_last_levels(const struct replay *r, struct replay_result *result)
{
	const struct nodes *nodes = result->nr_nodes > 1 ? r->nodes : NULL;
	unsigned int nr_cpus = result->meta.nr_cpus;

	result->nr_last_levels = cache_groups(nodes, nr_cpus, result->geometry.llc_cpus, NULL);
	result->has_groups = result->nr_last_levels > cache_groups(nodes, nr_cpus, 0, NULL);
}

int replay_begin_result(struct replay *r, const struct trace_meta *meta, struct error *err)
{
	struct replay_result *result = r->result;
	int e = 0;

	if (meta->page_size != 1U << LAYOUT_TRACE_PAGE_SHIFT)
		return error_set(err, -ENOTSUP,
				 "the trace was recorded with pages of %u bytes; replay takes 4096",
				 meta->page_size);
	result->meta = *meta;
	result->memory_only = r->opts->memory_only;
	result->sample = r->sample.one_in;
	result->sample_factor = r->sample.factor;
	result->policy = r->opts->policy;
	result->code = kernel_code_of(meta);
	result->code_text = kernel_code_text(r->opts->code, meta);
	if (r->opts->code && kernel_code_parse(r->opts->code, meta, &result->code, err) < 0)
		return err ? err->code : -EINVAL;
	e = nodes_create(meta, r->opts->machine ? r->opts->machine->nodes : 0, &r->nodes, err);
	if (e)
		return e;
	result->nr_nodes = r->nodes->nr;
	if (r->opts->memory_only)
		return init_layouts(r, err);
	result->geometry_recorded = !r->opts->machine;
	result->pressure = replay_pressure_on(r, 0);
	if (r->opts->machine)
		result->machine = *r->opts->machine;
	else
		e = machine_recorded(meta, &result->machine, err);
	if (e)
		return e;
	result->sample_sets = r->opts->sample_sets ? r->opts->sample_sets : 1;
	if (r->opts->prefetch)
		result->machine.prefetch = *r->opts->prefetch;
	machine_geometry(&result->machine, &result->geometry);
	if (result->geometry.line != MODEL_LINE)
		return error_set(err, -ENOTSUP,
				 "machine %s has cache lines of %u bytes, but what an operation "
				 "touches is counted in lines of %d",
				 result->machine.name, result->geometry.line, MODEL_LINE);
	result->has_tlb = !r->opts->totals_only && r->sample.one_in == 1 &&
			  machine_assume_tlb(&result->machine) &&
			  machine_tlb(&result->machine, &r->tlb);
	if (result->nr_nodes > 1)
		machine_assume_nodes(&result->machine);
	count_last_levels(r, result);
	if (result->has_groups)
		machine_assume_groups(&result->machine);
	result->has_stall = stall_model_init(&result->machine, &r->stall);
	return init_layouts(r, err);
}
