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

#define PLAIN_NTH_BIT(bits, n)                                                                     \
	do {                                                                                       \
		for (; n; n--)                                                                     \
			(bits) &= (bits)-1;                                                        \
		return (bits) & -(bits);                                                           \
	} while (0)

#define PLAIN_REARRANGE(row, ways, before, after, background)                                      \
	do {                                                                                       \
		__typeof__(background) lines[CACHE_MAX_WAYS];                                      \
		uint32_t nr = 0, kept = 0, pushed_out = 0;                                         \
                                                                                                   \
		for (uint32_t way = 0; way < (ways); way++) {                                      \
			lines[nr] = (row)[way];                                                    \
			nr += !((before) >> way & 1);                                              \
		}                                                                                  \
		for (uint32_t way = 0; way < (ways); way++)                                        \
			(row)[way] = (after) >> way & 1 ? (background) : lines[kept++];            \
		for (; kept < nr; kept++)                                                          \
			pushed_out += lines[kept] != 0;                                            \
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
static inline uint64_t WALK(nth_bit)(uint64_t bits, uint32_t n)
{
	PLAIN_NTH_BIT(bits, n);
}
static inline uint32_t WALK(rearrange)(TAG *row, uint32_t ways, uint64_t before, uint64_t after)
{
	PLAIN_REARRANGE(row, ways, before, after, CACHE_BACKGROUND_NARROW);
}
static inline size_t WALK(locate_some)(const struct cache_hierarchy *h, int level,
				       const uint64_t *in, size_t n, int dirty, uint32_t *set,
				       TAG *tag)
{
	(void)h, (void)level, (void)in, (void)n, (void)dirty, (void)set, (void)tag;
	return 0;
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
static inline uint64_t WALK(nth_bit)(uint64_t bits, uint32_t n)
{
	PLAIN_NTH_BIT(bits, n);
}
static inline uint32_t WALK(rearrange)(TAG *row, uint32_t ways, uint64_t before, uint64_t after)
{
	PLAIN_REARRANGE(row, ways, before, after, CACHE_BACKGROUND_WIDE);
}
static inline size_t WALK(locate_some)(const struct cache_hierarchy *h, int level,
				       const uint64_t *in, size_t n, int dirty, uint32_t *set,
				       TAG *tag)
{
	(void)h, (void)level, (void)in, (void)n, (void)dirty, (void)set, (void)tag;
	return 0;
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

#define WALK(name) avx512_##name
#define TAG uint32_t
#define WALK_WIDE 0
#define WALK_TARGET __attribute__((target("avx512f,bmi,bmi2,popcnt")))
#include "sim/cache/cache_walk_avx512.h"
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
static inline WALK_TARGET uint64_t WALK(nth_bit)(uint64_t bits, uint32_t n)
{
	/* some hosts with AVX2 take a hundred cycles for PDEP */
	PLAIN_NTH_BIT(bits, n);
}
static inline WALK_TARGET uint32_t WALK(rearrange)(TAG *row, uint32_t ways, uint64_t before,
						   uint64_t after)
{
	return plain_rearrange(row, ways, before, after);
}
static inline size_t WALK(locate_some)(const struct cache_hierarchy *h, int level,
				       const uint64_t *in, size_t n, int dirty, uint32_t *set,
				       TAG *tag)
{
	return plain_locate_some(h, level, in, n, dirty, set, tag);
}
#include "sim/cache/cache_walk.h"
#endif

#define VARIANT(name, wide)                                                                        \
#name, wide, name##_available,                                                             \
		{name##_block, name##_dirty_block }, name##_aged_block,                            \
		 {name##_missed, name##_aged_missed },                                             \
		  {name##_one, name##_aged_one }, name##_age_rows, name##_find_tag,                \
		   name##_general, name##_show_row

const struct cache_variant cache_variants[] = {
#if defined(__x86_64__)
	{VARIANT(avx512, false)},
	{VARIANT(avx2, false)},
#endif
	{VARIANT(plain, false)},
	{VARIANT(wide, true)},
};
const size_t cache_variants_nr = sizeof(cache_variants) / sizeof(cache_variants[0]);
