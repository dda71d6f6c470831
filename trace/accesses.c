// SPDX-License-Identifier: GPL-2.0-only
#include "trace/accesses.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/idmap.h"
#include "trace/access_log.h"
#include "trace/accesses_counters.h"
#include "trace/reader.h"
#include "trace/writer.h"

enum {
	RECORD = 24, /* bytes */
	/*
	 * Accesses follow each other in some 100 ns of a CPU that makes an instruction a nanosecond: finer times
	 * would take more room than the accesses.
	 */
	TIME_NS = 1024,
	EVENTS_OF_BLOCK = 1 << 18, /* so that the tables of the blocks do not weigh */
};

/* Kernel text, modules and BPF programs lie in the top 4 GiB: the log has the low halves. */
#define TEXT_BASE UINT64_C(0xffffffff00000000)

enum { FUNCTION_LEFT_OUT = -1 };

const char *const accesses_counters[ACCESS_LOG_COUNTERS] = {
	[ACCESS_LOG_INSTRUCTIONS] = "emulator_instructions",
	/* where other data was found */
	[ACCESS_LOG_OTHER] = "emulator_other_l1",
	"emulator_other_l2",
	"emulator_other_llc",
	"emulator_other_memory",
};

struct accesses {
	const char *name;
	const struct accesses_opts *opts;
	struct accesses_counts counts;
	struct trace_meta *meta;
	struct trace_reader *events;
	struct trace_writer *writer;
	struct idmap
		*sites; /* word 2 of a record -> row of the table of functions, + 1; 0: left out */
	struct cursor log;
	struct access_log_record next; /* of the log, not yet written */
	bool has_next;
	struct accesses_counters counters;
	/* the emulator's clock and the guest's at the beginning and at the end */
	uint64_t clock_ns[2], guest_ns[2];
	bool has_clock[2];
	uint64_t last_ns; /* of what was written */
};

static void accesses_fini(struct accesses *a)
{
	trace_writer_destroy(a->writer);
	trace_reader_destroy(a->events);
	idmap_destroy(a->sites);
	accesses_counters_fini(&a->counters);
	free(a->meta);
}

static enum access_log_type type_of(const struct access_log_record *r)
{
	return r->what >> ACCESS_LOG_TYPE_SHIFT;
}

/* 1: one more; 0: the end. */
static int read_record(struct accesses *a, struct access_log_record *ret)
{
	if (cursor_left(&a->log) < RECORD)
		return 0;
	ret->ns = cursor_u64(&a->log);
	ret->what = cursor_u64(&a->log);
	ret->site = cursor_u64(&a->log);
	return 1;
}

static int open_log(struct accesses *a, const void *log, size_t len, struct error *err)
{
	a->log = cursor_init(log, len);
	if (cursor_u64(&a->log) != ACCESS_LOG_MAGIC)
		return error_set(err, -EBADMSG, "%s: not a log of accesses", a->name);
	if (cursor_left(&a->log) % RECORD)
		return error_set(err, -EBADMSG, "%s: the log is cut off", a->name);
	return 0;
}

/* The row of the function, a new one if need be; the last row is for all that find no room. */
static size_t function_row(struct accesses *a, const char *name)
{
	struct trace_meta *m = a->meta;
	size_t row = 0;

	while (row < m->nr_functions && strcmp(m->functions[row].name, name) != 0)
		row++;
	if (row < m->nr_functions)
		return row;
	if (row >= TRACE_MAX_FUNCTIONS - 1) {
		name = "[others]";
		row = TRACE_MAX_FUNCTIONS - 1;
	}
	(void)snprintf(m->functions[row].name, sizeof(m->functions[row].name), "%s", name);
	m->nr_functions = row + 1;
	return row;
}

static int name_site(struct accesses *a, uint64_t site, uint64_t *ret, struct error *err)
{
	const char *name = symbols_find(a->opts->symbols, TEXT_BASE | site >> 32);
	char joined[sizeof(a->meta->functions->name)];

	if (a->opts->is_recorder(name)) {
		*ret = 0;
		return idmap_set(a->sites, site, 0, err);
	}
	if (a->opts->is_helper(name)) {
		(void)snprintf(joined, sizeof(joined), "%.31s < %.28s", name,
			       symbols_find(a->opts->symbols, TEXT_BASE | (uint32_t)site));
		name = joined;
	}
	*ret = function_row(a, name) + 1;
	return idmap_set(a->sites, site, *ret, err);
}

static int see_clock(struct accesses *a, const struct access_log_record *r, struct error *err)
{
	unsigned int which = r->what & 1;

	if (a->has_clock[which])
		return error_set(err, -EINVAL, "%s: the markers were seen more than once", a->name);
	a->has_clock[which] = true;
	a->clock_ns[which] = r->ns;
	a->guest_ns[which] = r->site;
	return 0;
}

