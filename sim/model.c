// SPDX-License-Identifier: GPL-2.0-only
#include "sim/model.h"

#include <assert.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "sim/charge.h"
#include "sim/place.h"
#include "sim/plan.h"

enum {
	LINE_SHIFT = 6,	 /* MODEL_LINE */
	MAX_LINES = 128, /* of one operation, runs of tails apart: 24 steps, or one descriptor */
	AHEAD = 32,	 /* operations; how far ahead descriptors are fetched */
	GRACE_NS = 20000000, /* an RCU grace period: some ticks, as nobody hurries it */
};

/* The lines that the current operation has touched; a line counts once per operation. */
struct touched {
	unsigned int nr;
	uint64_t line[MAX_LINES];
	uint64_t read[MAX_LINES], written[MAX_LINES]; /* bytes of the line, a bit for each */
	bool atomic[MAX_LINES];
	bool hop[MAX_LINES]; /* its address had to be loaded from another line of the operation */
	uint64_t run_first, run_last;  /* the lines of the tails' entries, if any: run_last 0 */
	uint64_t run_address, run_end; /* and their bytes */
	bool run_write;
};

struct model {
	const struct layout *layout;
	struct plan plan;
	struct heap *heap;
	struct cache_hierarchy *caches;
	unsigned int nr_cpus;
	struct stall_model stall; /* zeros: nothing is estimated */
	struct pressure pressure;
	uint64_t *cpu_ns, now_ns;  /* how far each CPU's pressure has come, and the LLC's */
	uint64_t grace_ns;	   /* when the last grace period ended */
	struct heap_series series; /* bytes of descriptors */
	struct watch watch;
	struct native_stream *native; /* or NULL */
	struct touched touched;
	struct op_cost cost[OP_MAX];
	struct charge
		*charge; /* instead of all that, where nobody watches single accesses; or NULL */
	bool settled;	 /* its costs are up to date */
};

DEFINE_CLEANUP(struct model *, model_destroy);

static int start_pressure(struct model *m, const struct model_opts *opts, struct error *err)
{
	m->pressure = opts->pressure;
	if (pressure_is_none(&m->pressure))
		return 0;
	/* the LLC takes the fills of all CPUs, also of those that have no events */
	m->pressure.fills[CACHE_LLC] *= opts->meta->nr_online_cpus;
	m->cpu_ns = calloc(m->nr_cpus, sizeof(*m->cpu_ns));
	return m->cpu_ns ? cache_pressure_start(m->caches, err) : error_nomem(err);
}

static void note_taken(void *watch, unsigned int cpu, uint64_t line)
{
	sharing_taken(((struct watch *)watch)->sharing, cpu, line);
}

static int start_watch(struct model *m, const struct model_opts *opts, struct error *err)
{
	const struct watch_opts watch_opts = {
		.layout = m->layout,
		.tlb = opts->tlb,
		.nr_cpus = m->nr_cpus,
		.max_pfn = opts->meta->max_pfn,
		.heat = opts->heat,
		.no_sharing = opts->quick,
	};
	int r = watch_init(&m->watch, &watch_opts, err);

	if (!r && m->watch.sharing)
		cache_on_taken(m->caches, note_taken, &m->watch);
	return r;
}

/* Whether nobody wants to know which bytes an access is of, and all lines are of the plain kind. */
static bool can_charge(const struct model *m, const struct model_opts *opts)
{
	return !m->watch.sharing && !m->watch.tlb && !m->watch.heat && !m->native &&
	       !layout_page_shift(m->layout) && !m->layout->freed_kept &&
	       !cache_is_general(&opts->geometry);
}

int model_create(const struct model_opts *opts, struct model **ret, struct error *err)
{
	_cleanup_(model_destroyp) struct model *m = calloc(1, sizeof(*m));
	unsigned int nr_cpus = opts->meta->nr_cpus;
	int r;

	if (!m)
		return error_nomem(err);
	m->layout = opts->layout;
	m->nr_cpus = nr_cpus;
	m->native = opts->native;
	if (opts->stall)
		m->stall = *opts->stall;
	plan_make(m->layout, &m->plan);
	r = heap_create(m->layout, (uint32_t)opts->meta->max_pfn, nr_cpus, &m->heap, err);
	if (r)
		return r;
	if (opts->memory_only) {
		*ret = take_ptr(m);
		return 0;
	}
	r = cache_hierarchy_create(&opts->geometry, nr_cpus, false, &m->caches, err);
	if (r)
		return r;
	r = start_pressure(m, opts, err);
	if (r)
		return r;
	r = start_watch(m, opts, err);
	if (!r && can_charge(m, opts))
		r = charge_create(m->layout, m->heap, m->caches, &opts->geometry, &m->charge, err);
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
	watch_fini(&m->watch);
	charge_destroy(m->charge);
	free(m->cpu_ns);
	free(m);
}

