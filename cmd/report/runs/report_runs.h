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
#include "cmd/replay/replay_args.h"

/* What one layout came to in one replay. */
struct outcome {
	uint64_t bytes, lines, fetches; /* of metadata at the end; touched; of these from memory */
	uint64_t filled; /* bytes if memory that is idle here were full of folios of one page */
};

/* Assumptions that are no parameters of a layout. */
#define ASSUMPTION_MACHINE "machine"
#define ASSUMPTION_PRESSURE "pressure"
#define ASSUMPTION_IDLE "idle memory"
#define ASSUMPTION_ALL "all at once"

/* One assumption and its other ends. */
struct assumption {
	const char *name;		/* of the parameter, or ASSUMPTION_*; borrowed */
	const char *question;		/* borrowed; may be NULL */
	size_t layout;			/* index of the layout that it is about */
	char standard[16], ends[2][16]; /* low and high */
	struct outcome outcome[2];	/* of the layout */
	struct outcome baseline[2];	/* under the same assumption */
};

enum { MAX_ASSUMPTIONS = REPLAY_MAX_LAYOUTS * (LAYOUT_MAX_PARAMS + 4), NR_PRESSURES = 3 };

/* What assumptions are best or worst for. */
enum report_answer_of { ANSWER_MEMORY, ANSWER_FETCHES, NR_ANSWERS };

/* All assumptions of a layout at once at the ends that are best, or worst, for one of its figures. */
struct joint {
	size_t layout;
	enum report_answer_of answer;
	bool worst;
	bool filled;	    /* idle memory is full of small folios */
	int pressure;	    /* index; -1: as assumed */
	char settings[512]; /* "folio=96, pressure=heavy": what is not as assumed */
	struct outcome outcome, baseline;
};

enum { JOINTS_EACH = 2 * NR_ANSWERS }; /* of a layout, one after the other */

struct report_trace {
	const char *path;
	char name[64];	   /* the file's, without its ending */
	char workload[64]; /* the same without a number at its end: what is repeated */
	char hash[40];	   /* XXH3 of the file, 128 bits */
	struct replay_result *result;
	struct outcome *pressures; /* report_under_pressure(); NULL if there was no sweep */
	size_t nr_assumptions;
	struct assumption *assumptions;
	size_t nr_joints;
	struct joint *joints; /* JOINTS_EACH for each proposal */
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

/* Fills in pressures and assumptions of a trace whose result is there. */
int report_sweep(const struct report_runs *runs, struct report_trace *t, struct replay_work *work,
		 struct error *err) __must_check;
/* Comes after that: all assumptions at once, as one more of them. */
int report_joint(const struct report_runs *runs, struct report_trace *t, struct replay_work *work,
		 struct error *err) __must_check;
/* The machine, as one more assumption, which is not among those taken at once. */
int report_machines(const struct report_runs *runs, struct report_trace *t,
		    struct replay_work *work, struct error *err) __must_check;
enum { REPORT_MACHINES_TRIED = 3 }; /* other machines for each layout, at the most */
/* How many layouts the three of them replay together for one trace, at the most. */
size_t report_sweep_size(const struct report_runs *runs);
const struct outcome *report_under_pressure(const struct report_runs *runs,
					    const struct report_trace *t, size_t pressure,
					    size_t layout);

/* The names of the pressures of a sweep: "none", "light", "heavy". */
extern const char *const report_pressures[NR_PRESSURES];

/* Pages that nobody has at the end; those whose use is not known are not among them. */
uint64_t report_free_pages(const struct replay_result *result);
void outcome_of(const struct replay_result *result, size_t layout, struct outcome *ret);

#endif
