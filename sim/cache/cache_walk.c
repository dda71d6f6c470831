// SPDX-License-Identifier: GPL-2.0-only
/* The ways to search and reorder a row, and the table of walks made from them. */
#include "base/ahead.h"
#include "sim/cache/cache_general.h"

static bool plain_available(void)
{
	return true;
}

static bool wide_available(void)
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

#define PLAIN_TOUCH_DIRTY(row, ways, tag)                                                          \
	do {                                                                                       \
		const __typeof__(tag) mark = CACHE_DIRTY(__typeof__(tag));                         \
		__typeof__(tag) last = (tag);                                                      \
                                                                                                   \
		for (uint32_t way = 0; way < (ways); way++) {                                      \
			__typeof__(tag) here = (row)[way];                                         \
                                                                                                   \
			(row)[way] = last;                                                         \
			if (!((here ^ (tag)) & ~mark)) {                                           \
				(row)[0] |= here & mark;                                           \
				return true;                                                       \
			}                                                                          \
			last = here;                                                               \
		}                                                                                  \
		return false;                                                                      \
	} while (0)

#define PLAIN_FIND(row, ways, tag)                                                                 \
	do {                                                                                       \
		uint64_t found = 0;                                                                \
                                                                                                   \
		for (uint32_t way = 0; way < (ways); way++)                                        \
			found |= (uint64_t)((row)[way] == (tag)) << way;                           \
		return found;                                                                      \
	} while (0)

#define PLAIN_PUSH(row, ways, n, background)                                                       \
	do {                                                                                       \
		uint32_t pushed_out = 0;                                                           \
                                                                                                   \
		for (uint32_t way = (ways) - (n); way < (ways); way++)                             \
			pushed_out += (row)[way] != 0 && (row)[way] != (background);               \
		memmove((row) + (n), (row), ((ways) - (n)) * sizeof(*(row)));                      \
		for (uint32_t way = 0; way < (n); way++)                                           \
			(row)[way] = (background);                                                 \
		return pushed_out;                                                                 \
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
static inline uint64_t WALK(find)(const TAG *row, uint32_t ways, TAG tag)
{
	PLAIN_FIND(row, ways, tag);
}
static inline bool WALK(touch_dirty)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	(void)few;
	PLAIN_TOUCH_DIRTY(row, ways, tag);
}
static inline uint32_t WALK(push)(TAG *row, uint32_t ways, uint32_t n)
{
	PLAIN_PUSH(row, ways, n, CACHE_BACKGROUND_NARROW);
}
#include "sim/cache/cache_walk.h"

#define WALK(name) wide_##name
#define TAG uint64_t
#define WALK_WIDE 1
#define WALK_TARGET
static inline uint64_t WALK(touch)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	(void)few;
	PLAIN_TOUCH(row, ways, tag);
}
static inline uint64_t WALK(find)(const TAG *row, uint32_t ways, TAG tag)
{
	PLAIN_FIND(row, ways, tag);
}
static inline bool WALK(touch_dirty)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	(void)few;
	PLAIN_TOUCH_DIRTY(row, ways, tag);
}
static inline uint32_t WALK(push)(TAG *row, uint32_t ways, uint32_t n)
{
	PLAIN_PUSH(row, ways, n, CACHE_BACKGROUND_WIDE);
}
#include "sim/cache/cache_walk.h"

#if defined(__x86_64__)
#include <immintrin.h>

static bool avx512_available(void)
{
	return __builtin_cpu_supports("avx512f");
}

