// SPDX-License-Identifier: GPL-2.0-only
#include "sim/sharing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	INITIAL_SLOTS = 1024,
	MAX_LINES = 1 << 18, /* watched at once: some 30 MiB with their losses */
	NONE = UINT32_MAX,
};

/* A CPU that had the line. */
struct loss {
	uint64_t written; /* bytes that others wrote since */
	uint32_t cpu;
	uint32_t next; /* index, or NONE; of free ones too */
};

struct record {
	struct sharing_line line;
	uint32_t losses; /* index of the first, or NONE */
	bool recent;	 /* something happened since the last clean-up */
};

struct sharing {
	uint32_t *slots; /* 1 + index of a record; open addressing, at most half full */
	size_t mask;
	struct record *records;
	size_t nr, cap;
	struct loss *pool;
	size_t pool_nr, pool_cap;
	uint32_t free_losses;
	struct sharing_totals totals;
	struct sharing_front front;
};

DEFINE_CLEANUP(struct sharing *, sharing_destroy);

int sharing_create(struct sharing **ret, struct error *err)
{
	_cleanup_(sharing_destroyp) struct sharing *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem(err);
	s->slots = calloc(INITIAL_SLOTS, sizeof(*s->slots));
	if (!s->slots)
		return error_nomem(err);
	s->mask = INITIAL_SLOTS - 1;
	s->free_losses = NONE;
	*ret = take_ptr(s);
	return 0;
}

void sharing_destroy(struct sharing *s)
{
	if (!s)
		return;
	free(s->slots);
	free(s->records);
	free(s->pool);
	free(s);
}

/* Where the search for a line begins. Fibonacci hashing: 2^64 / golden ratio. */
static size_t home(const struct sharing *s, uint64_t line)
{
	return (size_t)((line ^ line >> 32) * 0x9e3779b97f4a7c15ULL >> 24) & s->mask;
}

/* The slot of the line, or the free one where it would go. */
static uint32_t *find(const struct sharing *s, uint64_t line)
{
	size_t i = home(s, line);

	while (s->slots[i] && s->records[s->slots[i] - 1].line.line != line)
		i = (i + 1) & s->mask;
	return &s->slots[i];
}

const struct sharing_front *sharing_front(const struct sharing *s)
{
	return &s->front;
}

static void note_known(struct sharing *s, uint64_t line)
{
	s->front.groups[sharing_group(line)] |= 1ULL << (line & 63);
}

static void fill_front(struct sharing *s)
{
	memset(&s->front, 0, sizeof(s->front));
	for (size_t i = 0; i < s->nr; i++)
		note_known(s, s->records[i].line.line);
}

static void fill_slots(struct sharing *s)
{
	memset(s->slots, 0, (s->mask + 1) * sizeof(*s->slots));
	for (size_t i = 0; i < s->nr; i++)
		*find(s, s->records[i].line.line) = (uint32_t)i + 1;
}

static void free_losses(struct sharing *s, struct record *r)
{
	while (r->losses != NONE) {
		struct loss *loss = &s->pool[r->losses];
		uint32_t next = loss->next;

		loss->next = s->free_losses;
		s->free_losses = r->losses;
		r->losses = next;
		s->totals.forgotten++;
	}
}

/* Keeps what was of interest lately; nothing at all if that is too much. */
static void clean_up(struct sharing *s)
{
	size_t recent = 0, kept = 0;

	for (size_t i = 0; i < s->nr; i++)
		recent += s->records[i].recent;
	for (size_t i = 0; i < s->nr; i++) {
		struct record *r = &s->records[i];

		if (!r->recent || recent > MAX_LINES / 2) {
			free_losses(s, r);
			continue;
		}
		r->recent = false;
		s->records[kept++] = *r;
	}
	s->nr = kept;
	fill_slots(s);
	fill_front(s);
}

/* False: no memory, and the line cannot be watched. */
static bool make_room(struct sharing *s)
{
	if (s->nr == MAX_LINES)
		clean_up(s);
	if (s->nr == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : INITIAL_SLOTS / 2;
		struct record *records = reallocarray(s->records, cap, sizeof(*records));

		if (!records)
			return false;
		s->records = records;
		s->cap = cap;
	}
	if (2 * (s->nr + 1) > s->mask) {
		size_t size = 2 * (s->mask + 1);
		uint32_t *slots = calloc(size, sizeof(*slots));

		if (!slots)
			return false;
		free(s->slots);
		s->slots = slots;
		s->mask = size - 1;
		fill_slots(s);
	}
	return true;
}

/* 1 + index of the line's record; 0: there is none. */
static uint32_t look_up(const struct sharing *s, uint64_t line)
{
	const struct sharing_settled *settled = &s->front.settled[line % SHARING_SETTLED];

	return settled->line == line && settled->slot ? settled->slot : *find(s, line);
}

static struct record *record_of(struct sharing *s, uint64_t line)
{
	uint32_t slot = look_up(s, line);

