// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine as one more assumption: which layout misses less can depend on its caches, and above all on what its
 * prefetchers bring before it is wanted. It is varied alone, everything else as assumed: together with the others each
 * of their replays would have to be done again for each machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/runs/report_batch.h"
#include "cmd/report/runs/report_compare.h"

/* Profiles that differ from one another: Intel's of a virtual machine, and one with small and victim caches. */
static const char *const profiles[] = {"vm-emr", "zen4"};
enum { NR_PROFILES = sizeof(profiles) / sizeof(profiles[0]), MOST_MACHINES = NR_PROFILES + 2 };

_Static_assert(MOST_MACHINES - 1 == REPORT_MACHINES_TRIED, "what the sweep's size counts");

struct tried {
	char name[16];
	struct outcome *outcomes; /* of each layout; in one allocation with the others' */
};

struct machines {
	size_t nr;
	struct tried tried[MOST_MACHINES];
	struct outcome *outcomes;
};

static void machines_fini(struct machines *m)
{
	free(m->outcomes);
}

static const char *assumed_name(const struct report_runs *runs, const struct replay_result *result)
{
	if (result->geometry_recorded)
		return "recorded";
	if (runs->args->has_prefetch || !strcmp(result->machine.origin, "given"))
		return "as given";
	return result->machine.name;
}

static struct tried *add_machine(struct machines *m, const struct report_runs *runs,
				 const char *name)
{
	struct tried *tried = &m->tried[m->nr];

	/* names of files of the user's may be longer */
	snprintf(tried->name, sizeof(tried->name), "%.15s", name);
	tried->outcomes = &m->outcomes[m->nr++ * runs->args->nr_layouts];
	return tried;
}

/* All layouts on that machine, otherwise as asked for. */
static int try_machine(struct machines *m, const struct report_runs *runs,
		       const struct report_trace *t, struct replay_work *work,
		       const struct replay_args *on, const char *name, struct error *err)
{
	const struct report_runs as = {.args = on, .baseline = runs->baseline};
	_cleanup_(report_batch_clear) struct report_batch b = {
		.runs = &as, .trace = t, .work = work};
	struct tried *tried = add_machine(m, runs, name);
	int r = 0;

	for (size_t l = 0; !r && l < on->nr_layouts; l++)
		r = report_batch_add(&b, on->layouts[l], false, &on->pressure, &tried->outcomes[l],
				     err);
	return r ? r : report_batch_run(&b, err);
}

static int try_profile(struct machines *m, const struct report_runs *runs,
		       const struct report_trace *t, struct replay_work *work, const char *name,
		       struct error *err)
{
	struct replay_args args = *runs->args;
	struct cache_geometry geometry;
	char a[160], b[160];
	int r = machine_load(name, &args.machine, err);

	if (r)
		return r;
	args.has_machine = true;
	args.has_prefetch = false;
	machine_geometry(&args.machine, &geometry);
	/* the one that the report is about */
	if (!strcmp(cache_geometry_format(&geometry, a, sizeof(a)),
		    cache_geometry_format(&t->result->geometry, b, sizeof(b))))
		return 0;
	return try_machine(m, runs, t, work, &args, name, err);
}

static int try_machines(struct machines *m, const struct report_runs *runs,
			const struct report_trace *t, struct replay_work *work, struct error *err)
{
	struct tried *assumed = add_machine(m, runs, assumed_name(runs, t->result));
	struct replay_args args = *runs->args;
	int r = 0;

	for (size_t l = 0; l < args.nr_layouts; l++)
		outcome_of(t->result, l, &assumed->outcomes[l]);
	for (size_t i = 0; !r && i < NR_PROFILES; i++)
		r = try_profile(m, runs, t, work, profiles[i], err);
	if (r || !t->result->geometry.prefetch)
		return r;
	args.has_prefetch = true;
	args.prefetch = 0;
	return try_machine(m, runs, t, work, &args, "no prefetcher", err);
}

static double change_on(const struct machines *m, size_t machine, size_t layout, size_t baseline)
{
	const struct tried *tried = &m->tried[machine];

	return report_change((double)tried->outcomes[layout].fetches,
			     (double)tried->outcomes[baseline].fetches);
}

/* The machines on which the layout does best and worst are the ends. */
static void name_machines(const struct machines *m, const struct report_runs *runs,
			  struct report_trace *t, size_t layout)
{
	struct assumption *a = &t->assumptions[t->nr_assumptions++];
	size_t ends[2] = {0, 0};

	*a = (struct assumption){
		.name = ASSUMPTION_MACHINE,
		.question = "whose caches they are, and what prefetchers these have",
		.layout = layout,
	};
	for (size_t i = 1; i < m->nr; i++) {
		double change = change_on(m, i, layout, runs->baseline);

		if (change < change_on(m, ends[0], layout, runs->baseline))
			ends[0] = i;
		if (change > change_on(m, ends[1], layout, runs->baseline))
			ends[1] = i;
	}
	memcpy(a->standard, m->tried[0].name, sizeof(a->standard));
	for (int end = 0; end < 2; end++) {
		const struct tried *tried = &m->tried[ends[end]];

		memcpy(a->ends[end], tried->name, sizeof(a->ends[end]));
		a->outcome[end] = tried->outcomes[layout];
		a->baseline[end] = tried->outcomes[runs->baseline];
	}
}

int report_machines(const struct report_runs *runs, struct report_trace *t,
		    struct replay_work *work, struct error *err)
{
	_cleanup_(machines_fini) struct machines m = {.nr = 0};
	size_t nr = runs->args->nr_layouts;
	int r;

	/* without events nothing is in any cache */
	if (!t->result->events)
		return 0;
	m.outcomes = calloc(MOST_MACHINES * nr, sizeof(*m.outcomes));
	if (!m.outcomes)
		return error_nomem(err);
	r = try_machines(&m, runs, t, work, err);
	for (size_t l = 0; !r && l < nr; l++)
		if (report_is_proposal(runs, l))
			name_machines(&m, runs, t, l);
	return r;
}
