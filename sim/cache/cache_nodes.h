/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The caches of a machine: a hierarchy for each group of CPUs that share a last level, those of a NUMA node or of a part of it
 * (cache_groups.h), and what the groups do to each other. Memory belongs to nodes. One group on one node is a hierarchy and
 * nothing else.
 *
 * The rules, exactly. What the caches of a CPU's own group do is what cache.h says. A line that none of them gives
 * (CACHE_MEMORY) comes from the caches of another group if that has written it last, has it still, at whatever level,
 * and nobody else has read it since: then it is as good as written back, and both groups have it. Else it comes from
 * memory, of the node where its home is, even if other groups have a clean copy. A write drops the line from all
 * caches of all other groups, LLCs included, right after the access; if the writer has a copy already, that takes no
 * time. A prefetcher that brings a line from outside makes one that another group has written clean, too.
 *
 * What is written goes back to memory when no cache of any group has it any more, or, if memory gives the line to
 * somebody sooner, then (nothing is given that memory has not got). A write by another CPU takes over what was written:
 * nothing goes back. A read by another CPU of the group leaves it written, as last levels keep what they pass on. A
 * read from another group makes it as good as written back, which is MESI's way, Intel's; where the owner keeps what it
 * lends (MOESI, AMD's), these do not go back at once: they are counted, too. Background lines write nothing back.
 *
 * Which groups may have a line stands in a directory, of 4 bytes for each line that was ever fetched. One thread.
 */
#ifndef SIM_CACHE_NODES_H
#define SIM_CACHE_NODES_H

#include "sim/cache/cache.h"
#include "sim/access/nodes.h"

/*
 * Where a line that the caches of its group did not have came from: LOCAL is what is left of CACHE_MEMORY. OTHER_GROUP:
 * the caches of another group of the same node.
 */
enum cache_source {
	CACHE_LOCAL,
	CACHE_REMOTE,
	CACHE_OTHER_NODE,
	CACHE_OTHER_GROUP,
	CACHE_SOURCE_MAX
};

/* "local", "remote", "other_node", "other_group" */
const char *cache_source_name(enum cache_source source);

struct cache_nodes;

struct cache_nodes_opts {
	struct cache_geometry geometry; /* of each group */
	unsigned int nr_cpus;
	/* All is borrowed. NULL: one node, and the next is not needed. */
	const struct nodes *nodes;
	/* The node whose memory holds the line. */
	unsigned int (*home)(const void *ctx, uint64_t line);
	const void *ctx;
};

int cache_nodes_create(const struct cache_nodes_opts *opts, struct cache_nodes **ret,
		       struct error *err) __must_check;
void cache_nodes_destroy(struct cache_nodes *n);

/* cache_access(); *ret is set for CACHE_MEMORY. */
enum cache_level cache_nodes_access(struct cache_nodes *n, unsigned int cpu, uint64_t line,
				    bool write, enum cache_source *ret);

/* The accesses that each level did not have, and of those of CACHE_LLC, in the same order, enum cache_source. */
struct cache_nodes_missed {
	struct cache_missed missed;
	uint8_t source[CACHE_BATCH];
};

/* cache_access_missed(). */
void cache_nodes_access_missed(struct cache_nodes *n, unsigned int cpu, const uint64_t *accesses,
			       size_t nr, struct cache_nodes_missed *ret);

/* In lines: what memory was given back. */
struct cache_writebacks {
	uint64_t lines;
	uint64_t lent; /* of these, because another group read what one had written */
	uint64_t left; /* and those beside them that are written, and in some cache still */
};

/* Up to now, without those that nobody has asked memory for since: `left` is 0. */
void cache_nodes_known_writebacks(const struct cache_nodes *n, struct cache_writebacks *ret);
/*
 * With those: looks up each line that is not as memory has it, when all is over, as rows then show their background fills.
 * wanted: these lines only; NULL: all.
 */
void cache_nodes_writebacks(struct cache_nodes *n, bool (*wanted)(const void *ctx, uint64_t line),
			    const void *ctx, struct cache_writebacks *ret);
/* More than one group or node: then sources are told. */
bool cache_nodes_are_several(const struct cache_nodes *n);
/* Memory ran out for what is known of lines, so that what was told since may be wrong. */
bool cache_nodes_failed(const struct cache_nodes *n);
/* As those of cache.h; CPUs are those of the machine, counts are of all groups. */
void cache_nodes_on_taken(struct cache_nodes *n, cache_taken_fn *fn, void *ctx);
void cache_nodes_counts(const struct cache_nodes *n, struct cache_counts *ret);
int cache_nodes_pressure_start(struct cache_nodes *n, struct error *err) __must_check;

/*
 * What the workload's own data does: lines that come into each level, and that are found there (not of L1, where none is
 * told). Of the last level those of the whole machine: each last level gets what is its CPUs' share.
 */
struct cache_pressed {
	uint64_t fills[CACHE_MEMORY], found[CACHE_MEMORY];
};

static inline bool cache_pressed_any(const struct cache_pressed *p)
{
	return p->fills[CACHE_L1] | p->fills[CACHE_L2] | p->fills[CACHE_LLC] | p->found[CACHE_L2] |
	       p->found[CACHE_LLC];
}

void cache_nodes_pressure(struct cache_nodes *n, unsigned int cpu, const struct cache_pressed *p);

#endif
