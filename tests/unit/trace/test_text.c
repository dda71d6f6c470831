// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <string.h>

#include "trace/import/text.h"

static enum text_line parse(const char *line, struct text_event *e)
{
	return text_parse_line(line, strlen(line), e);
}

#define FREE "mm_page_free: page=0xfff pfn=0x1a5 order=3"

/* Every way in which a tool may say who, where and when. */
Test(text, heads_of_lines)
{
	static const struct {
		const char *line;
		uint32_t thread, process;
		uint16_t cpu;
		uint64_t ns;
	} cases[] = {
		{"  cat  27985 [001] 13182.149575:   kmem:" FREE, 27985, 0, 1, 13182149575000},
		{"cat 27980/27985 [001] 13182.149575123: kmem:" FREE, 27985, 27980, 1,
		 13182149575123},
		{" bash-27959   [000] ..... 1.148242: " FREE, 27959, 0, 0, 1148242000},
		{" a-b-27959 ( 27950) [000] d..1. 1.148242: " FREE, 27959, 27950, 0, 1148242000},
		{" a-b-27959 (-----) [000] 1.148242: " FREE, 27959, 0, 0, 1148242000},
		{" <idle>-0     [127]    0.000001:  " FREE, 0, 0, 127, 1000},
		{" [007] x 5 [002] 9.000000: " FREE, 5, 0, 2, 9000000000},
		{" Web [1] 2 77 [002] 9.5: " FREE, 77, 0, 2, 9500000000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text_event e;

		cr_assert_eq(parse(cases[i].line, &e), TEXT_EVENT, "%s", cases[i].line);
		cr_assert_eq(e.thread, cases[i].thread, "%s", cases[i].line);
		cr_assert_eq(e.process, cases[i].process, "%s", cases[i].line);
		cr_assert_eq(e.event.cpu, cases[i].cpu, "%s", cases[i].line);
		cr_assert_eq(e.event.ts_ns, cases[i].ns, "%s", cases[i].line);
		cr_assert_eq(e.event.pfn, 0x1a5);
		cr_assert_eq(e.event.order, 3);
	}
}

Test(text, lines_that_are_not_for_us)
{
	static const char *const lines[] = {
		"",
		"# tracer: nop",
		"cpus=2",
		"cat 1 [000] 1.5: sched:sched_switch: prev_comm=x",
		"cat 1 [000] 1.5: kmem:mm_page_free_batched: page=0xfff pfn=0x1a5 order=0",
		"cat 1 [000] 1.5: kmem:xmm_page_free: page=0xfff pfn=0x1a5 order=0",
		"cat 1 [70000] 1.5: kmem:" FREE,
		"cat 1 [00a] 1.5: kmem:" FREE,
		"cat 1 [000] 1.5 kmem:" FREE,
		"cat 1 [000] 99999999999.5: kmem:" FREE,
		"CPU:1 [LOST many EVENTS]",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct text_event e;

		cr_assert_eq(parse(lines[i], &e), TEXT_OTHER, "%s", lines[i]);
	}
}

Test(text, failed_allocations_and_losses)
{
	static const char *const losses[] = {"CPU:1 [LOST 42 EVENTS]",
					     "  CPU:0 [42 EVENTS DROPPED]",
					     "cat 1 [000] 1.5: PERF_RECORD_LOST lost 42"};
	struct text_event e;

	cr_assert_eq(parse("a-1 [000] 1.5: mm_page_alloc: page=(nil) pfn=0x0 order=9 migratetype=0 "
			   "gfp_flags=GFP_KERNEL",
			   &e),
		     TEXT_FAILED);
	cr_assert_eq(
		parse("a-1 [000] 1.5: mm_page_alloc: page=(null) pfn=18446744073709551615 order=9 "
		      "migratetype=0 gfp_flags=GFP_KERNEL",
		      &e),
		TEXT_FAILED);
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		cr_assert_eq(parse(losses[i], &e), TEXT_LOST, "%s", losses[i]);
		cr_assert_eq(e.lost, 42);
	}
}