/* The bytes of a line that lie in [address, end), which it has a part of. */
static uint64_t line_bytes(uint64_t line, uint64_t address, uint64_t end)
{
	uint64_t start = line << LINE_SHIFT, bytes = ~0ULL;

	if (address > start)
		bytes <<= address - start;
	if (end - start < 1 << LINE_SHIFT)
		bytes &= (1ULL << (end - start)) - 1;
	return bytes;
}

static void touch_line(struct touched *t, uint64_t line, uint64_t bytes, enum access_mode mode,
		       bool hop)
{
	bool write = mode != MODE_R;

	for (unsigned int i = 0; i < t->nr; i++) {
		if (t->line[i] == line) {
			t->read[i] |= write ? 0 : bytes;
			t->written[i] |= write ? bytes : 0;
			t->atomic[i] |= mode == MODE_A;
			return;
		}
	}
	if (t->run_last && line >= t->run_first && line <= t->run_last) {
		t->run_write |= write;
		return;
	}
	assert(t->nr < MAX_LINES);
	t->line[t->nr] = line;
	t->read[t->nr] = write ? 0 : bytes;
	t->written[t->nr] = write ? bytes : 0;
	t->atomic[t->nr] = mode == MODE_A;
	t->hop[t->nr++] = hop;
}

/* Bytes [address, end) behind a pointer: most fields lie in one line, a straddling one counts as two. */
static void touch_by(struct touched *t, uint64_t address, uint64_t end, enum access_mode mode,
		     bool hop)
{
	for (uint64_t line = address >> LINE_SHIFT; line <= (end - 1) >> LINE_SHIFT; line++) {
		touch_line(t, line, line_bytes(line, address, end), mode, hop);
		hop = false; /* the rest is reached by the same pointer, at the same time */
	}
}

static void touch(struct touched *t, uint64_t address, uint64_t end, enum access_mode mode)
{
	touch_by(t, address, end, mode, false);
}

/* The same bytes of many neighbouring entries: every line from the first to the last, as entries are small. */
static void touch_run(struct touched *t, uint64_t address, uint64_t end, bool write)
{
	t->run_first = address >> LINE_SHIFT;
	t->run_last = (end - 1) >> LINE_SHIFT;
	t->run_address = address;
	t->run_end = end;
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
	bool hop = false;
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
		hop = true;
	} else if (step->in_memmap) {
		base = bases->entry;
	} else {
		if (!bases->has_ref || bases->ref.object->cls != step->cls ||
		    step->end > bases->ref.object->size)
			return;
		if (step->target == TARGET_VIA_PAGE) {
			touch(t, bases->entry + m->plan.memdesc_at,
			      bases->entry + m->plan.memdesc_end, MODE_R);
			cost->accesses++;
			hop = true;
		}
		base = bases->ref.address;
	}
	touch_by(t, base + step->at, base + step->end,
		 step->atomic  ? MODE_A
		 : step->write ? MODE_W
			       : MODE_R,
		 hop);
	cost->accesses += step->times;
	cost->atomics += step->atomic ? step->times : 0;
}

static void do_tails(struct model *m, const struct op *op, const struct plan_tails *tails,
		     struct op_cost *cost)
{
	uint64_t first, last, nr = (1ULL << layout_order(m->layout, op->order)) - 1;

	if (!tails->end || !nr)
		return;
	first = place_entry(m->layout, op->pfn) + m->layout->page_size;
	last = first + (nr - 1) * m->layout->page_size;
	touch_run(&m->touched, first + tails->at, last + tails->end, tails->write);
	cost->accesses += nr * tails->accesses;
	cost->atomics += nr * tails->atomics;
}

/* Every page of the unit is pointed at its descriptor, or away from it. */
static void do_words(struct model *m, uint32_t pfn, unsigned int order, struct op_cost *cost)
{
	uint64_t nr = 1ULL << layout_order(m->layout, order);
	uint64_t first = place_entry(m->layout, pfn);

	touch_run(&m->touched, first + m->plan.memdesc_at,
		  first + (nr - 1) * m->layout->page_size + m->plan.memdesc_end, true);
	cost->accesses += nr;
}

