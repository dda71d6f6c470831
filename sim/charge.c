// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "sim/place.h"

DEFINE_CLEANUP(struct charge *, charge_destroy);

enum { MAX_PROGRAMS = 1 << 16 };

/* Lines [first, last] of neighbouring entries that an operation goes through last. */
struct run {
	uint64_t first, last;
	bool write;
};

int charge_create(const struct layout *layout, uint64_t code, struct heap *heap,
		  struct cache_hierarchy *caches, const struct cache_geometry *geometry,
		  struct charge **ret, struct error *err)
{
	_cleanup_(charge_destroyp) struct charge *c = calloc(1, sizeof(*c));
	uint64_t sets =
		geometry->level[CACHE_L1].size / geometry->level[CACHE_L1].ways / geometry->line;
	int r;

	if (!c)
		return error_nomem(err);
	c->layout = layout;
	c->heap = heap;
	c->descriptor = heap_addresses(heap);
	c->lines.caches = caches;
	c->set_mask = sets & (sets - 1) ? 0 : (sets < 64 ? sets : 64) - 1;
	plan_make(layout, code, &c->plan);
	c->apart = c->plan.entry_reach[PLAN_SIZES - 1] == PLAN_MAX_REACH ||
		   c->plan.desc_reach == PLAN_MAX_REACH;
	c->recipes.plan = &c->plan;
	c->recipes.has_descriptors = c->descriptor != NULL;
	r = programs_init(&c->programs, layout, &c->plan, err);
	if (r)
		return r;
	*ret = take_ptr(c);
	return 0;
}

void charge_destroy(struct charge *c)
{
	if (!c)
		return;
	programs_fini(&c->programs);
	free(c);
}

static inline void add_entry(const struct charge *c, struct program_case *at,
			     enum program_base base, uint32_t pfn)
{
	program_add_entry(at, base, place_entry(c->layout, pfn), &c->plan);
}

static inline void add_desc(const struct charge *c, struct program_case *at, enum program_base base,
			    uint32_t pfn)
{
	if (c->descriptor[pfn])
		program_add_desc(at, base, c->descriptor[pfn], &c->plan);
}

/* which: 1 for its entry, 2 for its descriptor. There are descriptors if the plan says so. */
static inline void add_neighbour(const struct charge *c, struct program_case *at,
				 unsigned int which, enum program_base base, uint32_t pfn)
{
	if (pfn == PFN_NONE)
		return;
	if (which & 1)
		add_entry(c, at, base, pfn);
	if (which & 2 && c->descriptor)
		add_desc(c, at, base + 1, pfn);
}

static inline void add_neighbours(const struct charge *c, struct program_case *at,
				  const struct recipe *recipe, unsigned int i, const struct op *op)
{
	add_neighbour(c, at, recipe->neighbours[i].next, PROGRAM_NEIGHBOUR + 4 * i, op->next);
	add_neighbour(c, at, recipe->neighbours[i].prev, PROGRAM_NEIGHBOUR + 4 * i + 2, op->prev);
}

/*
 * Lines of different objects may turn out to be the same one: such a line counts once, where it is first, and
 * so does one that the run has, there; a write of any of them is a write.
 */
static void emit_merged(struct lines *l, const struct program *program,
			const struct program_case *at, struct run run)
{
	const unsigned int kind = program->ops[0].kind;
	unsigned int first;
	bool serial;

	lines_make_room(l, program->nr_lines);
	first = l->nr;
	for (unsigned int i = 0; i < program->nr_lines; i++) {
		const struct program_line *line = &program->lines[i];
		uint64_t word = at->word[line->base] + (uint64_t)line->word;
		unsigned int same = first;

		while (same < l->nr && l->word[same] >> 1 != word >> 1)
			same++;
		if (same < l->nr)
			l->word[same] |= word & 1;
		else if (word >> 1 >= run.first && word >> 1 <= run.last)
			run.write |= word & 1;
		else
			lines_add(l, word, kind << 1 | (line->hop || l->nr == first));
	}
	serial = l->nr == first;
	for (uint64_t line = run.first; line <= run.last; line++, serial = false) {
		lines_make_room(l, 1);
		lines_add(l, line << 1 | run.write, kind << 1 | serial);
	}
}

/*
 * Each line of the chain once: the first access decides whether it hits, and those that follow hit in L1,
 * as long as no two lines are in the same set. False if they are.
 */
