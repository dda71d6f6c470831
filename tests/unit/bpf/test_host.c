// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/attach/host.h"
#include "bpf/memcg_names.h"

enum { PAGE = 4096, SECTION = 32768 }; /* 128 MiB */

static const char iomem[] = "00000000-00000fff : Reserved\n"
			    "00001000-0009fbff : System RAM\n"
			    "000a0000-000fffff : PCI Bus 0000:00\n"
			    "00100000-bfffffff : System RAM\n"
			    "  01000000-01ffffff : Kernel code\n"
			    "  20000000-2fffffff : System RAM in a child\n"
			    "c0000000-ffffffff : PCI Bus 0000:00\n"
			    "100000000-637ffffff : System RAM\n"
			    "700000000-77fffffff : System RAM (kmem)\n";

Test(host, memory_is_rounded_outward_to_sections_and_joined)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));

	cr_assert_eq(host_parse_iomem(iomem, PAGE, SECTION, meta, NULL), 0);
	cr_assert_eq(meta->nr_ranges, 3);
	cr_assert_eq(meta->ranges[0].start_pfn, 0);
	cr_assert_eq(meta->ranges[0].nr_pages, 0xc0000);
	cr_assert_eq(meta->ranges[1].start_pfn, 0x100000);
	cr_assert_eq(meta->ranges[1].nr_pages, 0x538000);
	cr_assert_eq(meta->ranges[2].start_pfn, 0x700000);
	cr_assert_eq(meta->ranges[2].nr_pages, 0x80000);
	cr_assert_eq(meta->max_pfn, 0x780000);
	free(meta);
}

/* What anyone but root reads, and what no Linux writes. */
Test(host, hidden_or_absent_memory_is_an_error)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct error err = {0};

	cr_assert_eq(
		host_parse_iomem("00000000-00000000 : System RAM\n", PAGE, SECTION, meta, &err),
		-EPERM);
	cr_assert_eq(host_parse_iomem("", PAGE, SECTION, meta, &err), -EPROTO);
	cr_assert_eq(host_parse_iomem("garbage\n\n : x\n", PAGE, SECTION, meta, &err), -EPROTO);
	free(meta);
}

Test(host, too_many_ranges_are_refused)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	char *text = malloc(64 * (TRACE_MAX_RANGES + 2)), *at = text;

	for (uint64_t i = 0; i <= TRACE_MAX_RANGES; i++)
		at += snprintf(at, 64, "%lx-%lx : System RAM\n", 2 * i << 27, (2 * i << 27) + 4095);
	cr_assert_eq(host_parse_iomem(text, PAGE, SECTION, meta, NULL), -E2BIG);
	free(text);
	free(meta);
}

Test(host, zones_are_summed)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));

	host_parse_zoneinfo("Node 0, zone      DMA\n  pages free     2816\n        spanned  4095\n"
			    "        present  3998\n        managed  3840\n"
			    "Node 0, zone   Normal\n        present  5505024\n"
			    "        managed  294912\n        cma      0\n",
			    meta);
	cr_assert_eq(meta->ram_pages, 3998 + 5505024);
	cr_assert_eq(meta->managed_pages, 3840 + 294912);
	free(meta);
}

