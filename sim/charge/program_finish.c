// SPDX-License-Identifier: GPL-2.0-only
/* What a chain touches, packed: the bytes of each line, and the order in which pages are used. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/charge/program_draft.h"

/* What is touched of a line in the same object; there is something of it then. */
static struct program_bytes *bytes_in(struct program_draft *d, struct program_line *line,
				      const struct draft_touch *t)
{
	uint32_t i = line->bytes;

	while (i < d->nr_bytes && d->bytes[i].base != t->base)
		i++;
	assert(i < DRAFT_BYTES);
	if (i == d->nr_bytes) {
		d->bytes[d->nr_bytes++] =
			(struct program_bytes){.base = t->base, .owner = t->owner};
		line->nr_bytes++;
	}
	return &d->bytes[i];
}

/* All that is touched in the first object of the line. */
static void sum_bytes(const struct program_draft *d, struct program_line *line)
{
	const struct program_bytes *b = &d->bytes[line->bytes];

	line->moved = (uint8_t)program_place_shift(b->base);
	line->read = b->read | b->again_read;
	line->written = b->written | b->again_written;
}

/* The bytes of each line of an operation. */
static void gather_bytes(struct program_draft *d)
{
	for (uint32_t n = 0; n < d->nr; n++) {
		struct program_line *line = &d->lines[n];

		line->bytes = (uint16_t)d->nr_bytes;
		for (uint32_t i = 0; i < d->nr_touches; i++) {
			const struct draft_touch *t = &d->touches[i];
			struct program_bytes *bytes;

			if (t->line != n)
				continue;
			bytes = bytes_in(d, line, t);
			*(t->write ? &bytes->written : &bytes->read) |= t->bytes;
		}
		sum_bytes(d, line);
	}
}

/* Operations that touch a line of the chain: the first one, all, and those that write in it. */
struct users {
	uint8_t first;
	unsigned int all, writers; /* a bit for each */
};

static struct users users_of(const struct program_draft *d, uint32_t distinct)
{
	struct users u = {.all = 0};

	for (uint32_t i = 0; i < d->nr_touches; i++) {
		const struct draft_touch *t = &d->touches[i];

		if (t->distinct != distinct)
			continue;
		u.first = u.all ? u.first : t->op;
		u.all |= 1U << t->op;
		u.writers |= (unsigned int)t->write << t->op;
	}
	return u;
}

/* The bytes of each line of the chain. */
static void gather_distinct_bytes(struct program_draft *d)
{
	for (uint32_t n = 0; n < d->nr_distinct; n++) {
		struct program_line *line = &d->distinct[n];
		struct users users = users_of(d, n);

		line->times = (uint8_t)__builtin_popcount(users.all);
		line->bytes = (uint16_t)d->nr_bytes;
		for (uint32_t i = 0; i < d->nr_touches; i++) {
			const struct draft_touch *t = &d->touches[i];
			struct program_bytes *b;

			if (t->distinct != n)
				continue;
			b = bytes_in(d, line, t);
			if (t->op == users.first)
				*(t->write ? &b->written : &b->read) |= t->bytes;
			else if (users.writers >> t->op & 1)
				*(t->write ? &b->again_written : &b->again_read) |= t->bytes;
		}
		sum_bytes(d, line);
	}
}

/* Objects by which lines are named, in the order of their first or of their last line. */
static unsigned int order_bases(const struct program_draft *d, uint8_t *ret, bool last)
{
	unsigned int nr = 0, seen = 0;

	for (uint32_t i = 0; i < d->nr; i++) {
		uint8_t base = d->lines[last ? d->nr - 1 - i : i].base;

		if (seen >> base & 1)
			continue;
		seen |= 1U << base;
		ret[nr++] = base;
	}
	for (unsigned int i = 0; last && i < nr / 2; i++) {
		uint8_t base = ret[i];

		ret[i] = ret[nr - 1 - i];
		ret[nr - 1 - i] = base;
	}
	return nr;
}

static bool is_same_line(const struct program_line *a, const struct program_line *b)
{
	return a->base == b->base && a->word >> 1 == b->word >> 1;
}

/* Distinct lines in the order of their last accesses: from the end on, each where it is met first. */
static void order_last(struct program_draft *d)
{
	uint32_t left = d->nr_distinct;

	for (uint32_t i = d->nr; i-- > 0;) {
		uint16_t n = 0;
		uint32_t k = left;

		while (!is_same_line(&d->distinct[n], &d->lines[i]))
			n++;
		while (k < d->nr_distinct && d->last[k] != n)
			k++;
		if (k == d->nr_distinct)
			d->last[--left] = n;
	}
	assert(!left);
}