/* The head of a trace comes first, so the log is read twice. */
static int survey(struct accesses *a, struct error *err)
{
	struct access_log_record r;
	uint64_t row;
	int e = 0;

	while (!e && read_record(a, &r)) {
		if (type_of(&r) == ACCESS_LOG_CLOCK)
			e = see_clock(a, &r, err);
		else if (type_of(&r) == ACCESS_LOG_ACCESS && !idmap_find(a->sites, r.site))
			e = name_site(a, r.site, &row, err);
		else if (type_of(&r) == ACCESS_LOG_COUNTER)
			accesses_counters_survey(&a->counters, &r);
		else if (type_of(&r) > ACCESS_LOG_CLOCK)
			e = error_set(err, -EBADMSG, "%s: a record of unknown type", a->name);
	}
	if (e)
		return e;
	if (!a->has_clock[0] || !a->has_clock[1] || a->clock_ns[0] >= a->clock_ns[1] ||
	    a->guest_ns[0] >= a->guest_ns[1])
		return error_set(err, -EINVAL, "%s: no beginning and end of the workload in it",
				 a->name);
	accesses_counters_describe(&a->counters, a->meta);
	return 0;
}

/* In the trace's time. Both clocks count real time, so between the markers a straight line leads from one to the other. */
static uint64_t guest_time(const struct accesses *a, uint64_t ns)
{
	double rate = (double)(a->guest_ns[1] - a->guest_ns[0]) /
		      (double)(a->clock_ns[1] - a->clock_ns[0]);
	double since = (double)((int64_t)ns - (int64_t)a->clock_ns[0]) * rate;
	int64_t guest = (int64_t)a->guest_ns[0] + (int64_t)since - a->meta->start_unix_ns;

	return guest > 0 ? (uint64_t)guest : 0;
}

static int put_event(struct accesses *a, const struct event *e, struct error *err)
{
	a->last_ns = e->ts_ns;
	return trace_writer_events(a->writer, e, 1, err);
}

static int put_access(struct accesses *a, const struct access_log_record *r, uint64_t ns,
		      struct error *err)
{
	const uint32_t size = a->meta->struct_page_size;
	uint64_t address = r->what & ACCESS_LOG_ADDRESS, *row = idmap_find(a->sites, r->site);
	struct event e = {
		.kind = EVENT_ACCESS,
		.pfn = address / size,
		.cpu = r->what >> ACCESS_LOG_CPU_SHIFT & 0xff,
		.ts_ns = ns / TIME_NS * TIME_NS,
	};

	if (!*row) {
		a->counts.recorder++;
		return 0;
	}
	if (e.pfn >= a->meta->max_pfn || e.cpu >= a->meta->nr_cpus) {
		a->counts.outside++;
		return 0;
	}
	e.ts_ns = e.ts_ns < a->last_ns ? a->last_ns : e.ts_ns;
	e.arg = (uint32_t)(address % size) |
		(uint32_t)(r->what >> ACCESS_LOG_SIZE_SHIFT & ACCESS_SIZE) << ACCESS_SIZE_SHIFT |
		(r->what & ACCESS_LOG_LOAD ? ACCESS_LOAD : 0) |
		(r->what & ACCESS_LOG_STORE ? ACCESS_STORE : 0) |
		(r->what & ACCESS_LOG_LOCKED ? ACCESS_LOCKED : 0) |
		(uint32_t)(r->what >> ACCESS_LOG_LEVEL_SHIFT & ACCESS_LEVEL) << ACCESS_LEVEL_SHIFT |
		(uint32_t)(*row - 1) << ACCESS_FUNCTION_SHIFT;
	a->counts.accesses++;
	a->counts.unnamed += *row == TRACE_MAX_FUNCTIONS;
	return put_event(a, &e, err);
}

static int complete_counters(struct accesses *a, struct error *err)
{
	return accesses_counters_complete(&a->counters, a->last_ns, a->writer, err);
}

static int put_counter(struct accesses *a, const struct access_log_record *r, uint64_t ns,
		       struct error *err)
{
	int e = 0;

	/* the first of a moment: those of the one before are complete */
	if ((r->what & 0xff) == ACCESS_LOG_INSTRUCTIONS)
		e = complete_counters(a, err);
	if (!e && accesses_counters_add(&a->counters, r, ns, err) < 0)
		e = error_prefix(err, -EBADMSG, "%s", a->name);
	return e;
}

