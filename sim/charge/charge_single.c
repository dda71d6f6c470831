// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation by itself: it has more lines than its program, or they have to be compared. Such are the
 * operations of large units, which go through many entries; those of layouts whose pages are larger than the
 * recorded ones, or that keep descriptors of freed memory; and what is executed natively.
 */
#include <assert.h>

#include "sim/charge/charge.h"
#include "sim/access/place.h"

/* Lines [first, last] of neighbouring entries that an operation goes through last. */
struct run {
	uint64_t first, last;
	uint64_t address, end; /* the bytes */
	unsigned int field;    /* whose they are */
	bool write;
};

static const struct run no_run = {.first = 1, .last = 0};

/* A line of the operation. */
struct touched {
	uint64_t word, read, written;
	uint16_t owner; /* breakdown_owner() */
	uint8_t tag, mode;
};

static void put(struct charge *c, const struct touched *t, struct native_stream *native)
{
	struct lines *l = &c->lines;

	if (native)
		native_stream_add(native, t->word >> 1, t->mode, t->tag & 1);
	if (c->watch->tlb) {
		struct watch_page page = watch_page(c->watch, t->word >> 1);

		l->translated[t->tag][watch_translate(c->watch, l->cpu, page)]++;
	}
	lines_make_room(l, 1);
	if (c->breakdown) {
		c->breakdown->owners[t->owner].lines++;
		breakdown_of_unit(c->breakdown, l->unit)->lines++;
	}
	if (l->watched) {
		struct lines_batch *b = l->batch;

		lines_begin_own(l);
		b->chain[b->nr] = lines_chain(b);
		b->own[b->nr].read = t->read;
		b->own[b->nr].written = t->written;
		b->owner[b->nr] = t->owner;
	}
	lines_add(l, t->word, t->tag);
}

static struct touched touched_by(const struct program *program, const struct program_line *line,
				 const struct program_case *at)
{
	struct touched t = {
		.word = at->word[line->base] + (uint64_t)line->word,
		.owner = program->bytes[line->bytes].owner,
		.tag = line->tag,
		.mode = line->mode,
	};

	for (unsigned int k = 0; k < line->nr_bytes; k++) {
		const struct program_bytes *b = &program->bytes[line->bytes + k];
		unsigned int place = program_place(at->places, b->base);

		t.read |= b->read << place;
		t.written |= b->written << place;
	}
	return t;
}

static void merge(struct touched *into, const struct touched *t)
{
	into->word |= t->word & 1;
	into->read |= t->read;
	into->written |= t->written;
	into->mode = t->mode > into->mode ? t->mode : into->mode;
}

/*
 * Lines of different objects may turn out to be the same one: such a line counts once, where it is first, and
 * so does one that the run has, there; a write of any of them is a write.
 */
static void emit(struct charge *c, const struct program *program, const struct program_case *at,
		 struct run run, struct native_stream *native)
{
	const uint8_t tag = (uint8_t)(program->ops[0].kind << 1);
	struct touched all[PROGRAM_OP_LINES];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < program->nr_lines; i++) {
		struct touched t = touched_by(program, &program->lines[i], at);
		uint64_t line = t.word >> 1;
		unsigned int same = 0;

		while (same < nr && all[same].word >> 1 != line)
			same++;
		if (same < nr) {
			merge(&all[same], &t);
		} else if (line >= run.first && line <= run.last) {
			run.write |= t.word & 1;
		} else {
			assert(nr < PROGRAM_OP_LINES);
			t.tag = (uint8_t)(tag | (program->lines[i].hop || !nr));
			all[nr++] = t;
		}
	}
	for (unsigned int i = 0; i < nr; i++)
		put(c, &all[i], native);
	for (uint64_t line = run.first; line <= run.last; line++, nr++) {
		uint64_t bytes = program_line_bytes(line, run.address, run.end);

		put(c,
		    &(struct touched){
			    .word = line << 1 | run.write,
			    .read = run.write ? 0 : bytes,
			    .written = run.write ? bytes : 0,
			    .owner = breakdown_owner(BREAKDOWN_MEMMAP, run.field),
			    .tag = (uint8_t)(tag | !nr),
			    .mode = run.write ? MODE_W : MODE_R,
		    },
		    native);
	}
}

/* The same bytes of neighbouring entries: every line from the first to the last, as entries are small. */
static struct run run_of(const struct charge *c, uint32_t pfn, uint64_t skipped, uint64_t nr,
			 uint16_t at, uint16_t end, bool write, unsigned int field)
{
	uint64_t entry = place_entry(c->layout, pfn), size = c->layout->page_size;
	struct run run = {
		.address = entry + skipped * size + at,
		.end = entry + (skipped + nr - 1) * size + end,
		.field = field,
		.write = write,
	};

	run.first = run.address >> PROGRAM_LINE_SHIFT;
	run.last = (run.end - 1) >> PROGRAM_LINE_SHIFT;
	return run;
}

