// SPDX-License-Identifier: GPL-2.0-only
/* The JSON form of a replay's result: every key is part of the interface (memsim-replay(1)). */
#include "sim/replay/replay.h"

#include <stdio.h>

#include "base/page_kind.h"
#include "sim/replay/json_builder.h"
#include "sim/replay/result_detail.h"
#include "sim/replay/result_memory.h"
#include "trace/event.h"

static void put_tlb(struct builder *b, json_t *object, const struct op_cost *cost)
{
	put_int(b, object, "first", cost->watch.tlb[TLB_FIRST]);
	put_int(b, object, "second", cost->watch.tlb[TLB_SECOND]);
	put_int(b, object, "walks", cost->watch.tlb[TLB_WALK]);
}

static void put_sources(struct builder *b, json_t *object, const struct replay_result *result,
			const struct op_cost *cost)
{
	for (int source = 0; source < CACHE_SOURCE_MAX; source++) {
		json_t *from;

		if (!replay_has_source(result, (enum cache_source)source))
			continue;
		from = add_object(b, object, cache_source_name((enum cache_source)source));
		put_int(b, from, "lines", cost->from[source]);
		if (result->has_stall)
			put(b, from, "stall_ms", json_real(op_cost_ms(cost->from_fs[source])));
	}
}

static void put_cost(struct builder *b, json_t *object, const struct replay_result *result,
		     const struct op_cost *cost)
{
	json_t *hits = add_object(b, object, "hits");

	put_int(b, object, "count", cost->count);
	put_int(b, object, "accesses", cost->accesses);
	put_int(b, object, "atomics", cost->atomics);
	put_int(b, object, "lines", cost->lines);
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		put_int(b, hits, cache_level_name(level), cost->hits[level]);
	if (replay_has_source(result, CACHE_LOCAL))
		put_sources(b, add_object(b, object, "memory_from"), result, cost);
	if (result->has_tlb)
		put_tlb(b, add_object(b, object, "tlb"), cost);
	put_sharing_misses(b, add_object(b, object, "sharing_misses"), cost->watch.sharing);
	if (result->has_stall)
		put(b, object, "stall_ms", json_real(op_cost_stall_ms(cost)));
}

/* {"anon": {"0": 123, "9": 4}, ...}: units by kind and order, where there are any. */
static void put_units(struct builder *b, json_t *object, const char *key,
		      const uint64_t units[PAGE_KIND_MAX][CENSUS_MAX_ORDER + 1])
{
	json_t *kinds = add_object(b, object, key);

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
		json_t *orders = NULL;

		for (int order = 0; order <= CENSUS_MAX_ORDER; order++) {
			char number[16];

			if (!units[kind][order])
				continue;
			if (!orders)
				orders = add_object(b, kinds, page_kind_name(kind));
			snprintf(number, sizeof(number), "%d", order);
			put_int(b, orders, number, units[kind][order]);
		}
	}
}

/* A value at every step_ns from the start on. */
static json_t *points(struct builder *b, const struct series *s)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < s->nr; i++)
		if (json_array_append_new(array, json_integer((json_int_t)s->point[i])) < 0)
			b->failed = true;
	return array;
}

static void put_over_time(struct builder *b, json_t *root, const struct replay_result *result)
{
	json_t *object = add_object(b, root, "over_time"), *pages, *bytes, *descriptors;

	put_int(b, object, "step_ns", result->pages[0].step_ns);
	pages = add_object(b, object, "pages");
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		if (result->pages[kind].peak)
			put(b, pages, page_kind_name(kind), points(b, &result->pages[kind]));
	bytes = add_object(b, object, "total_bytes");
	for (size_t i = 0; i < result->nr_layouts; i++)
		put(b, bytes, result->layouts[i].layout->name,
		    points(b, &result->layouts[i].bytes));
	descriptors = add_object(b, object, "descriptor_bytes");
	for (size_t i = 0; i < result->nr_layouts; i++)
		if (result->layouts[i].nr_objects)
			put(b, descriptors, result->layouts[i].layout->name,
			    points(b, &result->layouts[i].series.total));
}

static void put_stream(struct builder *b, json_t *object, const struct replay_result *result,
		       const struct stream_result *s)
{
	json_t *functions = add_object(b, object, "functions");
	json_t *fields = add_object(b, object, "fields"),
	       *lost = add_object(b, object, "not_charged");

	for (size_t i = 0; i <= s->nr_functions; i++)
		if (s->functions[i].accesses)
			put_cost(b,
				 add_object(b, functions,
					    i < s->nr_functions ? result->meta.functions[i].name
								: "[unknown]"),
				 result, &s->functions[i]);
	for (int field = 0; field < FIELD_MAX; field++) {
		const struct stream_field *f = &s->fields[field];
		json_t *o, *hits;

		if (!f->accesses)
			continue;
		o = add_object(b, fields, field_name(field));
		hits = add_object(b, o, "hits");
		put_int(b, o, "accesses", f->accesses);
		put_int(b, o, "stores", f->stores);
		put_int(b, o, "atomics", f->atomics);
		for (int level = 0; level < CACHE_LEVEL_MAX; level++)
			put_int(b, hits, cache_level_name(level), f->hits[level]);
	}
	put_int(b, object, "lookups", s->lookups);
#define STREAM_LOST(name, text) put_int(b, lost, #name, s->name);
	STREAM_LOSSES(STREAM_LOST)
#undef STREAM_LOST
}

