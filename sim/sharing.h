/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a CPU misses a line that it had: because another CPU wrote something in it that this one uses too
 * (true sharing), or only something beside it (false sharing). Eight memory descriptors in one line, each
 * of another page, are where the latter may begin.
 *
 * A CPU that loses a line to a write of another CPU is remembered with the bytes that others write from
 * then on. When it comes back, the bytes that its operation reads or writes in the line decide: one of
 * them was written meanwhile, or none. That is Torrellas, Lam and Hennessy's definition ("False sharing and
 * spatial locality in multiprocessor caches", 1994), with all that one operation does to a line taken as
 * one reference. A line that was taken away counts as missed for that reason even if the CPU would
 * have evicted it in the meantime.
 *
 * Lines of 64 bytes; bytes of a line are bits of a word; an atomic counts as a write. Confined to one thread.
 */
#ifndef SIM_SHARING_H
#define SIM_SHARING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sim/cache.h"

enum sharing_kind { SHARING_TRUE, SHARING_FALSE, SHARING_MAX };

/* What happened to one line. */
struct sharing_line {
	uint64_t line;
	uint64_t misses[SHARING_MAX];
	uint64_t taken;		/* copies that writes of other CPUs took away, one for each CPU */
	uint64_t read, written; /* bytes, by the CPUs that lost it and by those that took it */
};

struct sharing_totals {
	uint64_t misses[SHARING_MAX], taken;
	uint64_t forgotten; /* losses given up when there were more lines than are watched */
};

struct sharing;

int sharing_create(struct sharing **ret, struct error *err) __must_check;
void sharing_destroy(struct sharing *s);

enum { SHARING_SETTLED = 4096 };

/*
 * What most accesses are told by, without a look at what is known of their lines: either nobody ever lost the line,
 * or the CPU has touched these bytes of it before, and nothing has happened to the line since.
 */
struct sharing_front {
	uint64_t groups
		[1 << 10]; /* a bit for each of some groups of lines: somebody lost one of them */
	/*
	 * By the last bits of the line: accesses of this CPU that touch no other bytes of it change nothing.
	 * Nothing touches no bytes, so that zeroes are true of any line.
	 */
	struct sharing_settled {
		uint64_t line, read, written;
		uint32_t cpu;
		uint32_t slot; /* what is known of the line, by its index + 1; 0: perhaps nothing */
	} settled[SHARING_SETTLED];
};

/* Lives as long as s. */
const struct sharing_front *sharing_front(const struct sharing *s);

/* Neighbours share a word; Fibonacci hashing of the rest: 2^64 / golden ratio. */
static inline size_t sharing_group(uint64_t line)
{
	return (size_t)((line >> 6) * 0x9e3779b97f4a7c15ULL >> 54);
}

/* False: sharing_access() would do nothing, as the line was never taken from anybody. */
static inline bool sharing_may_know(const struct sharing_front *f, uint64_t line)
{
	return f->groups[sharing_group(line)] >> (line & 63) & 1;
}

/* The same, as it was told all that before. */
static inline bool sharing_is_settled(const struct sharing_front *f, unsigned int cpu,
				      uint64_t line, uint64_t read, uint64_t written)
{
	const struct sharing_settled *settled = &f->settled[line % SHARING_SETTLED];

	return settled->line == line && settled->cpu == cpu &&
	       !((read & ~settled->read) | (written & ~settled->written));
}

/* The CPU's copy of the line was taken away. Then comes the sharing_access() that did it. */
void sharing_taken(struct sharing *s, unsigned int cpu, uint64_t line);
/*
 * The CPU reads and writes these bytes of the line. SHARING_MAX: it missed nothing for the sake of sharing.
 * Needed for accesses that write or miss the CPU's own caches; harmless for others.
 */
enum sharing_kind sharing_access(struct sharing *s, unsigned int cpu, uint64_t line, uint64_t read,
				 uint64_t written);

/*
 * CPUs are about to touch these lines, each of which is line << 1 | whether it is written, so many, at most
 * CACHE_BATCH: what is known of them lies all over memory, and is fetched.
 */
void sharing_look_ahead(const struct sharing *s, const uint64_t *words, size_t nr);

void sharing_totals(const struct sharing *s, struct sharing_totals *ret);
/* Those lines with most misses, most first, lower addresses first among equals; returns their number. */
size_t sharing_top(const struct sharing *s, struct sharing_line *ret, size_t max);

#endif
