/* SPDX-License-Identifier: GPL-2.0-only */
/* What the workload's own data does to the caches of one layout, from operation to operation. */
#ifndef SIM_MODEL_PRESSURE_H
#define SIM_MODEL_PRESSURE_H

#include "base/error.h"
#include "sim/cache/cache_nodes.h"
#include "sim/machine/pressure.h"
#include "sim/machine/pressure_series.h"

/* How far it has come: what each level took in since the start, and what was found there. */
struct model_pressed {
	uint64_t ns;
	struct cache_pressed lines;
};

struct model_pressure {
	struct pressure pressure;
	const struct pressure_series *measured; /* instead of its rates, borrowed; or NULL */
	uint32_t nr_cpus, nr_online;
	struct model_pressed *cpus; /* NULL: there is none */
	struct model_pressed all;   /* the last levels, by all CPUs */
};

int model_pressure_init(struct model_pressure *p, const struct pressure *pressure,
			const struct pressure_series *measured, uint32_t nr_cpus,
			uint32_t nr_online, struct error *err) __must_check;
void model_pressure_fini(struct model_pressure *p);

/* Until an operation of the CPU, since the one before. */
void model_pressure_until(struct model_pressure *p, unsigned int cpu, uint64_t ns,
			  struct cache_pressed *ret);

#endif