/* Accesses to a field of entries that are gone through. */
static void count_run(struct charge *c, unsigned int field, uint64_t nr)
{
	if (!c->breakdown)
		return;
	c->breakdown->owners[breakdown_owner(BREAKDOWN_MEMMAP, field)].accesses += nr;
	breakdown_of_unit(c->breakdown, c->lines.unit)->accesses += nr;
}

/* Every page is pointed at the unit's descriptor, or away from it. */
static struct run words_of(struct charge *c, unsigned int kind, uint32_t pfn, unsigned int order)
{
	uint64_t nr = 1ULL << layout_order(c->layout, order);

	c->cost[kind].accesses += nr;
	count_run(c, FIELD_PAGE_MEMDESC, nr);
	return run_of(c, pfn, 0, nr, c->plan.memdesc_at, c->plan.memdesc_end, true,
		      FIELD_PAGE_MEMDESC);
}

static struct run tails_of(struct charge *c, const struct op *op, unsigned int order)
{
	const struct plan_tails *tails = &c->plan.ops[op->kind][plan_size(order)].tails;
	uint64_t nr = (1ULL << order) - 1;

	c->cost[op->kind].accesses += nr * tails->accesses;
	c->cost[op->kind].atomics += nr * tails->atomics;
	for (unsigned int i = 0; i < tails->nr_steps; i++)
		count_run(c, tails->field[i], nr * tails->times[i]);
	return run_of(c, op->pfn, 1, nr, tails->at, tails->end, tails->write, tails->field[0]);
}

/* The words of a unit of one page are in the program. */
static bool describe(struct charge *c, const struct op *op, struct program_case *at,
		     struct run *run)
{
	struct heap_ref ref;

	if (!heap_describe(c->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref))
		return false;
	if (ref.kept)
		at->key.ops |= PROGRAM_KEPT;
	else if (recipe_has_run(&c->plan, op->kind, program_size(&at->key)))
		*run = words_of(c, op->kind, op->pfn, op->order);
	program_add_desc(at, PROGRAM_DESC, ref.address, &c->plan);
	return true;
}

static bool undescribe(struct charge *c, const struct op *op, struct program_case *at,
		       struct run *run)
{
	struct heap_home home;
	struct heap_ref ref;

	if (!heap_undescribe(c->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref, &home))
		return false;
	program_add_desc(at, PROGRAM_DESC, ref.address, &c->plan);
	if (home.given)
		charge_add_home(c, at, &home);
	if (ref.kept) {
		at->key.ops |= PROGRAM_KEPT;
		if (!home.given)
			return true;
		program_add_desc(at, PROGRAM_GIVEN, home.address, &c->plan);
		*run = words_of(c, op->kind, home.pfn, home.order);
	} else if (recipe_has_run(&c->plan, op->kind, program_size(&at->key))) {
		*run = words_of(c, op->kind, op->pfn, op->order);
	}
	return true;
}

static void find_objects(const struct charge *c, const struct op *op, const struct plan_op *plan,
			 struct program_case *at)
{
	if (plan->bases >> PLAN_DESC & 1 && c->descriptor)
		charge_add_desc(c, at, PROGRAM_DESC, op->pfn);
	charge_add_neighbour(c, at, plan->bases >> PLAN_NEXT_ENTRY & 3, PROGRAM_NEIGHBOUR,
			     op->next);
	charge_add_neighbour(c, at, plan->bases >> PLAN_PREV_ENTRY, PROGRAM_PREVIOUS, op->prev);
}

void charge_single(struct charge *c, const struct op *op)
{
	const unsigned int order = layout_order(c->layout, op->order), size = plan_size(order);
	struct native_stream *native = c->native && native_stream_op(c->native) ? c->native : NULL;
	struct program *program;
	struct program_case at;
	struct run run = no_run;

	if (op_is_within_page(op, c->layout))
		return;
	program_case_init(&at, (uint64_t)size << PROGRAM_SIZE_SHIFT | op->kind);
	charge_add_entry(c, &at, PROGRAM_ENTRY, op->pfn);
	if (op->kind == OP_DESCRIBE) {
		if (!describe(c, op, &at, &run))
			return;
	} else if (op->kind == OP_UNDESCRIBE) {
		if (!undescribe(c, op, &at, &run))
			return;
	} else {
		find_objects(c, op, &c->plan.ops[op->kind][size], &at);
		if (recipe_has_run(&c->plan, op->kind, size))
			run = tails_of(c, op, order);
	}
	program = charge_look_up(c, &at);
	if (!program)
		return;
	program->singles++;
	if (c->breakdown)
		charge_unit(c, program, 0);
	emit(c, program, &at, run, native);
}
