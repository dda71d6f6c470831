// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache_sample.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "sim/cache_first.h"

/* Lines whose numbers differ by that share a set nowhere, or may share one everywhere. */
static uint32_t classes_of(const struct cache_geometry *g)
{
	uint32_t classes = CACHE_SAMPLE_CLASSES;

	for (int i = CACHE_L2; i <= CACHE_LLC; i++)
		while (g->level[i].size / g->level[i].ways / g->line % classes)
			classes /= 2;
	return classes;
}

/* Deterministic: xorshift, 64 bits (Marsaglia 2003). */
static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)((*state >> 32) * below >> 32);
}

static void choose(struct cache_sample *s)
{
	uint64_t state = 88172645463325252ULL;
	uint8_t order[CACHE_SAMPLE_MOST];

	for (uint32_t row = 0; row < s->nr; row++) {
		if (row % s->one_in == 0)
			for (uint32_t i = 0; i < s->one_in; i++) {
				uint32_t other = draw(&state, i + 1);

				order[i] = order[other];
				order[other] = (uint8_t)i;
			}
		s->chosen[row] = order[row % s->one_in];
	}
}

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
	if (geometry->level[CACHE_L1].ways > CACHE_FIRST_WAYS || geometry->plru & 1 << CACHE_L1 ||
	    geometry->llc_kind == CACHE_LLC_INCLUSIVE)
		return error_set(
			err, -ENOTSUP,
			"a sample of the sets needs an L1 of at most %d ways with LRU, from "
			"which no inclusive last level takes lines",
			CACHE_FIRST_WAYS);
	*s = (struct cache_sample){
		.one_in = one_in,
		.shift = (uint32_t)__builtin_ctz(one_in),
		.nr = classes / one_in,
	};
	choose(s);
	return 0;
}

void cache_sample_estimate(const struct cache_sample *s, enum cache_level level,
			   struct cache_sample_estimate *ret)
{
	const uint64_t *first = s->missed[CACHE_L1], *here = s->missed[level];
	double n = s->nr, x = 0, y = 0, xx = 0, xy = 0, yy = 0, slope, rest, missed;

	for (uint32_t i = 0; i < s->nr; i++) {
		x += (double)first[i];
		y += (double)here[i];
	}
	for (uint32_t i = 0; i < s->nr; i++) {
		double dx = (double)first[i] - x / n, dy = (double)here[i] - y / n;

		xx += dx * dx;
		xy += dx * dy;
		yy += dy * dy;
	}
	slope = xx > 0 ? xy / xx : 0;
	rest = yy - slope * xy;
	missed = s->one_in * y - slope * (s->one_in * x - (double)s->all_missed);
	/* at least those that were seen missed, and none that did not miss L1 */
	missed = fmax(y, fmin(missed, fmax(y, (double)s->all_missed)));
	ret->missed = missed;
	ret->factor = y > 0 ? missed / y : s->one_in;
	ret->error = s->one_in * sqrt(n * fmax(rest, 0) / (n - 2) * (1 - 1.0 / s->one_in));
}
