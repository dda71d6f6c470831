/* SPDX-License-Identifier: GPL-2.0-only */
/* Replays of one trace of which only the totals are wanted, several layouts at a time. */
#ifndef CMD_REPORT_BATCH_H
#define CMD_REPORT_BATCH_H

#include "cmd/report/runs/report_runs.h"

/* Layouts that are replayed at once: enough for all cores, few enough for their pages' descriptors to fit. */
enum { REPORT_BATCH = 12 };

/* Layouts that are replayed together: the trace is decoded and its pages are followed once for all of them. */
struct report_batch {
	const struct report_runs *runs;
	const struct report_trace *trace;
	struct replay_work *work;
	bool memory_only; /* nothing but outcomes' bytes is wanted */
	size_t nr;
	struct layout *layouts[REPORT_BATCH];
	bool owned[REPORT_BATCH]; /* or else they are the command line's */
	struct pressure pressures[REPORT_BATCH];
	struct outcome *outcomes[REPORT_BATCH];
};

/*
 * What layout, which is taken over if it is owned, comes to under that pressure: in *ret once the batch has
 * run, which it does by itself when it is full.
 */
int report_batch_add(struct report_batch *b, struct layout *layout, bool owned,
		     const struct pressure *pressure, struct outcome *ret,
		     struct error *err) __must_check;
int report_batch_run(struct report_batch *b, struct error *err) __must_check;
void report_batch_clear(struct report_batch *b);

/* The layout as the command line made it, to be changed further. */
int report_layout_again(const struct replay_args *args, size_t layout, struct layout **ret,
			struct error *err) __must_check;
/* One more assignment. -EINVAL: the value cannot be, for example a stride below the size; -ENOMEM is told in err. */
int report_layout_vary(struct layout *layout, const char *name, const char *value,
		       struct error *err) __must_check;

#endif
