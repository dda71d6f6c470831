/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUs counted while the trace was recorded, some times a second: hardware counters where there are any. */
#ifndef TRACE_COUNTS_H
#define TRACE_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum trace_counter_id {
#define COUNTER(number, NAME, name, doc) COUNTER_##NAME = (number),
#include "trace/counters.def"
#undef COUNTER
	COUNTER_MAX
};

/* What one counter of one CPU counted in the span_ns up to ts_ns, which may begin before the trace does. */
struct trace_count {
	uint64_t ts_ns, span_ns;
	uint64_t value;
	uint16_t cpu;
	uint8_t counter; /* enum trace_counter_id */
	bool scaled; /* counted only a part of the span, and scaled up: there were too many counters */
};

/* NULL for a number that is not a counter. Static storage. */
const char *counter_name(unsigned int counter);
const char *counter_doc(unsigned int counter);

#endif
