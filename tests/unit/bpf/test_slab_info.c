// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/slab/slab_info.h"

/* A directory that looks like /sys/kernel/slab, and a file like /proc/slabinfo. */
static char top[64], slabinfo[96];

static void put(const char *name, const char *text)
{
	char path[160];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "w");
	cr_assert(f);
	cr_assert_geq(fputs(text, f), 0);
	cr_assert_eq(fclose(f), 0);
}

static void link_to(const char *target, const char *name)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	cr_assert_eq(symlink(target, path), 0);
}

static void setup(void)
{
	char dir[160];

	(void)snprintf(top, sizeof(top), "/tmp/memsim-slab-XXXXXX");
	cr_assert(mkdtemp(top));
	(void)snprintf(slabinfo, sizeof(slabinfo), "%s/slabinfo", top);
	(void)snprintf(dir, sizeof(dir), "%s/dentry", top);
	cr_assert_eq(mkdir(dir, 0700), 0);
	put("dentry/object_size", "192\n");
	put("dentry/slab_size", "200\n");
	put("dentry/align", "8\n");
	put("dentry/order", "1\n");
	put("dentry/objs_per_slab", "40\n");
	put("dentry/min_partial", "6\n");
	put("dentry/cpu_partial", "120\n");
	put("dentry/partial", "31 N0=11 N1=20\n");
	put("dentry/shrink", "");
	link_to(":0000200", "pid");
	link_to(":0000200", "cred");
	link_to(":0000300", "other");
	put("slabinfo",
	    "slabinfo - version: 2.1\n"
	    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>\n"
	    "other      1      2    192   21    1 : tunables    0    0    0 : slabdata      3      "
	    "4      0\n"
	    "pid      420    441    192   21    1 : tunables    0    0    0 : slabdata     21     "
	    "22      0\n"
	    "dentry 149607 149625    192   21    1 : tunables    0    0    0 : slabdata   7125   "
	    "7126      0\n"
	    "dentry_not 7 8    192   21    1 : tunables    0    0    0 : slabdata   9   9      "
	    "0\n");
}

static void teardown(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", top);
	cr_assert_eq(system(command), 0);
}

Test(slab_info, reads_the_shape_and_knows_no_sheaves_where_there_are_none, .init = setup,
     .fini = teardown)
{
	struct slab_shape s;
	uint32_t partial;

	cr_assert_eq(slab_info_shape(top, "dentry", &s, NULL), 0);
	cr_assert_eq(s.object_size, 192);
	cr_assert_eq(s.slab_size, 200);
	cr_assert_eq(s.align, 8);
	cr_assert_eq(s.order, 1);
	cr_assert_eq(s.objs_per_slab, 40);
	cr_assert_eq(s.min_partial, 6);
	cr_assert_eq(s.cpu_partial, 120);
	cr_assert_eq(s.sheaf_capacity, 0);
	put("dentry/sheaf_capacity", "32\n");
	cr_assert_eq(slab_info_shape(top, "dentry", &s, NULL), 0);
	cr_assert_eq(s.sheaf_capacity, 32);
	cr_assert_eq(slab_info_partial(top, "dentry", &partial, NULL), 0);
	cr_assert_eq(partial, 31);
}

Test(slab_info, counts_come_from_the_whole_names_line, .init = setup, .fini = teardown)
{
	char *const names[] = {(char *)"dentry", (char *)"pid"};
	char *const unknown[] = {(char *)"pid", (char *)"dentr"};
	struct slab_counts c[2] = {{0}, {0}};
	struct error err = {0};

	cr_assert_eq(slab_info_counts(slabinfo, unknown, 2, c, &err), -ENOENT);
	cr_assert(strstr(err.msg, "no slab cache 'dentr'"), "%s", err.msg);
	cr_assert_eq(c[0].num_objs, 0);
	cr_assert_eq(slab_info_counts(slabinfo, names, 2, c, NULL), 0);
	cr_assert_eq(c[0].active_objs, 149607);
	cr_assert_eq(c[0].num_objs, 149625);
	cr_assert_eq(c[0].num_slabs, 7126);
	cr_assert_eq(c[1].active_objs, 420);
	cr_assert_eq(c[1].num_slabs, 22);
}

Test(slab_info, a_merged_cache_is_found_under_the_listed_name, .init = setup, .fini = teardown)
{
	static const char *const wanted[][2] = {
		{"cred", "pid"}, {"pid", "pid"}, {"dentry", "dentry"}, {"other", "other"}};
	struct error err = {0};
	char *name = NULL;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		cr_assert_eq(slab_info_resolve(top, slabinfo, wanted[i][0], &name, NULL), 0);
		cr_assert_str_eq(name, wanted[i][1]);
		free(name);
		name = NULL;
	}
	cr_assert_eq(slab_info_resolve(top, slabinfo, "nosuch", &name, &err), -ENOENT);
	cr_assert(strstr(err.msg, "no slab cache 'nosuch'"), "%s", err.msg);
	cr_assert_eq(slab_info_resolve(top, slabinfo, "../dentry", &name, NULL), -EINVAL);
	cr_assert_eq(slab_info_resolve(top, slabinfo, "", &name, NULL), -EINVAL);
	cr_assert_null(name);
}

Test(slab_info, what_is_missing_or_no_number_is_named, .init = setup, .fini = teardown)
{
	struct slab_shape s = {.order = 77};
	struct error err = {0};

	put("dentry/order", "one\n");
	cr_assert_eq(slab_info_shape(top, "dentry", &s, &err), -EINVAL);
	cr_assert(strstr(err.msg, "dentry/order"), "%s", err.msg);
	cr_assert_eq(slab_info_shape(top, "nosuch", &s, &err), -ENOENT);
	cr_assert(strstr(err.msg, "nosuch/object_size"), "%s", err.msg);
	cr_assert_eq(s.order, 77);
}

Test(slab_info, shrinking_writes_a_one, .init = setup, .fini = teardown)
{
	char path[160], text[8] = "";
	int fd = slab_info_open_shrink(top, "dentry", NULL);
	FILE *f;

	cr_assert_geq(fd, 0);
	cr_assert_eq(slab_info_shrink(fd, "dentry", NULL), 0);
	cr_assert_eq(slab_info_shrink(fd, "dentry", NULL), 0);
	cr_assert_eq(close(fd), 0);
	(void)snprintf(path, sizeof(path), "%s/dentry/shrink", top);
	f = fopen(path, "r");
	cr_assert(f && fgets(text, sizeof(text), f));
	cr_assert_str_eq(text, "1");
	(void)fclose(f);
	cr_assert_eq(slab_info_open_shrink(top, "nosuch", NULL), -ENOENT);
	cr_assert_eq(slab_info_shrink(-1, "dentry", NULL), -EBADF);
}
