// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every file of tests/data/layouts-bad is refused, with the sentence that its first line announces:
 * "# expect: LINE:COLUMN: words", to which the reader puts "FILE:".
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "layouts/layout.h"

static void expect_refusal(const char *name)
{
	static const char mark[] = "# expect: ";
	char first[480];
	_cleanup_free_ char *message = NULL;
	struct layout *layout = NULL;
	struct error err = {0};
	FILE *f;
	int r;

	f = fopen(name, "r");
	cr_assert_not_null(f, "%s", name);
	cr_assert_not_null(fgets(first, sizeof(first), f), "%s", name);
	fclose(f);
	first[strcspn(first, "\n")] = '\0';
	cr_assert_eq(strncmp(first, mark, strlen(mark)), 0, "%s", name);
	cr_assert_geq(asprintf(&message, "%s:%s", name, first + strlen(mark)), 0);
	r = layout_load(name, &layout, &err);
	cr_expect_eq(r, -EINVAL, "%s: %d", name, r);
	cr_expect_eq(err.code, -EINVAL);
	cr_expect_str_eq(err.msg, message);
	cr_expect_null(layout, "%s", name);
	layout_destroy(layout);
}

Test(refusals, each_bad_file_gets_its_one_message)
{
	struct dirent *entry;
	unsigned int nr = 0;
	DIR *dir;

	/* so that messages hold bare file names, wherever the sources are */
	cr_assert_eq(chdir(MEMSIM_BAD_LAYOUTS), 0);
	dir = opendir(".");
	cr_assert_not_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		expect_refusal(entry->d_name);
		nr++;
	}
	closedir(dir);
	cr_assert_geq(nr, 100, "only %u files", nr);
}

static void expect_bytes(const void *data, size_t len, int code, const char *message)
{
	struct layout *layout = NULL;
	struct error err = {0};

	cr_expect_eq(layout_parse("bad.yaml", data, len, &layout, &err), code);
	cr_expect_str_eq(err.msg, message);
	cr_expect_null(layout);
	cr_expect_eq(layout_parse("bad.yaml", data, len, &layout, NULL), code);
}

Test(refusals, nothing_at_all)
{
	static const char empty[] = "bad.yaml: is empty; a layout starts with 'memsim-layout: 1'";

	expect_bytes("", 0, -EINVAL, empty);
	expect_bytes("\n# only words\n", 14, -EINVAL, empty);
}

Test(refusals, more_than_one_mebibyte)
{
	size_t len = (1 << 20) + 1;
	char *spaces = malloc(len);

	cr_assert_not_null(spaces);
	memset(spaces, '\n', len);
	expect_bytes(spaces, len, -EFBIG, "bad.yaml: is larger than 1 MiB; this is not a layout");
	expect_bytes(spaces, len - 1, -EINVAL,
		     "bad.yaml: is empty; a layout starts with 'memsim-layout: 1'");
	free(spaces);
}

/* A byte order mark must not switch to an encoding in which the same bytes read otherwise. */
Test(refusals, utf_16)
{
	static const char text[] = "\xff\xfen\0a\0m\0e\0";

	expect_bytes(text, sizeof(text) - 1, -EINVAL,
		     "bad.yaml: byte 0: not UTF-8 text: invalid leading UTF-8 octet");
}

/* So many nodes would pass every other limit and then take minutes to search for duplicates. */
Test(refusals, too_many_nodes)
{
	size_t len = 900000;
	char *text = malloc(len + 1);
	struct layout *layout = NULL;
	struct error err = {0};

	cr_assert_not_null(text);
	for (size_t i = 0; i < len; i += 9)
		snprintf(text + i, 10, "k%06zu:\n", i / 9);
	cr_assert_eq(layout_parse("bad.yaml", text, len, &layout, &err), -EINVAL);
	cr_assert_not_null(strstr(err.msg, "too long for a layout"), "%s", err.msg);
	free(text);
}

Test(refusals, a_name_that_is_no_builtin)
{
	struct layout *layout = NULL;
	struct error err = {0};

	cr_assert_eq(layout_load("foo", &layout, &err), -ENOENT);
	cr_assert_str_eq(err.msg, "unknown layout 'foo'; memsim layouts list shows them");
	cr_assert_eq(layout_load("", &layout, &err), -ENOENT);
	cr_assert_eq(layout_load("page", &layout, &err), -ENOENT, "no prefix is enough");
	cr_assert_eq(layout_load("page32.yaml", &layout, &err), -ENOENT, "that is a file");
	cr_assert_str_eq(err.msg, "page32.yaml: cannot open: No such file or directory");
	cr_assert_eq(layout_load("/", &layout, &err), -EISDIR);
	cr_assert_null(layout);
}
