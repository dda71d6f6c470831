// SPDX-License-Identifier: GPL-2.0-only
/* Layouts held against the BTF of real kernels: tests/data/btf, and the kernel that runs this. */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "layouts/layout_btf.h"
#include "tests/unit/layouts/expected.h"

static struct layout_btf *read_btf(const char *name)
{
	_cleanup_free_ char *path = NULL;
	struct layout_btf *btf = NULL;
	struct error err = {0};

	cr_assert_geq(asprintf(&path, "%s/%s", MEMSIM_BTF, name), 0);
	cr_assert_eq(layout_btf_read(path, &btf, &err), 0, "%s", err.msg);
	return btf;
}

/* Fields that are not as the kernel has them, or that only one of the two has. */
static unsigned int count_different(const struct layout *layout, const struct layout_btf *btf)
{
	unsigned int nr = layout->page_size != btf->page_size;

	for (int field = 0; field < FIELD_MAX; field++) {
		enum layout_btf_verdict verdict = layout_btf_verdict(layout, btf, field);

		if (verdict == LAYOUT_BTF_SAME || verdict == LAYOUT_BTF_NEITHER)
			continue;
		cr_log_info("%s %s: %d", layout->name, field_name(field), verdict);
		nr++;
	}
	return nr;
}

static void expect_same(const char *layout_name, const char *btf_name, unsigned int least)
{
	_cleanup_free_ struct layout_btf *btf = read_btf(btf_name);
	struct layout *layout = load(layout_name);
	unsigned int found = 0;

	for (int field = 0; field < FIELD_MAX; field++)
		found += btf->fields[field].found;
	cr_expect_eq(count_different(layout, btf), 0, "%s and %s", layout_name, btf_name);
	/* otherwise two empty ones would be the same */
	cr_expect_geq(found, least, "%s: %u", btf_name, found);
	layout_destroy(layout);
}

Test(btf, layouts_are_as_in_the_kernels_they_name)
{
	expect_same("v6.1", "6.1.176.btf", 48);
	expect_same("v6.12", "6.12.117.btf", 51);
	expect_same("v6.18", "6.18.15.btf", 52);
	expect_same("v7.3", "7.3.4.btf", 52);
}

/* Between these two stable releases the words of hugetlb moved to a tail page of their own. */
Test(btf, check_finds_the_one_field_that_a_stable_kernel_moved)
{
	_cleanup_free_ struct layout_btf *btf = read_btf("6.12.95.btf");
	struct layout *layout = load("v6.12");

	cr_assert_eq(count_different(layout, btf), 1);
	cr_assert_eq(layout_btf_verdict(layout, btf, FIELD_FOLIO_HUGETLB), LAYOUT_BTF_DIFFERS);
	cr_assert_eq(btf->fields[FIELD_FOLIO_HUGETLB].place.at, 144);
	cr_assert_eq(btf->fields[FIELD_FOLIO_HUGETLB].place.size, 32);
	layout_destroy(layout);
}

Test(btf, every_field_of_another_size_or_place_is_found)
{
	_cleanup_free_ struct layout_btf *btf = read_btf("7.3.4.btf");
	struct layout *layout = load("v7.3");

	for (int field = 0; field < FIELD_MAX; field++) {
		struct layout_place was = layout->places[field];

		if (!was.size)
			continue;
		layout->places[field].at++;
		cr_assert_eq(layout_btf_verdict(layout, btf, field), LAYOUT_BTF_DIFFERS, "%s",
			     field_name(field));
		layout->places[field].at--;
		layout->places[field].size--;
		cr_assert_eq(layout_btf_verdict(layout, btf, field), LAYOUT_BTF_DIFFERS, "%s",
			     field_name(field));
		layout->places[field].size = 0;
		cr_assert_eq(layout_btf_verdict(layout, btf, field), LAYOUT_BTF_NOT_IN_LAYOUT, "%s",
			     field_name(field));
		layout->places[field] = was;
	}
	layout_destroy(layout);
}

