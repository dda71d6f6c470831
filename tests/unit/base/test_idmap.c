// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/idmap.h"
#include "tests/draw.h"

/* Against an array indexed by key: random sets, finds and removals over few keys, so that runs collide. */
Test(idmap, behaves_like_an_array)
{
	enum { KEYS = 5000, STEPS = 400000 };
	uint64_t *oracle = calloc(KEYS, sizeof(*oracle)), seed = 88172645463325252ULL;
	size_t count = 0;
	struct idmap *map;

	cr_assert_eq(idmap_create(&map, NULL), 0);
	for (int i = 0; i < STEPS; i++) {
		uint64_t key = draw(&seed) % KEYS, value = draw(&seed) | 1, *found;

		switch (draw(&seed) % 3) {
		case 0:
			cr_assert_eq(idmap_set(map, key, value, NULL), 0);
			count += !oracle[key];
			oracle[key] = value;
			break;
		case 1:
			cr_assert_eq(idmap_remove(map, key), oracle[key] != 0);
			count -= oracle[key] != 0;
			oracle[key] = 0;
			break;
		default:
			found = idmap_find(map, key);
			cr_assert_eq(found ? *found : 0, oracle[key]);
		}
		cr_assert_eq(idmap_count(map), count);
	}
	for (uint64_t key = 0; key < KEYS; key++) {
		uint64_t *found = idmap_find(map, key);

		cr_assert_eq(found ? *found : 0, oracle[key]);
	}
	idmap_destroy(map);
	free(oracle);
}
