/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of the page tracepoints as other tools print them: perf script, trace-cmd report, and the trace file of
 * tracefs. A line is
 *	COMM PID [CPU] TIME: kmem:mm_page_free: page=... pfn=0x1a5 order=0
 * with PID as `-PID`, `PID/TID` or after the process in parentheses, flags between CPU and TIME or not, and the
 * group before the event or not. Any bytes will do: nothing here trusts them.
 */
#ifndef TRACE_TEXT_H
#define TRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/event.h"

struct text_event {
	struct event event;	  /* ts_ns since whenever the tool counts from; obj 0 */
	uint32_t thread, process; /* process 0: not told */
	bool has_order;		  /* whether the line told it, where the kind has one */
	uint64_t object;	  /* what obj is to stand for: a file, an mm */
	uint64_t lost;		  /* with TEXT_LOST: how many */
	bool gfp_unknown; /* flags printed as a number, which means another thing in every kernel */
};

enum text_line {
	TEXT_EVENT,  /* one of ours */
	TEXT_LOST,   /* the tool says that it lost some */
	TEXT_OTHER,  /* another event, a comment, an empty line */
	TEXT_FAILED, /* an allocation that failed */
	TEXT_BAD,    /* one of our events, but what it should tell is not there */
};

enum text_line text_parse_line(const char *line, size_t len, struct text_event *ret);

/* GFPC_* of names as in "GFP_KERNEL|__GFP_ZERO"; false if there is a number instead. */
bool text_parse_gfp(const char *text, size_t len, uint32_t *ret);

#endif
