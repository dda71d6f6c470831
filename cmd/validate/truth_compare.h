/* SPDX-License-Identifier: GPL-2.0-only */
/* What memsim makes of a trace's events beside what an emulator saw: `memsim validate truth`. */
#ifndef CMD_TRUTH_COMPARE_H
#define CMD_TRUTH_COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cmd/table.h"
#include "cmd/validate/truth_replay.h"
#include "sim/access/work.h"

struct truth_opts {
	struct cache_geometry geometry;
	uint64_t minimum;   /* per cent explained */
	uint64_t period_ns; /* of the emulator's counters, at least; 0: as the trace has them */
	bool json, markdown, summary, misses;
};

/* A class of work, seen and predicted. */
struct truth_class {
	uint64_t seen, seen_atomics; /* accesses, those that only the emulator makes left out */
	uint64_t predicted, predicted_atomics;
	uint64_t
		as_often; /* predicted accesses per operation, for as many as the kernel of the truth had */
	uint64_t lines, predicted_lines;
};

struct truth_function {
	const char *name;
	enum work work;
	uint64_t accesses; /* as in truth_class */
	const struct truth_seen *seen;
};

struct truth_comparison {
	char *events, *accesses; /* the traces' names, borrowed */
	struct truth_window window;
	struct layout *layout;
	struct pressure_series *series; /* NULL: the emulator had no caches */
	uint64_t counted_ns;		/* from one of its readings to the next, in the mean */
	struct truth_replay truth, prediction;
	bool other_run;		 /* the events are of another run than the accesses; then also: */
	struct truth_replay own; /* what the events of the accesses' run make */
	struct truth_class works[WORK_MAX], total;
	uint64_t explained; /* by class no more than there were */
	uint64_t explained_as_often;
	uint64_t hits[CACHE_LEVEL_MAX], predicted_hits[CACHE_LEVEL_MAX];
	uint64_t emulator_hits[CACHE_LEVEL_MAX];
	uint64_t sharing[SHARING_MAX], predicted_sharing[SHARING_MAX];
	size_t nr_functions;
	struct truth_function functions[TRACE_MAX_FUNCTIONS + 1]; /* least explained first */
};

int truth_compare(const struct truth_opts *opts, char *events, char *accesses,
		  struct truth_comparison **ret, struct error *err) __must_check;
void truth_comparison_destroy(struct truth_comparison *c);

/* What its class lacks, spread over its functions: no operation says which function it stands for. */
uint64_t truth_unexplained(const struct truth_comparison *c, const struct truth_function *f);

static inline double truth_share(uint64_t part, uint64_t of)
{
	return of ? 100 * (double)part / (double)of : 0;
}

/* What went past a level: an access that hits in a level fills all levels before it. */
static inline uint64_t truth_misses(const uint64_t hits[CACHE_LEVEL_MAX], enum cache_level level)
{
	uint64_t n = 0;

	for (int below = level + 1; below < CACHE_LEVEL_MAX; below++)
		n += hits[below];
	return n;
}

/* truth_pressure.c: loads the series, from readings that are so far apart. */
int truth_pressure_load(struct truth_comparison *c, uint64_t period_ns,
			struct error *err) __must_check;

/* truth_tables.c */
int truth_print(const struct truth_opts *opts, const struct truth_comparison *c,
		struct error *err) __must_check;
/* One line per comparison: what is explained, and the error of every class that is worth one. NULL: no memory. */
struct table *truth_summary_create(struct error *err);
void truth_summary_add(struct table *t, const struct truth_comparison *c);
/* The folders that a trace lies in say more than its own name: the last two. */
void truth_name_run(const char *path, char name[128]);
/* How far a prediction is off, in per cent of the truth. */
void truth_add_error(struct table *t, uint64_t truth, uint64_t predicted);
int truth_print_table(const struct truth_opts *opts, struct table *t,
		      struct error *err) __must_check;
/* truth_misses.c: one line per comparison, by level; NULL: no memory */
struct table *truth_misses_create(struct error *err);
void truth_misses_add(struct table *t, const struct truth_comparison *c);
/* truth_json.c; NULL: no memory */
json_t *truth_to_json(const struct truth_comparison *c);

#endif
