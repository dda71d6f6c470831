/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs share a last level: all of a NUMA node, or parts of it (core complexes). In parts they go by their numbers: the
 * first so many of a node are the first part. That is as machines number them, unless they have SMT and number the
 * second threads of all cores after the first ones: then a part has threads of twice as many cores as it should.
 */
#ifndef SIM_CACHE_GROUPS_H
#define SIM_CACHE_GROUPS_H

#include <stdint.h>

#include "sim/access/nodes.h"

/*
 * nodes: NULL: one. llc_cpus: CPUs of a part, 0: all of a node. of_cpu: NULL, or each CPU's group gets there. Returns how many
 * groups there are, by node, in rising order.
 */
unsigned int cache_groups(const struct nodes *nodes, unsigned int nr_cpus, uint32_t llc_cpus,
			  unsigned int *of_cpu);

#endif
