/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts about this machine for the head of a trace. Every text comes through a parser that tests
 * can feed.
 */
#ifndef BPF_HOST_H
#define BPF_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/meta.h"

/* Everything but the classes, the start time and struct_page_size. */
int host_describe(struct trace_meta *meta, struct error *err) __must_check;

/*
 * System RAM of /proc/iomem, rounded outward to whole sections, adjacent ones joined: what has a
 * memmap with SPARSEMEM. section_pages is a power of two.
 */
int host_parse_iomem(const char *text, uint64_t page_size, uint64_t section_pages,
		     struct trace_meta *meta, struct error *err) __must_check;

/* Present and managed pages of all zones, and which pages are which node's. */
void host_parse_zoneinfo(const char *text, struct trace_meta *meta);

/* "always [madvise] never" -> "madvise"; empty when there are no brackets. */
void host_parse_choice(const char *text, char *ret, size_t len);

/* The selected lines of /proc/vmstat; returns how many were added. */
size_t host_parse_vmstat(const char *text, struct trace_stat *stat);
int host_read_vmstat(struct trace_stat *stat, struct error *err) __must_check;

/* Whether KSM has merged any pages here. */
bool host_has_ksm(void);

/* Order of the smallest hugetlb pages that are in use here; 0: there are none. */
uint8_t host_huge_order(uint32_t page_size);

/* The whole file as text; the caller frees it. */
int host_read_file(const char *path, char **ret, struct error *err) __must_check;

#endif
