// SPDX-License-Identifier: GPL-2.0-only
/* One trace, from its head to its end; with rotation a recording is several of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/page_kind.h"
#include "bpf/census/census.h"
#include "bpf/attach/host.h"
#include "bpf/recorder_internal.h"

enum { STAT_MS = 1000 };

static int add_counter(struct trace_stat *stat, const char *name, const char *of, uint64_t value)
{
	struct trace_counter *c = &stat->counters[stat->nr];

	if (stat->nr == TRACE_MAX_COUNTERS)
		return -1;
	snprintf(c->name, sizeof(c->name), "%s%s", name, of);
	c->value = value;
	stat->nr++;
	return 0;
}

/* Since the last time, against what may be spent. */
static void watch_overhead(struct recorder *r, uint64_t now)
{
	uint64_t cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID), events[CLASS_MAX], spent;

	for (int cls = 0; cls < CLASS_MAX; cls++)
		events[cls] = r->class_events[cls] - r->last_classes[cls];
	spent = cpu_ns - r->last_cpu_ns + meter_cost_ns(&r->meter, events);
	if (r->last_stat_ns &&
	    overload_spent(&r->overload, spent, (now - r->last_stat_ns) * r->meta.nr_online_cpus))
		attach_sample(r->attach, r->overload.one_in);
	memcpy(r->last_classes, r->class_events, sizeof(r->last_classes));
	r->last_cpu_ns = cpu_ns;
	r->last_stat_ns = now;
}

/*
 * Of what was lost by now, what the part has lost since it began. A miss may have been counted then and its rescue a
 * moment later, which shows as less than there was: then there was less.
 */
static void lost_since(struct recorder *r, uint64_t lost[CLASS_MAX])
{
	for (int cls = 0; cls < CLASS_MAX; cls++) {
		if (r->base.lost[cls] > lost[cls])
			r->base.lost[cls] = lost[cls];
		lost[cls] -= r->base.lost[cls];
	}
}

static uint64_t suspended_since(const struct recorder *r)
{
	uint64_t now = suspended_ns();

	return now > r->base.suspended_ns ? now - r->base.suspended_ns : 0;
}

int recorder_part_counts(struct recorder *r, struct error *err)
{
	const struct trace_count *counts;
	size_t nr = pmu_sampler_take(r->pmu, &counts);

	return trace_writer_counts(r->writer, counts, nr, err);
}

int recorder_part_stat(struct recorder *r, struct error *err)
{
	struct trace_stat *stat = &r->stat;
	uint64_t lost[CLASS_MAX], now = now_ns();
	int status;

	watch_overhead(r, now);
	stat->nr = 0;
	stat->ts_ns = now - r->start_ns;
	status = host_read_vmstat(stat, err);
	if (status < 0)
		return status;
	attach_lost(r->attach, lost);
	lost_since(r, lost);
	(void)add_counter(stat, "memsim_sample", "", r->overload.one_in);
	(void)add_counter(stat, "memsim_suspended_ms", "", suspended_since(r) / MSEC);
	for (int cls = 0; cls < CLASS_MAX; cls++)
		if (add_counter(stat, "memsim_lost_", event_class_name((enum event_class)cls),
				lost[cls]) < 0)
			break;
	r->next_stat_ns = now + STAT_MS * MSEC;
	status = pmu_sampler_step(r->pmu, r->start_ns, true, err);
	if (!status)
		status = recorder_part_counts(r, err);
	if (!status)
		status = trace_writer_stat(r->writer, stat, err);
	r->flushed = r->events;
	return status;
}

/* 1: runs found no room. That ends the recording: --max-size is too small for the census alone, or for this one. */
static int write_runs(struct recorder *r, uint64_t ts_ns, const struct census_part *part,
		      struct error *err)
{
	uint64_t before, used = 0;
	int status = trace_writer_flush(r->writer, err);

	if (status < 0)
		return status;
	r->flushed = r->events;
	before = trace_writer_size(r->writer);
	status = trace_writer_census(r->writer, ts_ns, part->start_pfn, part->end_pfn, part->runs,
				     part->nr, err);
	if (status < 0)
		return status;
	if (status > 0)
		r->full = r->census_cut = true;
	for (size_t i = 0; i < part->nr; i++)
		if (part->runs[i].kind != PAGE_KIND_FREE && part->runs[i].kind != PAGE_KIND_HOLE)
			used += part->runs[i].count << part->runs[i].order;
	budget_census(&r->budget, used, trace_writer_size(r->writer) - before);
	return status;
}

