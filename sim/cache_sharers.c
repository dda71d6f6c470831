// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/zeroes.h"
#include "sim/cache_impl.h"

#define INITIAL_SIZE 1024
#define FRONT_SIZE 16384
/* Set in `holders`: the rest is the number of the only CPU that may hold the line. */
#define SOLE (1ULL << 63)
#define NR_GROUPS 63

struct entry {
	uint64_t key;	  /* line + 1; 0: free */
	uint64_t holders; /* SOLE | cpu, or a bit for each group of CPUs */
};

/* Open addressing, linear probing, at most half full, nothing is ever removed. */
struct cache_sharers {
	/* copies of entries that were looked at lately, by the last bits of their lines: most writes are of these */
	struct entry front[FRONT_SIZE];
	struct entry *table;
	size_t mask, count;
	size_t max_size;	/* from here on the table is cleaned up instead of doubled */
	unsigned int per_group; /* CPUs that share one bit: 1 up to 63 CPUs */
	bool lost;		/* out of memory: any CPU may hold any line */
};

DEFINE_CLEANUP(struct cache_sharers *, cache_sharers_destroy);

int cache_sharers_create(const struct cache_hierarchy *h, struct cache_sharers **ret,
			 struct error *err)
{
	_cleanup_(cache_sharers_destroyp) struct cache_sharers *s = calloc(1, sizeof(*s));
	size_t lines = 0;

	if (!s)
		return error_nomem(err);
	for (int i = CACHE_L1; i <= CACHE_L2; i++)
		lines += (size_t)h->shape[i].sets * h->shape[i].ways * h->nr_cpus;
	/* after a clean-up at most a quarter full: as many fills again before the next one */
	for (s->max_size = INITIAL_SIZE; s->max_size < 4 * lines;)
		s->max_size *= 2;
	s->per_group = (h->nr_cpus + NR_GROUPS - 1) / NR_GROUPS;
	s->table = zeroes_map(INITIAL_SIZE * sizeof(*s->table));
	s->mask = INITIAL_SIZE - 1;
	if (!s->table)
		return error_nomem(err);
	*ret = take_ptr(s);
	return 0;
}

void cache_sharers_destroy(struct cache_sharers *s)
{
	if (!s)
		return;
	zeroes_unmap(s->table, (s->mask + 1) * sizeof(*s->table));
	free(s);
}

/* Where the search for a line begins. Fibonacci hashing: 2^64 / golden ratio. */
static size_t home(const struct cache_sharers *s, uint64_t line)
{
	return (size_t)((line ^ line >> 32) * 0x9e3779b97f4a7c15ULL >> 24) & s->mask;
}

/* The line's entry, or the free one where it would go. */
static struct entry *find(const struct cache_sharers *s, uint64_t line)
{
	size_t i = home(s, line);

	while (s->table[i].key && s->table[i].key != line + 1)
		i = (i + 1) & s->mask;
	return &s->table[i];
}

/* The copy of the line's entry, or of another one's. */
static struct entry *front_of(struct cache_sharers *s, uint64_t line)
{
	return &s->front[line % FRONT_SIZE];
}

static uint64_t group_bit(const struct cache_sharers *s, unsigned int cpu)
{
	return 1ULL << (cpu / s->per_group);
}

static void add_holder(struct cache_hierarchy *h, struct entry *e, unsigned int cpu)
{
	if (e->holders == (SOLE | cpu))
		return;
	if (e->holders & SOLE) {
		unsigned int holder = (unsigned int)(e->holders & ~SOLE);

		cache_recent_share(h, holder, e->key - 1);
		e->holders = group_bit(h->sharers, holder);
	}
	e->holders |= group_bit(h->sharers, cpu);
}

static struct entry *insert(struct cache_hierarchy *h, uint64_t line, unsigned int cpu)
{
	struct cache_sharers *s = h->sharers;
	struct entry *e = find(s, line);

	if (e->key) {
		add_holder(h, e, cpu);
	} else {
		*e = (struct entry){line + 1, SOLE | cpu};
		s->count++;
	}
	*front_of(s, line) = *e;
	return e;
}

static void insert_resident(void *arg, unsigned int cpu, uint64_t line)
{
	insert(arg, line, cpu);
}

