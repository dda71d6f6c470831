/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine profile: what its caches hold, and what it costs to wait for each level. It is data, read from
 * a YAML file (memsim-machine(5)); the built-in ones are the same files, embedded in the program, and
 * `memsim calibrate` writes one for the host that it runs on.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "sim/cache/cache.h"
#include "sim/cache/tlb.h"

/* How a figure was obtained. MACHINE_HOW(NAME, "name", doc) */
#define MACHINE_HOWS(MACHINE_HOW)                                                                  \
	MACHINE_HOW(UNKNOWN, "unknown", "the profile does not have it")                            \
	MACHINE_HOW(PMU, "pmu", "measured, and hardware counters confirm what was hit")            \
	MACHINE_HOW(TIMING, "timing", "measured by timing alone")                                  \
	MACHINE_HOW(PUBLISHED, "published", "taken from a source that the profile names")          \
	MACHINE_HOW(ASSUMED, "assumed", "neither: a guess, so that there is a figure")

enum machine_how {
#define MACHINE_HOW(NAME, name, doc) HOW_##NAME,
	MACHINE_HOWS(MACHINE_HOW)
#undef MACHINE_HOW
		HOW_MAX
};

/* What a figure counts: the YAML key that holds it, and the unit in which it is kept here. */
enum machine_unit {
	UNIT_CACHE,   /* "size" and "ways": bytes */
	UNIT_NS,      /* "ns": picoseconds */
	UNIT_ENTRIES, /* "entries" and "ways" */
	UNIT_PAGE,    /* "size": bytes */
	UNIT_LINES,   /* "lines": thousandths */
	UNIT_MHZ,     /* "mhz" */
};

/* Every figure. FIGURE(NAME, "group", "key", unit, doc); the first three follow enum cache_level. */
#define MACHINE_FIGURES(FIGURE)                                                                    \
	FIGURE(L1, "caches", "l1", CACHE, "first-level data cache of a CPU")                       \
	FIGURE(L2, "caches", "l2", CACHE, "second-level cache of a CPU")                           \
	FIGURE(LLC, "caches", "llc", CACHE, "last-level cache, shared")                            \
	FIGURE(LATENCY_L1, "latency", "l1", NS, "a load that waits for L1")                        \
	FIGURE(LATENCY_L2, "latency", "l2", NS, "a load that waits for L2")                        \
	FIGURE(LATENCY_LLC, "latency", "llc", NS, "a load that waits for the last level")          \
	FIGURE(LATENCY_MEMORY, "latency", "memory", NS, "a load that waits for local memory")      \
	FIGURE(LATENCY_REMOTE, "latency", "remote", NS, "a load that waits for another node")      \
	FIGURE(TRANSFER, "latency", "transfer", NS, "a line that another node's cache wrote")      \
	FIGURE(GROUP, "latency", "group", NS,                                                      \
	       "a line that another last level's CPU of the node wrote")                           \
	FIGURE(HOP, "latency", "hop", NS, "a pointer masked and followed, in L1")                  \
	FIGURE(ATOMIC, "atomic", "unshared", NS, "an atomic addition to a line in L1")             \
	FIGURE(ATOMIC_SHARED, "atomic", "shared", NS, "the same, and another CPU had the line")    \
	FIGURE(TLB_FIRST_4K, "tlb", "l1-4k", ENTRIES, "4 KiB translations in the first level")     \
	FIGURE(TLB_FIRST_2M, "tlb", "l1-2m", ENTRIES, "2 MiB translations in the first level")     \
	FIGURE(TLB_FIRST_1G, "tlb", "l1-1g", ENTRIES, "1 GiB translations in the first level")     \
	FIGURE(TLB_4K, "tlb", "4k", ENTRIES, "4 KiB translations held before a walk")              \
	FIGURE(TLB_2M, "tlb", "2m", ENTRIES, "2 MiB translations held before a walk")              \
	FIGURE(TLB_1G, "tlb", "1g", ENTRIES, "1 GiB translations held before a walk")              \
	FIGURE(TLB_SECOND, "tlb", "l2", NS, "a translation that only the second level has")        \
	FIGURE(TLB_WALK, "tlb", "walk", NS, "one page-table walk")                                 \
	FIGURE(PAGES_MEMMAP, "pages", "memmap", PAGE, "pages that the memmap is mapped by")        \
	FIGURE(PAGES_DIRECT, "pages", "direct", PAGE, "pages that descriptors are mapped by")      \
	FIGURE(FREQUENCY, "core", "frequency", MHZ, "base frequency")                              \
	FIGURE(PARALLELISM, "core", "parallelism", LINES, "lines on their way at once")

