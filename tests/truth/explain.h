/* SPDX-License-Identifier: GPL-2.0-only */
/* One comparison of a prediction with the truth, and its tables. */
#ifndef TRUTH_EXPLAIN_H
#define TRUTH_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cmd/table.h"
#include "tests/truth/predict.h"
#include "tests/truth/truth.h"

struct options {
	const char *folder, *from, *cache;
	uint64_t minimum; /* percent explained */
	bool json, markdown, misses, fields, summary;
	char **folders; /* with summary: [FROM:]OUT each */
	int nr_folders;
};

struct comparison {
	struct truth truth;
	struct prediction prediction;
	uint64_t predicted_atomics[WORK_MAX], predicted_atomics_total;
	uint64_t predicted[WORK_MAX], predicted_total, predicted_hits[CACHE_LEVEL_MAX];
	uint64_t ns;	    /* between the markers, by the clock of the recorded guest */
	uint64_t all;	    /* accesses of the kernel without the recorder's programs */
	uint64_t explained; /* by class no more than there were */
};

static inline double share(uint64_t part, uint64_t of)
{
	return of ? 100 * (double)part / (double)of : 0;
}

/* What went past a level. */
static inline uint64_t misses(const uint64_t hits[CACHE_LEVEL_MAX], enum cache_level level)
{
	uint64_t n = 0;

	/* an access that hits in a level fills all levels before it */
	for (int below = level + 1; below < CACHE_LEVEL_MAX; below++)
		n += hits[below];
	return n;
}

/* The table goes to standard output as the options say. */
int print(const struct options *o, struct table *t, struct error *err);

/* One line per run: what is explained, and the ratio of every class that is worth one. */
struct table *summary_create(struct error *err);
void summary_add(struct table *t, const struct options *o, const struct comparison *c);

int print_classes(const struct options *o, const struct comparison *c, struct error *err);
/* Sorts the functions by what is not explained of them. */
int print_functions(const struct options *o, struct comparison *c, struct error *err);
int print_fields(const struct options *o, const struct comparison *c, struct error *err);
int print_misses(const struct options *o, const struct comparison *c, struct error *err);

#endif