	if (slot)
		return &s->records[slot - 1];
	if (!make_room(s))
		return NULL;
	s->records[s->nr] = (struct record){.line = {.line = line}, .losses = NONE};
	*find(s, line) = (uint32_t)++s->nr;
	note_known(s, line);
	return &s->records[s->nr - 1];
}

/* Index of an unused one; NONE: no memory. */
static uint32_t new_loss(struct sharing *s)
{
	uint32_t i = s->free_losses;

	if (i != NONE) {
		s->free_losses = s->pool[i].next;
		return i;
	}
	if (s->pool_nr == s->pool_cap) {
		size_t cap = s->pool_cap ? 2 * s->pool_cap : INITIAL_SLOTS;
		struct loss *pool = reallocarray(s->pool, cap, sizeof(*pool));

		if (!pool)
			return NONE;
		s->pool = pool;
		s->pool_cap = cap;
	}
	return (uint32_t)s->pool_nr++;
}

void sharing_taken(struct sharing *s, unsigned int cpu, uint64_t line)
{
	struct record *r = record_of(s, line);
	uint32_t i = r ? new_loss(s) : NONE;

	s->front.settled[line % SHARING_SETTLED] = (struct sharing_settled){
		.line = line,
		.slot = r ? (uint32_t)(r - s->records) + 1 : 0,
	};
	s->totals.taken++;
	if (i == NONE) {
		s->totals.forgotten++;
		return;
	}
	r->recent = true;
	r->line.taken++;
	s->pool[i] = (struct loss){.cpu = cpu, .next = r->losses};
	r->losses = i;
}

enum sharing_kind sharing_access(struct sharing *s, unsigned int cpu, uint64_t line, uint64_t read,
				 uint64_t written)
{
	struct sharing_settled settled = {
		.line = line, .written = UINT64_MAX, .cpu = cpu, .slot = look_up(s, line)};
	enum sharing_kind kind = SHARING_MAX;
	struct record *r;
	uint32_t *link;

	if (!settled.slot)
		return SHARING_MAX;
	r = &s->records[settled.slot - 1];
	link = &r->losses;
	while (*link != NONE) {
		struct loss *loss = &s->pool[*link];
		uint32_t next = loss->next;

		if (loss->cpu != cpu) {
			loss->written |= written;
			settled.written &= loss->written;
			link = &loss->next;
			continue;
		}
		kind = (read | written) & loss->written ? SHARING_TRUE : SHARING_FALSE;
		loss->next = s->free_losses;
		s->free_losses = *link;
		*link = next;
		r->recent = true;
		r->line.misses[kind]++;
		s->totals.misses[kind]++;
	}
	r->line.read |= read;
	r->line.written |= written;
	settled.read = r->line.read;
	settled.written &= r->line.written;
	s->front.settled[line % SHARING_SETTLED] = settled;
	return kind;
}

void sharing_look_ahead(const struct sharing *s, const uint64_t *words, size_t nr)
{
	uint32_t slots[CACHE_BATCH]; /* and then records */
	size_t nr_slots = 0, nr_known = 0;

	for (size_t i = 0; i < nr; i++) {
		uint64_t line = words[i] >> 1;

		/* where the front has the line, which is what mostly is so, that mostly is enough */
		if (s->front.settled[line % SHARING_SETTLED].line == line || !(words[i] & 1) ||
		    !sharing_may_know(&s->front, line))
			continue;
		slots[nr_slots] = (uint32_t)home(s, line);
		__builtin_prefetch(&s->slots[slots[nr_slots++]]);
	}
	for (size_t i = 0; i < nr_slots; i++) {
		uint32_t slot = s->slots[slots[i]];

		if (!slot)
			continue;
		slots[nr_known++] = slot - 1;
		__builtin_prefetch(&s->records[slot - 1], 1);
	}
	for (size_t i = 0; i < nr_known; i++) {
		uint32_t loss = s->records[slots[i]].losses;

		if (loss != NONE)
			__builtin_prefetch(&s->pool[loss], 1);
	}
}

void sharing_totals(const struct sharing *s, struct sharing_totals *ret)
{
	*ret = s->totals;
}

static bool is_before(const struct sharing_line *a, const struct sharing_line *b)
{
	uint64_t misses_a = a->misses[SHARING_TRUE] + a->misses[SHARING_FALSE];
	uint64_t misses_b = b->misses[SHARING_TRUE] + b->misses[SHARING_FALSE];

	return misses_a != misses_b ? misses_a > misses_b : a->line < b->line;
}

size_t sharing_top(const struct sharing *s, struct sharing_line *ret, size_t max)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->nr; i++) {
		const struct sharing_line *line = &s->records[i].line;
		size_t at = nr;

		if (!line->misses[SHARING_TRUE] && !line->misses[SHARING_FALSE])
			continue;
		while (at > 0 && is_before(line, &ret[at - 1]))
			at--;
		if (at == max)
			continue;
		nr += nr < max;
		memmove(&ret[at + 1], &ret[at], (nr - at - 1) * sizeof(*ret));
		ret[at] = *line;
	}
	return nr;
}
