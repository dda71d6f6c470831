// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "base/ahead.h"
#include "sim/cache/cache_impl.h"
#include "sim/cache/line_words.h"

/*
 * A line's word: 0, nobody has it; the number of the only CPU that may, + 1; PAIR and the numbers of two of them, the
 * lower one in the last bits; or MANY and a bit for each group of CPUs.
 */
#define MANY (1U << 31)
#define PAIR (1U << 30)

enum {
	NR_GROUPS = 31,
	PAIR_BITS = 15, /* of a number in a pair; CPUs beyond are in groups only */
	PAIR_MASK = (1 << PAIR_BITS) - 1,
	CLAIMS_AHEAD = 8, /* claims; how far ahead of one what it looks at is fetched */
};

struct cache_sharers {
	struct line_words holders;
	unsigned int per_group; /* CPUs that share one bit */
	bool lost;		/* out of memory: any CPU may hold any line */
};

int cache_sharers_create(const struct cache_hierarchy *h, struct cache_sharers **ret,
			 struct error *err)
{
	struct cache_sharers *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem(err);
	s->per_group = (h->nr_cpus + NR_GROUPS - 1) / NR_GROUPS;
	*ret = s;
	return 0;
}

void cache_sharers_destroy(struct cache_sharers *s)
{
	if (!s)
		return;
	line_words_fini(&s->holders);
	free(s);
}

/* The line's word; NULL: no memory for it, and from now on who holds what is not known any more. */
static inline uint32_t *holders_of(struct cache_hierarchy *h, uint64_t line)
{
	uint32_t *word = line_words_at(&h->sharers->holders, line);

	if (__builtin_expect(!word, 0)) {
		h->sharers->lost = true;
		cache_recent_stop(h);
	}
	return word;
}

/* CPUs from first to end - 1. */
struct range {
	unsigned int first, end;
};

/* Takes out of a word some of those that it stands for; they come in the order of their numbers. */
static struct range take(const struct cache_sharers *s, uint32_t *word)
{
	unsigned int first = *word - 1;

	if (*word & MANY) {
		first = (unsigned int)__builtin_ctz(*word) * s->per_group;
		*word &= *word - 1;
		*word = *word == MANY ? 0 : *word;
		return (struct range){first, first + s->per_group};
	}
	if (*word & PAIR) {
		first = *word & PAIR_MASK;
		*word = (*word >> PAIR_BITS & PAIR_MASK) + 1;
	} else {
		*word = 0;
	}
	return (struct range){first, first + 1};
}

static bool may_hold(const struct cache_sharers *s, uint32_t word, unsigned int cpu)
{
	bool found = false;

	while (!found && word) {
		struct range r = take(s, &word);

		found = cpu >= r.first && cpu < r.end;
	}
	return found;
}

/* All that a word stands for, and one more. */
static uint32_t many(const struct cache_sharers *s, uint32_t word, unsigned int cpu)
{
	uint32_t ret = MANY | 1U << cpu / s->per_group;

	while (word)
		ret |= 1U << take(s, &word).first / s->per_group;
	return ret;
}

/* Somebody else has the line. */
static void add_holder(struct cache_hierarchy *h, uint32_t *word, unsigned int cpu, uint64_t line)
{
	unsigned int other = *word - 1;

	if (may_hold(h->sharers, *word, cpu))
		return;
	if (*word & (PAIR | MANY)) {
		*word = many(h->sharers, *word, cpu);
		return;
	}
	cache_recent_share(h, other, line);
	if ((cpu | other) >> PAIR_BITS)
		*word = many(h->sharers, *word, cpu);
	else if (cpu < other)
		*word = PAIR | other << PAIR_BITS | cpu;
	else
		*word = PAIR | cpu << PAIR_BITS | other;
}

bool cache_sharers_may_hold(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	const uint32_t *word = h->sharers ? holders_of(h, line) : NULL;

	return !word || h->sharers->lost || may_hold(h->sharers, *word, cpu);
}

bool cache_sharers_elsewhere(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	const uint32_t *word = holders_of(h, line);

	return !word || h->sharers->lost || (*word && *word != cpu + 1);
}

