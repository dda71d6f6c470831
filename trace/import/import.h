/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a trace from the text of other tools (text.h), for hosts where BPF is not allowed. What the text does not
 * tell (the orders of folios, what a page was) comes from the allocations before, and from a snapshot of the
 * same host if there is one; the trace says so class by class.
 */
#ifndef TRACE_IMPORT_H
#define TRACE_IMPORT_H

#include <stdint.h>

#include "base/error.h"
#include "trace/reader.h"

struct import_opts {
	const char *output;
	struct trace_reader *snapshot; /* freshly opened; NULL: none */
	const char *tool;	       /* "memsim 0.1.0" */
	int zstd_level;		       /* 0: the default */
};

struct import_counts {
	uint64_t lines, events;
	uint64_t other;	 /* lines that are no events of ours */
	uint64_t failed; /* allocations that failed */
	uint64_t bad, first_bad_line;
	uint64_t lost;	      /* by the tool's own account */
	uint64_t gfp_unknown; /* flags that were numbers */
	uint64_t late;	      /* events that were not in the order of time */
};

/* -ENODATA: there is no event in the text. `name` is for messages. */
int import_text(const char *name, const void *text, size_t len, const struct import_opts *opts,
		struct import_counts *ret, struct error *err) __must_check;

#endif
