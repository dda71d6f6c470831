// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameters: NAME.PROPERTY of any object, and some that concern many. The file may name some of them as
 * open questions, with the range that the sources leave.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "layouts/layout_yaml.h"

enum property {
	SIZE,
	ALIGN,
	STRIDE,
	FRACTION,
	RCU,
	NR_PROPERTIES,
	FREEPTR = NR_PROPERTIES,
	KEPT,
	FILL,
	CACHES,
	NR_TARGETS
};

static const struct {
	const char *name;
	uint32_t min, max;
} properties[NR_TARGETS] = {
	[SIZE] = {"size", 0, LAYOUT_MAX_OBJECT}, /* 0: no such descriptor any more */
	[ALIGN] = {"align", 1, LAYOUT_MAX_OBJECT},
	[STRIDE] = {"stride", LAYOUT_MIN_OBJECT, 2 * LAYOUT_MAX_OBJECT},
	[FRACTION] = {"fraction", 0, 100},
	[RCU] = {"rcu", 0, 1},
	/* not of one object: the whole name */
	[FREEPTR] = {"rcu.freeptr", 0, 64},
	[KEPT] = {"freed.kept", 0, 255},
	[FILL] = {"census.fill", 1, 100},
	[CACHES] = {"caches", 1, 2},
};

struct target {
	enum property property;
	int object; /* of CACHES: the one for small memory */
	int large;  /* of CACHES */
};

static int find_object(const struct layout *layout, const char *name, size_t len)
{
	for (size_t i = 0; i < layout->nr_objects; i++)
		if (strlen(layout->objects[i].name) == len &&
		    !memcmp(layout->objects[i].name, name, len))
			return (int)i;
	return -1;
}

/* X.caches: objects X and X.large are for the same kinds of memory, of orders side by side. */
static int find_large(const struct layout *layout, int small)
{
	const struct layout_object *object = &layout->objects[small], *other;
	char name[sizeof(object->name) + sizeof(".large")];
	int large;

	snprintf(name, sizeof(name), "%s.large", object->name);
	large = find_object(layout, name, strlen(name));
	if (large < 0)
		return -1;
	other = &layout->objects[large];
	return other->kinds == object->kinds && other->min_order == object->max_order + 1 ? large
											  : -1;
}

static bool has_rcu(const struct layout *layout)
{
	for (size_t i = 0; i < layout->nr_objects; i++)
		if (layout->objects[i].rcu)
			return true;
	return false;
}

static bool find_target(const struct layout *layout, const char *name, struct target *ret)
{
	const char *dot = strrchr(name, '.');
	int object = find_object(layout, name, strlen(name)), property;

	*ret = (struct target){.property = SIZE, .object = object};
	if (object >= 0)
		return true;
	if (!dot)
		return false;
	for (property = FREEPTR; property <= FILL; property++) {
		if (strcmp(name, properties[property].name) != 0)
			continue;
		*ret = (struct target){.property = (enum property)property};
		return property == FREEPTR ? has_rcu(layout) : layout->nr_objects > 0;
	}
	ret->object = find_object(layout, name, (size_t)(dot - name));
	if (ret->object < 0)
		return false;
	if (!strcmp(dot + 1, "caches")) {
		ret->property = CACHES;
		ret->large = find_large(layout, ret->object);
		return ret->large >= 0;
	}
	property = 0;
	while (property < NR_PROPERTIES && strcmp(properties[property].name, dot + 1))
		property++;
	ret->property = (enum property)property;
	return property < NR_PROPERTIES;
}

static uint32_t get(const struct layout *layout, const struct target *target)
{
	const struct layout_object *object = &layout->objects[target->object];

	switch (target->property) {
	case SIZE:
		return object->size;
	case ALIGN:
		return object->align;
	case STRIDE:
		return object->stride;
	case FRACTION:
		return object->fraction_percent;
	case RCU:
		return object->rcu;
	case FREEPTR:
		return layout->rcu_freeptr;
	case KEPT:
		return layout->freed_kept;
	case FILL:
		return layout->census_fill;
	default:
		return 2;
	}
}

int layout_param_find(const struct layout *layout, const char *name, uint32_t *ret_value,
		      uint32_t *ret_min, uint32_t *ret_max)
{
	struct target target;

	if (!find_target(layout, name, &target))
		return -ENOENT;
	*ret_value = get(layout, &target);
	*ret_min = properties[target.property].min;
	*ret_max = properties[target.property].max;
	return 0;
}

