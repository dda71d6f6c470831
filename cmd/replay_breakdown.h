/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_REPLAY_BREAKDOWN_H
#define CMD_REPLAY_BREAKDOWN_H

#include "base/error.h"
#include "sim/replay.h"

/* Costs by structure, field, kind of page and order; the result has breakdowns. */
int replay_breakdown_print(const struct replay_result *result, struct error *err) __must_check;

#endif