Test(text, an_event_that_lacks_what_it_should_tell_is_bad)
{
	static const char *const lines[] = {
		"cat 1 [000] 1.5: mm_page_free: page=0xfff order=0",
		"cat 1 [000] 1.5: mm_page_free: page=0xfff pfn=0x1a5",
		"cat 1 [000] 1.5: mm_page_free: page=0xfff pfn=0x1a5 order=21",
		"cat 1 [000] 1.5: mm_page_free: page=0xfff pfn=0xffffffffffffff order=0",
		"cat 1 [000] 1.5: mm_filemap_fault: dev=254:0 ino=51423",
		"cat 1 [000] 1.5: mm_filemap_get_pages: dev=254:0 ino=51423 ofs=8192-4095",
		"cat 1 [000] 1.5: rss_stat: mm_id=5 curr=1 type=MM_OTHER size=1B",
		"cat 1 [000] 1.5: mm_lru_insertion: page=0xfff pfn=1 lru=99 flags=Ma",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct text_event e;

		cr_assert_eq(parse(lines[i], &e), TEXT_BAD, "%s", lines[i]);
	}
}

/* The bits are places, not letters: mm_lru_insertion prints blanks where one is not set. */
Test(text, flags_of_the_lru)
{
	static const struct {
		const char *flags;
		uint32_t expected;
	} cases[] = {
		{"Ma bd ", LRUF_ANON | LRUF_SWAPBACKED},
		{" f   B", 0},
		{" f", 0},
		{"Masb", LRUF_ANON | LRUF_SWAPCACHE | LRUF_SWAPBACKED},
		{" f b  ", LRUF_SWAPBACKED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text_event e;
		char line[128];

		snprintf(line, sizeof(line),
			 "a-1 [000] 1.5: mm_lru_insertion: folio=0xf pfn=0x9 lru=2 "
			 "flags=%s",
			 cases[i].flags);
		cr_assert_eq(parse(line, &e), TEXT_EVENT);
		cr_assert_eq(e.event.arg, 2 | cases[i].expected << LRUF_SHIFT, "'%s'",
			     cases[i].flags);
	}
}

/* include/linux/gfp_types.h, computed by hand. */
Test(text, gfp_flags)
{
	uint32_t flags;

	cr_assert(text_parse_gfp("GFP_NOFS|__GFP_ZERO", 19, &flags));
	cr_assert_eq(flags, GFPC_DIRECT_RECLAIM | GFPC_KSWAPD_RECLAIM | GFPC_IO | GFPC_ZERO);
	cr_assert(text_parse_gfp("GFP_TRANSHUGE_LIGHT|__GFP_WRITE", 31, &flags));
	cr_assert_eq(flags, GFPC_IO | GFPC_FS | GFPC_HARDWALL | GFPC_HIGHMEM | GFPC_MOVABLE |
				    GFPC_COMP | GFPC_NOMEMALLOC | GFPC_NOWARN);
	cr_assert(text_parse_gfp("none", 4, &flags));
	cr_assert_eq(flags, 0);
	cr_assert(!text_parse_gfp("0x140dca", 8, &flags));
	/* only whole names */
	cr_assert(text_parse_gfp("GFP_KERNEL_ACC", 14, &flags));
	cr_assert_eq(flags, 0);
}

Test(text, files_differ_by_device_and_inode)
{
	static const char *const files[] = {"dev 254:0 ino a90016 pfn=0x9 ofs=8192 order=2",
					    "dev 254:1 ino a90016 pfn=0x9 ofs=8192",
					    "dev 253:0 ino a90016 pfn=0x9 ofs=8192",
					    "dev 254:0 ino a90017 pfn=0x9 ofs=8192"};
	struct text_event first, other;
	char line[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(line, sizeof(line), "a-1 [000] 1.5: mm_filemap_add_to_page_cache: %s",
			 files[i]);
		cr_assert_eq(parse(line, i ? &other : &first), TEXT_EVENT);
		cr_assert(!i || other.object != first.object);
		cr_assert(!i || !other.has_order);
	}
	cr_assert(first.has_order);
	cr_assert_eq(first.event.order, 2);
	cr_assert_eq(first.event.index, 2);
	cr_assert_eq(
		parse("a-1 [000] 1.5: mm_filemap_fault: dev=254:0 ino=a90016 ofs=4096", &other),
		TEXT_EVENT);
	cr_assert_eq(other.object, first.object);
	cr_assert_eq(other.event.count, 0);
}
