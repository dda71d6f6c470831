// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/program.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 8 }; /* log2 of the slots at first */

_Static_assert(OP_MAX <= 1 << PROGRAM_KIND_BITS, "a kind of operation does not fit into a key");
_Static_assert(PROGRAM_SIZE_SHIFT + PROGRAM_SIZE_BITS < 64, "a chain does not fit into a key");
_Static_assert(PLAN_SIZES <= 1 << PROGRAM_SIZE_BITS, "a size does not fit into a key");
_Static_assert(LAYOUT_MAX_OBJECTS < 1 << 5, "an object does not fit into a key");

int programs_init(struct programs *p, const struct layout *layout, const struct plan *plan,
		  struct error *err)
{
	p->layout = layout;
	p->plan = plan;
	p->nr = 0;
	p->draft = NULL;
	p->shift = 64 - FIRST_BITS;
	p->slots = calloc(1U << FIRST_BITS, sizeof(struct program *));
	return p->slots ? 0 : error_nomem(err);
}

static size_t nr_slots(const struct programs *p)
{
	return (size_t)1 << (64 - p->shift);
}

struct program *programs_next(const struct programs *p, size_t *i)
{
	while (p->slots && *i < nr_slots(p))
		if (p->slots[(*i)++])
			return p->slots[*i - 1];
	return NULL;
}

void programs_fini(struct programs *p)
{
	struct program *program;

	for (size_t i = 0; (program = programs_next(p, &i));)
		free(program);
	free(p->draft);
	free(p->slots);
	p->slots = NULL;
}

/*
 * Objects of one sort, the unit's own and its neighbours', that reach each other, directly or by others between them, are
 * named by the first of them: then a line that two of them share has one name.
 */
static void name_near(struct program_case *c, enum program_base own, unsigned int reach)
{
	const enum program_base next = PROGRAM_NEIGHBOUR + own, prev = PROGRAM_PREVIOUS + own;
	const uint64_t *word = c->word;
	const bool next_own = program_reaches(word[next] - word[own], reach),
		   prev_own = program_reaches(word[prev] - word[own], reach),
		   prev_next = program_reaches(word[prev] - word[next], reach);

	if (!word[next] || !word[prev] || !prev_next)
		return; /* what is near to the unit's own has been told */
	if (!word[own] || !(next_own || prev_own)) {
		program_set_near(&c->key, prev, 1, word[prev] - word[next]);
		return;
	}
	if (!next_own)
		program_set_near(&c->key, next, 0, word[next] - word[own]);
	if (!prev_own)
		program_set_near(&c->key, prev, 0, word[prev] - word[own]);
}

void program_near(struct program_case *c, const struct plan *plan)
{
	name_near(c, PROGRAM_ENTRY, plan->entry_reach[program_size(&c->key)]);
	name_near(c, PROGRAM_DESC, plan->desc_reach);
}

/* The slot of the key, or the free one where it would go. */
static struct program **slot_of(const struct programs *p, const struct program_key *key)
{
	size_t i = program_hash(key) >> p->shift;

	while (p->slots[i] && !program_key_equal(&p->slots[i]->key, key))
		i = (i + 1) & (nr_slots(p) - 1);
	return &p->slots[i];
}

static bool make_room(struct programs *p)
{
	struct programs bigger = *p;
	struct program *program;

	if (p->nr * 4 < nr_slots(p))
		return true;
	bigger.shift--;
	bigger.slots = calloc(nr_slots(&bigger), sizeof(struct program *));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; (program = programs_next(p, &i));)
		*slot_of(&bigger, &program->key) = program;
	free(p->slots);
	*p = bigger;
	return true;
}

struct program *program_search(struct programs *p, const struct program_key *key)
{
	struct program **slot = slot_of(p, key);

	if (*slot)
		return *slot;
	if (!make_room(p))
		return NULL;
	slot = slot_of(p, key);
	*slot = program_make(p, key);
	p->nr += *slot != NULL;
	return *slot;
}
