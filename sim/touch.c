// SPDX-License-Identifier: GPL-2.0-only
#include "sim/touch.h"

#include <assert.h>

#include "sim/place.h"

static void touch_line(struct touched *lines, uint64_t line, uint64_t bytes, enum access_mode mode,
		       bool hop)
{
	bool write = mode != MODE_R;

	for (unsigned int i = 0; i < lines->nr; i++) {
		if (lines->line[i] == line) {
			lines->read[i] |= write ? 0 : bytes;
			lines->written[i] |= write ? bytes : 0;
			lines->atomic[i] |= mode == MODE_A;
			return;
		}
	}
	if (lines->run_last && line >= lines->run_first && line <= lines->run_last) {
		lines->run_write |= write;
		return;
	}
	assert(lines->nr < MAX_LINES);
	lines->line[lines->nr] = line;
	lines->read[lines->nr] = write ? 0 : bytes;
	lines->written[lines->nr] = write ? bytes : 0;
	lines->atomic[lines->nr] = mode == MODE_A;
	lines->hop[lines->nr++] = hop;
}

/* Bytes [address, end) behind a pointer: most fields lie in one line, a straddling one counts as two. */
static void touch_by(struct touched *lines, uint64_t address, uint64_t end, enum access_mode mode,
		     bool hop)
{
	for (uint64_t line = address >> LINE_SHIFT; line <= (end - 1) >> LINE_SHIFT; line++) {
		touch_line(lines, line, line_bytes(line, address, end), mode, hop);
		hop = false; /* the rest is reached by the same pointer, at the same time */
	}
}

static void touch_bytes(struct touched *lines, uint64_t address, uint64_t end,
			enum access_mode mode)
{
	touch_by(lines, address, end, mode, false);
}

/* The same bytes of many neighbouring entries: every line from the first to the last, as entries are small. */
static void touch_run(struct touched *lines, uint64_t address, uint64_t end, bool write)
{
	lines->run_first = address >> LINE_SHIFT;
	lines->run_last = (end - 1) >> LINE_SHIFT;
	lines->run_address = address;
	lines->run_end = end;
	lines->run_write = write;
}

/* Where the steps of an operation find their bytes. */
struct bases {
	uint64_t entry;
	struct heap_ref ref;
	bool has_ref;
};

static void do_step(struct touch *t, const struct op *op, const struct plan_step *step,
		    const struct bases *bases, struct op_cost *cost)
{
	struct touched *lines = &t->lines;
	bool hop = false;
	uint64_t base;

	if (step->target == TARGET_NEXT || step->target == TARGET_PREV) {
		uint32_t pfn = step->target == TARGET_NEXT ? op->next : op->prev;
		struct heap_ref ref;

		if (pfn == PFN_NONE)
			return;
		if (step->in_memmap)
			base = place_entry(t->layout, pfn);
		else if (heap_find(t->heap, pfn, &ref) && ref.object->cls == step->cls)
			base = ref.address;
		else
			return;
		hop = true;
	} else if (step->in_memmap) {
		base = bases->entry;
	} else {
		if (!bases->has_ref || bases->ref.object->cls != step->cls ||
		    step->end > bases->ref.object->size)
			return;
		if (step->target == TARGET_VIA_PAGE) {
			touch_bytes(lines, bases->entry + t->plan.memdesc_at,
				    bases->entry + t->plan.memdesc_end, MODE_R);
			cost->accesses++;
			hop = true;
		}
		base = bases->ref.address;
	}
	touch_by(lines, base + step->at, base + step->end,
		 step->atomic  ? MODE_A
		 : step->write ? MODE_W
			       : MODE_R,
		 hop);
	cost->accesses += step->times;
	cost->atomics += step->atomic ? step->times : 0;
}

static void do_tails(struct touch *t, const struct op *op, const struct plan_tails *tails,
		     struct op_cost *cost)
{
	uint64_t first, last, nr = (1ULL << layout_order(t->layout, op->order)) - 1;

	if (!tails->end || !nr)
		return;
	first = place_entry(t->layout, op->pfn) + t->layout->page_size;
	last = first + (nr - 1) * t->layout->page_size;
	touch_run(&t->lines, first + tails->at, last + tails->end, tails->write);
	cost->accesses += nr * tails->accesses;
	cost->atomics += nr * tails->atomics;
}

/* Every page of the unit is pointed at its descriptor, or away from it. */
static void do_words(struct touch *t, uint32_t pfn, unsigned int order, struct op_cost *cost)
{
	uint64_t nr = 1ULL << layout_order(t->layout, order);
	uint64_t first = place_entry(t->layout, pfn);

	touch_run(&t->lines, first + t->plan.memdesc_at,
		  first + (nr - 1) * t->layout->page_size + t->plan.memdesc_end, true);
	cost->accesses += nr;
}

static void do_describe(struct touch *t, const struct op *op, struct op_cost *cost)
{
	struct heap_ref ref;

	if (!heap_describe(t->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref))
		return;
	if (!ref.kept)
		do_words(t, op->pfn, op->order, cost);
	touch_bytes(&t->lines, ref.address, ref.address + ref.object->size, MODE_W);
	cost->accesses += t->plan.class_fields[ref.object->cls];
	cost->count++;
}

static void do_undescribe(struct touch *t, const struct op *op, struct op_cost *cost)
{
	struct touched *lines = &t->lines;
	struct heap_home home;
	struct heap_ref ref;

	if (!heap_undescribe(t->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref, &home))
		return;
	cost->count++;
	/* its link on the CPU's list of those that are kept */
	if (ref.kept) {
		touch_bytes(lines, ref.address, ref.address + 8, MODE_W);
		cost->accesses++;
	}
	if (!home.given)
		return;
	do_words(t, home.pfn, home.order, cost);
	/* kmem_cache_free(): page of the descriptor, its slab's descriptor, then the free pointer */
	touch_bytes(lines, home.page_entry + t->plan.memdesc_at,
		    home.page_entry + t->plan.memdesc_end, MODE_R);
	if (home.slab_descriptor)
		touch_by(lines, home.slab_descriptor + t->plan.slab_cache_at,
			 home.slab_descriptor + t->plan.slab_cache_end, MODE_R, true);
	touch_bytes(lines, home.address, home.address + 8, MODE_W);
	cost->accesses += home.slab_descriptor ? 3 : 2;
}

static void do_mapped(struct touch *t, const struct op *op, struct op_cost *cost)
{
	const struct plan_op *plan =
		&t->plan.ops[op->kind][plan_size(layout_order(t->layout, op->order))];
	struct bases bases = {.entry = place_entry(t->layout, op->pfn)};

	if (op_is_within_page(op, t->layout))
		return;
	bases.has_ref = heap_find(t->heap, op->pfn, &bases.ref);
	cost->count++;
	do_tails(t, op, &plan->tails, cost);
	for (unsigned int i = 0; i < plan->nr_steps; i++)
		do_step(t, op, &plan->steps[i], &bases, cost);
}

void touch_op(struct touch *t, const struct op *op, struct op_cost *cost)
{
	if (op->kind == OP_DESCRIBE)
		do_describe(t, op, cost);
	else if (op->kind == OP_UNDESCRIBE)
		do_undescribe(t, op, cost);
	else
		do_mapped(t, op, cost);
}
