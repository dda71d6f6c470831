// SPDX-License-Identifier: GPL-2.0-only
#include "sim/heap/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct kept *, kept_destroy);

struct kept {
	unsigned int nr_caches, depth;
	uint8_t *nr;		 /* by CPU and cache */
	struct kept_unit *units; /* depth of them for each, the oldest first */
};

int kept_create(unsigned int nr_cpus, unsigned int nr_caches, unsigned int depth, struct kept **ret,
		struct error *err)
{
	_cleanup_(kept_destroyp) struct kept *k = calloc(1, sizeof(*k));
	size_t lists = (size_t)nr_cpus * nr_caches;

	if (!k)
		return error_nomem(err);
	k->nr_caches = nr_caches;
	k->depth = depth;
	k->nr = calloc(lists, sizeof(*k->nr));
	k->units = calloc(lists, depth * sizeof(*k->units));
	if (!k->nr || !k->units)
		return error_nomem(err);
	*ret = take_ptr(k);
	return 0;
}

void kept_destroy(struct kept *k)
{
	if (!k)
		return;
	free(k->nr);
	free(k->units);
	free(k);
}

slub_object kept_take(struct kept *k, unsigned int cpu, unsigned int cache, uint32_t pfn,
		      uint8_t order)
{
	size_t list = (size_t)cpu * k->nr_caches + cache;
	struct kept_unit *units = &k->units[list * k->depth];

	/* what was freed last is the likeliest to come back */
	for (unsigned int i = k->nr[list]; i-- > 0;) {
		slub_object object = units[i].object;

		if (units[i].pfn != pfn || units[i].order != order)
			continue;
		k->nr[list]--;
		memmove(&units[i], &units[i + 1], (k->nr[list] - i) * sizeof(*units));
		return object;
	}
	return SLUB_NONE;
}

bool kept_put(struct kept *k, unsigned int cpu, unsigned int cache, const struct kept_unit *unit,
	      struct kept_unit *ret_oldest)
{
	size_t list = (size_t)cpu * k->nr_caches + cache;
	struct kept_unit *units = &k->units[list * k->depth];
	bool full = k->nr[list] == k->depth;

	if (full) {
		*ret_oldest = units[0];
		k->nr[list]--;
		memmove(units, units + 1, k->nr[list] * sizeof(*units));
	}
	units[k->nr[list]++] = *unit;
	return full;
}
