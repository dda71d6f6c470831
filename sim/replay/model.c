// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay/model.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "sim/charge/charge.h"
#include "sim/access/kernel_code.h"
#include "sim/charge/lines_sample.h"
#include "sim/heap/slub.h"
#include "sim/replay/model_pressure.h"

enum {
	AHEAD = 32,	     /* operations; at least so far ahead descriptors are fetched */
	REAPS = 64,	     /* after which SLAB's arrays and list of unused slabs are empty */
	GRACE_NS = 20000000, /* an RCU grace period: some ticks, as nobody hurries it */
};

struct model {
	const struct layout *layout;
	struct heap *heap;
	struct cache_nodes *caches;
	const struct nodes *nodes; /* borrowed; NULL: one */
	unsigned int nr_cpus;
	struct stall_model stall; /* zeros: nothing is estimated */
	struct model_pressure pressure;
	uint64_t grace_ns;	   /* when the last grace period ended */
	uint64_t reap_ns;	   /* when the heap was reaped last */
	struct heap_series series; /* bytes of descriptors */
	struct watch watch;
	struct lines_sample *sample; /* NULL: all lines go to the caches */
	struct charge *charge;	     /* NULL: a stream, or nothing but descriptors */
	struct stream *stream;	     /* instead, where accesses come; or NULL */
	bool settled;		     /* its costs are up to date */
};

DEFINE_CLEANUP(struct model *, model_destroy);

static int start_pressure(struct model *m, const struct model_opts *opts, struct error *err)
{
	int r = model_pressure_init(&m->pressure, &opts->pressure, opts->measured, m->nr_cpus,
				    opts->meta->nr_online_cpus, err);

	return r || !m->pressure.cpus ? r : cache_nodes_pressure_start(m->caches, err);
}

static unsigned int home_of(const void *ctx, uint64_t line)
{
	const struct model *m = ctx;

	return nodes_of_line(m->nodes, m->layout, line);
}

static int start_caches(struct model *m, const struct model_opts *opts, struct error *err)
{
	const struct cache_nodes_opts caches_opts = {
		.geometry = opts->geometry,
		.nr_cpus = m->nr_cpus,
		.nodes = m->nodes,
		.home = home_of,
		.ctx = m,
	};
	int r = opts->sample_sets > 1
			? lines_sample_create(&opts->geometry, opts->sample_sets, &m->sample, err)
			: 0;

	return r ? r : cache_nodes_create(&caches_opts, &m->caches, err);
}

static int start_watch(struct model *m, const struct model_opts *opts, struct error *err)
{
	const struct watch_opts watch_opts = {
		.layout = m->layout,
		.tlb = opts->totals_only ? NULL : opts->tlb,
		.nr_cpus = m->nr_cpus,
		.max_pfn = opts->meta->max_pfn,
		.heat = opts->detail,
		.breakdown = opts->detail,
		.no_sharing = opts->totals_only,
	};

	int r = watch_init(&m->watch, &watch_opts, err);

	if (!r && m->watch.breakdown)
		m->watch.breakdown->no_hits = m->sample;
	return r;
}

static int start_stream(struct model *m, const struct model_opts *opts, struct error *err)
{
	const struct stream_opts stream_opts = {
		.recorded = opts->recorded,
		.layout = m->layout,
		.meta = opts->meta,
		.heap = m->heap,
		.caches = m->caches,
		.watch = &m->watch,
		.stall = &m->stall,
	};

	return stream_create(&stream_opts, &m->stream, err);
}

static int start_charge(struct model *m, const struct model_opts *opts, struct error *err)
{
	const struct charge_opts charge_opts = {
		.layout = m->layout,
		.code = opts->code ? *opts->code : kernel_code_of(opts->meta),
		.heap = m->heap,
		.caches = m->caches,
		.watch = &m->watch,
		.native = opts->native,
		.geometry = &opts->geometry,
		.sample = m->sample,
		.threaded = opts->threaded,
	};

	return charge_create(&charge_opts, &m->charge, err);
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
	m->nodes = opts->nodes;
	if (opts->stall)
		m->stall = *opts->stall;
	r = heap_create(m->layout, (uint32_t)opts->meta->max_pfn, nr_cpus, m->nodes, &m->heap, err);
	if (r)
		return r;
	if (opts->memory_only) {
		heap_count_only(m->heap);
		*ret = take_ptr(m);
		return 0;
	}
	r = start_caches(m, opts, err);
	if (!r)
		r = start_pressure(m, opts, err);
	if (r)
		return r;
	r = start_watch(m, opts, err);
	if (!r)
		r = opts->recorded ? start_stream(m, opts, err) : start_charge(m, opts, err);
	if (r)
		return r;
	*ret = take_ptr(m);
	return 0;
}

void model_destroy(struct model *m)
{
	if (!m)
		return;
	charge_destroy(m->charge); /* a thread of it may be at work on the rest */
	heap_destroy(m->heap);
	cache_nodes_destroy(m->caches);
	watch_fini(&m->watch);
	lines_sample_destroy(m->sample);
	stream_destroy(m->stream);
	model_pressure_fini(&m->pressure);
	free(m);
}

/* Lines that are still on their way have been to the caches. */
static void drain(const struct model *m)
{
	if (m->charge)
		lines_drain(&m->charge->lines);
}

static void pass_time(struct model *m, const struct op *op)
{
	struct cache_pressed pressed;

	model_pressure_until(&m->pressure, op->cpu, op_time_ns(op), &pressed);
	if (m->charge)
		lines_press(&m->charge->lines, op->cpu, &pressed);
	else
		cache_nodes_pressure(m->caches, op->cpu, &pressed);
}

