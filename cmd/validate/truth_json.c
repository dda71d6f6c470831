// SPDX-License-Identifier: GPL-2.0-only
/* The JSON form of `memsim validate truth`: every key is part of the interface (memsim-validate(1)). */
#include "cmd/validate/truth_compare.h"
#include "sim/replay/json_builder.h"

static void put_hits(struct builder *b, json_t *object, const char *key,
		     const uint64_t hits[CACHE_LEVEL_MAX])
{
	json_t *o = add_object(b, object, key);

	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		put_int(b, o, cache_level_name(level), hits[level]);
}

static void put_class(struct builder *b, json_t *object, const struct truth_comparison *c,
		      const struct truth_class *cls)
{
	put_int(b, object, "accesses", cls->seen);
	put_int(b, object, "predicted", cls->predicted);
	if (c->other_run)
		put_int(b, object, "as_often", cls->as_often);
	put_int(b, object, "lines", cls->lines);
	put_int(b, object, "predicted_lines", cls->predicted_lines);
	put_int(b, object, "atomics", cls->seen_atomics);
	put_int(b, object, "predicted_atomics", cls->predicted_atomics);
}

static void put_fields(struct builder *b, json_t *object, const struct truth_comparison *c)
{
	json_t *array = json_array();

	for (unsigned int piece = 0; piece < c->layout->page_size / 4; piece++) {
		json_t *o = append_object(b, array);

		put_int(b, o, "offset", piece * 4);
		put_int(b, o, "accesses", c->truth.pieces[piece]);
		put_int(b, o, "predicted", c->prediction.pieces[piece]);
	}
	put(b, object, "offsets", array);
}

static void put_functions(struct builder *b, json_t *object, const struct truth_comparison *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->nr_functions; i++) {
		const struct truth_function *f = &c->functions[i];
		json_t *o = append_object(b, array);

		put(b, o, "name", json_string(f->name));
		put(b, o, "class", json_string(work_name(f->work)));
		put_int(b, o, "accesses", f->accesses);
		put_int(b, o, "loads", f->seen->loads);
		put_int(b, o, "stores", f->seen->stores);
		put_int(b, o, "atomics", f->seen->atomics);
		put_int(b, o, "unexplained", truth_unexplained(c, f));
	}
	put(b, object, "functions", array);
}

/* What of a class is which operation, and how often: of two runs, whose they differ. */
static void put_operations(struct builder *b, json_t *object, const struct truth_comparison *c)
{
	json_t *array = json_array();

	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++) {
		const struct op_cost *cost = &c->prediction.ops[kind];
		enum work work = work_of_operation(kind, c->window.code);
		json_t *o;

		if (!cost->count && !c->own.ops[kind].count)
			continue;
		o = append_object(b, array);
		put(b, o, "name", json_string(op_name(kind)));
		put(b, o, "class", json_string(work_name(work)));
		put_int(b, o, "count", cost->count);
		put_int(b, o, "predicted", cost->accesses);
		if (!c->other_run)
			continue;
		put_int(b, o, "own_count", c->own.ops[kind].count);
		put_int(b, o, "own_predicted", c->own.ops[kind].accesses);
	}
	put(b, object, "operations", array);
}

json_t *truth_to_json(const struct truth_comparison *c)
{
	struct builder b = {0};
	json_t *root = json_object(), *classes, *sharing;

	put(&b, root, "kernel", json_string(c->truth.meta.kernel));
	put(&b, root, "layout", json_string(c->layout->name));
	put_int(&b, root, "events", c->prediction.events);
	put_int(&b, root, "events_lost", c->prediction.lost);
	put_int(&b, root, "explained", c->explained);
	put_int(&b, root, "instructions", c->window.instructions);
	put_class(&b, add_object(&b, root, "all"), c, &c->total);
	classes = add_object(&b, root, "classes");
	for (int work = 0; work < WORK_MAX; work++)
		put_class(&b, add_object(&b, classes, work_name(work)), c, &c->works[work]);
	put_fields(&b, root, c);
	put_hits(&b, root, "hits", c->hits);
	put_hits(&b, root, "predicted_hits", c->predicted_hits);
	if (c->window.cached) {
		put_hits(&b, root, "emulator_hits", c->emulator_hits);
		put_hits(&b, root, "other_hits", c->window.other_hits);
		put_int(&b, root, "counted_ns", c->counted_ns);
	}
	sharing = add_object(&b, root, "sharing_misses");
	put_int(&b, sharing, "true", c->sharing[SHARING_TRUE]);
	put_int(&b, sharing, "false", c->sharing[SHARING_FALSE]);
	sharing = add_object(&b, root, "predicted_sharing_misses");
	put_int(&b, sharing, "true", c->predicted_sharing[SHARING_TRUE]);
	put_int(&b, sharing, "false", c->predicted_sharing[SHARING_FALSE]);
	put_functions(&b, root, c);
	put_operations(&b, root, c);
	if (!b.failed)
		return root;
	json_decref(root);
	return NULL;
}
