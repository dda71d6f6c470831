// SPDX-License-Identifier: GPL-2.0-only
#include "tests/truth/predict.h"

#include "base/cleanup.h"
#include "sim/pages.h"
#include "trace/reader.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);
DEFINE_CLEANUP(struct layout *, layout_destroy);
DEFINE_CLEANUP(struct pages *, pages_destroy);
DEFINE_CLEANUP(struct model *, model_destroy);

struct replayer {
	const struct layout *layout;
	struct pages *pages;
	struct model *model;
	struct op_list *list;
	uint64_t *pieces; /* NULL: not counted now */
	uint64_t code;
	uint64_t now_ns; /* 0 as long as the census goes on */
};

/* A field of two words, such as a list head, has its accesses evenly in both. */
static void count_step(const struct replayer *r, const struct op *op, const struct op_step *step)
{
	const struct layout_place *place = &r->layout->places[step->field];
	uint64_t nr = step->target == TARGET_TAILS ? (1ULL << op->order) - 1 : 1;
	unsigned int first = place->at % 64 / 4;

	if (!place->size || step->min_order > op->order || step->target == TARGET_DESCRIPTOR)
		return;
	if ((step->target == TARGET_NEXT && op->next == PFN_NONE) ||
	    (step->target == TARGET_PREV && op->prev == PFN_NONE))
		return;
	nr *= step->times;
	if (place->size < 16 || first + 2 >= PREDICT_PIECES) {
		r->pieces[first] += nr;
		return;
	}
	r->pieces[first] += nr - nr / 2;
	r->pieces[first + 2] += nr / 2;
}

static void count_pieces(const struct replayer *r)
{
	for (size_t i = 0; i < r->list->nr; i++) {
		struct op_step steps[OP_MAX_STEPS];
		size_t nr = op_steps(r->list->ops[i].kind, r->code, steps);

		for (size_t j = 0; j < nr; j++)
			count_step(r, &r->list->ops[i], &steps[j]);
	}
}

static int run_list(struct replayer *r, struct error *err)
{
	int e;

	if (r->pieces)
		count_pieces(r);
	e = model_run(r->model, r->list->ops, r->list->nr, r->now_ns, err);

	r->list->nr = 0;
	return e;
}

static int run_events(struct replayer *r, const struct event *events, size_t nr, struct error *err)
{
	int e = pages_events(r->pages, events, nr, r->list, err);

	if (nr)
		r->now_ns = events[nr - 1].ts_ns;
	return e ? e : run_list(r, err);
}

/* What has happened so far, times sign, is added. */
static void take_stock(const struct replayer *r, struct prediction *p, uint64_t sign)
{
	p->unresolved += sign * pages_counts(r->pages)->lookups_unresolved;
	for (int kind = 0; kind < OP_MAX; kind++) {
		const struct op_cost *cost = model_cost(r->model, kind);

		p->ops[kind].count += sign * cost->count;
		p->ops[kind].accesses += sign * cost->accesses;
		p->ops[kind].atomics += sign * cost->atomics;
		p->ops[kind].lines += sign * cost->lines;
		for (int level = 0; level < CACHE_LEVEL_MAX; level++)
			p->ops[kind].hits[level] += sign * cost->hits[level];
	}
}

/* How many of the events come before a moment. */
static size_t events_before(const struct event *events, size_t nr, uint64_t ts_ns)
{
	size_t n = 0;

	while (n < nr && events[n].ts_ns < ts_ns)
		n++;
	return n;
}

static int replay(struct trace_reader *reader, struct replayer *r, uint64_t from, uint64_t to,
		  struct prediction *p, struct error *err)
{
	struct trace_block block;
	bool started = false, ended = false;
	int n;

	while ((n = trace_reader_next(reader, &block, err)) > 0) {
		const struct event *events = block.events.events;
		size_t nr, before, until;
		int e;

		if (block.type == BLOCK_CENSUS) {
			e = pages_census(r->pages, &block, r->list, err);
			if (!e)
				e = run_list(r, err);
			if (e)
				return e;
			continue;
		}
		if (block.type != BLOCK_EVENTS)
			continue;
		nr = block.events.nr;
		before = events_before(events, nr, from);
		until = events_before(events, nr, to);
		e = run_events(r, events, before, err);
		if (!e && !started && before < nr) {
			take_stock(r, p, (uint64_t)-1);
			started = true;
			r->pieces = p->pieces;
		}
		if (!e)
			e = run_events(r, events + before, until - before, err);
		p->events += until - before;
		if (!e && !ended && until < nr) {
			take_stock(r, p, 1);
			ended = true;
			r->pieces = NULL;
		}
		if (!e)
			e = run_events(r, events + until, nr - until, err);
		if (e)
			return e;
	}
	if (!n && !started)
		take_stock(r, p, (uint64_t)-1);
	if (!n && !ended)
		take_stock(r, p, 1);
	return n;
}

int predict(const struct predict_opts *o, struct prediction *ret, struct error *err)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *reader = NULL;
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_(pages_destroyp) struct pages *pages = NULL;
	_cleanup_(model_destroyp) struct model *model = NULL;
	_cleanup_(op_list_fini) struct op_list list = {0};
	struct model_opts opts = {.pressure = o->pressure};
	struct prediction p = {0};
	int e = trace_reader_open(o->trace, &reader, err);

	if (!e)
		e = layout_load(o->layout, &layout, err);
	if (!e)
		e = cache_geometry_parse(o->geometry, &opts.geometry, err);
	if (e)
		return e;
	opts.layout = layout;
	opts.meta = trace_reader_meta(reader);
	opts.code = &o->code;
	e = pages_create(opts.meta, &pages, err);
	if (!e)
		pages_set_code(pages, o->code);
	if (!e && !pressure_is_none(&o->pressure))
		e = pages_keep_time(pages, err);
	if (!e)
		e = model_create(&opts, &model, err);
	if (!e) {
		struct replayer r = {.layout = layout,
				     .pages = pages,
				     .model = model,
				     .list = &list,
				     .code = o->code};
		uint64_t zero = (uint64_t)opts.meta->start_unix_ns;

		e = replay(reader, &r, o->from_ns - zero, o->to_ns - zero, &p, err);
	}
	if (e)
		return e;
	for (int cls = 0; cls < CLASS_MAX; cls++)
		p.lost += trace_reader_footer(reader)->lost[cls];
	p.code = o->code;
	*ret = p;
	return 0;
}
