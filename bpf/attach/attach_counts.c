// SPDX-License-Identifier: GPL-2.0-only
/* What the programs have counted. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "bpf/attach/attach_internal.h"
#include "bpf/attach/probes.h"

void attach_hits(struct attach *a, uint64_t hits[HOOK_SLOT_MAX])
{
	memset(hits, 0, HOOK_SLOT_MAX * sizeof(*hits));
	for (size_t i = 0; i < a->nr_rings; i++)
		for (int slot = 0; slot < HOOK_SLOT_MAX; slot++)
			hits[slot] += __atomic_load_n(&a->control[i].hits[slot], __ATOMIC_RELAXED);
}

static struct bpf_prog_info info_of(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len) < 0)
		memset(&info, 0, sizeof(info));
	return info;
}

/*
 * The kernel does not run a program inside itself; what an interrupt did meanwhile only a backup
 * records.
 */
static uint64_t recursion_misses(const struct bpf_program *program)
{
	return info_of(program).recursion_misses;
}

void attach_run_times(const struct attach *a, uint64_t ns[CLASS_MAX])
{
	memset(ns, 0, CLASS_MAX * sizeof(*ns));
	for (size_t i = 0; i < probes_nr; i++)
		if (a->programs[i])
			ns[probes[i].cls] += info_of(a->programs[i]).run_time_ns;
	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++)
		if (a->hook_programs[slot])
			ns[slots[slot].cls] += info_of(a->hook_programs[slot]).run_time_ns;
}

int attach_program_fd(const struct attach *a)
{
	for (size_t i = 0; i < probes_nr; i++)
		if (a->programs[i])
			return bpf_program__fd(a->programs[i]);
	return -1;
}

void attach_no_room_on(const struct attach *a, unsigned int cpu, uint64_t lost[CLASS_MAX])
{
	memset(lost, 0, CLASS_MAX * sizeof(*lost));
	for (size_t i = cpu * a->levels; i < (cpu + 1) * a->levels; i++)
		for (int cls = 0; cls < CLASS_MAX; cls++)
			lost[cls] += __atomic_load_n(&a->control[i].lost[cls], __ATOMIC_RELAXED);
}

uint64_t attach_no_room(const struct attach *a)
{
	uint64_t lost[CLASS_MAX], sum = 0;

	for (unsigned int cpu = 0; cpu < a->nr_cpus; cpu++) {
		attach_no_room_on(a, cpu, lost);
		for (int cls = 0; cls < CLASS_MAX; cls++)
			sum += lost[cls];
	}
	return sum;
}

void attach_lost(struct attach *a, uint64_t lost[CLASS_MAX])
{
	uint64_t rescued = 0;

	memset(lost, 0, CLASS_MAX * sizeof(*lost));
	for (size_t i = 0; i < a->nr_rings; i++) {
		struct wire_cpu *c = &a->control[i];

		for (int cls = 0; cls < CLASS_MAX; cls++)
			lost[cls] += __atomic_load_n(&c->lost[cls], __ATOMIC_RELAXED);
		rescued += __atomic_load_n(&c->served[0].rescued, __ATOMIC_RELAXED) +
			   __atomic_load_n(&c->served[1].rescued, __ATOMIC_RELAXED);
	}
	for (size_t i = 0; i < probes_nr; i++)
		if (a->programs[i] && probes[i].role != PROBE_BACKUP)
			lost[probes[i].cls] += recursion_misses(a->programs[i]);
	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++)
		if (a->hook_programs[slot])
			lost[slots[slot].cls] += recursion_misses(a->hook_programs[slot]);
	/* while events flow a rescue may be counted a moment before its miss */
	lost[CLASS_ALLOC] -= rescued < lost[CLASS_ALLOC] ? rescued : lost[CLASS_ALLOC];
}

void attach_unsampled(const struct attach *a, uint64_t unsampled[CLASS_MAX])
{
	memset(unsampled, 0, CLASS_MAX * sizeof(*unsampled));
	for (size_t i = 0; i < a->nr_rings; i++)
		for (int cls = 0; cls < CLASS_MAX; cls++)
			unsampled[cls] +=
				__atomic_load_n(&a->control[i].unsampled[cls], __ATOMIC_RELAXED);
}
