// SPDX-License-Identifier: GPL-2.0-only
/* The head of a trace and its counters as JSON documents. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/format.h"
#include "trace/meta.h"
#include "trace/meta_json.h"

enum { MAX_CPUS = UINT16_MAX + 1, MAX_NODES = 1 << 16 };
#define MAX_PFN ((int64_t)1 << FORMAT_PFN_BITS)

static const struct json_member meta_members[] = {
	TEXT(trace_meta, tool),
	TEXT(trace_meta, kernel),
	TEXT(trace_meta, arch),
	TEXT(trace_meta, cpu_model),
	MEMBER(JSON_I64, trace_meta, start_unix_ns, INT64_MIN, INT64_MAX),
	MEMBER(JSON_U32, trace_meta, nr_cpus, 1, MAX_CPUS),
	MEMBER(JSON_U32, trace_meta, nr_online_cpus, 1, MAX_CPUS),
	MEMBER(JSON_U32, trace_meta, nr_nodes, 1, MAX_NODES),
	MEMBER(JSON_U32, trace_meta, page_size, 1024, 1 << 20),
	MEMBER(JSON_U32, trace_meta, struct_page_size, 0, 4096),
	MEMBER(JSON_U64, trace_meta, ram_pages, 0, MAX_PFN),
	MEMBER(JSON_U64, trace_meta, managed_pages, 0, MAX_PFN),
	MEMBER(JSON_U64, trace_meta, max_pfn, 0, MAX_PFN),
	MEMBER(JSON_U64, trace_meta, memmap_pages, 0, MAX_PFN),
	TEXT(trace_meta, thp),
	MEMBER(JSON_INT, trace_meta, lru_gen, -1, 1),
	MEMBER(JSON_U32, trace_meta, sample, 1, UINT32_MAX),
	LATER_MEMBER(JSON_TEXT, trace_meta, filter, 0, 0),
	LATER_MEMBER(JSON_TEXT, trace_meta, census, 0, 0),
	LATER_MEMBER(JSON_TEXT, trace_meta, memcg, 0, 0),
	LATER_MEMBER(JSON_TEXT, trace_meta, layout, 0, 0),
	LATER_MEMBER(JSON_TEXT, trace_meta, pmu, 0, 0),
	LATER_MEMBER(JSON_TEXT, trace_meta, pmu_note, 0, 0),
	{0},
};

static const struct json_member range_members[] = {
	MEMBER(JSON_U64, trace_range, start_pfn, 0, MAX_PFN),
	MEMBER(JSON_U64, trace_range, nr_pages, 1, MAX_PFN),
	{0},
};

static const struct json_member cache_members[] = {
	MEMBER(JSON_U32, trace_cache, level, 1, 4),
	MEMBER(JSON_U64, trace_cache, size, 1, INT64_MAX),
	MEMBER(JSON_U32, trace_cache, ways, 0, UINT32_MAX),
	MEMBER(JSON_U32, trace_cache, line, 1, UINT32_MAX),
	MEMBER(JSON_U32, trace_cache, shared_cpus, 1, UINT32_MAX),
	{0},
};

static const struct json_member node_range_members[] = {
	MEMBER(JSON_U32, trace_node_range, node, 0, MAX_NODES),
	MEMBER(JSON_U64, trace_node_range, start_pfn, 0, MAX_PFN),
	MEMBER(JSON_U64, trace_node_range, nr_pages, 1, MAX_PFN),
	{0},
};

static const struct json_member node_cpu_members[] = {
	MEMBER(JSON_U32, trace_node_cpus, node, 0, MAX_NODES),
	MEMBER(JSON_U32, trace_node_cpus, first_cpu, 0, MAX_CPUS),
	MEMBER(JSON_U32, trace_node_cpus, nr_cpus, 1, MAX_CPUS),
	{0},
};

static const struct json_member memcg_members[] = {
	MEMBER(JSON_U64, trace_memcg, inode, 1, INT64_MAX),
	TEXT(trace_memcg, name),
	{0},
};

static const struct json_member function_members[] = {
	TEXT(trace_function, name),
	{0},
};

static const struct json_member counted_members[] = {
	TEXT(trace_counted, name),
	TEXT(trace_counted, event),
	{0},
};

static const struct json_member class_members[] = {
	TEXT(trace_class, how),
	TEXT(trace_class, note),
	{0},
};

static const struct json_member stat_members[] = {
	MEMBER(JSON_U64, trace_stat, ts_ns, 0, INT64_MAX),
	{0},
};

static const struct json_array ranges = {"header", "ranges", range_members,
					 sizeof(struct trace_range)};
static const struct json_array functions = {"header", "functions", function_members,
					    sizeof(struct trace_function)};
static const struct json_array caches = {"header", "caches", cache_members,
					 sizeof(struct trace_cache)};

static const struct json_array node_ranges = {"header", "node_ranges", node_range_members,
					      sizeof(struct trace_node_range)};
static const struct json_array node_cpus = {"header", "node_cpus", node_cpu_members,
					    sizeof(struct trace_node_cpus)};
static const struct json_array memcgs = {"header", "memcgs", memcg_members,
					 sizeof(struct trace_memcg)};

static const struct json_array counted = {"header", "counted", counted_members,
					  sizeof(struct trace_counted)};

static int put_classes(json_t *object, const struct trace_class *classes)
{
	json_t *map = json_object();

	if (json_object_set_new(object, "classes", map) < 0)
		return -1;
	for (int i = 0; i < CLASS_MAX; i++) {
		json_t *element = json_object();

		if (json_object_set_new(map, event_class_name(i), element) < 0 ||
		    json_object_set_new(element, "fidelity",
					json_string(fidelity_name(classes[i].fidelity))) < 0 ||
		    json_put_members(element, class_members, &classes[i]) < 0)
			return -1;
	}
	return 0;
}

/* A class that an older writer did not know is absent. */
static int get_classes(const json_t *object, struct trace_class *classes, struct error *err)
{
	const json_t *map = json_object_get(object, "classes");

	if (!json_is_object(map))
		return error_set(err, -EINVAL, "header: \"classes\" is missing or not an object");
	for (int i = 0; i < CLASS_MAX; i++) {
		const json_t *element = json_object_get(map, event_class_name(i));
		const char *name = json_string_value(json_object_get(element, "fidelity"));
		int f = 0, r;

		if (!element)
			continue;
		while (f < FIDELITY_MAX && (!name || strcmp(fidelity_name(f), name)))
			f++;
		if (f == FIDELITY_MAX)
			return error_set(err, -EINVAL,
					 "header: class \"%s\" has the fidelity \"%s\"",
					 event_class_name(i), name ? name : "");
		classes[i].fidelity = (uint8_t)f;
		r = json_get_members(element, class_members, &classes[i], event_class_name(i), err);
		if (r)
			return error_prefix(err, r, "header");
	}
	return 0;
}

