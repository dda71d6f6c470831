// SPDX-License-Identifier: GPL-2.0-only
/* Each assumption at its other ends: replays of which only the totals are wanted. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/runs/report_batch.h"
#include "cmd/report/runs/report_compare.h"

const char *const report_pressures[NR_PRESSURES] = {"none", "light", "heavy"};

/* Whether a parameter is about this object: "folio.hugetlb.stride" about folio.hugetlb, and about folio less so. */
static bool is_about(const char *param, const char *object)
{
	size_t len = strlen(object);

	return !strncmp(param, object, len) && (!param[len] || param[len] == '.');
}

/*
 * Whether the parameter cannot matter: it is about a descriptor that this trace never needs. A fraction that is
 * 0 may be why there is none.
 */
static bool is_idle(const struct layout_result *l, const char *param)
{
	const struct heap_counts *nearest = NULL;
	size_t len = 0;

	if (strstr(param, ".fraction"))
		return false;
	for (size_t i = 0; i < l->nr_objects; i++) {
		const char *name = l->objects[i].object->name;

		if (is_about(param, name) && strlen(name) > len) {
			nearest = &l->objects[i];
			len = strlen(name);
		}
	}
	return nearest && !nearest->peak;
}

/* Both ends of what parameter p of a layout may be; an end that is assumed already is known. */
static int add_param(struct report_batch *b, struct report_trace *t, size_t layout,
		     const struct layout_param *p, struct error *err)
{
	const struct report_runs *runs = b->runs;
	struct assumption *a = &t->assumptions[t->nr_assumptions++];
	const uint32_t ends[2] = {p->min, p->max};
	int r = 0;

	*a = (struct assumption){.name = p->name, .question = p->question, .layout = layout};
	snprintf(a->standard, sizeof(a->standard), "%" PRIu32, p->value);
	for (int end = 0; !r && end < 2; end++) {
		struct layout *varied;
		char value[16];

		outcome_of(t->result, layout, &a->outcome[end]);
		outcome_of(t->result, runs->baseline, &a->baseline[end]);
		snprintf(a->ends[end], sizeof(a->ends[end]), "%" PRIu32, p->value);
		if (ends[end] == p->value)
			continue;
		if (is_idle(&t->result->layouts[layout], p->name)) {
			snprintf(a->ends[end], sizeof(a->ends[end]), "%" PRIu32, ends[end]);
			continue;
		}
		snprintf(value, sizeof(value), "%" PRIu32, ends[end]);
		r = report_layout_again(runs->args, layout, &varied, err);
		if (r)
			return r;
		r = report_layout_vary(varied, p->name, value, err);
		if (!r) {
			memcpy(a->ends[end], value, sizeof(value));
			r = report_batch_add(b, varied, true, &runs->args->pressure,
					     &a->outcome[end], err);
			continue;
		}
		layout_destroy(varied);
		/* a value that cannot be is no end */
		r = r == -EINVAL ? 0 : r;
	}
	return r;
}

static bool is_open(const struct layout_param *p)
{
	return p->question && !p->set;
}

static int add_params(struct report_batch *b, struct report_trace *t, size_t layout,
		      struct error *err)
{
	const struct layout *l = b->runs->args->layouts[layout];
	int r = 0;

	for (size_t p = 0; !r && p < l->nr_params; p++)
		if (is_open(&l->params[p]))
			r = add_param(b, t, layout, &l->params[p], err);
	return r;
}

/* All layouts under each pressure; the one that is assumed is known. */
static int add_pressures(struct report_batch *b, struct report_trace *t, struct error *err)
{
	const struct replay_args *args = b->runs->args;
	int r = 0;

	for (size_t p = 0; !r && p < NR_PRESSURES; p++) {
		struct pressure pressure;
		bool known;

		r = pressure_parse(report_pressures[p], &pressure, err);
		if (r)
			return r;
		known = !t->result->pressure.measured &&
			!memcmp(pressure.fills, t->result->pressure.fills, sizeof(pressure.fills));
		for (size_t l = 0; !r && l < args->nr_layouts; l++) {
			struct outcome *o = &t->pressures[p * args->nr_layouts + l];

			if (known)
				outcome_of(t->result, l, o);
			else
				r = report_batch_add(b, args->layouts[l], false, &pressure, o, err);
		}
	}
	return r;
}