/* Makes the table larger, or anew from what the caches hold. */
static void make_room(struct cache_hierarchy *h)
{
	struct cache_sharers *s = h->sharers;
	size_t old_size = s->mask + 1,
	       size = old_size * 2 < s->max_size ? old_size * 2 : s->max_size;
	struct entry *old = s->table;

	memset(s->front, 0, sizeof(s->front));
	s->table = zeroes_map(size * sizeof(*s->table));
	if (!s->table) {
		s->table = old;
		s->lost = true;
		cache_recent_stop(h); /* what another CPU holds is not known any more */
		return;
	}
	s->mask = size - 1;
	s->count = 0;
	if (size > old_size) {
		for (size_t i = 0; i < old_size; i++)
			if (old[i].key) {
				*find(s, old[i].key - 1) = old[i];
				s->count++;
			}
	} else {
		for (unsigned int cpu = 0; cpu < h->nr_cpus; cpu++)
			cache_for_each_private(h, cpu, insert_resident, h);
	}
	zeroes_unmap(old, old_size * sizeof(*old));
}

static void add(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	struct cache_sharers *s = h->sharers;

	if (s->lost)
		return;
	insert(h, line, cpu);
	if (s->count * 2 > s->mask)
		make_room(h);
}

bool cache_sharers_may_hold(const struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	const struct cache_sharers *s = h->sharers;
	const struct entry *e;

	if (!s || s->lost)
		return true;
	e = find(s, line);
	if (!e->key)
		return false;
	return e->holders & SOLE ? e->holders == (SOLE | cpu) : e->holders & group_bit(s, cpu);
}

static bool range_has(struct cache_hierarchy *h, unsigned int first, unsigned int end,
		      unsigned int except, uint64_t line)
{
	bool found = false;

	for (unsigned int cpu = first; !found && cpu < end && cpu < h->nr_cpus; cpu++)
		found = cpu != except && cache_cpu_has(h, cpu, line);
	return found;
}

bool cache_sharers_give(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	const struct cache_sharers *s = h->sharers;
	const struct entry *e;
	bool found = false;

	if (!s)
		return false;
	if (s->lost)
		return range_has(h, 0, h->nr_cpus, cpu, line);
	e = find(s, line);
	if (!e->key)
		return false;
	if (e->holders & SOLE) {
		unsigned int holder = (unsigned int)(e->holders & ~SOLE);

		return range_has(h, holder, holder + 1, cpu, line);
	}
	for (uint64_t groups = e->holders; !found && groups; groups &= groups - 1) {
		unsigned int first = (unsigned int)__builtin_ctzll(groups) * s->per_group;

		found = range_has(h, first, first + s->per_group, cpu, line);
	}
	return found;
}

static void drop_range(struct cache_hierarchy *h, unsigned int first, unsigned int end,
		       unsigned int except, uint64_t line)
{
	if (end > h->nr_cpus)
		end = h->nr_cpus;
	for (unsigned int cpu = first; cpu < end; cpu++) {
		unsigned int copies = cpu != except ? cache_drop(h, cpu, line) : 0;

		h->counts.invalidations += copies;
		if (copies && h->taken)
			h->taken(h->taken_ctx, h->taken_number, cpu, line);
	}
}

static void claim(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	struct cache_sharers *s = h->sharers;
	struct entry *e;

	if (s->lost) {
		drop_range(h, 0, h->nr_cpus, cpu, line);
		return;
	}
	e = insert(h, line, cpu);
	if (e->holders == (SOLE | cpu)) {
		if (s->count * 2 > s->mask)
			make_room(h);
		return;
	}
	for (uint64_t groups = e->holders; groups; groups &= groups - 1) {
		unsigned int first = (unsigned int)__builtin_ctzll(groups) * s->per_group;

		drop_range(h, first, first + s->per_group, cpu, line);
	}
	e->holders = SOLE | cpu;
	*front_of(s, line) = *e;
}

void cache_sharers_block(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			 const uint16_t *which, size_t n, const uint64_t *misses, size_t missed)
{
	struct cache_sharers *s = h->sharers;
	uint16_t written[CACHE_BLOCK];
	size_t nr = 0;

	/* what the CPU has for itself is its own in all that follows, too */
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = front_of(s, accesses[i] >> 1);
		bool own = e->key == (accesses[i] >> 1) + 1 && e->holders == (SOLE | cpu);

		written[nr] = (uint16_t)i;
		nr += (accesses[i] & 1) & !own;
	}
	for (size_t i = 0; i < missed; i++) {
		if (i + CACHE_AHEAD < missed)
			__builtin_prefetch(&s->table[home(s, misses[i + CACHE_AHEAD] >> 1)], 1);
		if (!(misses[i] & 1)) /* what is written is claimed */
			add(h, cpu, misses[i] >> 1);
	}
	for (size_t i = 0; i < nr; i++) {
		if (i + CACHE_AHEAD < nr)
			__builtin_prefetch(
				&s->table[home(s, accesses[written[i + CACHE_AHEAD]] >> 1)], 1);
		h->taken_number = which ? which[written[i]] : 0;
		claim(h, cpu, accesses[written[i]] >> 1);
	}
}
