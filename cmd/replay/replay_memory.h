/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of replay's text that is about memory: totals, descriptors, who pays, other machines, guests. */
#ifndef CMD_REPLAY_MEMORY_H
#define CMD_REPLAY_MEMORY_H

#include <stdbool.h>

#include "base/error.h"
#include "sim/replay/replay.h"

/* payers: also the totals by kind and by order. */
int replay_memory_print(const struct replay_result *result, bool payers,
			struct error *err) __must_check;

#endif
