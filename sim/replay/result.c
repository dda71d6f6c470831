// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "sim/replay/replay.h"

void layout_result_traffic(const struct layout_result *r, struct memory_traffic *ret)
{
	*ret = (struct memory_traffic){
		.demand = r->total.hits[CACHE_MEMORY] - r->total.from[CACHE_OTHER_NODE] -
			  r->total.from[CACHE_OTHER_GROUP],
		.prefetched = r->caches.prefetches_memory,
		.written_back = r->writebacks.lines,
	};
	ret->lines = ret->demand + ret->prefetched + ret->written_back;
}

bool replay_has_source(const struct replay_result *result, enum cache_source source)
{
	if (source == CACHE_OTHER_GROUP)
		return result->has_groups;
	return result->nr_nodes > 1 || (source == CACHE_LOCAL && result->has_groups);
}

int replay_add_guest(struct replay_result *host, const char *name, struct replay_result *guest,
		     struct error *err)
{
	struct replay_guest *guests =
		reallocarray(host->guests, host->nr_guests + 1, sizeof(*guests));
	char *copy;

	if (!guests)
		return error_nomem(err);
	host->guests = guests;
	copy = strdup(name);
	if (!copy)
		return error_nomem(err);
	guests[host->nr_guests++] = (struct replay_guest){copy, guest};
	return 0;
}

void replay_result_destroy(struct replay_result *result)
{
	if (!result)
		return;
	for (size_t i = 0; i < result->nr_guests; i++) {
		free(result->guests[i].name);
		replay_result_destroy(result->guests[i].result);
	}
	free(result->guests);
	for (size_t i = 0; i < result->nr_layouts; i++) {
		free(result->layouts[i].heat);
		free(result->layouts[i].breakdown);
		free(result->layouts[i].stream);
		payers_fini(&result->layouts[i].payers);
	}
	free(result->layouts);
	free(result);
}
