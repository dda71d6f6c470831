// SPDX-License-Identifier: GPL-2.0-only
#include "sim/machine/machine.h"

/* Picoseconds and thousandths become what the YAML file says: nanoseconds and lines. */
static json_t *figure_to_json(const struct machine *m, enum machine_figure_id id)
{
	const struct machine_figure *figure = &m->figures[id];
	uint8_t unit = machine_figure_info(id)->unit;
	json_t *value = unit == UNIT_NS || unit == UNIT_LINES
				? json_real((double)figure->value / 1000)
				: json_integer((json_int_t)figure->value);
	json_t *object =
		json_pack("{s:o,s:s}", "value", value, "how", machine_how_name(figure->how));

	if (object && figure->ways &&
	    json_object_set_new(object, "ways", json_integer(figure->ways)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int add_figures(const struct machine *m, json_t *root)
{
	for (int id = 0; id < FIGURE_MAX; id++) {
		const struct machine_figure_info *info = machine_figure_info(id);
		json_t *group = json_object_get(root, info->group);

		if (m->figures[id].how == HOW_UNKNOWN)
			continue;
		if (!group) {
			group = json_object();
			if (json_object_set_new(root, info->group, group) < 0)
				return -1;
		}
		if (json_object_set_new(group, info->key, figure_to_json(m, id)) < 0)
			return -1;
	}
	return 0;
}

/* How the caches work, where that is not plain. */
static int add_manner(const struct machine *m, json_t *root)
{
	json_t *plru = json_array();
	char text[32];
	int r = 0;

	if (m->llc_kind)
		r = json_object_set_new(
			root, "llc_kind",
			json_string(cache_llc_kind_name((enum cache_llc_kind)m->llc_kind)));
	if (!r && m->llc_cpus)
		r = json_object_set_new(root, "llc_cpus", json_integer(m->llc_cpus));
	for (int level = 0; !r && level < 3; level++)
		if (m->plru >> level & 1)
			r = json_array_append_new(
				plru, json_string(cache_level_name((enum cache_level)level)));
	if (!r)
		r = json_object_set_new(root, "plru", plru);
	else
		json_decref(plru);
	if (!r)
		r = json_object_set_new(
			root, "prefetch",
			json_string(cache_prefetch_format(m->prefetch, text, sizeof(text))));
	return r;
}

json_t *machine_to_json(const struct machine *m)
{
	json_t *sources = json_array(), *root;

	for (size_t i = 0; i < m->nr_sources; i++)
		if (json_array_append_new(sources, json_string(m->sources[i])) < 0) {
			json_decref(sources);
			return NULL;
		}
	root = json_pack("{s:s,s:s,s:s,s:s*,s:s*,s:o,s:i}", "name", m->name, "summary", m->summary,
			 "origin", m->origin, "status",
			 /* caches alone were neither measured nor published by anybody */
			 !*m->date     ? NULL
			 : m->measured ? "measured"
				       : "published",
			 "date", *m->date ? m->date : NULL, "sources", sources, "line",
			 (int)m->line);
	if (root && m->nodes && json_object_set_new(root, "nodes", json_integer(m->nodes)) < 0) {
		json_decref(root);
		return NULL;
	}
	if (root && (add_manner(m, root) < 0 || add_figures(m, root) < 0)) {
		json_decref(root);
		return NULL;
	}
	return root;
}