static void do_describe(struct model *m, const struct op *op, struct op_cost *cost)
{
	struct heap_ref ref;

	if (!heap_describe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref))
		return;
	if (!ref.kept)
		do_words(m, op->pfn, op->order, cost);
	touch(&m->touched, ref.address, ref.address + ref.object->size, MODE_W);
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
	cost->count++;
	/* its link on the CPU's list of those that are kept */
	if (ref.kept) {
		touch(t, ref.address, ref.address + 8, MODE_W);
		cost->accesses++;
	}
	if (!home.given)
		return;
	do_words(m, home.pfn, home.order, cost);
	/* kmem_cache_free(): page of the descriptor, its slab's descriptor, then the free pointer */
	touch(t, home.page_entry + m->plan.memdesc_at, home.page_entry + m->plan.memdesc_end,
	      MODE_R);
	if (home.slab_descriptor)
		touch_by(t, home.slab_descriptor + m->plan.slab_cache_at,
			 home.slab_descriptor + m->plan.slab_cache_end, MODE_R, true);
	touch(t, home.address, home.address + 8, MODE_W);
	cost->accesses += home.slab_descriptor ? 3 : 2;
}

/* The unit is described as something else now; nothing is charged, as it was that all along. */
static void do_rekind(struct model *m, const struct op *op)
{
	unsigned int order = layout_order(m->layout, op->order);
	int old = layout_object_for(m->layout, op->old_kind, order);
	struct heap_home home;
	struct heap_ref ref;

	if (old == layout_object_for(m->layout, op->page_kind, order)) {
		heap_rekind(m->heap, op->pfn, op->order, op->old_kind, op->page_kind);
		return;
	}
	heap_undescribe(m->heap, op->pfn, op->order, op->old_kind, op->cpu, &ref, &home);
	heap_describe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref);
}

/* One line through the caches, and what that costs. */
static void settle_line(struct model *m, unsigned int cpu, uint64_t line, uint64_t read,
			uint64_t written, bool serial, struct op_cost *cost)
{
	enum cache_level level = cache_access(m->caches, cpu, line, written != 0);
	enum tlb_level where = watch_line(&m->watch, cpu, line, read, written, level, &cost->watch);

	cost->hits[level]++;
	cost->stall_fs += stall_of(&m->stall, level, where, serial);
}

/* Puts the gathered lines through the caches. */
static void settle(struct model *m, unsigned int cpu, struct op_cost *cost)
{
	struct touched *t = &m->touched;
	struct native_stream *stream = m->native && native_stream_op(m->native) ? m->native : NULL;
	bool first = true;

	for (unsigned int i = 0; i < t->nr; i++, first = false) {
		if (stream)
			native_stream_add(stream, t->line[i],
					  t->atomic[i]	  ? MODE_A
					  : t->written[i] ? MODE_W
							  : MODE_R,
					  first || t->hop[i]);
		settle_line(m, cpu, t->line[i], t->read[i], t->written[i], first || t->hop[i],
			    cost);
	}
	cost->lines += t->nr;
	t->nr = 0;
	if (!t->run_last)
		return;
	for (uint64_t line = t->run_first; line <= t->run_last; line++, first = false) {
		uint64_t bytes = line_bytes(line, t->run_address, t->run_end);

		if (stream)
			native_stream_add(stream, line, t->run_write ? MODE_W : MODE_R, first);
		settle_line(m, cpu, line, t->run_write ? 0 : bytes, t->run_write ? bytes : 0, first,
			    cost);
	}
	cost->lines += t->run_last - t->run_first + 1;
	t->run_last = 0;
}

static void run_mapped_op(struct model *m, const struct op *op, struct op_cost *cost)
{
	const struct plan_op *plan =
		&m->plan.ops[op->kind][plan_size(layout_order(m->layout, op->order))];
	struct bases bases = {.entry = place_entry(m->layout, op->pfn)};

	if (op_is_within_page(op, m->layout))
		return;
	bases.has_ref = heap_find(m->heap, op->pfn, &bases.ref);
	cost->count++;
	do_tails(m, op, &plan->tails, cost);
	for (unsigned int i = 0; i < plan->nr_steps; i++)
		do_step(m, op, &plan->steps[i], &bases, cost);
}

