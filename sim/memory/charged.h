/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which memory cgroup each page is charged to, as far as a trace tells: its census says it of every page, and
 * events say who gave pages back since and who got some. Slabs are charged object by object, so their pages belong
 * to none.
 */
#ifndef SIM_CHARGED_H
#define SIM_CHARGED_H

#include <stdint.h>

#include "base/error.h"
#include "sim/pages/pages.h"
#include "trace/meta.h"

struct charged;

/* Numbers of groups: these two, and from CHARGED_FIRST on those that the trace names, in the order met. */
enum { CHARGED_TO_NONE, CHARGED_NOT_KNOWN, CHARGED_FIRST };

/* NULL in ret: the trace says nothing of memory cgroups. */
int charged_create(const struct trace_meta *meta, struct charged **ret,
		   struct error *err) __must_check;
void charged_destroy(struct charged *charged);

/* After `pages` has taken the same block. */
int charged_census(struct charged *charged, const struct trace_block *census,
		   struct error *err) __must_check;
void charged_events(struct charged *charged, const struct pages *pages, const struct event *events,
		    size_t nr);

/* By pfn, the number of the group that a page is charged to now. */
const uint16_t *charged_groups(const struct charged *charged);
/* How many numbers there are, CHARGED_FIRST included. */
size_t charged_nr(const struct charged *charged);
/* The inode of the memory cgroup with that number, CHARGED_FIRST or more. */
uint64_t charged_memcg(const struct charged *charged, size_t group);

#endif
