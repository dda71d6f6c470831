/* SPDX-License-Identifier: GPL-2.0-only */
/* What the plugin saw, by kernel function and by class of work. */
#ifndef TRUTH_TRUTH_H
#define TRUTH_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sim/cache.h"
#include "sim/work.h"
#include "trace/symbols.h"

/* An instruction that loads and stores one place made one access, as in the access map. */
struct seen {
	uint64_t accesses, loads, stores, rmw, atomics;
	uint64_t hits[CACHE_LEVEL_MAX];
};

struct function {
	char name[64];
	enum work work;
	struct seen seen;
};

struct truth {
	bool cached; /* hits are known */
	uint64_t instructions;
	uint64_t other_hits[CACHE_LEVEL_MAX]; /* of what is not the memmap */
	struct seen works[WORK_MAX], total;
	uint64_t pieces[16]; /* accesses by four bytes of the struct page, without the recorder's */
	struct function *functions; /* most accesses first */
	size_t nr_functions;
};

int truth_read(const char *path, const struct symbols *symbols, struct truth *ret,
	       struct error *err) __must_check;
void truth_fini(struct truth *truth);

#endif
