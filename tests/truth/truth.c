// SPDX-License-Identifier: GPL-2.0-only
#include "tests/truth/truth.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

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
	bool helper;
	unsigned int steps;
	char joined[64];

	if (!address(site, "pc", &pc) || !address(site, "call", &call))
		return error_set(err, -EINVAL, "a place without its instruction");
	name = symbols_find(symbols, pc);
	helper = work_is_helper(name);
	work = strcmp(name, "[bpf]") ? work_of_function(name, &steps) : WORK_RECORDER;
	steps = work == WORK_RECORDER ? 1 : steps;
	seen.accesses = (seen.loads + seen.stores - seen.rmw) / steps;
	if (json_is_true(json_object_get(site, "locked")))
		seen.atomics = seen.rmw / steps;
	read_hits(json_object_get(site, "hits"), seen.hits);
	if (helper) {
		(void)snprintf(joined, sizeof(joined), "%.31s < %.28s", name,
			       symbols_find(symbols, call));
		name = joined;
		work = work_of_function(name, &steps);
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
