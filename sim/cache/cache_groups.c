// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/cache_groups.h"

unsigned int cache_groups(const struct nodes *nodes, unsigned int nr_cpus, uint32_t llc_cpus,
			  unsigned int *of_cpu)
{
	unsigned int nr = 0;

	for (unsigned int node = 0; node < nodes_nr(nodes); node++) {
		unsigned int here = 0; /* CPUs in the last group */

		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
			if (nodes_of_cpu(nodes, cpu) != node)
				continue;
			if (!here || here == llc_cpus) {
				here = 0;
				nr++;
			}
			here++;
			if (of_cpu)
				of_cpu[cpu] = nr - 1;
		}
	}
	return nr;
}
