/* SPDX-License-Identifier: GPL-2.0-only */
/* Replays a trace on any number of layouts at once: decoded once, charged by each. */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/cache/cache.h"
#include "sim/heap/heap.h"
#include "sim/memory/memory.h"
#include "sim/machine/machine.h"
#include "sim/replay/model.h"
#include "sim/pages/page_map.h"
#include "sim/pages/pages.h"
#include "sim/memory/payer.h"
#include "sim/pages/policy.h"
#include "sim/heap/series.h"
#include "trace/meta.h"
#include "trace/reader.h"

struct replay_opts {
	const struct layout *const *layouts; /* borrowed; must outlive the result */
	size_t nr_layouts;
	const struct machine *machine;	  /* NULL: the recorded one, as it advertised itself */
	struct pressure pressure;	  /* zeros: as the trace measured it, or else none */
	const struct pressure *pressures; /* NULL, or each layout's own instead */
	const uint8_t *prefetch;	  /* CACHE_PREFETCH_*; NULL: what the machine has */
	struct policy policy;		  /* which folios to suppose */
	const char *code;  /* whose code, see kernel_code_parse(); NULL: the recorded kernel's */
	unsigned int jobs; /* threads, at least 1 */
	struct native_stream *native; /* NULL, or one for each layout: see sim/charge/native.h */
	bool detail; /* also which parts of the memmap are hot, and whose lines are where */
	/* at last one set in so many, see sim/cache/cache_sample.h; 0: all */
	unsigned int sample_sets;
	bool totals_only; /* how many lines, and where they were: neither sharing nor translation */
	bool events;	  /* of an access-level trace: the events, not the accesses */
	bool accesses;	  /* the accesses, or -ENODATA where there are none */
	bool memory_only; /* only what the layouts take in memory: no costs */
	bool partial;	  /* use what comes before damage instead of failing */
	bool map;	  /* fill in the result's map of memory */
	/* may be NULL; called now and then with the share of the file that is done, 0..1 */
	void (*progress)(void *ctx, double done);
	void *progress_ctx;
};

struct layout_result {
	const struct layout *layout;
	struct memory fixed;		      /* memmap and what lies beside it, at the end */
	uint64_t desc_bytes, desc_peak_bytes; /* slabs of descriptors, at the end and at the most */
	uint64_t start_desc_bytes;	      /* the same right after the census */
	size_t nr_objects;
	struct heap_counts objects[LAYOUT_MAX_OBJECTS];
	struct heap_units units;   /* who has them, at the end */
	struct payers payers;	   /* who pays for all of it, at the end */
	struct heap_series series; /* bytes of descriptors over time */
	struct series bytes;	   /* of everything, over time */
	bool fixed_moves; /* what is fixed follows huge pages or slabs, as they come and go */
	struct op_cost ops[OP_MAX];
	struct model_sharing sharing;
	struct cache_counts
		caches; /* where sets are sampled: of those, which have no prefetchers */
	struct cache_writebacks writebacks; /* what memory was given back */
	struct stream_result *stream;	    /* NULL unless accesses were replayed */
	struct heat *heat;		    /* NULL unless details were asked for */
	struct breakdown *breakdown;	    /* the same */
	/* standard errors of the shares of `total`'s lines that missed a level; 0: all sets were simulated */
	double sample_error[CACHE_MEMORY];
	double sample_share;  /* of the lines that went to the caches; with all sets not told */
	struct op_cost total; /* `count` is the number of operations that touched anything */
};

/* A virtual machine on the host; its result is for the same layouts, in the same order. */
struct replay_guest {
	char *name;
	struct replay_result *result;
};

