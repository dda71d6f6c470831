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
#include "sim/cache/line_words.h"

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

/* What is known of a line that was taken from somebody: one line of the host. */
struct sharing_known {
	struct sharing_line line;
	/*
	 * Bytes that others wrote since: of what each of those who lost the line and have not been back knows, what all
	 * of them do. All ones if there are none.
	 */
	uint64_t since;
	uint32_t losses; /* each of them by itself; or there is only one */
	uint16_t cpu;	 /* which is this one */
	uint16_t losers; /* a bit for each of them, by the last bits of their numbers */
};

enum { SHARING_LOSERS = 16, SHARING_PERHAPS = 1 << 16 };

struct sharing_lines {
	struct line_words numbers;   /* in `known`; 0: nobody ever lost the line */
	struct sharing_known *known; /* the first is of a line to which nothing ever happens */
	uint8_t *perhaps;	     /* SHARING_PERHAPS of them, see sharing_perhaps() */
};

/* Lives as long as s. */
struct sharing_lines *sharing_lines(struct sharing *s);

/* 0: nobody ever lost the line, nor one whose number ends in the same bits. 1: somebody may have. */
static inline uint8_t sharing_perhaps(const struct sharing_lines *s, uint64_t line)
{
	return s->perhaps[line % SHARING_PERHAPS];
}

/* The line's number in s->known; 0: it was never taken from anybody. */
static inline uint32_t sharing_number(struct sharing_lines *s, uint64_t line)
{
	const uint32_t *number = line_words_at(&s->numbers, line);

	return __builtin_expect(number != NULL, 1) ? *number : 0;
}

/* Of a line that was never taken from anybody, or that nobody wants to know of, nothing is news. */
static inline struct sharing_known *sharing_known(struct sharing_lines *s, uint64_t line,
						  bool wanted)
{
	return &s->known[sharing_number(s, line) & -(uint32_t)wanted];
}

/* sharing_access() would do nothing, as it was told all that before. */
static inline bool sharing_is_settled(const struct sharing_known *k, unsigned int cpu,
				      uint64_t read, uint64_t written)
{
	return !((k->losers >> cpu % SHARING_LOSERS & 1) | (read & ~k->line.read) |
		 (written & ~(k->line.written & k->since)));
}

/* The CPU's copy of the line was taken away. Then comes the sharing_access() that did it. */
void sharing_taken(struct sharing *s, unsigned int cpu, uint64_t line);
/*
 * The CPU reads and writes these bytes of the line. SHARING_MAX: it missed nothing for the sake of sharing.
 * Needed for accesses that write or miss the CPU's own caches; harmless for others.
 */
enum sharing_kind sharing_access(struct sharing *s, unsigned int cpu, uint64_t line, uint64_t read,
				 uint64_t written);

void sharing_totals(const struct sharing *s, struct sharing_totals *ret);
/* Those lines with most misses, most first, lower addresses first among equals; returns their number. */
size_t sharing_top(const struct sharing *s, struct sharing_line *ret, size_t max);

#endif
