// SPDX-License-Identifier: GPL-2.0-only
/*
 * Assumptions change one at a time in a sweep, and their effects may add up, or more than that. So there are two
 * more cases for each proposal and each of its figures: everything at the end that is best for the layout, and
 * everything at the end that is worst. Which end that is the sweep has told.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/runs/report_batch.h"
#include "cmd/report/runs/report_compare.h"

/* The end of an assumption that is best or worst for its layout; -1: what is assumed anyway is. */
static int extreme(const struct report_runs *runs, const struct report_trace *t,
		   const struct assumption *a, const struct joint *j)
{
	double most = report_as_assumed(runs, t, a->layout, report_effects[j->answer]);
	int ret = -1;

	for (int end = 0; end < 2; end++) {
		double effect = report_effects[j->answer](a, end);

		if (j->worst ? effect > most : effect < most) {
			most = effect;
			ret = end;
		}
	}
	return ret;
}

static void add_setting(struct joint *j, const struct assumption *a, int end)
{
	size_t len = strlen(j->settings);

	snprintf(j->settings + len, sizeof(j->settings) - len, "%s%s=%s", len ? ", " : "", a->name,
		 a->ends[end]);
}

/* Takes every assumption to its extreme: in the layout, or in what else the case says. */
static int set_all(const struct report_runs *runs, const struct report_trace *t, struct joint *j,
		   struct layout *layout, struct pressure *pressure, struct error *err)
{
	for (size_t i = 0; i < t->nr_assumptions; i++) {
		const struct assumption *a = &t->assumptions[i];
		int end, r = 0;

		if (a->layout != j->layout)
			continue;
		end = extreme(runs, t, a, j);
		if (end < 0)
			continue;
		if (!strcmp(a->name, ASSUMPTION_IDLE)) {
			j->filled = end;
		} else if (!strcmp(a->name, ASSUMPTION_PRESSURE)) {
			j->pressure = end * (NR_PRESSURES - 1);
			r = pressure_parse(a->ends[end], pressure, err);
		} else {
			r = report_layout_vary(layout, a->name, a->ends[end], err);
			/* what cannot be together with the others stays as it is */
			if (r == -EINVAL)
				continue;
		}
		if (r)
			return r;
		add_setting(j, a, end);
	}
	return 0;
}

static int add_joint(struct report_batch *b, const struct report_trace *t, struct joint *j,
		     struct error *err)
{
	struct pressure pressure = b->runs->args->pressure;
	struct layout *layout;
	int r = report_layout_again(b->runs->args, j->layout, &layout, err);

	if (r)
		return r;
	outcome_of(t->result, j->layout, &j->outcome);
	r = set_all(b->runs, t, j, layout, &pressure, err);
	if (!r && *j->settings)
		return report_batch_add(b, layout, true, &pressure, &j->outcome, err);
	layout_destroy(layout);
	return r;
}

/* Once all have run: what the baseline comes to under the same assumptions. */
static void complete(const struct report_runs *runs, const struct report_trace *t, struct joint *j)
{
	if (j->pressure < 0)
		outcome_of(t->result, runs->baseline, &j->baseline);
	else
		j->baseline = *report_under_pressure(runs, t, (size_t)j->pressure, runs->baseline);
	if (!j->filled)
		return;
	j->outcome.bytes = j->outcome.filled;
	j->baseline.bytes = j->baseline.filled;
}

/* Both figures' cases as one more assumption, which has its own ends for each figure. */
static void name_joint(struct report_trace *t, const struct joint *joints)
{
	struct assumption *a = &t->assumptions[t->nr_assumptions++];

	*a = (struct assumption){
		.name = ASSUMPTION_ALL,
		.question = "all of them at once, each at the end that is best for the layout, or "
			    "worst; these ends are not the same for memory and for misses",
		.layout = joints->layout,
		.standard = "as assumed",
		.ends = {"best", "worst"},
	};
	for (const struct joint *j = joints; j < joints + JOINTS_EACH; j++) {
		if (j->answer == ANSWER_MEMORY) {
			a->outcome[j->worst].bytes = j->outcome.bytes;
			a->baseline[j->worst].bytes = j->baseline.bytes;
		} else {
			a->outcome[j->worst].fetches = j->outcome.fetches;
			a->baseline[j->worst].fetches = j->baseline.fetches;
		}
	}
}

/* The cases of one figure, which for memory need no caches. */
static int run_answer(const struct report_runs *runs, struct report_trace *t,
		      struct replay_work *work, enum report_answer_of answer, struct error *err)
{
	_cleanup_(report_batch_clear) struct report_batch b = {
		.runs = runs, .trace = t, .work = work, .memory_only = answer == ANSWER_MEMORY};
	int r = 0;

	for (size_t i = 0; !r && i < t->nr_joints; i++)
		if (t->joints[i].answer == answer)
			r = add_joint(&b, t, &t->joints[i], err);
	return r ? r : report_batch_run(&b, err);
}

int report_joint(const struct report_runs *runs, struct report_trace *t, struct replay_work *work,
		 struct error *err)
{
	size_t nr = runs->args->nr_layouts;
	int r = 0;

	t->joints = calloc(nr * JOINTS_EACH, sizeof(*t->joints));
	if (!t->joints)
		return error_nomem(err);
	for (size_t l = 0; l < nr; l++)
		for (int k = 0; report_is_proposal(runs, l) && k < JOINTS_EACH; k++)
			t->joints[t->nr_joints++] = (struct joint){
				.layout = l,
				.answer = (enum report_answer_of)(k / 2),
				.worst = k % 2,
				.pressure = -1,
			};
	for (int answer = 0; !r && answer < NR_ANSWERS; answer++)
		r = run_answer(runs, t, work, (enum report_answer_of)answer, err);
	for (size_t i = 0; !r && i < t->nr_joints; i++)
		complete(runs, t, &t->joints[i]);
	for (size_t i = 0; !r && i < t->nr_joints; i += JOINTS_EACH)
		name_joint(t, &t->joints[i]);
	return r;
}
