// SPDX-License-Identifier: GPL-2.0-only
/* NAME+MODIFIER: what a kernel can be configured to, on top of any layout. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/layouts/expected.h"

enum { KIB = 1 << 10, MIB = 1 << 20, GIB = 1 << 30 };

Test(modifiers, each_is_named_as_its_file_and_fits_a_kernel)
{
	cr_assert_geq(layout_nr_modifiers, 11);
	for (size_t i = 0; i < layout_nr_modifiers; i++) {
		const struct layout_builtin *modifier = &layout_modifiers[i];
		struct layout *parts = NULL, *layout = NULL;
		struct error err = {0};
		char name[64];

		cr_assert_eq(layout_modifier_parse(modifier->name, modifier->text, modifier->len,
						   &parts, &err),
			     0, "%s", err.msg);
		cr_assert_str_eq(parts->name, modifier->name);
		cr_assert_geq(parts->nr_sources, 1);
		layout_destroy(parts);
		snprintf(name, sizeof(name), "v6.12+%s", modifier->name);
		cr_assert_eq(layout_load(name, &layout, &err), 0, "%s", err.msg);
		cr_assert_str_eq(layout->name, name);
		layout_destroy(layout);
	}
}

struct huge {
	const char *name;
	enum layout_huge memory;
	uint64_t bytes, memmap;
};

/* Linux: 8 pages of memmap become 1 or 2 for 2 MiB, 4096 become 1 or 2 for 1 GiB. */
Test(modifiers, huge_pages_give_memmap_back)
{
	static const struct huge table[] = {
		{"v6.12", LAYOUT_HUGE_HUGETLB, 2 * MIB, 32 * KIB},
		{"v6.12", LAYOUT_HUGE_HUGETLB, GIB, 16 * MIB},
		{"v6.12+hvo-2M", LAYOUT_HUGE_HUGETLB, 2 * MIB, 4 * KIB},
		{"v6.12+hvo-2M", LAYOUT_HUGE_HUGETLB, GIB, 16 * MIB},
		{"v6.12+hvo-2M", LAYOUT_HUGE_DEVICE, 2 * MIB, 32 * KIB},
		{"v6.12+hvo-1G", LAYOUT_HUGE_HUGETLB, GIB, 4 * KIB},
		{"v6.12+hvo-2M+hvo-1G", LAYOUT_HUGE_HUGETLB, 2 * MIB, 4 * KIB},
		{"v6.12+hvo-2M+hvo-1G", LAYOUT_HUGE_HUGETLB, GIB, 4 * KIB},
		{"v7.3+dax-2M", LAYOUT_HUGE_DEVICE, 2 * MIB, 8 * KIB},
		{"v7.3+dax-2M", LAYOUT_HUGE_HUGETLB, 2 * MIB, 32 * KIB},
		{"v7.3+dax-1G", LAYOUT_HUGE_DEVICE, GIB, 8 * KIB},
		{"memdesc8", LAYOUT_HUGE_HUGETLB, 2 * MIB, 4 * KIB},
		{"memdesc8", LAYOUT_HUGE_HUGETLB, GIB, 2 * MIB},
		/* one page is all there is */
		{"memdesc8+hvo-2M", LAYOUT_HUGE_HUGETLB, 2 * MIB, 4 * KIB},
		{"memdesc8+hvo-1G", LAYOUT_HUGE_HUGETLB, GIB, 4 * KIB},
		/* 8 KiB of memmap for 2 MiB are less than one page of 16 KiB */
		{"v6.12+16k+hvo-2M", LAYOUT_HUGE_HUGETLB, 2 * MIB, 8 * KIB},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct layout *layout = load(table[i].name);

		cr_expect_eq(layout_huge_memmap(layout, table[i].memory, table[i].bytes),
			     table[i].memmap, "%s", table[i].name);
		layout_destroy(layout);
	}
}

