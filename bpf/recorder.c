// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "bpf/attach/capability.h"
#include "bpf/census/census.h"
#include "bpf/attach/host.h"
#include "bpf/memcg_names.h"
#include "bpf/recorder_internal.h"

#define DEFAULT_BUFFER (16ULL << 20)
#define MAX_BUFFER (1ULL << 36)

/*
 * How long it sleeps between rounds, at most: with some traffic, as what waits shall stay in a cache; and with hardly any
 * in the last round. 7 million events of two words a second, which is more than any CPU was seen to come to, would not
 * fill half of a ring of the usual size meanwhile.
 */
enum { MAX_SLEEP_MS = 10, IDLE_SLEEP_MS = 64, IDLE_EVENTS = 64 };

DEFINE_CLEANUP(struct recorder *, recorder_destroy);

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

/*
 * Besides the rings: events of each CPU that wait for others, the marks of chosen pages and what the merge knows of each page,
 * and the writer with its blocks.
 */
static uint64_t other_memory(const struct recorder *r)
{
	const uint64_t writer = 16 << 20, staged = 2 * STAGED_EVENTS * sizeof(struct event);

	return writer + staged * r->meta.nr_online_cpus + r->meta.max_pfn / 4 +
	       (select_is_all(&r->opts.select) ? 0 : r->meta.max_pfn);
}

static int attach(struct recorder *r, struct error *err)
{
	struct attach_opts opts = {
		.ring_words = ring_words(&r->opts),
		.classes = r->opts.classes,
		.select = &r->opts.select,
		.backups = !r->opts.no_backups,
	};
	uint64_t other = other_memory(r);

	if (r->opts.max_memory && r->opts.max_memory <= other)
		return error_set(err, -ENOMEM,
				 "--max-memory: this machine needs %" PRIu64 " MiB besides buffers",
				 other >> 20);
	opts.max_bytes = r->opts.max_memory ? r->opts.max_memory - other : 0;
	return attach_create(&opts, &r->meta, &r->attach, err);
}

/* Rings, in the order of their CPUs, and what the user's side needs for each. */
static int prepare(struct recorder *r, struct error *err)
{
	r->rings = attach_rings(r->attach, &r->nr_rings);
	for (size_t i = 0; i < r->nr_rings; i++)
		if (r->rings[i].words > r->ring_words)
			r->ring_words = r->rings[i].words;
	if (r->rings[r->nr_rings - 1].cpu >= r->meta.nr_cpus)
		r->meta.nr_cpus = r->rings[r->nr_rings - 1].cpu + 1u;
	r->stages = calloc(r->nr_rings, sizeof(*r->stages));
	r->base.no_room = calloc((size_t)r->meta.nr_cpus * CLASS_MAX, sizeof(uint64_t));
	r->end.no_room = calloc((size_t)r->meta.nr_cpus * CLASS_MAX, sizeof(uint64_t));
	if (!r->stages || !r->base.no_room || !r->end.no_room)
		return error_nomem(err);
	return merge_create(r->nr_rings, r->meta.max_pfn, recorder_write_events, r, &r->merge, err);
}

/*
 * Time 0, in both clocks. What is watched from outside, by the clock of the day, finds its place between events by
 * this: so the pair with the least time between both readings is taken, as the first one has pages to touch.
 */
static void begin(struct recorder *r)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 16; i++) {
		uint64_t before = now_ns(), real = clock_ns(CLOCK_REALTIME),
			 took = now_ns() - before;

		if (took >= least)
			continue;
		least = took;
		r->start_ns = before + took / 2;
		r->meta.start_unix_ns = (int64_t)real;
	}
	r->base.suspended_ns = suspended_ns();
}