static struct program_visit visit_of(const struct program_draft *d, uint8_t base)
{
	struct program_visit v = {.low = INT32_MAX, .high = INT32_MIN, .base = base};

	for (uint32_t i = d->nr; i-- > 0;) {
		int32_t line = d->lines[i].word >> 1;

		if (d->lines[i].base != base)
			continue;
		v.low = line < v.low ? line : v.low;
		v.high = line > v.high ? line : v.high;
		v.tag = d->lines[i].tag;
	}
	return v;
}

/* Which objects are left where their first visits put them: those before the first that is out of turn. */
static void plan_visits(const struct program_draft *d, struct program *program,
			struct program_visit visits[2 * PROGRAM_BASES])
{
	uint8_t first[PROGRAM_BASES], last[PROGRAM_BASES];
	unsigned int nr = order_bases(d, first, false), in_turn = 0;

	order_bases(d, last, true);
	for (unsigned int i = 0; i < nr; i++) {
		visits[i] = visit_of(d, first[i]);
		if (in_turn < nr && last[in_turn] == first[i])
			in_turn++;
	}
	program->nr_visits = (uint8_t)nr;
	for (; in_turn < nr; in_turn++)
		visits[nr + program->nr_revisits++] = visit_of(d, last[in_turn]);
}

/* The lines' sets, by object; returns which objects these are, or 0, see struct program. */
static uint8_t find_sets(const struct program_draft *d, uint64_t sets[PROGRAM_BASES])
{
	uint64_t of[PROGRAM_BASES] = {0};
	unsigned int bases = 0, nr = 0;

	for (uint32_t i = 0; i < d->nr_distinct; i++) {
		const struct program_line *line = &d->distinct[i];
		uint64_t set = 1ULL << (line->word >> 1 & (PROGRAM_SETS - 1));

		if (of[line->base] & set)
			return 0;
		of[line->base] |= set;
		bases |= 1U << line->base;
	}
	for (int base = 0; base < PROGRAM_BASES; base++)
		if (bases >> base & 1)
			sets[nr++] = of[base];
	return (uint8_t)bases;
}

/* A part of what is malloc()ed for a program: how far it goes, and what is to be there. */
static void *place_part(char *start, size_t *at, const void *from, size_t size)
{
	void *part = start ? start + *at : NULL;

	if (part)
		memcpy(part, from, size);
	*at += (size + 7) / 8 * 8;
	return part;
}

struct program *program_finish(struct program_draft *d)
{
	struct program_visit visits[2 * PROGRAM_BASES];
	struct program_touch touches[DRAFT_LINES];
	uint64_t sets[PROGRAM_BASES];
	struct program head = {
		.key = *d->key,
		.nr_ops = d->nr_ops,
		.nr_lines = (uint16_t)d->nr,
		.nr_distinct = (uint16_t)d->nr_distinct,
		.nr_owned = d->nr_owned,
	};
	char *program = NULL;
	size_t size;

	gather_distinct_bytes(d);
	gather_bytes(d);
	order_last(d);
	plan_visits(d, &head, visits);
	head.bases = find_sets(d, sets);
	for (uint32_t i = 0; i < d->nr_distinct; i++)
		touches[i] = (struct program_touch){
			.word = (int16_t)d->distinct[i].word,
			.base = d->distinct[i].base,
			.tag = d->distinct[i].tag,
		};
	/* first how much it comes to */
	for (int pass = 0; pass < 2; pass++) {
		size = sizeof(head);
		place_part(program, &size, touches, d->nr_distinct * sizeof(touches[0]));
		head.sets = place_part(program, &size, sets,
				       (size_t)__builtin_popcount(head.bases) * sizeof(sets[0]));
		head.last =
			place_part(program, &size, d->last, d->nr_distinct * sizeof(d->last[0]));
		head.distinct = place_part(program, &size, d->distinct,
					   d->nr_distinct * sizeof(d->distinct[0]));
		head.bytes =
			place_part(program, &size, d->bytes, d->nr_bytes * sizeof(d->bytes[0]));
		head.lines = place_part(program, &size, d->lines, d->nr * sizeof(d->lines[0]));
		head.owned =
			place_part(program, &size, d->owned, d->nr_owned * sizeof(d->owned[0]));
		head.ops = place_part(program, &size, d->ops, d->nr_ops * sizeof(d->ops[0]));
		head.visits = place_part(program, &size, visits,
					 (head.nr_visits + head.nr_revisits) * sizeof(visits[0]));
		if (!program && posix_memalign((void **)&program, 64, size))
			return NULL;
	}
	memcpy(program, &head, sizeof(head));
	return (struct program *)program;
}
