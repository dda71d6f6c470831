// SPDX-License-Identifier: GPL-2.0-only
/* The end of a trace as a JSON document. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/meta.h"
#include "trace/meta_json.h"

static const struct json_member footer_members[] = {
	MEMBER(JSON_U64, trace_footer, end_ns, 0, INT64_MAX),
	TEXT(trace_footer, stop),
	MEMBER(JSON_INT, trace_footer, command_status, INT32_MIN, INT32_MAX),
	MEMBER(JSON_U64, trace_footer, census_runs, 0, INT64_MAX),
	MEMBER(JSON_U64, trace_footer, late, 0, INT64_MAX),
	MEMBER(JSON_U64, trace_footer, self_cpu_ns, 0, INT64_MAX),
	MEMBER(JSON_U64, trace_footer, buffer_high_water, 0, INT64_MAX),
	MEMBER(JSON_U64, trace_footer, buffer_size, 0, INT64_MAX),
	LATER_MEMBER(JSON_U32, trace_footer, sample, 0, UINT32_MAX),
	{0},
};

static const struct json_member loss_members[] = {
	MEMBER(JSON_U32, trace_cpu_loss, cpu, 0, UINT16_MAX),
	{.name = "class",
	 .type = JSON_TEXT,
	 .offset = offsetof(struct trace_cpu_loss, cls),
	 .size = sizeof(((struct trace_cpu_loss *)0)->cls)},
	MEMBER(JSON_U64, trace_cpu_loss, lost, 1, INT64_MAX),
	{0},
};

static const struct json_array cpu_losses = {"footer", "lost_by_cpu", loss_members,
					     sizeof(struct trace_cpu_loss)};

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
		      uint64_t *counts, int nr, bool optional, struct error *err)
{
	json_t *map = json_object_get(object, key);

	if (!map && optional)
		return 0;
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

	if (!json || footer->nr_cpu_losses > TRACE_MAX_CPU_LOSSES ||
	    json_put_members(json, footer_members, footer) < 0 ||
	    put_counts(json, "events", kind_name, footer->events, EVENT_KIND_MAX) < 0 ||
	    put_counts(json, "lost", class_name, footer->lost, CLASS_MAX) < 0 ||
	    put_counts(json, "unsampled", class_name, footer->unsampled, CLASS_MAX) < 0 ||
	    put_counts(json, "ns_per_event", class_name, footer->ns_per_event, CLASS_MAX) < 0 ||
	    json_put_array(json, &cpu_losses, footer->cpu_losses, footer->nr_cpu_losses) < 0)
		return NULL;
	return take_ptr(json);
}

int trace_footer_from_json(const json_t *json, struct trace_footer *ret, struct error *err)
{
	struct trace_footer footer = {0};
	int r = json_get_members(json, footer_members, &footer, "footer", err);

	if (!r)
		r = get_counts(json, "events", kind_name, footer.events, EVENT_KIND_MAX, false,
			       err);
	if (!r)
		r = get_counts(json, "lost", class_name, footer.lost, CLASS_MAX, false, err);
	if (!r)
		r = get_counts(json, "unsampled", class_name, footer.unsampled, CLASS_MAX, true,
			       err);
	if (!r)
		r = get_counts(json, "ns_per_event", class_name, footer.ns_per_event, CLASS_MAX,
			       true, err);
	if (!r && json_object_get(json, cpu_losses.key))
		r = json_get_array(json, &cpu_losses, footer.cpu_losses, TRACE_MAX_CPU_LOSSES,
				   &footer.nr_cpu_losses, err);
	if (!r)
		*ret = footer;
	return r;
}
