// SPDX-License-Identifier: GPL-2.0-only
#include "sim/program.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(OP_MAX <= 1 << PROGRAM_KIND_BITS, "a kind of operation does not fit into a key");
_Static_assert(PROGRAM_OPS *PROGRAM_KIND_BITS <= 64, "a chain does not fit into a key");
_Static_assert(PLAN_SIZES <= 1 << PROGRAM_SIZE_BITS, "a size does not fit into a key");
_Static_assert(LAYOUT_MAX_OBJECTS < 1 << 5, "an object does not fit into a key");

enum {
	/* of one operation: 24 steps, or one descriptor; and of a chain */
	OP_LINES = 128,
	MAX_LINES = PROGRAM_OPS * OP_LINES,
	FIRST_BITS = 8, /* log2 of the slots at first */
};

/* A program in the making. */
struct draft {
	const struct programs *programs;
	const struct program_key *key;
	struct program_op *op;	 /* the one at which it is */
	uint32_t op_start;	 /* its first line */
	bool described;		 /* the unit has its descriptor now */
	unsigned int neighbours; /* operations so far that touch theirs */
	uint16_t nr_ops;
	uint32_t nr, nr_distinct;
	struct program_op ops[PROGRAM_OPS];
	struct program_line lines[MAX_LINES], distinct[MAX_LINES];
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

static bool is_entry(enum program_base base)
{
	return !(base & 1);
}

/* Entries and descriptors are counted on their own: the unit's is number 0, then come those of neighbours. */
static unsigned int number_of(enum program_base base)
{
	return base < PROGRAM_NEIGHBOUR ? 0 : (base - PROGRAM_NEIGHBOUR) / 2U + 1;
}

static enum program_base base_of(unsigned int number, bool entry)
{
	return (number ? PROGRAM_NEIGHBOUR + 2 * (number - 1) : PROGRAM_ENTRY) + !entry;
}

/*
 * Objects of one sort that reach each other, directly or by others between them, are named by the first of
 * them: then a line that two of them share has one name.
 */
static void name_near(struct program_case *c, const uint8_t *base, unsigned int nr, uint64_t reach)
{
	unsigned int first[1 + 2 * PROGRAM_NEIGHBOURS];

	for (unsigned int i = 0; i < nr; i++) {
		first[i] = i;
		for (unsigned int j = 0; j < i; j++) {
			unsigned int old = first[i], new = first[j];

			if (c->word[base[j]] - c->word[base[i]] + 2 * reach > 4 * reach)
				continue;
			if (old < new)
				old = first[j], new = first[i];
			for (unsigned int k = 0; k <= i; k++)
				first[k] = first[k] == old ? new : first[k];
		}
	}
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t between = c->word[base[i]] - c->word[base[first[i]]];

		if (first[i] != i)
			c->key.near[base[i] / 4 - 1] |=
				program_near_part(number_of(base[first[i]]), between)
				<< program_near_shift(base[i]);
	}
}

void program_near(struct program_case *c, const struct plan *plan)
{
	c->key.near[0] = c->key.near[1] = 0;
	name_near(c, c->base[0], c->nr[0], plan->entry_reach[program_size(&c->key)]);
	name_near(c, c->base[1], c->nr[1], plan->desc_reach);
}

/* The object by which its lines are named, and how many lines it is from there. */
static enum program_base resolve(const struct program_key *key, enum program_base base,
				 int32_t *between)
{
	uint64_t near = 0;

	if (base >= PROGRAM_NEIGHBOUR)
		near = key->near[base / 4 - 1] >> program_near_shift(base) &
		       ((1U << PROGRAM_NEAR_BITS) - 1);
	*between = near ? (int32_t)(near & 255) - 128 : 0;
	return near ? base_of(near >> 8 & 3, is_entry(base)) : base;
}

/* Among lines [from, *nr): it is there then. */
static void add_line(struct program_line *lines, uint32_t from, uint32_t *nr,
		     struct program_line line)
{
	uint32_t i = from;

	while (i < *nr && (lines[i].base != line.base || lines[i].word >> 1 != line.word >> 1))
		i++;
	assert(i < MAX_LINES);
	if (i == *nr)
		lines[(*nr)++] = line;
	lines[i].word |= line.word & 1;
}

/* Bytes [at, end) of an object: most fields lie in one line, a straddling one counts as two. */
static void touch(struct draft *d, enum program_base base, uint32_t at, uint32_t end, bool write,
		  bool hop)
{
	const uint32_t start = program_part(d->key, base) & 63;
	int32_t between;
	enum program_base named = resolve(d->key, base, &between);

	for (uint32_t n = (start + at) >> PROGRAM_LINE_SHIFT;
	     n <= (start + end - 1) >> PROGRAM_LINE_SHIFT; n++) {
		bool serial = hop || d->nr == d->op_start;
		struct program_line line = {
			.word = ((int32_t)n + between) * 2 | write,
			.base = (uint8_t)named,
			.tag = (uint8_t)(d->op->kind << 1 | serial),
			.hop = hop,
		};

		add_line(d->lines, d->op_start, &d->nr, line);
		add_line(d->distinct, 0, &d->nr_distinct, line);
		hop = false; /* the rest is reached by the same pointer, at the same time */
	}
}

