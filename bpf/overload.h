/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When to record fewer pages instead of losing events of all of them. It only ever goes down: a page that comes
 * back into the sample would come back without its past.
 */
#ifndef BPF_OVERLOAD_H
#define BPF_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

struct overload {
	bool off;	    /* lose events instead */
	uint32_t one_in;    /* pages; a power of two, see trace/sample.h */
	double max_percent; /* of the time of all CPUs that recording may take; 0: any */
	uint64_t lost;	    /* so far, as last told */
	uint64_t wait_ns;   /* until then the last step is given time to show */
};

/* A buffer of `size` was seen with `fill` in it, and `lost` events found no room so far. True: one_in has doubled. */
bool overload_buffer(struct overload *o, uint64_t now_ns, uint64_t fill, uint64_t size,
		     uint64_t lost);

/* Recording took spent_ns of the time of all CPUs. True: one_in has doubled. */
bool overload_spent(struct overload *o, uint64_t spent_ns, uint64_t cpus_ns);

#endif
