// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/tlb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/zeroes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

DEFINE_CLEANUP(struct tlb *, tlb_destroy);

static int lay_out(struct tlb *t, struct error *err)
{
	for (int level = 0; level < 2; level++)
		for (int size = 0; size < TLB_SIZES; size++) {
			uint32_t entries = t->geometry.level[level][size].entries;
			uint32_t ways = t->geometry.level[level][size].ways;

			if (!entries || entries > TLB_MAX_ENTRIES || !ways || entries % ways)
				return error_set(err, -EINVAL,
						 "TLB: %" PRIu32
						 " entries are not a whole number of sets of "
						 "%" PRIu32 " ways, or more than %d",
						 entries, ways, TLB_MAX_ENTRIES);
			t->sets[level][size] = entries / ways;
			t->row[level][size] = (ways + TLB_ROW - 1) / TLB_ROW * TLB_ROW;
			t->first[level][size] = t->entries;
			t->entries += (size_t)t->sets[level][size] * t->row[level][size];
		}
	return 0;
}

bool tlb_plain_touch(uint64_t *row, uint32_t ways, uint64_t tag)
{
	uint64_t last = tag;

	for (uint32_t way = 0; way < ways; way++) {
		uint64_t here = row[way];

		row[way] = last;
		if (here == tag)
			return true;
		last = here;
	}
	return false;
}

#if defined(__x86_64__)
/* As in cache_walk.c: the lanes up to the hit, or all ways on a miss, take their neighbour's value. */
static __attribute__((target("avx512f"))) bool avx512_touch(uint64_t *row, uint32_t ways,
							    uint64_t tag)
{
	const __m512i wanted = _mm512_set1_epi64((long long)tag);
	__m512i before = wanted;

	for (uint32_t base = 0; base < ways; base += TLB_ROW) {
		uint32_t all = ways - base < TLB_ROW ? (1U << (ways - base)) - 1 : 0xff;
		__m512i here = _mm512_load_si512(row + base);
		__m512i shifted = _mm512_alignr_epi64(here, before, TLB_ROW - 1);
		uint32_t hit = _mm512_cmpeq_epi64_mask(here, wanted);

		_mm512_store_si512(
			row + base,
			_mm512_mask_mov_epi64(here, (__mmask8)((hit ^ (hit - 1)) & all), shifted));
		if (hit)
			return true;
		before = here;
	}
	return false;
}
#endif

static tlb_touch_fn *best_touch(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512f"))
		return avx512_touch;
#endif
	return tlb_plain_touch;
}

int tlb_create(const struct tlb_geometry *geometry, unsigned int nr_cpus, struct tlb **ret,
	       struct error *err)
{
	_cleanup_(tlb_destroyp) struct tlb *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return error_nomem(err);
	t->geometry = *geometry;
	t->touch = best_touch();
	r = lay_out(t, err);
	if (r)
		return r;
	t->nr_cpus = nr_cpus;
	t->rows = zeroes_map(t->entries * nr_cpus * sizeof(*t->rows));
	if (!t->rows)
		return error_nomem(err);
	*ret = take_ptr(t);
	return 0;
}

void tlb_destroy(struct tlb *t)
{
	if (!t)
		return;
	zeroes_unmap(t->rows, t->entries * t->nr_cpus * sizeof(*t->rows));
	free(t);
}

enum tlb_level tlb_look_up(struct tlb *t, unsigned int cpu, enum tlb_size size, uint64_t page)
{
	int level;

	for (level = TLB_FIRST; level <= TLB_SECOND; level++) {
		uint32_t ways = t->geometry.level[level][size].ways;

		if (t->touch(tlb_row(t, cpu, level, size, page), ways, page + 1))
			break;
	}
	return (enum tlb_level)level;
}
