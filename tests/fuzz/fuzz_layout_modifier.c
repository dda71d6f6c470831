// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a modifier of three kinds of layouts: layout_modify() either refuses them with one sentence
 * and leaves the layout as it was, or the layout keeps what the simulator relies on.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "layouts/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct layout *layout)
{
	must(layout->page_size <= 256 && layout->page_size % layout->page_align == 0);
	must(layout->base_page >= 4096 && !(layout->base_page & (layout->base_page - 1)));
	must(layout->nr_sides <= LAYOUT_MAX_SIDES && layout->nr_dedups <= LAYOUT_MAX_DEDUPS);
	must(!layout->nr_dedups || !(layout->page_size & (layout->page_size - 1)));
	for (int field = 0; field < FIELD_MAX; field++) {
		const struct layout_place *place = &layout->places[field];
		unsigned int last = place->at + place->size - 1u;

		if (place->size && layout->overlaid & 1u << field_class(field))
			must(last / layout->page_size == place->at / layout->page_size &&
			     last < 4u * layout->page_size);
	}
}

static void modify(const char *name, const uint8_t *data, size_t size)
{
	struct layout *layout = NULL;
	struct error err = {0};
	int r;

	must(!layout_load(name, &layout, &err));
	r = layout_modify(layout, "fuzz.yaml", data, size, &err);
	if (r)
		must(r < 0 && err.code == r && !strchr(err.msg, '\n') &&
		     !strcmp(layout->name, name));
	else
		must(strlen(layout->name) > strlen(name) + 1);
	check(layout);
	layout_destroy(layout);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	modify("v6.12", data, size);
	modify("page56", data, size);
	modify("memdesc8", data, size);
	return 0;
}
