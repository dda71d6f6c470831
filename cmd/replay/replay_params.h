/* SPDX-License-Identifier: GPL-2.0-only */
/* Which answers to open questions a result is for. */
#ifndef CMD_REPLAY_PARAMS_H
#define CMD_REPLAY_PARAMS_H

#include "base/error.h"
#include "sim/replay/replay.h"

/* Every value that the sources leave open; and of those that were changed what the question is. */
int replay_params_print(const struct replay_result *result, struct error *err) __must_check;

#endif
