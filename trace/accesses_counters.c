// SPDX-License-Identifier: GPL-2.0-only
#include "trace/accesses_counters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/accesses.h"
#include "trace/format.h"

/* Lines that enter a level are those that were found behind it. */
enum { FILLED_LEVELS = ACCESS_LOG_LEVELS - 1 };

static const struct {
	uint8_t counter;
	const char *event;
} filled[FILLED_LEVELS] = {
	{COUNTER_L1D_FILLS, "misses of L1, but the memmap's"},
	{COUNTER_L2_FILLS, "misses of L2, but the memmap's"},
	{COUNTER_LLC_FILLS, "misses of the last level, but the memmap's"},
};

int accesses_counters_init(struct accesses_counters *c, uint32_t nr_cpus, struct error *err)
{
	size_t hits = (size_t)nr_cpus * ACCESS_LOG_LEVELS;

	c->nr_cpus = nr_cpus;
	c->now.hits = calloc(hits, sizeof(*c->now.hits));
	c->before.hits = calloc(hits, sizeof(*c->before.hits));
	c->counts = calloc(FORMAT_MAX_COUNTS, sizeof(*c->counts));
	return c->now.hits && c->before.hits && c->counts ? 0 : error_nomem(err);
}

void accesses_counters_fini(struct accesses_counters *c)
{
	free(c->now.hits);
	free(c->before.hits);
	free(c->counts);
}

static size_t number_of(const struct access_log_record *r)
{
	return r->what & 0xff;
}

void accesses_counters_survey(struct accesses_counters *c, const struct access_log_record *r)
{
	c->moments += number_of(r) == ACCESS_LOG_INSTRUCTIONS;
	c->cached |= number_of(r) >= ACCESS_LOG_OTHER;
}

void accesses_counters_describe(const struct accesses_counters *c, struct trace_meta *meta)
{
	if (!c->cached)
		return;
	(void)snprintf(meta->pmu, sizeof(meta->pmu), "emulator");
	meta->pmu_note[0] = '\0';
	meta->nr_counted = FILLED_LEVELS;
	for (size_t level = 0; level < FILLED_LEVELS; level++) {
		struct trace_counted *counted = &meta->counted[level];

		(void)snprintf(counted->name, sizeof(counted->name), "%s",
			       counter_name(filled[level].counter));
		(void)snprintf(counted->event, sizeof(counted->event), "%s", filled[level].event);
	}
}

static void add_to_stat(struct trace_stat *stat, size_t number, uint64_t value)
{
	struct trace_counter *counter = &stat->counters[stat->nr++];

	(void)snprintf(counter->name, sizeof(counter->name), "%s", accesses_counters[number]);
	counter->value = value;
}

/* Of all CPUs together. */
static int put_stat(const struct accesses_counters *c, uint64_t last_ns, struct trace_writer *w,
		    struct error *err)
{
	uint64_t ts_ns = c->now.ts_ns < last_ns ? last_ns : c->now.ts_ns;
	struct trace_stat *stat = calloc(1, sizeof(*stat));
	int r;

	if (!stat)
		return error_nomem(err);
	stat->ts_ns = ts_ns;
	add_to_stat(stat, ACCESS_LOG_INSTRUCTIONS, c->now.instructions);
	for (size_t level = 0; level < ACCESS_LOG_LEVELS && c->now.nr; level++) {
		uint64_t sum = 0;

		for (size_t i = level; i < c->now.nr; i += ACCESS_LOG_LEVELS)
			sum += c->now.hits[i];
		add_to_stat(stat, ACCESS_LOG_OTHER + level, sum);
	}
	r = trace_writer_stat(w, stat, err);
	free(stat);
	return r;
}

static int flush(struct accesses_counters *c, struct trace_writer *w, struct error *err)
{
	int r = c->nr ? trace_writer_counts(w, c->counts, c->nr, err) : 0;

	c->nr = 0;
	return r;
}

static int put_fills(struct accesses_counters *c, size_t cpu, struct trace_writer *w,
		     struct error *err)
{
	const uint64_t *now = c->now.hits + cpu * ACCESS_LOG_LEVELS;
	const uint64_t *before = c->before.hits + cpu * ACCESS_LOG_LEVELS;
	uint64_t fills = 0;

	if (c->nr + FILLED_LEVELS > FORMAT_MAX_COUNTS && flush(c, w, err) < 0)
		return err->code;
	for (size_t level = FILLED_LEVELS; level > 0; level--) {
		if (now[level] < before[level])
			return error_set(err, -EBADMSG, "a counter of the log went back");
		fills += now[level] - before[level];
		c->counts[c->nr + level - 1] = (struct trace_count){
			.ts_ns = c->now.ts_ns,
			.span_ns = c->now.ts_ns - c->before.ts_ns,
			.value = fills,
			.cpu = (uint16_t)cpu,
			.counter = filled[level - 1].counter,
		};
	}
	c->nr += FILLED_LEVELS;
	return 0;
}

/* From the moment before to this one. */
static int put_counts(struct accesses_counters *c, struct trace_writer *w, struct error *err)
{
	struct accesses_reading before = c->before;
	int r = 0;

	if (c->done) {
		if (c->now.nr != before.nr)
			return error_set(
				err, -EBADMSG, "the log has counters of %zu CPUs, then %zu",
				before.nr / ACCESS_LOG_LEVELS, c->now.nr / ACCESS_LOG_LEVELS);
		/* what came in no time is told with what comes next */
		if (c->now.ts_ns <= before.ts_ns)
			return 0;
		for (size_t cpu = 0; !r && cpu < c->now.nr / ACCESS_LOG_LEVELS; cpu++)
			r = put_fills(c, cpu, w, err);
	}
	c->before = c->now;
	c->now = before;
	return r;
}

int accesses_counters_complete(struct accesses_counters *c, uint64_t last_ns,
			       struct trace_writer *w, struct error *err)
{
	int r = 0;

	if (!c->open)
		return 0;
	c->open = false;
	if (c->now.nr % ACCESS_LOG_LEVELS)
		return error_set(err, -EBADMSG, "the log lacks a counter");
	if (!c->done || c->done + 1 == c->moments)
		r = put_stat(c, last_ns, w, err);
	if (!r)
		r = put_counts(c, w, err);
	c->done++;
	return r;
}

int accesses_counters_add(struct accesses_counters *c, const struct access_log_record *r,
			  uint64_t ts_ns, struct error *err)
{
	size_t number = number_of(r);
	uint32_t cpu = r->what >> ACCESS_LOG_CPU_SHIFT & 0xff;

	if (number >= ACCESS_LOG_COUNTERS || cpu >= c->nr_cpus)
		return error_set(err, -EBADMSG, "the log has a counter of unknown number, or CPU");
	if (number == ACCESS_LOG_INSTRUCTIONS) {
		c->open = true;
		c->now.ts_ns = ts_ns;
		c->now.instructions = r->site;
		c->now.nr = 0;
		return 0;
	}
	if (!c->open || cpu * ACCESS_LOG_LEVELS + number - ACCESS_LOG_OTHER != c->now.nr)
		return error_set(err, -EBADMSG, "the log has a counter out of its order");
	c->now.hits[c->now.nr++] = r->site;
	return 0;
}

int accesses_counters_end(struct accesses_counters *c, uint64_t last_ns, struct trace_writer *w,
			  struct error *err)
{
	int r = accesses_counters_complete(c, last_ns, w, err);

	return r ? r : flush(c, w, err);
}