int recorder_create(const struct recorder_opts *opts, struct recorder **ret, struct error *err)
{
	_cleanup_(recorder_destroyp) struct recorder *r = calloc(1, sizeof(*r));
	int status = r ? capability_check(err) : error_nomem(err);

	if (status < 0)
		return status;
	r->opts = *opts;
	r->sleep_ms = 1;
	r->meter.fd = -1;
	r->budget.max_bytes = opts->max_bytes;
	r->overload = (struct overload){.off = opts->drop,
					.one_in = opts->sample ? opts->sample : 1,
					.max_percent = opts->max_overhead};
	status = host_describe(&r->meta, err);
	if (!status && opts->names)
		status = memcg_name(&r->meta, err);
	if (!status)
		status = check_memory(r, err);
	if (!status)
		status = attach(r, err);
	if (!status)
		status = prepare(r, err);
	if (!status)
		status = pmu_sampler_create(opts->pmu, opts->pmu_period_ns, &r->meta, &r->pmu, err);
	/* before anything is recorded: verifying its program allocates and frees objects by the 100,000 */
	if (!status)
		status = attach_find_memmap(r->attach, err);
	if (!status)
		status =
			census_scan_create(&r->meta, attach_vmemmap_base(r->attach), &r->scan, err);
	if (status < 0)
		return status;
	select_describe(&opts->select, r->meta.filter, sizeof(r->meta.filter));
	attach_sample(r->attach, r->overload.one_in);
	begin(r);
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

void recorder_abandon(struct recorder *r)
{
	trace_writer_abandon(r->writer);
}

void recorder_destroy(struct recorder *r)
{
	if (!r)
		return;
	meter_fini(&r->meter);
	pmu_sampler_destroy(r->pmu);
	attach_destroy(r->attach);
	census_scan_destroy(r->scan);
	trace_writer_destroy(r->writer);
	decoder_fini(&r->decoder);
	merge_destroy(r->merge);
	for (size_t i = 0; r->stages && i < r->nr_rings; i++)
		stage_fini(&r->stages[i]);
	free(r->stages);
	free(r->base.no_room);
	free(r->end.no_room);
	free(r);
}

int recorder_start(struct recorder *r, struct error *err)
{
	const struct capability_needs needs = {
		.output = r->opts.output,
		.kill = r->opts.has_command,
		.program_fd = attach_program_fd(r->attach),
	};
	int status;

	census_scan_describe(r->scan, &r->meta);
	meter_open(&r->meter);
	status = capability_drop(&needs, err);
	if (!status)
		status = recorder_part_begin(r, err);
	if (!status)
		meter_start(&r->meter, r->attach, now_ns());
	return status;
}

static unsigned int longest_sleep(const struct recorder *r, uint64_t events, bool awaits_child)
{
	bool idle = events <= IDLE_EVENTS && !awaits_child;

	return idle && r->ring_words * sizeof(uint64_t) >= DEFAULT_BUFFER ? IDLE_SLEEP_MS
									  : MAX_SLEEP_MS;
}

/* Little traffic: longer sleeps. Much of it: none. */
static void pause_between(struct recorder *r, uint64_t events, uint64_t deadline_ns, bool more,
			  bool awaits_child)
{
	unsigned int longest = longest_sleep(r, events, awaits_child);
	uint64_t now = now_ns(), counters, ns;

	if (more)
		return;
	r->sleep_ms = events > 10000 ? 1 : r->sleep_ms < longest ? r->sleep_ms + 1 : longest;
	ns = r->sleep_ms * MSEC;
	if (deadline_ns && now < deadline_ns && deadline_ns - now < ns)
		ns = deadline_ns - now;
	counters = pmu_sampler_due_ns(r->pmu);
	if (counters < ns)
		ns = counters;
	nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
}

static int command_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One round: takes what there is, and does what is due besides. */
static int work(struct recorder *r, bool *ret_more, struct error *err)
{
	uint32_t sample = r->overload.one_in;
	uint64_t now = now_ns();
	int status = recorder_drain(r, ret_more, err);

	meter_step(&r->meter, r->attach, now, r->drained_ns);
	if (!status)
		status = pmu_sampler_step(r->pmu, r->start_ns, false, err);
	if (!status && !r->full && pmu_sampler_is_full(r->pmu))
		status = recorder_part_counts(r, err);
	if (!status && !r->full && (now >= r->next_stat_ns || r->overload.one_in != sample))
		status = recorder_part_stat(r, err);
	return status || r->full ? status : recorder_part_rotate(r, err);
}

int recorder_run(struct recorder *r, uint64_t deadline_ns, pid_t child,
		 const volatile sig_atomic_t *stop, enum recorder_stop *ret_why, int *ret_status,
		 struct error *err)
{
	for (;;) {
		uint64_t before = r->events;
		bool more;
		int status;

		if (child && waitpid(child, &status, WNOHANG) == child) {
			*ret_why = RECORDER_STOP_COMMAND;
			*ret_status = command_status(status);
			return 0;
		}
		if (*stop || r->full || (deadline_ns && now_ns() >= deadline_ns)) {
			*ret_why = *stop	   ? RECORDER_STOP_SIGNAL
				   : r->census_cut ? RECORDER_STOP_CENSUS
				   : r->full	   ? RECORDER_STOP_SIZE
						   : RECORDER_STOP_DURATION;
			return 0;
		}
		status = work(r, &more, err);
		if (status < 0)
			return status;
		pause_between(r, r->events - before, deadline_ns, more, child);
	}
}

int recorder_finish(struct recorder *r, enum recorder_stop why, int command,
		    struct trace_footer *ret_footer, struct error *err)
{
	static const char *const names[] = {
		[RECORDER_STOP_SIGNAL] = "signal",   [RECORDER_STOP_DURATION] = "duration",
		[RECORDER_STOP_COMMAND] = "command", [RECORDER_STOP_SIZE] = "size",
		[RECORDER_STOP_CENSUS] = "census",
	};
	int status = 0;

	attach_stop(r->attach);
	/* what a full trace has no room for happened after its end */
	if (!r->full)
		status = recorder_drain_rest(r, err);
	meter_step(&r->meter, r->attach, r->meter.until_ns, UINT64_MAX);
	if (!status)
		status = recorder_part_end(r, names[why],
					   why == RECORDER_STOP_COMMAND ? command : -1, err);
	if (!status)
		*ret_footer = r->total;
	return status;
}

const struct trace_meta *recorder_meta(const struct recorder *r)
{
	return &r->meta;
}

uint64_t recorder_bytes(const struct recorder *r)
{
	return r->budget.done_bytes + (r->writer ? trace_writer_size(r->writer) : 0);
}

uint64_t recorder_events(const struct recorder *r)
{
	return r->events;
}
