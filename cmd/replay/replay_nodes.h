/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_REPLAY_NODES_H
#define CMD_REPLAY_NODES_H

#include "sim/replay/replay.h"

/* Where there are several NUMA nodes: what was supposed about them, in one line; and what came from which. */
void replay_nodes_head(const struct replay_result *result);
int replay_nodes_print(const struct replay_result *result, struct error *err) __must_check;

#endif
