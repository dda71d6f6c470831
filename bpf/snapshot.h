/* SPDX-License-Identifier: GPL-2.0-only */
/* The census alone: what every page of this host is right now, as a trace without events. */
#ifndef BPF_SNAPSHOT_H
#define BPF_SNAPSHOT_H

#include "base/error.h"
#include "trace/meta.h"

/* -EPERM: not root. The file appears when it is whole. ret_footer says how long it took. */
int snapshot_take(const char *path, int zstd_level, struct trace_footer *ret_footer,
		  struct error *err) __must_check;

#endif
