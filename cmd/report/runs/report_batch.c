// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/runs/report_batch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void report_batch_clear(struct report_batch *b)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->owned[i])
			layout_destroy(b->layouts[i]);
	b->nr = 0;
}

int report_batch_run(struct report_batch *b, struct error *err)
{
	struct replay_result *result = NULL;
	struct replay_args args = *b->runs->args;
	int r;

	if (!b->nr)
		return 0;
	memcpy(args.layouts, b->layouts, b->nr * sizeof(b->layouts[0]));
	args.nr_layouts = b->nr;
	args.pressures = b->pressures;
	args.totals_only = true;
	/* without events nothing costs anything */
	args.memory_only |= b->memory_only || !b->trace->result->events;
	r = replay_args_run(&args, b->trace->path, b->work, &result, err);
	for (size_t i = 0; !r && i < b->nr; i++)
		outcome_of(result, i, b->outcomes[i]);
	replay_result_destroy(result);
	report_batch_clear(b);
	return r;
}

int report_batch_add(struct report_batch *b, struct layout *layout, bool owned,
		     const struct pressure *pressure, struct outcome *ret, struct error *err)
{
	b->layouts[b->nr] = layout;
	b->owned[b->nr] = owned;
	b->pressures[b->nr] = *pressure;
	b->outcomes[b->nr++] = ret;
	return b->nr == REPORT_BATCH ? report_batch_run(b, err) : 0;
}

int report_layout_again(const struct replay_args *args, size_t layout, struct layout **ret,
			struct error *err)
{
	const struct layout *like = args->layouts[layout];
	struct layout *again;
	int r = layout_load(args->names[layout], &again, err);

	for (size_t i = 0; !r && i < like->nr_params; i++) {
		char set[64];

		if (!like->params[i].set)
			continue;
		snprintf(set, sizeof(set), "%s=%" PRIu32, like->params[i].name,
			 like->params[i].value);
		r = layout_set(again, set, err);
		if (r)
			layout_destroy(again);
	}
	if (!r)
		*ret = again;
	return r;
}

int report_layout_vary(struct layout *layout, const char *name, const char *value,
		       struct error *err)
{
	char assignment[64];
	int r;

	snprintf(assignment, sizeof(assignment), "%s=%s", name, value);
	r = layout_set(layout, assignment, NULL);
	return r == -ENOMEM ? error_nomem(err) : r ? -EINVAL : 0;
}
