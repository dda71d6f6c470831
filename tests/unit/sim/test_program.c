// SPDX-License-Identifier: GPL-2.0-only
/* Recipes and programs by themselves: which operations go together, and what is worked out for them. */
#include <string.h>

#include "tests/unit/sim/naive.h"

#include "sim/charge/recipe.h"

struct rig {
	struct layout *layout;
	struct plan plan;
	struct recipes recipes;
	struct programs programs;
};

static struct rig *rig_of(const char *layout)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	cr_assert_eq(layout_load(layout, &rig->layout, NULL), 0);
	plan_make(rig->layout, 0, &rig->plan);
	rig->recipes.plan = &rig->plan;
	rig->recipes.has_descriptors = rig->layout->nr_objects;
	cr_assert_eq(programs_init(&rig->programs, rig->layout, &rig->plan, NULL), 0);
	return rig;
}

static void rig_free(struct rig *rig)
{
	programs_fini(&rig->programs);
	layout_destroy(rig->layout);
	free(rig);
}

static uint64_t names_of(const enum op_kind *kinds, size_t nr, unsigned int size)
{
	uint64_t names = 0;

	for (size_t i = 0; i < nr; i++)
		names = names << PROGRAM_KIND_BITS | (uint64_t)kinds[i];
	return names | (uint64_t)size << PROGRAM_SIZE_SHIFT;
}

static const struct recipe *recipe_of(struct rig *rig, const enum op_kind *kinds, size_t nr,
				      unsigned int size)
{
	return recipe_find(&rig->recipes, names_of(kinds, nr, size));
}

#define KINDS(...) (const enum op_kind[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int)

Test(recipe, one_descriptor_comes_or_goes_in_a_chain)
{
	struct rig *rig = rig_of("memdesc8");
	const struct recipe *r = recipe_of(
		rig, KINDS(OP_ALLOC, OP_DESCRIBE, OP_CHARGE, OP_UNDESCRIBE, OP_CHARGE), 0);

	cr_assert_eq(r->taken, 3, "%u", r->taken);
	cr_assert_eq(r->desc_op, 1);
	r = recipe_of(rig, KINDS(OP_UNDESCRIBE, OP_DESCRIBE), 0);
	cr_assert_eq(r->taken, 1);
	/* without descriptors the two are nothing, and nobody is named for their sake */
	rig_free(rig);
	rig = rig_of("v6.12");
	r = recipe_of(rig, KINDS(OP_ALLOC, OP_DESCRIBE, OP_CHARGE, OP_UNDESCRIBE, OP_CHARGE), 0);
	cr_assert_eq(r->taken, 5);
	cr_assert_eq(r->desc_op, RECIPE_NO_OP);
	cr_assert_eq(r->ops, names_of(KINDS(OP_ALLOC, OP_CHARGE, OP_CHARGE), 0));
	cr_assert_not(r->has_desc);
	rig_free(rig);
}

Test(recipe, one_operation_of_a_chain_may_have_neighbours)
{
	struct rig *rig = rig_of("v6.12");
	const struct recipe *r =
		recipe_of(rig, KINDS(OP_CHARGE, OP_LRU_DEL, OP_CHARGE, OP_LRU_ADD, OP_ALLOC), 0);

	cr_assert_eq(r->taken, 3, "%u", r->taken);
	cr_assert_eq(r->neighbours_op, 1);
	/* the entries of both, as they describe folios here */
	cr_assert_eq(r->next, 1);
	cr_assert_eq(r->prev, 1);
	r = recipe_of(rig, KINDS(OP_CHARGE, OP_CHARGE), 0);
	cr_assert_eq(r->taken, 2);
	cr_assert_eq(r->neighbours_op, RECIPE_NO_OP);
	rig_free(rig);
}