enum machine_figure_id {
#define FIGURE(NAME, group, key, unit, doc) FIGURE_##NAME,
	MACHINE_FIGURES(FIGURE)
#undef FIGURE
		FIGURE_MAX
};

struct machine_figure {
	uint64_t value; /* in the figure's unit */
	uint32_t ways;	/* of caches and TLBs; 0: not known */
	uint8_t how;	/* enum machine_how; HOW_UNKNOWN: there is no figure */
};

enum {
	MACHINE_MAX_SOURCES = 12,
	MACHINE_NAME_LEN = 33, /* with the final NUL, as the next */
	MACHINE_TEXT_LEN = 256,
};

struct trace_meta;

struct machine {
	char name[MACHINE_NAME_LEN];
	char summary[MACHINE_TEXT_LEN]; /* one line */
	char origin
		[MACHINE_TEXT_LEN]; /* "built-in", the file, "given", "recorded" or "this host" */
	bool measured;		    /* else put together from what is published */
	char date[11];		    /* of that, YYYY-MM-DD */
	size_t nr_sources;
	char sources[MACHINE_MAX_SOURCES][MACHINE_TEXT_LEN];
	uint32_t nodes; /* NUMA nodes to suppose; 0: those that a trace tells of */
	uint32_t line;	/* bytes */
	uint8_t llc_kind, plru, prefetch; /* as in struct cache_geometry */
	uint32_t llc_cpus;		  /* the same */
	struct machine_figure figures[FIGURE_MAX];
};

struct machine_figure_info {
	const char *group, *key, *doc;
	uint8_t unit; /* enum machine_unit */
};

const struct machine_figure_info *machine_figure_info(enum machine_figure_id id);
const char *machine_how_name(enum machine_how how);

/*
 * A built-in name, a path (anything that holds a '/' or ends in .yaml), or caches as
 * cache_geometry_parse() reads them (anything that holds a '=').
 */
int machine_load(const char *name_or_path, struct machine *ret, struct error *err) __must_check;
/* Parses bytes; `file` is for messages ("mine.yaml:9:29: ..."). */
int machine_parse(const char *file, const void *data, size_t len, struct machine *ret,
		  struct error *err) __must_check;
/* Caches alone, nothing else known. */
void machine_of_geometry(const char *name, const char *origin, enum machine_how how,
			 const struct cache_geometry *geometry, struct machine *ret);
/* The caches that the recorded machine advertised; which level is which goes by the number. -ENODATA: none. */
int machine_recorded(const struct trace_meta *meta, struct machine *ret,
		     struct error *err) __must_check;
void machine_geometry(const struct machine *m, struct cache_geometry *ret);

/* The data TLB, and the pages that metadata is mapped by. */
struct machine_tlb {
	struct tlb_geometry geometry;
	enum tlb_size memmap, direct;
};

/*
 * Gives what the profile does not say about its TLB the standard values, how: assumed; false, and nothing
 * changes, if it says nothing at all about what the TLB holds.
 */
bool machine_assume_tlb(struct machine *m);
/*
 * For several nodes: gives what the profile does not say about remote memory and the caches of other nodes a value, how:
 * assumed. Without a latency of local memory nothing changes.
 */
void machine_assume_nodes(struct machine *m);
/* The same for lines that go from one last level to another of the same node, where they are several. */
void machine_assume_groups(struct machine *m);
/* False: the profile does not say everything. */
bool machine_tlb(const struct machine *m, struct machine_tlb *ret);

/* What machine_parse() reads. */
int machine_to_yaml(const struct machine *m, struct buf *out, struct error *err) __must_check;
/* NULL: no memory. */
json_t *machine_to_json(const struct machine *m);
/* "48K", "2.51", "2048": the figure's value in the unit of its YAML key, in a buffer of at least 32 bytes. */
const char *machine_format(const struct machine *m, enum machine_figure_id id, char *buf,
			   size_t len);

/* The embedded files, in the order in which they are listed. text is not NUL-terminated. */
struct machine_builtin {
	const char *name;
	const unsigned char *text;
	size_t len;
};
extern const struct machine_builtin machine_builtins[];
extern const size_t machine_nr_builtins;

#endif
