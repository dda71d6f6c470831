// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/charge.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "base/cleanup.h"
#include "sim/heap/heap_internal.h"
#include "sim/access/place.h"

DEFINE_CLEANUP(struct charge *, charge_destroy);

/* So many pages in a row leave none of them out of the first level of the TLB, whatever their sets. */
static unsigned int tlb_ways(const struct tlb *tlb)
{
	unsigned int ways = UINT_MAX;

	for (int size = 0; tlb && size < TLB_SIZES; size++)
		if (tlb->geometry.level[TLB_FIRST][size].ways < ways)
			ways = tlb->geometry.level[TLB_FIRST][size].ways;
	return ways;
}

int charge_create(const struct charge_opts *opts, struct charge **ret, struct error *err)
{
	_cleanup_(charge_destroyp) struct charge *c = calloc(1, sizeof(*c));
	const struct cache_geometry *g = opts->geometry;
	uint64_t sets = g->level[CACHE_L1].size / g->level[CACHE_L1].ways / g->line;
	int r;

	if (!c)
		return error_nomem(err);
	c->layout = opts->layout;
	c->heap = opts->heap;
	c->watch = opts->watch;
	c->native = opts->native;
	c->breakdown = opts->watch->breakdown;
	c->descriptor = heap_addresses(opts->heap);
	c->entry_size = c->layout->page_size;
	c->entry_shift = layout_page_shift(c->layout);
	c->set_mask = sets & (sets - 1) ? 0 : (sets < 64 ? sets : 64) - 1;
	/* between nodes it matters that a line is read before it is written: the other node writes it back */
	c->set_ways = cache_nodes_are_several(opts->caches) ? 0 : g->level[CACHE_L1].ways;
	c->too_many = cache_is_general(g) ? 0 : CACHE_BATCH + 1 - c->set_ways;
	c->tlb_holds = tlb_ways(opts->watch->tlb);
	plan_make(c->layout, opts->code, &c->plan);
	c->apart = c->plan.entry_reach[PLAN_SIZES - 1] == PLAN_MAX_REACH ||
		   c->plan.desc_reach == PLAN_MAX_REACH || c->native ||
		   layout_page_shift(c->layout) || c->layout->freed_kept;
	c->recipes.plan = &c->plan;
	c->recipes.has_descriptors = c->descriptor != NULL;
	r = programs_init(&c->programs, c->layout, &c->plan, err);
	if (!r)
		r = lines_init(&c->lines, opts->caches, opts->watch, opts->sample, opts->threaded,
			       err);
	if (r)
		return r;
	*ret = take_ptr(c);
	return 0;
}

void charge_destroy(struct charge *c)
{
	if (!c)
		return;
	lines_fini(&c->lines);
	programs_fini(&c->programs);
	free(c);
}

/*
 * In blocks of always as many, so that the host's CPU foresees where they end. What is nowhere is not looked for: that
 * would take a page walk each time.
 */
void charge_look_ahead(const struct charge *c, const struct op *ops, size_t nr)
{
	const struct op *end = ops + (nr < CHARGE_AHEAD ? nr : CHARGE_AHEAD);
	const uint64_t *descriptor = c->descriptor;
	const struct heap *heap = c->heap;

	for (const struct op *op = ops; descriptor && op < end; op++) {
		heap_look_ahead(heap, op->pfn);
		ahead_to_read(&descriptor[op->pfn]);
		ahead_to_read(&descriptor[op->next != PFN_NONE ? op->next : op->pfn]);
		ahead_to_read(&descriptor[op->prev != PFN_NONE ? op->prev : op->pfn]);
	}
}

/* The set of L1 that it is in, or some of them. */
static inline uint64_t set_of(uint64_t word, uint64_t mask)
{
	return 1ULL << (word >> 1 & mask);
}

/*
 * The lines of a chain whose sets have more than one are there now, in the order of their first accesses; which is the
 * most recent depends on the last ones. Those that are out of turn make all of them be read once more, which tells
 * nobody anything new. False: they may not all be there any more.
 */
