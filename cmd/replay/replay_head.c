// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_head.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/num.h"
#include "cmd/replay/replay_args.h"
#include "cmd/replay/replay_nodes.h"
#include "sim/cache/cache_sample.h"

/* Classes by how faithful they are, the worst first; the exact ones are all others. */
static void print_fidelity(const struct replay_result *result)
{
	unsigned int groups = 0;

	printf("fidelity: ");
	for (int fidelity = FIDELITY_ABSENT; fidelity < FIDELITY_EXACT; fidelity++) {
		unsigned int nr = 0;

		for (int cls = 0; cls < CLASS_MAX; cls++) {
			if (result->meta.classes[cls].fidelity != fidelity ||
			    !trace_meta_tells(&result->meta, cls))
				continue;
			if (!nr)
				printf("%s%s: ", groups++ ? "; " : "", fidelity_name(fidelity));
			printf("%s%s", nr++ ? ", " : "", event_class_name(cls));
		}
	}
	printf("%sexact\n", groups ? "; all else " : "all classes of events are ");
}

static void print_inferred(const struct replay_result *result)
{
	const struct pages_counts *c = &result->end;
	uint64_t lost = 0;
	char count[4][32];

	for (int cls = 0; cls < CLASS_MAX; cls++)
		lost += result->footer.lost[cls];
	printf("inferred: %s page tables and %s slabs by gfp flags, %s pages in use without a "
	       "traced allocation; %s events lost%s\n",
	       num_format_count(c->inferred_pgtable, count[0], sizeof(count[0])),
	       num_format_count(c->inferred_slab, count[1], sizeof(count[1])),
	       num_format_count(c->appeared, count[2], sizeof(count[2])),
	       num_format_count(lost, count[3], sizeof(count[3])),
	       result->damaged ? ", as far as the trace could be used" : "");
}

/* A machine that was recorded tells how many CPUs share a cache; replays have a last level for each node, or more. */
static void print_last_levels(const struct replay_result *result)
{
	const struct trace_meta *m = &result->meta;
	uint32_t sharing = 0, nr;

	for (size_t i = 0; i < m->nr_caches; i++)
		if (m->caches[i].level == 3)
			sharing = m->caches[i].shared_cpus;
	if (!result->geometry_recorded || !sharing)
		return;
	nr = (m->nr_online_cpus + sharing - 1) / sharing;
	if (nr != result->nr_last_levels)
		printf("last levels: the host has %" PRIu32 ", shared by %" PRIu32
		       " CPUs each, the replay %" PRIu32
		       ", one for each node: what is elsewhere on the one is near on the other\n",
		       nr, sharing, result->nr_last_levels);
}

void replay_head_print(const struct replay_result *result, const char *path)
{
	char geometry[160], machine[400], pressure[160], policy[64], count[32], ram[16];

	printf("%s: kernel %s, %u CPUs, %s of RAM, %s events in %.1f s\n", path,
	       result->meta.kernel, result->meta.nr_online_cpus,
	       num_format_size(replay_ram_bytes(result), ram, sizeof(ram)),
	       num_format_count(result->events, count, sizeof(count)),
	       (double)result->duration_ns / 1e9);
	if (*result->meta.filter)
		printf("only: %s, and the pages that they allocated\n", result->meta.filter);
	if (result->accesses)
		printf("level: accesses, the highest fidelity: every load and store of struct page "
		       "that "
		       "the kernel was seen to make, carried over from %s field by field\n",
		       result->meta.layout);
	if (result->sample > 1)
		printf("sample: one page in %" PRIu32
		       ", on caches as much smaller; pages and bytes were "
		       "multiplied by %.2f, costs by %.2f; no TLB\n",
		       result->sample, result->sample_factor, result->sample_events_factor);
	printf("policy: %s\n", policy_text(&result->policy, policy, sizeof(policy)));
	if (!result->accesses)
		printf("kernel code: %s (on every layout)\n", result->code_text);
	print_fidelity(result);
	print_inferred(result);
	if (result->memory_only) {
		puts("caches: not simulated (--memory-only)\n");
		return;
	}
	printf("caches: %s (%s); %s\n",
	       cache_geometry_format(&result->geometry, geometry, sizeof(geometry)),
	       replay_machine_text(result, machine, sizeof(machine)),
	       pressure_format(&result->pressure, pressure, sizeof(pressure)));
	print_last_levels(result);
	replay_nodes_head(result);
	if (result->sample_sets > 1)
		printf("sets: all for the first %d lines, half of them up to twice as many, and so "
		       "on to one in %" PRIu32 " if they are alike; what missed is estimated\n",
		       CACHE_SAMPLE_ALL, result->sample_sets);
	puts("");
}
