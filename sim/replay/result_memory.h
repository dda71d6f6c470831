/* SPDX-License-Identifier: GPL-2.0-only */
/* The JSON of everything about memory that goes beyond a layout's totals; see result_json.c. */
#ifndef SIM_RESULT_MEMORY_H
#define SIM_RESULT_MEMORY_H

#include "sim/replay/json_builder.h"
#include "sim/replay/replay.h"

/* Into a layout's object: who pays, break-even orders, open parameters, other machine sizes, guests. */
void put_layout_memory(struct builder *b, json_t *object, const struct replay_result *result,
		       const struct layout_result *layout);
/* Into the document: what the kinds cannot tell, what was assumed, the guests. */
void put_memory(struct builder *b, json_t *root, const struct replay_result *result);

#endif
