/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The recorder's end of one CPU's ring (see wire.h): takes records out and turns them into events.
 */
#ifndef BPF_RING_H
#define BPF_RING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/idmap.h"
#include "bpf/wire.h"

struct ring {
	struct wire_cpu *control;
	struct wire_chunk *chunks; /* this CPU's first one */
	uint64_t words;		   /* a power of two */
	uint64_t now_ns; /* CLOCK_MONOTONIC: what is still to come was put at this time or later */
	uint16_t cpu;
};

/* A ring of that many words whose first chunk is chunks[first]; both sides learn where it is. */
void ring_init(struct ring *ring, struct wire_cpu *control, struct wire_chunk *chunks, size_t first,
	       uint64_t words, uint16_t cpu);

/* Kernel pointers become small numbers, in the order in which they are met; 0 is none. */
struct names {
	struct idmap *map;
	uint64_t last; /* pointer met last, 0: none */
	uint32_t last_name, nr;
};

struct decoder {
	uint64_t start_ns; /* CLOCK_MONOTONIC at time 0 of the trace */
	struct names files, mms;
};

int decoder_init(struct decoder *d, uint64_t start_ns, struct error *err) __must_check;
void decoder_fini(struct decoder *d);

/* Events of one CPU that wait for the others: times never go back. */
struct stage {
	struct event *events;
	size_t first, nr, cap; /* events[first .. nr) are waiting */
};

void stage_fini(struct stage *s);

/* The start of the trace is so much later now; what was before it counts as at the start. */
void stage_move_start(struct stage *s, uint64_t delta_ns);

/*
 * Stages the complete records, at most max, and frees their room. Returns how many. A record still being
 * written holds back those behind it. read_ns is CLOCK_MONOTONIC before the call.
 */
ssize_t ring_drain(struct ring *ring, struct decoder *d, struct stage *stage, uint64_t read_ns,
		   size_t max, struct error *err) __must_check;

/* The next record shall tell the time; or, when recording has ended, there shall be none. */
void ring_ask_stamp(struct ring *ring);

/* Words in use at this moment. */
uint64_t ring_fill(const struct ring *ring);

#endif