static inline bool emit_distinct(const struct charge *c, struct lines *l,
				 const struct program *program, const struct program_case *at)
{
	const struct program_line *lines = program->lines + program->nr_lines;
	uint64_t *word, seen = 0, twice = 0;
	uint8_t *tag;

	if (program->nr_distinct > CACHE_BATCH)
		return false;
	lines_make_room(l, program->nr_distinct);
	word = l->word + l->nr;
	tag = l->tag + l->nr;
	for (unsigned int i = 0; i < program->nr_distinct; i++) {
		uint64_t bit;

		word[i] = at->word[lines[i].base] + (uint64_t)lines[i].word;
		tag[i] = lines[i].tag;
		bit = 1ULL << (word[i] >> 1 & c->set_mask);
		twice |= seen & bit;
		seen |= bit;
	}
	if (twice)
		return false;
	l->nr += program->nr_distinct;
	return true;
}

/* Operation by operation. */
static void emit_all(struct lines *l, const struct program *program, const struct program_case *at)
{
	for (unsigned int i = 0; i < program->nr_lines; i++) {
		const struct program_line *line = &program->lines[i];

		lines_make_room(l, 1);
		l->word[l->nr] = at->word[line->base] + (uint64_t)line->word;
		l->tag[l->nr++] = line->tag;
	}
}

/* The case's program; NULL: no memory. */
static inline struct program *look_up(struct charge *c, const struct program_case *at)
{
	struct program *program = program_find(&c->programs, &at->key);

	if (__builtin_expect(!program, 0))
		c->failed = true;
	/* no workload comes near that many cases, but a made-up trace might */
	if (__builtin_expect(c->programs.nr > MAX_PROGRAMS, 0))
		c->apart = true;
	return program;
}

static inline void run_chain(struct charge *c, struct program_case *at)
{
	struct program *program;

	if (at->near)
		program_near(at, &c->plan);
	program = look_up(c, at);
	if (!program)
		return;
	program->runs++;
	program->plain++;
	if (!emit_distinct(c, &c->lines, program, at))
		emit_all(&c->lines, program, at);
}

/* One operation, which has more lines than its program, or whose lines have to be compared. */
static void run_single(struct charge *c, const struct program_case *at, struct run run)
{
	struct program *program = look_up(c, at);

	if (!program)
		return;
	program->runs++;
	emit_merged(&c->lines, program, at, run);
}

static const struct run no_run = {.first = 1, .last = 0};

/* The same bytes of many neighbouring entries: every line from the first to the last, as entries are small. */
static struct run run_of(const struct charge *c, uint64_t first_pfn, uint64_t nr, uint16_t at,
			 uint16_t end, bool write)
{
	uint64_t first = place_entry(c->layout, first_pfn) + at;
	uint64_t last = place_entry(c->layout, first_pfn + nr - 1) + end - 1;

	return (struct run){first >> PROGRAM_LINE_SHIFT, last >> PROGRAM_LINE_SHIFT, write};
}

/* A descriptor comes or goes; false: there is none. */
static inline bool do_descriptor(struct charge *c, const struct op *op, struct program_case *at)
{
	struct heap_home home;
	struct heap_ref ref;

	if (op->kind == OP_DESCRIBE) {
		if (!heap_describe(c->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref))
			return false;
	} else {
		if (!heap_undescribe(c->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref,
				     &home))
			return false;
		program_add_entry(at, PROGRAM_HOME_ENTRY, home.page_entry, &c->plan);
		if (home.slab_descriptor)
			program_add_desc(at, PROGRAM_HOME_DESC, home.slab_descriptor, &c->plan);
	}
	if (!program_part(&at->key, PROGRAM_DESC)) /* what goes is often named already */
		program_add_desc(at, PROGRAM_DESC, ref.address, &c->plan);
	return true;
}

static struct run find_run(struct charge *c, const struct op *op)
{
	const struct plan_tails *tails = &c->plan.ops[op->kind][plan_size(op->order)].tails;
	uint64_t nr = 1ULL << op->order;

	if (!recipe_has_run(&c->plan, op->kind, plan_size(op->order)))
		return no_run;
	if (recipe_is_descriptor_op(op->kind)) {
		/* every page is pointed at the descriptor, or away from it */
		c->cost[op->kind].accesses += nr;
		return run_of(c, op->pfn, nr, c->plan.memdesc_at, c->plan.memdesc_end, true);
	}
	c->cost[op->kind].accesses += (nr - 1) * tails->accesses;
	c->cost[op->kind].atomics += (nr - 1) * tails->atomics;
	return run_of(c, op->pfn + 1, nr - 1, tails->at, tails->end, tails->write);
}

