// SPDX-License-Identifier: GPL-2.0-only
/* What the reader takes: the built-ins, and the liberties of the format. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/layouts/expected.h"

static const char minimal[] =
	"memsim-layout: 1\n"
	"name: mine\n"
	"summary: a test\n"
	"status: sketch\n"
	"sources: [a, b]\n"
	"page: {size: 0x20, align: 8}\n"
	"overlaid: [buddy, slab]\n"
	"objects:\n"
	"  folio: {size: 72, align: 16, kinds: [file, anon], orders: 0}\n"
	"  folio.large: {size: 96, align: 16, kinds: [file], orders: 1-3, rcu: true,\n"
	"                fraction: 30%}\n"
	"fields:\n"
	"  page.memdesc: {at: 0, size: 8}\n"
	"  buddy.list: {at: 0, size: 16}\n"
	"  slab.cache: {at: 40, size: 8}\n"
	"  folio.mapcount: {at: 0, size: 4}\n"
	"  folio.private: {at: 0, size: 8, union: true}\n"
	"  folio.pfn: {at: 24, size: 8}\n"
	"  folio.index: {at: 16, size: 8}\n"
	"  folio.memcg: {at: 32, size: 8}\n"
	"  folio.deferred_list: {at: 72, size: 16}\n";

static struct layout *parse(const char *text)
{
	struct error err = {0};
	struct layout *layout = NULL;

	cr_assert_eq(layout_parse("mine.yaml", text, strlen(text), &layout, &err), 0, "%s",
		     err.msg);
	return layout;
}

Test(yaml, every_key_arrives)
{
	struct layout *layout = parse(minimal);
	const struct layout_object *folio = &layout->objects[0], *large = &layout->objects[1];

	cr_assert_str_eq(layout->name, "mine");
	cr_assert_str_eq(layout->summary, "a test");
	cr_assert_str_eq(layout->status, "sketch");
	cr_assert_str_eq(layout->origin, "mine.yaml");
	cr_assert_eq(layout->nr_sources, 2);
	cr_assert_str_eq(layout->sources[1], "b");
	cr_assert_eq(layout->page_size, 32);
	cr_assert_eq(layout->page_align, 8);
	cr_assert_eq(layout->overlaid,
		     1u << LAYOUT_CLASS_PAGE | 1u << LAYOUT_CLASS_BUDDY | 1u << LAYOUT_CLASS_SLAB);
	cr_assert_eq(layout->nr_objects, 2);
	cr_assert_str_eq(folio->name, "folio");
	cr_assert_eq(folio->cls, LAYOUT_CLASS_FOLIO);
	cr_assert_not(folio->rcu);
	cr_assert_eq(folio->max_order, 0);
	cr_assert_eq(folio->size, 72);
	cr_assert_eq(folio->stride, 80, "72 bytes take 80 at an alignment of 16");
	cr_assert_eq(folio->kinds, 1u << PAGE_KIND_FILE | 1u << PAGE_KIND_ANON);
	cr_assert_eq(folio->fraction_percent, 100);
	cr_assert_str_eq(large->name, "folio.large");
	cr_assert_eq(large->cls, LAYOUT_CLASS_FOLIO);
	cr_assert(large->rcu);
	cr_assert_eq(large->min_order, 1);
	cr_assert_eq(large->max_order, 3);
	cr_assert_eq(large->fraction_percent, 30);
	cr_assert_eq(layout->places[FIELD_SLAB_CACHE].at, 40, "the second entry of a slab");
	cr_assert_eq(layout->places[FIELD_FOLIO_PRIVATE].size, 8);
	cr_assert_eq(layout->places[FIELD_FOLIO_INDEX].at, 16, "neighbours in any order");
	cr_assert_eq(layout->places[FIELD_FOLIO_FLAGS].size, 0);
	layout_destroy(layout);
}

Test(yaml, object_for_looks_at_kind_and_order)
{
	struct layout *layout = parse(minimal);

	cr_assert_eq(layout_object_for(layout, PAGE_KIND_FILE, 0), 0);
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_ANON, 0), 0);
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_FILE, 1), 1);
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_FILE, 3), 1);
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_FILE, 4), -1);
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_ANON, 1), -1);
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_SLAB, 0), -1);
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_MAX, 0), -1);
	layout_destroy(layout);
}

Test(yaml, builtins_are_named_as_their_files_and_cite_sources)
{
	cr_assert_geq(layout_nr_builtins, 4);
	for (size_t i = 0; i < layout_nr_builtins; i++) {
		struct layout *layout = load(layout_builtins[i].name);

		cr_assert_str_eq(layout->name, layout_builtins[i].name);
		cr_assert_geq(layout->nr_sources, 2, "%s", layout->name);
		layout_destroy(layout);
	}
}

Test(yaml, builtins_are_listed_released_first)
{
	bool proposed = false;

	for (size_t i = 0; i < layout_nr_builtins; i++) {
		struct layout *layout = load(layout_builtins[i].name);
		bool released = !strcmp(layout->status, "released");

		cr_assert_not(released && proposed, "%s", layout->name);
		proposed |= !released;
		layout_destroy(layout);
	}
	cr_assert_str_eq(layout_builtins[0].name, "v3.11-slab");
	cr_assert_str_eq(layout_builtins[7].name, "v6.12", "v6.1 is the older one");
}

Test(yaml, text_is_the_builtin_byte_for_byte)
{
	for (size_t i = 0; i < layout_nr_builtins; i++) {
		char *text = NULL;
		size_t len = 0;

		cr_assert_eq(layout_text(layout_builtins[i].name, &text, &len, NULL), 0);
		cr_assert_eq(len, layout_builtins[i].len);
		cr_assert_arr_eq(text, layout_builtins[i].text, len);
		free(text);
	}
}

Test(yaml, a_file_loads_by_its_path)
{
	char path[] = "/tmp/memsim-layout-XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	struct error err = {0};
	struct layout *layout = NULL;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, minimal, strlen(minimal)), (ssize_t)strlen(minimal));
	close(fd);
	cr_assert_eq(layout_load(path, &layout, &err), 0, "%s", err.msg);
	cr_assert_str_eq(layout->origin, path);
	layout_destroy(layout);
	unlink(path);
}

/* A layout cut off in the middle of a map or before its fields must not pass for a smaller one. */
Test(yaml, no_prefix_of_a_builtin_passes_unless_it_ends_between_fields)
{
	static const char *const names[] = {"v6.12", "page32"};

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		char *text = NULL;
		size_t len = 0, fields = 0;
		unsigned int passed = 0;

		cr_assert_eq(layout_text(names[n], &text, &len, NULL), 0);
		fields = (size_t)((char *)memmem(text, len, "\nfields:", 8) - text);
		for (size_t cut = 0; cut <= len; cut++) {
			struct layout *layout = NULL;
			struct error err = {0};
			int r = layout_parse("cut.yaml", text, cut, &layout, &err);
			const char *open = memrchr(text, '{', cut),
				   *close = memrchr(text, '}', cut);
			const char *line = memrchr(text, '\n', cut);
			bool inside = open && (!close || close < open) && line && open > line;

			if (r) {
				cr_assert_null(layout);
				cr_assert_eq(r, -EINVAL);
				cr_assert_eq(strncmp(err.msg, "cut.yaml:", 9), 0, "%s", err.msg);
				continue;
			}
			passed++;
			layout_destroy(layout);
			cr_assert_gt(cut, fields + 8, "%s: %zu bytes pass", names[n], cut);
			cr_assert_not(inside, "%s: %zu bytes pass", names[n], cut);
		}
		cr_assert_gt(passed, 0);
		free(text);
	}
}

Test(yaml, no_byte_can_be_overwritten_by_garbage)
{
	char *text = NULL;
	size_t len = 0;

	cr_assert_eq(layout_text("memdesc8", &text, &len, NULL), 0);
	for (size_t i = 0; i < len; i++) {
		struct layout *layout = NULL;
		char was = text[i];

		text[i] = (char)0xff;
		cr_assert_eq(layout_parse("garbage.yaml", text, len, &layout, NULL), -EINVAL,
			     "0xff at %zu passes", i);
		text[i] = was;
	}
	free(text);
}
