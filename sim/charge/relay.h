/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that does part of another one's work, in the same order, some of it later. The two share a ring of slots,
 * which the user owns; here are only their numbers.
 */
#ifndef SIM_RELAY_H
#define SIM_RELAY_H

#include "base/error.h"

enum { RELAY_SLOTS = 64 };

struct relay;

/* Does what is in the slot; on the relay's thread. */
typedef void relay_work_fn(void *ctx, unsigned int slot);

int relay_create(relay_work_fn *work, void *ctx, struct relay **ret,
		 struct error *err) __must_check;
/* Ends the thread when all that was handed over is done. NULL is fine. */
void relay_destroy(struct relay *r);

/* The next slot in turn, which is 0 at first, is full. Returns the one after it, once that is free. */
unsigned int relay_hand_over(struct relay *r);
/* Waits until all that was handed over is done; what was done is to be seen then. */
void relay_drain(struct relay *r);

#endif
