// SPDX-License-Identifier: GPL-2.0-only
/* Pressure as a trace measured it: written here at known rates, and held against a naive sum of them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/pressure_series.h"
#include "sim/replay/replay.h"
#include "tests/draw.h"
#include "trace/writer.h"

enum { CPUS = 2, END_NS = 8192000, PAGES = 16384 };

static char path[] = "/tmp/memsim-pressure-XXXXXX";

static void setup(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
}

static void teardown(void)
{
	unlink(path);
}

TestSuite(pressure_series, .init = setup, .fini = teardown);

/* Caches of 4, 16 and 64 KiB, free pages. */
static struct trace_writer *begin_trace(void)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	const struct census_run free_pages = {
		.count = PAGES >> 10, .kind = PAGE_KIND_FREE, .order = 10};
	struct trace_writer *w;

	*meta = (struct trace_meta){.nr_cpus = CPUS, .nr_online_cpus = CPUS, .nr_nodes = 1};
	meta->page_size = 4096;
	meta->max_pfn = meta->ram_pages = meta->managed_pages = PAGES;
	meta->sample = 1;
	meta->nr_ranges = 1;
	meta->ranges[0].nr_pages = PAGES;
	meta->nr_caches = 3;
	meta->caches[0] = (struct trace_cache){1, 4 << 10, 4, 64, 1};
	meta->caches[1] = (struct trace_cache){2, 16 << 10, 4, 64, 1};
	meta->caches[2] = (struct trace_cache){3, 64 << 10, 8, 64, CPUS};
	cr_assert_eq(trace_writer_create(path, meta, NULL, &w, NULL), 0);
	cr_assert_eq(trace_writer_census(w, 1, 0, PAGES, &free_pages, 1, NULL), 0);
	free(meta);
	return w;
}

static void end_trace(struct trace_writer *w)
{
	struct trace_footer footer = {.command_status = -1, .end_ns = END_NS};

	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
}

/* Pages come and go on the CPUs from first on, until END_NS. */
static void write_trace(const struct trace_count *counts, size_t nr, unsigned int first)
{
	struct trace_writer *w = begin_trace();
	uint64_t seed = 3;

	for (uint64_t ts = 1000; ts < END_NS; ts += 2000) {
		struct event e = {.ts_ns = ts, .pfn = draw(&seed) % 512, .kind = EVENT_PAGE_ALLOC};

		e.cpu = (uint16_t)(first + ts / 2000 % (CPUS - first));
		e.kind = draw(&seed) & 1 ? EVENT_PAGE_ALLOC : EVENT_PAGE_FREE;
		cr_assert_eq(trace_writer_events(w, &e, 1, NULL), 0);
	}
	cr_assert_eq(trace_writer_counts(w, counts, nr, NULL), 0);
	end_trace(w);
}

/* Pages that CPU 1 is given zeroed, one after the other within that time. */
static void write_zeroed(uint64_t nr, uint64_t from_ns, uint64_t span_ns)
{
	struct trace_writer *w = begin_trace();

	for (uint64_t i = 0; i < nr; i++) {
		struct event e = {.ts_ns = from_ns + span_ns * i / nr,
				  .pfn = i,
				  .cpu = 1,
				  .kind = EVENT_PAGE_ALLOC,
				  .arg = GFPC_ZERO};

		cr_assert_eq(trace_writer_events(w, &e, 1, NULL), 0);
	}
	end_trace(w);
}

static struct pressure_series *load(void)
{
	struct pressure_series *s;
	struct trace_reader *r;

	cr_assert_eq(trace_reader_open(path, &r, NULL), 0);
	cr_assert_eq(pressure_series_load(r, &s, NULL), 0);
	trace_reader_destroy(r);
	return s;
}

static const uint8_t counter_of[3] = {COUNTER_L1D_FILLS, COUNTER_L2_FILLS, COUNTER_LLC_FILLS};