json_t *trace_meta_to_json(const struct trace_meta *meta)
{
	json_auto_t *json = json_object();

	if (!json || meta->nr_ranges > TRACE_MAX_RANGES || meta->nr_caches > TRACE_MAX_CACHES ||
	    meta->nr_memcgs > TRACE_MAX_MEMCGS || meta->nr_functions > TRACE_MAX_FUNCTIONS ||
	    json_put_members(json, meta_members, meta) < 0 ||
	    json_put_array(json, &ranges, meta->ranges, meta->nr_ranges) < 0 ||
	    json_put_array(json, &caches, meta->caches, meta->nr_caches) < 0 ||
	    meta->nr_node_ranges > TRACE_MAX_NODE_RANGES ||
	    meta->nr_node_cpus > TRACE_MAX_NODE_CPUS ||
	    json_put_array(json, &node_ranges, meta->node_ranges, meta->nr_node_ranges) < 0 ||
	    json_put_array(json, &node_cpus, meta->node_cpus, meta->nr_node_cpus) < 0 ||
	    json_put_array(json, &memcgs, meta->memcgs, meta->nr_memcgs) < 0 ||
	    meta->nr_counted > TRACE_MAX_COUNTED ||
	    json_put_array(json, &counted, meta->counted, meta->nr_counted) < 0 ||
	    put_classes(json, meta->classes) < 0 ||
	    json_object_set_new(json, "code", trace_code_to_json(&meta->code)) < 0)
		return NULL;
	if (meta->nr_functions &&
	    json_put_array(json, &functions, meta->functions, meta->nr_functions) < 0)
		return NULL;
	return take_ptr(json);
}

