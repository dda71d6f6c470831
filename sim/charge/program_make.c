// SPDX-License-Identifier: GPL-2.0-only
/* Works a program out: goes through the steps of its operations and gathers the lines. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sim/charge/program_draft.h"

static bool is_entry(enum program_base base)
{
	return !(base & 1);
}

static enum program_base base_of(unsigned int number, bool entry)
{
	return (number ? PROGRAM_NEIGHBOUR + 2 * (number - 1) : PROGRAM_ENTRY) + !entry;
}

/* The object by which its lines are named, and how many lines it is from there. */
static enum program_base resolve(const struct program_key *key, enum program_base base,
				 int32_t *between)
{
	unsigned int near = base < PROGRAM_NEIGHBOUR ? 0 : program_near_part(key, base);

	*between = near ? (int32_t)(near & 255) - 128 : 0;
	return near ? base_of(near >> 8 & 3, is_entry(base)) : base;
}

/* Among lines [from, *nr): it is there then. Its number. */
static uint32_t add_line(struct program_line *lines, uint32_t from, uint32_t *nr,
			 struct program_line line)
{
	uint32_t i = from;

	while (i < *nr && (lines[i].base != line.base || lines[i].word >> 1 != line.word >> 1))
		i++;
	assert(i < DRAFT_LINES);
	if (i == *nr)
		lines[(*nr)++] = line;
	lines[i].word |= line.word & 1;
	if (line.mode > lines[i].mode)
		lines[i].mode = line.mode;
	return i;
}

static uint16_t owner_of(const struct program_draft *d, enum program_base base, unsigned int field)
{
	return breakdown_owner(is_entry(base)
				       ? BREAKDOWN_MEMMAP
				       : (program_part(d->key, base) >> 6) - 1 + BREAKDOWN_OBJECT,
			       field);
}

/* So many accesses to a field of the object. */
static void count(struct program_draft *d, enum program_base base, unsigned int field,
		  unsigned int times)
{
	const uint16_t owner = owner_of(d, base, field);
	uint32_t i = 0;

	while (i < d->nr_owned && d->owned[i].owner != owner)
		i++;
	assert(i < DRAFT_OWNED);
	if (i == d->nr_owned)
		d->owned[d->nr_owned++] = (struct program_owned){.owner = owner};
	d->owned[i].accesses += times;
	d->op->accesses += times;
}

/* Bytes [at, end) of an object, which a field has: most lie in one line, a straddling one counts as two. */
static void touch(struct program_draft *d, enum program_base base, unsigned int field, uint32_t at,
		  uint32_t end, enum access_mode mode, bool hop)
{
	const uint32_t start = program_part(d->key, base) & 63;
	int32_t between;
	enum program_base named = resolve(d->key, base, &between);
	bool write = mode != MODE_R;

	for (uint32_t n = (start + at) >> PROGRAM_LINE_SHIFT;
	     n <= (start + end - 1) >> PROGRAM_LINE_SHIFT; n++) {
		bool serial = hop || d->nr == d->op_start;
		struct program_line line = {
			.word = ((int32_t)n + between) * 2 | write,
			.base = (uint8_t)named,
			.tag = (uint8_t)(d->op->kind << 1 | serial),
			.mode = (uint8_t)mode,
			.hop = hop,
			.times = 1,
		};

		assert(d->nr_touches < DRAFT_BYTES);
		d->touches[d->nr_touches++] = (struct draft_touch){
			.bytes = program_line_bytes(n, start + at, start + end),
			.line = (uint16_t)add_line(d->lines, d->op_start, &d->nr, line),
			.distinct = (uint16_t)add_line(d->distinct, 0, &d->nr_distinct, line),
			.owner = owner_of(d, base, field),
			.op = (uint8_t)(d->nr_ops - 1),
			.base = (uint8_t)base,
			.write = write,
		};
		hop = false; /* the rest is reached by the same pointer, at the same time */
	}
}

static void touch_memdesc(struct program_draft *d, enum program_base base, bool write)
{
	const struct plan *plan = d->programs->plan;

	touch(d, base, FIELD_PAGE_MEMDESC, plan->memdesc_at, plan->memdesc_end,
	      write ? MODE_W : MODE_R, false);
	count(d, base, FIELD_PAGE_MEMDESC, 1);
}

/* Which object of the chain the step's is, or PROGRAM_BASES if it is not there. */
static enum program_base find_base(const struct program_draft *d, enum plan_base plan_base)
{
	enum program_base base = plan_base < PLAN_NEXT_ENTRY
					 ? (enum program_base)plan_base
					 : PROGRAM_NEIGHBOUR + (plan_base - PLAN_NEXT_ENTRY);