/* What each count has by a time: as much as its span is over. */
static double naive(const struct trace_count *counts, size_t nr, uint32_t cpu, int level, double ns)
{
	double sum = 0;

	for (size_t i = 0; i < nr; i++) {
		double from = (double)counts[i].ts_ns - (double)counts[i].span_ns;
		double until = fmin(ns, (double)counts[i].ts_ns);
		double rate = (double)counts[i].value / (double)counts[i].span_ns;

		if (counts[i].counter == counter_of[level] &&
		    (cpu == UINT32_MAX || counts[i].cpu == cpu) && until > fmax(from, 0))
			sum += rate * (until - fmax(from, 0));
	}
	return sum;
}

/* Readings at any times; the first begins before the trace, some time is never counted, one CPU does not exist. */
Test(pressure_series, is_what_was_counted_in_the_time_that_it_was_counted_in)
{
	enum { READINGS = 40, NR = READINGS * 9 };
	struct trace_count *counts = calloc(NR, sizeof(*counts));
	struct pressure_series *s;
	uint64_t seed = 11, ts = 0, end;
	size_t nr = 0;

	for (int i = 0; i < READINGS; i++) {
		uint64_t step = 50000000 + draw(&seed) % 100000000;

		ts += step;
		for (uint16_t cpu = 0; cpu < CPUS + 1; cpu++)
			for (int level = 0; level < 3; level++)
				counts[nr++] = (struct trace_count){
					.ts_ns = ts,
					.span_ns = i % 7 == 3 ? step / 2
						   : i	      ? step
							      : 3 * step,
					.value = draw(&seed) % 10000000,
					.cpu = cpu,
					.counter = counter_of[level],
				};
	}
	end = ts;
	write_trace(counts, nr, 0);
	s = load();
	cr_assert_not_null(s);
	for (int i = 0; i < 3000; i++) {
		uint64_t ns = draw(&seed) % (end + end / 10);
		int level = (int)(draw(&seed) % 3);
		uint32_t cpu = i % 3 == 2 ? UINT32_MAX : (uint32_t)i % 3;
		double seen = (double)pressure_series_fills(s, cpu, level, ns);
		/* of the CPU that does not exist nothing is taken */
		double want = cpu == UINT32_MAX ? naive(counts, nr, 0, level, (double)ns) +
							  naive(counts, nr, 1, level, (double)ns)
						: naive(counts, nr, cpu, level, (double)ns);

		/* within a step of time, a 4096th, fills are spread evenly: at 200 M/s at the most */
		cr_assert_lt(fabs(seen - want), 4e8 * (double)end / 4096 / 1e9 + READINGS, "%lu ns",
			     ns);
	}
	cr_expect_lt(fabs((double)pressure_series_fills(s, 0, 1, 2 * end) -
			  naive(counts, nr, 0, 1, (double)end)),
		     READINGS + 1.0, "behind the end nothing is missing");
	pressure_series_destroy(s);
	free(counts);
}

/* Read every 50 us, far oftener than there are steps at least; lines come in one reading of eight. Before it is nothing. */
Test(pressure_series, readings_are_told_apart_however_many_there_are)
{
	enum { READINGS = 20000, SPAN = 50000, LINES = 8192, BEFORE = READINGS };
	struct trace_count *counts = calloc(READINGS, sizeof(*counts));
	struct pressure_series *s;

	for (uint64_t i = 0; i < READINGS; i++)
		counts[i] =
			(struct trace_count){(BEFORE + i + 1) * SPAN, SPAN, i % 8 ? 0 : LINES, 1,
					     COUNTER_L2_FILLS,	      false};
	write_trace(counts, READINGS, 0);
	s = load();
	for (uint64_t i = 0; i < READINGS; i += 8) {
		uint64_t from = (BEFORE + i) * SPAN, before = i / 8 * LINES;

		cr_assert_eq(pressure_series_fills(s, 1, CACHE_L2, from - SPAN), before);
		cr_assert_float_eq((double)pressure_series_fills(s, 1, CACHE_L2, from + SPAN / 2),
				   (double)before + LINES / 2.0, LINES / 3.0);
		cr_assert_eq(pressure_series_fills(s, 1, 1, from + 2 * SPAN), before + LINES);
	}
	pressure_series_destroy(s);
	free(counts);
}