/* Of all operations together: a prefetcher's work is nobody's in particular. */
static json_t *prefetches(const struct cache_counts *counts)
{
	return json_pack("{s:I, s:I}", "lines", (json_int_t)counts->prefetches, "memory",
			 (json_int_t)counts->prefetches_memory);
}

static void put_traffic(struct builder *b, json_t *object, const struct layout_result *r)
{
	struct memory_traffic traffic;

	layout_result_traffic(r, &traffic);
	put_int(b, object, "demand", traffic.demand);
	put_int(b, object, "prefetched", traffic.prefetched);
	put_int(b, object, "written_back", traffic.written_back);
	put_int(b, object, "total", traffic.lines);
	put_int(b, object, "bytes", traffic.lines * MODEL_LINE);
	put_int(b, object, "lent", r->writebacks.lent);
	put_int(b, object, "left_in_caches", r->writebacks.left);
}

static void put_sample_errors(struct builder *b, json_t *object, const struct layout_result *r)
{
	for (int level = CACHE_L1; level < CACHE_MEMORY; level++)
		put(b, object, cache_level_name(level), json_real(r->sample_error[level]));
}

static void put_layout(struct builder *b, json_t *object, const struct replay_result *result,
		       const struct layout_result *r)
{
	double ram = (double)replay_ram_bytes(result);
	json_t *descriptors = json_array(), *ops = json_object();

	put(b, object, "name", json_string(r->layout->name));
	put(b, object, "status", json_string(r->layout->status));
	put(b, object, "origin", json_string(r->layout->origin));
	put_int(b, object, "bytes_per_page", r->layout->page_size);
	put_int(b, object, "memmap_bytes", r->fixed.memmap_bytes);
	put_int(b, object, "memmap_bytes_saved", r->fixed.saved_bytes);
	put_int(b, object, "side_array_bytes", r->fixed.side_bytes);
	put_int(b, object, "slab_management_bytes", r->fixed.slab_bytes);
	put_int(b, object, "debug_side_array_bytes", r->fixed.debug_side_bytes);
	put_int(b, object, "descriptor_bytes_start", r->start_desc_bytes);
	put_int(b, object, "descriptor_bytes", r->desc_bytes);
	put_int(b, object, "descriptor_bytes_peak", r->desc_peak_bytes);
	put_int(b, object, "total_bytes", layout_result_bytes(r));
	put_int(b, object, "total_bytes_peak", layout_result_peak_bytes(r));
	put_int(b, object, "total_bytes_mean", (uint64_t)layout_result_mean_bytes(r));
	put_layout_memory(b, object, result, r);
	put(b, object, "total_percent_of_ram",
	    json_real(ram > 0 ? 100 * (double)layout_result_bytes(r) / ram : 0));
	for (size_t i = 0; i < r->nr_objects; i++) {
		const struct heap_counts *c = &r->objects[i];
		json_t *d = append_object(b, descriptors);

		put(b, d, "name", json_string(c->object->name));
		put_int(b, d, "size", c->object->size);
		put_int(b, d, "stride", c->stride);
		put_int(b, d, "slab_order", c->slab_order);
		put_int(b, d, "objects_per_slab", c->objects_per_slab);
		put_int(b, d, "live", c->live);
		put_int(b, d, "peak", c->peak);
		put_int(b, d, "allocations", c->allocs);
		put_int(b, d, "slab_bytes", c->slab_bytes);
		put_int(b, d, "waste_bytes", c->slab_bytes - c->live * c->stride);
	}
	put(b, object, "descriptors", descriptors);
	put_units(b, object, "described", r->units.units);
	if (result->memory_only) {
		json_decref(ops);
		return;
	}
	put_cost(b, object, result, &r->total);
	if (result->geometry.prefetch)
		put(b, object, "prefetches", prefetches(&r->caches));
	put_traffic(b, add_object(b, object, "memory_traffic"), r);
	if (result->sample_sets > 1) {
		put_sample_errors(b, add_object(b, object, "sample_errors"), r);
		put(b, object, "sample_share", json_real(r->sample_share));
	}
	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++)
		if (r->ops[kind].count)
			put_cost(b, add_object(b, ops, op_name(kind)), result, &r->ops[kind]);
	put(b, object, "operations", ops);
	if (r->stream)
		put_stream(b, object, result, r->stream);
	put_detail(b, object, result, r);
}

