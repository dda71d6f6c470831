// SPDX-License-Identifier: GPL-2.0-only
#include "tests/truth/plugin_counts.h"

#include <inttypes.h>
#include <stdlib.h>

static struct site *find(struct site *sites, size_t cap, uint64_t key, uint32_t call)
{
	size_t i =
		(size_t)(((key ^ (uint64_t)call << 13) * 0x9e3779b97f4a7c15ULL) >> 20) & (cap - 1);

	while (sites[i].key && (sites[i].key != key || sites[i].call != call))
		i = (i + 1) & (cap - 1);
	return &sites[i];
}

static void grow(struct counts *counts)
{
	size_t cap = counts->cap ? 2 * counts->cap : 1 << 14;
	struct site *sites = calloc(cap, sizeof(*sites));

	if (!sites) {
		fputs("truth plugin: out of memory\n", stderr);
		abort();
	}
	for (size_t i = 0; i < counts->cap; i++)
		if (counts->sites[i].key)
			*find(sites, cap, counts->sites[i].key, counts->sites[i].call) =
				counts->sites[i];
	free(counts->sites);
	counts->sites = sites;
	counts->cap = cap;
}

struct site *counts_site(struct counts *counts, uint64_t key, uint32_t call)
{
	struct site *site;

	if (2 * counts->nr >= counts->cap)
		grow(counts);
	site = find(counts->sites, counts->cap, key, call);
	if (!site->key) {
		site->key = key;
		site->call = call;
		counts->nr++;
	}
	return site;
}

void counts_print(const struct counts *counts, FILE *f)
{
	const char *separator = "\n";

	fputc('[', f);
	for (size_t i = 0; i < counts->cap; i++) {
		const struct site *s = &counts->sites[i];

		if (!s->key)
			continue;
		fprintf(f,
			"%s{\"pc\": \"ffffffff%08" PRIx64 "\", \"call\": \"ffffffff%08" PRIx32
			"\", \"offset\": %u, \"size\": %u, "
			"\"locked\": %s, \"loads\": %" PRIu64 ", \"stores\": %" PRIu64
			", \"rmw\": %" PRIu64 ", \"hits\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64
			", %" PRIu64 "]}",
			separator, s->key >> 32, s->call, (unsigned int)(s->key >> 8) & 63,
			1u << (s->key & 7), s->key >> 31 & 1 ? "true" : "false", s->loads,
			s->stores, s->rmw, s->hits[CACHE_L1], s->hits[CACHE_L2], s->hits[CACHE_LLC],
			s->hits[CACHE_MEMORY]);
		separator = ",\n";
	}
	fputs("]", f);
}
