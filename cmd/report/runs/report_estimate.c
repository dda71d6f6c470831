// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/runs/report_estimate.h"

#include <math.h>
#include <string.h>

#include "cmd/report/runs/report_compare.h"

/* Welford's way: one pass, and no difference of large sums. */
void estimate_add(struct estimate *e, double value)
{
	double off = value - e->mean;

	e->min = e->nr && e->min < value ? e->min : value;
	e->max = e->nr && e->max > value ? e->max : value;
	e->nr++;
	e->below += value < 0 && report_is_change(value);
	e->mean += off / (double)e->nr;
	e->sum_of_squares += off * (value - e->mean);
}

void estimate_end(struct estimate *e)
{
	/* two-sided 95 %, by degrees of freedom from 1 on */
	static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
				   2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
				   2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
				   2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
	size_t freedom = e->nr > 1 ? e->nr - 1 : 0;

	e->half = NAN;
	if (freedom)
		e->half = (freedom <= sizeof(t) / sizeof(t[0]) ? t[freedom - 1] : 1.96) *
			  sqrt(e->sum_of_squares / (double)freedom / (double)e->nr);
}

bool estimate_is_clear(const struct estimate *e)
{
	return e->nr < 2 || fabs(e->mean) > e->half;
}

bool estimate_has_sign(const struct estimate *e)
{
	return report_is_change(e->mean) && estimate_is_clear(e);
}

size_t summary_workloads(const struct report_runs *runs)
{
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++)
		nr += report_runs_begins(runs, i);
	return nr;
}

static double traffic_lines(const struct layout_result *l)
{
	struct memory_traffic traffic;

	layout_result_traffic(l, &traffic);
	return (double)traffic.lines;
}

static void add_recording(const struct replay_result *result, const struct layout_result *l,
			  const struct layout_result *base, struct summary *s)
{
	double bytes = (double)layout_result_bytes(l), was = (double)layout_result_bytes(base);

	estimate_add(&s->bytes, bytes);
	estimate_add(&s->change_bytes, bytes - was);
	estimate_add(&s->per_tib, report_per_tib(result, bytes - was));
	estimate_add(&s->change, report_change(bytes, was));
	estimate_add(&s->percent_of_ram, 100 * bytes / (double)replay_ram_bytes(result));
	if (!result->events || !result->duration_ns)
		return;
	s->has_costs = true;
	estimate_add(&s->lines, report_per_second(result, (double)l->total.lines));
	estimate_add(&s->lines_change,
		     report_change((double)l->total.lines, (double)base->total.lines));
	estimate_add(&s->fetches, report_per_second(result, (double)l->total.hits[CACHE_MEMORY]));
	estimate_add(&s->fetches_change, report_change((double)l->total.hits[CACHE_MEMORY],
						       (double)base->total.hits[CACHE_MEMORY]));
	estimate_add(&s->traffic_change, report_change(traffic_lines(l), traffic_lines(base)));
	if (!result->has_stall)
		return;
	s->has_stall = true;
	s->cycles_per_us = (double)result->machine.figures[FIGURE_FREQUENCY].value;
	estimate_add(&s->stall_us, report_per_second(result, 1000 * op_cost_stall_ms(&l->total)));
	estimate_add(&s->stall_change,
		     report_change(op_cost_stall_ms(&l->total), op_cost_stall_ms(&base->total)));
}

void summary_of(const struct report_runs *runs, size_t first, size_t layout, struct summary *ret)
{
	struct summary s = {.workload = runs->traces[first].workload, .layout = layout};
	struct estimate *all[] = {&s.bytes,	     &s.change_bytes,	&s.per_tib,
				  &s.change,	     &s.percent_of_ram, &s.lines,
				  &s.lines_change,   &s.fetches,	&s.fetches_change,
				  &s.traffic_change, &s.stall_us,	&s.stall_change};

	for (size_t i = first; i < runs->nr; i++) {
		const struct report_trace *t = &runs->traces[i];

		if (!strcmp(t->workload, s.workload))
			add_recording(t->result, &t->result->layouts[layout], report_base(runs, t),
				      &s);
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		estimate_end(all[i]);
	*ret = s;
}

bool summary_next(const struct report_runs *runs, struct summary_at *at, struct summary *ret)
{
	if (at->layout == runs->args->nr_layouts)
		*at = (struct summary_at){.trace = at->trace + 1};
	while (at->trace < runs->nr && !report_runs_begins(runs, at->trace))
		at->trace++;
	if (at->trace == runs->nr)
		return false;
	summary_of(runs, at->trace, at->layout++, ret);
	return true;
}

/* A difference within noise has no sign. */
static void add_workload(struct estimate *all, const struct estimate *workload)
{
	estimate_add(all, workload->mean);
	if (!estimate_is_clear(workload))
		all->below -= workload->mean < 0 && report_is_change(workload->mean);
}

void overall_of(const struct report_runs *runs, size_t layout, struct overall *ret)
{
	struct overall o = {.change.nr = 0};

	for (size_t i = 0; i < runs->nr; i++) {
		struct summary s;

		if (!report_runs_begins(runs, i))
			continue;
		summary_of(runs, i, layout, &s);
		add_workload(&o.change, &s.change);
		estimate_add(&o.per_tib, s.per_tib.mean);
		if (!s.has_costs)
			continue;
		add_workload(&o.fetches_change, &s.fetches_change);
		estimate_add(&o.lines_change, s.lines_change.mean);
		estimate_add(&o.traffic_change, s.traffic_change.mean);
		if (s.has_stall)
			estimate_add(&o.stall_percent,
				     s.stall_us.mean / 1e4 /
					     runs->traces[i].result->meta.nr_online_cpus);
	}
	estimate_end(&o.change);
	estimate_end(&o.per_tib);
	estimate_end(&o.fetches_change);
	estimate_end(&o.lines_change);
	estimate_end(&o.traffic_change);
	estimate_end(&o.stall_percent);
	*ret = o;
}
