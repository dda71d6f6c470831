// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameters: NAME.PROPERTY of any object, and some that concern many. The file may name some of them as
 * open questions, with the range that the sources leave.
 */
#include "layouts/layout_param.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "layouts/layout_yaml.h"

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
	[SHEAF] = {"slub.sheaf", 0, 128},
	[FILL] = {"census.fill", 1, 100},
	[SLAB_OBJECT] = {"slab.object", LAYOUT_MIN_SLAB_OBJECT, LAYOUT_MAX_SLAB_OBJECT},
	[CACHES] = {"caches", 1, 2},
};

/* Where those are that are numbers of the whole layout: uint16_t. */
static const size_t number_at[NR_TARGETS] = {
	[FREEPTR] = offsetof(struct layout, rcu_freeptr),
	[KEPT] = offsetof(struct layout, freed_kept),
	[SHEAF] = offsetof(struct layout, slub_sheaf),
	[FILL] = offsetof(struct layout, census_fill),
	[SLAB_OBJECT] = offsetof(struct layout, slab_management.object),
};

int layout_param_object(const struct layout *layout, const char *name, size_t len)
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
	large = layout_param_object(layout, name, strlen(name));
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

/* Whether a parameter that is not of one object means anything here. */
static bool applies(const struct layout *layout, enum layout_property property)
{
	switch (property) {
	case FREEPTR:
		return has_rcu(layout);
	case SLAB_OBJECT:
		return layout->slab_management.per_object;
	default:
		return layout->nr_objects;
	}
}

bool layout_param_target(const struct layout *layout, const char *name, struct layout_target *ret)
{
	const char *dot = strrchr(name, '.');
	int object = layout_param_object(layout, name, strlen(name)), property;

	*ret = (struct layout_target){.property = SIZE, .object = object};
	if (object >= 0)
		return true;
	if (!dot)
		return false;
	for (property = FREEPTR; property <= SLAB_OBJECT; property++) {
		if (strcmp(name, properties[property].name) != 0)
			continue;
		*ret = (struct layout_target){.property = (enum layout_property)property};
		return applies(layout, (enum layout_property)property);
	}
	ret->object = layout_param_object(layout, name, (size_t)(dot - name));
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
	ret->property = (enum layout_property)property;
	return property < NR_PROPERTIES;
}

static uint32_t get(const struct layout *layout, const struct layout_target *target)
{
	const struct layout_object *object = &layout->objects[target->object];
	uint16_t number;

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
	case CACHES:
		return 2;
	default:
		memcpy(&number, (const char *)layout + number_at[target->property], sizeof(number));
		return number;
	}
}

int layout_param_find(const struct layout *layout, const char *name, uint32_t *ret_value,
		      uint32_t *ret_min, uint32_t *ret_max)
{
	struct layout_target target;

	if (!layout_param_target(layout, name, &target))
		return -ENOENT;
	*ret_value = get(layout, &target);
	*ret_min = properties[target.property].min;
	*ret_max = properties[target.property].max;
	return 0;
}

void layout_param_set_number(struct layout *layout, enum layout_property property, uint16_t number)
{
	memcpy((char *)layout + number_at[property], &number, sizeof(number));
}

int layout_param_unknown(const struct layout *layout, const char *name, struct error *err)
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
	return error_set(
		err, -ENOENT,
		"%s has no parameter '%s'; there are %s; a descriptor also has .align "
		".stride .fraction .rcu; and there are freed.kept, slub.sheaf, census.fill%s",
		layout->name, name, known, has_rcu(layout) ? ", rcu.freeptr" : "");
}
