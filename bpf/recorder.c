// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "bpf/attach.h"
#include "bpf/census.h"
#include "bpf/host.h"
#include "bpf/merge.h"
#include "trace/writer.h"

#define MSEC 1000000ULL
#define DEFAULT_BUFFER (16ULL << 20)
#define MAX_BUFFER (1ULL << 36)

enum {
	/*
	 * An event is put within microseconds of its time, unless a hypervisor stops the CPU in
	 * between; so old, no older one is expected from another CPU. Later ones count as late.
	 */
	SETTLE_MS = 2,
	MAX_SLEEP_MS = 10,
	STAT_MS = 1000,
	ROUND_EVENTS = 1 << 16, /* staged per CPU at once: bounds memory, 2.5 MiB per CPU */
	LAST_MS = 200,		/* for records that are being written while we detach */
};

struct recorder {
	struct recorder_opts opts;
	struct trace_meta meta;
	struct trace_stat stat;
	struct attach *attach;
	struct trace_writer *writer;
	struct decoder decoder;
	struct stage *stages;
	struct ring *rings;
	size_t nr_rings;
	struct merge *merge;
	uint64_t start_ns, next_stat_ns;
	uint64_t high_water_words, events;
	unsigned int sleep_ms;
};

DEFINE_CLEANUP(struct recorder *, recorder_destroy);
DEFINE_CLEANUP(struct census_scan *, census_scan_destroy);

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC); /* the clock of bpf_ktime_get_ns() */
}

static int write_events(void *arg, const struct event *events, size_t n, struct error *err)
{
	struct recorder *r = arg;

	r->events += n;
	return trace_writer_events(r->writer, events, n, err);
}

static uint64_t ring_words(const struct recorder_opts *opts)
{
	uint64_t bytes = opts->buffer_bytes ? opts->buffer_bytes : DEFAULT_BUFFER;
	uint64_t words = WIRE_MIN_RING_WORDS;

	while (words * sizeof(uint64_t) < bytes && bytes <= MAX_BUFFER)
		words *= 2;
	return words;
}

static int check_required(const struct recorder *r, struct error *err)
{
	for (int cls = 0; cls < CLASS_MAX; cls++)
		if (r->opts.required >> cls & 1 && r->meta.classes[cls].fidelity == FIDELITY_ABSENT)
			return error_set(err, -ENODATA, "this kernel cannot show the class %s: %s",
					 event_class_name((enum event_class)cls),
					 r->meta.classes[cls].note);
	return 0;
}

static int check_memory(const struct recorder *r, struct error *err)
{
	if (r->meta.max_pfn >> WIRE_PFN_BITS)
		return error_set(err, -EOPNOTSUPP, "this machine has memory above 64 TiB");
	return 0;
}

int recorder_create(const struct recorder_opts *opts, struct recorder **ret, struct error *err)
{
	_cleanup_(recorder_destroyp) struct recorder *r = calloc(1, sizeof(*r));
	int status;

	if (!r)
		return error_nomem(err);
	r->opts = *opts;
	r->sleep_ms = 1;
	status = attach_create(ring_words(opts), opts->classes, &r->meta, &r->attach, err);
	if (!status)
		status = host_describe(&r->meta, err);
	if (!status)
		status = check_memory(r, err);
	if (status < 0)
		return status;
	r->rings = attach_rings(r->attach, &r->nr_rings);
	/* rings are in the order of their CPUs */
	if (r->rings[r->nr_rings - 1].cpu >= r->meta.nr_cpus)
		r->meta.nr_cpus = r->rings[r->nr_rings - 1].cpu + 1u;
	r->stages = calloc(r->nr_rings, sizeof(*r->stages));
	if (!r->stages)
		return error_nomem(err);
	status = merge_create(r->nr_rings, write_events, r, &r->merge, err);
	r->start_ns = now_ns();
	r->meta.start_unix_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	if (!status)
		status = decoder_init(&r->decoder, r->start_ns, err);
	if (!status)
		status = attach_start(r->attach, &r->meta, err);
	if (!status)
		status = check_required(r, err);
	if (status < 0)
		return status;
	*ret = take_ptr(r);
	return 0;
}

