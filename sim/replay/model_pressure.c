// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay/model_pressure.h"

#include <stdlib.h>

int model_pressure_init(struct model_pressure *p, const struct pressure *pressure,
			const struct pressure_series *measured, uint32_t nr_cpus,
			uint32_t nr_online, struct error *err)
{
	*p = (struct model_pressure){
		.pressure = *pressure,
		.measured = pressure->measured ? measured : NULL,
		.nr_cpus = nr_cpus,
		.nr_online = nr_online,
	};
	if (pressure_is_none(pressure))
		return 0;
	p->cpus = calloc(nr_cpus, sizeof(*p->cpus));
	return p->cpus ? 0 : error_nomem(err);
}

void model_pressure_fini(struct model_pressure *p)
{
	free(p->cpus);
}

/* Up to then; of a CPU, or of all, also of those that have no events. */
static uint64_t fills_until(const struct model_pressure *p, uint32_t cpu, int level, uint64_t ns)
{
	uint64_t rate = p->pressure.fills[level];

	if (p->measured)
		return pressure_series_fills(p->measured, cpu, level, ns) /
		       (p->pressure.one_in ? p->pressure.one_in : 1);
	return pressure_fills(cpu < p->nr_cpus ? rate : rate * p->nr_online, ns);
}

/* What the level before took in, and this one not, it had already: that was found. */
static void come_to(const struct model_pressure *p, uint32_t cpu, int level, uint64_t ns,
		    struct cache_pressed *known, struct cache_pressed *ret)
{
	uint64_t asked = level > CACHE_L1 ? fills_until(p, cpu, level - 1, ns) : 0;
	uint64_t fills = fills_until(p, cpu, level, ns);
	uint64_t found = asked > fills ? asked - fills : 0;

	ret->fills[level] = fills - known->fills[level];
	known->fills[level] = fills;
	/* both are rounded, and spread over time each for itself: what was found once cannot become less */
	if (found > known->found[level]) {
		ret->found[level] = found - known->found[level];
		known->found[level] = found;
	}
}

void model_pressure_until(struct model_pressure *p, unsigned int cpu, uint64_t ns,
			  struct cache_pressed *ret)
{
	struct model_pressed *mine = &p->cpus[cpu];

	*ret = (struct cache_pressed){0};
	/* CPUs' events may come a little out of order */
	if (ns > mine->ns) {
		come_to(p, cpu, CACHE_L1, ns, &mine->lines, ret);
		come_to(p, cpu, CACHE_L2, ns, &mine->lines, ret);
		mine->ns = ns;
	}
	if (ns > p->all.ns) {
		come_to(p, UINT32_MAX, CACHE_LLC, ns, &p->all.lines, ret);
		p->all.ns = ns;
	}
}