static bool emit_again(const struct charge *c, struct lines *l, const struct program *program,
		       const uint64_t *words, uint64_t sets)
{
	static const struct program_line nothing[CACHE_MAX_WAYS];
	uint64_t again[CACHE_MAX_WAYS];
	unsigned int nr = 0, last = 0;
	bool in_turn = true;

	for (unsigned int i = 0; i < program->nr_distinct; i++) {
		unsigned int k = program->last[i];

		if (!(set_of(words[k], c->set_mask) & sets))
			continue;
		if (nr == c->set_ways)
			return false;
		in_turn &= k >= last;
		last = k;
		again[nr++] = words[k] & ~1ULL;
	}
	if (in_turn)
		return true;
	if (l->watched)
		lines_begin(l, nothing, NULL, 0);
	for (unsigned int i = 0; i < nr; i++)
		l->batch->chain[l->batch->nr + i] = lines_chain(l->batch);
	memcpy(l->batch->word + l->batch->nr, again, nr * sizeof(again[0]));
	memset(l->batch->tag + l->batch->nr, 0, nr);
	l->batch->nr += nr;
	return true;
}

/* The sets, or some of them, that more than one of the lines is in. */
static uint64_t sets_met(const uint64_t *words, unsigned int nr, uint64_t set_mask)
{
	uint64_t seen = 0, met = 0;

	for (unsigned int i = 0; i < nr; i++) {
		const uint64_t set = set_of(words[i], set_mask);

		met |= seen & set;
		seen |= set;
	}
	return met;
}

/* Each line of the chain once: the first access decides whether it hits, and those that follow hit in L1. */
static inline bool emit_distinct(const struct charge *c, struct lines *l,
				 const struct program *program, const struct program_case *at)
{
	const unsigned int nr = program->nr_distinct;
	struct lines_batch *b;
	uint64_t *words, met;
	uint16_t *chains, chain;
	uint8_t *tags;

	if (nr >= c->too_many)
		return false;
	lines_make_room(l, nr + c->set_ways);
	b = l->batch;
	words = b->word + b->nr;
	tags = b->tag + b->nr;
	chains = b->chain + b->nr;
	chain = (uint16_t)b->nr_chains;
	for (unsigned int i = 0; i < nr; i++) {
		const struct program_touch touch = program->touches[i];

		words[i] = at->word[touch.base] + (uint64_t)touch.word;
		tags[i] = touch.tag;
		chains[i] = chain;
	}
	if (l->watched && nr)
		lines_begin(l, program->distinct, program->bytes, at->places);
	b->nr += nr;
	if (program->bases && c->set_mask == PROGRAM_SETS - 1)
		met = program_sets_met(program, at);
	else
		met = sets_met(words, nr, c->set_mask);
	if (__builtin_expect(!met, 1) || emit_again(c, l, program, words, met))
		return true;
	b->nr -= nr;
	b->nr_chains -= l->watched;
	return false;
}

/* Operation by operation. */
static void emit_all(struct lines *l, const struct program *program, const struct program_case *at)
{
	for (unsigned int i = 0; i < program->nr_lines; i++) {
		const struct program_line *line = &program->lines[i];
		uint64_t word = at->word[line->base] + (uint64_t)line->word;

		lines_make_room(l, 1);
		if (l->watched)
			lines_begin(l, line, program->bytes, at->places);
		l->batch->chain[l->batch->nr] = lines_chain(l->batch);
		l->batch->word[l->batch->nr] = word;
		l->batch->tag[l->batch->nr++] = line->tag;
	}
}

static inline void run_chain(struct charge *c, struct program_case *at)
{
	struct program *program = charge_look_up(c, at);

	if (!program)
		return;
	program->runs++;
	if (c->breakdown)
		charge_unit(c, program, program->nr_lines);
	if (c->watch->tlb)
		charge_translate(c, program, at);
	if (!emit_distinct(c, &c->lines, program, at))
		emit_all(&c->lines, program, at);
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
		charge_add_home(c, at, &home);
	}
	if (!program_part(&at->key, PROGRAM_DESC)) /* what goes is often named already */
		program_add_desc(at, PROGRAM_DESC, ref.address, &c->plan);
	return true;
}

/* The operation and those on the same unit that follow it. */
static inline uint64_t name_ops(const struct op *ops, size_t nr, unsigned int size)
{
	const uint32_t pfn = ops->pfn, who = op_who(ops);
	uint64_t names = ops->kind;
	unsigned int n = 1;

	nr = nr < PROGRAM_OPS ? nr : PROGRAM_OPS;
	while (n < nr && ops[n].pfn == pfn && op_who(&ops[n]) == who)
		names = names << PROGRAM_KIND_BITS | ops[n++].kind;
	return names | (uint64_t)size << PROGRAM_SIZE_SHIFT;
}