Test(recipe, what_goes_through_many_entries_goes_alone)
{
	struct rig *rig = rig_of("v6.12");

	cr_assert_eq(recipe_of(rig, KINDS(OP_COMPOUND, OP_ALLOC), 2)->taken, 0);
	cr_assert_eq(recipe_of(rig, KINDS(OP_CHARGE, OP_COMPOUND), 2)->taken, 1);
	cr_assert_eq(recipe_of(rig, KINDS(OP_CHARGE, OP_COMPOUND), 0)->taken, 2);
	cr_assert_eq(recipe_of(rig, KINDS(OP_CHARGE, OP_REKIND), 0)->taken, 1);
	rig_free(rig);
}

enum { MAX_TOUCHED = 256 };

/* What an operation does to lines, in the order of first touches. */
struct touched {
	struct naive_line lines[MAX_TOUCHED];
	unsigned int nr;
};

static struct naive_line *line_of(struct touched *t, uint64_t line)
{
	unsigned int i = 0;

	while (i < t->nr && t->lines[i].line != line)
		i++;
	if (i == t->nr)
		t->lines[t->nr++] = (struct naive_line){.line = line};
	return &t->lines[i];
}

/* Of entries alone, straight from the access map: what pfn, next and prev have. */
static void touch_entries(const struct layout *layout, enum op_kind kind, const uint64_t entry[3],
			  struct touched *ret)
{
	struct op_step steps[OP_MAX_STEPS];
	size_t nr = op_steps(kind, 0, steps);

	for (size_t i = 0; i < nr; i++) {
		const struct layout_place *p = &layout->places[steps[i].field];
		uint64_t at = entry[0] + p->at;

		if (!p->size || steps[i].min_order || steps[i].target == TARGET_DESCRIPTOR ||
		    steps[i].target == TARGET_TAILS)
			continue;
		if (steps[i].target == TARGET_NEXT || steps[i].target == TARGET_PREV)
			at = entry[steps[i].target == TARGET_NEXT ? 1 : 2] + p->at;
		for (uint64_t line = at / 64; line <= (at + p->size - 1) / 64; line++) {
			struct naive_line *l = line_of(ret, line);

			*(steps[i].mode == MODE_R ? &l->read : &l->written) |=
				naive_bytes(line, at, at + p->size);
		}
	}
}

static uint64_t address_of(const struct program_case *at, const struct program_line *line)
{
	return (at->word[line->base] + (uint64_t)line->word) >> 1;
}

static void expect_bytes(const struct program *p, const struct program_line *line,
			 const struct program_case *at, const struct naive_line *first,
			 const struct naive_line *again)
{
	uint64_t got[4] = {0};

	cr_assert_eq(address_of(at, line), first->line);
	cr_assert_eq(at->places >> line->moved & 63,
		     program_place(at->places, p->bytes[line->bytes].base));
	for (unsigned int k = 0; k < line->nr_bytes; k++) {
		const struct program_bytes *b = &p->bytes[line->bytes + k];
		unsigned int place = program_place(at->places, b->base);

		got[0] |= b->read << place;
		got[1] |= b->written << place;
		got[2] |= b->again_read << place;
		got[3] |= b->again_written << place;
		if (!k) {
			cr_assert_eq(line->read << place, got[0] | got[2]);
			cr_assert_eq(line->written << place, got[1] | got[3]);
		}
	}
	cr_assert_eq(got[0], first->read);
	cr_assert_eq(got[1], first->written);
	cr_assert_eq(got[2], again ? again->read : 0);
	cr_assert_eq(got[3], again ? again->written : 0);
}

/* Adds the operation's lines to those of the chain: who is first, and who writes after that. */
static void chain(struct touched *first, struct touched *again, const struct touched *op)
{
	for (unsigned int i = 0; i < op->nr; i++) {
		const struct naive_line *l = &op->lines[i];
		unsigned int known = first->nr;
		struct naive_line *at = line_of(first, l->line);

		if (first->nr > known) {
			*at = *l;
		} else if (l->written) {
			at = line_of(again, l->line);
			at->read |= l->read;
			at->written |= l->written;
		}
	}
}

