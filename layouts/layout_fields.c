// SPDX-License-Identifier: GPL-2.0-only
/* 'fields:' of a layout file: where each field is, held against what its class has room for. */
#include <errno.h>
#include <string.h>

#include "layouts/layout_yaml.h"

/* An overlaid class runs on into tail pages' entries, but no field of a C struct is in two. */
static int check_overlaid(const struct layout *layout, enum field field,
			  const struct layout_place *place, const struct yaml_file *y,
			  const yaml_node_t *node, struct error *err)
{
	unsigned int page = layout->page_size, end = place->at + place->size;

	if (field_class(field) == LAYOUT_CLASS_PAGE && end > page)
		return yaml_fail(y, node, err, "%s ends at byte %u, but page has %u",
				 field_name(field), end, page);
	if (end > LAYOUT_MAX_ENTRIES * page)
		return yaml_fail(
			y, node, err, "%s ends at byte %u, but the entries of %d pages have %u",
			field_name(field), end, LAYOUT_MAX_ENTRIES, LAYOUT_MAX_ENTRIES * page);
	if (place->at / page != (end - 1) / page)
		return yaml_fail(y, node, err,
				 "%s at byte %u to %u lies across two entries of %u bytes",
				 field_name(field), place->at, end - 1, page);
	return 0;
}

/* A variant has the whole field or nothing of it: folio has no deferred_list, folio.large has it. */
static int check_allocated(const struct layout *layout, enum field field,
			   const struct layout_place *place, const struct yaml_file *y,
			   const yaml_node_t *node, struct error *err)
{
	enum layout_class cls = field_class(field);
	unsigned int end = place->at + place->size, size = layout_class_size(layout, cls);

	if (!size)
		return yaml_fail(y, node, err,
				 "%s has no room: add '%s' to 'overlaid' or to 'objects'",
				 field_name(field), layout_class_name(cls));
	for (size_t i = 0; i < layout->nr_objects; i++) {
		const struct layout_object *object = &layout->objects[i];

		if (object->cls != cls || end <= object->size)
			continue;
		if (end > size)
			return yaml_fail(y, node, err,
					 "%s ends at byte %u, but the largest %s has %u",
					 field_name(field), end, layout_class_name(cls), size);
		if (place->at < object->size)
			return yaml_fail(y, node, err,
					 "%s at byte %u to %u is cut in two by the end of %s at %u",
					 field_name(field), place->at, end - 1, object->name,
					 object->size);
	}
	return 0;
}

/* C unions are real, but an overlap may be a slip of the pen: it has to be meant. */
static int check_overlap(const struct layout *layout, enum field field,
			 const struct layout_place *place, bool in_union, const struct yaml_file *y,
			 const yaml_node_t *key, struct error *err)
{
	for (int i = 0; i < FIELD_MAX; i++) {
		const struct layout_place *other = &layout->places[i];

		if (!other->size || field_class(i) != field_class(field) ||
		    other->at >= place->at + place->size || place->at >= other->at + other->size)
			continue;
		if (in_union)
			return 0;
		return yaml_fail(y, key, err,
				 "%s overlaps %s; if that is meant, say 'union: true' here",
				 field_name(field), field_name(i));
	}
	if (in_union)
		return yaml_fail(
			y, key, err,
			"%s says 'union: true', but overlaps no field of its class before it",
			field_name(field));
	return 0;
}

static int read_field(struct layout *layout, const struct yaml_file *y,
		      const struct yaml_entry *entry, struct error *err)
{
	enum { AT, SIZE, UNION, NR };
	static const struct yaml_key keys[NR] = {
		[AT] = {"at", false},
		[SIZE] = {"size", false},
		[UNION] = {"union", true},
	};
	int field = field_find(entry->name);
	const yaml_node_t *values[NR];
	struct layout_place place;
	bool in_union = false;
	uint64_t at, size;
	int r;

	if (field < 0)
		return yaml_fail(y, entry->key, err,
				 "'%s' is not a field; memsim-layout(5) lists them", entry->name);
	r = yaml_map_read(y, entry->value, entry->name, keys, NR, values, err);
	if (!r)
		r = yaml_number(y, values[AT], "at", 0, LAYOUT_MAX_OBJECT, &at, err);
	if (!r)
		r = yaml_number(y, values[SIZE], "size", 1, LAYOUT_MAX_FIELD, &size, err);
	if (!r && values[UNION])
		r = yaml_bool(y, values[UNION], "union", &in_union, err);
	if (r)
		return r;
	place = (struct layout_place){.at = (uint16_t)at, .size = (uint16_t)size};
	if (layout_is_overlaid(layout, field_class(field)))
		r = check_overlaid(layout, field, &place, y, values[AT], err);
	else
		r = check_allocated(layout, field, &place, y, values[AT], err);
	if (!r)
		r = check_overlap(layout, field, &place, in_union, y, entry->key, err);
	if (!r)
		layout->places[field] = place;
	return r;
}

int layout_read_fields(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
		       struct error *err)
{
	size_t nr;
	int r = yaml_map_size(y, node, "fields", &nr, err);

	if (!r && !nr)
		r = yaml_fail(y, node, err, "fields is empty; a layout has at least one field");
	for (size_t i = 0; !r && i < nr; i++) {
		struct yaml_entry entry = yaml_map_entry(y, node, i);

		r = read_field(layout, y, &entry, err);
	}
	return r;
}
