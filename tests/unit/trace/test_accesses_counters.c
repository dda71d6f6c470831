// SPDX-License-Identifier: GPL-2.0-only
/* Counters of an emulator, drawn here, become counts of fills that add up to what they said at each moment. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/draw.h"
#include "trace/accesses.h"
#include "trace/accesses_counters.h"
#include "trace_helpers.h"

/* More than one block of counts. */
enum { CPUS = 4, MOMENTS = 12000, LEVELS = 4, KINDS = 3 };

struct moment {
	uint64_t ts_ns, hits[CPUS][LEVELS];
};

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

static const uint8_t counter_of[KINDS] = {COUNTER_L1D_FILLS, COUNTER_L2_FILLS, COUNTER_LLC_FILLS};

/* Every fifth moment comes at the time of the one before. */
static struct moment *draw_moments(void)
{
	struct moment *moments = calloc(MOMENTS, sizeof(*moments));
	uint64_t seed = 5;

	cr_assert_not_null(moments);
	moments[0].ts_ns = 1000;
	for (size_t i = 0; i < MOMENTS; i++) {
		if (i) {
			moments[i] = moments[i - 1];
			moments[i].ts_ns += i % 5 ? 1 + draw(&seed) % 200000 : 0;
		}
		for (size_t cpu = 0; cpu < CPUS; cpu++)
			for (size_t level = 0; level < LEVELS; level++)
				moments[i].hits[cpu][level] += draw(&seed) % 5000;
	}
	return moments;
}

static struct access_log_record record(uint64_t cpu, uint64_t number, uint64_t value)
{
	return (struct access_log_record){
		.what = (uint64_t)ACCESS_LOG_COUNTER << ACCESS_LOG_TYPE_SHIFT |
			cpu << ACCESS_LOG_CPU_SHIFT | number,
		.site = value,
	};
}

static int put_moment(struct accesses_counters *c, const struct moment *m, struct trace_writer *w,
		      struct error *err)
{
	struct access_log_record r = record(0, ACCESS_LOG_INSTRUCTIONS, m->ts_ns / 2);
	int e = accesses_counters_complete(c, 0, w, err);

	if (!e)
		e = accesses_counters_add(c, &r, m->ts_ns, err);
	for (size_t i = 0; !e && i < (size_t)CPUS * LEVELS; i++) {
		r = record(i / LEVELS, ACCESS_LOG_OTHER + i % LEVELS,
			   m->hits[i / LEVELS][i % LEVELS]);
		e = accesses_counters_add(c, &r, m->ts_ns, err);
	}
	return e;
}

static void survey(struct accesses_counters *c, size_t moments, struct trace_meta *meta)
{
	struct access_log_record instructions = record(0, ACCESS_LOG_INSTRUCTIONS, 0);
	struct access_log_record hits = record(0, ACCESS_LOG_OTHER, 0);

	cr_assert_eq(accesses_counters_init(c, CPUS, NULL), 0);
	for (size_t i = 0; i < moments; i++)
		accesses_counters_survey(c, &instructions);
	accesses_counters_describe(c, meta);
	cr_expect_eq(meta->nr_counted, 0, "without caches nothing is counted");
	accesses_counters_survey(c, &hits);
	accesses_counters_describe(c, meta);
}

static void write_moments(const struct moment *moments)
{
	struct trace_footer footer = {.end_ns = moments[MOMENTS - 1].ts_ns, .stop = "command"};
	_cleanup_(accesses_counters_fini) struct accesses_counters c = {0};
	struct trace_meta *meta = malloc(sizeof(*meta));
	struct trace_writer *w;
	struct error err = {0};

	cr_assert_not_null(meta);
	*meta = test_meta;
	survey(&c, MOMENTS, meta);
	cr_assert_eq(trace_writer_create("t.trace", meta, NULL, &w, NULL), 0);
	for (size_t i = 0; i < MOMENTS; i++)
		cr_assert_eq(put_moment(&c, &moments[i], w, &err), 0, "%s", err.msg);
	cr_assert_eq(accesses_counters_end(&c, 0, w, &err), 0, "%s", err.msg);
	cr_assert_eq(trace_writer_finish(w, &footer, &err), 0, "%s", err.msg);
	trace_writer_destroy(w);
	free(meta);
}

/* As far as the counts of a counter of a CPU have come. */
struct so_far {
	uint64_t ts_ns, value;
	size_t moment;
};

/* From the first moment on: what was found behind the level, at the first moment of that time. */
static uint64_t naive(const struct moment *moments, size_t i, size_t cpu, size_t kind)
{
	uint64_t fills = 0;

	for (size_t level = kind + 1; level < LEVELS; level++)
		fills += moments[i].hits[cpu][level] - moments[0].hits[cpu][level];
	return fills;
}