/* A list of pages, or of lines, most recent last. */
static void use_page(uint64_t *pages, unsigned int *nr, uint64_t page)
{
	unsigned int i = 0;

	while (i < *nr && pages[i] != page)
		i++;
	if (i == *nr)
		(*nr)++;
	memmove(pages + i, pages + i + 1, (*nr - 1 - i) * sizeof(*pages));
	pages[*nr - 1] = page;
}

static uint64_t page_of(const struct program_case *at, uint8_t base, int32_t line)
{
	/* as large as an entry's line and those beside it: each object is in a page of its own */
	return ((at->word[base] >> 1) + (uint64_t)(int64_t)line) >> 4;
}

static void expect_visits(const struct program *p, const struct program_case *at)
{
	uint64_t want[PROGRAM_BASES], got[PROGRAM_BASES];
	unsigned int nr = 0, nr_got = 0;

	for (unsigned int i = 0; i < p->nr_lines; i++)
		use_page(want, &nr, page_of(at, p->lines[i].base, p->lines[i].word >> 1));
	for (unsigned int i = 0; i < p->nr_visits + p->nr_revisits; i++)
		use_page(got, &nr_got, page_of(at, p->visits[i].base, p->visits[i].low));
	cr_assert_eq(nr_got, nr);
	cr_assert_arr_eq(got, want, nr * sizeof(*want), "pages are left in another order");
}

static void expect_last(const struct program *p, const struct program_case *at)
{
	uint64_t want[MAX_TOUCHED];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < p->nr_lines; i++)
		use_page(want, &nr, address_of(at, &p->lines[i]));
	cr_assert_eq(nr, p->nr_distinct);
	for (unsigned int i = 0; i < nr; i++)
		cr_assert_eq(address_of(at, &p->distinct[p->last[i]]), want[i],
			     "lines are left in another order");
}

/* The sets in which lines meet, by the lines' addresses; how many there are. */
static int expect_sets(const struct program *p, const struct program_case *at)
{
	uint64_t seen = 0, met = 0;

	cr_assert(p->bases, "lines of one object are in different sets");
	for (unsigned int i = 0; i < p->nr_distinct; i++) {
		uint64_t set = 1ULL << address_of(at, &p->distinct[i]) % PROGRAM_SETS;

		met |= seen & set;
		seen |= set;
	}
	cr_assert_eq(program_sets_met(p, at), met, "%lx, not %lx", program_sets_met(p, at), met);
	return __builtin_popcountll(met);
}

/* Returns in how many sets its lines meet. */
static int expect_program(struct rig *rig, const enum op_kind *kinds, size_t nr,
			  const uint64_t entry[3])
{
	struct touched first = {.nr = 0}, again = {.nr = 0};
	struct program_case at;
	struct program *p;
	unsigned int n = 0;

	program_case_init(&at, names_of(kinds, nr, 0));
	program_add_entry(&at, PROGRAM_ENTRY, entry[0], &rig->plan);
	for (size_t i = 0; i < nr; i++) {
		if (!plan_has_neighbours(&rig->plan.ops[kinds[i]][0]))
			continue;
		cr_assert_not(at.word[PROGRAM_NEIGHBOUR], "two operations have neighbours");
		program_add_entry(&at, PROGRAM_NEIGHBOUR, entry[1], &rig->plan);
		program_add_entry(&at, PROGRAM_PREVIOUS, entry[2], &rig->plan);
	}
	if (at.near)
		program_near(&at, &rig->plan);
	p = program_find(&rig->programs, &at.key);
	cr_assert_eq(program_find(&rig->programs, &at.key), p, "it is found again");
	cr_assert_eq(p->nr_ops, nr);
	for (size_t i = 0; i < nr; i++) {
		struct touched op = {.nr = 0};

		touch_entries(rig->layout, kinds[i], entry, &op);
		cr_assert_eq(p->ops[i].nr, op.nr, "%s: %u lines, not %u", op_name(kinds[i]),
			     p->ops[i].nr, op.nr);
		for (unsigned int k = 0; k < op.nr; k++)
			expect_bytes(p, &p->lines[n++], &at, &op.lines[k], NULL);
		chain(&first, &again, &op);
	}
	cr_assert_eq(p->nr_distinct, first.nr);
	for (unsigned int k = 0; k < first.nr; k++) {
		unsigned int i = 0;

		cr_assert_eq(p->touches[k].word, p->distinct[k].word);
		cr_assert_eq(p->touches[k].base, p->distinct[k].base);
		cr_assert_eq(p->touches[k].tag, p->distinct[k].tag);
		while (i < again.nr && again.lines[i].line != first.lines[k].line)
			i++;
		expect_bytes(p, &p->distinct[k], &at, &first.lines[k],
			     i < again.nr ? &again.lines[i] : NULL);
	}
	expect_visits(p, &at);
	expect_last(p, &at);
	return expect_sets(p, &at);
}

