// SPDX-License-Identifier: GPL-2.0-only
/* From the rings into the trace. */
#include "bpf/recorder_internal.h"

enum {
	LAST_MS =
		5000 /* for programs that were preempted while they wrote a record, and we detach */
};

enum {
	EVENT_BYTES = 24,    /* what one takes at the most, when nothing can be compressed */
	LEAST_EVENTS = 1024, /* a block of fewer is not worth it */
};

static void count_classes(struct recorder *r, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		r->class_events[event_info(events[i].kind)->cls]++;
}

/* How many more bytes the trace may take. Events that are still in the writer count as if they were random. */
static int64_t room(const struct recorder *r)
{
	return budget_room(&r->budget,
			   trace_writer_size(r->writer) + (r->events - r->flushed) * EVENT_BYTES);
}

/* How many of the next n events may be written; none ends the recording. */
static int make_room(struct recorder *r, size_t n, size_t *ret_some, struct error *err)
{
	int64_t bytes = room(r);
	int status;

	*ret_some = n;
	if (bytes >= (int64_t)(n * EVENT_BYTES))
		return 0;
	/* what they really take is far less */
	status = trace_writer_flush(r->writer, err);
	r->flushed = r->events;
	bytes = room(r);
	if (bytes < LEAST_EVENTS * EVENT_BYTES)
		*ret_some = 0;
	else if (bytes < (int64_t)(n * EVENT_BYTES))
		*ret_some = (size_t)bytes / EVENT_BYTES;
	return status;
}

int recorder_write_events(void *arg, const struct event *events, size_t n, struct error *err)
{
	struct recorder *r = arg;
	int status = 0;

	for (size_t some; !status && !r->full && n; events += some, n -= some) {
		status = make_room(r, n, &some, err);
		r->full = !some;
		if (status < 0 || !some)
			break;
		r->events += some;
		if (r->opts.max_overhead > 0)
			count_classes(r, events, some);
		meter_events(&r->meter, r->start_ns, events, some);
		status = trace_writer_events(r->writer, events, some, err);
	}
	return status;
}

/* One ring, unless what it gave before still waits for others. */
static ssize_t drain_ring(struct recorder *r, size_t nr, struct error *err)
{
	struct stage *s = &r->stages[nr];

	if (s->nr - s->first > STAGED_EVENTS - ROUND_EVENTS)
		return 0;
	return ring_drain(&r->rings[nr], &r->decoder, s, now_ns(), ROUND_EVENTS, err);
}

int recorder_drain(struct recorder *r, bool *ret_more, struct error *err)
{
	uint64_t read_ns = UINT64_MAX, fullest = 0;

	*ret_more = false;
	for (size_t i = 0; i < r->nr_rings; i++) {
		struct ring *ring = &r->rings[i];
		uint64_t fill = ring_fill(ring);
		ssize_t n = drain_ring(r, i, err);

		if (n < 0)
			return (int)n;
		if (fill * (r->ring_words / ring->words) > fullest)
			fullest = fill * (r->ring_words / ring->words);
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
	if (overload_buffer(&r->overload, now_ns(), fullest, r->ring_words,
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
	/* behind a record without its word 0 nobody knows where the next one begins, or of what class: so many at most */
	r->unread_words = left;
	return status ? status : merge_run(r->merge, r->stages, UINT64_MAX, err);
}