/* The ends of the sweep as an assumption like the others. */
static void name_pressure(struct report_trace *t, size_t layout)
{
	struct assumption *a = &t->assumptions[t->nr_assumptions++];

	*a = (struct assumption){
		.name = ASSUMPTION_PRESSURE,
		.question = "how much of its own data the workload moves through the caches",
		.layout = layout,
	};
	snprintf(a->standard, sizeof(a->standard), "%s", pressure_name(&t->result->pressure));
	for (int end = 0; end < 2; end++)
		snprintf(a->ends[end], sizeof(a->ends[end]), "%s",
			 report_pressures[end * (NR_PRESSURES - 1)]);
}

/* Once all batches have run. */
static void fill_pressures(const struct report_runs *runs, struct report_trace *t)
{
	for (size_t i = 0; i < t->nr_assumptions; i++) {
		struct assumption *a = &t->assumptions[i];

		for (int end = 0; end < 2 && !strcmp(a->name, ASSUMPTION_PRESSURE); end++) {
			size_t p = (size_t)end * (NR_PRESSURES - 1);

			a->outcome[end] = *report_under_pressure(runs, t, p, a->layout);
			a->baseline[end] = *report_under_pressure(runs, t, p, runs->baseline);
		}
	}
}

/* The worst that can happen to layouts with descriptors: memory that is idle here is full of small folios. */
static void name_filling(const struct report_runs *runs, struct report_trace *t, size_t layout)
{
	struct assumption *a = &t->assumptions[t->nr_assumptions++];

	*a = (struct assumption){
		.name = ASSUMPTION_IDLE,
		.question = "what memory that is free or unknown here is used for: nothing, or "
			    "folios of one page",
		.layout = layout,
		.standard = "idle",
		.ends = {"idle", "small folios"},
	};
	for (int end = 0; end < 2; end++) {
		outcome_of(t->result, layout, &a->outcome[end]);
		outcome_of(t->result, runs->baseline, &a->baseline[end]);
	}
	a->outcome[1].bytes = a->outcome[1].filled;
	a->baseline[1].bytes = a->baseline[1].filled;
}

const struct outcome *report_under_pressure(const struct report_runs *runs,
					    const struct report_trace *t, size_t pressure,
					    size_t layout)
{
	return &t->pressures[pressure * runs->args->nr_layouts + layout];
}

size_t report_sweep_size(const struct report_runs *runs)
{
	const struct replay_args *args = runs->args;
	size_t nr = args->nr_layouts * (NR_PRESSURES - 1 + REPORT_MACHINES_TRIED);

	for (size_t l = 0; l < args->nr_layouts; l++) {
		if (!report_is_proposal(runs, l))
			continue;
		nr += JOINTS_EACH;
		for (size_t p = 0; p < args->layouts[l]->nr_params; p++)
			nr += 2 * is_open(&args->layouts[l]->params[p]);
	}
	return nr;
}

int report_sweep(const struct report_runs *runs, struct report_trace *t, struct replay_work *work,
		 struct error *err)
{
	_cleanup_(report_batch_clear) struct report_batch b = {
		.runs = runs, .trace = t, .work = work};
	size_t nr = runs->args->nr_layouts;
	int r;

	t->assumptions = calloc(MAX_ASSUMPTIONS, sizeof(*t->assumptions));
	t->pressures = calloc(NR_PRESSURES * nr, sizeof(*t->pressures));
	if (!t->assumptions || !t->pressures)
		return error_nomem(err);
	r = add_pressures(&b, t, err);
	for (size_t l = 0; l < nr; l++) {
		if (!report_is_proposal(runs, l))
			continue;
		name_pressure(t, l);
		name_filling(runs, t, l);
	}
	for (size_t l = 0; !r && l < nr; l++)
		if (report_is_proposal(runs, l))
			r = add_params(&b, t, l, err);
	if (!r)
		r = report_batch_run(&b, err);
	if (!r)
		fill_pressures(runs, t);
	return r;
}
