/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replaying a sample of the pages (trace/sample.h). Everything that is not in the sample is left out, census and
 * events alike; the caches are made as much smaller, so that the pages in the sample find as much room in
 * them as they had among the others (Waldspurger et al., "Efficient MRC construction with SHARDS", FAST 2015); and
 * what is counted is scaled up again. What belongs to single lines, and the TLB, whose entries span many blocks of
 * pages, cannot be had from a sample.
 */
#ifndef SIM_SAMPLE_H
#define SIM_SAMPLE_H

#include <stdbool.h>

#include "base/error.h"
#include "sim/cache/cache.h"
#include "sim/machine/pressure.h"
#include "trace/meta.h"
#include "trace/reader.h"

struct layout_result;
struct lines_sample;
struct pages_counts;
struct replay_opts;
struct replay_result;

struct sample {
	uint32_t one_in;      /* 1: all; everything below then changes nothing */
	double factor;	      /* pages of the host for each page in the sample: near one_in */
	double events_factor; /* events for each event in the sample, see sample_end() */
	uint64_t seen, kept;  /* events with a page: read, and of these in the sample */
	uint64_t left_out;    /* pages of the host that are not in the sample */
	struct event *events;
	struct census_run *runs;
	size_t events_cap, runs_cap;
};

/*
 * The smallest sample in a trace whose reader is fresh. -ENODATA: no page of the
 * host is in it; -ENOTSUP: what these options want takes all pages.
 */
int sample_of_trace(struct sample *s, struct trace_reader *reader, const struct replay_opts *opts,
		    struct error *err) __must_check;
void sample_fini(struct sample *s);

/* The block as far as it is in the sample; what it holds lives until the next call. */
int sample_block(struct sample *s, struct trace_block *block, struct error *err) __must_check;

/* Fewer sets, at least one; fewer lines of others. */
void sample_shrink(const struct sample *s, struct cache_geometry *geometry,
		   struct pressure *pressure);

/*
 * What happened is not spread as evenly as the pages are; but how many events were left out is known, so what is
 * counted per event is scaled by that.
 */
void sample_end(struct sample *s, const struct trace_footer *footer);

/* What was counted, as if all pages had been recorded. Costs of single lines stay what they are. */
void sample_scale_layout(const struct sample *s, struct layout_result *ret);
/* What is counted by lines, where sets of the caches are sampled: costs are scaled already. */
void sample_scale_sets(const struct lines_sample *s, struct layout_result *ret);
void sample_scale_pages(const struct sample *s, struct replay_result *ret);
/* The same while the replay goes on; and pages of a kind in the sample, unscaled. */
void sample_scale_counts(const struct sample *s, struct pages_counts *counts);
uint64_t sample_kind_pages(const struct sample *s, const struct pages_counts *counts, int kind);
uint64_t sample_scaled(const struct sample *s, uint64_t bytes);

#endif