/* Entries far apart, in one line, and straddling lines; the same program serves other places, too. */
Test(program, holds_the_lines_and_bytes_of_the_access_map)
{
	static const char *const layouts[] = {"v6.12", "page56", "v4.14"};
	static const uint32_t pfns[][3] = {{1000, 5000, 9000}, {1000, 1001, 999},
					   {1001, 1003, 1002}, {1007, 1006, 5000},
					   {64, 65, 67},       {1234, 1234, 1235}};
	int met = 0;

	for (size_t l = 0; l < sizeof(layouts) / sizeof(layouts[0]); l++) {
		struct rig *rig = rig_of(layouts[l]);

		for (size_t i = 0; i < sizeof(pfns) / sizeof(pfns[0]); i++) {
			uint64_t entry[3];

			for (int k = 0; k < 3; k++)
				entry[k] = place_entry(rig->layout, pfns[i][k]);
			met += expect_program(rig, KINDS(OP_LRU_ADD), entry);
			met += expect_program(rig, KINDS(OP_CHARGE, OP_LRU_ADD, OP_ANON_MAP),
					      entry);
			met += expect_program(rig, KINDS(OP_ANON_UNMAP, OP_LRU_DEL, OP_UNCHARGE),
					      entry);
			met += expect_program(rig, KINDS(OP_CACHE_READ, OP_CACHE_READ, OP_ZAP),
					      entry);
		}
		rig_free(rig);
	}
	cr_assert(met, "entries 8000 lines apart meet in a set");
}

/* As many as a trace can have: they are all there afterwards, each once. */
Test(program, the_table_grows)
{
	enum { MANY = 8 * 7 * 7 * 7 };
	static const uint8_t kinds[7] = {OP_CHARGE,    OP_ANON_MAP,  OP_ZAP,	 OP_CACHE_READ,
					 OP_CACHE_ADD, OP_CACHE_DEL, OP_UNCHARGE};
	struct rig *rig = rig_of("page56");
	static struct program *programs[MANY];
	size_t slot = 0, nr = 0;

	for (uint32_t i = 0; i < MANY; i++) {
		struct program_case at;

		uint64_t ops = 0;

		for (uint32_t rest = i / 8, n = 0; n < 3; rest /= 7, n++)
			ops = ops << PROGRAM_KIND_BITS | kinds[rest % 7];
		program_case_init(&at, ops);
		program_add_entry(&at, PROGRAM_ENTRY, place_entry(rig->layout, i % 8), &rig->plan);
		programs[i] = program_find(&rig->programs, &at.key);
		cr_assert_not_null(programs[i]);
		cr_assert(program_key_equal(&programs[i]->key, &at.key));
		cr_assert_eq(program_find(&rig->programs, &at.key), programs[i]);
	}
	while (programs_next(&rig->programs, &slot))
		nr++;
	cr_assert_eq(nr, rig->programs.nr);
	cr_assert_eq(nr, MANY);
	rig_free(rig);
}
