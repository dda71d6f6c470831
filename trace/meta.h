/* SPDX-License-Identifier: GPL-2.0-only */
/* What a trace says about itself: where it comes from, what it could see, what it lost. */
#ifndef TRACE_META_H
#define TRACE_META_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/code.h"
#include "trace/event.h"

/* How faithful one class of events is. FIDELITY(NAME, "name", doc) */
#define FIDELITIES(FIDELITY)                                                                       \
	FIDELITY(ABSENT, "absent", "this kernel cannot show it, or it was not asked for")          \
	FIDELITY(AGGREGATE, "aggregate", "amounts are known, not which pages")                     \
	FIDELITY(INFERRED, "inferred", "derived from other events")                                \
	FIDELITY(EXACT, "exact", "every event, with its page")

enum fidelity {
#define FIDELITY(NAME, name, doc) FIDELITY_##NAME,
	FIDELITIES(FIDELITY)
#undef FIDELITY
		FIDELITY_MAX
};

const char *fidelity_name(enum fidelity f);

struct trace_range {
	uint64_t start_pfn, nr_pages;
};

/* Memory of a NUMA node: a zone of it, or several side by side. */
struct trace_node_range {
	uint32_t node;
	uint64_t start_pfn, nr_pages;
};

/* CPUs of a node, numbered one after the other. */
struct trace_node_cpus {
	uint32_t node, first_cpu, nr_cpus;
};

struct trace_cache {
	uint32_t level; /* 1, 2, 3 */
	uint64_t size;	/* bytes */
	uint32_t ways, line;
	uint32_t shared_cpus; /* logical CPUs that share one */
};

/* A kernel function that made accesses; a helper without a class of its own as "helper < its caller". */
struct trace_function {
	char name[64];
};

struct trace_class {
	uint8_t fidelity; /* enum fidelity */
	char how[32];	  /* mechanism: "tp_btf", "fexit", "kprobe"; empty when absent */
	char note[160];	  /* what it cannot see, one sentence; may be empty */
};

/* What CPUs counted (enum trace_counter_id, by name), and the event that was counted for it. */
struct trace_counted {
	char name[24], event[64];
};

/* Memory cgroups are known by the inode of their folder. */
struct trace_memcg {
	uint64_t inode;
	char name[208]; /* path from the root of the hierarchy; of longer ones the end */
};

enum {
	TRACE_MAX_RANGES = 256,
	TRACE_MAX_MEMCGS = 256,
	TRACE_MAX_CACHES = 8,
	TRACE_MAX_NODE_RANGES = 256,
	TRACE_MAX_NODE_CPUS = 1024,
	TRACE_MAX_COUNTERS = 512,
	TRACE_MAX_CPU_LOSSES = 256,
	TRACE_MAX_FUNCTIONS = 2048,
	TRACE_MAX_COUNTED = 16,
	TRACE_NAME_LEN = 48
};

/* A named number, e.g. a line of /proc/vmstat. */
struct trace_counter {
	char name[TRACE_NAME_LEN];
	uint64_t value;
};

struct trace_meta {
	char tool[32];	       /* "memsim 0.1.0" */
	char kernel[96];       /* uname -r */
	char arch[16];	       /* uname -m */
	char cpu_model[96];    /* may be empty */
	int64_t start_unix_ns; /* CLOCK_REALTIME at ts 0 */
	uint32_t nr_cpus;      /* highest possible CPU + 1 */
	uint32_t nr_online_cpus;
	uint32_t nr_nodes;
	uint32_t page_size;	   /* bytes, 4096 */
	uint32_t struct_page_size; /* from BTF; 0: not known */
	uint64_t ram_pages;	   /* present pages, all zones (/proc/zoneinfo) */
	uint64_t managed_pages;	   /* managed pages, all zones */
	uint64_t max_pfn;	   /* first pfn past the last range */
	uint64_t memmap_pages; /* pages of RAM that the kernel says its memmap takes; 0: not told */
	char thp[16];	       /* always, madvise, never */
	int lru_gen;	       /* 1 multi-generational LRU, 0 classic, -1 not known */
	uint32_t
		sample; /* 1 page in `sample` was recorded, from the start; 1: all (see sample.h) */
	char census
		[16]; /* what the census was read from: "memmap", "kpageflags"; empty: not told */
	/*
	 * What told which memory cgroup pages are charged to: "memmap", "kpagecgroup"; empty: nothing did
	 */
	char memcg[16];
	char filter[256]; /* whose events were recorded, in words; empty: everybody's */
	/* what CPUs were asked to count: "hardware", "software", "off", "none", "emulator"; empty: not told */
	char pmu[16];
	char pmu_note[160]; /* "none": why there is nothing to count */
	size_t nr_counted;
	struct trace_counted counted[TRACE_MAX_COUNTED];
	size_t nr_ranges; /* pfn ranges that have a memmap (sections), ascending, disjoint */
	struct trace_range ranges[TRACE_MAX_RANGES];
	size_t nr_caches;
	struct trace_cache caches[TRACE_MAX_CACHES];
	struct trace_class classes[CLASS_MAX];
	struct trace_code code; /* what the kernel has, where kernels differ */
	/* by start; zones of different nodes may overlap where their memory takes turns; none: not told */
	size_t nr_node_ranges;
	struct trace_node_range node_ranges[TRACE_MAX_NODE_RANGES];
	size_t nr_node_cpus; /* by first CPU; none: not told */
	struct trace_node_cpus node_cpus[TRACE_MAX_NODE_CPUS];
	size_t nr_memcgs; /* whose names are known, ascending by inode; 0 unless names were asked for */
	struct trace_memcg memcgs[TRACE_MAX_MEMCGS];
	/* of accesses: the layout of the recorded kernel, by its built-in name, and who made them */
	char layout[32];
	size_t nr_functions;
	struct trace_function functions[TRACE_MAX_FUNCTIONS];
};