static void charge_single(struct charge *c, const struct op *op)
{
	const unsigned int size = plan_size(op->order);
	const struct plan_op *plan = &c->plan.ops[op->kind][size];
	struct program_case at;

	program_case_init(&at, size);
	at.key.ops = op->kind;
	if (recipe_is_descriptor_op(op->kind) && !do_descriptor(c, op, &at))
		return;
	add_entry(c, &at, PROGRAM_ENTRY, op->pfn);
	if (plan->bases >> PLAN_DESC & 1 && c->descriptor)
		add_desc(c, &at, PROGRAM_DESC, op->pfn);
	add_neighbour(c, &at, plan->bases >> PLAN_NEXT_ENTRY & 3, PROGRAM_NEIGHBOUR, op->next);
	add_neighbour(c, &at, plan->bases >> PLAN_PREV_ENTRY, PROGRAM_NEIGHBOUR + 2, op->prev);
	run_single(c, &at, find_run(c, op));
}

/* The operation and those on the same unit that follow it. */
static inline uint64_t name_ops(const struct op *ops, size_t nr, unsigned int size)
{
	uint64_t names = ops->kind;
	unsigned int n = 1;

	while (n < nr && n < PROGRAM_OPS && ops[n].pfn == ops->pfn && ops[n].cpu == ops->cpu &&
	       ops[n].order == ops->order)
		names = names << PROGRAM_KIND_BITS | ops[n++].kind;
	return names | (uint64_t)size << RECIPE_SIZE_SHIFT;
}

/* The first `nr` operations on their own, and `skipped` more that do nothing. */
static size_t charge_apart(struct charge *c, const struct op *ops, size_t nr, size_t skipped)
{
	for (size_t i = 0; i < nr;)
		i += charge_ops(c, &ops[i], nr - i);
	return nr + skipped;
}

size_t charge_ops(struct charge *c, const struct op *ops, size_t nr)
{
	const uint32_t pfn = ops->pfn;
	const unsigned int size = plan_size(ops->order);
	const struct recipe *recipe;
	struct program_case at;
	unsigned int i;

	lines_of_cpu(&c->lines, ops->cpu);
	recipe = recipe_find(&c->recipes, name_ops(ops, nr, size));
	if (__builtin_expect(!recipe->taken || c->apart, 0)) {
		charge_single(c, ops);
		return 1;
	}
	program_case_init(&at, size);
	at.key.ops = recipe->ops;
	add_entry(c, &at, PROGRAM_ENTRY, pfn);
	i = recipe->desc_op;
	if (i != RECIPE_NO_OP) {
		/* there is one already: only where events were lost */
		if (ops[i].kind == OP_DESCRIBE && i && c->descriptor[pfn])
			return charge_apart(c, ops, i, 0);
		if (!do_descriptor(c, &ops[i], &at))
			return charge_apart(c, ops, i, 1);
	} else if (recipe->has_desc) {
		add_desc(c, &at, PROGRAM_DESC, pfn);
	}
	if (recipe->nr_neighbours > 0)
		add_neighbours(c, &at, recipe, 0, &ops[recipe->neighbours[0].op]);
	if (recipe->nr_neighbours > 1)
		add_neighbours(c, &at, recipe, 1, &ops[recipe->neighbours[1].op]);
	if (recipe->ops)
		run_chain(c, &at);
	return recipe->taken;
}

void charge_settle(struct charge *c, const struct stall_model *stall)
{
	struct program *program;

	for (size_t i = 0; (program = programs_next(&c->programs, &i));) {
		const struct program_line *line = program->lines;

		for (unsigned int k = 0; program->runs && k < program->nr_ops; k++) {
			const struct program_op *op = &program->ops[k];
			struct op_cost *cost = &c->cost[op->kind];

			cost->count += program->runs;
			cost->accesses += program->runs * op->accesses;
			cost->atomics += program->runs * op->atomics;
			for (unsigned int n = 0; n < op->nr; n++)
				c->lines.reached[line++->tag][CACHE_L1] += program->plain;
		}
		program->runs = program->plain = 0;
	}
	lines_settle(&c->lines, stall, c->cost);
}
