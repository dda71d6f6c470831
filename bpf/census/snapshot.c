// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/census/snapshot.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "bpf/attach/attach.h"
#include "bpf/census/census.h"
#include "bpf/attach/host.h"
#include "bpf/memcg_names.h"
#include "trace/writer.h"

DEFINE_CLEANUP(struct trace_writer *, trace_writer_destroy);
DEFINE_CLEANUP(struct census_scan *, census_scan_destroy);
DEFINE_CLEANUP(struct attach *, attach_destroy);

/* /proc/vmstat right before and right after: the census can be checked against it. */
static int write_stat(struct trace_writer *w, uint64_t start_ns, struct error *err)
{
	_cleanup_free_ struct trace_stat *stat = calloc(1, sizeof(*stat));
	int r;

	if (!stat)
		return error_nomem(err);
	stat->ts_ns = clock_ns(CLOCK_MONOTONIC) - start_ns;
	r = host_read_vmstat(stat, err);
	return r ? r : trace_writer_stat(w, stat, err);
}

static int write_census(struct trace_writer *w, struct census_scan *scan, uint64_t start_ns,
			struct error *err)
{
	for (;;) {
		uint64_t ts_ns = clock_ns(CLOCK_MONOTONIC) - start_ns;
		struct census_part part;
		int r = census_scan_next(scan, &part, err);

		if (r > 0 && part.end_pfn > part.start_pfn)
			r = trace_writer_census(w, ts_ns, part.start_pfn, part.end_pfn, part.runs,
						part.nr, err);
		else if (r > 0)
			continue;
		else
			return r;
		if (r)
			return r;
	}
}

uint64_t snapshot_find_memmap(struct error *err)
{
	_cleanup_free_ struct trace_meta *scratch = calloc(1, sizeof(*scratch));
	_cleanup_(attach_destroyp) struct attach *attach = NULL;
	const struct attach_opts opts = {.ring_words = WIRE_MIN_RING_WORDS,
					 .classes = 1u << CLASS_ALLOC};

	if (!scratch || attach_create(&opts, scratch, &attach, err) < 0 ||
	    attach_start(attach, scratch, err) < 0)
		return 0;
	return attach_vmemmap_base(attach);
}

int snapshot_take(const struct snapshot_opts *opts, struct trace_footer *ret_footer,
		  struct error *err)
{
	_cleanup_free_ struct trace_meta *meta = calloc(1, sizeof(*meta));
	_cleanup_(trace_writer_destroyp) struct trace_writer *w = NULL;
	_cleanup_(census_scan_destroyp) struct census_scan *scan = NULL;
	const struct trace_writer_opts writer_opts = {.zstd_level = opts->zstd_level};
	struct trace_footer footer = {.stop = "snapshot", .command_status = -1};
	uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
	int r = meta ? host_describe(meta, err) : error_nomem(err);

	if (r)
		return r;
	meta->start_unix_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	for (int cls = 0; cls < CLASS_MAX; cls++)
		snprintf(meta->classes[cls].note, sizeof(meta->classes[cls].note),
			 "a snapshot holds no events");
	/* before the file is made: the usual failure is a missing right to read the flags */
	r = census_scan_create(meta, snapshot_find_memmap(NULL), &scan, err);
	if (!r)
		census_scan_describe(scan, meta);
	if (!r && opts->names)
		r = memcg_name(meta, err);
	if (!r)
		r = trace_writer_create(opts->output, meta, &writer_opts, &w, err);
	if (!r)
		r = write_stat(w, start_ns, err);
	if (!r)
		r = write_census(w, scan, start_ns, err);
	if (!r)
		r = write_stat(w, start_ns, err);
	if (r)
		return r;
	footer.end_ns = clock_ns(CLOCK_MONOTONIC) - start_ns;
	footer.self_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	r = trace_writer_finish(w, &footer, err);
	if (!r)
		*ret_footer = footer;
	return r;
}
