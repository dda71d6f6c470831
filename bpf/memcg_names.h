/* SPDX-License-Identifier: GPL-2.0-only */
/* What the memory cgroups of this host are called. */
#ifndef BPF_MEMCG_NAMES_H
#define BPF_MEMCG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "trace/meta.h"

/*
 * Where the hierarchy with the memory controller is mounted, by the text of /proc/self/mountinfo: that of version 1 if
 * there is one, else that of version 2. False: it is not mounted.
 */
bool memcg_find_mount(const char *mountinfo, char *ret, size_t len);

/* The folders under root into meta, as many as it has room for. */
int memcg_walk(const char *root, struct trace_meta *meta, struct error *err) __must_check;

/* Both for this host; nothing where no such hierarchy is mounted. */
int memcg_name(struct trace_meta *meta, struct error *err) __must_check;

#endif
