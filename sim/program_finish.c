// SPDX-License-Identifier: GPL-2.0-only
/* What a chain touches, packed: the bytes of each line, and the order in which pages are used. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/program_draft.h"

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
static void plan_visits(const struct program_draft *d, struct program *program)
{
	uint8_t first[PROGRAM_BASES], last[PROGRAM_BASES];
	unsigned int nr = order_bases(d, first, false), in_turn = 0;

	order_bases(d, last, true);
	for (unsigned int i = 0; i < nr; i++) {
		program->visits[i] = visit_of(d, first[i]);
		if (in_turn < nr && last[in_turn] == first[i])
			in_turn++;
	}
	program->nr_visits = (uint8_t)nr;
	for (; in_turn < nr; in_turn++)
		program->visits[nr + program->nr_revisits++] = visit_of(d, last[in_turn]);
}

struct program *program_finish(struct program_draft *d)
{
	size_t nr = d->nr + d->nr_distinct;
	size_t lines = (sizeof(struct program) + nr * sizeof(d->lines[0]) + 7) / 8 * 8, bytes;
	struct program *program;

	gather_bytes(d);
	gather_distinct_bytes(d);
	bytes = lines + d->nr_bytes * sizeof(d->bytes[0]);
	program = malloc(bytes + d->nr_owned * sizeof(d->owned[0]));
	if (!program)
		return NULL;
	*program = (struct program){
		.key = *d->key,
		.nr_ops = d->nr_ops,
		.nr_lines = (uint16_t)d->nr,
		.nr_distinct = (uint16_t)d->nr_distinct,
		.bytes = (struct program_bytes *)((char *)program + lines),
		.owned = (struct program_owned *)((char *)program + bytes),
		.nr_owned = d->nr_owned,
	};
	memcpy(program->ops, d->ops, sizeof(d->ops));
	memcpy(program->lines, d->lines, d->nr * sizeof(d->lines[0]));
	memcpy(program->lines + d->nr, d->distinct, d->nr_distinct * sizeof(d->lines[0]));
	memcpy((char *)program + lines, d->bytes, d->nr_bytes * sizeof(d->bytes[0]));
	memcpy((char *)program + bytes, d->owned, d->nr_owned * sizeof(d->owned[0]));
	plan_visits(d, program);
	return program;
}