/* As a machine with two nodes prints it, shortened: node 0 has low memory, both have some above 4 GiB. */
Test(host, zones_are_their_nodes_memory)
{
	static const char text[] =
		"Node 0, zone      DMA\n        spanned  4095\n        present  3998\n"
		"        managed  3840\n  start_pfn:           1\n"
		"Node 0, zone    DMA32\n        spanned  1044480\n        present  782336\n"
		"  start_pfn:           4096\n"
		"Node 0, zone   Normal\n        spanned  0\n        present  0\n"
		"  start_pfn:           0\n"
		"Node 1, zone      DMA\n        spanned  0\n        present  0\n"
		"Node 1, zone   Normal\n        spanned  262144\n        present  262144\n"
		"  start_pfn:           1572864\n"
		"Node 0, zone  Movable\n        spanned  524288\n        present  524288\n"
		"  start_pfn:           1048576\n";
	struct trace_meta *meta = calloc(1, sizeof(*meta));

	host_parse_zoneinfo(text, meta);
	cr_assert_eq(meta->nr_node_ranges, 3);
	cr_expect_eq(meta->node_ranges[0].start_pfn, 1);
	cr_expect_eq(meta->node_ranges[0].nr_pages, 1048575, "DMA and DMA32 are side by side");
	cr_expect_eq(meta->node_ranges[1].start_pfn, 1048576);
	cr_expect_eq(meta->node_ranges[1].node, 0);
	cr_expect_eq(meta->node_ranges[2].node, 1);
	cr_expect_eq(meta->node_ranges[2].start_pfn, 1572864);
	free(meta);
}

Test(host, the_bracketed_word_is_the_choice)
{
	char mode[16];

	host_parse_choice("always [madvise] never\n", mode, sizeof(mode));
	cr_assert_str_eq(mode, "madvise");
	host_parse_choice("[always] madvise never\n", mode, sizeof(mode));
	cr_assert_str_eq(mode, "always");
	host_parse_choice("never\n", mode, sizeof(mode));
	cr_assert_str_eq(mode, "");
	host_parse_choice("[much too long a word for it]", mode, 5);
	cr_assert_str_eq(mode, "much");
}

Test(host, vmstat_keeps_what_a_census_is_checked_against)
{
	struct trace_stat *stat = calloc(1, sizeof(*stat));

	cr_assert_eq(host_parse_vmstat("nr_free_pages 814719\nnuma_hit 5\npgfree 12\nballoon_x 3\n"
				       "nr_page_table_pages 807\n",
				       stat),
		     3);
	cr_assert_eq(*trace_stat_find(stat, "nr_free_pages"), 814719);
	cr_assert_eq(*trace_stat_find(stat, "nr_page_table_pages"), 807);
	cr_assert_null(trace_stat_find(stat, "numa_hit"));
	free(stat);
}

Test(host, the_memory_controller_is_where_it_is_mounted)
{
	static const char v1[] =
		"29 28 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
		"30 28 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
		"31 28 0:28 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory\n";
	char where[64] = "";

	cr_expect_not(memcg_find_mount("1 0 0:1 / / rw - ext4 /dev/memory rw,memory\n", where, 64));
	cr_expect(memcg_find_mount("30 28 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", where,
				   64));
	cr_expect_str_eq(where, "/sys/fs/cgroup");
	cr_expect(memcg_find_mount(v1, where, 64));
	cr_expect_str_eq(where, "/sys/fs/cgroup/memory");
	cr_expect_not(
		memcg_find_mount("31 28 0:28 / /m rw - cgroup cgroup rw,memory_too\n", where, 64));
}

Test(host, cgroups_are_named_by_their_folders)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	char deep[260] = "g/a/";
	struct stat st;

	mkdir("g", 0700);
	mkdir("g/a", 0700);
	memset(deep + 4, 'x', 240);
	mkdir(deep, 0700);
	cr_assert_eq(memcg_walk("g", meta, NULL), 0);
	cr_assert_eq(meta->nr_memcgs, 3);
	stat("g", &st);
	cr_expect_str_eq(trace_memcg_name(meta, st.st_ino), "/");
	stat("g/a", &st);
	cr_expect_str_eq(trace_memcg_name(meta, st.st_ino), "/a");
	stat(deep, &st);
	/* too long: the end of it, which tells more than the beginning */
	cr_expect_eq(strlen(trace_memcg_name(meta, st.st_ino)), sizeof(meta->memcgs[0].name) - 1);
	cr_expect(strspn(trace_memcg_name(meta, st.st_ino), "x") > 200);
	cr_expect_null(trace_memcg_name(meta, 0));
	rmdir(deep);
	rmdir("g/a");
	rmdir("g");
	free(meta);
}
