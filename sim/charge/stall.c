// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/stall.h"

bool stall_model_init(const struct machine *machine, struct stall_model *ret)
{
	const struct machine_figure *latency = &machine->figures[FIGURE_LATENCY_L1];
	const struct machine_figure *parallelism = &machine->figures[FIGURE_PARALLELISM];
	static const int away[CACHE_SOURCE_MAX] = {FIGURE_LATENCY_MEMORY, FIGURE_LATENCY_REMOTE,
						   FIGURE_TRANSFER, FIGURE_GROUP};
	static const int tlb[TLB_LEVELS] = {-1, FIGURE_TLB_SECOND, FIGURE_TLB_WALK};
	struct stall_model stall = {.tlb_serial_ps = {0}};

	/* less than one line at a time would be slower than waiting for each */
	if (parallelism->how == HOW_UNKNOWN || parallelism->value < 1000)
		return false;
	for (int level = 0; level < CACHE_LEVEL_MAX; level++) {
		if (latency[level].how == HOW_UNKNOWN)
			return false;
		stall.serial_ps[level] = latency[level].value;
		/* parallelism is in thousandths of a line */
		stall.overlapped_fs[level] = latency[level].value * 1000000 / parallelism->value;
	}
	for (int source = CACHE_REMOTE; source < CACHE_SOURCE_MAX; source++) {
		uint64_t ps = machine->figures[away[source]].value;

		stall.source_serial_ps[source] = ps;
		stall.source_overlapped_fs[source] = ps * 1000000 / parallelism->value;
	}
	for (int level = TLB_SECOND; level < TLB_LEVELS; level++) {
		uint64_t ps = machine->figures[tlb[level]].value;

		stall.tlb_serial_ps[level] = ps;
		stall.tlb_overlapped_fs[level] = ps * 1000000 / parallelism->value;
	}
	*ret = stall;
	return true;
}