/* The first `nr` operations on their own, and `skipped` more that do nothing. */
static __attribute__((noinline)) size_t charge_apart(struct charge *c, const struct op *ops,
						     size_t nr, size_t skipped)
{
	for (size_t i = 0; i < nr;)
		i += charge_ops(c, &ops[i], nr - i, 1);
	return nr + skipped;
}

/* The first of the operations, and with it those after it that go together with it: how many that are. */
static inline __attribute__((always_inline)) size_t charge_chain(struct charge *c,
								 const struct op *ops, size_t nr)
{
	const uint32_t pfn = ops->pfn;
	const unsigned int size = plan_size(ops->order);
	const struct recipe *recipe;
	struct program_case at;
	unsigned int i;

	lines_of_cpu(&c->lines, ops->cpu);
	c->lines.unit = breakdown_unit(ops->page_kind, ops->order);
	if (__builtin_expect(c->apart, 0)) {
		charge_single(c, ops);
		return 1;
	}
	recipe = recipe_find(&c->recipes, name_ops(ops, nr, size));
	if (__builtin_expect(!recipe->taken, 0)) {
		charge_single(c, ops);
		return 1;
	}
	program_case_init(&at, recipe->ops);
	charge_add_entry(c, &at, PROGRAM_ENTRY, pfn);
	i = recipe->desc_op;
	if (i != RECIPE_NO_OP) {
		/* there is one already: only where events were lost */
		if (ops[i].kind == OP_DESCRIBE && i && c->descriptor[pfn])
			return charge_apart(c, ops, i, 0);
		if (!do_descriptor(c, &ops[i], &at))
			return charge_apart(c, ops, i, 1);
	} else if (recipe->has_desc) {
		charge_add_desc(c, &at, PROGRAM_DESC, pfn);
	}
	if (recipe->neighbours_op != RECIPE_NO_OP) {
		const struct op *op = &ops[recipe->neighbours_op];

		charge_add_neighbour(c, &at, recipe->next, PROGRAM_NEIGHBOUR, op->next);
		charge_add_neighbour(c, &at, recipe->prev, PROGRAM_PREVIOUS, op->prev);
	}
	if (!recipe->idle)
		run_chain(c, &at);
	return recipe->taken;
}

size_t charge_ops(struct charge *c, const struct op *ops, size_t nr, size_t until)
{
	size_t i = 0;

	do {
		i += charge_chain(c, &ops[i], nr - i);
	} while (i < until && charge_takes(&ops[i]) && ops[i].page_kind != PAGE_KIND_HUGETLB);
	return i;
}

bool charge_failed(const struct charge *c)
{
	return c->failed || c->lines.failed;
}

void charge_unit(struct charge *c, const struct program *program, unsigned int nr_lines)
{
	struct breakdown_row *row = breakdown_of_unit(c->breakdown, c->lines.unit);

	row->lines += nr_lines;
	for (unsigned int k = 0; k < program->nr_ops; k++)
		row->accesses += program->ops[k].accesses;
}

/* What the program's runs since the last time come to, by owner. */
static void settle_owners(struct breakdown *b, const struct program *program)
{
	for (uint32_t i = 0; i < program->nr_owned; i++)
		b->owners[program->owned[i].owner].accesses +=
			(program->runs + program->singles) * program->owned[i].accesses;
	for (unsigned int i = 0; i < program->nr_lines; i++)
		b->owners[program->bytes[program->lines[i].bytes].owner].lines += program->runs;
}

void charge_settle(struct charge *c, const struct stall_model *stall)
{
	struct program *program;

	for (size_t i = 0; (program = programs_next(&c->programs, &i));) {
		const struct program_line *line = program->lines;
		const uint64_t runs = program->runs + program->singles;

		if (c->breakdown)
			settle_owners(c->breakdown, program);
		for (unsigned int k = 0; runs && k < program->nr_ops; k++) {
			const struct program_op *op = &program->ops[k];
			struct op_cost *cost = &c->cost[op->kind];

			cost->count += runs;
			cost->accesses += runs * op->accesses;
			cost->atomics += runs * op->atomics;
			for (unsigned int n = 0; n < op->nr; n++)
				c->lines.touched[line++->tag] += program->runs;
		}
		program->runs = program->singles = 0;
	}
	lines_settle(&c->lines, stall, c->cost);
}