static void put_pages(struct builder *b, json_t *object, const struct pages_counts *counts)
{
	json_t *kinds = add_object(b, object, "pages"), *blocks = json_array();

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		if (counts->kind_pages[kind])
			put_int(b, kinds, page_kind_name(kind), counts->kind_pages[kind]);
	for (int order = 0; order <= BUDDY_MAX_ORDER; order++)
		if (json_array_append_new(blocks,
					  json_integer((json_int_t)counts->free_blocks[order])) < 0)
			b->failed = true;
	put(b, object, "free_blocks_by_order", blocks);
	put_units(b, object, "units", counts->units);
}

static void put_trace(struct builder *b, json_t *object, const struct replay_result *result,
		      const char *name)
{
	const struct trace_meta *meta = &result->meta;
	json_t *fidelity = json_object(), *lost = json_object();

	put(b, object, "file", json_string(name));
	put(b, object, "kernel", json_string(meta->kernel));
	put(b, object, "arch", json_string(meta->arch));
	put_int(b, object, "cpus", meta->nr_online_cpus);
	put_int(b, object, "ram_bytes", replay_ram_bytes(result));
	put_int(b, object, "kernel_memmap_bytes", meta->memmap_pages * meta->page_size);
	put_int(b, object, "events", result->events);
	put(b, object, "seconds", json_real((double)result->duration_ns / 1e9));
	put_int(b, object, "sample_sets", result->sample_sets);
	put_int(b, object, "sample", result->sample);
	put(b, object, "sample_factor", json_real(result->sample_factor));
	put(b, object, "sample_events_factor", json_real(result->sample_events_factor));
	put(b, object, "filter", json_string(meta->filter));
	put(b, object, "complete", json_boolean(result->complete));
	put(b, object, "damage", result->damaged ? json_string(result->damage.msg) : json_null());
	for (int cls = 0; cls < CLASS_MAX; cls++) {
		if (!trace_meta_tells(meta, cls))
			continue;
		put(b, fidelity, event_class_name(cls),
		    json_string(fidelity_name(meta->classes[cls].fidelity)));
		put_int(b, lost, event_class_name(cls), result->footer.lost[cls]);
	}
	put(b, object, "fidelity", fidelity);
	put(b, object, "lost", lost);
}

static void put_pressure(struct builder *b, json_t *machine, const struct pressure *pressure)
{
	json_t *fills = add_object(b, machine, "background_fills_per_second_and_cpu"), *derived;

	for (int level = CACHE_L1; level <= CACHE_LLC; level++)
		put_int(b, fills, cache_level_name(level), pressure->fills[level]);
	if (!pressure->measured)
		return;
	derived = add_array(b, machine, "background_by_proportion");
	for (int level = CACHE_L1; level <= CACHE_LLC; level++)
		if (pressure->derived >> level & 1)
			append(b, derived, json_string(cache_level_name(level)));
}

static void put_machine(struct builder *b, json_t *machine, const struct replay_result *result)
{
	char geometry[160];

	put(b, machine, "caches",
	    json_string(cache_geometry_format(&result->geometry, geometry, sizeof(geometry))));
	put(b, machine, "source",
	    json_string(result->geometry_recorded ? "advertised by the recorded machine"
						  : result->machine.origin));
	put(b, machine, "background_pressure", json_string(pressure_name(&result->pressure)));
	if (!pressure_is_none(&result->pressure))
		put_pressure(b, machine, &result->pressure);
	if (result->nr_nodes > 1) {
		put_int(b, machine, "nodes", result->nr_nodes);
		put(b, machine, "nodes_are",
		    json_string(result->machine.nodes ? "supposed" : "recorded"));
	}
	if (result->has_groups)
		put_int(b, machine, "last_levels", result->nr_last_levels);
	put(b, machine, "profile", machine_to_json(&result->machine));
}

json_t *replay_result_to_json(const struct replay_result *result, const char *trace_name)
{
	struct builder b = {0};
	json_t *root = json_object(), *replay, *layouts = json_array();
	char geometry[160];

	put(&b, root, "memsim_result", json_integer(1));
	put_trace(&b, add_object(&b, root, "trace"), result, trace_name);
	if (result->memory_only)
		put(&b, root, "machine", json_null());
	else
		put_machine(&b, add_object(&b, root, "machine"), result);
	put(&b, root, "policy",
	    json_string(policy_text(&result->policy, geometry, sizeof(geometry))));
	if (result->accesses)
		put(&b, root, "level", json_string("accesses"));
	put(&b, root, "code", json_string(result->code_text));
	put_pages(&b, add_object(&b, root, "start"), &result->start);
	put_pages(&b, add_object(&b, root, "end"), &result->end);
	replay = add_object(&b, root, "replay");
#define PAGES_COUNT(name, doc) put_int(&b, replay, #name, result->end.name);
	PAGES_COUNTS(PAGES_COUNT)
#undef PAGES_COUNT
	for (size_t i = 0; i < result->nr_layouts; i++)
		put_layout(&b, append_object(&b, layouts), result, &result->layouts[i]);
	put(&b, root, "layouts", layouts);
	put_memory(&b, root, result);
	put_over_time(&b, root, result);
	if (b.failed) {
		json_decref(root);
		return NULL;
	}
	return root;
}