struct replay_result {
	struct trace_meta meta;
	bool memory_only;    /* as in the options */
	bool accesses;	     /* they were replayed, and the events only for what the pages were */
	bool complete;	     /* the trace was whole and lost nothing */
	bool damaged;	     /* and used up to the damage only */
	struct error damage; /* in that case: what is wrong with it */
	struct trace_footer footer; /* zeros where the trace has none */
	struct machine machine;
	struct cache_geometry geometry; /* the machine's */
	uint32_t
		nr_nodes; /* NUMA nodes that have been told apart; 1: none. costs tell them apart in `from` */
	uint32_t nr_last_levels;
	bool has_groups; /* there are more of these than nodes with CPUs: `from` tells them apart, too */
	bool geometry_recorded; /* it is the one that the recorded machine advertised */
	bool has_tlb;		/* the machine's TLB was simulated: costs have it */
	bool has_stall;		/* the machine's latencies are known: costs have their stall_fs */
	struct pressure pressure;
	struct policy policy;
	uint32_t
		sample_sets; /* at last one set in so many was simulated; what missed is estimated */
	uint64_t code;	     /* bits by enum code */
	const char *code_text; /* whose that is, for results */
	uint32_t sample; /* one page in so many was replayed, on caches as much smaller; 1: all */
	double sample_factor;	     /* by which pages and bytes were scaled up */
	double sample_events_factor; /* the same for costs, but not `events` */
	uint64_t events;
	uint64_t duration_ns;
	struct pages_counts start, end;	    /* after the census, and at the end */
	struct series pages[PAGE_KIND_MAX]; /* pages by kind over time */
	struct page_map map;		    /* what lies where at the end; empty unless asked for */
	size_t nr_layouts;
	struct layout_result *layouts;
	uint64_t
		scale_ram; /* bytes of RAM of another machine that results are wanted for; 0: of none */
	size_t nr_guests;
	struct replay_guest *guests;
};

/* The reader must be freshly opened. -EBADMSG: damaged, and opts->partial was not set. */
int replay_run(struct trace_reader *reader, const struct replay_opts *opts,
	       struct replay_result **ret, struct error *err) __must_check;
void replay_result_destroy(struct replay_result *result);
/* Takes the guest over, unless it fails; name is copied. */
int replay_add_guest(struct replay_result *host, const char *name, struct replay_result *guest,
		     struct error *err) __must_check;

/* Memory of a layout at the end, at the most, and on average over time: what is fixed, and descriptors. */
static inline uint64_t layout_result_bytes(const struct layout_result *r)
{
	return memory_fixed_bytes(&r->fixed) + r->desc_bytes;
}

static inline uint64_t layout_result_peak_bytes(const struct layout_result *r)
{
	/* descriptors are known at every moment, the rest at the end of each batch of events */
	return r->fixed_moves ? r->bytes.peak : memory_fixed_bytes(&r->fixed) + r->desc_peak_bytes;
}

static inline double layout_result_mean_bytes(const struct layout_result *r)
{
	return series_mean(&r->bytes);
}

static inline double op_cost_ms(uint64_t fs)
{
	return (double)fs / 1e12;
}

/* Estimated milliseconds of waiting for metadata. */
static inline double op_cost_stall_ms(const struct op_cost *cost)
{
	return op_cost_ms(cost->stall_fs);
}

/* Whether costs tell lines of this source apart, in `from`. */
bool replay_has_source(const struct replay_result *result, enum cache_source source);

/* Lines between the caches and memory. What CPUs with one last level give those with another is not among them. */
struct memory_traffic {
	uint64_t demand;     /* what a CPU wanted and waited for */
	uint64_t prefetched; /* asked for later, or not */
	uint64_t written_back;
	uint64_t lines; /* all of these */
};

void layout_result_traffic(const struct layout_result *r, struct memory_traffic *ret);

/* The recorded RAM in bytes: what percentages refer to. */
static inline uint64_t replay_ram_bytes(const struct replay_result *r)
{
	return r->meta.ram_pages * r->meta.page_size;
}

/* Everything, with stable keys; the same trace, layouts and geometry always give the same bytes. NULL: no memory. */
json_t *replay_result_to_json(const struct replay_result *result, const char *trace_name);

#endif
