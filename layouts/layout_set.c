// SPDX-License-Identifier: GPL-2.0-only
/* Changing a layout: --set NAME=NUMBER. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "layouts/layout_param.h"
#include "layouts/layout_yaml.h"

/* What slub.c does with such a cache: the free pointer of an rcu object does not lie over its fields. */
static void set_stride(const struct layout *layout, struct layout_object *object)
{
	unsigned int size = object->size + (object->rcu ? layout->rcu_freeptr : 0u);

	object->stride = (uint16_t)((size + object->align - 1u) & ~(object->align - 1u));
}

/* The object is changed as a whole, or not at all. */
static int change_object(struct layout *layout, int i, const struct layout_object *changed,
			 struct error *err)
{
	uint32_t most = layout_max_stride(layout, changed->cls);

	if (changed->stride > most)
		return error_set(err, -EINVAL,
				 "%s would take %u bytes, so that a slab of them had no room beside "
				 "the one that describes it: %u at most, half a page",
				 changed->name, changed->stride, most);
	layout->objects[i] = *changed;
	return 0;
}

static int check_cut(const struct layout *layout, const struct layout_object *object, uint32_t size,
		     struct error *err)
{
	for (int field = 0; field < FIELD_MAX; field++) {
		const struct layout_place *place = &layout->places[field];

		if (field_class(field) == object->cls && place->size && place->at < size &&
		    place->at + place->size > size)
			return error_set(err, -EINVAL,
					 "%s=%u cuts %s, at byte %u to %u, in two: choose %u or %u",
					 object->name, size, field_name(field), place->at,
					 place->at + place->size - 1, place->at,
					 place->at + place->size);
	}
	return 0;
}

/* Fields for which no object of their class has room any more are gone. */
static void drop_fields(struct layout *layout, enum layout_class cls)
{
	unsigned int room = layout_class_size(layout, cls);

	for (int field = 0; field < FIELD_MAX; field++) {
		struct layout_place *place = &layout->places[field];

		if (field_class(field) == cls && place->at + place->size > room)
			*place = (struct layout_place){0, 0};
	}
}

static void remove_object(struct layout *layout, int i)
{
	layout->nr_objects--;
	memmove(&layout->objects[i], &layout->objects[i + 1],
		(layout->nr_objects - (size_t)i) * sizeof(layout->objects[0]));
}

static int set_size(struct layout *layout, int i, uint32_t size, struct error *err)
{
	struct layout_object object = layout->objects[i];
	int r;

	if (size && size < LAYOUT_MIN_OBJECT)
		return error_set(err, -EINVAL, "%s=%u: a descriptor has 0 or at least %d bytes",
				 object.name, size, LAYOUT_MIN_OBJECT);
	r = size ? check_cut(layout, &object, size, err) : 0;
	if (r)
		return r;
	object.size = (uint16_t)size;
	set_stride(layout, &object);
	if (size)
		r = change_object(layout, i, &object, err);
	else
		remove_object(layout, i);
	if (!r)
		drop_fields(layout, object.cls);
	return r;
}

static int set_align(struct layout *layout, int i, uint32_t align, struct error *err)
{
	struct layout_object object = layout->objects[i];

	if (align & (align - 1))
		return error_set(err, -EINVAL, "%s.align=%u is not a power of two", object.name,
				 align);
	object.align = (uint16_t)align;
	set_stride(layout, &object);
	return change_object(layout, i, &object, err);
}

static int set_stride_to(struct layout *layout, int i, uint32_t stride, struct error *err)
{
	struct layout_object object = layout->objects[i];

	if (stride < object.size)
		return error_set(err, -EINVAL, "%s.stride=%u is less than its size of %u",
				 object.name, stride, object.size);
	if (stride % object.align)
		return error_set(err, -EINVAL,
				 "%s.stride=%u is not a multiple of its alignment of %u",
				 object.name, stride, object.align);
	object.stride = (uint16_t)stride;
	return change_object(layout, i, &object, err);
}

static int set_rcu(struct layout *layout, int i, bool rcu, struct error *err)
{
	struct layout_object object = layout->objects[i];

	object.rcu = rcu;
	set_stride(layout, &object);
	return change_object(layout, i, &object, err);
}

