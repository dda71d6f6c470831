// SPDX-License-Identifier: GPL-2.0-only
#include "tests/truth/truth.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/code.h"

static const struct {
	const char *name;
	enum work work; /* WORK_MAX: the caller's */
	uint8_t steps;	/* accesses of the emulated machine for one of a real one */
} rows[] = {
#define WORK(...)
#define OPERATION(...)
#define OPERATION_WITHOUT(...)
#define FUNCTION(WORK, function) {#function, WORK_##WORK, 1},
#define BY_CALLER(function) {#function, WORK_MAX, 1},
#define FUNCTION_STEPS(WORK, function, steps) {#function, WORK_##WORK, steps},
#include "tests/truth/functions.def"
#undef WORK
#undef OPERATION
#undef OPERATION_WITHOUT
#undef FUNCTION
#undef BY_CALLER
#undef FUNCTION_STEPS
};

const char *work_name(enum work work)
{
	static const char *const names[] = {
#define WORK(NAME, name, doc) name,
#define FUNCTION(...)
#define BY_CALLER(...)
#define FUNCTION_STEPS(...)
#define OPERATION(...)
#define OPERATION_WITHOUT(...)
#include "tests/truth/functions.def"
#undef WORK
#undef FUNCTION
#undef BY_CALLER
#undef FUNCTION_STEPS
#undef OPERATION
#undef OPERATION_WITHOUT
	};

	return names[work];
}

enum work work_of_operation(enum op_kind kind, uint64_t code)
{
#define WORK(...)
#define FUNCTION(...)
#define BY_CALLER(...)
#define FUNCTION_STEPS(...)
#define OPERATION(...)
#define OPERATION_WITHOUT(name, WORK, NAME)                                                        \
	if (kind == OP_##NAME && !(code & CODE_BIT(name)))                                         \
		return WORK_##WORK;
#include "tests/truth/functions.def"
#undef OPERATION
#undef OPERATION_WITHOUT
	switch (kind) {
#define OPERATION_WITHOUT(...)
#define OPERATION(WORK, NAME)                                                                      \
	case OP_##NAME:                                                                            \
		return WORK_##WORK;
#include "tests/truth/functions.def"
#undef WORK
#undef FUNCTION
#undef BY_CALLER
#undef FUNCTION_STEPS
#undef OPERATION
#undef OPERATION_WITHOUT
	default:
		return WORK_OTHER;
	}
}

static enum work work_of_function(const char *name, uint8_t *ret_steps)
{
	*ret_steps = 1;
	if (strcmp(name, "[bpf]") == 0)
		return WORK_RECORDER;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		*ret_steps = rows[i].steps;
		return rows[i].work;
	}
	return WORK_OTHER;
}

static void add_seen(struct seen *to, const struct seen *what)
{
	to->accesses += what->accesses;
	to->loads += what->loads;
	to->stores += what->stores;
	to->rmw += what->rmw;
	to->atomics += what->atomics;
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		to->hits[level] += what->hits[level];
}

static int add_function(struct truth *t, const char *name, enum work work, const struct seen *seen,
			struct error *err)
{
	struct function *f;
	size_t i = 0;

	while (i < t->nr_functions && strcmp(t->functions[i].name, name) != 0)
		i++;
	if (i == t->nr_functions) {
		f = realloc(t->functions, (i + 1) * sizeof(*f));
		if (!f)
			return error_nomem(err);
		t->functions = f;
		f[i] = (struct function){.work = work};
		(void)snprintf(f[i].name, sizeof(f[i].name), "%s", name);
		t->nr_functions++;
	}
	add_seen(&t->functions[i].seen, seen);
	return 0;
}

static uint64_t number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static bool address(const json_t *site, const char *key, uint64_t *ret)
{
	const char *text = json_string_value(json_object_get(site, key));

	/* 16 digits, written by the plugin */
	return text && strlen(text) == 16 && sscanf(text, "%16lx", ret) == 1;
}

static void read_hits(const json_t *array, uint64_t hits[CACHE_LEVEL_MAX])
{
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		hits[level] += (uint64_t)json_integer_value(json_array_get(array, (size_t)level));
}

static int add_site(struct truth *t, const json_t *site, const struct symbols *symbols,
		    struct error *err)
{
	struct seen seen = {
		.loads = number(site, "loads"),
		.stores = number(site, "stores"),
		.rmw = number(site, "rmw"),
	};
	uint64_t pc, call;
	const char *name;
	enum work work;
	uint8_t steps;
	char joined[64];

	if (!address(site, "pc", &pc) || !address(site, "call", &call))
		return error_set(err, -EINVAL, "a place without its instruction");
	name = symbols_find(symbols, pc);
	work = work_of_function(name, &steps);
	seen.accesses = (seen.loads + seen.stores - seen.rmw) / steps;
	if (json_is_true(json_object_get(site, "locked")))
		seen.atomics = seen.rmw / steps;
	read_hits(json_object_get(site, "hits"), seen.hits);
	if (work == WORK_MAX) {
		const char *caller = symbols_find(symbols, call);

		work = work_of_function(caller, &steps);
		if (work == WORK_MAX)
			work = WORK_OTHER;
		(void)snprintf(joined, sizeof(joined), "%.31s < %.28s", name, caller);
		name = joined;
	}
	if (work != WORK_RECORDER)
		t->pieces[number(site, "offset") / 4 % 16] += seen.accesses;
	add_seen(&t->works[work], &seen);
	add_seen(&t->total, &seen);
	return add_function(t, name, work, &seen, err);
}

static int by_accesses(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->seen.accesses != y->seen.accesses)
		return x->seen.accesses > y->seen.accesses ? -1 : 1;
	return strcmp(x->name, y->name);
}

int truth_read(const char *path, const struct symbols *symbols, struct truth *ret,
	       struct error *err)
{
	_cleanup_(truth_fini) struct truth t = {0};
	json_auto_t *root = NULL;
	const json_t *sites;
	json_error_t json_error;

	root = json_load_file(path, 0, &json_error);
	if (!root)
		return error_set(err, -EINVAL, "%s:%d: %s", path, json_error.line, json_error.text);
	sites = json_object_get(root, "sites");
	if (number(root, "memsim_truth") != 1 || !json_is_array(sites))
		return error_set(err, -EINVAL, "%s: not written by the truth plugin", path);
	if (number(root, "windows") != 1)
		return error_set(err, -EINVAL, "%s: the markers were not seen exactly once", path);
	t.cached = json_is_true(json_object_get(root, "cached"));
	t.seconds = json_number_value(json_object_get(root, "seconds"));
	t.instructions = number(root, "instructions");
	read_hits(json_object_get(root, "user_hits"), t.other_hits);
	read_hits(json_object_get(root, "kernel_hits"), t.other_hits);
	for (size_t i = 0; i < json_array_size(sites); i++) {
		int r = add_site(&t, json_array_get(sites, i), symbols, err);

		if (r)
			return error_prefix(err, r, "%s", path);
	}
	qsort(t.functions, t.nr_functions, sizeof(*t.functions), by_accesses);
	*ret = t;
	t = (struct truth){0};
	return 0;
}

void truth_fini(struct truth *t)
{
	free(t->functions);
}
