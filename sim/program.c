// SPDX-License-Identifier: GPL-2.0-only
#include "sim/program.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(OP_MAX <= 1 << PROGRAM_KIND_BITS, "a kind of operation does not fit into a key");
_Static_assert(PLAN_SIZES <= 1 << PROGRAM_SIZE_BITS, "a size does not fit into a key");
_Static_assert(LAYOUT_MAX_OBJECTS < 1 << (PROGRAM_DESC_BITS - 6),
	       "an object does not fit into a key");

enum {
	MAX_LINES = 128, /* of one operation: 24 steps, or one descriptor */
	FIRST_BITS = 8,	 /* log2 of the slots at first */
};

/* A program in the making. */
struct draft {
	const struct plan *plan;
	uint64_t key;
	uint32_t accesses, atomics;
	uint32_t nr;
	struct program_line lines[MAX_LINES];
};

int programs_init(struct programs *p, const struct layout *layout, const struct plan *plan,
		  struct error *err)
{
	p->layout = layout;
	p->plan = plan;
	p->nr = 0;
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
	free(p->slots);
	p->slots = NULL;
}

static bool is_entry(enum plan_base base)
{
	return !(base & 1);
}

/* An object's part of the key; 0: it is not there. */
static unsigned int part(uint64_t key, enum plan_base base)
{
	unsigned int bits = is_entry(base) ? PROGRAM_ENTRY_BITS : PROGRAM_DESC_BITS;

	return (unsigned int)(key >> program_shift(base)) & ((1U << bits) - 1);
}

static const struct layout_object *object_of(const struct programs *p, uint64_t key,
					     enum plan_base base)
{
	return &p->layout->objects[(part(key, base) >> 6) - 1];
}

/* Bytes [at, end) of an object: most fields lie in one line, a straddling one counts as two. */
static void touch(struct draft *d, enum plan_base base, uint32_t at, uint32_t end, bool write,
		  bool hop)
{
	uint32_t start = part(d->key, base) & 63;

	for (uint32_t line = (start + at) >> PROGRAM_LINE_SHIFT;
	     line <= (start + end - 1) >> PROGRAM_LINE_SHIFT; line++) {
		uint32_t i = 0;

		while (i < d->nr && (d->lines[i].base != base || d->lines[i].word >> 1 != line))
			i++;
		assert(i < MAX_LINES);
		if (i == d->nr)
			d->lines[d->nr++] = (struct program_line){line << 1, (uint8_t)base, hop, 0};
		d->lines[i].word |= write;
		hop = false; /* the rest is reached by the same pointer, at the same time */
	}
}

static void touch_memdesc(struct draft *d, enum plan_base base, bool write)
{
	touch(d, base, d->plan->memdesc_at, d->plan->memdesc_end, write, false);
	d->accesses++;
}

static void do_step(const struct programs *p, struct draft *d, const struct plan_step *step)
{
	enum plan_base base = step->base;

	if (!part(d->key, base))
		return;
	if (!is_entry(base)) {
		const struct layout_object *object = object_of(p, d->key, base);

		/* another kind of descriptor, or one without the tail of the class's fields */
		if (object->cls != step->cls || (base == PLAN_DESC && step->end > object->size))
			return;
	}
	if (step->via_page)
		touch_memdesc(d, PLAN_ENTRY, false);
	touch(d, base, step->at, step->end, step->write, step->hop);
	d->accesses += step->times;
	d->atomics += step->atomic ? step->times : 0;
}

/* The words of a unit of more than one page are a run of lines, which is the model's. */
static void write_word(struct draft *d)
{
	if (part(d->key, PLAN_ENTRY))
		touch_memdesc(d, PLAN_ENTRY, true);
}

static void describe(const struct programs *p, struct draft *d)
{
	const struct layout_object *object = object_of(p, d->key, PLAN_DESC);

	touch(d, PLAN_DESC, 0, object->size, true, false);
	d->accesses += d->plan->class_fields[object->cls];
	write_word(d);
}

static void undescribe(struct draft *d)
{
	/* kmem_cache_free(): page of the descriptor, its slab's descriptor, then the free pointer */
	touch_memdesc(d, PLAN_HOME_ENTRY, false);
	if (part(d->key, PLAN_HOME_DESC)) {
		touch(d, PLAN_HOME_DESC, d->plan->slab_cache_at, d->plan->slab_cache_end, false,
		      true);
		d->accesses++;
	}
	touch(d, PLAN_DESC, 0, 8, true, false);
	d->accesses++;
	write_word(d);
}

static struct program *work_out(const struct programs *p, uint64_t key)
{
	unsigned int kind = program_kind(key);
	unsigned int size = key >> PROGRAM_KIND_BITS & ((1U << PROGRAM_SIZE_BITS) - 1);
	const struct plan_op *plan = &p->plan->ops[kind][size];
	struct draft draft = {.plan = p->plan, .key = key};
	struct program *program;

	if (kind == OP_DESCRIBE)
		describe(p, &draft);
	else if (kind == OP_UNDESCRIBE)
		undescribe(&draft);
	else
		for (unsigned int i = 0; i < plan->nr_steps; i++)
			do_step(p, &draft, &plan->steps[i]);
	program = malloc(sizeof(*program) + draft.nr * sizeof(draft.lines[0]));
	if (!program)
		return NULL;
	*program = (struct program){
		.key = key,
		.accesses = draft.accesses,
		.atomics = draft.atomics,
		.nr = draft.nr,
	};
	for (uint32_t i = 0; i < draft.nr; i++) {
		program->lines[i] = draft.lines[i];
		program->lines[i].tag = (uint8_t)(kind << 1 | (!i || draft.lines[i].hop));
	}
	return program;
}

/* The slot of the key, or the free one where it would go. */
static struct program **slot_of(const struct programs *p, uint64_t key)
{
	size_t i = key * 0x9e3779b97f4a7c15ULL >> p->shift;

	while (p->slots[i] && p->slots[i]->key != key)
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
		*slot_of(&bigger, program->key) = program;
	free(p->slots);
	*p = bigger;
	return true;
}

struct program *program_search(struct programs *p, uint64_t key)
{
	struct program **slot = slot_of(p, key);

	if (*slot)
		return *slot;
	if (!make_room(p))
		return NULL;
	slot = slot_of(p, key);
	*slot = work_out(p, key);
	p->nr += *slot != NULL;
	return *slot;
}
