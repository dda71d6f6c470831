// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outfile.h"

static char dir[] = "/tmp/memsim-outfile-XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
}

static void leave(void)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}

TestSuite(outfile, .init = enter, .fini = leave);

static bool exists(const char *name)
{
	return access(name, F_OK) == 0;
}

Test(outfile, appears_only_when_committed)
{
	struct outfile *out;

	cr_assert_eq(outfile_create("x", 0600, &out, NULL), 0);
	cr_assert_eq(outfile_write(out, "hello", 5, NULL), 0);
	cr_assert(!exists("x") && exists("x.partial"));
	cr_assert_eq(outfile_commit(out, NULL), 0);
	cr_assert(exists("x") && !exists("x.partial"));
	outfile_destroy(out);
	cr_assert(exists("x"));
}

Test(outfile, given_up_leaves_the_old_file_alone)
{
	struct outfile *out;
	FILE *f = fopen("x", "w");

	fputs("old", f);
	fclose(f);
	cr_assert_eq(outfile_create("x", 0600, &out, NULL), 0);
	cr_assert_eq(outfile_write(out, "new", 3, NULL), 0);
	outfile_destroy(out);
	char text[4] = "";

	f = fopen("x", "r");
	cr_assert_eq(fread(text, 1, 3, f), 3);
	fclose(f);
	cr_assert_str_eq(text, "old");
	cr_assert(!exists("x.partial"));
}

Test(outfile, kept_partial_survives)
{
	struct outfile *out;

	cr_assert_eq(outfile_create("x", 0600, &out, NULL), 0);
	outfile_keep(out, true);
	outfile_destroy(out);
	cr_assert(exists("x.partial"));
}

Test(outfile, what_is_there_is_not_written_over)
{
	struct error err = {0};
	struct outfile *out;
	struct stat st;

	cr_assert_eq(outfile_create("x", 0600, &out, NULL), 0);
	cr_assert_eq(outfile_write(out, "first", 5, NULL), 0);
	cr_assert_eq(outfile_create("x", 0600, &out, &err), -EEXIST);
	cr_assert_str_eq(err.msg, "x.partial: is there already, still being written or left by a "
				  "crash: move it away, or remove it");
	cr_assert_eq(stat("x.partial", &st), 0);
	cr_assert_eq(st.st_size, 5);
	outfile_destroy(out);

	cr_assert_eq(symlink("victim", "y.partial"), 0);
	cr_assert_eq(outfile_create("y", 0600, &out, NULL), -EEXIST);
	cr_assert(!exists("victim"));
}

Test(outfile, a_full_device_and_a_directory_are_named)
{
	struct outfile *out;
	struct error err = {0};

	cr_assert_eq(outfile_create("/dev/full", 0600, &out, &err), 0);
	cr_assert_eq(outfile_write(out, "x", 1, &err), -ENOSPC);
	cr_assert_str_eq(err.msg, "/dev/full: cannot write after 0 bytes: No space left on device");
	outfile_destroy(out);
	cr_assert_eq(mkdir("d", 0700), 0);
	cr_assert_eq(outfile_create("d", 0600, &out, &err), -EISDIR);
	cr_assert_eq(outfile_create("no/such/dir", 0600, &out, &err), -ENOENT);
}
