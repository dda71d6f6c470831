/* SPDX-License-Identifier: GPL-2.0-only */
/* For memsim info: what CPUs counted while the trace was recorded, summed up. */
#ifndef CMD_INFO_COUNTS_H
#define CMD_INFO_COUNTS_H

#include <jansson.h>

#include "base/error.h"
#include "trace/counts.h"
#include "trace/meta.h"

struct info_counts {
	struct info_count {
		uint64_t value, span_ns;
		bool scaled;
	} * sums; /* [cpu * COUNTER_MAX + counter]; NULL until there is one */
	uint32_t nr_cpus;
};

void info_counts_fini(struct info_counts *c);
int info_counts_add(struct info_counts *c, const struct trace_meta *meta,
		    const struct trace_count *counts, size_t nr, struct error *err) __must_check;
/* The line of the header, where the trace tells what CPUs were asked to count. */
void info_counts_print_how(const struct trace_meta *meta);
/* A row for each counter and CPU, or, of more than 16 CPUs, for each counter; nothing where nothing was counted. */
int info_counts_print(const struct info_counts *c, struct error *err) __must_check;
/* NULL: no memory. */
json_t *info_counts_json(const struct info_counts *c);

#endif
