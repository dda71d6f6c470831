// SPDX-License-Identifier: GPL-2.0-only
/* 'objects:' of a layout file: the descriptors that are allocated, and for which memory. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "layouts/layout_yaml.h"

unsigned int layout_class_size(const struct layout *layout, enum layout_class cls)
{
	unsigned int size = 0;

	for (size_t i = 0; i < layout->nr_objects; i++)
		if (layout->objects[i].cls == cls && layout->objects[i].size > size)
			size = layout->objects[i].size;
	return size;
}

/* "folio", or "folio.large": a class and a variant. */
static int read_object_name(struct layout_object *object, const struct layout *layout,
			    const struct yaml_file *y, const struct yaml_entry *entry,
			    struct error *err)
{
	size_t class_len = strcspn(entry->name, "."), len = strlen(entry->name);
	char class_name[sizeof(object->name)];
	const char *variant = entry->name + class_len;
	int cls;

	if (len >= sizeof(object->name))
		return yaml_fail(y, entry->key, err,
				 "object '%s' has a name of more than %zu bytes", entry->name,
				 sizeof(object->name) - 1);
	memcpy(class_name, entry->name, class_len);
	class_name[class_len] = '\0';
	cls = layout_class_find(class_name);
	if (cls < 0)
		return yaml_fail(y, entry->key, err,
				 "object '%s' must be named after a class of fields, as in folio "
				 "or folio.large",
				 entry->name);
	if (*variant &&
	    (!variant[1] ||
	     variant[1 + strspn(variant + 1, "abcdefghijklmnopqrstuvwxyz0123456789-_")]))
		return yaml_fail(y, entry->key, err,
				 "object '%s' must have a variant of a-z 0-9 - _ after the dot",
				 entry->name);
	if (cls == LAYOUT_CLASS_PAGE || cls == LAYOUT_CLASS_BUDDY)
		return yaml_fail(y, entry->key, err,
				 "%s always lies in the memmap and cannot be allocated",
				 class_name);
	if (layout_is_overlaid(layout, cls))
		return yaml_fail(
			y, entry->key, err,
			"%s is also in 'overlaid'; it lies in the memmap or is allocated, not both",
			class_name);
	memcpy(object->name, entry->name, len + 1);
	object->cls = (uint8_t)cls;
	return 0;
}

static int read_size(struct layout_object *object, const struct yaml_file *y,
		     const yaml_node_t *size_node, const yaml_node_t *align_node, struct error *err)
{
	uint64_t size, align;
	int r = yaml_number(y, size_node, "size", LAYOUT_MIN_OBJECT, LAYOUT_MAX_OBJECT, &size, err);

	if (!r)
		r = yaml_number(y, align_node, "align", 1, LAYOUT_MAX_OBJECT, &align, err);
	if (r)
		return r;
	if (align & (align - 1))
		return yaml_fail(y, align_node, err, "align %u is not a power of two",
				 (unsigned int)align);
	object->size = (uint16_t)size;
	object->align = (uint16_t)align;
	object->stride = (uint16_t)((size + align - 1) & ~(align - 1));
	return 0;
}

static int read_kinds(struct layout_object *object, const struct yaml_file *y,
		      const yaml_node_t *node, struct error *err)
{
	size_t nr = 0;
	int r = yaml_list_size(y, node, "kinds", PAGE_KIND_MAX, &nr, err);

	for (size_t i = 0; !r && i < nr; i++) {
		const yaml_node_t *item = yaml_list_item(y, node, i);
		const char *name;
		int kind;

		r = yaml_text(y, item, "a kind", &name, err);
		if (r)
			return r;
		kind = page_kind_find(name);
		if (kind < 0)
			return yaml_fail(y, item, err, "'%s' is not a kind of page", name);
		/* freeing memory must not need memory */
		if (kind == PAGE_KIND_HOLE || kind == PAGE_KIND_FREE || kind == PAGE_KIND_PCP)
			return yaml_fail(y, item, err,
					 "'%s' pages are free or absent and have no descriptor",
					 name);
		if (object->kinds & 1u << kind)
			return yaml_fail(y, item, err, "'%s' is there twice in kinds", name);
		object->kinds |= 1u << kind;
	}
	return r;
}