void recorder_destroy(struct recorder *r)
{
	if (!r)
		return;
	attach_destroy(r->attach);
	trace_writer_destroy(r->writer);
	decoder_fini(&r->decoder);
	merge_destroy(r->merge);
	for (size_t i = 0; r->stages && i < r->nr_rings; i++)
		stage_fini(&r->stages[i]);
	free(r->stages);
	free(r);
}

/* Moves everything up to cut_ns into the trace; *ret_more tells that a ring holds more of it. */
static int drain(struct recorder *r, uint64_t cut_ns, bool *ret_more, struct error *err)
{
	uint64_t limit_ns = cut_ns > r->start_ns ? cut_ns - r->start_ns : 0;

	*ret_more = false;
	for (size_t cpu = 0; cpu < r->nr_rings; cpu++) {
		uint64_t fill = ring_fill(&r->rings[cpu]);
		ssize_t n = ring_drain(&r->rings[cpu], &r->decoder, &r->stages[cpu], cut_ns,
				       ROUND_EVENTS, err);

		if (n < 0)
			return (int)n;
		if (fill > r->high_water_words)
			r->high_water_words = fill;
		if (fill > r->rings[cpu].words / 4)
			*ret_more = true;
		/* what is left in this ring may be older than what the others have staged */
		if (n == ROUND_EVENTS && r->stages[cpu].last_ns < limit_ns) {
			limit_ns = r->stages[cpu].last_ns;
			*ret_more = true;
		}
	}
	return merge_run(r->merge, r->stages, limit_ns, err);
}

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

static int write_stat(struct recorder *r, struct error *err)
{
	struct trace_stat *stat = &r->stat;
	uint64_t lost[CLASS_MAX];
	int status;

	stat->nr = 0;
	stat->ts_ns = now_ns() - r->start_ns;
	status = host_read_vmstat(stat, err);
	if (status < 0)
		return status;
	attach_lost(r->attach, lost);
	for (int cls = 0; cls < CLASS_MAX; cls++)
		if (add_counter(stat, "memsim_lost_", event_class_name((enum event_class)cls),
				lost[cls]) < 0)
			break;
	r->next_stat_ns = now_ns() + STAT_MS * MSEC;
	return trace_writer_stat(r->writer, stat, err);
}

static int write_part(struct recorder *r, uint64_t ts_ns, const struct census_part *part,
		      struct error *err)
{
	bool more = false;
	int status = 0;

	if (part->end_pfn > part->start_pfn)
		status = trace_writer_census(r->writer, ts_ns, part->start_pfn, part->end_pfn,
					     part->runs, part->nr, err);
	for (size_t cpu = 0; cpu < r->nr_rings; cpu++)
		more |= ring_fill(&r->rings[cpu]) > r->rings[cpu].words / 8;
	while (!status && more)
		status = drain(r, now_ns() - SETTLE_MS * MSEC, &more, err);
	return status;
}

static int write_census(struct recorder *r, struct error *err)
{
	_cleanup_(census_scan_destroyp) struct census_scan *scan = NULL;
	struct census_part part;
	uint64_t ts_ns;
	int status = census_scan_create(&r->meta, attach_vmemmap_base(r->attach), &scan, err);

	/* counters right before and right after: the census can be checked against them */
	if (!status)
		status = write_stat(r, err);
	if (status < 0)
		return status;
	for (;;) {
		ts_ns = now_ns() - r->start_ns;
		status = census_scan_next(scan, &part, err);
		if (status <= 0)
			break;
		status = write_part(r, ts_ns, &part, err);
		if (status < 0)
			return status;
	}
	return status ? status : write_stat(r, err);
}

