/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measures the host that it runs on into a machine profile. What the hardware advertises is where it
 * starts from; what the profile says is what was found: on a virtual machine a last level of 100 MiB may
 * be there in name only.
 */
#ifndef SIM_CALIBRATE_H
#define SIM_CALIBRATE_H

#include <stdbool.h>

#include "base/error.h"
#include "sim/machine/machine.h"

struct calibrate_opts {
	bool quick;	/* at most 20 seconds instead of 60, on fewer repetitions */
	double seconds; /* no new repetition that would end later than this; 0: what fits the above */
	/* may be NULL; called now and then with the share of the allowed time that is over, 0..1 */
	void (*progress)(void *ctx, double done);
	void *progress_ctx;
};

/*
 * Pins the calling thread while it runs. -EBUSY: the figures moved too much from one repetition to the
 * next, and the message says which.
 */
int calibrate(const struct calibrate_opts *opts, struct machine *ret,
	      struct error *err) __must_check;

#endif
