/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program and its backup. BPF side only.
 *
 * The kernel never runs a program inside itself: what an interrupt allocates or frees while the
 * program for just that is at work on this CPU would not be recorded (one event in 40,000, and a
 * whole batch when the interrupt runs RCU callbacks), and the page's state would be wrong from
 * there on. So a second program, attached behind the first, sees every event again and records
 * those that the first has not served. For the kernel to call it takes as long as all that the
 * first one does, so it can be left out: then such events count as lost. Both take the event's
 * object for its name: no object can be allocated, or freed, a second time before the tracepoint
 * for the first time is over.
 *
 * A mark lives from the program's start to its backup's. Interrupts nest, so the marks of a CPU
 * are a stack. While a backup is at work the kernel skips it for whatever interrupts it: those
 * events leave no mark, or, in the few instructions before `at_backup` is set and after it is
 * cleared, one that is dropped together with the next one below it. Should marks ever stay behind at the bottom, where
 * nothing below takes them along, the stack is full from then on: the topmost place serves all, and what nests may miss
 * its mark and be recorded twice. After WIRE_SERVED_FULL events in that state the stack is emptied, and is right again.
 */
#ifndef BPF_SERVED_BPF_H
#define BPF_SERVED_BPF_H

#include "bpf/append.bpf.h"

enum served_by { THE_PROGRAM, ITS_BACKUP };

static __always_inline void mark_served(struct wire_served *s, uint64_t object)
{
	uint64_t nr = s->nr;

	if (s->at_backup)
		return;
	if (nr >= WIRE_SERVED) { /* nothing nests that deep: some were left behind */
		nr = WIRE_SERVED - 1;
		/* by those who interrupt a backup right now; or earlier, and nobody takes them away */
		if (s->full++ >= WIRE_SERVED_FULL) {
			s->full = 0;
			nr = 0;
		}
	}
	/* what interrupts this finds room for its mark, or another's mark above its own */
	*(volatile uint64_t *)&s->nr = nr + 1;
	barrier();
	*(volatile uint64_t *)&s->object[nr & (WIRE_SERVED - 1)] = object;
	barrier();
}

/* Takes the event's mark away and all above it. */
static __always_inline int was_served(struct wire_served *s, uint64_t object)
{
	uint64_t nr = *(volatile uint64_t *)&s->nr;

#pragma unroll
	for (uint32_t i = 0; i < WIRE_SERVED; i++) {
		if (i >= nr)
			break;
		if (s->object[(nr - i - 1) & (WIRE_SERVED - 1)] == object) {
			s->object[(nr - i - 1) & (WIRE_SERVED - 1)] = 0;
			*(volatile uint64_t *)&s->nr = nr - i - 1;
			return 1;
		}
	}
	return 0;
}

/* Whether the program is the one to record the event; served_end() is due either way. */
static __always_inline int served_begin(struct wire_served *s, uint64_t object, enum served_by by)
{
	if (by == THE_PROGRAM) {
		if (backed_up)
			mark_served(s, object);
		return 1;
	}
	*(volatile uint64_t *)&s->at_backup = 1;
	barrier();
	if (was_served(s, object))
		return 0;
	__sync_fetch_and_add(&s->rescued, 1);
	return 1;
}

static __always_inline void served_end(struct wire_served *s, enum served_by by)
{
	barrier();
	if (by == ITS_BACKUP)
		*(volatile uint64_t *)&s->at_backup = 0;
}

#endif