Test(modifiers, arrays_beside_the_memmap_add_up)
{
	static const struct {
		const char *name;
		uint64_t bytes, debug;
	} table[] = {
		{"v6.12", 0, 0},
		{"v6.12+page_ext-owner", 72, 0},
		{"v6.12+page_ext-tags", 8, 0},
		{"v6.12+page_ext-table_check", 8, 0},
		{"v6.12+page_ext-owner+page_ext-tags+page_ext-table_check", 88, 0},
		{"v6.12+kmsan", 0, 8192},
		{"v6.12+64k+kmsan", 0, 131072},
		{"v3.11-slub", 16, 0},
		{"page56+page_cgroup", 16, 0},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct layout *layout = load(table[i].name);

		cr_expect_eq(layout_side_bytes(layout, false), table[i].bytes, "%s", table[i].name);
		cr_expect_eq(layout_side_bytes(layout, true), table[i].debug, "%s", table[i].name);
		layout_destroy(layout);
	}
}

/* KMSAN's two pointers are at the end of each entry, so whatever lies in tail pages moves with them. */
Test(modifiers, fields_of_tail_pages_move_when_entries_grow)
{
	struct layout *plain = load("v6.12"), *kmsan = load("v6.12+kmsan");

	cr_assert_eq(kmsan->page_size, 80);
	for (int field = 0; field < FIELD_MAX; field++) {
		unsigned int at = plain->places[field].at;

		cr_assert_eq(kmsan->places[field].size, plain->places[field].size);
		cr_assert_eq(kmsan->places[field].at, at / 64 * 80 + at % 64, "%s",
			     field_name(field));
	}
	cr_assert_eq(kmsan->places[FIELD_FOLIO_HUGETLB].at, 3 * 80 + 16);
	layout_destroy(plain);
	layout_destroy(kmsan);
}

Test(modifiers, descriptors_do_not_grow_with_the_memmap)
{
	struct layout *plain = load("page32"), *kmsan = load("page32+kmsan");

	cr_assert_eq(kmsan->page_size, 48);
	cr_assert_eq(kmsan->places[FIELD_FOLIO_PFN].at, plain->places[FIELD_FOLIO_PFN].at);
	layout_destroy(plain);
	layout_destroy(kmsan);
}

static void refuse(const char *name, int code, const char *words)
{
	struct layout *layout = NULL;
	struct error err = {0};

	cr_expect_eq(layout_load(name, &layout, &err), code, "%s: %s", name, err.msg);
	cr_expect_not_null(strstr(err.msg, words), "%s: %s", name, err.msg);
	cr_expect_null(layout);
	cr_expect_eq(layout_load(name, &layout, NULL), code);
}

Test(modifiers, what_cannot_be_is_refused)
{
	refuse("v6.12+kmsan+hvo-2M", -EINVAL, "power of two of bytes, and here it has 80");
	refuse("v6.12+hvo-2M+kmsan", -EINVAL, "power of two of bytes, and here it has 80");
	refuse("v3.11-slab+hvo-2M", -EINVAL, "here it has 56");
	refuse("v6.12+hvo-2M+hvo-2M", -EINVAL, "hvo-2M says the same");
	refuse("v6.12+16k+64k", -EINVAL, "base pages have 16384 bytes already");
	refuse("v3.11-slub+page_cgroup", -EINVAL, "has a page_cgroup already");
	refuse("v6.12+page_ext-owner+page_ext-owner", -EINVAL, "already");
	refuse("v6.12+hvo-3M", -ENOENT, "unknown modifier 'hvo-3M'");
	refuse("v6.12+v6.18", -ENOENT, "unknown modifier 'v6.18'");
	refuse("v6.12+", -EINVAL, "a modifier has no name");
	refuse("+hvo-2M", -ENOENT, "unknown layout ''");
	refuse("hvo-2M", -EINVAL, "hvo-2M is a modifier");
	refuse("hvo-2M+v6.12", -EINVAL, "hvo-2M is a modifier");
	refuse("v9+hvo-2M", -ENOENT, "unknown layout 'v9'");
	refuse("/nonexistent.yaml+hvo-2M", -ENOENT, "/nonexistent.yaml: cannot open");
	refuse("v6.12+16k+kmsan+hvo-1G+page_ext-tags+a+b+c+d+e", -EINVAL, "80");
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	cr_assert_geq(fputs(text, f), 0);
	fclose(f);
}