/* "0" or "1-20". */
static int read_orders(struct layout_object *object, const struct yaml_file *y,
		       const yaml_node_t *node, struct error *err)
{
	uint64_t min, max;
	int r = layout_read_range(y, node, "orders", LAYOUT_MAX_ORDER, &min, &max, err);

	if (r)
		return r;
	object->min_order = (uint8_t)min;
	object->max_order = (uint8_t)max;
	return 0;
}

/* "30%" */
static int read_fraction(struct layout_object *object, const struct yaml_file *y,
			 const yaml_node_t *node, struct error *err)
{
	const char *text;
	uint64_t percent;
	size_t len;
	int r;

	object->fraction_percent = 100;
	if (!node)
		return 0;
	r = yaml_text(y, node, "fraction", &text, err);
	if (r)
		return r;
	len = strlen(text);
	if (text[len - 1] != '%')
		return yaml_fail(y, node, err, "fraction '%s' must be a percentage, as in 30%%",
				 text);
	r = yaml_number_text(y, node, text, len - 1, "fraction", 0, 100, &percent, err);
	if (r)
		return r;
	object->fraction_percent = (uint8_t)percent;
	return 0;
}

/* Each kind of memory has one descriptor at most. */
static int check_claims(const struct layout *layout, const struct layout_object *object,
			const struct yaml_file *y, const yaml_node_t *key, struct error *err)
{
	for (size_t i = 0; i < layout->nr_objects; i++) {
		const struct layout_object *other = &layout->objects[i];
		uint32_t both = object->kinds & other->kinds;
		unsigned int order = object->min_order;

		if (order < other->min_order)
			order = other->min_order;
		if (!both || order > object->max_order || order > other->max_order)
			continue;
		return yaml_fail(
			y, key, err, "%s claims %s memory of order %u, which %s already describes",
			object->name, page_kind_name(__builtin_ctz(both)), order, other->name);
	}
	return 0;
}

static int read_object(struct layout *layout, const struct yaml_file *y,
		       const struct yaml_entry *entry, struct error *err)
{
	enum { SIZE, ALIGN, KINDS, ORDERS, RCU, FRACTION, NR };
	static const struct yaml_key keys[NR] = {
		[SIZE] = {"size", false},   [ALIGN] = {"align", false},
		[KINDS] = {"kinds", false}, [ORDERS] = {"orders", false},
		[RCU] = {"rcu", true},	    [FRACTION] = {"fraction", true},
	};
	struct layout_object object = {0};
	const yaml_node_t *values[NR];
	int r;

	r = read_object_name(&object, layout, y, entry, err);
	if (!r)
		r = yaml_map_read(y, entry->value, object.name, keys, NR, values, err);
	if (!r)
		r = read_size(&object, y, values[SIZE], values[ALIGN], err);
	if (!r)
		r = read_kinds(&object, y, values[KINDS], err);
	if (!r)
		r = read_orders(&object, y, values[ORDERS], err);
	if (!r && values[RCU])
		r = yaml_bool(y, values[RCU], "rcu", &object.rcu, err);
	if (!r)
		r = read_fraction(&object, y, values[FRACTION], err);
	if (!r)
		r = check_claims(layout, &object, y, entry->key, err);
	if (!r)
		layout->objects[layout->nr_objects++] = object;
	return r;
}

int layout_read_objects(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
			struct error *err)
{
	size_t nr;
	int r = yaml_map_size(y, node, "objects", &nr, err);

	if (r)
		return r;
	if (!nr || nr > LAYOUT_MAX_OBJECTS)
		return yaml_fail(y, node, err, "objects has %zu entries, but 1 to %d are allowed",
				 nr, LAYOUT_MAX_OBJECTS);
	for (size_t i = 0; !r && i < nr; i++) {
		struct yaml_entry entry = yaml_map_entry(y, node, i);

		r = read_object(layout, y, &entry, err);
	}
	return r;
}
