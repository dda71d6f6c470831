/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_REPLAY_SAMPLE_H
#define CMD_REPLAY_SAMPLE_H

#include "sim/replay/replay.h"

/* A table of what is estimated where only some sets were simulated, and how sure that is. */
int replay_sample_print(const struct replay_result *result, struct error *err) __must_check;

#endif
