// SPDX-License-Identifier: GPL-2.0-only
/* memsim-layout(5) is normative: it lists every name, and its example is a layout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "layouts/layout.h"

static char *read_page(void)
{
	_cleanup_fclose_ FILE *f = fopen(MEMSIM_LAYOUT_MANPAGE, "r");
	char *text = NULL;
	size_t cap = 0;

	cr_assert_not_null(f, "%s", MEMSIM_LAYOUT_MANPAGE);
	cr_assert_gt(getdelim(&text, &cap, '\0', f), 0);
	return text;
}

static void expect_row(const char *text, const char *name)
{
	_cleanup_free_ char *row = NULL;

	cr_assert_geq(asprintf(&row, "\n``%s`` ", name), 0);
	cr_expect_not_null(strstr(text, row), "memsim-layout(5) has no row for %s", name);
}

Test(manpage, lists_every_class_field_and_kind)
{
	_cleanup_free_ char *text = read_page();

	for (int cls = 0; cls < LAYOUT_CLASS_MAX; cls++)
		expect_row(text, layout_class_name(cls));
	for (int field = 0; field < FIELD_MAX; field++)
		expect_row(text, field_name(field));
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		if (kind != PAGE_KIND_HOLE && kind != PAGE_KIND_FREE && kind != PAGE_KIND_PCP)
			expect_row(text, page_kind_name(kind));
}

Test(manpage, example_is_a_layout)
{
	_cleanup_free_ char *text = read_page();
	char *start = strstr(text, "    memsim-layout: 2\n"), *end;
	struct layout *layout = NULL;
	struct error err = {0};

	cr_assert_not_null(start);
	end = strstr(start, "\n\nKEYS");
	cr_assert_not_null(end);
	cr_assert_eq(layout_parse("example", start, (size_t)(end - start), &layout, &err), 0, "%s",
		     err.msg);
	cr_assert_str_eq(layout->name, "mine");
	layout_destroy(layout);
}