Test(btf, names_are_found_by_existence_whatever_the_version)
{
	_cleanup_free_ struct layout_btf *v5_10 = read_btf("5.10.251.btf");
	_cleanup_free_ struct layout_btf *v6_1 = read_btf("6.1.176.btf");
	_cleanup_free_ struct layout_btf *v6_12 = read_btf("6.12.117.btf");
	_cleanup_free_ struct layout_btf *v7_3 = read_btf("7.3.4.btf");

	cr_expect_str_eq(v5_10->fields[FIELD_PAGE_COMPOUND_HEAD].first, "compound_head");
	cr_expect_str_eq(v7_3->fields[FIELD_PAGE_COMPOUND_HEAD].first, "compound_info");
	cr_expect_str_eq(v6_12->fields[FIELD_PAGE_INDEX].first, "index");
	cr_expect_str_eq(v7_3->fields[FIELD_PAGE_INDEX].first, "__folio_index");
	cr_expect_str_eq(v5_10->fields[FIELD_PAGE_MEMCG].first, "mem_cgroup");
	cr_expect_str_eq(v6_1->fields[FIELD_PAGE_MEMCG].first, "memcg_data");
	/* struct slab and ptdesc did not exist, and their words were in struct page */
	cr_expect_str_eq(v5_10->fields[FIELD_SLAB_CACHE].structure, "page");
	cr_expect_str_eq(v6_1->fields[FIELD_SLAB_CACHE].structure, "slab");
	cr_expect_str_eq(v6_1->fields[FIELD_PTDESC_PTL].structure, "page");
	cr_expect_str_eq(v6_12->fields[FIELD_PTDESC_PTL].structure, "ptdesc");
	cr_expect_str_eq(v7_3->fields[FIELD_ZPDESC_FIRST].structure, "zpdesc");
	/* in an unnamed member of a named type, since v7.x */
	cr_expect_eq(v7_3->fields[FIELD_SLAB_COUNTERS].place.at, 40);
	/* tail pages follow the head */
	cr_expect_eq(v5_10->fields[FIELD_FOLIO_ENTIRE_MAPCOUNT].place.at, 64 + 20);
	cr_expect_eq(v5_10->fields[FIELD_FOLIO_DEFERRED_LIST].place.at, 128 + 24);
	cr_expect_eq(v6_1->fields[FIELD_FOLIO_ORDER].place.at, 81);
	cr_expect_not(v5_10->fields[FIELD_FOLIO_MM_IDS].found);
	cr_expect_eq(v7_3->fields[FIELD_FOLIO_MM_IDS].place.size, 16);
}

/* What import writes is a layout, and the one that the kernel has. */
Test(btf, import_gives_a_layout_that_passes_its_own_check)
{
	static const char *const names[] = {"5.10.251.btf", "6.1.176.btf", "6.12.95.btf",
					    "6.12.117.btf", "6.18.15.btf", "7.3.4.btf"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_free_ struct layout_btf *btf = read_btf(names[i]);
		_cleanup_free_ char *text = NULL;
		struct layout *layout = NULL;
		struct error err = {0};

		cr_assert_eq(layout_btf_yaml(btf, "mine", names[i], &text, &err), 0, "%s", err.msg);
		cr_assert_eq(layout_parse("mine", text, strlen(text), &layout, &err), 0, "%s",
			     err.msg);
		cr_assert_eq(count_different(layout, btf), 0, "%s", names[i]);
		cr_assert_eq(layout->page_align, 16);
		cr_assert_not_null(strstr(layout->sources[0], names[i]));
		layout_destroy(layout);
	}
}

Test(btf, import_refuses_a_name_that_no_layout_may_have)
{
	_cleanup_free_ struct layout_btf *btf = read_btf("7.3.4.btf");
	struct error err = {0};
	char *text = NULL;

	cr_assert_eq(layout_btf_yaml(btf, "Mine!", "x", &text, &err), -EINVAL);
	cr_assert_null(text);
	cr_assert_not_null(strstr(err.msg, "Mine!"), "%s", err.msg);
}

