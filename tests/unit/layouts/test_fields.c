// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <string.h>

#include "layouts/layout.h"

Test(fields, names_lead_back_to_their_fields)
{
	for (int i = 0; i < FIELD_MAX; i++)
		cr_assert_eq(field_find(field_name(i)), i, "%s", field_name(i));
	for (int i = 0; i < LAYOUT_CLASS_MAX; i++)
		cr_assert_eq(layout_class_find(layout_class_name(i)), i, "%s",
			     layout_class_name(i));
}

Test(fields, name_starts_with_the_class)
{
	for (int i = 0; i < FIELD_MAX; i++) {
		const char *cls = layout_class_name(field_class(i));

		cr_assert_eq(strncmp(field_name(i), cls, strlen(cls)), 0, "%s", field_name(i));
		cr_assert_eq(field_name(i)[strlen(cls)], '.');
		cr_assert_neq(field_doc(i)[0], '\0', "%s has no doc", field_name(i));
	}
}

Test(fields, unknown_names_and_numbers_are_harmless)
{
	cr_assert_eq(field_find("folio"), -1);
	cr_assert_eq(field_find("flags"), -1);
	cr_assert_eq(field_find(""), -1);
	cr_assert_eq(layout_class_find("folio.flags"), -1);
	cr_assert_str_eq(field_name(FIELD_MAX), "invalid");
	cr_assert_str_eq(field_doc(FIELD_MAX), "");
	cr_assert_eq(field_class(FIELD_MAX), LAYOUT_CLASS_MAX);
	cr_assert_str_eq(layout_class_name(LAYOUT_CLASS_MAX), "invalid");
}
