/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What recording costs in the kernel: for a short while the kernel takes the time of every run of a BPF program
 * (which makes each dearer by two looks at the clock, hence only a while).
 */
#ifndef BPF_METER_H
#define BPF_METER_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/attach/attach.h"

struct meter {
	int fd; /* the kernel takes times as long as it is open; -1: not, or no longer */
	enum { METER_OFF, METER_TIMING, METER_COUNTING } state;
	uint64_t from_ns, until_ns; /* CLOCK_MONOTONIC; events of this while count */
	uint64_t ns[CLASS_MAX];	    /* in programs meanwhile; before: what it was at its begin */
	uint64_t events[CLASS_MAX]; /* recorded meanwhile */
	uint64_t result[CLASS_MAX]; /* ns per event; 0: too few to say */
};

/* Needs a capability that may be gone later. A kernel that refuses (before v5.8) leaves everything unmeasured. */
void meter_open(struct meter *m);
void meter_start(struct meter *m, const struct attach *a, uint64_t now_ns);
/* The caller tells all events, which come later than they happen; start_ns is time 0 of theirs. */
void meter_events(struct meter *m, uint64_t start_ns, const struct event *events, size_t n);
/* All events up to drained_ns have been told. */
void meter_step(struct meter *m, const struct attach *a, uint64_t now_ns, uint64_t drained_ns);
void meter_fini(struct meter *m);

/* What so many events took, as far as it was measured. */
uint64_t meter_cost_ns(const struct meter *m, const uint64_t events[CLASS_MAX]);

#endif