static uint64_t fills_between(const struct model *m, int level, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t rate = m->pressure.fills[level];

	return pressure_fills(rate, to_ns) - pressure_fills(rate, from_ns);
}

static void pass_time(struct model *m, const struct op *op)
{
	uint64_t ns = op_time_ns(op), *cpu_ns = &m->cpu_ns[op->cpu];

	if (m->charge)
		lines_flush(&m->charge->lines);
	/* CPUs' events may come a little out of order */
	if (ns > *cpu_ns) {
		cache_pressure(m->caches, op->cpu, fills_between(m, CACHE_L1, *cpu_ns, ns),
			       fills_between(m, CACHE_L2, *cpu_ns, ns), 0);
		*cpu_ns = ns;
	}
	if (ns > m->now_ns) {
		cache_pressure(m->caches, op->cpu, 0, 0,
			       fills_between(m, CACHE_LLC, m->now_ns, ns));
		m->now_ns = ns;
	}
}

static void run_op(struct model *m, const struct op *op)
{
	struct op_cost *cost = &m->cost[op->kind];

	if (op->page_kind == PAGE_KIND_HUGETLB)
		watch_hugetlb(&m->watch, op->pfn, op->order);
	switch (op->kind) {
	case OP_SEED:
		heap_seed(m->heap, op->pfn, op_units(op), op->order, op->page_kind);
		cost->count += op_units(op);
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

/* Only who describes memory. */
static void run_memory_op(struct model *m, const struct op *op)
{
	struct heap_home home;
	struct heap_ref ref;

	switch (op->kind) {
	case OP_SEED:
		heap_seed(m->heap, op->pfn, op_units(op), op->order, op->page_kind);
		return;
	case OP_REKIND:
		do_rekind(m, op);
		return;
	case OP_DESCRIBE:
		heap_describe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref);
		return;
	case OP_UNDESCRIBE:
		heap_undescribe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref, &home);
		return;
	default:
		return;
	}
}

/* The first of the operations, or more of them: how many. */
static size_t run_ops(struct model *m, const struct op *ops, size_t nr)
{
	if (!m->caches) {
		run_memory_op(m, ops);
		return 1;
	}
	if (ops->kind == OP_TIME) {
		if (m->cpu_ns)
			pass_time(m, ops);
		return 1;
	}
	if (m->charge && ops->kind > OP_REKIND)
		return charge_ops(m->charge, ops, nr);
	run_op(m, ops);
	return 1;
}

int model_run(struct model *m, const struct op *ops, size_t nr, uint64_t end_ns, struct error *err)
{
	m->settled = false;
	for (size_t i = 0, ahead = 0; i < nr;) {
		for (; m->charge && ahead < nr && ahead < i + AHEAD; ahead++)
			charge_look_ahead(m->charge, &ops[ahead]);
		i += run_ops(m, &ops[i], nr - i);
	}
	if (end_ns >= m->grace_ns + GRACE_NS) {
		heap_quiesce(m->heap);
		m->grace_ns = end_ns;
	}
	if (end_ns)
		heap_series_set(&m->series, m->heap, end_ns);
	return heap_failed(m->heap) || (m->charge && m->charge->failed) ? error_nomem(err) : 0;
}

void model_start(struct model *m)
{
	heap_settle(m->heap);
	heap_series_start(&m->series, m->heap);
}

void model_end(struct model *m, uint64_t end_ns)
{
	heap_series_end(&m->series, end_ns);
}

const struct heap_series *model_series(const struct model *m)
{
	return &m->series;
}

const struct op_cost *model_cost(struct model *m, enum op_kind kind)
{
	if (!m->charge)
		return &m->cost[kind];
	if (!m->settled)
		charge_settle(m->charge, &m->stall);
	m->settled = true;
	return &m->charge->cost[kind];
}

const struct heap *model_heap(const struct model *m)
{
	return m->heap;
}

void model_cache_counts(const struct model *m, struct cache_counts *ret)
{
	cache_counts(m->caches, ret);
}

void model_sharing(const struct model *m, struct model_sharing *ret)
{
	*ret = (struct model_sharing){.nr_top = 0};
	if (!m->watch.sharing)
		return;
	sharing_totals(m->watch.sharing, &ret->totals);
	ret->nr_top = sharing_top(m->watch.sharing, ret->top, MODEL_TOP_LINES);
}

const struct heat *model_heat(const struct model *m)
{
	return m->watch.heat;
}