static void run_stream_op(struct model *m, const struct op *op)
{
	if (op->kind > OP_REKIND)
		stream_op(m->stream, op);
	else
		heap_run(m->heap, op, 1);
}

/* The first of the operations, or more of them, about `until` at most: how many. */
static size_t run_ops(struct model *m, const struct op *ops, size_t nr, size_t until)
{
	if (ops->kind == OP_TIME) {
		if (m->pressure.cpus)
			pass_time(m, ops);
		return 1;
	}
	if (ops->page_kind == PAGE_KIND_HUGETLB)
		watch_hugetlb(&m->watch, ops->pfn, ops->order);
	if (m->stream) {
		run_stream_op(m, ops);
		return 1;
	}
	if (charge_takes(ops))
		return charge_ops(m->charge, ops, nr, until);
	heap_run(m->heap, ops, 1);
	m->charge->cost[ops->kind].count += ops->kind == OP_SEED ? op_units(ops) : 1;
	return 1;
}

/* Once for every SLUB_REAP_NS that have passed; but in a long silence the last times change nothing any more. */
static void reap(struct model *m, uint64_t end_ns)
{
	uint64_t due = (end_ns - m->reap_ns) / SLUB_REAP_NS;

	m->reap_ns += due * SLUB_REAP_NS;
	/* an even number less: what is done every other time stays in turn */
	for (due = due < REAPS ? due : REAPS + due % 2; due; due--)
		heap_reap(m->heap);
}

static int check(const struct model *m, struct error *err)
{
	bool failed = heap_failed(m->heap) || (m->charge && charge_failed(m->charge)) ||
		      (m->stream && cache_nodes_failed(m->caches));

	return failed ? error_nomem(err) : 0;
}

int model_run(struct model *m, const struct op *ops, size_t nr, uint64_t end_ns, struct error *err)
{
	m->settled = false;
	if (!m->caches)
		heap_run(m->heap, ops, nr);
	for (size_t i = 0, until, ahead = m->charge ? 0 : nr; m->caches && i < nr;) {
		if (ahead < i + AHEAD && ahead < nr) {
			charge_look_ahead(m->charge, &ops[ahead], nr - ahead);
			ahead += CHARGE_AHEAD;
		}
		/* up to where it is time to look ahead again */
		until = ahead < nr ? ahead - AHEAD + 1 : nr;
		i += run_ops(m, &ops[i], nr - i, until - i);
	}
	if (end_ns >= m->grace_ns + GRACE_NS) {
		heap_quiesce(m->heap);
		m->grace_ns = end_ns;
	}
	if (end_ns >= m->reap_ns + SLUB_REAP_NS)
		reap(m, end_ns);
	if (end_ns)
		heap_series_set(&m->series, m->heap, end_ns);
	return check(m, err);
}

void model_start(struct model *m)
{
	heap_settle(m->heap);
	heap_series_start(&m->series, m->heap);
}

int model_end(struct model *m, uint64_t end_ns, struct error *err)
{
	heap_series_end(&m->series, end_ns);
	drain(m);
	return check(m, err);
}

const struct heap_series *model_series(const struct model *m)
{
	return &m->series;
}

/* Costs are brought up to date. */
static void settle(struct model *m)
{
	if (m->charge && !m->settled)
		charge_settle(m->charge, &m->stall);
	m->settled = true;
}

const struct op_cost *model_cost(struct model *m, enum op_kind kind)
{
	static const struct op_cost none;

	if (m->stream && kind > OP_REKIND)
		return stream_cost(m->stream, kind);
	if (!m->charge)
		return &none;
	settle(m);
	return &m->charge->cost[kind];
}

const struct stream_result *model_stream(const struct model *m)
{
	return m->stream ? stream_result(m->stream) : NULL;
}

const struct heap *model_heap(const struct model *m)
{
	return m->heap;
}

void model_cache_counts(const struct model *m, struct cache_counts *ret)
{
	*ret = (struct cache_counts){.invalidations = 0};
	if (!m->caches)
		return;
	drain(m);
	cache_nodes_counts(m->caches, ret);
}

void model_writebacks(const struct model *m, struct cache_writebacks *ret)
{
	*ret = (struct cache_writebacks){.lines = 0};
	if (!m->caches)
		return;
	drain(m);
	if (m->sample)
		lines_sample_writebacks(m->sample, ret);
	else
		cache_nodes_writebacks(m->caches, NULL, NULL, ret);
}

const struct lines_sample *model_sample(const struct model *m)
{
	return m->sample;
}

void model_sharing(const struct model *m, struct model_sharing *ret)
{
	*ret = (struct model_sharing){.nr_top = 0};
	if (!m->watch.sharing)
		return;
	drain(m);
	if (m->sample)
		lines_sample_sharing(m->sample, &ret->totals);
	else
		sharing_totals(m->watch.sharing, &ret->totals);
	ret->nr_top = sharing_top(m->watch.sharing, ret->top, MODEL_TOP_LINES);
}

const struct heat *model_heat(const struct model *m)
{
	drain(m);
	return m->watch.heat;
}

static void count_first(struct breakdown_row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		rows[i].hits[CACHE_L1] += rows[i].lines;
}

bool model_breakdown(struct model *m, struct breakdown *ret)
{
	if (!m->watch.breakdown)
		return false;
	settle(m);
	*ret = *m->watch.breakdown;
	if (m->stream || ret->no_hits) /* a stream tells of L1, too */
		return true;
	count_first(ret->owners, sizeof(ret->owners) / sizeof(ret->owners[0]));
	count_first(ret->units[0], sizeof(ret->units) / sizeof(ret->units[0][0]));
	return true;
}