/* All of the log that comes before this moment. */
static int put_log(struct accesses *a, uint64_t before_ns, struct error *err)
{
	for (int e = 0;;) {
		uint64_t ns;

		if (!a->has_next && !read_record(a, &a->next))
			return 0;
		a->has_next = true;
		/* the counters before are complete */
		if (type_of(&a->next) != ACCESS_LOG_COUNTER)
			e = complete_counters(a, err);
		if (e)
			return e;
		ns = guest_time(a, a->next.ns);
		if (ns >= before_ns)
			return 0;
		if (type_of(&a->next) == ACCESS_LOG_ACCESS)
			e = put_access(a, &a->next, ns, err);
		else if (type_of(&a->next) == ACCESS_LOG_COUNTER)
			e = put_counter(a, &a->next, ns, err);
		if (e)
			return e;
		a->has_next = false;
	}
}

static int merge_events(struct accesses *a, const struct event *events, size_t nr,
			struct error *err)
{
	int e = 0;

	for (size_t i = 0; !e && i < nr; i++) {
		struct event event = events[i];

		e = put_log(a, event.ts_ns, err);
		event.ts_ns = event.ts_ns < a->last_ns ? a->last_ns : event.ts_ns;
		if (!e)
			e = put_event(a, &event, err);
	}
	a->counts.events += nr;
	return e;
}

static int merge_block(struct accesses *a, const struct trace_block *b, struct error *err)
{
	switch (b->type) {
	case BLOCK_CENSUS:
		return trace_writer_census(a->writer, b->census.ts_ns, b->census.start_pfn,
					   b->census.end_pfn, b->census.runs, b->census.nr, err);
	case BLOCK_EVENTS:
		return merge_events(a, b->events.events, b->events.nr, err);
	case BLOCK_STAT:
		return trace_writer_stat(a->writer, b->stat, err);
	default:
		return 0;
	}
}

static int merge(struct accesses *a, struct error *err)
{
	struct trace_block block;
	int e;

	while ((e = trace_reader_next(a->events, &block, err)) > 0) {
		e = merge_block(a, &block, err);
		if (e)
			return e;
	}
	if (!e)
		e = put_log(a, UINT64_MAX, err);
	return e ? e : accesses_counters_end(&a->counters, a->last_ns, a->writer, err);
}

static int describe(struct accesses *a, struct error *err)
{
	struct trace_class *c;
	int e = trace_reader_open(a->opts->events, &a->events, err);

	if (e)
		return e;
	a->meta = malloc(sizeof(*a->meta));
	if (!a->meta)
		return error_nomem(err);
	*a->meta = *trace_reader_meta(a->events);
	if (!a->meta->struct_page_size || a->meta->struct_page_size > ACCESS_OFFSET + 1)
		return error_set(err, -EINVAL,
				 "the trace of the events says that struct page has %u bytes",
				 a->meta->struct_page_size);
	a->meta->nr_functions = 0;
	c = &a->meta->classes[CLASS_ACCESS];
	*c = (struct trace_class){.fidelity = FIDELITY_EXACT, .how = "emulator"};
	(void)snprintf(c->note, sizeof(c->note), "%s",
		       "all of the kernel's but the recorder's own, by the emulator's time");
	(void)snprintf(a->meta->layout, sizeof(a->meta->layout), "%s", a->opts->layout);
	(void)snprintf(a->meta->tool, sizeof(a->meta->tool), "%s", a->opts->tool);
	e = accesses_counters_init(&a->counters, a->meta->nr_cpus, err);
	return e ? e : idmap_create(&a->sites, err);
}

static int finish(struct accesses *a, struct error *err)
{
	struct trace_footer footer = *trace_reader_footer(a->events);

	if (footer.end_ns < a->last_ns)
		footer.end_ns = a->last_ns;
	return trace_writer_finish(a->writer, &footer, err);
}

int import_accesses(const char *name, const void *log, size_t len, const struct accesses_opts *opts,
		    struct accesses_counts *ret, struct error *err)
{
	_cleanup_(accesses_fini) struct accesses a = {.name = name, .opts = opts};
	const struct trace_writer_opts writer = {.zstd_level = opts->zstd_level,
						 .block_events = EVENTS_OF_BLOCK};
	int e = describe(&a, err);

	if (!e)
		e = open_log(&a, log, len, err);
	if (!e)
		e = survey(&a, err);
	if (!e)
		e = open_log(&a, log, len, err);
	if (!e)
		e = trace_writer_create(opts->output, a.meta, &writer, &a.writer, err);
	if (!e)
		e = merge(&a, err);
	if (!e)
		e = finish(&a, err);
	if (!e)
		*ret = a.counts;
	return e;
}
