/* SPDX-License-Identifier: GPL-2.0-only */
/* What cache_walk.h wants of its rows, with AVX-512: for cache_walk.c. */

/*
 * Search and reordering are one comparison and one masked shift by a lane: the lanes up to the hit, or
 * all ways on a miss, take their neighbour's value, and the first one takes the tag.
 */
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
/* Number n of the bits that are set. */
static inline WALK_TARGET uint64_t WALK(nth_bit)(uint64_t bits, uint32_t n)
{
	return _pdep_u64(1ULL << n, bits);
}
static inline WALK_TARGET uint32_t WALK(rearrange)(TAG *row, uint32_t ways, uint64_t before,
						   uint64_t after)
{
	const __m512i background = _mm512_set1_epi32((int)CACHE_BACKGROUND_NARROW);
	uint32_t all, room;
	__m512i here, lines;
	__mmask16 real;

	if (ways > 16)
		return plain_rearrange(row, ways, before, after);
	all = (1U << ways) - 1;
	here = _mm512_load_si512(row);
	real = _mm512_mask_test_epi32_mask((__mmask16)(all & ~before), here, here);
	lines = _mm512_maskz_compress_epi32(real, here);
	room = all & ~(uint32_t)after;
	here = _mm512_maskz_expand_epi32((__mmask16)room, lines);
	_mm512_store_si512(row, _mm512_mask_mov_epi32(here, (__mmask16)after, background));
	all = (uint32_t)__builtin_popcount(real);
	room = (uint32_t)__builtin_popcount(room);
	return all > room ? all - room : 0;
}
/* Eight accesses at once; lines of a few windows. As cache_locate_narrow(), whose division is two halves here. */
static inline WALK_TARGET __attribute__((always_inline)) size_t
WALK(locate_some)(const struct cache_hierarchy *h, int level, const uint64_t *in, size_t n,
		  int dirty, uint32_t *set, TAG *tag)
{
	enum { MANY = 8 };
	const struct cache_shape *s = &h->shape[level];
	const struct cache_window *only = &h->window[h->window_slot[0]];
	const __m512i sets = _mm512_set1_epi64(s->sets);
	const __m512i low = _mm512_set1_epi64((long long)(uint32_t)s->magic);
	const __m512i high = _mm512_set1_epi64((long long)(s->magic >> 32));
	const __m512i mark = _mm512_set1_epi64(CACHE_DIRTY(TAG));
	const __m512i within_window = _mm512_set1_epi64((1U << CACHE_WINDOW_SHIFT) - 1);

	if (h->nr_windows > MANY)
		return 0;
	for (size_t i = 0; i < n; i += 8) {
		const __mmask8 some = (__mmask8)(n - i < 8 ? (1U << (n - i)) - 1 : 0xff);
		const __m512i word = _mm512_maskz_loadu_epi64(some, in + i);
		/* without CACHE_BACK */
		const __m512i line = _mm512_srli_epi64(_mm512_slli_epi64(word, 1), 2);
		const __m512i within = _mm512_and_si512(line, within_window);
		__m512i base = _mm512_set1_epi64(only->base[level]);
		__m512i offset = _mm512_set1_epi64(only->offset[level]);
		__m512i quotient, at;

		for (uint32_t k = 1; k < h->nr_windows; k++) {
			const struct cache_window *w = &h->window[h->window_slot[k]];
			const __mmask8 its =
				_mm512_cmpeq_epi64_mask(_mm512_srli_epi64(line, CACHE_WINDOW_SHIFT),
							_mm512_set1_epi64((long long)w->key));

			base = _mm512_mask_mov_epi64(base, its, _mm512_set1_epi64(w->base[level]));
			offset = _mm512_mask_mov_epi64(offset, its,
						       _mm512_set1_epi64(w->offset[level]));
		}
		quotient = _mm512_srli_epi64(_mm512_mul_epu32(within, low), 32);
		quotient = _mm512_add_epi64(quotient, _mm512_mul_epu32(within, high));
		quotient = _mm512_srli_epi64(quotient, 32);
		at = _mm512_sub_epi64(within, _mm512_mul_epu32(quotient, sets));
		at = _mm512_add_epi64(at, offset);
		at = _mm512_min_epu64(at, _mm512_sub_epi64(at, sets));
		_mm256_storeu_si256((__m256i *)(set + i), _mm512_cvtepi64_epi32(at));
		at = _mm512_add_epi64(quotient, base);
		if (dirty >= 0)
			at = _mm512_or_si512(
				at,
				_mm512_and_si512(
					dirty < 31 ? _mm512_slli_epi64(
							     word, (unsigned int)(31 - dirty) & 63)
						   : _mm512_srli_epi64(
							     word, (unsigned int)(dirty - 31) & 63),
					mark));
		_mm256_storeu_si256((__m256i *)(tag + i), _mm512_cvtepi64_epi32(at));
	}
	return n;
}
