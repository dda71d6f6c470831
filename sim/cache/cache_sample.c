// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/cache_sample.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Lines whose numbers differ by that, or a multiple, are all that may share a set. */
static uint32_t classes_of(const struct cache_geometry *g)
{
	uint32_t classes = CACHE_SAMPLE_CLASSES;

	for (int i = CACHE_L1; i <= CACHE_LLC; i++)
		while (g->level[i].size / g->level[i].ways / g->line % classes)
			classes /= 2;
	return classes;
}

size_t cache_sample_choose_plain(const uint64_t *bits, const uint64_t *words, size_t nr,
				 uint16_t *which)
{
	size_t chosen = 0;

	for (size_t i = 0; i < nr; i++) {
		uint64_t line = words[i] >> 1;

		which[chosen] = (uint16_t)i;
		chosen += bits[line / 64 % (CACHE_SAMPLE_CLASSES / 64)] >> line % 64 & 1;
	}
	return chosen;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))

/* The bits of eight words; `table` is all of them. */
static inline TARGET __mmask8 look_up(__m512i table, __m512i words)
{
	__m512i bits = _mm512_permutexvar_epi64(_mm512_srli_epi64(words, 7), table);
	__m512i at = _mm512_and_si512(_mm512_srli_epi64(words, 1), _mm512_set1_epi64(63));

	return _mm512_test_epi64_mask(_mm512_srlv_epi64(bits, at), _mm512_set1_epi64(1));
}

static TARGET size_t choose_avx512(const uint64_t *bits, const uint64_t *words, size_t nr,
				   uint16_t *which)
{
	const __m512i table = _mm512_loadu_si512(bits), step = _mm512_set1_epi32(16);
	__m512i numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	size_t chosen = 0;

	for (size_t i = 0; i < nr; i += 16, numbers = _mm512_add_epi32(numbers, step)) {
		uint32_t valid = nr - i < 16 ? (1U << (nr - i)) - 1 : 0xffff;
		__m512i low = _mm512_maskz_loadu_epi64((__mmask8)valid, words + i);
		__m512i high = _mm512_maskz_loadu_epi64((__mmask8)(valid >> 8), words + i + 8);
		uint32_t held = look_up(table, low) | (uint32_t)look_up(table, high) << 8;

		held &= valid;
		_mm256_storeu_si256((__m256i *)(which + chosen),
				    _mm512_cvtepi32_epi16(
					    _mm512_maskz_compress_epi32((__mmask16)held, numbers)));
		chosen += (size_t)__builtin_popcount(held);
	}
	return chosen;
}

static void choose_by(struct cache_sample *s)
{
	s->choose = __builtin_cpu_supports("avx512f") ? choose_avx512 : cache_sample_choose_plain;
}
#else
static void choose_by(struct cache_sample *s)
{
	s->choose = cache_sample_choose_plain;
}
#endif

int cache_sample_init(struct cache_sample *s, const struct cache_geometry *geometry,
		      unsigned int one_in, struct error *err)
{
	uint32_t classes = classes_of(geometry), most = classes / CACHE_SAMPLE_LEAST;

	most = most < CACHE_SAMPLE_MOST ? most : CACHE_SAMPLE_MOST;
	if (one_in < 2 || one_in & (one_in - 1) || one_in > most)
		return error_set(err, -EINVAL,
				 "one set in %u cannot be sampled in these caches: only powers of "
				 "two up to %" PRIu32,
				 one_in, most);
	if (geometry->prefetch)
		return error_set(err, -ENOTSUP,
				 "a sample of the sets cannot have prefetchers, which bring lines "
				 "from one set into another");
	*s = (struct cache_sample){
		.one_in = one_in,
		.nr = classes,
		.weight = 1,
		.change = CACHE_SAMPLE_ALL,
	};
	memset(s->bits, 0xff, sizeof(s->bits));
	choose_by(s);
	return 0;
}

size_t cache_sample_come(struct cache_sample *s, const uint64_t *words, size_t nr,
			 uint16_t which[CACHE_SAMPLE_ROOM], size_t *nr_which)
{
	if (nr > s->change - s->came)
		nr = s->change - s->came;
	*nr_which = s->choose(s->bits, words, nr, which);
	s->came += nr;
	s->taken += *nr_which;
	return nr;
}

