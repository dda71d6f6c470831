/* SPDX-License-Identifier: GPL-2.0-only */
/* The census alone: what every page of this host is right now, as a trace without events. */
#ifndef BPF_SNAPSHOT_H
#define BPF_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/meta.h"

struct snapshot_opts {
	const char *output;
	int zstd_level; /* 0: the default */
	bool names;	/* the paths of memory cgroups go into the trace */
};

/* Where the memmap lies, or 0: without BPF the files are read, which need less. */
uint64_t snapshot_find_memmap(struct error *err);

/* -EPERM: not root. The file appears when it is whole. ret_footer says how long it took. */
int snapshot_take(const struct snapshot_opts *opts, struct trace_footer *ret_footer,
		  struct error *err) __must_check;

#endif
