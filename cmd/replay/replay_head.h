/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands above the tables of a replay: of what trace they are, how faithful that is, and what was supposed. */
#ifndef CMD_REPLAY_HEAD_H
#define CMD_REPLAY_HEAD_H

#include "sim/replay/replay.h"

void replay_head_print(const struct replay_result *result, const char *path);

#endif
