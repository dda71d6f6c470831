// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/validate/truth_compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct truth_comparison *, truth_comparison_destroy);

void truth_comparison_destroy(struct truth_comparison *c)
{
	if (!c)
		return;
	pressure_series_destroy(c->series);
	layout_destroy(c->layout);
	free(c);
}

static int run_both(const struct truth_opts *o, struct truth_comparison *c, struct error *err)
{
	struct truth_window events = c->window;
	struct truth_replay_opts opts = {
		.trace = c->accesses,
		.layout = c->layout,
		.geometry = o->geometry,
		.measured = c->series,
		.code = c->window.code,
		.from_ns = c->window.from_ns,
		.to_ns = c->window.to_ns,
		.accesses = true,
	};
	int r = truth_replay(&opts, &c->truth, err);

	/* another run's access-level trace says itself when its workload ran */
	if (!r)
		r = truth_window_read(c->events, &events, err);
	if (r && r != -ENODATA)
		return r;
	opts.accesses = false;
	c->other_run = events.from_ns != c->window.from_ns;
	if (c->other_run) {
		r = truth_replay(&opts, &c->own, err);
		if (r)
			return r;
	}
	/* nothing is known of the other run's data, and its times are others */
	opts.even = c->other_run;
	opts.trace = c->events;
	opts.from_ns = events.from_ns;
	opts.to_ns = events.to_ns;
	r = truth_replay(&opts, &c->prediction, err);
	if (!r && !c->prediction.events)
		return error_set(err, -EINVAL,
				 "%s has no events at the time of the accesses: of another run?",
				 c->events);
	return r;
}

/* What of a function's accesses and atomics a real machine makes. */
static void without_steps(const struct truth_seen *seen, unsigned int steps, uint64_t *accesses,
			  uint64_t *atomics)
{
	uint64_t updates = seen->flag_updates / 2, more = (WORK_STEPS - 1) * updates;

	if (steps == WORK_STEPS_INLINED) {
		*accesses = more < seen->accesses ? seen->accesses - more : 0;
		*atomics = seen->atomics - seen->flag_atomics + updates;
	} else {
		*accesses = seen->accesses / steps;
		*atomics = seen->atomics / steps;
	}
}

/* A class has what its functions were seen to do. */
static void add_seen(struct truth_comparison *c, size_t row)
{
	const struct truth_seen *seen = &c->truth.seen[row];
	const struct op_cost *cost = &c->truth.stream.functions[row];
	struct truth_function *f = &c->functions[c->nr_functions];
	unsigned int steps = 1;
	uint64_t atomics;

	if (!seen->accesses)
		return;
	f->name =
		row < c->truth.meta.nr_functions ? c->truth.meta.functions[row].name : "[unknown]";
	f->work = work_of_function(f->name, &steps);
	without_steps(seen, steps, &f->accesses, &atomics);
	f->seen = seen;
	c->nr_functions++;
	c->works[f->work].seen += f->accesses;
	c->works[f->work].seen_atomics += atomics;
	c->works[f->work].lines += cost->lines;
	for (int level = 0; level < CACHE_LEVEL_MAX; level++) {
		c->hits[level] += cost->hits[level];
		c->emulator_hits[level] += seen->hits[level];
	}
	for (int kind = 0; kind < SHARING_MAX; kind++)
		c->sharing[kind] += cost->watch.sharing[kind];
}

/*
 * An operation of some size takes what it took on average in the other run, and happens as often as in the one with the
 * accesses. Of a size that the other run did not have, it takes what the access map says.
 */
static uint64_t as_often(const struct truth_comparison *c, enum op_kind kind)
{
	uint64_t n = 0;

	for (int order = 0; c->other_run && order <= CENSUS_MAX_ORDER; order++) {
		const struct truth_size *other = &c->prediction.sizes[kind][order];
		const struct truth_size *own = &c->own.sizes[kind][order];

		n += other->count ? (uint64_t)((double)other->accesses * (double)own->count /
					       (double)other->count)
				  : own->accesses;
	}
	return n;
}

static void add_predicted(struct truth_comparison *c, enum op_kind kind)
{
	const struct op_cost *cost = &c->prediction.ops[kind];
	struct truth_class *cls = &c->works[work_of_operation(kind, c->window.code)];

	cls->predicted += cost->accesses;
	cls->as_often += as_often(c, kind);
	cls->predicted_atomics += cost->atomics;
	cls->predicted_lines += cost->lines;
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		c->predicted_hits[level] += cost->hits[level];
	for (int kind_of = 0; kind_of < SHARING_MAX; kind_of++)
		c->predicted_sharing[kind_of] += cost->watch.sharing[kind_of];
}

static void add_up(struct truth_comparison *c)
{
	for (int work = 0; work < WORK_MAX; work++) {
		const struct truth_class *cls = &c->works[work];

		c->explained += cls->seen < cls->predicted ? cls->seen : cls->predicted;
		c->explained_as_often += cls->seen < cls->as_often ? cls->seen : cls->as_often;
		c->total.seen += cls->seen;
		c->total.seen_atomics += cls->seen_atomics;
		c->total.predicted += cls->predicted;
		c->total.as_often += cls->as_often;
		c->total.predicted_atomics += cls->predicted_atomics;
		c->total.lines += cls->lines;
		c->total.predicted_lines += cls->predicted_lines;
	}
}

uint64_t truth_unexplained(const struct truth_comparison *c, const struct truth_function *f)
{
	const struct truth_class *cls = &c->works[f->work];

	if (cls->predicted >= cls->seen)
		return 0;
	return (uint64_t)((double)f->accesses * (double)(cls->seen - cls->predicted) /
			  (double)cls->seen);
}

static int by_unexplained(const void *a, const void *b, void *ctx)
{
	const struct truth_function *f = a, *g = b;
	uint64_t x = truth_unexplained(ctx, f), y = truth_unexplained(ctx, g);

	if (x != y)
		return x > y ? -1 : 1;
	if (f->accesses != g->accesses)
		return f->accesses > g->accesses ? -1 : 1;
	return strcmp(f->name, g->name);
}

int truth_compare(const struct truth_opts *opts, char *events, char *accesses,
		  struct truth_comparison **ret, struct error *err)
{
	_cleanup_(truth_comparison_destroyp) struct truth_comparison *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return error_nomem(err);
	c->events = events;
	c->accesses = accesses;
	r = truth_window_read(accesses, &c->window, err);
	if (!r)
		r = layout_load(c->window.layout, &c->layout, err);
	if (!r)
		r = truth_pressure_load(c, opts->period_ns, err);
	if (!r)
		r = run_both(opts, c, err);
	if (r)
		return r;
	for (size_t row = 0; row <= c->truth.meta.nr_functions; row++)
		add_seen(c, row);
	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++)
		add_predicted(c, kind);
	add_up(c);
	qsort_r(c->functions, c->nr_functions, sizeof(*c->functions), by_unexplained, c);
	*ret = take_ptr(c);
	return 0;
}
