/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program and its backup. BPF side only.
 *
 * The kernel never runs a program inside itself (__bpf_trace_run() counts per program and CPU, see probes_guarded()): what an
 * interrupt allocates or frees while the program for just that is at work on this CPU would not be recorded (one
 * event in 40,000, and a whole batch when the interrupt runs RCU callbacks), and the page's state would be wrong
 * from there on. So a second program, attached behind the first, sees every event again and records those that
 * the first has not served. The kernel takes half of what such an event costs to call it, so all that it does in the
 * usual case is to find the mark that the first one left and to take it away. Both take the event's object for its
 * name: no object can be allocated, or freed, a second time before the tracepoint for the first time is over.
 *
 * Interrupts nest, so a mark that the first program finds may be of an event that its own one interrupted: it goes below,
 * where that event's backup looks for it. Or it was left behind: the kernel skips the backup, too, inside itself, and
 * what interrupts it has marks that nobody takes. A softirq of RCU callbacks, right after the backup was entered, leaves
 * hundreds of them, which must not push away the one below that the interrupted backup is about to look for. What
 * tells them apart is where they lie on the stack: a frame that is still in use lies above that of the event at hand,
 * and a thread is interrupted on another stack, where all that interrupts it runs (softirqs, and in them interrupts).
 * So there is a place below for what was interrupted on another stack, and one for the same. Program and backup of an
 * event are called by one function, which gives them the same place on the stack for their context.
 */
#ifndef BPF_SERVED_BPF_H
#define BPF_SERVED_BPF_H

#include "bpf/programs/append.bpf.h"

enum { SAME_STACK = 8192, SAME_EVENT = 256 }; /* frames are at most so far apart */

static __always_inline int within(uint64_t a, uint64_t b, uint64_t bytes)
{
	return a - b + bytes < 2 * bytes;
}

/* The mark that is there goes below, unless its event is over. */
static __noinline int put_below(struct wire_served *s, uint64_t frame)
{
	struct wire_mark outer = s->mark;
	int same = within(outer.frame, frame, SAME_STACK);

	if (!same || outer.frame > frame)
		s->below[same] = outer;
	return 0;
}

/* By the program, before it does anything else. */
static __always_inline void mark_served(struct wire_served *s, uint64_t object, const void *ctx)
{
	uint64_t frame = address(ctx);

	if (!backed_up)
		return;
	if (__builtin_expect(*(volatile uint64_t *)&s->mark.object != 0, 0))
		put_below(s, frame);
	s->mark.frame = frame;
	*(volatile uint64_t *)&s->mark.object = object;
}

/* Then: whether it was interrupted between program and backup. Otherwise it is the backup's to record. */
static __noinline int was_served_below(struct wire_served *s, uint64_t object, uint64_t frame)
{
#pragma unroll
	for (uint32_t i = 0; i < 2; i++)
		if (s->below[i].object == object && within(s->below[i].frame, frame, SAME_EVENT)) {
			s->below[i].object = 0;
			/* those who came between have left it behind */
			*(volatile uint64_t *)&s->mark.object = 0;
			return 1;
		}
	if (recording)
		__sync_fetch_and_add(&s->rescued, 1);
	return 0;
}

/* By the backup, first: whether the program has just recorded the event. If not, was_served_below() is to be asked. */
static __always_inline int was_served(struct wire_served *s, uint64_t object)
{
	if (__builtin_expect(*(volatile uint64_t *)&s->mark.object != object, 0))
		return 0;
	*(volatile uint64_t *)&s->mark.object = 0;
	return 1;
}

#endif