/* 500 M lines a second into L2 on each CPU, and the others by the proportions of an assumed rate. */
static size_t even_counts(struct trace_count *counts, const uint64_t fills[3])
{
	size_t nr = 0;

	for (uint16_t cpu = 0; cpu < CPUS; cpu++)
		for (int level = 0; level < 3; level++)
			if (fills[level])
				counts[nr++] = (struct trace_count){.ts_ns = END_NS,
								    .span_ns = END_NS,
								    .value = fills[level],
								    .cpu = cpu,
								    .counter = counter_of[level]};
	return nr;
}

static const uint64_t even[3] = {2386 * 4096, 1000 * 4096, 734 * 4096};

Test(pressure_series, levels_that_were_not_counted_follow_by_proportion)
{
	struct trace_count counts[6];
	struct pressure_series *s;
	struct pressure p;

	for (int known = 0; known < 3; known++) {
		uint64_t fills[3] = {0};

		fills[known] = even[known];
		write_trace(counts, even_counts(counts, fills), 0);
		s = load();
		p = pressure_series_mean(s);
		cr_expect_eq(p.derived, 7 & ~(1 << known));
		cr_expect(p.measured && !pressure_is_none(&p));
		for (int level = 0; level < 3; level++) {
			cr_expect_eq(pressure_series_fills(s, 1, level, END_NS), even[level]);
			cr_expect_eq(p.fills[level], even[level] * 1000000000 / END_NS);
		}
		pressure_series_destroy(s);
	}
	/* cycles alone tell nothing of caches */
	counts[0] = (struct trace_count){5, 5, 7, 0, COUNTER_CYCLES, false};
	write_trace(counts, 1, 0);
	cr_expect_null(load());
}

/*
 * Pages of zeroes, 64 lines each, in the second eighth of the time on CPU 1, and one reading over all of it: as many
 * lines as they explain come then, the rest evenly, as do all those of CPU 0.
 */
static void expect_bursts(uint64_t value, uint64_t pages)
{
	struct trace_count counts[CPUS];
	const uint64_t eighth = END_NS / 8, burst = pages * 64 < value ? pages * 64 : value;
	struct pressure_series *s;
	struct trace_reader *r;

	write_zeroed(pages, eighth, eighth);
	for (uint16_t cpu = 0; cpu < CPUS; cpu++)
		counts[cpu] = (struct trace_count){.ts_ns = END_NS,
						   .span_ns = END_NS,
						   .value = value,
						   .cpu = cpu,
						   .counter = COUNTER_L2_FILLS};
	cr_assert_eq(trace_reader_open(path, &r, NULL), 0);
	cr_assert_eq(pressure_series_create(r, counts, CPUS, &s, NULL), 0);
	trace_reader_destroy(r);
	for (uint64_t part = 0; part <= 8; part++) {
		double rest = (double)(value - burst) * (double)part / 8;

		/* the ends of the burst are as exact as an event */
		cr_expect_float_eq((double)pressure_series_fills(s, 1, CACHE_L2, part * eighth),
				   rest + (part >= 2 ? (double)burst : 0), 128, "%lu/8", part);
		cr_expect_float_eq((double)pressure_series_fills(s, 0, CACHE_L2, part * eighth),
				   (double)value * (double)part / 8, 1, "%lu/8", part);
	}
	cr_expect_eq(pressure_series_fills(s, 1, CACHE_L2, END_NS), value, "no line is lost");
	pressure_series_destroy(s);
}

Test(pressure_series, lines_that_events_explain_come_with_them)
{
	expect_bursts(1000000, 0);
	expect_bursts(1000000, 1000);
	/* more than were counted: some of them were in the caches */
	expect_bursts(50000, 1000);
}

static void replay(const char *asked, struct replay_result **ret)
{
	struct layout *layout;
	struct replay_opts opts = {
		.nr_layouts = 1, .jobs = 1, .policy = {.max_order = POLICY_AS_TRACED}};
	struct trace_reader *r;
	struct error err = {0};

	if (asked)
		cr_assert_eq(pressure_parse(asked, &opts.pressure, NULL), 0);
	cr_assert_eq(layout_load("memdesc8", &layout, NULL), 0);
	opts.layouts = (const struct layout *const *)&layout;
	cr_assert_eq(trace_reader_open(path, &r, NULL), 0);
	cr_assert_eq(replay_run(r, &opts, ret, &err), 0, "%s", err.msg);
	trace_reader_destroy(r);
	layout_destroy(layout);
}

