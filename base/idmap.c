// SPDX-License-Identifier: GPL-2.0-only
#include "base/idmap.h"

#include <stdlib.h>

#include "base/cleanup.h"

struct slot {
	uint64_t key, value;
};

/* Linear probing; `used` marks taken slots, and removal shifts the run back, so there are no tombstones. */
struct idmap {
	struct slot *slots;
	uint8_t *used;
	size_t mask, count;
};

DEFINE_CLEANUP(struct idmap *, idmap_destroy);

/* Finalizer of MurmurHash3 (Austin Appleby, public domain): every input bit reaches every output bit. */
static size_t mix(uint64_t key)
{
	key ^= key >> 33;
	key *= 0xff51afd7ed558ccdULL;
	key ^= key >> 33;
	key *= 0xc4ceb9fe1a85ec53ULL;
	key ^= key >> 33;
	return (size_t)key;
}

static int allocate(struct idmap *map, size_t size, struct error *err)
{
	map->slots = malloc(size * sizeof(*map->slots));
	map->used = calloc(size, 1);
	map->mask = size - 1;
	map->count = 0;
	return map->slots && map->used ? 0 : error_nomem(err);
}

int idmap_create(struct idmap **ret, struct error *err)
{
	_cleanup_(idmap_destroyp) struct idmap *map = calloc(1, sizeof(*map));
	int r = map ? allocate(map, 64, err) : error_nomem(err);

	if (r)
		return r;
	*ret = take_ptr(map);
	return 0;
}

void idmap_destroy(struct idmap *map)
{
	if (!map)
		return;
	free(map->slots);
	free(map->used);
	free(map);
}

/* Where the key is, or the free slot where it would go. */
static size_t locate(const struct idmap *map, uint64_t key)
{
	size_t i = mix(key) & map->mask;

	while (map->used[i] && map->slots[i].key != key)
		i = (i + 1) & map->mask;
	return i;
}

uint64_t *idmap_find(const struct idmap *map, uint64_t key)
{
	size_t i = locate(map, key);

	return map->used[i] ? &map->slots[i].value : NULL;
}

static void put(struct idmap *map, uint64_t key, uint64_t value)
{
	size_t i = locate(map, key);

	map->count += !map->used[i];
	map->used[i] = 1;
	map->slots[i] = (struct slot){key, value};
}

static int grow(struct idmap *map, struct error *err)
{
	struct idmap bigger = {0};
	int r = allocate(&bigger, (map->mask + 1) * 2, err);

	if (r) {
		free(bigger.slots);
		free(bigger.used);
		return r;
	}
	for (size_t i = 0; i <= map->mask; i++)
		if (map->used[i])
			put(&bigger, map->slots[i].key, map->slots[i].value);
	free(map->slots);
	free(map->used);
	*map = bigger;
	return 0;
}

int idmap_set(struct idmap *map, uint64_t key, uint64_t value, struct error *err)
{
	if (map->count * 3 >= map->mask * 2) {
		int r = grow(map, err);

		if (r)
			return r;
	}
	put(map, key, value);
	return 0;
}

bool idmap_remove(struct idmap *map, uint64_t key)
{
	size_t hole = locate(map, key);

	if (!map->used[hole])
		return false;
	map->count--;
	for (size_t i = (hole + 1) & map->mask; map->used[i]; i = (i + 1) & map->mask) {
		size_t home = mix(map->slots[i].key) & map->mask;

		/* may slot i's entry move back to the hole without passing its home? */
		if (((i - home) & map->mask) >= ((i - hole) & map->mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	map->used[hole] = 0;
	return true;
}

size_t idmap_count(const struct idmap *map)
{
	return map->count;
}