/* What slub.c does with such a cache: the free pointer of an rcu object does not lie over its fields. */
static void set_stride(const struct layout *layout, struct layout_object *object)
{
	unsigned int size = object->size + (object->rcu ? layout->rcu_freeptr : 0u);

	object->stride = (uint16_t)((size + object->align - 1u) & ~(object->align - 1u));
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
	struct layout_object *object = &layout->objects[i];
	enum layout_class cls = object->cls;
	int r;

	if (size && size < LAYOUT_MIN_OBJECT)
		return error_set(err, -EINVAL, "%s=%u: a descriptor has 0 or at least %d bytes",
				 object->name, size, LAYOUT_MIN_OBJECT);
	r = size ? check_cut(layout, object, size, err) : 0;
	if (r)
		return r;
	object->size = (uint16_t)size;
	if (size)
		set_stride(layout, object);
	else
		remove_object(layout, i);
	drop_fields(layout, cls);
	return 0;
}

static int set_align(const struct layout *layout, struct layout_object *object, uint32_t align,
		     struct error *err)
{
	if (align & (align - 1))
		return error_set(err, -EINVAL, "%s.align=%u is not a power of two", object->name,
				 align);
	object->align = (uint16_t)align;
	set_stride(layout, object);
	return 0;
}

static int set_stride_to(struct layout_object *object, uint32_t stride, struct error *err)
{
	if (stride < object->size)
		return error_set(err, -EINVAL, "%s.stride=%u is less than its size of %u",
				 object->name, stride, object->size);
	object->stride = (uint16_t)stride;
	return 0;
}

/* One cache for both: the small ones take as much as the large ones. */
static void merge_caches(struct layout *layout, const struct target *target)
{
	layout->objects[target->large].min_order = layout->objects[target->object].min_order;
	remove_object(layout, target->object);
}

static int set(struct layout *layout, const struct target *target, uint32_t value,
	       struct error *err)
{
	struct layout_object *object = &layout->objects[target->object];

	switch (target->property) {
	case SIZE:
		return set_size(layout, target->object, value, err);
	case ALIGN:
		return set_align(layout, object, value, err);
	case STRIDE:
		return set_stride_to(object, value, err);
	case FRACTION:
		object->fraction_percent = (uint8_t)value;
		return 0;
	case RCU:
		object->rcu = value;
		set_stride(layout, object);
		return 0;
	case FREEPTR:
		layout->rcu_freeptr = (uint8_t)value;
		for (size_t i = 0; i < layout->nr_objects; i++)
			if (layout->objects[i].rcu)
				set_stride(layout, &layout->objects[i]);
		return 0;
	case KEPT:
		layout->freed_kept = (uint8_t)value;
		return 0;
	case FILL:
		layout->census_fill = (uint8_t)value;
		return 0;
	default:
		if (value == 1)
			merge_caches(layout, target);
		return 0;
	}
}

static int unknown(const struct layout *layout, const char *name, struct error *err)
{
	char known[300] = "";
	size_t used = 0;

	if (!layout->nr_objects)
		return error_set(err, -ENOENT,
				 "%s has no parameter '%s': it allocates no descriptors",
				 layout->name, name);
	for (size_t i = 0; i < layout->nr_objects && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
					 layout->objects[i].name);
	for (size_t i = 0; i < layout->nr_objects && used < sizeof(known); i++)
		if (find_large(layout, (int)i) >= 0)
			used += (size_t)snprintf(known + used, sizeof(known) - used, ", %s.caches",
						 layout->objects[i].name);
	return error_set(err, -ENOENT,
			 "%s has no parameter '%s'; there are %s; a descriptor also has .align "
			 ".stride .fraction .rcu; and there are freed.kept, census.fill%s",
			 layout->name, name, known, has_rcu(layout) ? ", rcu.freeptr" : "");
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
			return unknown(layout, name, err);
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
	struct target target;
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
	if (len > 5 && !strcmp(name + len - 5, ".size") && find_object(layout, name, len) < 0)
		name[len - 5] = '\0';
	if (strlen(name) >= sizeof(param->name) || !find_target(layout, name, &target))
		return unknown(layout, name, err);
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