static void see_count(const struct moment *moments, const struct trace_count *c, struct so_far *s)
{
	size_t kind = 0;

	while (kind < KINDS && counter_of[kind] != c->counter)
		kind++;
	cr_assert(kind < KINDS && c->cpu < CPUS);
	s += c->cpu * KINDS + kind;
	cr_assert_eq(c->ts_ns - c->span_ns, s->ts_ns ? s->ts_ns : moments[0].ts_ns);
	while (moments[s->moment].ts_ns < c->ts_ns)
		s->moment++;
	s->ts_ns = c->ts_ns;
	s->value += c->value;
	cr_assert_eq(moments[s->moment].ts_ns, c->ts_ns);
	cr_assert_eq(s->value, naive(moments, s->moment, c->cpu, kind));
}

static void see_stat(const struct trace_stat *stat, const struct moment *m)
{
	cr_expect_eq(stat->ts_ns, m->ts_ns);
	cr_expect_eq(*trace_stat_find(stat, accesses_counters[0]), m->ts_ns / 2);
	for (size_t level = 0; level < LEVELS; level++) {
		uint64_t sum = 0;

		for (size_t cpu = 0; cpu < CPUS; cpu++)
			sum += m->hits[cpu][level];
		cr_expect_eq(*trace_stat_find(stat, accesses_counters[ACCESS_LOG_OTHER + level]),
			     sum);
	}
}

Test(accesses_counters, counts_say_what_the_counters_said, .init = enter_scratch,
     .fini = leave_scratch)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *r = NULL;
	struct moment *moments = draw_moments();
	struct so_far so_far[CPUS * KINDS] = {0};
	size_t stats = 0, blocks = 0;
	struct trace_block b;

	write_moments(moments);
	cr_assert_eq(trace_reader_open("t.trace", &r, NULL), 0);
	cr_expect_str_eq(trace_reader_meta(r)->pmu, "emulator");
	cr_expect_eq(trace_reader_meta(r)->nr_counted, KINDS);
	cr_expect_str_eq(trace_reader_meta(r)->counted[1].name, "l2_fills");
	while (trace_reader_next(r, &b, NULL) > 0) {
		if (b.type == BLOCK_STAT)
			see_stat(b.stat, &moments[stats++ ? MOMENTS - 1 : 0]);
		blocks += b.type == BLOCK_COUNTS;
		for (size_t i = 0; b.type == BLOCK_COUNTS && i < b.counts.nr; i++)
			see_count(moments, &b.counts.counts[i], so_far);
	}
	cr_expect_eq(stats, 2);
	cr_expect_gt(blocks, 1);
	for (size_t i = 0; i < (size_t)CPUS * KINDS; i++)
		cr_expect_eq(so_far[i].ts_ns, moments[MOMENTS - 1].ts_ns);
	free(moments);
}

static int add_two(uint64_t second_number, uint64_t second_cpu, struct error *err)
{
	_cleanup_(accesses_counters_fini) struct accesses_counters c = {0};
	struct access_log_record first = record(0, ACCESS_LOG_INSTRUCTIONS, 0);
	struct access_log_record second = record(second_cpu, second_number, 0);
	int r;

	cr_assert_eq(accesses_counters_init(&c, CPUS, NULL), 0);
	r = accesses_counters_add(&c, &first, 5, err);
	if (!r)
		r = accesses_counters_add(&c, &second, 5, err);
	return r ? r : accesses_counters_complete(&c, 0, NULL, err);
}

Test(accesses_counters, that_cannot_be_there_are_refused, .init = enter_scratch,
     .fini = leave_scratch)
{
	_cleanup_(accesses_counters_fini) struct accesses_counters c = {0};
	struct access_log_record first = record(0, ACCESS_LOG_OTHER, 0);
	struct moment *moments = draw_moments();
	struct trace_meta meta = test_meta;
	struct trace_writer *w;
	struct error err = {0};

	cr_expect_eq(add_two(ACCESS_LOG_COUNTERS, 0, &err), -EBADMSG);
	cr_expect_eq(add_two(ACCESS_LOG_OTHER, CPUS, &err), -EBADMSG, "no such CPU");
	cr_expect_eq(add_two(ACCESS_LOG_OTHER + 1, 0, &err), -EBADMSG, "not the next one");
	cr_expect_eq(add_two(ACCESS_LOG_OTHER, 1, &err), -EBADMSG, "of the next CPU");
	cr_expect_eq(add_two(ACCESS_LOG_OTHER, 0, &err), -EBADMSG, "others are missing");
	cr_expect_not_null(strstr(err.msg, "lacks a counter"));
	survey(&c, 3, &meta);
	cr_expect_eq(accesses_counters_add(&c, &first, 5, &err), -EBADMSG, "without instructions");
	cr_assert_eq(trace_writer_create("t.trace", &test_meta, NULL, &w, NULL), 0);
	cr_expect_eq(put_moment(&c, &moments[7], w, &err), 0);
	moments[8].hits[2][3] = moments[7].hits[2][3] - 1;
	cr_expect_eq(put_moment(&c, &moments[8], w, &err), 0);
	cr_expect_eq(accesses_counters_complete(&c, 0, w, &err), -EBADMSG);
	cr_expect_not_null(strstr(err.msg, "went back"));
	trace_writer_destroy(w);
	free(moments);
}