int recorder_start(struct recorder *r, struct error *err)
{
	struct trace_writer_opts opts = {.zstd_level = r->opts.zstd_level};
	int status = trace_writer_create(r->opts.output, &r->meta, &opts, &r->writer, err);

	return status ? status : write_census(r, err);
}

/* Little traffic: longer sleeps. Much of it: none. */
static void pause_between(struct recorder *r, uint64_t events, uint64_t deadline_ns, bool more)
{
	uint64_t now = now_ns(), ns;

	if (more)
		return;
	if (events > 10000)
		r->sleep_ms = 1;
	else if (r->sleep_ms < MAX_SLEEP_MS)
		r->sleep_ms++;
	ns = r->sleep_ms * MSEC;
	if (deadline_ns && now < deadline_ns && deadline_ns - now < ns)
		ns = deadline_ns - now;
	nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
}

static int command_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int recorder_run(struct recorder *r, uint64_t deadline_ns, pid_t child,
		 const volatile sig_atomic_t *stop, enum recorder_stop *ret_why, int *ret_status,
		 struct error *err)
{
	for (;;) {
		uint64_t now = now_ns(), before = r->events;
		bool more;
		int status;

		if (child && waitpid(child, &status, WNOHANG) == child) {
			*ret_why = RECORDER_STOP_COMMAND;
			*ret_status = command_status(status);
			return 0;
		}
		if (*stop || (deadline_ns && now >= deadline_ns)) {
			*ret_why = *stop ? RECORDER_STOP_SIGNAL : RECORDER_STOP_DURATION;
			return 0;
		}
		status = drain(r, now - SETTLE_MS * MSEC, &more, err);
		if (!status && now >= r->next_stat_ns)
			status = write_stat(r, err);
		if (status < 0)
			return status;
		pause_between(r, r->events - before, deadline_ns, more);
	}
}

/* After detaching: waits for records that were being written and takes all that is left. */
static int drain_rest(struct recorder *r, struct error *err)
{
	uint64_t deadline_ns = now_ns() + LAST_MS * MSEC, left;
	bool more;
	int status;

	do {
		status = drain(r, UINT64_MAX, &more, err);
		left = 0;
		for (size_t cpu = 0; cpu < r->nr_rings; cpu++)
			left += ring_fill(&r->rings[cpu]);
		if (left && !more)
			nanosleep(&(struct timespec){.tv_nsec = MSEC}, NULL);
	} while (!status && left && (more || now_ns() < deadline_ns));
	return status;
}

int recorder_finish(struct recorder *r, enum recorder_stop why, int command,
		    struct trace_footer *ret_footer, struct error *err)
{
	static const char *const names[] = {
		[RECORDER_STOP_SIGNAL] = "signal",
		[RECORDER_STOP_DURATION] = "duration",
		[RECORDER_STOP_COMMAND] = "command",
	};
	struct trace_footer footer = {0};
	int status;

	attach_stop(r->attach);
	status = drain_rest(r, err);
	if (!status)
		status = write_stat(r, err);
	if (status < 0)
		return status;
	footer.end_ns = now_ns() - r->start_ns;
	snprintf(footer.stop, sizeof(footer.stop), "%s", names[why]);
	footer.command_status = why == RECORDER_STOP_COMMAND ? command : -1;
	attach_lost(r->attach, footer.lost);
	footer.self_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	footer.buffer_high_water = r->high_water_words * sizeof(uint64_t);
	footer.buffer_size = r->rings[0].words * sizeof(uint64_t);
	status = trace_writer_finish(r->writer, &footer, err);
	if (!status)
		*ret_footer = footer;
	return status;
}

const struct trace_meta *recorder_meta(const struct recorder *r)
{
	return &r->meta;
}

uint64_t recorder_bytes(const struct recorder *r)
{
	return r->writer ? trace_writer_size(r->writer) : 0;
}

uint64_t recorder_events(const struct recorder *r)
{
	return r->events;
}
