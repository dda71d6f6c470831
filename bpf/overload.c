// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/overload.h"

#include "trace/sample.h"

/*
 * What came in before a step must be drained before the step can show. Each further one waits longer, so that
 * what no sample makes less (ranges of lookups) does not drive it down at once.
 */
#define WAIT_NS 20000000ULL

static bool step(struct overload *o)
{
	if (o->one_in >= SAMPLE_MAX)
		return false;
	o->one_in *= 2;
	return true;
}

bool overload_buffer(struct overload *o, uint64_t now_ns, uint64_t fill, uint64_t size,
		     uint64_t lost)
{
	bool more = lost > o->lost;

	o->lost = lost;
	if (o->off || now_ns < o->wait_ns || (!more && fill < size - size / 4))
		return false;
	o->wait_ns = now_ns + WAIT_NS * o->one_in;
	return step(o);
}

bool overload_spent(struct overload *o, uint64_t spent_ns, uint64_t cpus_ns)
{
	return o->max_percent > 0 && (double)spent_ns * 100 > o->max_percent * (double)cpus_ns &&
	       step(o);
}
