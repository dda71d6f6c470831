// SPDX-License-Identifier: GPL-2.0-only
/* Counters of the calling thread in user space. Where there are none, timing has to do. */
#include <unistd.h>

#include "base/perf.h"
#include "sim/machine/calibrate_impl.h"

/* In order of preference: what the CPU itself counts, then the kernel's idea of the same. */
static const char *const names[PMU_MAX][3] = {
	[PMU_L1_MISS] = {"MEM_LOAD_RETIRED:L1_MISS", "L1-DCACHE-LOAD-MISSES"},
	[PMU_L2_MISS] = {"MEM_LOAD_RETIRED:L2_MISS", "L2D_CACHE_REFILL_RD"},
	[PMU_LLC_MISS] = {"MEM_LOAD_RETIRED:L3_MISS", "LLC-LOAD-MISSES"},
	[PMU_DTLB_MISS] = {"DTLB_LOAD_MISSES:WALK_COMPLETED", "DTLB-LOAD-MISSES"},
};

void pmu_open(struct pmu *pmu)
{
	const struct perf_where where = {.cpu = -1, .group = -1, .user = true};
	bool known = perf_names_begin();
	const char *event;

	for (int i = 0; i < PMU_MAX; i++)
		pmu->fd[i] = known ? perf_open(names[i], &where, &event) : -1;
	if (known)
		perf_names_end();
}

void pmu_close(struct pmu *pmu)
{
	for (int event = 0; event < PMU_MAX; event++) {
		if (pmu->fd[event] >= 0)
			close(pmu->fd[event]);
		pmu->fd[event] = -1;
	}
}

void pmu_read(const struct pmu *pmu, uint64_t ret[PMU_MAX])
{
	for (int event = 0; event < PMU_MAX; event++)
		if (pmu->fd[event] < 0 ||
		    read(pmu->fd[event], &ret[event], sizeof(ret[event])) != sizeof(ret[event]))
			ret[event] = 0;
}