	if (base == PROGRAM_DESC && !d->described)
		return PROGRAM_BASES;
	return program_part(d->key, base) ? base : PROGRAM_BASES;
}

static const struct layout_object *object_of(const struct program_draft *d, enum program_base base)
{
	return &d->programs->layout->objects[(program_part(d->key, base) >> 6) - 1];
}

static void do_step(struct program_draft *d, const struct plan_step *step)
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
	touch(d, base, step->field, step->at, step->end,
	      step->atomic  ? MODE_A
	      : step->write ? MODE_W
			    : MODE_R,
	      step->hop);
	count(d, base, step->field, step->times);
	d->op->atomics += step->atomic ? step->times : 0;
}

/* The words of a unit of more than one page are a run of lines, which is not in the program. */
static void write_word(struct program_draft *d)
{
	if (!program_size(d->key))
		touch_memdesc(d, PROGRAM_ENTRY, true);
}

/* The unit's descriptor is made: line by line, as each may be of another field. */
static void write_whole(struct program_draft *d, const struct layout_object *object)
{
	const struct layout *layout = d->programs->layout;
	const uint32_t line = 1U << PROGRAM_LINE_SHIFT,
		       start = program_part(d->key, PROGRAM_DESC) & (line - 1);

	for (uint32_t at = 0, end; at < object->size; at = end) {
		end = (start + at + line) / line * line - start;
		end = end < object->size ? end : object->size;
		touch(d, PROGRAM_DESC, breakdown_field_in(layout, object->cls, at, end), at, end,
		      MODE_W, false);
	}
	for (unsigned int field = 0; field < FIELD_MAX; field++)
		if (field_class(field) == object->cls && layout->places[field].size)
			count(d, PROGRAM_DESC, field, 1);
}

static void describe(struct program_draft *d)
{
	const struct layout_object *object = object_of(d, PROGRAM_DESC);

	write_whole(d, object);
	if (!program_is_kept(d->key))
		write_word(d);
	d->described = true;
}

/* By which a free object hangs on a list. */
static void write_link(struct program_draft *d, enum program_base object)
{
	touch(d, object, BREAKDOWN_FREE_POINTER, 0, PROGRAM_POINTER, MODE_W, false);
	count(d, object, BREAKDOWN_FREE_POINTER, 1);
}

/* kmem_cache_free(): page of the descriptor, its slab's descriptor, then the free pointer */
static void give_back(struct program_draft *d, enum program_base object)
{
	const struct plan *plan = d->programs->plan;

	touch_memdesc(d, PROGRAM_HOME_ENTRY, false);
	if (program_part(d->key, PROGRAM_HOME_DESC)) {
		touch(d, PROGRAM_HOME_DESC, FIELD_SLAB_CACHE, plan->slab_cache_at,
		      plan->slab_cache_end, MODE_R, true);
		count(d, PROGRAM_HOME_DESC, FIELD_SLAB_CACHE, 1);
	}
	write_link(d, object);
}

static void undescribe(struct program_draft *d)
{
	d->described = false;
	if (!program_is_kept(d->key)) {
		give_back(d, PROGRAM_DESC);
		write_word(d);
		return;
	}
	/* its link on the CPU's list; and the one that had to make room on it, whose unit's words are a run */
	write_link(d, PROGRAM_DESC);
	if (program_part(d->key, PROGRAM_GIVEN))
		give_back(d, PROGRAM_GIVEN);
}

static void do_op(struct program_draft *d, unsigned int kind)
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
	d->op->nr = (uint16_t)(d->nr - d->op_start);
}

/* The kind of the i-th operation; the last one is in the lowest bits. */
static unsigned int kind_of(const struct program_key *key, unsigned int i, unsigned int nr)
{
	return key->ops >> (nr - 1 - i) * PROGRAM_KIND_BITS & ((1U << PROGRAM_KIND_BITS) - 1);
}

struct program *program_make(struct programs *p, const struct program_key *key)
{
	struct program_draft *d = p->draft ? p->draft : malloc(sizeof(*d));
	unsigned int nr = 0;

	if (!d)
		return NULL;
	p->draft = d;
	memset(d, 0, offsetof(struct program_draft, lines));
	d->programs = p;
	d->key = key;
	d->described = true;
	while (nr < PROGRAM_OPS &&
	       (key->ops & ((1ULL << PROGRAM_SIZE_SHIFT) - 1)) >> nr * PROGRAM_KIND_BITS)
		nr++;
	for (unsigned int i = 0; i < nr; i++) /* before it is made it is not there */
		d->described = d->described && kind_of(key, i, nr) != OP_DESCRIBE;
	for (unsigned int i = 0; i < nr; i++)
		do_op(d, kind_of(key, i, nr));
	return program_finish(d);
}