static int write_part(struct recorder *r, uint64_t ts_ns, const struct census_part *part,
		      struct error *err)
{
	/* where bytes are few, events wait in their rings until it is known how many the census leaves to them */
	const uint64_t share = r->opts.max_bytes ? 2 : 8;
	bool more = false;
	int status = 0;

	if (part->end_pfn > part->start_pfn)
		status = write_runs(r, ts_ns, part, err);
	for (size_t cpu = 0; cpu < r->nr_rings; cpu++)
		more |= ring_fill(&r->rings[cpu]) > r->rings[cpu].words / share;
	while (!status && more)
		status = recorder_drain(r, &more, err);
	return status;
}

/* By the counters that were read last: of those that a census will find, all but the free ones. */
static uint64_t used_pages(const struct recorder *r)
{
	const uint64_t *free_pages = trace_stat_find(&r->stat, "nr_free_pages");
	uint64_t pages = 0;

	for (size_t i = 0; i < r->meta.nr_ranges; i++)
		pages += r->meta.ranges[i].nr_pages;
	return free_pages && *free_pages < pages ? pages - *free_pages : pages;
}

static int write_census(struct recorder *r, struct error *err)
{
	struct census_part part;
	uint64_t ts_ns;
	/* counters right before and right after: the census can be checked against them */
	int status = recorder_part_stat(r, err);

	budget_begin(&r->budget, used_pages(r));
	trace_writer_census_end(r->writer, budget_census_end(&r->budget));
	while (!status) {
		/* what happens to a page after it was read shall not bear a time before that */
		for (size_t i = 0; i < r->nr_rings; i++)
			ring_ask_stamp(&r->rings[i]);
		ts_ns = now_ns() - r->start_ns;
		status = census_scan_next(r->scan, &part, err);
		if (status <= 0)
			break;
		status = write_part(r, ts_ns, &part, err);
	}
	budget_census_over(&r->budget);
	return status < 0 ? status : recorder_part_stat(r, err);
}

static void read_counts(const struct recorder *r, struct recorder_counts *c)
{
	attach_lost(r->attach, c->lost);
	attach_unsampled(r->attach, c->unsampled);
	c->self_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned int cpu = 0; cpu < r->meta.nr_cpus; cpu++)
		attach_no_room_on(r->attach, cpu, c->no_room + (size_t)cpu * CLASS_MAX);
}

static int create_writer(struct recorder *r, struct error *err)
{
	struct trace_writer_opts opts = {.zstd_level = r->opts.zstd_level, .background = true};
	_cleanup_free_ char *name = NULL;

	if (!r->part)
		return trace_writer_create(r->opts.output, &r->meta, &opts, &r->writer, err);
	if (asprintf(&name, "%s.%04u", r->opts.output, r->part) < 0) {
		name = NULL;
		return error_nomem(err);
	}
	return trace_writer_create(name, &r->meta, &opts, &r->writer, err);
}

int recorder_part_begin(struct recorder *r, struct error *err)
{
	int status;

	if (r->opts.rotate_bytes || r->opts.rotate_ns)
		r->part++;
	r->meta.sample = r->overload.one_in;
	r->flushed = r->events;
	census_scan_rewind(r->scan);
	status = create_writer(r, err);
	if (!status)
		status = merge_tasks(r->merge, 0, err);
	return status ? status : write_census(r, err);
}

/* The largest losses of one class on one CPU, as many as fit, by CPU. */
static void list_losses(const struct recorder *r, struct trace_footer *footer)
{
	for (unsigned int cpu = 0; cpu < r->meta.nr_cpus; cpu++) {
		for (int cls = 0; cls < CLASS_MAX; cls++) {
			const size_t at_cpu = (size_t)cpu * CLASS_MAX + (size_t)cls;
			struct trace_cpu_loss loss = {.cpu = cpu};
			struct trace_cpu_loss *at = &footer->cpu_losses[footer->nr_cpu_losses];

			loss.lost = r->end.no_room[at_cpu] - r->base.no_room[at_cpu];
			snprintf(loss.cls, sizeof(loss.cls), "%s",
				 event_class_name((enum event_class)cls));
			if (!loss.lost)
				continue;
			if (footer->nr_cpu_losses < TRACE_MAX_CPU_LOSSES) {
				footer->nr_cpu_losses++;
			} else {
				at = footer->cpu_losses;
				for (size_t i = 1; i < TRACE_MAX_CPU_LOSSES; i++)
					if (footer->cpu_losses[i].lost < at->lost)
						at = &footer->cpu_losses[i];
				if (at->lost >= loss.lost)
					continue;
			}
			*at = loss;
		}
	}
}