struct rank {
	uint32_t nth;
	uint64_t missed; /* all levels together: what goes to memory counts most */
};

static int compare(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->missed != y->missed)
		return x->missed < y->missed ? 1 : -1;
	return x->nth < y->nth ? -1 : 1;
}

static uint32_t rank_classes(const struct cache_sample *s, struct rank *ranks)
{
	uint32_t nr = 0;

	for (uint32_t nth = 0; nth < s->nr; nth++)
		if (cache_sample_holds(s, nth))
			ranks[nr++] = (struct rank){nth, s->before[nth]};
	qsort(ranks, nr, sizeof(*ranks), compare);
	return nr;
}

/* Of each pair the one goes that keeps what stays nearest to what goes. */
static void halve(struct cache_sample *s)
{
	struct rank ranks[CACHE_SAMPLE_CLASSES];
	uint32_t nr = rank_classes(s, ranks);
	int64_t excess = 0; /* of what stays */

	for (uint32_t i = 0; i + 1 < nr; i += 2) {
		int64_t apart = (int64_t)(ranks[i].missed - ranks[i + 1].missed);
		bool first = excess <= 0;
		uint32_t gone = ranks[first ? i + 1 : i].nth;

		excess += first ? apart : -apart;
		for (uint32_t bit = gone; bit < CACHE_SAMPLE_CLASSES; bit += s->nr)
			s->bits[bit / 64] &= ~(1ULL << bit % 64);
	}
}

static uint32_t classes_in(const struct cache_sample *s)
{
	return s->nr / s->weight;
}

/* Sum of the squares of the deviations from the mean, of the classes in the sample since it changed. */
static double squares_of(const struct cache_sample *s, enum cache_level level)
{
	double sum = 0, squares = 0;

	for (uint32_t nth = 0; nth < s->nr; nth++) {
		double missed = (double)s->missed[level][nth];

		sum += missed;
		squares += missed * missed;
	}
	return squares - sum * sum / classes_in(s);
}

/* Of an estimate of all from `classes`, if the variance of one is that. */
static double variance_of_all(const struct cache_sample *s, double classes, double variance)
{
	double weight = s->nr / classes;

	return weight * weight * classes * variance * (1 - 1 / weight);
}

/*
 * Of what was missed since the sample changed. Of few classes the spread is not well known itself: with Student's
 * distribution, whose variance is (n - 1) / (n - 3), two standard errors hold as often as they should.
 */
static double variance_of(const struct cache_sample *s, enum cache_level level)
{
	double nr = classes_in(s);

	return variance_of_all(s, nr, squares_of(s, level) / (nr - 3));
}

/* Had half of the classes that are in the sample been in it since it changed: would they have told enough? */
static bool half_is_enough(const struct cache_sample *s)
{
	double lines = (double)(s->change - s->changed), nr = classes_in(s), most = 0;

	for (int level = CACHE_L1; level < CACHE_MEMORY; level++)
		most = fmax(most, variance_of_all(s, nr / 2, squares_of(s, level) / (nr - 1)));
	return sqrt(most) * 1000 <= CACHE_SAMPLE_ERROR * lines;
}

void cache_sample_change(struct cache_sample *s)
{
	const bool enough = half_is_enough(s);

	assert(cache_sample_is_due(s));
	for (int level = CACHE_L1; level < CACHE_MEMORY; level++) {
		s->variance[level] += variance_of(s, level);
		for (uint32_t nth = 0; nth < s->nr; nth++)
			s->before[nth] += s->missed[level][nth];
	}
	memset(s->missed, 0, sizeof(s->missed));
	if (enough) {
		halve(s);
		s->weight *= 2;
	}
	s->changed = s->change;
	s->change = s->weight < s->one_in ? 2 * s->change : UINT64_MAX;
}

double cache_sample_error(const struct cache_sample *s, enum cache_level level)
{
	return sqrt(fmax(s->variance[level] + variance_of(s, level), 0));
}