static bool avx2_available(void)
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
#define WALK_TARGET __attribute__((target("avx512f,bmi,bmi2,popcnt")))
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
static inline WALK_TARGET __attribute__((always_inline)) uint64_t WALK(find)(const TAG *row,
									     uint32_t ways, TAG tag)
{
	const __m512i wanted = _mm512_set1_epi32((int)tag);
	uint64_t found = _mm512_cmpeq_epi32_mask(_mm512_load_si512(row), wanted);

	for (uint32_t base = 16; base < ways; base += 16)
		found |= (uint64_t)_mm512_cmpeq_epi32_mask(_mm512_load_si512(row + base), wanted)
			 << base;
	return found & UINT64_MAX >> (64 - ways);
}
/* Here and below: rows of more than one register are rare enough to go the plain way. */
static inline WALK_TARGET __attribute__((always_inline)) bool
WALK(touch_dirty)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	const __m512i marked = _mm512_set1_epi32((int)tag);
	const __m512i unmarked = _mm512_set1_epi32((int)~CACHE_DIRTY(TAG));
	__m512i here, first, moved;
	uint32_t hit, up_to;

	if (!few)
		return plain_touch_dirty(row, ways, tag, few);
	here = _mm512_load_si512(row);
	hit = _mm512_testn_epi32_mask(_mm512_xor_si512(here, marked), unmarked);
	up_to = (hit ^ (hit - 1)) & ((1U << ways) - 1);
	/* the tag that was found, whose mark stays, or nothing */
	first = _mm512_or_si512(_mm512_maskz_compress_epi32((__mmask16)hit, here), marked);
	moved = _mm512_mask_alignr_epi32(here, (__mmask16)up_to, here, here, 15);
	_mm512_store_si512(row, _mm512_mask_mov_epi32(moved, 1, first));
	return hit;
}
static inline WALK_TARGET __attribute__((always_inline)) uint32_t
WALK(push)(TAG *row, uint32_t ways, uint32_t n)
{
	const __m512i lane =
		_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	const __m512i background = _mm512_set1_epi32((int)CACHE_BACKGROUND_NARROW);
	uint32_t all, front, real;
	__m512i here, moved;

	if (ways > 16)
		return plain_push(row, ways, n);
	all = (1U << ways) - 1;
	front = (1U << n) - 1;
	here = _mm512_load_si512(row);
	real = _mm512_test_epi32_mask(here, here) & _mm512_cmpneq_epi32_mask(here, background);
	moved = _mm512_permutexvar_epi32(_mm512_sub_epi32(lane, _mm512_set1_epi32((int)n)), here);
	moved = _mm512_mask_mov_epi32(moved, (__mmask16)front, background);
	_mm512_store_si512(row, _mm512_maskz_mov_epi32((__mmask16)all, moved));
	return (uint32_t)__builtin_popcount(real & all & ~(all >> n));
}
#include "sim/cache/cache_walk.h"

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
static inline WALK_TARGET __attribute__((always_inline)) uint64_t WALK(find)(const TAG *row,
									     uint32_t ways, TAG tag)
{
	const __m256i wanted = _mm256_set1_epi32((int)tag);
	uint64_t found = 0;

	for (uint32_t base = 0; base < ways; base += 8) {
		__m256i here = _mm256_load_si256((const __m256i *)(row + base));

		found |= (uint64_t)avx2_hit(here, wanted) << base;
	}
	return found & UINT64_MAX >> (64 - ways);
}
static inline WALK_TARGET __attribute__((always_inline)) bool
WALK(touch_dirty)(TAG *row, uint32_t ways, TAG tag, bool few)
{
	const __m256i unmarked = _mm256_set1_epi32((int)~CACHE_DIRTY(TAG));
	const __m256i wanted = _mm256_set1_epi32((int)(tag & ~CACHE_DIRTY(TAG)));
	const __m256i rotate = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
	__m256i *half = (__m256i *)row, low, high, low_rotated, first;
	uint32_t hit, marks, end;

	if (!few)
		return plain_touch_dirty(row, ways, tag, few);
	low = _mm256_load_si256(half);
	high = _mm256_load_si256(half + 1);
	hit = avx2_hit(_mm256_and_si256(low, unmarked), wanted) |
	      avx2_hit(_mm256_and_si256(high, unmarked), wanted) << 8;
	marks = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(low)) |
		(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(high)) << 8;
	first = _mm256_set1_epi32((int)(tag | (marks & hit ? CACHE_DIRTY(TAG) : 0)));
	end = (uint32_t)__builtin_popcount((hit ^ (hit - 1)) & ((1U << ways) - 1));
	low_rotated = _mm256_permutevar8x32_epi32(low, rotate);
	_mm256_store_si256(half, avx2_shift(low, low_rotated, first, end));
	_mm256_store_si256(half + 1, avx2_shift(high, _mm256_permutevar8x32_epi32(high, rotate),
						low_rotated, end - 8));
	return hit;
}
static inline WALK_TARGET uint32_t WALK(push)(TAG *row, uint32_t ways, uint32_t n)
{
	return plain_push(row, ways, n);
}
#include "sim/cache/cache_walk.h"
#endif

#define VARIANT(name, wide)                                                                        \
#name, wide, name##_available,                                                             \
		{name##_block, name##_dirty_block }, name##_aged_block,                            \
		 {name##_missed, name##_aged_missed },                                             \
		  {name##_one, name##_aged_one }, name##_age_rows, name##_general, name##_show_row

const struct cache_variant cache_variants[] = {
#if defined(__x86_64__)
	{VARIANT(avx512, false)},
	{VARIANT(avx2, false)},
#endif
	{VARIANT(plain, false)},
	{VARIANT(wide, true)},
};
const size_t cache_variants_nr = sizeof(cache_variants) / sizeof(cache_variants[0]);
