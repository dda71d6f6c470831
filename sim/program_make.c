// SPDX-License-Identifier: GPL-2.0-only
/* Works a program out: goes through the steps of its operations and gathers the lines. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sim/program.h"

enum {
	/* of one operation: 24 steps, or one descriptor; and of a chain */
	OP_LINES = PROGRAM_OP_LINES,
	MAX_LINES = PROGRAM_OPS * OP_LINES,
	MAX_BYTES = 2 * MAX_LINES,
};

/* A program in the making. */
struct program_draft {
	const struct programs *programs;
	const struct program_key *key;
	struct program_op *op;	 /* the one at which it is */
	uint32_t op_start;	 /* its first line */
	bool described;		 /* the unit has its descriptor now */
	unsigned int neighbours; /* operations so far that touch theirs */
	uint16_t nr_ops;
	uint32_t nr, nr_distinct, nr_touches, nr_bytes;
	struct program_op ops[PROGRAM_OPS];
	/* from here on nothing is set at first */
	struct program_line lines[MAX_LINES], distinct[MAX_LINES];
	struct touched {
		uint64_t bytes;
		uint16_t line, distinct; /* in the two lists */
		uint8_t op, base;
		bool write;
	} touches[MAX_BYTES];
	struct program_bytes bytes[MAX_BYTES];
};

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
	uint64_t near = 0;

	if (base >= PROGRAM_NEIGHBOUR)
		near = key->near[base / 4 - 1] >> program_near_shift(base) &
		       ((1U << PROGRAM_NEAR_BITS) - 1);
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
	assert(i < MAX_LINES);
	if (i == *nr)
		lines[(*nr)++] = line;
	lines[i].word |= line.word & 1;
	if (line.mode > lines[i].mode)
		lines[i].mode = line.mode;
	return i;
}

/* Bytes [at, end) of an object: most fields lie in one line, a straddling one counts as two. */
static void touch(struct program_draft *d, enum program_base base, uint32_t at, uint32_t end,
		  enum access_mode mode, bool hop)
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

		assert(d->nr_touches < MAX_BYTES);
		d->touches[d->nr_touches++] = (struct touched){
			.bytes = program_line_bytes(n, start + at, start + end),
			.line = (uint16_t)add_line(d->lines, d->op_start, &d->nr, line),
			.distinct = (uint16_t)add_line(d->distinct, 0, &d->nr_distinct, line),
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

	touch(d, base, plan->memdesc_at, plan->memdesc_end, write ? MODE_W : MODE_R, false);
	d->op->accesses++;
}

/* Which object of the chain the step's is, or PROGRAM_BASES if it is not there. */
static enum program_base find_base(const struct program_draft *d, enum plan_base plan_base)
{
	enum program_base base =
		plan_base < PLAN_NEXT_ENTRY
			? (enum program_base)plan_base
			: PROGRAM_NEIGHBOUR + 4 * d->neighbours + (plan_base - PLAN_NEXT_ENTRY);

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
	touch(d, base, step->at, step->end,
	      step->atomic  ? MODE_A
	      : step->write ? MODE_W
			    : MODE_R,
	      step->hop);
	d->op->accesses += step->times;
	d->op->atomics += step->atomic ? step->times : 0;
}

/* The words of a unit of more than one page are a run of lines, which is not in the program. */
static void write_word(struct program_draft *d)
{
	if (!program_size(d->key))
		touch_memdesc(d, PROGRAM_ENTRY, true);
}

static void describe(struct program_draft *d)
{
	const struct layout_object *object = object_of(d, PROGRAM_DESC);

	touch(d, PROGRAM_DESC, 0, object->size, MODE_W, false);
	d->op->accesses += d->programs->plan->class_fields[object->cls];
	if (!program_is_kept(d->key))
		write_word(d);
	d->described = true;
}

/* kmem_cache_free(): page of the descriptor, its slab's descriptor, then the free pointer */
static void give_back(struct program_draft *d, enum program_base object)
{
	const struct plan *plan = d->programs->plan;

	touch_memdesc(d, PROGRAM_HOME_ENTRY, false);
	if (program_part(d->key, PROGRAM_HOME_DESC)) {
		touch(d, PROGRAM_HOME_DESC, plan->slab_cache_at, plan->slab_cache_end, MODE_R,
		      true);
		d->op->accesses++;
	}
	touch(d, object, 0, PROGRAM_POINTER, MODE_W, false);
	d->op->accesses++;
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
	touch(d, PROGRAM_DESC, 0, PROGRAM_POINTER, MODE_W, false);
	d->op->accesses++;
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
	d->neighbours += plan_has_neighbours(plan);
	d->op->nr = (uint16_t)(d->nr - d->op_start);
}

/* What is touched of a line in this object; there is something of it, from `from` on, then. */
static struct program_bytes *bytes_in(struct program_draft *d, struct program_line *line,
				      uint8_t base)
{
	uint32_t i = line->bytes;

	while (i < d->nr_bytes && d->bytes[i].base != base)
		i++;
	assert(i < MAX_BYTES);
	if (i == d->nr_bytes) {
		d->bytes[d->nr_bytes++] = (struct program_bytes){.base = base};
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
			const struct touched *t = &d->touches[i];
			struct program_bytes *bytes;

			if (t->line != n)
				continue;
			bytes = bytes_in(d, line, t->base);
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
		const struct touched *t = &d->touches[i];

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
			const struct touched *t = &d->touches[i];
			struct program_bytes *b;

			if (t->distinct != n)
				continue;
			b = bytes_in(d, line, t->base);
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

static struct program *finish(const struct program_draft *d)
{
	size_t nr = d->nr + d->nr_distinct;
	size_t lines = (sizeof(struct program) + nr * sizeof(d->lines[0]) + 7) / 8 * 8;
	struct program *program = malloc(lines + d->nr_bytes * sizeof(d->bytes[0]));

	if (!program)
		return NULL;
	*program = (struct program){
		.key = *d->key,
		.nr_ops = d->nr_ops,
		.nr_lines = (uint16_t)d->nr,
		.nr_distinct = (uint16_t)d->nr_distinct,
		.bytes = (struct program_bytes *)((char *)program + lines),
	};
	memcpy(program->ops, d->ops, sizeof(d->ops));
	memcpy(program->lines, d->lines, d->nr * sizeof(d->lines[0]));
	memcpy(program->lines + d->nr, d->distinct, d->nr_distinct * sizeof(d->lines[0]));
	memcpy((char *)program + lines, d->bytes, d->nr_bytes * sizeof(d->bytes[0]));
	plan_visits(d, program);
	return program;
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
	while (nr < PROGRAM_OPS && key->ops >> nr * PROGRAM_KIND_BITS)
		nr++;
	for (unsigned int i = 0; i < nr; i++) /* before it is made it is not there */
		d->described = d->described && kind_of(key, i, nr) != OP_DESCRIBE;
	for (unsigned int i = 0; i < nr; i++)
		do_op(d, kind_of(key, i, nr));
	gather_bytes(d);
	gather_distinct_bytes(d);
	return finish(d);
}
