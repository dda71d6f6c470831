/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Three levels of set-associative cache: L1d and L2 per CPU, one last level shared by all. It counts
 * lines, never hears of pages, and is confined to one thread.
 *
 * The policy, exactly: true LRU in each set; a line's set is line % sets. An access looks in L1, then L2,
 * then LLC; the first level that holds the line is where it hits, and the line becomes the most recent
 * there and in every level above, into which it is filled. A miss everywhere counts as memory and fills
 * all three. Levels are neither inclusive nor exclusive: an eviction drops the line from its own level
 * only. An empty way is filled before a line is evicted.
 *
 * Write allocates like read. With track_dirty it marks the line dirty in L1. First all fills of an access
 * are done, L1 to LLC; then the dirty lines they evicted are written into the next level each, those of
 * L1 first. A line written back becomes the most recent there and dirty; if it is not there it is
 * allocated, and what that evicts is, if dirty, written on at once. No look-up is counted for this. (Known
 * answers, in tests/unit/sim/test_cache.c: this is "fill first"; a simulator that writes the victim
 * before the fill counts 0.45 % more LLC hits on the shared stream.) Without track_dirty nothing is
 * written back and hit counts are those of a read-only stream; that is somewhat faster.
 *
 * With or without it, a write drops the line from the L1 and L2 of all other CPUs, at once and for good:
 * a dirty copy is dropped too, since the writer's copy now stands for it. A read takes no notice of other
 * CPUs' copies, dirty or not. The LLC is not invalidated.
 *
 * A geometry may ask for something else. All of this is without dirty lines, and slower:
 *
 * - kinds of last level. "inclusive": what it evicts is dropped from the L1 and L2 of every CPU. "exclusive": a
 *   line that is found there leaves it for L2; one that L2 evicts, whether it was written or not, is put there,
 *   and fetches from memory are not. "victim", the non-inclusive kind of servers since Skylake: as exclusive,
 *   but a line that is found there stays, as the most recent one. Such a level knows what the CPUs' own caches
 *   hold (Zen: tags of the L2s beside it; Skylake and later: a snoop filter): a line that it has not, but another
 *   CPU's L1 or L2 has, comes from there, and counts as found in the last level, through which it goes; both CPUs
 *   have it then. In order: the last level is asked (and gives the line away), then the CPUs, then L2 is filled, then what L2 evicted goes to the last level, then L1 is filled. L1
 *   evicts to nowhere, and what L2 evicts goes down even if L1 still holds it. An inclusive level is filled, and
 *   takes its victim from everybody, before L2 is filled.
 * - tree-PLRU instead of LRU, by level. Ways must be a power of two. A way that is empty is filled first.
 * - prefetchers, which fill L2 only. "pair": a miss of L2 brings the other line of an aligned pair, too; "next-line":
 *   it brings the next line; "stream": requests that miss L1 and go on through a page of 4 KiB in one
 *   direction, by at most 4 lines each, bring 4 lines ahead from the second such step on; 32 pages are
 *   followed per CPU, LRU. None crosses the end of the page. What is in L2 already is left as it is. A fetch
 *   takes no time: it is there when it is wanted.
 */
#ifndef SIM_CACHE_H
#define SIM_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum cache_level { CACHE_L1, CACHE_L2, CACHE_LLC, CACHE_MEMORY, CACHE_LEVEL_MAX };

const char *cache_level_name(enum cache_level level); /* "L1", "L2", "LLC", "memory" */

/* CACHE_LLC_KIND(NAME, "name") */
#define CACHE_LLC_KINDS(KIND)                                                                      \
	KIND(PLAIN, "plain")                                                                       \
	KIND(INCLUSIVE, "inclusive")                                                               \
	KIND(EXCLUSIVE, "exclusive")                                                               \
	KIND(VICTIM, "victim")

