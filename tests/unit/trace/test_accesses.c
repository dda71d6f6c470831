// SPDX-License-Identifier: GPL-2.0-only
/* A log of accesses and a trace of events become one trace. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/access_log.h"
#include "trace/accesses.h"
#include "trace/writer.h"
#include "trace_helpers.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

static const char kallsyms[] = "ffffffff81000000 T lru_add\n"
			       "ffffffff81000100 t helper.part.0\n"
			       "ffffffff81000200 T prep_page\n"
			       "ffffffffc0001000 t probe\t[virtio_blk]\n";

enum { LRU_ADD = 0x81000010, HELPER = 0x81000110, PREP = 0x81000210, BPF = 0xc0201010u };

/* The emulator's clock began long before, and goes twice as fast: 100 of the guest's ns are 200 of its own. */
enum { CLOCK = 1000000 };

struct log {
	uint64_t magic;
	struct access_log_record records[32];
	size_t nr;
};

static bool is_helper(const char *function)
{
	return !strcmp(function, "helper");
}

static bool is_recorder(const char *function)
{
	return !strcmp(function, "[bpf]");
}

static void add(struct log *log, uint64_t guest_ns, uint64_t what, uint64_t site)
{
	log->records[log->nr++] = (struct access_log_record){CLOCK + 2 * guest_ns, what, site};
}

static void add_access(struct log *log, uint64_t guest_ns, uint64_t pfn, unsigned int offset,
		       uint64_t what, uint32_t pc, uint32_t call)
{
	add(log, guest_ns,
	    pfn * 64 + offset + what + (UINT64_C(1) << ACCESS_LOG_CPU_SHIFT) +
		    (UINT64_C(3) << ACCESS_LOG_SIZE_SHIFT),
	    (uint64_t)pc << 32 | call);
}

static void add_clock(struct log *log, uint64_t guest_ns, bool end)
{
	add(log, guest_ns, (uint64_t)ACCESS_LOG_CLOCK << ACCESS_LOG_TYPE_SHIFT | end,
	    (uint64_t)((int64_t)guest_ns + test_meta.start_unix_ns));
}

static struct log make_log(void)
{
	struct log log = {.magic = ACCESS_LOG_MAGIC};

	add(&log, 1 << 20, (uint64_t)ACCESS_LOG_COUNTER << ACCESS_LOG_TYPE_SHIFT, 0);
	add_access(&log, 1 << 20, 0x10, 52, ACCESS_LOG_LOAD | ACCESS_LOG_STORE, LRU_ADD, PREP);
	add_clock(&log, 1 << 20, false);
	add_access(&log, 2 << 20, 0x11, 8, ACCESS_LOG_STORE | UINT64_C(4) << ACCESS_LOG_LEVEL_SHIFT,
		   HELPER, PREP);
	add_access(&log, 3 << 20, 0x12, 0, ACCESS_LOG_LOAD, BPF, PREP);
	add_access(&log, 3 << 20, test_meta.max_pfn, 0, ACCESS_LOG_LOAD, PREP, PREP);
	add_access(&log, 4 << 20, 0x12, 0, ACCESS_LOG_LOAD | ACCESS_LOG_LOCKED, PREP, PREP);
	add(&log, 5 << 20, (uint64_t)ACCESS_LOG_COUNTER << ACCESS_LOG_TYPE_SHIFT, 77);
	add_clock(&log, 5 << 20, true);
	return log;
}

static void write_events(void)
{
	const struct event events[] = {
		{.kind = EVENT_PAGE_ALLOC, .ts_ns = (1 << 20) + 1, .pfn = 0x10, .cpu = 1},
		{.kind = EVENT_PAGE_FREE, .ts_ns = 3 << 20, .pfn = 0x10, .cpu = 1},
		{.kind = EVENT_PAGE_ALLOC, .ts_ns = (5 << 20) + 1, .pfn = 0x10, .cpu = 1},
	};
	struct trace_footer footer = {.end_ns = 6 << 20, .stop = "command"};
	const struct trace_writer_opts opts = {0};
	struct trace_writer *w;
	struct error err = {0};

	cr_assert_eq(trace_writer_create("events.trace", &test_meta, &opts, &w, &err), 0, "%s",
		     err.msg);
	cr_assert_eq(trace_writer_events(w, events, 3, &err), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, &err), 0, "%s", err.msg);
	trace_writer_destroy(w);
}

static int import(const void *log, size_t len, struct accesses_counts *counts, struct error *err)
{
	_cleanup_(symbols_fini) struct symbols symbols = {0};
	struct accesses_opts opts = {.output = "both.trace",
				     .events = "events.trace",
				     .tool = "test",
				     .layout = "v6.12",
				     .symbols = &symbols,
				     .is_helper = is_helper,
				     .is_recorder = is_recorder};
	_cleanup_fclose_ FILE *f = fopen("kallsyms", "we");

	cr_assert(f && fputs(kallsyms, f) >= 0 && fflush(f) == 0);
	cr_assert_eq(symbols_read("kallsyms", &symbols, err), 0, "%s", err->msg);
	return import_accesses("log", log, len, &opts, counts, err);
}

