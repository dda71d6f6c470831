/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash map from 64-bit keys to 64-bit values, by open addressing, for keys that are not dense:
 * kernel pointers, (file, index), addresses of code.
 */
#ifndef BASE_IDMAP_H
#define BASE_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct idmap;

int idmap_create(struct idmap **ret, struct error *err) __must_check;
void idmap_destroy(struct idmap *map);

/* The value's place, or NULL. Valid until the next idmap_set() or idmap_remove(). */
uint64_t *idmap_find(const struct idmap *map, uint64_t key);
/* Adds the key or replaces its value. */
int idmap_set(struct idmap *map, uint64_t key, uint64_t value, struct error *err) __must_check;
/* True if the key was there. */
bool idmap_remove(struct idmap *map, uint64_t key);
size_t idmap_count(const struct idmap *map);

#endif