static bool range_has(struct cache_hierarchy *h, struct range r, unsigned int except, uint64_t line)
{
	bool found = false;

	for (unsigned int cpu = r.first; !found && cpu < r.end && cpu < h->nr_cpus; cpu++)
		found = cpu != except && cache_cpu_has(h, cpu, line);
	return found;
}

bool cache_sharers_give(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	const uint32_t *entry;
	bool found = false;

	if (!h->sharers)
		return false;
	entry = holders_of(h, line);
	if (!entry || h->sharers->lost)
		return range_has(h, (struct range){0, h->nr_cpus}, cpu, line);
	for (uint32_t word = *entry; !found && word;)
		found = range_has(h, take(h->sharers, &word), cpu, line);
	return found;
}

static void drop_range(struct cache_hierarchy *h, struct range r, unsigned int except,
		       uint64_t line)
{
	for (unsigned int cpu = r.first; cpu < r.end && cpu < h->nr_cpus; cpu++) {
		unsigned int copies = cpu != except ? cache_drop(h, cpu, line) : 0;

		h->counts.invalidations += copies;
		if (copies && h->taken)
			h->taken(h->taken_ctx, h->taken_number, cpu, line);
	}
}

/* What a claim will look at is in memory: caches of the CPUs that may hold the line. Of all CPUs it would be too much. */
static void fetch_claimed(struct cache_hierarchy *h, unsigned int cpu, uint64_t line,
			  const uint32_t *entry)
{
	if (!entry || h->sharers->lost)
		return;
	for (uint32_t word = *entry; word;) {
		struct range r = take(h->sharers, &word);

		for (unsigned int i = r.first; i < r.end && i < h->nr_cpus; i++)
			if (i != cpu)
				cache_fetch_rows(h, i, line);
	}
}

static void claim(struct cache_hierarchy *h, unsigned int cpu, uint64_t line, uint32_t *entry)
{
	uint32_t word;

	if (!entry || h->sharers->lost) {
		drop_range(h, (struct range){0, h->nr_cpus}, cpu, line);
		return;
	}
	word = *entry;
	*entry = cpu + 1;
	while (word)
		drop_range(h, take(h->sharers, &word), cpu, line);
}

/* The words of those that missed and are not written: what is written is claimed. */
static void add_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *misses,
		       size_t missed)
{
	uint32_t *words[CACHE_BLOCK];

	for (size_t i = 0; i < missed; i++) {
		words[i] = holders_of(h, misses[i] >> 1);
		ahead_to_write(words[i]);
	}
	for (size_t i = 0; i < missed && !h->sharers->lost; i++) {
		if (misses[i] & 1 || *words[i] == cpu + 1)
			continue;
		if (*words[i])
			add_holder(h, words[i], cpu, misses[i] >> 1);
		else
			*words[i] = cpu + 1;
	}
}

void cache_sharers_block(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			 const uint16_t *which, size_t n, const uint64_t *misses, size_t missed)
{
	uint16_t written[CACHE_BLOCK];
	uint32_t *words[CACHE_BLOCK];
	size_t nr = 0, nr_claims = 0;
	bool lost;

	add_missed(h, cpu, misses, missed);
	lost = h->sharers->lost;
	for (size_t i = 0; i < n; i++) {
		written[nr] = (uint16_t)i;
		nr += accesses[i] & 1;
	}
	/* what the CPU has for itself is its own in all that follows, too */
	for (size_t i = 0; i < nr; i++) {
		uint32_t *word = holders_of(h, accesses[written[i]] >> 1);

		words[nr_claims] = word;
		written[nr_claims] = written[i];
		nr_claims += !word || lost || *word != cpu + 1;
	}
	for (size_t i = 0; i < nr_claims && i < CLAIMS_AHEAD; i++)
		fetch_claimed(h, cpu, accesses[written[i]] >> 1, words[i]);
	for (size_t i = 0; i < nr_claims; i++) {
		size_t next = i + CLAIMS_AHEAD;

		if (next < nr_claims)
			fetch_claimed(h, cpu, accesses[written[next]] >> 1, words[next]);
		h->taken_number = which ? which[written[i]] : 0;
		claim(h, cpu, accesses[written[i]] >> 1, words[i]);
	}
}
