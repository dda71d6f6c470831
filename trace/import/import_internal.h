/* SPDX-License-Identifier: GPL-2.0-only */
/* What import.c, which reads the text, and import_meta.c, which says what is in it, share. */
#ifndef TRACE_IMPORT_INTERNAL_H
#define TRACE_IMPORT_INTERNAL_H

#include <stdbool.h>

#include "base/idmap.h"
#include "trace/import/import.h"
#include "trace/writer.h"

/* The text is read twice: the head of a trace says what is in it. */
struct import {
	const char *name;
	const struct import_opts *opts;
	struct import_counts *counts;
	struct trace_meta *meta;
	struct trace_writer *writer;
	struct page *pages; /* import.c's */
	struct idmap *objects;
	uint32_t nr_objects;
	uint32_t *threads; /* by CPU */
	uint64_t first_ns, last_ns, max_pfn;
	uint64_t before_ns, steps_back; /* the line before; lines with a time before that one's */
	uint32_t max_cpu;
	uint64_t kinds[EVENT_KIND_MAX];
	bool no_order[EVENT_KIND_MAX];
};

/* The head of the trace, once the text was looked through. -EINVAL: text and snapshot are of different hosts. */
int import_describe_host(struct import *im, struct error *err) __must_check;
void import_describe_classes(struct import *im);

#endif
