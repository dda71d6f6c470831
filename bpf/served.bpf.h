/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program and its backup. BPF side only.
 *
 * The kernel never runs a program inside itself (__bpf_trace_run() counts per program and CPU, since v6.2): what an
 * interrupt allocates or frees while the program for just that is at work on this CPU would not be recorded (one
 * event in 40,000, and a whole batch when the interrupt runs RCU callbacks), and the page's state would be wrong
 * from there on. So a second program, attached behind the first, sees every event again and records those that
 * the first has not served. The kernel takes half of what such an event costs to call it, so all that it does in the
 * usual case is to find the mark that the first one left and to take it away. Both take the event's object for its
 * name: no object can be allocated, or freed, a second time before the tracepoint for the first time is over.
 *
 * Interrupts nest, so a mark that the first program finds belongs to an event that its own one interrupted, and goes
 * below its own, until that event's backup looks for it there. It may also be one left behind: the kernel skips the
 * backup, too, inside itself, and what interrupts it just then has a mark that nobody takes. Such a one goes below
 * with the next event, where the next ones cover it.
 */
#ifndef BPF_SERVED_BPF_H
#define BPF_SERVED_BPF_H

#include "bpf/append.bpf.h"

/* By the program, before it does anything else. */
static __always_inline void mark_served(struct wire_served *s, uint64_t object)
{
	uint64_t outer = *(volatile uint64_t *)&s->mark, nr;

	if (!backed_up)
		return;
	if (__builtin_expect(outer != 0, 0)) {
		nr = s->nr;
		s->below[nr & (WIRE_SERVED - 1)] = outer;
		s->nr = nr + 1;
	}
	*(volatile uint64_t *)&s->mark = object;
}

/* Then: whether it was interrupted between program and backup. Otherwise it is the backup's to record. */
static __noinline int was_served_below(struct wire_served *s, uint64_t object)
{
	uint64_t nr = s->nr;

#pragma unroll
	for (uint32_t i = 1; i <= WIRE_SERVED; i++) {
		uint64_t *mark = &s->below[(nr - i) & (WIRE_SERVED - 1)];

		if (i <= nr && *mark == object) {
			*mark = 0;
			s->nr = nr - i; /* those above it were left behind */
			return 1;
		}
	}
	if (recording)
		__sync_fetch_and_add(&s->rescued, 1);
	return 0;
}

/* By the backup, first: whether the program has just recorded the event. If not, was_served_below() is to be asked. */
static __always_inline int was_served(struct wire_served *s, uint64_t object)
{
	if (__builtin_expect(*(volatile uint64_t *)&s->mark != object, 0))
		return 0;
	*(volatile uint64_t *)&s->mark = 0;
	return 1;
}

#endif