Test(modifiers, files_of_the_user_compose_too)
{
	char dir[] = "/tmp/memsim-mod+XXXXXX", layout_path[64], both[160], modifier_path[64];
	struct layout *layout = NULL;
	struct error err = {0};

	cr_assert_not_null(mkdtemp(dir));
	snprintf(layout_path, sizeof(layout_path), "%s/mine.yaml", dir);
	/* a name with a plus in it can only be the base */
	snprintf(modifier_path, sizeof(modifier_path), "/tmp/memsim-mod-%d.yaml", (int)getpid());
	write_file(layout_path, "memsim-layout: 1\nname: mine\nsummary: s\nstatus: sketch\n"
				"sources: [a]\npage: {size: 16, align: 8}\n"
				"fields:\n  page.flags: {at: 0, size: 8}\n");
	write_file(modifier_path,
		   "memsim-modifier: 1\nname: wide-Page\nsummary: s\nstatus: sketch\n"
		   "sources: [b]\npage: {grow: 8}\nside: {x: {size: 4}}\n");
	snprintf(both, sizeof(both), "%s+page_ext-tags+%s", layout_path, modifier_path);
	cr_assert_eq(layout_load(both, &layout, &err), 0, "%s", err.msg);
	cr_assert_str_eq(layout->name, "mine+page_ext-tags+wide-Page");
	cr_assert_eq(layout->page_size, 24);
	cr_assert_eq(layout_side_bytes(layout, false), 12);
	cr_assert_str_eq(layout->origin, layout_path);
	/* where all of it comes from: the base, page_ext-tags, and what the user added */
	cr_assert_geq(layout->nr_sources, 3);
	cr_assert_str_eq(layout->sources[0], "a");
	cr_assert_str_eq(layout->sources[layout->nr_sources - 1], "b");
	layout_destroy(layout);
	unlink(layout_path);
	unlink(modifier_path);
	rmdir(dir);
}

static void refuse_text(const char *body, const char *words)
{
	char text[512];
	struct layout *layout = load("v6.12");
	struct error err = {0};
	int len = snprintf(
		text, sizeof(text),
		"memsim-modifier: 1\nname: m\nsummary: s\nstatus: sketch\nsources: [a]\n%s", body);

	cr_expect_eq(layout_modify(layout, "m.yaml", text, (size_t)len, &err), -EINVAL, "%s", body);
	cr_expect_not_null(strstr(err.msg, words), "%s", err.msg);
	cr_expect_str_eq(layout->name, "v6.12");
	layout_destroy(layout);
}

Test(modifiers, files_are_read_strictly)
{
	refuse_text("", "m.yaml:1:1: m changes nothing");
	refuse_text("fields: {}\n", "m.yaml:6:1: unknown key 'fields'");
	refuse_text("page: {grow: 0}\n", "not between 1 and 64");
	refuse_text("page: {grow: 8}\n", "struct page would have 72 bytes");
	refuse_text("base-page: 5000\n", "base-page 5000 is not a power of two");
	refuse_text("base-page: 2048\n", "not between 4096");
	refuse_text("side: {}\n", "side has 0 entries");
	refuse_text("side: {x: {debug: true}}\n", "neither 'size' nor 'pages'");
	refuse_text("side: {X: {size: 1}}\n", "side 'X'");
	refuse_text("dedup: {memory: hugetlb, block: 2097152}\n", "has no 'kept'");
	refuse_text("dedup: {memory: anon, block: 2097152, kept: 1}\n",
		    "neither hugetlb nor device");
	refuse_text("dedup: {memory: hugetlb, block: 3000000, kept: 1}\n", "not a power of two");
	refuse_text("dedup: {memory: hugetlb, block: 2097152, kept: 0}\n", "not between 1");
}
