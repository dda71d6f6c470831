/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of a result's JSON: which lines, parts of the memmap, structures, fields, kinds and orders costs are of. */
#ifndef SIM_RESULT_DETAIL_H
#define SIM_RESULT_DETAIL_H

#include "sim/replay/json_builder.h"
#include "sim/replay/replay.h"

void put_sharing_misses(struct builder *b, json_t *object, const uint64_t misses[SHARING_MAX]);
/* Into the layout's object. */
void put_detail(struct builder *b, json_t *object, const struct replay_result *result,
		const struct layout_result *r);

#endif
