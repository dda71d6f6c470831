// SPDX-License-Identifier: GPL-2.0-only
/* What version 2 of the format added: arrays beside the memmap, SLAB's management, open questions. */
#include <errno.h>
#include <string.h>

#include "layouts/layout_yaml.h"

int layout_read_range(const struct yaml_file *y, const yaml_node_t *node, const char *what,
		      uint64_t limit, uint64_t *ret_min, uint64_t *ret_max, struct error *err)
{
	char first[32], last[32];
	const char *text, *dash;
	uint64_t min, max;
	int r = yaml_text(y, node, what, &text, err);

	if (r)
		return r;
	dash = strchr(text, '-');
	if (!dash) {
		r = yaml_number(y, node, what, 0, limit, &min, err);
		max = r ? 0 : min;
	} else {
		snprintf(first, sizeof(first), "the first of %s", what);
		snprintf(last, sizeof(last), "the last of %s", what);
		r = yaml_number_text(y, node, text, (size_t)(dash - text), first, 0, limit, &min,
				     err);
		if (!r)
			r = yaml_number_text(y, node, dash + 1, strlen(dash + 1), last, 0, limit,
					     &max, err);
	}
	if (r)
		return r;
	if (min > max)
		return yaml_fail(y, node, err, "%s %s: the smaller number comes first", what, text);
	*ret_min = min;
	*ret_max = max;
	return 0;
}

int layout_read_base_page(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
			  struct error *err)
{
	uint64_t size = LAYOUT_BASE_PAGE;
	int r = node ? yaml_number(y, node, "base-page", LAYOUT_BASE_PAGE, LAYOUT_MAX_BASE_PAGE,
				   &size, err)
		     : 0;

	if (r)
		return r;
	if (size & (size - 1))
		return yaml_fail(y, node, err, "base-page %u is not a power of two",
				 (unsigned int)size);
	layout->base_page = (uint32_t)size;
	return 0;
}

static int read_side_name(struct layout_side *side, const struct yaml_file *y,
			  const struct yaml_entry *entry, struct error *err)
{
	size_t len = strlen(entry->name);

	if (len >= sizeof(side->name) || entry->name[strspn(entry->name, LAYOUT_NAME_CHARS)])
		return yaml_fail(y, entry->key, err,
				 "side '%s' must be at most %zu of a-z 0-9 . - _", entry->name,
				 sizeof(side->name) - 1);
	memcpy(side->name, entry->name, len + 1);
	return 0;
}

static int read_one_side(struct layout_side *side, const struct yaml_file *y,
			 const struct yaml_entry *entry, struct error *err)
{
	enum { SIZE, PAGES, DEBUG, NR };
	static const struct yaml_key keys[NR] = {
		[SIZE] = {"size", true},
		[PAGES] = {"pages", true},
		[DEBUG] = {"debug", true},
	};
	const yaml_node_t *values[NR];
	uint64_t size = 0, pages = 0;
	int r = read_side_name(side, y, entry, err);

	if (!r)
		r = yaml_map_read(y, entry->value, side->name, keys, NR, values, err);
	if (!r && values[SIZE])
		r = yaml_number(y, values[SIZE], "size", 1, LAYOUT_MAX_OBJECT, &size, err);
	if (!r && values[PAGES])
		r = yaml_number(y, values[PAGES], "pages", 1, 16, &pages, err);
	if (!r && values[DEBUG])
		r = yaml_bool(y, values[DEBUG], "debug", &side->debug, err);
	if (r)
		return r;
	if (!size && !pages)
		return yaml_fail(y, entry->key, err, "side %s has neither 'size' nor 'pages'",
				 side->name);
	side->size = (uint16_t)size;
	side->pages = (uint16_t)pages;
	return 0;
}

int layout_read_side(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
		     struct error *err)
{
	size_t nr;
	int r = yaml_map_size(y, node, "side", &nr, err);

	if (r)
		return r;
	if (!nr || nr > LAYOUT_MAX_SIDES)
		return yaml_fail(y, node, err, "side has %zu entries, but 1 to %d are allowed", nr,
				 LAYOUT_MAX_SIDES);
	for (size_t i = 0; !r && i < nr; i++) {
		struct yaml_entry entry = yaml_map_entry(y, node, i);
		struct layout_side side = {.name = ""};

		r = read_one_side(&side, y, &entry, err);
		if (!r)
			layout->sides[layout->nr_sides++] = side;
	}
	return r;
}

