/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel does to the contents of pages, as far as events tell: it zeroes a page, copies one that is written to
 * while others share it, copies from a page for read() and into one for write(). Each is a burst of lines that enter the
 * caches of that CPU at that moment, all data of its pages, one after the other.
 */
#ifndef SIM_CONTENTS_H
#define SIM_CONTENTS_H

#include <stdint.h>

#include "base/error.h"
#include "trace/event.h"
#include "trace/meta.h"

struct contents;

/* Kinds of events that say something of contents, a bit each. */
#define CONTENTS_KINDS                                                                             \
	(UINT64_C(1) << EVENT_PAGE_ALLOC | UINT64_C(1) << EVENT_LRU_ADD |                          \
	 UINT64_C(1) << EVENT_MAP_ADD | UINT64_C(1) << EVENT_MIGRATE |                             \
	 UINT64_C(1) << EVENT_WRITE | UINT64_C(1) << EVENT_FOLIO_GET |                             \
	 UINT64_C(1) << EVENT_CACHE_READ)

int contents_create(const struct trace_meta *meta, struct contents **ret,
		    struct error *err) __must_check;
void contents_destroy(struct contents *c);

/* All events in their order; how many lines the CPU of this one fills until then. At most: caches may have some. */
uint64_t contents_lines(struct contents *c, const struct event *e);

#endif
