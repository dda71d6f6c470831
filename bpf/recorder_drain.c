// SPDX-License-Identifier: GPL-2.0-only
/* From the rings into the trace. */
#include "bpf/recorder_internal.h"

enum { LAST_MS = 200 /* for records that are being written while we detach */ };

/*
 * What an event takes at the most when nothing can be compressed, and what must still fit behind the last one:
 * counters and the end.
 */
enum { EVENT_BYTES = 24, END_BYTES = 128 << 10 };

static void count_classes(struct recorder *r, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		r->class_events[event_info(events[i].kind)->cls]++;
}

/* How many more bytes the trace may take. Events that are still in the writer count as if they were random. */
static int64_t room(const struct recorder *r)
{
	uint64_t taken = r->done_bytes + trace_writer_size(r->writer) + END_BYTES +
			 (r->events - r->flushed) * EVENT_BYTES;

	return (int64_t)(r->opts.max_bytes - taken);
}

static int make_room(struct recorder *r, size_t n, struct error *err)
{
	int64_t wanted = (int64_t)n * EVENT_BYTES;
	int status = 0;

	if (!r->opts.max_bytes || room(r) >= wanted)
		return 0;
	/* what they really take is far less */
	status = trace_writer_flush(r->writer, err);
	r->flushed = r->events;
	r->full = room(r) < wanted;
	return status;
}

int recorder_write_events(void *arg, const struct event *events, size_t n, struct error *err)
{
	struct recorder *r = arg;
	int status = r->full ? 0 : make_room(r, n, err);

	if (status < 0 || r->full)
		return status;
	r->events += n;
	if (r->opts.max_overhead > 0)
		count_classes(r, events, n);
	meter_events(&r->meter, r->start_ns, events, n);
	return trace_writer_events(r->writer, events, n, err);
}

int recorder_drain(struct recorder *r, bool *ret_more, struct error *err)
{
	uint64_t read_ns = UINT64_MAX, fullest = 0;

	*ret_more = false;
	for (size_t i = 0; i < r->nr_rings; i++) {
		struct ring *ring = &r->rings[i];
		uint64_t fill = ring_fill(ring);
		ssize_t n =
			ring_drain(ring, &r->decoder, &r->stages[i], now_ns(), ROUND_EVENTS, err);

		if (n < 0)
			return (int)n;
		if (fill > fullest)
			fullest = fill;
		if (fill > ring->words / 4 || n == ROUND_EVENTS)
			*ret_more = true;
		if (ring->now_ns < read_ns)
			read_ns = ring->now_ns;
	}
	/*
	 * What was read has the time of its CPU's last stamp, and may have happened after another ring was read: what it
	 * lacks before it is there with the next round, before which its own ring was asked for a new stamp.
	 */
	r->drained_ns = r->read_ns;
	r->read_ns = read_ns;
	if (fullest > r->high_water_words)
		r->high_water_words = fullest;
	if (overload_buffer(&r->overload, now_ns(), fullest, r->rings[0].words,
			    attach_no_room(r->attach)))
		attach_sample(r->attach, r->overload.one_in);
	return merge_run(r->merge, r->stages,
			 r->drained_ns > r->start_ns ? r->drained_ns - r->start_ns : 0, err);
}

int recorder_drain_rest(struct recorder *r, struct error *err)
{
	uint64_t deadline_ns = now_ns() + LAST_MS * MSEC, left;
	bool more;
	int status;

	do {
		status = recorder_drain(r, &more, err);
		left = 0;
		for (size_t cpu = 0; cpu < r->nr_rings; cpu++)
			left += ring_fill(&r->rings[cpu]);
		if (left && !more)
			nanosleep(&(struct timespec){.tv_nsec = MSEC}, NULL);
	} while (!status && left && (more || now_ns() < deadline_ns));
	return status ? status : merge_run(r->merge, r->stages, UINT64_MAX, err);
}