/* Whether output names the class: that a recorder on a real host shows no accesses goes without saying. */
static inline bool trace_meta_tells(const struct trace_meta *meta, enum event_class cls)
{
	return cls != CLASS_ACCESS || meta->classes[cls].fidelity != FIDELITY_ABSENT;
}

/* Counters at a moment: /proc/vmstat lines by their names, and what the recorder adds. */
struct trace_stat {
	uint64_t ts_ns;
	size_t nr;
	struct trace_counter counters[TRACE_MAX_COUNTERS];
};

/* Events of a class that found no room in the buffer of a CPU. */
struct trace_cpu_loss {
	uint32_t cpu;
	char cls[16]; /* event_class_name() */
	uint64_t lost;
};

/* What the recorder knows at the end. Counts of events are checked against what the file holds. */
struct trace_footer {
	uint64_t end_ns;    /* time of the end since the start */
	char stop[32];	    /* "command", "duration", "signal", "size", "census", "rotate" */
	int command_status; /* exit status of COMMAND, -1 without one */
	uint64_t events[EVENT_KIND_MAX]; /* written, by kind; filled in by the writer */
	uint64_t lost[CLASS_MAX];	 /* lost, by class */
	uint64_t census_runs,
		late;	      /* census runs written; events put in order by clamping their time */
	uint64_t self_cpu_ns; /* CPU time of the recorder's own process */
	uint64_t buffer_high_water; /* bytes, the fullest that any CPU's buffer was seen */
	uint64_t buffer_size;	    /* bytes per CPU */
	uint32_t sample; /* at the end: larger than the header's if it was too much; 0: not told */
	uint64_t unsampled[CLASS_MAX]; /* events of pages outside the sample, by class */
	uint64_t ns_per_event
		[CLASS_MAX];  /* time in the kernel's part of the recorder; 0: not measured */
	size_t nr_cpu_losses; /* the largest, if there are more */
	struct trace_cpu_loss cpu_losses[TRACE_MAX_CPU_LOSSES];
};

/* JSON forms, used on disk and by `memsim info --json`. The caller owns the returned reference; NULL: no memory. */
json_t *trace_meta_to_json(const struct trace_meta *meta);
json_t *trace_stat_to_json(const struct trace_stat *stat);
json_t *trace_footer_to_json(const struct trace_footer *footer);

/*
 * The reverse, strict: missing members, wrong types and values out of range are -EINVAL; unknown
 * members are ignored, so that a newer minor version may add some. ret is untouched on failure.
 */
int trace_meta_from_json(const json_t *json, struct trace_meta *ret,
			 struct error *err) __must_check;
int trace_stat_from_json(const json_t *json, struct trace_stat *ret,
			 struct error *err) __must_check;
int trace_footer_from_json(const json_t *json, struct trace_footer *ret,
			   struct error *err) __must_check;

/* The node of a page, or of a CPU: 0 where the trace does not tell it. */
uint32_t trace_node_of_pfn(const struct trace_meta *meta, uint64_t pfn);
uint32_t trace_node_of_cpu(const struct trace_meta *meta, uint32_t cpu);

/* The path of the memory cgroup with that inode, or NULL: the trace does not hold it. */
const char *trace_memcg_name(const struct trace_meta *meta, uint64_t inode);

/* The counter of that name, or NULL. */
const uint64_t *trace_stat_find(const struct trace_stat *stat, const char *name);

#endif