static void touch_memdesc(struct draft *d, enum program_base base, bool write)
{
	const struct plan *plan = d->programs->plan;

	touch(d, base, plan->memdesc_at, plan->memdesc_end, write, false);
	d->op->accesses++;
}

/* Which object of the chain the step's is, or PROGRAM_BASES if it is not there. */
static enum program_base find_base(const struct draft *d, enum plan_base plan_base)
{
	enum program_base base =
		plan_base < PLAN_NEXT_ENTRY
			? (enum program_base)plan_base
			: PROGRAM_NEIGHBOUR + 4 * d->neighbours + (plan_base - PLAN_NEXT_ENTRY);

	if (base == PROGRAM_DESC && !d->described)
		return PROGRAM_BASES;
	return program_part(d->key, base) ? base : PROGRAM_BASES;
}

static const struct layout_object *object_of(const struct draft *d, enum program_base base)
{
	return &d->programs->layout->objects[(program_part(d->key, base) >> 6) - 1];
}

static void do_step(struct draft *d, const struct plan_step *step)
{
	enum program_base base = find_base(d, step->base);

	if (base == PROGRAM_BASES)
		return;
	if (!is_entry(base)) {
		const struct layout_object *object = object_of(d, base);

		/* another kind of descriptor, or one without the tail of the class's fields */
		if (object->cls != step->cls || (base == PROGRAM_DESC && step->end > object->size))
			return;
	}
	if (step->via_page)
		touch_memdesc(d, PROGRAM_ENTRY, false);
	touch(d, base, step->at, step->end, step->write, step->hop);
	d->op->accesses += step->times;
	d->op->atomics += step->atomic ? step->times : 0;
}

/* The words of a unit of more than one page are a run of lines, which is not in the program. */
static void write_word(struct draft *d)
{
	if (!(program_size(d->key)))
		touch_memdesc(d, PROGRAM_ENTRY, true);
}

static void describe(struct draft *d)
{
	const struct layout_object *object = object_of(d, PROGRAM_DESC);

	touch(d, PROGRAM_DESC, 0, object->size, true, false);
	d->op->accesses += d->programs->plan->class_fields[object->cls];
	write_word(d);
	d->described = true;
}

static void undescribe(struct draft *d)
{
	const struct plan *plan = d->programs->plan;

	/* kmem_cache_free(): page of the descriptor, its slab's descriptor, then the free pointer */
	touch_memdesc(d, PROGRAM_HOME_ENTRY, false);
	if (program_part(d->key, PROGRAM_HOME_DESC)) {
		touch(d, PROGRAM_HOME_DESC, plan->slab_cache_at, plan->slab_cache_end, false, true);
		d->op->accesses++;
	}
	touch(d, PROGRAM_DESC, 0, 8, true, false);
	d->op->accesses++;
	write_word(d);
	d->described = false;
}

static void do_op(struct draft *d, unsigned int kind)
{
	unsigned int size = program_size(d->key);
	const struct plan_op *plan = &d->programs->plan->ops[kind][size];

	d->op = &d->ops[d->nr_ops++];
	d->op->kind = (uint8_t)kind;
	d->op_start = d->nr;
	if (kind == OP_DESCRIBE)
		describe(d);
	else if (kind == OP_UNDESCRIBE)
		undescribe(d);
	else
		for (unsigned int i = 0; i < plan->nr_steps; i++)
			do_step(d, &plan->steps[i]);
	d->neighbours += plan_has_neighbours(plan);
	d->op->nr = (uint16_t)(d->nr - d->op_start);
}

/* The kind of the i-th operation; the last one is in the lowest bits. */
static unsigned int kind_of(const struct program_key *key, unsigned int i, unsigned int nr)
{
	return key->ops >> (nr - 1 - i) * PROGRAM_KIND_BITS & ((1U << PROGRAM_KIND_BITS) - 1);
}

static struct program *work_out(const struct programs *p, const struct program_key *key)
{
	struct draft *d = calloc(1, sizeof(*d));
	struct program *program = NULL;
	unsigned int nr = 0;

	if (!d)
		return NULL;
	d->programs = p;
	d->key = key;
	d->described = true;
	while (nr < PROGRAM_OPS && key->ops >> nr * PROGRAM_KIND_BITS)
		nr++;
	for (unsigned int i = 0; i < nr; i++) /* before it is made it is not there */
		d->described = d->described && kind_of(key, i, nr) != OP_DESCRIBE;
	for (unsigned int i = 0; i < nr; i++)
		do_op(d, kind_of(key, i, nr));
	program = malloc(sizeof(*program) + (d->nr + d->nr_distinct) * sizeof(d->lines[0]));
	if (program) {
		*program = (struct program){
			.key = *key,
			.nr_ops = d->nr_ops,
			.nr_lines = (uint16_t)d->nr,
			.nr_distinct = (uint16_t)d->nr_distinct,
		};
		memcpy(program->ops, d->ops, sizeof(d->ops));
		memcpy(program->lines, d->lines, d->nr * sizeof(d->lines[0]));
		memcpy(program->lines + d->nr, d->distinct, d->nr_distinct * sizeof(d->lines[0]));
	}
	free(d);
	return program;
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
	*slot = work_out(p, key);
	p->nr += *slot != NULL;
	return *slot;
}
