// SPDX-License-Identifier: GPL-2.0-only
/* The figures of a machine profile. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "sim/machine/machine_reader.h"

enum { MAX_WAYS = 1024 };

/* Bounds that only stop nonsense: a nanosecond figure above a millisecond, a frequency of 100 GHz. */
static const struct {
	const char *key;
	bool has_ways;
	uint64_t max; /* as the file writes it */
} units[] = {
	[UNIT_CACHE] = {"size", true, 1ULL << 40},
	[UNIT_NS] = {"ns", false, 1000000},
	[UNIT_ENTRIES] = {"entries", true, TLB_MAX_ENTRIES},
	[UNIT_PAGE] = {"size", false, 1 << 30},
	[UNIT_LINES] = {"lines", false, 1000},
	[UNIT_MHZ] = {"mhz", false, 100000},
};

/* A decimal number with up to three digits after the point, in thousandths. */
static int read_thousandths(struct machine_reader *rd, const yaml_node_t *node, const char *what,
			    uint64_t max, uint64_t *ret, struct error *err)
{
	uint64_t whole, fraction = 0;
	const char *text, *point;
	size_t digits = 0;
	char padded[] = "1000";
	int r = yaml_text(rd->y, node, what, &text, err);

	if (r)
		return r;
	point = text + strspn(text, "0123456789");
	if (*point == '.')
		digits = strspn(point + 1, "0123456789");
	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || point == text || digits > 3 ||
	    (*point && (!digits || point[1 + digits])))
		return yaml_fail(
			rd->y, node, err,
			"%s: '%s' is not a number with at most three digits after the point", what,
			text);
	r = yaml_number_text(rd->y, node, text, (size_t)(point - text), what, 0, max, &whole, err);
	/* with a 1 in front, as a number may not begin with 0 */
	memcpy(padded + 1, point + (*point != 0), digits);
	if (!r)
		r = yaml_number_text(rd->y, node, padded, 4, what, 1000, 1999, &fraction, err);
	if (r)
		return r;
	*ret = whole * 1000 + fraction - 1000;
	return *ret ? 0 : yaml_fail(rd->y, node, err, "%s must be more than 0", what);
}

static int read_value(struct machine_reader *rd, const yaml_node_t *node, const char *what,
		      uint8_t unit, uint64_t *ret, struct error *err)
{
	struct error why;
	const char *text;
	int r;

	if (unit == UNIT_NS || unit == UNIT_LINES)
		return read_thousandths(rd, node, what, units[unit].max, ret, err);
	if (unit != UNIT_CACHE && unit != UNIT_PAGE)
		return yaml_number(rd->y, node, what, 1, units[unit].max, ret, err);
	r = yaml_text(rd->y, node, what, &text, err);
	if (!r && num_parse_size(text, what, 1, units[unit].max, ret, &why))
		return yaml_fail(rd->y, node, err, "%s; write bytes, as in 48K", why.msg);
	if (!r && unit == UNIT_PAGE && *ret != 4 << 10 && *ret != 2 << 20 && *ret != 1 << 30)
		return yaml_fail(rd->y, node, err, "%s: pages of %s are none of 4K, 2M and 1G",
				 what, text);
	return r;
}

static int read_how(struct machine_reader *rd, const yaml_node_t *node, const char *what,
		    uint8_t *ret, struct error *err)
{
	const char *text;
	int r = yaml_text(rd->y, node, what, &text, err);

	if (r)
		return r;
	for (int how = HOW_UNKNOWN + 1; how < HOW_MAX; how++)
		if (!strcmp(text, machine_how_name(how))) {
			*ret = (uint8_t)how;
			return 0;
		}
	return yaml_fail(rd->y, node, err, "%s: '%s' is none of pmu, timing, published and assumed",
			 what, text);
}

/* A level that no cache can be built as; the others stand in as the smallest cache there is. */
static int check_cache(struct machine_reader *rd, const yaml_node_t *node,
		       enum machine_figure_id id, struct error *err)
{
	const struct machine_figure *figure = &rd->m->figures[id];
	struct cache_geometry g = {.line = rd->m->line, .plru = rd->m->plru};
	struct error why;

	for (int i = 0; i < 3; i++) {
		bool this = FIGURE_L1 + i == (int)id;

		g.level[i].size = this ? figure->value : rd->m->line;
		g.level[i].ways = this ? figure->ways : 1;
	}
	return cache_geometry_check(&g, &why) ? yaml_fail(rd->y, node, err, "%s", why.msg) : 0;
}

static int read_kind(struct machine_reader *rd, const yaml_node_t *kind, struct error *err)
{
	const char *text;
	int n = 0, r = yaml_text(rd->y, kind, "kind", &text, err);

	while (!r && n < CACHE_LLC_KIND_MAX && strcmp(text, cache_llc_kind_name(n)))
		n++;
	if (!r && n == CACHE_LLC_KIND_MAX)
		return yaml_fail(rd->y, kind, err,
				 "kind '%s' is none of plain, inclusive, exclusive and victim",
				 text);
	rd->m->llc_kind = (uint8_t)n;
	return r;
}

