// SPDX-License-Identifier: GPL-2.0-only
#include "sim/model.h"

#include <assert.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "sim/place.h"
#include "sim/plan.h"

enum {
	LINE_SHIFT = 6,
	MAX_LINES =
		128, /* distinct lines of one operation, runs of tails apart: 24 steps, or one descriptor */
	OPS_PER_GRACE_PERIOD =
		4096, /* a grace period ends after so many operations: some milliseconds */
};

/* The lines that the current operation has touched; a line counts once per operation. */
struct touched {
	unsigned int nr;
	uint64_t line[MAX_LINES];
	bool write[MAX_LINES];
	uint64_t run_first, run_last; /* the lines of the tails' entries, if any: run_last 0 */
	bool run_write;
};

struct model {
	const struct layout *layout;
	struct plan plan;
	struct heap *heap;
	struct cache_hierarchy *caches;
	unsigned int nr_cpus;
	unsigned int ops_in_period;
	struct touched touched;
	struct op_cost cost[OP_MAX];
};

DEFINE_CLEANUP(struct model *, model_destroy);

int model_create(const struct model_opts *opts, struct model **ret, struct error *err)
{
	_cleanup_(model_destroyp) struct model *m = calloc(1, sizeof(*m));
	unsigned int nr_cpus = opts->meta->nr_cpus;
	int r;

	if (!m)
		return error_nomem(err);
	m->layout = opts->layout;
	m->nr_cpus = nr_cpus;
	plan_make(m->layout, &m->plan);
	r = heap_create(m->layout, (uint32_t)opts->meta->max_pfn, nr_cpus, &m->heap, err);
	if (r)
		return r;
	r = cache_hierarchy_create(&opts->geometry, nr_cpus, false, &m->caches, err);
	if (r)
		return r;
	*ret = take_ptr(m);
	return 0;
}

void model_destroy(struct model *m)
{
	if (!m)
		return;
	heap_destroy(m->heap);
	cache_hierarchy_destroy(m->caches);
	free(m);
}

static void touch_line(struct touched *t, uint64_t line, bool write)
{
	for (unsigned int i = 0; i < t->nr; i++) {
		if (t->line[i] == line) {
			t->write[i] |= write;
			return;
		}
	}
	if (t->run_last && line >= t->run_first && line <= t->run_last) {
		t->run_write |= write;
		return;
	}
	assert(t->nr < MAX_LINES);
	t->line[t->nr] = line;
	t->write[t->nr++] = write;
}

/* Bytes [address, end): most fields lie in one line, a straddling one counts as two. */
static void touch(struct touched *t, uint64_t address, uint64_t end, bool write)
{
	for (uint64_t line = address >> LINE_SHIFT; line <= (end - 1) >> LINE_SHIFT; line++)
		touch_line(t, line, write);
}

/* The same bytes of many neighbouring entries: every line from the first to the last, as entries are small. */
static void touch_run(struct touched *t, uint64_t address, uint64_t end, bool write)
{
	t->run_first = address >> LINE_SHIFT;
	t->run_last = (end - 1) >> LINE_SHIFT;
	t->run_write = write;
}

/* Where the steps of an operation find their bytes. */
struct bases {
	uint64_t entry;
	struct heap_ref ref;
	bool has_ref;
};

static void do_step(struct model *m, const struct op *op, const struct plan_step *step,
		    const struct bases *bases, struct op_cost *cost)
{
	struct touched *t = &m->touched;
	uint64_t base;

	if (step->target == TARGET_NEXT || step->target == TARGET_PREV) {
		uint32_t pfn = step->target == TARGET_NEXT ? op->next : op->prev;
		struct heap_ref ref;

		if (pfn == PFN_NONE)
			return;
		if (step->in_memmap)
			base = place_entry(m->layout, pfn);
		else if (heap_find(m->heap, pfn, &ref) && ref.object->cls == step->cls)
			base = ref.address;
		else
			return;
	} else if (step->in_memmap) {
		base = bases->entry;
	} else {
		if (!bases->has_ref || bases->ref.object->cls != step->cls ||
		    step->end > bases->ref.object->size)
			return;
		if (step->target == TARGET_VIA_PAGE) {
			touch(t, bases->entry + m->plan.memdesc_at,
			      bases->entry + m->plan.memdesc_end, false);
			cost->accesses++;
		}
		base = bases->ref.address;
	}
	touch(t, base + step->at, base + step->end, step->write);
	cost->accesses += step->times;
	cost->atomics += step->atomic ? step->times : 0;
}

static void do_tails(struct model *m, const struct op *op, const struct plan_tails *tails,
		     struct op_cost *cost)
{
	uint64_t first, last, nr = (1ULL << op->order) - 1;

	if (!tails->end || !nr)
		return;
	first = place_entry(m->layout, op->pfn + 1);
	last = place_entry(m->layout, op->pfn + nr);
	touch_run(&m->touched, first + tails->at, last + tails->end, tails->write);
	cost->accesses += nr * tails->accesses;
	cost->atomics += nr * tails->atomics;
}

