// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache_first.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define BACKGROUND UINT64_MAX /* a line of the workload's; no line reaches that far up */
#define NIBBLES UINT64_C(0x1111111111111111)
#define BYTES UINT64_C(0x0101010101010101)

enum { MASK_BITS = 64, HOLDERS_MIN = 4096 };

/* A set of one CPU. Lines stay where they are; how recent they are is told apart. */
struct row {
	uint64_t order; /* places, four bits each: the most recent one lowest, empty ones last */
	uint64_t hint
		[2]; /* a byte of a hash of the line at each place: most places need no other look */
	/* (line + 1) << 1, and 1 more if no other CPU has the line, so that a write is no news to anybody; 0: none */
	uint64_t tag[CACHE_FIRST_WAYS];
};

struct cache_first {
	uint32_t sets, ways;
	unsigned int nr_cpus;
	struct row *rows; /* of all CPUs */
	uint64_t *recent; /* for each of them, the tag of the most recent line; 0: not known */
	/*
	 * Which CPUs may have one of the lines with that hash, bit cpu % 64: a superset, as it is not kept when a row
	 * loses a line. So it is made anew when as many lines have come as make it useless.
	 */
	uint64_t *holders;
	uint64_t nr_holders, told; /* a power of two; lines that came since then */
	/* background fills so far of each CPU, and of its sets those that rows show; NULL: none */
	uint64_t *fills, *aged;
};

DEFINE_CLEANUP(struct cache_first *, cache_first_destroy);

int cache_first_create(const struct cache_geometry *geometry, unsigned int nr_cpus, bool pressed,
		       struct cache_first **ret, struct error *err)
{
	_cleanup_(cache_first_destroyp) struct cache_first *f = calloc(1, sizeof(*f));
	size_t sets;

	if (!f)
		return error_nomem(err);
	f->ways = geometry->level[CACHE_L1].ways;
	f->sets = (uint32_t)(geometry->level[CACHE_L1].size / f->ways / geometry->line);
	f->nr_cpus = nr_cpus;
	sets = (size_t)nr_cpus * f->sets;
	f->nr_holders = HOLDERS_MIN;
	while (f->nr_holders < 2 * sets * f->ways)
		f->nr_holders *= 2;
	f->rows = calloc(sets, sizeof(*f->rows));
	f->recent = calloc(sets, sizeof(*f->recent));
	f->holders = calloc(f->nr_holders, sizeof(*f->holders));
	for (size_t i = 0; f->rows && i < sets; i++)
		f->rows[i].order = UINT64_C(0xfedcba9876543210);
	if (pressed) {
		f->fills = calloc(nr_cpus, sizeof(*f->fills));
		f->aged = calloc(sets, sizeof(*f->aged));
	}
	if (!f->rows || !f->recent || !f->holders || (pressed && (!f->fills || !f->aged)))
		return error_nomem(err);
	*ret = take_ptr(f);
	return 0;
}

void cache_first_destroy(struct cache_first *f)
{
	if (!f)
		return;
	free(f->rows);
	free(f->recent);
	free(f->holders);
	free(f->fills);
	free(f->aged);
	free(f);
}

static inline size_t row_of(const struct cache_first *f, unsigned int cpu, uint64_t line)
{
	return (size_t)cpu * f->sets + line % f->sets;
}

