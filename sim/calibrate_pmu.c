// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of the calling thread in user space. libpfm knows how each CPU names and encodes its events;
 * where neither the CPU's own nor the kernel's generic event can be opened, timing has to do.
 */
#include <perfmon/pfmlib_perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/calibrate_impl.h"

/* In order of preference: what the CPU itself counts, then the kernel's idea of the same. */
static const char *const names[PMU_MAX][3] = {
	[PMU_L1_MISS] = {"MEM_LOAD_RETIRED:L1_MISS", "L1-DCACHE-LOAD-MISSES"},
	[PMU_L2_MISS] = {"MEM_LOAD_RETIRED:L2_MISS", "L2D_CACHE_REFILL_RD"},
	[PMU_LLC_MISS] = {"MEM_LOAD_RETIRED:L3_MISS", "LLC-LOAD-MISSES"},
	[PMU_DTLB_MISS] = {"DTLB_LOAD_MISSES:WALK_COMPLETED", "DTLB-LOAD-MISSES"},
};

static int open_event(const char *name)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	pfm_perf_encode_arg_t arg = {.attr = &attr, .size = sizeof(arg)};

	if (pfm_get_os_event_encoding(name, PFM_PLM3, PFM_OS_PERF_EVENT, &arg) != PFM_SUCCESS)
		return -1;
	attr.exclude_kernel = 1;
	attr.exclude_hv = 1;
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void pmu_open(struct pmu *pmu)
{
	bool known = pfm_initialize() == PFM_SUCCESS;

	for (int event = 0; event < PMU_MAX; event++) {
		pmu->fd[event] = -1;
		for (int i = 0; known && i < 3 && names[event][i] && pmu->fd[event] < 0; i++)
			pmu->fd[event] = open_event(names[event][i]);
	}
	if (known)
		pfm_terminate();
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