/* Those that came with 1.3 and 1.4. */
static int get_later_arrays(const json_t *json, struct trace_meta *meta, struct error *err)
{
	int r = 0;

	if (json_object_get(json, node_ranges.key))
		r = json_get_array(json, &node_ranges, meta->node_ranges, TRACE_MAX_NODE_RANGES,
				   &meta->nr_node_ranges, err);
	if (!r && json_object_get(json, node_cpus.key))
		r = json_get_array(json, &node_cpus, meta->node_cpus, TRACE_MAX_NODE_CPUS,
				   &meta->nr_node_cpus, err);
	if (!r && json_object_get(json, memcgs.key))
		r = json_get_array(json, &memcgs, meta->memcgs, TRACE_MAX_MEMCGS, &meta->nr_memcgs,
				   err);
	if (!r && json_object_get(json, counted.key))
		r = json_get_array(json, &counted, meta->counted, TRACE_MAX_COUNTED,
				   &meta->nr_counted, err);
	if (!r && json_object_get(json, functions.key))
		r = json_get_array(json, &functions, meta->functions, TRACE_MAX_FUNCTIONS,
				   &meta->nr_functions, err);
	return r;
}

static int check_ranges(const struct trace_meta *meta, struct error *err)
{
	uint64_t end = 0;

	for (size_t i = 0; i < meta->nr_ranges; i++) {
		const struct trace_range *range = meta->ranges + i;

		if (range->start_pfn < end)
			return error_set(err, -EINVAL,
					 "header: the range at pfn %" PRIu64
					 " overlaps the one before or is out of order",
					 range->start_pfn);
		end = range->start_pfn + range->nr_pages;
		if (end > meta->max_pfn)
			return error_set(err, -EINVAL,
					 "header: the range at pfn %" PRIu64
					 " ends after max_pfn %" PRIu64,
					 range->start_pfn, meta->max_pfn);
	}
	return 0;
}

int trace_meta_from_json(const json_t *json, struct trace_meta *ret, struct error *err)
{
	_cleanup_free_ struct trace_meta *meta = calloc(1, sizeof(*meta));
	int r;

	if (!meta)
		return error_nomem(err);
	r = json_get_members(json, meta_members, meta, "header", err);
	if (!r)
		r = json_get_array(json, &ranges, meta->ranges, TRACE_MAX_RANGES, &meta->nr_ranges,
				   err);
	if (!r)
		r = json_get_array(json, &caches, meta->caches, TRACE_MAX_CACHES, &meta->nr_caches,
				   err);
	if (!r)
		r = get_later_arrays(json, meta, err);
	if (!r)
		r = get_classes(json, meta->classes, err);
	if (!r)
		r = trace_code_from_json(json_object_get(json, "code"), &meta->code, err);
	if (!r)
		r = check_ranges(meta, err);
	if (!r)
		*ret = *meta;
	return r;
}

json_t *trace_stat_to_json(const struct trace_stat *stat)
{
	json_auto_t *json = json_object();
	json_t *map = json_object();

	if (json_object_set_new(json, "counters", map) < 0 || stat->nr > TRACE_MAX_COUNTERS ||
	    json_put_members(json, stat_members, stat) < 0)
		return NULL;
	for (size_t i = 0; i < stat->nr; i++) {
		const struct trace_counter *c = stat->counters + i;

		if (json_object_setn_new(map, c->name, strnlen(c->name, sizeof(c->name)),
					 json_integer((json_int_t)c->value)) < 0)
			return NULL;
	}
	return take_ptr(json);
}

int trace_stat_from_json(const json_t *json, struct trace_stat *ret, struct error *err)
{
	_cleanup_free_ struct trace_stat *stat = calloc(1, sizeof(*stat));
	json_t *map = json_object_get(json, "counters"), *value;
	const char *name;
	int r;

	if (!stat)
		return error_nomem(err);
	r = json_get_members(json, stat_members, stat, "counters", err);
	if (r)
		return r;
	if (!json_is_object(map) || json_object_size(map) > TRACE_MAX_COUNTERS)
		return error_set(err, -EINVAL, "counters: not an object of at most %d numbers",
				 TRACE_MAX_COUNTERS);
	json_object_foreach(map, name, value)
	{
		struct trace_counter *c = stat->counters + stat->nr++;
		const struct json_member member[] = {
			{.name = name, .type = JSON_U64, .max = INT64_MAX}, {0}};

		if (!*name || strlen(name) >= sizeof(c->name))
			return error_set(err, -EINVAL,
					 "counters: the name \"%.60s\" is too long or empty", name);
		memcpy(c->name, name, strlen(name));
		r = json_get_members(map, member, &c->value, "counters", err);
		if (r)
			return r;
	}
	*ret = *stat;
	return 0;
}
