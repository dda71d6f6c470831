// SPDX-License-Identifier: GPL-2.0-only
/* The ways to search and reorder a row, and the table of walks made from them. */
#include "sim/cache_impl.h"

static bool always(void)
{
	return true;
}

/* One pass that moves and searches at once. */
#define PLAIN_TOUCH(row, ways, tag)                                                                \
	do {                                                                                       \
		__typeof__(tag) last = (tag);                                                      \
                                                                                                   \
		for (uint32_t way = 0; way < (ways); way++) {                                      \
			__typeof__(tag) here = (row)[way];                                         \
                                                                                                   \
			(row)[way] = last;                                                         \
			if (here == (tag))                                                         \
				return 1ULL << way;                                                \
			last = here;                                                               \
		}                                                                                  \
		return 0;                                                                          \
	} while (0)

#define WALK(name) plain_##name
#define TAG uint32_t
#define WALK_WIDE 0
#define WALK_TARGET
static inline uint64_t WALK(touch)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	(void)few;
	PLAIN_TOUCH(row, ways, tag);
}
#include "sim/cache_walk.h"

#define WALK(name) wide_##name
#define TAG uint64_t
#define WALK_WIDE 1
#define WALK_TARGET
static inline uint64_t WALK(touch)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	(void)few;
	PLAIN_TOUCH(row, ways, tag);
}
#include "sim/cache_walk.h"

#if defined(__x86_64__)
#include <immintrin.h>

static bool have_avx512(void)
{
	return __builtin_cpu_supports("avx512f");
}

static bool have_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

/*
 * Search and reordering are one comparison and one masked shift by a lane: the lanes up to the hit, or
 * all ways on a miss, take their neighbour's value, and the first one takes the tag.
 */
#define WALK(name) avx512_##name
#define TAG uint32_t
#define WALK_WIDE 0
#define WALK_TARGET __attribute__((target("avx512f,bmi,bmi2")))
static inline WALK_TARGET __attribute__((always_inline)) uint64_t
WALK(touch)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	const __m512i wanted = _mm512_set1_epi32((int)tag);
	__m512i before = wanted;

	for (uint32_t base = 0;; base += 16) {
		__m512i here = _mm512_load_si512(row + base);
		__m512i shifted = _mm512_alignr_epi32(here, before, 15);
		uint32_t hit = _mm512_cmpeq_epi32_mask(here, wanted);
		bool last = few || ways - base <= 16;
		uint32_t all = last ? (1U << (ways - base)) - 1 : 0xffff;

		_mm512_store_si512(
			row + base,
			_mm512_mask_mov_epi32(here, (__mmask16)((hit ^ (hit - 1)) & all), shifted));
		if (last || hit)
			return (uint64_t)hit << base;
		before = here;
	}
}
#include "sim/cache_walk.h"

#define WALK(name) avx2_##name
#define TAG uint32_t
#define WALK_WIDE 0
#define WALK_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
static inline WALK_TARGET uint32_t avx2_hit(__m256i here, __m256i wanted)
{
	return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(here, wanted)));
}

/* Lanes below `end` take their neighbour's value; `before` holds that of lane 0 in its own lane 0. */
static inline WALK_TARGET __m256i avx2_shift(__m256i here, __m256i rotated, __m256i before,
					     uint32_t end)
{
	const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	__m256i move = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)end), lane);

	return _mm256_blendv_epi8(here, _mm256_blend_epi32(rotated, before, 1), move);
}

static inline WALK_TARGET __attribute__((always_inline)) uint64_t
WALK(touch)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	const __m256i wanted = _mm256_set1_epi32((int)tag);
	const __m256i rotate = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
	__m256i before = wanted;

	for (uint32_t base = 0;; base += 16) {
		__m256i *half = (__m256i *)(row + base);
		__m256i low = _mm256_load_si256(half), high = _mm256_load_si256(half + 1);
		__m256i low_rotated = _mm256_permutevar8x32_epi32(low, rotate);
		__m256i high_rotated = _mm256_permutevar8x32_epi32(high, rotate);
		uint32_t hit = avx2_hit(low, wanted) | avx2_hit(high, wanted) << 8;
		bool last = few || ways - base <= 16;
		uint32_t all = last ? (1U << (ways - base)) - 1 : 0xffff;
		uint32_t end = (uint32_t)__builtin_popcount((hit ^ (hit - 1)) & all);

		_mm256_store_si256(half, avx2_shift(low, low_rotated, before, end));
		_mm256_store_si256(half + 1, avx2_shift(high, high_rotated, low_rotated, end - 8));
		if (last || hit)
			return (uint64_t)hit << base;
		before = high_rotated;
	}
}
#include "sim/cache_walk.h"
#endif

const struct cache_variant cache_variants[] = {
#if defined(__x86_64__)
	{"avx512", false, have_avx512, {avx512_block, avx512_dirty_block}, avx512_one},
	{"avx2", false, have_avx2, {avx2_block, avx2_dirty_block}, avx2_one},
#endif
	{"plain", false, always, {plain_block, plain_dirty_block}, plain_one},
	{"wide", true, always, {wide_block, wide_dirty_block}, wide_one},
};
const size_t cache_variants_nr = sizeof(cache_variants) / sizeof(cache_variants[0]);