/* Every page of the unit is pointed at its descriptor, or away from it. */
static void do_words(struct model *m, const struct op *op, struct op_cost *cost)
{
	uint64_t nr = 1ULL << op->order;

	touch_run(&m->touched, place_entry(m->layout, op->pfn) + m->plan.memdesc_at,
		  place_entry(m->layout, op->pfn + nr - 1) + m->plan.memdesc_end, true);
	cost->accesses += nr;
}

static void do_describe(struct model *m, const struct op *op, struct op_cost *cost)
{
	struct heap_ref ref;

	if (!heap_describe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref))
		return;
	do_words(m, op, cost);
	touch(&m->touched, ref.address, ref.address + ref.object->size, true);
	cost->accesses += m->plan.class_fields[ref.object->cls];
	cost->count++;
}

static void do_undescribe(struct model *m, const struct op *op, struct op_cost *cost)
{
	struct touched *t = &m->touched;
	struct heap_home home;
	struct heap_ref ref;

	if (!heap_undescribe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref, &home))
		return;
	do_words(m, op, cost);
	/* kmem_cache_free(): page of the descriptor, its slab's descriptor, then the free pointer */
	touch(t, home.page_entry + m->plan.memdesc_at, home.page_entry + m->plan.memdesc_end,
	      false);
	if (home.slab_descriptor)
		touch(t, home.slab_descriptor + m->plan.slab_cache_at,
		      home.slab_descriptor + m->plan.slab_cache_end, false);
	touch(t, ref.address, ref.address + 8, true);
	cost->accesses += home.slab_descriptor ? 3 : 2;
	cost->count++;
}

/* The unit is described as something else now; nothing is charged, as it was that all along. */
static void do_rekind(struct model *m, const struct op *op)
{
	int old = layout_object_for(m->layout, op->old_kind, op->order);
	struct heap_home home;
	struct heap_ref ref;

	if (old == layout_object_for(m->layout, op->page_kind, op->order)) {
		heap_rekind(m->heap, op->pfn, op->order, op->old_kind, op->page_kind);
		return;
	}
	heap_undescribe(m->heap, op->pfn, op->order, op->old_kind, op->cpu, &ref, &home);
	heap_describe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref);
}

/* Puts the gathered lines through the caches. */
static void settle(struct model *m, unsigned int cpu, struct op_cost *cost)
{
	struct touched *t = &m->touched;

	for (unsigned int i = 0; i < t->nr; i++)
		cost->hits[cache_access(m->caches, cpu, t->line[i], t->write[i])]++;
	cost->lines += t->nr;
	t->nr = 0;
	if (!t->run_last)
		return;
	for (uint64_t line = t->run_first; line <= t->run_last; line++)
		cost->hits[cache_access(m->caches, cpu, line, t->run_write)]++;
	cost->lines += t->run_last - t->run_first + 1;
	t->run_last = 0;
}

static void run_mapped_op(struct model *m, const struct op *op, struct op_cost *cost)
{
	const struct plan_op *plan = &m->plan.ops[op->kind][plan_size(op->order)];
	struct bases bases = {.entry = place_entry(m->layout, op->pfn)};

	bases.has_ref = heap_find(m->heap, op->pfn, &bases.ref);
	cost->count++;
	do_tails(m, op, &plan->tails, cost);
	for (unsigned int i = 0; i < plan->nr_steps; i++)
		do_step(m, op, &plan->steps[i], &bases, cost);
}

static void run_op(struct model *m, const struct op *op)
{
	struct op_cost *cost = &m->cost[op->kind];
	struct heap_ref ref;

	switch (op->kind) {
	case OP_SEED:
		heap_describe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref);
		cost->count++;
		return;
	case OP_REKIND:
		do_rekind(m, op);
		cost->count++;
		return;
	case OP_DESCRIBE:
		do_describe(m, op, cost);
		break;
	case OP_UNDESCRIBE:
		do_undescribe(m, op, cost);
		break;
	default:
		run_mapped_op(m, op, cost);
	}
	settle(m, op->cpu, cost);
}

int model_run(struct model *m, const struct op *ops, size_t nr, struct error *err)
{
	for (size_t i = 0; i < nr; i++) {
		run_op(m, &ops[i]);
		if (++m->ops_in_period == OPS_PER_GRACE_PERIOD) {
			heap_quiesce(m->heap);
			m->ops_in_period = 0;
		}
	}
	return heap_failed(m->heap) ? error_nomem(err) : 0;
}

const struct op_cost *model_cost(const struct model *m, enum op_kind kind)
{
	return &m->cost[kind];
}

const struct heap *model_heap(const struct model *m)
{
	return m->heap;
}

void model_cache_counts(const struct model *m, struct cache_counts *ret)
{
	cache_counts(m->caches, ret);
}