static bool same_hits(const char *a, const char *b)
{
	struct replay_result *one, *other;
	bool same;

	replay(a, &one);
	replay(b, &other);
	same = !memcmp(one->layouts[0].total.hits, other->layouts[0].total.hits,
		       sizeof(one->layouts[0].total.hits));
	replay_result_destroy(one);
	replay_result_destroy(other);
	return same;
}

Test(pressure_series, at_an_even_rate_the_caches_are_as_under_that_rate_assumed)
{
	struct trace_count counts[6];
	struct replay_result *result;

	write_trace(counts, even_counts(counts, even), 0);
	cr_expect(same_hits("trace", "500M"));
	cr_expect_not(same_hits("trace", "none"), "the rate matters");
	cr_expect_not(same_hits("trace", "100M"), "and which it is");
	cr_expect(same_hits(NULL, "trace"), "what is measured is the default");
	replay(NULL, &result);
	cr_expect_str_eq(pressure_name(&result->pressure), "trace");
	cr_expect_eq(result->pressure.fills[1], 500000000);
	replay_result_destroy(result);
}

Test(pressure_series, presses_on_the_cpu_that_counted_it_and_in_its_time)
{
	struct trace_count counts[] = {
		{.ts_ns = END_NS,
		 .span_ns = END_NS,
		 .value = even[1],
		 .counter = COUNTER_L1D_FILLS},
		{.ts_ns = END_NS, .span_ns = END_NS, .value = even[1], .counter = COUNTER_L2_FILLS},
		{.ts_ns = END_NS, .span_ns = END_NS, .value = 0, .counter = COUNTER_LLC_FILLS},
	};

	write_trace(counts, 3, 1);
	cr_expect(same_hits("trace", "none"), "all events are on the other one");
	write_trace(counts, 3, 0);
	cr_expect_not(same_hits("trace", "none"));
	for (int i = 0; i < 3; i++)
		counts[i].ts_ns += END_NS;
	write_trace(counts, 3, 0);
	cr_expect(same_hits("trace", "none"), "it came after the last event");
}

Test(pressure_series, that_nobody_measured_can_be_no_pressure)
{
	struct replay_opts opts = {.nr_layouts = 1, .jobs = 1};
	struct replay_result *result;
	struct trace_reader *r;
	struct layout *layout;
	struct error err = {0};

	write_trace(NULL, 0, 0);
	cr_expect(same_hits(NULL, "none"));
	cr_assert_eq(layout_load("v6.12", &layout, NULL), 0);
	opts.layouts = (const struct layout *const *)&layout;
	cr_assert_eq(pressure_parse("trace", &opts.pressure, NULL), 0);
	cr_assert_eq(trace_reader_open(path, &r, NULL), 0);
	cr_expect_eq(replay_run(r, &opts, &result, &err), -ENODATA);
	cr_expect_not_null(strstr(err.msg, "--pressure=trace"));
	trace_reader_destroy(r);
	layout_destroy(layout);
}

/* All that was counted lies before the trace, or up to the end of all time. */
Test(pressure_series, any_times_that_a_trace_can_hold)
{
	struct trace_count count = {.span_ns = 5, .value = 700, .counter = COUNTER_L2_FILLS};
	struct pressure_series *s;

	write_trace(&count, 1, 0);
	s = load();
	cr_expect_eq(pressure_series_fills(s, 0, CACHE_L2, 0), 0);
	cr_expect_eq(pressure_series_fills(s, 0, CACHE_L2, INT64_MAX), 0);
	pressure_series_destroy(s);
	count.ts_ns = count.span_ns = count.value = INT64_MAX;
	write_trace(&count, 1, 0);
	s = load();
	cr_expect_float_eq((double)pressure_series_fills(s, 0, CACHE_L2, INT64_MAX), 0x1p63,
			   0x1p40);
	cr_expect_float_eq((double)pressure_series_fills(s, 0, CACHE_L2, INT64_MAX / 2), 0x1p62,
			   0x1p40);
	pressure_series_destroy(s);
}
