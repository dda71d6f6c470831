/* SPDX-License-Identifier: GPL-2.0-only */
/* What info, dump and check share: one trace, --partial, --json, and what an incomplete trace means. */
#ifndef CMD_TRACE_ARGS_H
#define CMD_TRACE_ARGS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/reader.h"

struct trace_args {
	const char *file;
	bool json, partial;
};

/* A child of the command's argp; its input is a struct trace_args. Takes the common options along. */
extern const struct argp trace_args_argp;

/*
 * The exit status for a trace whose reading ended with `res` (0 or an error in err), said on stderr
 * where it is not EXIT_DONE: damage with --partial and lost events are EXIT_INCOMPLETE, damage
 * without --partial is EXIT_FAILED.
 */
int trace_args_verdict(const struct trace_args *args, const struct trace_reader *r, int res,
		       const struct error *err);

/* The sum of the events that the footer says were lost; 0 without a footer. */
uint64_t trace_lost(const struct trace_footer *footer);

#endif
