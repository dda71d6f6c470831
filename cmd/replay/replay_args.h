/* SPDX-License-Identifier: GPL-2.0-only */
/* What `replay` and `report` have in common: layouts, machine, threads, and the run itself. */
#ifndef CMD_REPLAY_ARGS_H
#define CMD_REPLAY_ARGS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/replay/replay.h"

enum { REPLAY_MAX_LAYOUTS = 32, REPLAY_MAX_SETS = 32 };

struct replay_args {
	struct layout *layouts[REPLAY_MAX_LAYOUTS];
	char *names[REPLAY_MAX_LAYOUTS]; /* what each was loaded by */
	size_t nr_layouts;
	bool has_machine;
	struct machine machine;
	struct pressure pressure;
	const struct pressure *pressures; /* NULL, or each layout's own instead; borrowed */
	bool has_prefetch;
	uint8_t prefetch;
	unsigned int jobs; /* 0: one per CPU */
	bool partial;
	unsigned int sample_sets; /* 0: all */
	bool memory_only;
	bool events;	  /* of access-level traces the events, not the accesses */
	bool accesses;	  /* the accesses, and nothing else will do */
	bool totals_only; /* neither sharing nor translation: no option, but for sweeps */
	bool map;	  /* of memory, in the result */
	struct native_stream *native; /* NULL, or one for each layout, to be filled */
	bool detail; /* which lines and parts of the memmap are hot: for results that show it */
	const char *sets[REPLAY_MAX_SETS]; /* "folio.large=112"; borrowed from argv */
	size_t nr_sets;
	struct policy policy;
	const char
		*code; /* whose code is supposed; NULL: the recorded kernel's; borrowed from argv */
	bool parsed;   /* the command line is complete */
	const char *option; /* the first of these options that it has, without "--"; NULL: none */
};

/* What replay_args start as. */
#define REPLAY_ARGS_INIT                                                                           \
	{                                                                                          \
		.policy = {.max_order = POLICY_AS_TRACED }                                         \
	}

/* Children of a command's argp: the options that say what to replay, whose input is a struct replay_args, and those of all. */
extern const struct argp_child replay_args_children[];

/* Adds layouts by a comma-separated list of names and files. */
int replay_args_layouts(struct replay_args *args, const char *list, struct error *err) __must_check;
void replay_args_fini(struct replay_args *args);

/*
 * How much there is to do, for a progress line that tells when it will be done: replays of one layout, each of as
 * much as `each` says, for example bytes of the trace.
 */
struct replay_work {
	double total, done, each;
	uint64_t start_ns; /* 0: not begun */
};

/*
 * Opens the trace, replays it with a progress line, closes it. work may be NULL where this replay is all
 * there is.
 */
int replay_args_run(const struct replay_args *args, const char *path, struct replay_work *work,
		    struct replay_result **ret, struct error *err) __must_check;

/* Whose caches they are; in a buffer of at least 400 bytes. */
const char *replay_machine_text(const struct replay_result *result, char *buf, size_t len);

/* What must be said about a result on stderr; the exit status that follows from it. */
int replay_warn(const struct replay_result *result, const char *path);

#endif
