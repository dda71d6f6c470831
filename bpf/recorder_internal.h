/* SPDX-License-Identifier: GPL-2.0-only */
/* The recorder's three files: recorder.c from begin to end, recorder_drain.c for events, recorder_part.c for traces. */
#ifndef BPF_RECORDER_INTERNAL_H
#define BPF_RECORDER_INTERNAL_H

#include "base/clock.h"
#include "bpf/attach/attach.h"
#include "bpf/budget.h"
#include "bpf/merge.h"
#include "bpf/meter.h"
#include "bpf/overload.h"
#include "bpf/recorder.h"
#include "trace/writer.h"

#define MSEC 1000000ULL

enum {
	/* taken from a ring at once: two rounds of it stay in a CPU's own caches until they are merged */
	ROUND_EVENTS = 1 << 13,
	/*
	 * Per CPU, that wait for those of another CPU: more are left in their ring, which is there for that. An array of
	 * them grows by doubling, so it has room for twice as many.
	 */
	STAGED_EVENTS = 1 << 16,
};

/* What the counters of the whole recording are at a moment: that one trace ends and the next begins. */
struct recorder_counts {
	uint64_t lost[CLASS_MAX], unsampled[CLASS_MAX], self_cpu_ns, suspended_ns;
	uint64_t *no_room; /* [cpu * CLASS_MAX + class] */
};

struct recorder {
	struct recorder_opts opts;
	struct trace_meta meta;
	struct trace_stat stat;
	struct attach *attach;
	struct census_scan *scan; /* opened while all capabilities are there */
	struct decoder decoder;
	struct stage *stages;
	struct ring *rings;
	size_t nr_rings;
	uint64_t ring_words; /* of the largest */
	struct merge *merge;
	struct overload overload;
	struct meter meter;
	struct pmu_sampler *pmu;
	uint64_t high_water_words; /* of the fullest ring, as if it were as large as the largest */
	uint64_t events;
	uint64_t class_events[CLASS_MAX]; /* with opts.max_overhead */
	unsigned int sleep_ms;

	/* the trace that is being written */
	struct trace_writer *writer;
	unsigned int part; /* 1, 2, ... with rotation */
	uint64_t start_ns; /* its time 0 */
	uint64_t
		drained_ns; /* all that was put before is in a trace, or on its way through the merge */
	uint64_t read_ns; /* all that was put before has been read */
	uint64_t flushed; /* r->events when the writer was flushed last */
	uint64_t next_stat_ns, last_stat_ns, last_cpu_ns, last_classes[CLASS_MAX];
	struct budget budget;
	uint64_t unread_words;		  /* left in the rings at the end */
	bool full;			  /* no more events may go in */
	bool census_cut;		  /* nor did all of the census */
	struct recorder_counts base, end; /* when this trace began; when it ended */
	struct trace_footer total;	  /* of those before, what can be added up */
};

/*
 * How long the machine has been suspended since it was booted: CLOCK_MONOTONIC, and with it all times of a trace, stands
 * still meanwhile. Never too much; too little by what comes between the two readings, so the most of several counts.
 */
static inline uint64_t suspended_ns(void)
{
	uint64_t most = 0;

	for (int i = 0; i < 4; i++) {
		uint64_t boot = clock_ns(CLOCK_BOOTTIME), now = now_ns();

		if (boot > now && boot - now > most)
			most = boot - now;
	}
	return most;
}

/* The sink of the merge. */
int recorder_write_events(void *arg, const struct event *events, size_t n, struct error *err);

/* Moves everything that no later event can precede into the trace; *ret_more tells that a ring holds more. */
int recorder_drain(struct recorder *r, bool *ret_more, struct error *err);
/* After detaching: waits for records that were being written and takes all that is left. */
int recorder_drain_rest(struct recorder *r, struct error *err);

/* A trace: its head and the census; counters, now and then; its end. */
int recorder_part_begin(struct recorder *r, struct error *err);
int recorder_part_stat(struct recorder *r, struct error *err);
/* What was counted up to the last reading: often enough that it does not pile up. */
int recorder_part_counts(struct recorder *r, struct error *err);
int recorder_part_end(struct recorder *r, const char *stop, int command_status, struct error *err);
/* Ends it and begins the next one, if it is time to. */
int recorder_part_rotate(struct recorder *r, struct error *err);

#endif