Test(btf, v6_18_is_the_running_kernel_where_that_is_6_18)
{
	_cleanup_free_ struct layout_btf *btf = NULL;
	struct layout *layout;
	struct error err = {0};
	struct utsname uts;

	cr_assert_eq(uname(&uts), 0);
	if (strncmp(uts.release, "6.18.", 5) || strcmp(uts.machine, "x86_64") ||
	    access("/sys/kernel/btf/vmlinux", R_OK))
		cr_skip_test("the running kernel is not 6.18 with BTF");
	cr_assert_eq(layout_btf_read("/sys/kernel/btf/vmlinux", &btf, &err), 0, "%s", err.msg);
	layout = load("v6.18");
	cr_expect_eq(count_different(layout, btf), 0);
	layout_destroy(layout);
}

/* A line of pahole's is a declaration, then a comment that begins with offset and size. */
static bool parse_member(const char *line, const char *name, unsigned int *at, unsigned int *size)
{
	const char *comment = strstr(line, "/*");
	size_t len = strlen(name);

	/* the name may also be part of the type before it: memdesc_flags_t flags */
	for (const char *found = line; comment && (found = strstr(found, name)); found += len)
		if (found > line && strchr(" *", found[-1]) && strchr(";[", found[len]))
			return sscanf(comment, "/* %u %u */", at, size) == 2;
	return false;
}

/* Whether pahole shows the member of the struct, and where. */
static bool ask_pahole(const char *file, const char *structure, const char *name, unsigned int *at,
		       unsigned int *size)
{
	_cleanup_free_ char *command = NULL;
	char line[256];
	bool found = false;
	FILE *f;

	cr_assert_geq(
		asprintf(&command, "pahole -C %s %s/%s 2>/dev/null", structure, MEMSIM_BTF, file),
		0);
	f = popen(command, "r");
	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f))
		found = found || parse_member(line, name, at, size);
	pclose(f);
	return found;
}

/* dwarves reads BTF with code of its own. It prints no members of 7.3's unnamed struct freelist_counters. */
Test(btf, pahole_finds_the_same_members_at_the_same_places, .timeout = 120)
{
	static const char *const names[] = {"5.10.251.btf", "6.1.176.btf", "6.12.117.btf",
					    "6.18.15.btf", "7.3.4.btf"};

	if (system("pahole --version >/dev/null 2>&1"))
		cr_skip_test("there is no pahole");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_free_ struct layout_btf *btf = read_btf(names[i]);
		unsigned int compared = 0, missing = 0;

		for (int field = 0; field < FIELD_MAX; field++) {
			const struct layout_btf_place *place = &btf->fields[field];
			unsigned int at, size;

			if (!place->found)
				continue;
			if (!ask_pahole(names[i], place->structure, place->first, &at, &size)) {
				cr_log_info("%s: pahole shows no %s.%s", names[i], place->structure,
					    place->first);
				missing++;
				continue;
			}
			compared++;
			cr_expect_eq(at + place->tail * btf->page_size, place->place.at, "%s %s",
				     names[i], field_name(field));
			if (!strcmp(place->first, place->last))
				cr_expect_eq(size, place->place.size, "%s %s", names[i],
					     field_name(field));
		}
		cr_expect_geq(compared, 40, "%s: only %u", names[i], compared);
		cr_expect_leq(missing, 2, "%s: %u", names[i], missing);
	}
}

static void expect_refused(const char *path, int code, const char *words)
{
	struct layout_btf *btf = NULL;
	struct error err = {0};

	cr_expect_eq(layout_btf_read(path, &btf, &err), code, "%s: %s", path, err.msg);
	cr_expect_null(btf);
	cr_expect(!strncmp(err.msg, path, strlen(path)) && strstr(err.msg, words), "%s", err.msg);
	cr_expect_eq(layout_btf_read(path, &btf, NULL), code);
}