int layout_read_slab_management(struct layout *layout, const struct yaml_file *y,
				const yaml_node_t *node, struct error *err)
{
	enum { SIZE, PER_OBJECT, OFF_SLAB_FROM, OBJECT, NR };
	enum { USUAL_OBJECT = 256 };
	static const struct yaml_key keys[NR] = {
		[SIZE] = {"size", false},
		[PER_OBJECT] = {"per-object", false},
		[OFF_SLAB_FROM] = {"off-slab-from", false},
		[OBJECT] = {"object", true},
	};
	const yaml_node_t *values[NR];
	uint64_t size, per_object, from, object = USUAL_OBJECT;
	int r = yaml_map_read(y, node, "slab-management", keys, NR, values, err);

	if (!r)
		r = yaml_number(y, values[SIZE], "size", 0, LAYOUT_MAX_OBJECT, &size, err);
	if (!r)
		r = yaml_number(y, values[PER_OBJECT], "per-object", 1, 8, &per_object, err);
	if (!r)
		r = yaml_number(y, values[OFF_SLAB_FROM], "off-slab-from", 1, UINT16_MAX, &from,
				err);
	if (!r && values[OBJECT])
		r = yaml_number(y, values[OBJECT], "object", LAYOUT_MIN_SLAB_OBJECT,
				LAYOUT_MAX_SLAB_OBJECT, &object, err);
	if (r)
		return r;
	layout->slab_management = (struct layout_slab_management){
		.size = (uint16_t)size,
		.per_object = (uint16_t)per_object,
		.off_slab_from = (uint16_t)from,
		.object = (uint16_t)object,
	};
	return 0;
}

static int read_parameter(struct layout *layout, const struct yaml_file *y,
			  const struct yaml_entry *entry, struct error *err)
{
	enum { RANGE, OPEN, NR };
	static const struct yaml_key keys[NR] = {
		[RANGE] = {"range", false}, [OPEN] = {"open", false}};
	struct layout_param *param = &layout->params[layout->nr_params];
	const yaml_node_t *values[NR];
	uint32_t value, least, most;
	uint64_t min, max;
	const char *open;
	int r;

	if (strlen(entry->name) >= sizeof(param->name) ||
	    layout_param_find(layout, entry->name, &value, &least, &most))
		return yaml_fail(y, entry->key, err,
				 "'%s' is not a parameter of this layout; see memsim-layout(5)",
				 entry->name);
	r = yaml_map_read(y, entry->value, entry->name, keys, NR, values, err);
	if (!r)
		r = layout_read_range(y, values[RANGE], "range", most, &min, &max, err);
	if (!r)
		r = yaml_text(y, values[OPEN], "open", &open, err);
	if (r)
		return r;
	if (value < min || value > max)
		return yaml_fail(y, values[RANGE], err, "%s is %u, which its own range leaves out",
				 entry->name, value);
	*param = (struct layout_param){
		.value = value,
		.standard = value,
		.min = (uint32_t)min,
		.max = (uint32_t)max,
		.question = strdup(open),
	};
	if (!param->question)
		return error_nomem(err);
	memcpy(param->name, entry->name, strlen(entry->name) + 1);
	layout->nr_params++;
	return 0;
}

int layout_read_parameters(struct layout *layout, const struct yaml_file *y,
			   const yaml_node_t *node, struct error *err)
{
	size_t nr;
	int r = yaml_map_size(y, node, "parameters", &nr, err);

	if (r)
		return r;
	/* the other half is for what layout_set() adds */
	if (!nr || nr > LAYOUT_MAX_PARAMS / 2)
		return yaml_fail(y, node, err,
				 "parameters has %zu entries, but 1 to %d are allowed", nr,
				 LAYOUT_MAX_PARAMS / 2);
	for (size_t i = 0; !r && i < nr; i++) {
		struct yaml_entry entry = yaml_map_entry(y, node, i);

		r = read_parameter(layout, y, &entry, err);
	}
	return r;
}
