/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_REPLAY_TRAFFIC_H
#define CMD_REPLAY_TRAFFIC_H

#include "base/error.h"
#include "sim/replay/replay.h"

/* Lines between the caches and memory. */
int replay_traffic_print(const struct replay_result *result, struct error *err) __must_check;

#endif