Test(btf, what_is_no_btf_is_refused_with_a_sentence)
{
	expect_refused("/nonexistent/vmlinux", -ENOENT, "No such file");
	expect_refused("/dev/null", -EINVAL, "holds no BTF");
	expect_refused("/proc/self/exe", -EINVAL, "holds no BTF");
	expect_refused(MEMSIM_BTF "/README", -EINVAL, "holds no BTF");
}

/* Cut off or damaged anywhere: refused or read, and never beyond the end. */
Test(btf, damaged_files_do_no_harm, .timeout = 120)
{
	char path[] = "/tmp/memsim-btf-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	_cleanup_fclose_ FILE *f = fopen(MEMSIM_BTF "/7.3.4.btf", "rb");
	unsigned char data[8192];
	size_t len, read_anyway = 0;

	cr_assert_geq(fd, 0);
	cr_assert_not_null(f);
	len = fread(data, 1, sizeof(data), f);
	cr_assert(len > 4000 && len < sizeof(data));
	for (size_t i = 0; i < len; i++) {
		_cleanup_free_ struct layout_btf *btf = NULL;
		unsigned char was = data[i];
		int r;

		data[i] = (unsigned char)(was ^ (i % 3 ? 0xff : 1));
		cr_assert_eq(pwrite(fd, data, len, 0), (ssize_t)len);
		r = layout_btf_read(path, &btf, NULL);
		cr_assert_eq(!r, btf != NULL);
		read_anyway += !r;
		data[i] = was;
	}
	cr_assert_gt(read_anyway, 0);
	cr_assert_lt(read_anyway, len);
	unlink(path);
}

/* Sizes of the structs that lie over each other, as published for 6.18; zpdesc is in a module there, not in 7.3. */
Test(btf, structs_of_6_18_and_7_3_have_the_published_sizes)
{
	static const struct {
		const char *file, *name;
		unsigned int size;
	} table[] = {
		{"6.18.15.btf", "page", 64}, {"6.18.15.btf", "folio", 256},
		{"6.18.15.btf", "slab", 64}, {"6.18.15.btf", "ptdesc", 64},
		{"7.3.4.btf", "page", 64},   {"7.3.4.btf", "folio", 256},
		{"7.3.4.btf", "slab", 64},   {"7.3.4.btf", "ptdesc", 64},
		{"7.3.4.btf", "zpdesc", 56}, {"6.18.15.btf", "netmem_desc", 48},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		_cleanup_free_ char *path = NULL;
		struct btf *btf;
		int id;

		cr_assert_geq(asprintf(&path, "%s/%s", MEMSIM_BTF, table[i].file), 0);
		btf = btf__parse(path, NULL);
		cr_assert_not_null(btf, "%s", path);
		id = btf__find_by_name_kind(btf, table[i].name, BTF_KIND_STRUCT);
		cr_assert_gt(id, 0, "%s: no %s", table[i].file, table[i].name);
		cr_expect_eq(btf__type_by_id(btf, (unsigned int)id)->size, table[i].size, "%s %s",
			     table[i].file, table[i].name);
		btf__free(btf);
	}
}

/* The flags of v6.18 are a struct of their own around the one word that they were. */
Test(btf, flags_of_6_18_are_memdesc_flags_t)
{
	_cleanup_free_ char *path = NULL;
	const struct btf_member *member;
	const struct btf_type *type;
	struct btf *btf;
	int id;

	cr_assert_geq(asprintf(&path, "%s/6.18.15.btf", MEMSIM_BTF), 0);
	btf = btf__parse(path, NULL);
	cr_assert_not_null(btf);
	id = btf__find_by_name_kind(btf, "page", BTF_KIND_STRUCT);
	cr_assert_gt(id, 0);
	member = btf_members(btf__type_by_id(btf, (unsigned int)id));
	cr_expect_str_eq(btf__name_by_offset(btf, member->name_off), "flags");
	type = btf__type_by_id(btf, member->type);
	cr_expect_str_eq(btf__name_by_offset(btf, type->name_off), "memdesc_flags_t");
	btf__free(btf);
}