enum cache_llc_kind {
#define KIND(NAME, name) CACHE_LLC_##NAME,
	CACHE_LLC_KINDS(KIND)
#undef KIND
		CACHE_LLC_KIND_MAX
};

/* Bits of cache_geometry.prefetch, in the order of their names. */
enum {
	CACHE_PREFETCH_PAIR = 1,
	CACHE_PREFETCH_NEXT = 2,
	CACHE_PREFETCH_STREAM = 4,
	CACHE_PREFETCHERS = 3,
	CACHE_PREFETCHES = 6 /* an access causes at most: two neighbours, four ahead of a stream */
};

enum { CACHE_MAX_WAYS = 64, CACHE_MAX_LLC_CPUS = 4096 };

struct cache_geometry {
	struct {
		uint64_t size; /* bytes */
		uint32_t ways; /* 1..CACHE_MAX_WAYS */
	} level[3];
	uint32_t line;	  /* bytes, power of two */
	uint8_t llc_kind; /* enum cache_llc_kind */
	uint8_t plru;	  /* a bit for each level that has tree-PLRU */
	uint8_t prefetch; /* CACHE_PREFETCH_* */
	/* that share a last level, as cache_nodes.h has them; 0: all of a node */
	uint32_t llc_cpus;
};

/*
 * "l1=48K/12,l2=2M/16,llc=32M/16": sizes and ways. The number of sets may be any (105M/15 has 114688), but
 * size must be a whole number of ways * line. Optionally ",line=64", ",llc-kind=victim", ",llc-cpus=8", ",plru=l1+l2" and
 * ",prefetch=pair+stream".
 */
int cache_geometry_parse(const char *text, struct cache_geometry *ret,
			 struct error *err) __must_check;
int cache_geometry_check(const struct cache_geometry *geometry, struct error *err) __must_check;
const char *cache_llc_kind_name(enum cache_llc_kind kind);
const char *cache_prefetch_name(unsigned int bit_number); /* "pair" */
/* "pair+stream", or "none". */
int cache_prefetch_parse(const char *text, uint8_t *ret, struct error *err) __must_check;
/* The same, in a buffer of at least 32 bytes. */
const char *cache_prefetch_format(uint8_t prefetch, char *buf, size_t len);
/* The text form, in a buffer of at least 160 bytes. */
const char *cache_geometry_format(const struct cache_geometry *g, char *buf, size_t len);

/* Whether such caches need the general walk. */
bool cache_is_general(const struct cache_geometry *g);

struct cache_hierarchy;

int cache_hierarchy_create(const struct cache_geometry *geometry, unsigned int nr_cpus,
			   bool track_dirty, struct cache_hierarchy **ret,
			   struct error *err) __must_check;
void cache_hierarchy_destroy(struct cache_hierarchy *h);

/* One access to a line (address / line size, below 2^58) by a CPU below nr_cpus: the level that had it. */
enum cache_level cache_access(struct cache_hierarchy *h, unsigned int cpu, uint64_t line,
			      bool write);

/*
 * n accesses by one CPU; each word is line << 1 | write. Adds to hits[level] for each. The same result
 * as n calls of cache_access(), several times faster from some hundred accesses on. Uses AVX-512 or AVX2
 * where the machine has it; that never changes a result.
 */
void cache_access_batch(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			size_t n, uint64_t hits[CACHE_LEVEL_MAX]);

enum { CACHE_BATCH = 512, CACHE_MAX_PREFETCHES = CACHE_BATCH * CACHE_PREFETCHES };

/* The accesses of a call that each level did not have, by their number in the call, rising. */
struct cache_missed {
	size_t nr[CACHE_MEMORY];
	uint16_t which[CACHE_MEMORY][CACHE_BATCH];
};

/*
 * The same for up to CACHE_BATCH accesses, without track_dirty, telling which of them missed. Made for the
 * accesses of operations on few objects: one that finds its line the most recent of its set in L1 changes
 * nothing, and mostly costs no more than to see that.
 */
