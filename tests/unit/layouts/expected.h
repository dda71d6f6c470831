/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of places typed from the kernel's structs, held against what a built-in says. */
#ifndef TESTS_UNIT_LAYOUTS_EXPECTED_H
#define TESTS_UNIT_LAYOUTS_EXPECTED_H

#include <criterion/criterion.h>

#include "layouts/layout.h"

struct expected_place {
	const char *field;
	unsigned int at, size;
};

/* Every field in the table is there, and every field that is not in the table is absent. */
static inline void expect_places(const struct layout *layout, const struct expected_place *table,
				 size_t nr)
{
	size_t present = 0;

	for (size_t i = 0; i < nr; i++) {
		int field = field_find(table[i].field);

		cr_assert_geq(field, 0, "%s", table[i].field);
		cr_expect_eq(layout->places[field].at, table[i].at, "%s %s is at %u, not %u",
			     layout->name, table[i].field, layout->places[field].at, table[i].at);
		cr_expect_eq(layout->places[field].size, table[i].size,
			     "%s %s has %u bytes, not %u", layout->name, table[i].field,
			     layout->places[field].size, table[i].size);
	}
	for (int field = 0; field < FIELD_MAX; field++)
		present += layout->places[field].size != 0;
	cr_expect_eq(present, nr, "%s has %zu fields, not %zu", layout->name, present, nr);
}

static inline struct layout *load(const char *name)
{
	struct error err = {0};
	struct layout *layout = NULL;

	cr_assert_eq(layout_load(name, &layout, &err), 0, "%s", err.msg);
	return layout;
}

#endif
