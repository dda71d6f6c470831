// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bpf/attach/attach.h"
#include "bpf/recorder.h"

DEFINE_CLEANUP(struct attach *, attach_destroy);
DEFINE_CLEANUP(struct pmu_sampler *, pmu_sampler_destroy);

_Static_assert((int)HOOK_SLOT_MAX <= (int)RECORDER_HOOKS_MAX, "hooks fit");

int recorder_probe(struct recorder_probe *ret, struct error *err)
{
	_cleanup_(attach_destroyp) struct attach *attach = NULL;
	_cleanup_(pmu_sampler_destroyp) struct pmu_sampler *pmu = NULL;
	_cleanup_free_ struct trace_meta *meta = calloc(1, sizeof(*meta));
	const struct attach_opts opts = {.ring_words = WIRE_MIN_RING_WORDS};
	uint64_t hits[HOOK_SLOT_MAX];
	const int *chosen;
	int r;

	if (!meta)
		return error_nomem(err);
	r = attach_create(&opts, meta, &attach, err);
	if (!r)
		r = attach_start(attach, meta, err);
	if (r < 0)
		return r;
	meta->nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	r = pmu_sampler_create(PMU_AUTO, 0, meta, &pmu, err);
	if (r < 0)
		return r;
	memcpy(ret->pmu, meta->pmu, sizeof(ret->pmu));
	memcpy(ret->pmu_note, meta->pmu_note, sizeof(ret->pmu_note));
	ret->nr_counted = meta->nr_counted;
	memcpy(ret->counted, meta->counted, sizeof(ret->counted));
	attach_hits(attach, hits);
	chosen = attach_chosen(attach);
	memcpy(ret->classes, meta->classes, sizeof(ret->classes));
	ret->nr = HOOK_SLOT_MAX;
	for (size_t i = 0; i < ret->nr; i++) {
		const struct hook *hook = chosen[i] < 0 ? NULL : &hooks[chosen[i]];

		ret->hooks[i] = (struct recorder_hook){
			.name = slots[i].name,
			.how = hook ? hook_how_name(hook->how) : "absent",
			.target = hook ? hook->target : "",
			.cls = slots[i].cls,
			.hits = hits[i],
		};
	}
	return 0;
}
