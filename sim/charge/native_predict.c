// SPDX-License-Identifier: GPL-2.0-only
#include "base/cleanup.h"
#include "sim/charge/native_impl.h"
#include "sim/charge/watch.h"

DEFINE_CLEANUP(struct cache_hierarchy *, cache_hierarchy_destroy);
DEFINE_CLEANUP(struct tlb *, tlb_destroy);

static enum tlb_level translate(struct tlb *tlb, const struct machine_tlb *pages, uint64_t line)
{
	enum tlb_size size = line >= PLACE_MEMMAP >> 6 ? pages->memmap : pages->direct;

	return tlb ? tlb_access(tlb, 0, size, line >> (tlb_shift(size) - 6)) : TLB_FIRST;
}

int native_predict(const struct native_stream *stream, const struct machine *machine,
		   unsigned int background, struct native_prediction *ret, struct error *err)
{
	_cleanup_(cache_hierarchy_destroyp) struct cache_hierarchy *h = NULL;
	_cleanup_(tlb_destroyp) struct tlb *tlb = NULL;
	struct native_prediction p = {.serial = {0}};
	struct cache_geometry geometry;
	struct machine_tlb pages;
	int r;

	machine_geometry(machine, &geometry);
	r = cache_hierarchy_create(&geometry, 1, false, &h, err);
	if (!r)
		r = cache_pressure_start(h, err);
	if (!r && machine_tlb(machine, &pages))
		r = tlb_create(&pages.geometry, 1, &tlb, err);
	if (r)
		return r;
	for (size_t i = 0; i < stream->nr; i++) {
		uint64_t word = stream->words[i], line = word >> 3;
		unsigned int mode = word & 3;
		enum tlb_level where = translate(tlb, &pages, line);
		enum cache_level level = cache_access(h, 0, line, mode != MODE_R);
		/* a locked instruction waits for all loads before it, and those after it for its end */
		bool serial = word & 4 || mode == MODE_A;

		(serial ? p.serial : p.overlapped)[level]++;
		(serial ? p.tlb_serial : p.tlb_overlapped)[where]++;
		/* the words of the next step, and the background */
		if (i % NATIVE_STEP == 0)
			cache_pressure(h, 0, 1 + background, 1 + background, 1 + background);
	}
	*ret = p;
	return 0;
}

double native_prediction_ns(const struct native_prediction *p,
			    const double latency[CACHE_LEVEL_MAX], const struct machine *machine)
{
	const struct machine_figure *f = machine->figures;
	double at_once = (double)f[FIGURE_PARALLELISM].value / 1000, ns = 0;
	double walk[TLB_LEVELS] = {0, (double)f[FIGURE_TLB_SECOND].value / 1000,
				   (double)f[FIGURE_TLB_WALK].value / 1000};

	for (int level = CACHE_L2; level < CACHE_LEVEL_MAX; level++)
		ns += ((double)p->serial[level] + (double)p->overlapped[level] / at_once) *
		      (latency[level] - latency[CACHE_L1]);
	for (int where = TLB_SECOND; where < TLB_LEVELS; where++)
		ns += ((double)p->tlb_serial[where] + (double)p->tlb_overlapped[where] / at_once) *
		      walk[where];
	return ns;
}
