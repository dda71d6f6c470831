// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>

#include "sim/cache.h"

enum { LAST_BITS = 64 }; /* what the last six bits of a line can be */

int cache_sample_sets(const struct cache_geometry *g, unsigned int one_in, uint64_t *ret,
		      struct error *err)
{
	uint64_t period = LAST_BITS, sampled = 0;

	if (one_in == 1) {
		*ret = UINT64_MAX;
		return 0;
	}
	/* lines whose numbers differ by that share a set nowhere, or may share one everywhere */
	for (int i = 0; i < 3; i++)
		while (g->level[i].size / g->level[i].ways / g->line % period)
			period /= 2;
	if (!one_in || one_in & (one_in - 1) || one_in > period)
		return error_set(err, -EINVAL,
				 "one set in %u cannot be sampled in these caches: only powers of "
				 "two up to %" PRIu64,
				 one_in, period);
	if (g->prefetch)
		return error_set(err, -ENOTSUP,
				 "a sample of the sets cannot have prefetchers, which bring lines "
				 "from one set into another");
	/*
	 * One of each `one_in` in a row, not in step: objects begin more often at round numbers. 11 is odd, so that
	 * the choices differ.
	 */
	for (uint64_t n = 0; n < LAST_BITS; n++) {
		uint64_t in_period = n % period;

		if (in_period % one_in == (in_period / one_in * 11 + one_in / 4) % one_in)
			sampled |= 1ULL << n;
	}
	*ret = sampled;
	return 0;
}