static inline uint64_t hash_of(uint64_t line)
{
	return line * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

static inline uint64_t *holders_of(const struct cache_first *f, uint64_t line)
{
	return &f->holders[hash_of(line) & (f->nr_holders - 1)];
}

/* Where the line is; CACHE_FIRST_WAYS: nowhere. */
static inline uint32_t find(const struct cache_first *f, const struct row *row, uint64_t line)
{
	const uint64_t tag = (line + 1) << 1 | 1, hint = (hash_of(line) >> 24) * BYTES;

	for (uint32_t word = 0; word < (f->ways + 7) / 8; word++) {
		uint64_t x = row->hint[word] ^ hint;

		/* the highest bit of each byte of x that is 0, and of some that are not */
		for (x = (x - BYTES) & ~x & BYTES << 7; x; x &= x - 1) {
			uint32_t place = 8 * word + ((uint32_t)__builtin_ctzll(x) >> 3);

			if ((row->tag[place] | 1) == tag)
				return place;
		}
	}
	return CACHE_FIRST_WAYS;
}

/* Four times how many are more recent. */
static inline uint32_t shift_of(const struct row *row, uint32_t place)
{
	uint64_t x = row->order ^ place * NIBBLES;

	/* as in find(): the lowest one is right */
	return (uint32_t)__builtin_ctzll((x - NIBBLES) & ~x & NIBBLES << 3) & ~3U;
}

/* The place that stands there in the order becomes the most recent one. */
static inline void promote(struct row *row, uint32_t shift)
{
	uint64_t moved = (UINT64_C(16) << shift) - 1, place = row->order >> shift & 15;

	row->order = (row->order & ~moved) | (row->order << 4 & moved) | place;
}

/* A line takes the least recent place. */
static inline void fill(const struct cache_first *f, struct row *row, uint64_t tag)
{
	uint32_t shift = 4 * (f->ways - 1), place = row->order >> shift & 15;
	uint32_t at = place % 8 * 8;
	uint64_t hint = hash_of((tag >> 1) - 1) >> 24;

	row->tag[place] = tag;
	row->hint[place / 8] = (row->hint[place / 8] & ~(UINT64_C(0xff) << at)) | hint << at;
	promote(row, shift);
}

/* Empties the place, which becomes the last one. */
static void drop(const struct cache_first *f, struct row *row, uint32_t place)
{
	uint32_t shift = shift_of(row, place), last = 4 * (f->ways - 1);
	uint64_t below = (UINT64_C(1) << shift) - 1, all = (UINT64_C(16) << last) - 1;

	row->tag[place] = 0;
	row->order = (row->order & ~all) | (row->order & below) |
		     ((row->order & all) >> 4 & ~below) | (uint64_t)place << last;
}

static void remake_holders(struct cache_first *f)
{
	memset(f->holders, 0, f->nr_holders * sizeof(*f->holders));
	for (size_t i = 0; i < (size_t)f->nr_cpus * f->sets; i++)
		for (uint32_t place = 0; place < f->ways; place++) {
			uint64_t tag = f->rows[i].tag[place];

			if (tag && tag != BACKGROUND)
				*holders_of(f, (tag >> 1) - 1) |= 1ULL << i / f->sets % MASK_BITS;
		}
	f->told = 0;
}

/* Lets the set show the fills that came since it was looked at last: fill number k goes to set k % sets. */
static inline void age(struct cache_first *f, unsigned int cpu, size_t i)
{
	uint64_t set = i - (size_t)cpu * f->sets;
	uint64_t due = f->fills[cpu] / f->sets + (set < f->fills[cpu] % f->sets);
	uint64_t nr = due - f->aged[i];

	if (!nr)
		return;
	f->aged[i] = due;
	f->recent[i] = 0;
	for (nr = nr < f->ways ? nr : f->ways; nr; nr--)
		fill(f, &f->rows[i], BACKGROUND);
}

/* Whether the other CPU has the line still. */
static bool tell(struct cache_first *f, unsigned int cpu, uint64_t line, bool write)
{
	size_t i = row_of(f, cpu, line);
	struct row *row = &f->rows[i];
	uint32_t place;

	if (f->aged)
		age(f, cpu, i);
	place = find(f, row, line);
	if (place == CACHE_FIRST_WAYS)
		return false;
	f->recent[i] = 0;
	if (write)
		drop(f, row, place);
	else
		row->tag[place] &= ~1ULL;
	return !write;
}

/* The CPU gets the line, or writes it; whether it is then the only one that has it. */
static __attribute__((noinline)) bool tell_others(struct cache_first *f, unsigned int cpu,
						  uint64_t line, bool write)
{
	const uint64_t self = 1ULL << cpu % MASK_BITS;
	uint64_t *holders, left;
	bool shared = false;

	if (++f->told > 2 * f->nr_holders)
		remake_holders(f);
	holders = holders_of(f, line);
	left = f->nr_cpus > MASK_BITS ? *holders : *holders & ~self;
	for (; left; left &= left - 1)
		for (unsigned int k = (unsigned int)__builtin_ctzll(left); k < f->nr_cpus;
		     k += MASK_BITS)
			if (k != cpu)
				shared |= tell(f, k, line, write);
	*holders |= self;
	return !shared;
}

/* What is news in set number `i`; whether the line was not there. */
static bool touch(struct cache_first *f, unsigned int cpu, size_t i, uint64_t word)
{
	struct row *row = &f->rows[i];
	uint32_t place = find(f, row, word >> 1);
	bool missed = place == CACHE_FIRST_WAYS, alone = !missed && row->tag[place] & 1;

	if (!alone && (missed || word & 1))
		alone = f->nr_cpus == 1 || tell_others(f, cpu, word >> 1, word & 1);
	f->recent[i] = ((word >> 1) + 1) << 1 | alone;
	if (missed) {
		fill(f, row, f->recent[i]);
	} else {
		row->tag[place] = f->recent[i];
		promote(row, shift_of(row, place));
	}
	return missed;
}

/* mask: of the bits of a line that are its set, or 0 */
static inline __attribute__((always_inline)) size_t walk(struct cache_first *f, unsigned int cpu,
							 const uint64_t *accesses, size_t n,
							 uint16_t *which, uint64_t mask,
							 bool pressed)
{
	const size_t first = (size_t)cpu * f->sets;
	const uint64_t *recent = f->recent + first;
	size_t missed = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t word = accesses[i], line = word >> 1;
		size_t set = mask ? line & mask : line % f->sets;

		if (pressed)
			age(f, cpu, first + set);
		/* most are of the line that was there last, and change nothing */
		if (recent[set] - word - 2 <= (~word & 1))
			continue;
		which[missed] = (uint16_t)i;
		missed += touch(f, cpu, first + set, word);
	}
	return missed;
}

size_t cache_first_missed(struct cache_first *f, unsigned int cpu, const uint64_t *accesses,
			  size_t n, uint16_t which[CACHE_BATCH])
{
	assert(cpu < f->nr_cpus && n <= CACHE_BATCH);
	if (f->aged)
		return walk(f, cpu, accesses, n, which, 0, true);
	if (f->sets & (f->sets - 1) || f->sets == 1)
		return walk(f, cpu, accesses, n, which, 0, false);
	return walk(f, cpu, accesses, n, which, f->sets - 1, false);
}

void cache_first_pressure(struct cache_first *f, unsigned int cpu, uint64_t fills)
{
	f->fills[cpu] += fills;
}
