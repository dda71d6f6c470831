// SPDX-License-Identifier: GPL-2.0-only
#include "sim/model.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "sim/charge.h"
#include "sim/kernel_code.h"
#include "sim/touch.h"

enum {
	AHEAD = 32,	     /* operations; how far ahead descriptors are fetched */
	GRACE_NS = 20000000, /* an RCU grace period: some ticks, as nobody hurries it */
};

struct model {
	const struct layout *layout;
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
	struct touch touch;
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
	uint64_t code = opts->code ? *opts->code : kernel_code_of(opts->meta);
	int r;

	if (!m)
		return error_nomem(err);
	m->layout = opts->layout;
	m->nr_cpus = nr_cpus;
	m->native = opts->native;
	if (opts->stall)
		m->stall = *opts->stall;
	plan_make(m->layout, code, &m->touch.plan);
	r = heap_create(m->layout, (uint32_t)opts->meta->max_pfn, nr_cpus, &m->heap, err);
	if (r)
		return r;
	m->touch.layout = m->layout;
	m->touch.heap = m->heap;
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
		r = charge_create(m->layout, code, m->heap, m->caches, &opts->geometry, &m->charge,
				  err);
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
	struct touched *t = &m->touch.lines;
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
	default:
		touch_op(&m->touch, op, cost);
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