static size_t length(const struct log *log)
{
	return sizeof(log->magic) + log->nr * sizeof(log->records[0]);
}

static void expect_access(const struct event *e, uint64_t ts_ns, uint64_t pfn, uint32_t did,
			  const char *function, const struct trace_meta *meta)
{
	cr_expect_eq(e->kind, EVENT_ACCESS);
	cr_expect_eq(e->ts_ns, ts_ns);
	cr_expect_eq(e->pfn, pfn);
	cr_expect_eq(e->cpu, 1);
	cr_expect_eq(e->arg & ((1u << ACCESS_FUNCTION_SHIFT) - 1), did | 3 << ACCESS_SIZE_SHIFT);
	cr_expect_str_eq(meta->functions[e->arg >> ACCESS_FUNCTION_SHIFT].name, function);
}

Test(accesses, each_lies_between_the_events_around_it, .init = enter_scratch, .fini = leave_scratch)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *r = NULL;
	const struct trace_meta *meta;
	struct accesses_counts counts;
	struct event events[8];
	struct log log = make_log();
	struct trace_block b;
	struct error err = {0};
	size_t nr = 0, stats = 0;

	write_events();
	cr_assert_eq(import(&log, length(&log), &counts, &err), 0, "%s", err.msg);
	cr_expect_eq(counts.accesses, 3);
	cr_expect_eq(counts.events, 3);
	cr_expect_eq(counts.recorder, 1);
	cr_expect_eq(counts.outside, 1);
	cr_assert_eq(trace_reader_open("both.trace", &r, &err), 0, "%s", err.msg);
	meta = trace_reader_meta(r);
	cr_expect_str_eq(meta->layout, "v6.12");
	cr_expect_eq(meta->classes[CLASS_ACCESS].fidelity, FIDELITY_EXACT);
	while (trace_reader_next(r, &b, &err) > 0) {
		for (size_t i = 0; b.type == BLOCK_EVENTS && i < b.events.nr; i++)
			events[nr++] = b.events.events[i];
		if (b.type != BLOCK_STAT)
			continue;
		cr_expect_eq(*trace_stat_find(b.stat, accesses_counters[0]), stats ? 77 : 0);
		/* not when the trace ends, but when the counters were read */
		cr_expect_eq(b.stat->ts_ns, stats++ ? 5 << 20 : 1 << 20);
	}
	cr_assert_eq(err.code, 0, "%s", err.msg);
	cr_assert_eq(nr, 6);
	cr_expect_eq(stats, 2);
	expect_access(&events[0], 1 << 20, 0x10, 52 | ACCESS_LOAD | ACCESS_STORE, "lru_add", meta);
	cr_expect_eq(events[1].kind, EVENT_PAGE_ALLOC);
	expect_access(&events[2], 2 << 20, 0x11, 8 | ACCESS_STORE | 4 << ACCESS_LEVEL_SHIFT,
		      "helper < prep_page", meta);
	cr_expect_eq(events[3].kind, EVENT_PAGE_FREE);
	expect_access(&events[4], 4 << 20, 0x12, ACCESS_LOAD | ACCESS_LOCKED, "prep_page", meta);
}

/* Each group begins with the instructions; a log of any bytes must not find more room than a group has. */
Test(accesses, counters_come_in_their_order, .init = enter_scratch, .fini = leave_scratch)
{
	struct log log = {.magic = ACCESS_LOG_MAGIC};
	struct accesses_counts counts;
	struct error err = {0};

	write_events();
	add_clock(&log, 1 << 20, false);
	for (int i = 0; i < 2; i++)
		add(&log, 2 << 20, (uint64_t)ACCESS_LOG_COUNTER << ACCESS_LOG_TYPE_SHIFT | 1, 7);
	add_clock(&log, 5 << 20, true);
	cr_assert_eq(import(&log, length(&log), &counts, &err), -EBADMSG);
	cr_assert(strstr(err.msg, "a counter out of its order"), "%s", err.msg);
}

Test(accesses, what_is_no_whole_log_is_refused, .init = enter_scratch, .fini = leave_scratch)
{
	struct accesses_counts counts;
	struct log log = make_log();
	struct error err = {0};

	write_events();
	cr_expect_eq(import(&log, length(&log) - 1, &counts, &err), -EBADMSG);
	cr_expect_eq(import(&log, 0, &counts, &err), -EBADMSG);
	/* without the second clock */
	cr_expect_eq(import(&log, length(&log) - sizeof(log.records[0]), &counts, &err), -EINVAL);
	log.records[1].what |= UINT64_C(5) << ACCESS_LOG_TYPE_SHIFT;
	cr_expect_eq(import(&log, length(&log), &counts, &err), -EBADMSG);
	log.magic++;
	cr_expect_eq(import(&log, length(&log), &counts, &err), -EBADMSG);
}
