/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel says about a slab cache: its shape, from sysfs, and its counts. */
#ifndef BPF_SLAB_INFO_H
#define BPF_SLAB_INFO_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define SLAB_SYSFS "/sys/kernel/slab"
#define SLAB_INFO "/proc/slabinfo"

/* Files of /sys/kernel/slab/NAME. */
struct slab_shape {
	uint32_t object_size, slab_size, align, order, objs_per_slab;
	uint32_t cpu_partial;	 /* objects that a CPU's partial list is to have, 0: it has none */
	uint32_t min_partial;	 /* slabs */
	uint32_t sheaf_capacity; /* objects; 0: the cache has no sheaves (v6.17 and before: none) */
};

struct slab_counts {
	uint64_t active_objs; /* all but the free ones of slabs on a node's partial list */
	uint64_t num_objs, num_slabs;
};

/*
 * The name under which /proc/slabinfo lists the cache: merged caches are listed once. To be freed.
 */
int slab_info_resolve(const char *sysfs, const char *slabinfo, const char *name, char **ret,
		      struct error *err) __must_check;

int slab_info_shape(const char *sysfs, const char *name, struct slab_shape *ret,
		    struct error *err) __must_check;
/* Takes the counts of several caches from one reading. `path` is /proc/slabinfo. */
int slab_info_counts(const char *path, char *const *names, size_t nr, struct slab_counts *ret,
		     struct error *err) __must_check;
/* Slabs on partial lists of nodes, now. */
int slab_info_partial(const char *sysfs, const char *name, uint32_t *ret,
		      struct error *err) __must_check;
/*
 * Shrinking makes the kernel give back empty slabs and the slabs that CPUs keep. In two steps, because
 * opening a file is itself something that slab caches see.
 */
int slab_info_open_shrink(const char *sysfs, const char *name, struct error *err) __must_check;
int slab_info_shrink(int fd, const char *name, struct error *err) __must_check;

#endif