static void add_up(struct trace_footer *total, const struct trace_footer *footer)
{
	uint64_t before_ns = total->end_ns;
	struct trace_footer sum = *footer;

	for (int kind = 0; kind < EVENT_KIND_MAX; kind++)
		sum.events[kind] += total->events[kind];
	for (int cls = 0; cls < CLASS_MAX; cls++) {
		sum.lost[cls] += total->lost[cls];
		sum.unsampled[cls] += total->unsampled[cls];
	}
	sum.end_ns += before_ns;
	if (sum.buffer_high_water < total->buffer_high_water)
		sum.buffer_high_water = total->buffer_high_water;
	*total = sum;
}

int recorder_part_end(struct recorder *r, const char *stop, int command_status, struct error *err)
{
	struct trace_footer footer = {.command_status = command_status};
	int status = recorder_part_stat(r, err);

	if (status < 0)
		return status;
	footer.end_ns = now_ns() - r->start_ns;
	snprintf(footer.stop, sizeof(footer.stop), "%s", stop);
	read_counts(r, &r->end);
	memcpy(footer.lost, r->end.lost, sizeof(footer.lost));
	lost_since(r, footer.lost);
	footer.lost[CLASS_ALLOC] += r->unread_words;
	for (int cls = 0; cls < CLASS_MAX; cls++)
		footer.unsampled[cls] = r->end.unsampled[cls] - r->base.unsampled[cls];
	list_losses(r, &footer);
	memcpy(footer.ns_per_event, r->meter.result, sizeof(footer.ns_per_event));
	footer.sample = r->overload.one_in;
	footer.self_cpu_ns = r->end.self_cpu_ns - r->base.self_cpu_ns;
	footer.buffer_high_water = r->high_water_words * sizeof(uint64_t);
	footer.buffer_size = r->ring_words * sizeof(uint64_t);
	status = trace_writer_finish(r->writer, &footer, err);
	if (!status)
		add_up(&r->total, &footer);
	return status;
}

/* Time 0 moves; what is staged already is told from the old one. */
static void move_start(struct recorder *r, uint64_t start_ns)
{
	uint64_t delta = start_ns - r->start_ns;

	for (size_t i = 0; i < r->nr_rings; i++)
		stage_move_start(&r->stages[i], delta);
	merge_move_start(r->merge, delta);
	r->start_ns = start_ns;
	r->decoder.start_ns = start_ns;
	r->meta.start_unix_ns += (int64_t)(delta + suspended_since(r));
}

static void swap_counts(struct recorder_counts *a, struct recorder_counts *b)
{
	struct recorder_counts c = *a;

	*a = *b;
	*b = c;
}

static bool is_due(const struct recorder *r)
{
	return (r->opts.rotate_bytes && trace_writer_size(r->writer) >= r->opts.rotate_bytes) ||
	       (r->opts.rotate_ns && now_ns() - r->start_ns >= r->opts.rotate_ns);
}

int recorder_part_rotate(struct recorder *r, struct error *err)
{
	enum { MAX_ROUNDS = 16 };
	bool more = true;
	int status = 0;

	if (!is_due(r))
		return 0;
	r->full = !budget_another(&r->budget, trace_writer_size(r->writer));
	if (r->full)
		return 0;
	for (int i = 0; !status && more && i < MAX_ROUNDS; i++)
		status = recorder_drain(r, &more, err);
	if (!status && r->drained_ns <= r->start_ns)
		return 0;
	if (!status)
		status = recorder_part_end(r, "rotate", -1, err);
	if (status < 0)
		return status;
	budget_end(&r->budget, trace_writer_size(r->writer));
	trace_writer_destroy(take_ptr(r->writer));
	r->high_water_words = 0;
	move_start(r, r->drained_ns);
	/* what was lost while the old part went to disk is lost to the new one */
	swap_counts(&r->base, &r->end);
	r->base.suspended_ns = suspended_ns();
	return recorder_part_begin(r, err);
}
