/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The replays behind a report: each trace as asked for, then under other pressures, and with every question
 * that a proposal leaves open answered the other way.
 */
#ifndef CMD_REPORT_RUNS_H
#define CMD_REPORT_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "cmd/replay_args.h"

/* What one layout came to in one replay. */
struct outcome {
	bool known;
	uint64_t bytes, lines, fetches; /* of metadata at the end; touched; of these from memory */
};

/* The name of the one about memory that nothing describes here. */
#define ASSUMPTION_IDLE "idle memory"

/* One assumption and its other ends. */
struct assumption {
	const char *name;     /* of the parameter, or "pressure", or "idle memory"; borrowed */
	const char *question; /* borrowed; may be NULL */
	size_t layout;	      /* index of the layout that it is about */
	char standard[16], ends[2][16]; /* low and high */
	struct outcome outcome[2];	/* of the layout */
	struct outcome baseline[2];	/* under the same assumption */
};

enum { MAX_ASSUMPTIONS = REPLAY_MAX_LAYOUTS * (LAYOUT_MAX_PARAMS + 2), NR_PRESSURES = 3 };

struct report_trace {
	const char *path;
	char name[64];	   /* the file's, without its ending */
	char workload[64]; /* the same without a number at its end: what is repeated */
	char hash[40];	   /* XXH3 of the file, 128 bits */
	struct replay_result *result;
	struct outcome *pressures; /* report_under_pressure(); NULL if there was no sweep */
	size_t nr_assumptions;
	struct assumption *assumptions;
};

struct report_runs {
	const struct replay_args *args;
	size_t baseline; /* index of the layout */
	bool quick;
	size_t nr;
	struct report_trace *traces;
};

/* runs->args, baseline and quick are set; the traces' names are borrowed. */
int report_runs_do(struct report_runs *runs, char *const *paths, size_t nr,
		   struct error *err) __must_check;
void report_runs_fini(struct report_runs *runs);
/* Whether a trace is the first of its workload. */
bool report_runs_begins(const struct report_runs *runs, size_t trace);

/* Fills in pressures and assumptions of a trace that has its result. */
int report_sweep(const struct report_runs *runs, struct report_trace *t, struct replay_work *work,
		 struct error *err) __must_check;
/* How many layouts that replays, at the most. */
size_t report_sweep_size(const struct report_runs *runs);
const struct outcome *report_under_pressure(const struct report_runs *runs,
					    const struct report_trace *t, size_t pressure,
					    size_t layout);

/* The names of the pressures of a sweep: "none", "light", "heavy". */
extern const char *const report_pressures[NR_PRESSURES];

void outcome_of(const struct layout_result *r, struct outcome *ret);

#endif