/* One cache for both: the small ones take as much as the large ones. */
static void merge_caches(struct layout *layout, const struct layout_target *target)
{
	layout->objects[target->large].min_order = layout->objects[target->object].min_order;
	remove_object(layout, target->object);
}

static void set_number(struct layout *layout, enum layout_property property, uint16_t number)
{
	layout_param_set_number(layout, property, number);
	for (size_t i = 0; property == FREEPTR && i < layout->nr_objects; i++)
		if (layout->objects[i].rcu)
			set_stride(layout, &layout->objects[i]);
}

static int set(struct layout *layout, const struct layout_target *target, uint32_t value,
	       struct error *err)
{
	switch (target->property) {
	case SIZE:
		return set_size(layout, target->object, value, err);
	case ALIGN:
		return set_align(layout, target->object, value, err);
	case STRIDE:
		return set_stride_to(layout, target->object, value, err);
	case FRACTION:
		layout->objects[target->object].fraction_percent = (uint8_t)value;
		return 0;
	case RCU:
		return set_rcu(layout, target->object, value, err);
	case CACHES:
		if (value == 1)
			merge_caches(layout, target);
		return 0;
	default:
		set_number(layout, target->property, (uint16_t)value);
		return 0;
	}
}

static struct layout_param *find_param(struct layout *layout, const char *name)
{
	for (size_t i = 0; i < layout->nr_params; i++)
		if (!strcmp(layout->params[i].name, name))
			return &layout->params[i];
	return NULL;
}

/* The entry of the parameter; a new one, filled but not yet counted, where the file asks no question. */
static int get_param(struct layout *layout, const char *name, struct layout_param **ret,
		     struct error *err)
{
	struct layout_param *param = find_param(layout, name);
	uint32_t value, min, max;

	if (!param) {
		if (layout_param_find(layout, name, &value, &min, &max))
			return layout_param_unknown(layout, name, err);
		if (layout->nr_params == LAYOUT_MAX_PARAMS)
			return error_set(err, -E2BIG, "%s: more than %d parameters", layout->name,
					 LAYOUT_MAX_PARAMS);
		param = &layout->params[layout->nr_params];
		*param = (struct layout_param){
			.value = value, .standard = value, .min = min, .max = max};
		memcpy(param->name, name, strlen(name) + 1);
	}
	*ret = param;
	return 0;
}

static void remove_param(struct layout *layout, size_t i)
{
	free(layout->params[i].question);
	layout->nr_params--;
	memmove(&layout->params[i], &layout->params[i + 1],
		(layout->nr_params - i) * sizeof(layout->params[0]));
}

/* One change moves others: a size the stride; and folio.caches=1 takes the object folio away. */
static void refresh_params(struct layout *layout)
{
	for (size_t i = 0; i < layout->nr_params;) {
		struct layout_param *param = &layout->params[i];
		uint32_t value, min, max;

		if (!layout_param_find(layout, param->name, &value, &min, &max)) {
			param->value = value;
		} else if (!param->set) {
			remove_param(layout, i);
			continue;
		}
		i++;
	}
}

int layout_set(struct layout *layout, const char *assignment, struct error *err)
{
	const char *equals = strchr(assignment, '=');
	_cleanup_free_ char *name = strdup(assignment);
	struct layout_param *param = NULL;
	struct layout_target target;
	uint64_t value;
	size_t len;
	int r;

	if (!name)
		return error_nomem(err);
	if (!equals || equals == assignment)
		return error_set(err, -EINVAL, "'%s' is not of the form NAME=NUMBER", assignment);
	len = (size_t)(equals - assignment);
	name[len] = '\0';
	/* the size needs no name; one parameter has one name */
	if (len > 5 && !strcmp(name + len - 5, ".size") &&
	    layout_param_object(layout, name, len) < 0)
		name[len - 5] = '\0';
	if (strlen(name) >= sizeof(param->name) || !layout_param_target(layout, name, &target))
		return layout_param_unknown(layout, name, err);
	r = get_param(layout, name, &param, err);
	if (!r)
		r = num_parse(equals + 1, name, param->min, param->max, &value, err);
	if (!r)
		r = set(layout, &target, (uint32_t)value, err);
	if (r)
		return r;
	if (param == &layout->params[layout->nr_params])
		layout->nr_params++;
	param->value = (uint32_t)value;
	param->set = true;
	refresh_params(layout);
	return 0;
}