void cache_access_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			 size_t n, struct cache_missed *ret);

/*
 * Background pressure: what the workload's own data does to the caches between the accesses that are
 * simulated. Its fills come as lines of their own, and go round the sets of a level: fill number i goes to set
 * i % sets. Such a line enters as the most recent one, so that k fills of a set of w ways leave the w - k most
 * recent lines in it.
 *
 * What of that data is found in a level, because the level before had lost it, makes a background line the most recent
 * one, so that those that were more recent are one step nearer to being pushed out. These go round the sets, too;
 * which of a set's background lines it is nobody knows, so all are in turn, evenly (cache_found_which()). Without
 * background lines in the set nothing happens, nor in an exclusive last level, which a line leaves where it is found.
 * Fills and finds that came since a row was last looked at come to it evenly mixed, finds first. Nothing is random.
 *
 * A row is made to show all that when an access next comes to it, or an invalidation of a line that it has: pressure
 * costs nothing where nobody looks, and nothing at all until cache_pressure_start(). Which can be called once,
 * before or between accesses; -EINVAL with track_dirty, as no fill writes back what it pushes out.
 */
int cache_pressure_start(struct cache_hierarchy *h, struct error *err) __must_check;
/* So many fills more, into the CPU's L1 and L2 and into the LLC that all share. */
void cache_pressure(struct cache_hierarchy *h, unsigned int cpu, uint64_t fills_l1,
		    uint64_t fills_l2, uint64_t fills_llc);
/* So many background lines more that the CPU's L1 had not, but its L2; and that L2 had not, but the LLC. */
void cache_pressure_found(struct cache_hierarchy *h, unsigned int cpu, uint64_t found_l2,
			  uint64_t found_llc);

/*
 * Calls fn for each CPU that loses a line because another one writes it, as that access is made (with
 * cache_access_batch(): at the latest before it returns). In cache_access_missed() the calls come in the order
 * of the accesses, when it is known which of those up to there missed L2, and `number` says which it is; else it is 0.
 */
typedef void cache_taken_fn(void *ctx, unsigned int number, unsigned int cpu, uint64_t line);
void cache_on_taken(struct cache_hierarchy *h, cache_taken_fn *fn, void *ctx);

/*
 * For caches that are not the only ones of the machine. Whether any of them has the line; and somebody elsewhere writes
 * it, so that it leaves all of them: cache_taken_fn gets `number`.
 */
bool cache_has(struct cache_hierarchy *h, uint64_t line);
void cache_lose(struct cache_hierarchy *h, unsigned int number, uint64_t line);
/*
 * Calls fn for each line that a prefetcher brings from outside. In cache_access_missed() `number` says after which access,
 * and they come in that order; else it is 0.
 */
typedef void cache_prefetched_fn(void *ctx, unsigned int number, uint64_t line);
void cache_on_prefetched(struct cache_hierarchy *h, cache_prefetched_fn *fn, void *ctx);

/*
 * What cache_access() and cache_access_missed() do, and prefetchers, is noted there, borrowed, from now on: of hierarchies
 * that are the only one.
 */
struct cache_written;
void cache_note_written(struct cache_hierarchy *h, struct cache_written *written);

struct cache_counts {
	uint64_t evictions
		[3]; /* valid lines replaced, by level; under pressure background lines too */
	uint64_t writebacks[3]; /* of these, dirty ones */
	uint64_t
		aged[3]; /* lines that background pressure pushed out, as far as rows show it yet */
	uint64_t back_invalidations; /* copies dropped because an inclusive last level evicted */
	uint64_t prefetches, prefetches_memory; /* lines brought in, and those not from the LLC */
	uint64_t invalidations; /* copies dropped because another CPU wrote; L1 and L2 count each */
};

void cache_counts(const struct cache_hierarchy *h, struct cache_counts *ret);

#endif