/* "replacement" of a level, "kind" and "cpus" of the last one; each may be NULL. */
static int read_cache_manner(struct machine_reader *rd, const yaml_node_t *const manner[3],
			     enum machine_figure_id id, struct error *err)
{
	const yaml_node_t *replacement = manner[0];
	const char *text = "lru";
	uint64_t cpus = 0;
	int r = replacement ? yaml_text(rd->y, replacement, "replacement", &text, err) : 0;

	if (r)
		return r;
	if (!strcmp(text, "plru"))
		rd->m->plru |= (uint8_t)(1U << (id - FIGURE_L1));
	else if (strcmp(text, "lru"))
		return yaml_fail(rd->y, replacement, err,
				 "replacement '%s' is neither lru nor plru", text);
	if (manner[1])
		r = read_kind(rd, manner[1], err);
	if (!r && manner[2])
		r = yaml_number(rd->y, manner[2], "cpus", 1, CACHE_MAX_LLC_CPUS, &cpus, err);
	if (!r && manner[2])
		rd->m->llc_cpus = (uint32_t)cpus;
	return r;
}

static int read_figure(struct machine_reader *rd, const yaml_node_t *node,
		       enum machine_figure_id id, struct error *err)
{
	const struct machine_figure_info *info = machine_figure_info(id);
	struct machine_figure *figure = &rd->m->figures[id];
	/* a cache needs its ways, a TLB may leave them out */
	struct yaml_key keys[6] = {
		{units[info->unit].key, false}, {"how", false}, {"ways", info->unit != UNIT_CACHE},
		{"replacement", true},		{"kind", true}, {"cpus", true}};
	const yaml_node_t *values[6] = {NULL};
	size_t nr = id == FIGURE_LLC		 ? 6
		    : info->unit == UNIT_CACHE	 ? 4
		    : units[info->unit].has_ways ? 3
						 : 2;
	uint64_t ways = 0;
	char what[48];
	int r;

	snprintf(what, sizeof(what), "%s %s", info->group, info->key);
	r = yaml_map_read(rd->y, node, what, keys, nr, values, err);
	if (!r)
		r = read_value(rd, values[0], what, info->unit, &figure->value, err);
	if (!r)
		r = read_how(rd, values[1], what, &figure->how, err);
	if (!r && values[2])
		r = yaml_number(rd->y, values[2], "ways", 1, MAX_WAYS, &ways, err);
	if (r)
		return r;
	if (info->unit == UNIT_ENTRIES && ways && figure->value % ways)
		return yaml_fail(rd->y, node, err,
				 "%s: %" PRIu64
				 " entries are not a whole number of sets of %" PRIu64 " ways",
				 what, figure->value, ways);
	figure->ways = (uint32_t)ways;
	r = read_cache_manner(rd, values + 3, id, err);
	if (r)
		return r;
	rd->at[id] = node;
	return info->unit == UNIT_CACHE ? check_cache(rd, node, id, err) : 0;
}

int machine_read_group(struct machine_reader *rd, const yaml_node_t *node, const char *group,
		       struct error *err)
{
	const yaml_node_t *values[FIGURE_MAX];
	enum machine_figure_id ids[FIGURE_MAX];
	struct yaml_key keys[FIGURE_MAX];
	size_t nr = 0;
	int r;

	for (int id = 0; id < FIGURE_MAX; id++) {
		const struct machine_figure_info *info = machine_figure_info(id);

		if (strcmp(info->group, group))
			continue;
		ids[nr] = (enum machine_figure_id)id;
		keys[nr++] = (struct yaml_key){info->key, info->unit != UNIT_CACHE};
	}
	r = yaml_map_read(rd->y, node, group, keys, nr, values, err);
	for (size_t i = 0; !r && i < nr; i++)
		if (values[i])
			r = read_figure(rd, values[i], ids[i], err);
	return r;
}

int machine_check_latencies(const struct machine_reader *rd, struct error *err)
{
	const struct machine_figure *figures = rd->m->figures;

	for (int id = FIGURE_LATENCY_L1, last = -1; id <= FIGURE_LATENCY_REMOTE; id++) {
		if (figures[id].how == HOW_UNKNOWN)
			continue;
		if (last >= 0 && figures[id].value < figures[last].value)
			return yaml_fail(rd->y, rd->at[id], err,
					 "latency %s is shorter than latency %s, which is nearer; "
					 "swap them",
					 machine_figure_info(id)->key,
					 machine_figure_info(last)->key);
		last = id;
	}
	return 0;
}
