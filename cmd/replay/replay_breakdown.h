/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_REPLAY_BREAKDOWN_H
#define CMD_REPLAY_BREAKDOWN_H

#include "base/error.h"
#include "sim/replay/replay.h"

enum { BREAKDOWN_NAME = 96 };

/* A way to take costs apart, into `nr` parts at most. */
struct breakdown_way {
	const char *name, *doc; /* "STRUCTURE" */
	unsigned int nr;
	/* False: this part has nothing, in this layout. */
	bool (*part)(const struct layout_result *r, unsigned int i, char name[BREAKDOWN_NAME],
		     struct breakdown_row *ret);
};

enum { BY_STRUCTURE, BY_FIELD, BY_KIND, BY_ORDER, BREAKDOWN_WAYS };
extern const struct breakdown_way breakdown_ways[BREAKDOWN_WAYS];

/* Costs by structure, field, kind of page and order; the result has breakdowns. */
int replay_breakdown_print(const struct replay_result *result, struct error *err) __must_check;

#endif
