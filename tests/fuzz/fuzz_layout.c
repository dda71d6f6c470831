// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes: layout_parse() either refuses them with one sentence or returns a layout that keeps
 * what the simulator relies on.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layouts/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_object(const struct layout *layout, size_t i)
{
	const struct layout_object *object = &layout->objects[i];

	must(memchr(object->name, '\0', sizeof(object->name)) && object->cls < LAYOUT_CLASS_MAX);
	must(!(layout->overlaid & 1u << object->cls));
	must(object->size >= 8 && object->stride >= object->size);
	must(object->align && !(object->align & (object->align - 1)));
	must(object->stride % object->align == 0 && object->stride < object->size + object->align);
	must(object->min_order <= object->max_order && object->max_order <= LAYOUT_MAX_ORDER);
	must(object->kinds && object->kinds < 1u << PAGE_KIND_MAX &&
	     object->fraction_percent <= 100);
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		if (object->kinds & 1u << kind)
			must(layout_object_for(layout, kind, object->max_order) ==
			     (object->fraction_percent ? (int)i : -1));
}

static void check_place(const struct layout *layout, enum field field)
{
	const struct layout_place *place = &layout->places[field];
	enum layout_class cls = field_class(field);
	unsigned int last = place->at + place->size - 1u, room = 0;

	if (!place->size)
		return;
	if (layout->overlaid & 1u << cls) {
		must(last / layout->page_size == place->at / layout->page_size);
		room = cls == LAYOUT_CLASS_PAGE ? layout->page_size : 4u * layout->page_size;
	}
	for (size_t i = 0; i < layout->nr_objects; i++)
		if (layout->objects[i].cls == cls && layout->objects[i].size > room)
			room = layout->objects[i].size;
	must(last < room);
}

static void check_params(const struct layout *layout)
{
	for (size_t i = 0; i < layout->nr_params; i++) {
		const struct layout_param *param = &layout->params[i];

		must(memchr(param->name, '\0', sizeof(param->name)) && param->question &&
		     !param->set);
		must(param->min <= param->value && param->value <= param->max);
		must(param->value == param->standard);
	}
}

/* Whatever is set, what the simulator relies on holds. */
static void set_params(struct layout *layout)
{
	static const char *const values[] = {"0", "1", "16", "96", "100", "128"};
	char assignment[64];

	for (size_t i = 0; i < layout->nr_params && i < 8; i++) {
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			if (i >= layout->nr_params)
				break;
			snprintf(assignment, sizeof(assignment), "%s=%s", layout->params[i].name,
				 values[v]);
			must(layout_set(layout, assignment, NULL) <= 0);
		}
	}
}

static void check_layout(const struct layout *layout)
{
	must(layout->page_align && layout->page_size % layout->page_align == 0);
	must(layout->base_page >= 4096 && !(layout->base_page & (layout->base_page - 1)));
	must(layout->nr_objects <= LAYOUT_MAX_OBJECTS && layout->nr_sides <= LAYOUT_MAX_SIDES);
	must(layout_side_bytes(layout, false) <= 8 * (4096 + 16 * (uint64_t)layout->base_page));
	must(!layout->nr_objects || layout->places[FIELD_PAGE_MEMDESC].size);
	for (int field = 0; field < FIELD_MAX; field++)
		check_place(layout, field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct layout *layout = NULL;
	struct error err = {0};
	int r = layout_parse("fuzz.yaml", data, size, &layout, &err);

	if (r) {
		must(r < 0 && !layout && err.code == r && !strncmp(err.msg, "fuzz.yaml:", 10));
		must(!strchr(err.msg, '\n') && !strchr(err.msg, '\033'));
		return 0;
	}
	must(layout && layout->name[0] && layout->summary[0] && layout->nr_sources);
	check_layout(layout);
	check_params(layout);
	for (size_t i = 0; i < layout->nr_objects; i++)
		check_object(layout, i);
	set_params(layout);
	check_layout(layout);
	layout_destroy(layout);
	return 0;
}
