// SPDX-License-Identifier: GPL-2.0-only
#include "sim/model.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "sim/charge.h"

enum {
	AHEAD = 32,	     /* operations; how far ahead descriptors are fetched */
	GRACE_NS = 20000000, /* an RCU grace period: some ticks, as nobody hurries it */
};

struct model {
	struct heap *heap;
	struct cache_hierarchy *caches;
	struct charge charge;
	bool settled; /* its costs are up to date */
	unsigned int nr_cpus;
	struct stall_model stall; /* zeros: nothing is estimated */
	struct pressure pressure;
	uint64_t *cpu_ns, now_ns; /* how far each CPU's pressure has come, and the LLC's */
	uint64_t grace_ns;	  /* when the last grace period ended */
	struct series series;	  /* bytes of descriptors */
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

int model_create(const struct model_opts *opts, struct model **ret, struct error *err)
{
	_cleanup_(model_destroyp) struct model *m = calloc(1, sizeof(*m));
	unsigned int nr_cpus = opts->meta->nr_cpus;
	int r;

	if (!m)
		return error_nomem(err);
	m->nr_cpus = nr_cpus;
	if (opts->stall)
		m->stall = *opts->stall;
	r = heap_create(opts->layout, (uint32_t)opts->meta->max_pfn, nr_cpus, &m->heap, err);
	if (!r)
		r = cache_hierarchy_create(&opts->geometry, nr_cpus, false, &m->caches, err);
	if (!r)
		r = charge_init(&m->charge, opts->layout, m->heap, m->caches, &opts->geometry, err);
	if (!r)
		r = start_pressure(m, opts, err);
	if (r)
		return r;
	*ret = take_ptr(m);
	return 0;
}

void model_destroy(struct model *m)
{
	if (!m)
		return;
	charge_fini(&m->charge);
	heap_destroy(m->heap);
	cache_hierarchy_destroy(m->caches);
	free(m->cpu_ns);
	free(m);
}

static uint64_t fills_between(const struct model *m, int level, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t rate = m->pressure.fills[level];

	return pressure_fills(rate, to_ns) - pressure_fills(rate, from_ns);
}

static void pass_time(struct model *m, const struct op *op)
{
	uint64_t ns = op_time_ns(op), *cpu_ns = &m->cpu_ns[op->cpu];

	lines_flush(&m->charge.lines);
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

/* The first of the operations, or more of them: how many. */
static size_t run_ops(struct model *m, const struct op *ops, size_t nr)
{
	const struct op *op = ops;

	switch (op->kind) {
	case OP_TIME:
		if (m->cpu_ns)
			pass_time(m, op);
		return 1;
	case OP_SEED:
		heap_seed(m->heap, op->pfn, op_units(op), op->order, op->page_kind);
		return 1;
	case OP_REKIND:
		/* nothing is charged: it was that all along */
		heap_rekind(m->heap, op->pfn, op->order, op->old_kind, op->page_kind, op->cpu);
		return 1;
	default:
		return charge_ops(&m->charge, ops, nr);
	}
}

int model_run(struct model *m, const struct op *ops, size_t nr, uint64_t end_ns, struct error *err)
{
	for (size_t i = 0, ahead = 0; i < nr;) {
		for (; ahead < nr && ahead < i + AHEAD; ahead++)
			charge_look_ahead(&m->charge, &ops[ahead]);
		i += run_ops(m, &ops[i], nr - i);
	}
	m->settled = false;
	if (end_ns >= m->grace_ns + GRACE_NS) {
		heap_quiesce(m->heap);
		m->grace_ns = end_ns;
	}
	if (end_ns && m->series.nr) /* not before model_start() */
		series_set(&m->series, end_ns, heap_bytes(m->heap));
	return m->charge.failed || heap_failed(m->heap) ? error_nomem(err) : 0;
}

void model_start(struct model *m)
{
	series_start(&m->series, heap_bytes(m->heap));
}

void model_end(struct model *m, uint64_t end_ns)
{
	series_end(&m->series, end_ns);
}

const struct series *model_series(const struct model *m)
{
	return &m->series;
}

const struct op_cost *model_cost(struct model *m, enum op_kind kind)
{
	if (!m->settled)
		charge_settle(&m->charge, &m->stall);
	m->settled = true;
	return &m->charge.cost[kind];
}

const struct heap *model_heap(const struct model *m)
{
	return m->heap;
}

void model_cache_counts(const struct model *m, struct cache_counts *ret)
{
	cache_counts(m->caches, ret);
}
