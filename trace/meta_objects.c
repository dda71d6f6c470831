// SPDX-License-Identifier: GPL-2.0-only
/* The three JSON documents of a trace. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/format.h"
#include "trace/meta.h"
#include "trace/meta_json.h"

#define MEMBER(type_, strct, name_, min_, max_)                                                    \
	{                                                                                          \
		.name = #name_, .type = type_, .offset = offsetof(struct strct, name_),            \
		.size = sizeof(((struct strct *)0)->name_), .min = min_, .max = max_               \
	}
#define TEXT(strct, name) MEMBER(JSON_TEXT, strct, name, 0, 0)

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

static const struct json_member class_members[] = {
	TEXT(trace_class, how),
	TEXT(trace_class, note),
	{0},
};

static const struct json_member stat_members[] = {
	MEMBER(JSON_U64, trace_stat, ts_ns, 0, INT64_MAX),
	{0},
};

static const struct json_member footer_members[] = {
	MEMBER(JSON_U64, trace_footer, end_ns, 0, INT64_MAX),
	TEXT(trace_footer, stop),
	MEMBER(JSON_INT, trace_footer, command_status, INT32_MIN, INT32_MAX),
	MEMBER(JSON_U64, trace_footer, census_runs, 0, INT64_MAX),
	MEMBER(JSON_U64, trace_footer, late, 0, INT64_MAX),
	MEMBER(JSON_U64, trace_footer, self_cpu_ns, 0, INT64_MAX),
	MEMBER(JSON_U64, trace_footer, buffer_high_water, 0, INT64_MAX),
	MEMBER(JSON_U64, trace_footer, buffer_size, 0, INT64_MAX),
	{0},
};

/* Appends one object per element; -1: no memory or a text that is not UTF-8. */
static int put_array(json_t *object, const char *key, const struct json_member *members,
		     const void *from, size_t size, size_t nr)
{
	json_t *array = json_array();

	if (json_object_set_new(object, key, array) < 0)
		return -1;
	for (size_t i = 0; i < nr; i++) {
		json_t *element = json_object();

		if (json_array_append_new(array, element) < 0 ||
		    json_put_members(element, members, (const char *)from + i * size) < 0)
			return -1;
	}
	return 0;
}

static int get_array(const json_t *object, const char *key, const struct json_member *members,
		     void *to, size_t size, size_t max, size_t *ret_nr, struct error *err)
{
	const json_t *array = json_object_get(object, key);
	size_t nr = json_array_size(array);

	if (!json_is_array(array))
		return error_set(err, -EINVAL, "header: \"%s\" is missing or not an array", key);
	if (nr > max)
		return error_set(err, -EINVAL, "header: \"%s\" has %zu elements, at most %zu fit",
				 key, nr, max);
	for (size_t i = 0; i < nr; i++) {
		int r = json_get_members(json_array_get(array, i), members, (char *)to + i * size,
					 key, err);

		if (r)
			return error_prefix(err, r, "header");
	}
	*ret_nr = nr;
	return 0;
}

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
	    json_put_members(json, meta_members, meta) < 0 ||
	    put_array(json, "ranges", range_members, meta->ranges, sizeof(meta->ranges[0]),
		      meta->nr_ranges) < 0 ||
	    put_array(json, "caches", cache_members, meta->caches, sizeof(meta->caches[0]),
		      meta->nr_caches) < 0 ||
	    put_classes(json, meta->classes) < 0)
		return NULL;
	return take_ptr(json);
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
		r = get_array(json, "ranges", range_members, meta->ranges, sizeof(meta->ranges[0]),
			      TRACE_MAX_RANGES, &meta->nr_ranges, err);
	if (!r)
		r = get_array(json, "caches", cache_members, meta->caches, sizeof(meta->caches[0]),
			      TRACE_MAX_CACHES, &meta->nr_caches, err);
	if (!r)
		r = get_classes(json, meta->classes, err);
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

static const char *kind_name(int kind)
{
	const struct event_info *info = event_info((unsigned int)kind);

	return info ? info->name : NULL;
}

static const char *class_name(int cls)
{
	return event_class_name(cls);
}

static int put_counts(json_t *object, const char *key, const char *(*name)(int),
		      const uint64_t *counts, int nr)
{
	json_t *map = json_object();

	if (json_object_set_new(object, key, map) < 0)
		return -1;
	for (int i = 0; i < nr; i++)
		if (name(i) &&
		    json_object_set_new(map, name(i), json_integer((json_int_t)counts[i])) < 0)
			return -1;
	return 0;
}

/* What an older writer did not know it did not count: 0. */
static int get_counts(const json_t *object, const char *key, const char *(*name)(int),
		      uint64_t *counts, int nr, struct error *err)
{
	json_t *map = json_object_get(object, key);

	if (!json_is_object(map))
		return error_set(err, -EINVAL, "footer: \"%s\" is missing or not an object", key);
	for (int i = 0; i < nr; i++) {
		const struct json_member member[] = {
			{.name = name(i), .type = JSON_U64, .max = INT64_MAX}, {0}};
		int r;

		if (!member->name || !json_object_get(map, member->name))
			continue;
		r = json_get_members(map, member, counts + i, key, err);
		if (r)
			return error_prefix(err, r, "footer");
	}
	return 0;
}

json_t *trace_footer_to_json(const struct trace_footer *footer)
{
	json_auto_t *json = json_object();

	if (!json || json_put_members(json, footer_members, footer) < 0 ||
	    put_counts(json, "events", kind_name, footer->events, EVENT_KIND_MAX) < 0 ||
	    put_counts(json, "lost", class_name, footer->lost, CLASS_MAX) < 0)
		return NULL;
	return take_ptr(json);
}

int trace_footer_from_json(const json_t *json, struct trace_footer *ret, struct error *err)
{
	struct trace_footer footer = {0};
	int r = json_get_members(json, footer_members, &footer, "footer", err);

	if (!r)
		r = get_counts(json, "events", kind_name, footer.events, EVENT_KIND_MAX, err);
	if (!r)
		r = get_counts(json, "lost", class_name, footer.lost, CLASS_MAX, err);
	if (!r)
		*ret = footer;
	return r;
}
