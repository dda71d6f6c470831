/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether this process may record, what a refusal would be for, and giving up what is no longer needed. */
#ifndef BPF_CAPABILITY_H
#define BPF_CAPABILITY_H

#include <stdbool.h>

#include "base/error.h"

/* 0, or -EPERM and a sentence that names the first capability that is missing. */
int capability_check(struct error *err) __must_check;

struct capability_needs {
	const char *output; /* a file that is written, and maybe others beside it */
	bool kill;	    /* a command, which may run as somebody else, must be ended */
	int program_fd;	    /* a BPF program that is asked for its counts */
};

/*
 * Drops every capability of this thread, for good, but those without which what is needed turns out not to
 * work: Linux before v6.0 lets nobody ask about BPF programs without one, and root without any may not write
 * into the folders of others. Call it before further threads are made.
 */
int capability_drop(const struct capability_needs *needs, struct error *err) __must_check;

#endif
