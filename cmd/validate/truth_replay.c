// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/validate/truth_replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/access/kernel_code.h"
#include "sim/pages/pages.h"
#include "sim/pages/policy.h"
#include "trace/accesses.h"
#include "trace/reader.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

/* False: no counter of the emulator's. */
static bool see_stat(const struct trace_stat *stat, bool first, struct truth_window *w)
{
	const uint64_t *instructions =
		trace_stat_find(stat, accesses_counters[ACCESS_LOG_INSTRUCTIONS]);

	if (!instructions)
		return false;
	if (first)
		w->from_ns = stat->ts_ns;
	w->instructions = *instructions;
	for (int level = 0; level < CACHE_LEVEL_MAX; level++) {
		const uint64_t *hits =
			trace_stat_find(stat, accesses_counters[ACCESS_LOG_OTHER + level]);

		w->cached = hits != NULL;
		w->other_hits[level] = hits ? *hits : 0;
	}
	return true;
}

int truth_window_read(const char *trace, struct truth_window *ret, struct error *err)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *reader = NULL;
	struct truth_window w = {0};
	struct trace_block block;
	bool seen = false;
	int r = trace_reader_open(trace, &reader, err);

	while (!r && (r = trace_reader_next(reader, &block, err)) > 0) {
		r = 0;
		if (block.type == BLOCK_STAT)
			seen |= see_stat(block.stat, !seen, &w);
		/* nothing is watched after the last access, however late its counters were read */
		for (size_t i = 0; block.type == BLOCK_EVENTS && i < block.events.nr; i++)
			if (block.events.events[i].kind == EVENT_ACCESS)
				w.to_ns = block.events.events[i].ts_ns;
	}
	if (r)
		return r;
	if (!seen || w.to_ns <= w.from_ns)
		return error_set(err, -ENODATA, "%s: not an access-level trace", trace);
	/* the last counters are of its end */
	w.from_ns += (uint64_t)trace_reader_meta(reader)->start_unix_ns;
	w.to_ns += (uint64_t)trace_reader_meta(reader)->start_unix_ns + 1;
	w.code = kernel_code_of(trace_reader_meta(reader));
	(void)snprintf(w.layout, sizeof(w.layout), "%s", trace_reader_meta(reader)->layout);
	*ret = w;
	return 0;
}

struct replayer {
	const struct truth_replay_opts *opts;
	struct truth_replay *ret;
	struct pages *pages;
	struct model *model;
	struct policy policy; /* of the kernel predicted */
	struct op_list list, shaped;
	bool counting;
	uint64_t now_ns; /* 0 as long as the census goes on */
};

static void replayer_fini(struct replayer *r)
{
	op_list_fini(&r->list);
	op_list_fini(&r->shaped);
	model_destroy(r->model);
	pages_destroy(r->pages);
}

/* A field of two words, such as a list head, has its accesses evenly in both. Returns how many there are. */
static uint64_t count_step(const struct replayer *r, const struct op *op,
			   const struct op_step *step)
{
	const struct layout_place *place = &r->opts->layout->places[step->field];
	uint64_t nr = step->target == TARGET_TAILS ? (1ULL << op->order) - 1 : 1;
	unsigned int first = place->at % r->opts->layout->page_size / 4;

	if (!place->size || step->min_order > op->order || step->target == TARGET_DESCRIPTOR)
		return 0;
	if ((step->target == TARGET_NEXT && op->next == PFN_NONE) ||
	    (step->target == TARGET_PREV && op->prev == PFN_NONE))
		return 0;
	nr *= step->times;
	if (place->size < 16 || first + 2 >= TRUTH_PIECES) {
		r->ret->pieces[first] += nr;
		return nr;
	}
	r->ret->pieces[first] += nr - nr / 2;
	r->ret->pieces[first + 2] += nr / 2;
	return nr;
}

static void count_steps(const struct replayer *r, const struct op_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct op *op = &list->ops[i];
		struct truth_size *size = &r->ret->sizes[op->kind][op->order];
		struct op_step steps[OP_MAX_STEPS];
		size_t nr = op_steps(op->kind, r->opts->code, steps);

		size->count++;
		for (size_t j = 0; j < nr; j++)
			size->accesses += count_step(r, op, &steps[j]);
	}
}

static void count_access(struct replayer *r, const struct event *e)
{
	uint32_t row = e->arg >> ACCESS_FUNCTION_SHIFT, known = (uint32_t)r->ret->meta.nr_functions;
	struct truth_seen *seen = &r->ret->seen[row < known ? row : known];
	uint32_t level = e->arg >> ACCESS_LEVEL_SHIFT & ACCESS_LEVEL;

	seen->accesses++;
	seen->loads += !!(e->arg & ACCESS_LOAD);
	seen->stores += !!(e->arg & ACCESS_STORE);
	seen->atomics += (e->arg & ACCESS_STORE) && (e->arg & ACCESS_LOCKED);
	if (!(e->arg & ACCESS_OFFSET) && e->arg & ACCESS_LOAD && e->arg & ACCESS_STORE) {
		seen->flag_updates++;
		seen->flag_atomics += !!(e->arg & ACCESS_LOCKED);
	}
	if (level && level <= CACHE_LEVEL_MAX)
		seen->hits[level - 1]++;
	r->ret->pieces[(e->arg & ACCESS_OFFSET) / 4]++;
}

/* Of what comes before the first marker nothing is charged: the caches are empty there, as the emulator's. */
static void drop_charged(struct op_list *list)
{
	size_t nr = 0;

	for (size_t i = 0; i < list->nr; i++)
		if (op_is_of_descriptors(list->ops[i].kind) || list->ops[i].kind == OP_TIME)
			list->ops[nr++] = list->ops[i];
	list->nr = nr;
}

static int run_list(struct replayer *r, struct error *err)
{
	struct op_list *list = &r->list;
	int e;

	if (!policy_is_none(&r->policy)) {
		list = &r->shaped;
		policy_apply(&r->policy, r->list.ops, r->list.nr, list);
	}
	if (list->failed)
		return error_nomem(err);
	if (!r->counting)
		drop_charged(list);
	if (r->counting && !r->opts->accesses)
		count_steps(r, list);
	e = model_run(r->model, list->ops, list->nr, r->now_ns, err);
	r->list.nr = r->shaped.nr = 0;
	return e;
}

static int run_events(struct replayer *r, const struct event *events, size_t nr, struct error *err)
{
	int e = pages_events(r->pages, events, nr, &r->list, err);

	for (size_t i = 0; r->counting && i < nr; i++) {
		r->ret->events += events[i].kind != EVENT_ACCESS;
		if (r->opts->accesses && events[i].kind == EVENT_ACCESS)
			count_access(r, &events[i]);
	}
	if (nr)
		r->now_ns = events[nr - 1].ts_ns;
	return e ? e : run_list(r, err);
}

/* How many of the events come before a moment. */
static size_t events_before(const struct event *events, size_t nr, uint64_t ts_ns)
{
	size_t n = 0;

	while (n < nr && events[n].ts_ns < ts_ns)
		n++;
	return n;
}

static void start_counting(struct replayer *r)
{
	r->counting = true;
	r->ret->unresolved = pages_counts(r->pages)->lookups_unresolved;
}

static int run_block(struct replayer *r, const struct trace_block *block, struct error *err)
{
	uint64_t zero = (uint64_t)r->ret->meta.start_unix_ns;
	const struct event *events = block->events.events;
	size_t nr = block->events.nr, before = 0, until;
	int e = 0;

	if (block->type == BLOCK_CENSUS) {
		e = pages_census(r->pages, block, &r->list, err);
		return e ? e : run_list(r, err);
	}
	if (block->type != BLOCK_EVENTS)
		return 0;
	until = events_before(events, nr, r->opts->to_ns - zero);
	if (!r->counting) {
		before = events_before(events, nr, r->opts->from_ns - zero);
		e = run_events(r, events, before, err);
		if (before < nr)
			start_counting(r);
	}
	return e ? e : run_events(r, events + before, until - before, err);
}

static int prepare(struct replayer *r, const struct trace_meta *meta, struct error *err)
{
	struct model_opts opts = {
		.layout = r->opts->layout,
		.recorded = r->opts->accesses ? r->opts->layout : NULL,
		.meta = meta,
		.code = &r->opts->code,
		.geometry = r->opts->geometry,
		.measured = r->opts->measured,
	};
	int e = pages_create(meta, &r->pages, err);

	if (e)
		return e;
	if (opts.measured)
		opts.pressure = pressure_series_mean(opts.measured);
	opts.pressure.measured = opts.measured && !r->opts->even;
	pages_set_code(r->pages, r->opts->code);
	r->policy = policy_of_kernel(kernel_code_of(meta), r->opts->code);
	if (r->opts->accesses)
		pages_take_accesses(r->pages);
	if (!pressure_is_none(&opts.pressure))
		e = pages_keep_time(r->pages, err);
	return e ? e : model_create(&opts, &r->model, err);
}

static void collect(struct replayer *r, const struct trace_footer *footer)
{
	struct truth_replay *ret = r->ret;

	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++)
		ret->ops[kind] = *model_cost(r->model, kind);
	if (r->opts->accesses)
		ret->stream = *model_stream(r->model);
	ret->unresolved = pages_counts(r->pages)->lookups_unresolved - ret->unresolved;
	for (int cls = 0; footer && cls < CLASS_MAX; cls++)
		ret->lost += footer->lost[cls];
}

int truth_replay(const struct truth_replay_opts *opts, struct truth_replay *ret, struct error *err)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *reader = NULL;
	_cleanup_(replayer_fini) struct replayer r = {.opts = opts, .ret = ret};
	struct trace_block block;
	int e = trace_reader_open(opts->trace, &reader, err);

	if (e)
		return e;
	memset(ret, 0, sizeof(*ret));
	ret->meta = *trace_reader_meta(reader);
	e = prepare(&r, trace_reader_meta(reader), err);
	while (!e && (e = trace_reader_next(reader, &block, err)) > 0)
		e = run_block(&r, &block, err);
	if (!e)
		collect(&r, trace_reader_footer(reader));
	return e;
}
