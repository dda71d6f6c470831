/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of `memsim replay` that only access-level traces have. */
#ifndef CMD_REPLAY_STREAM_H
#define CMD_REPLAY_STREAM_H

#include <stdbool.h>

#include "base/error.h"
#include "sim/replay/replay.h"

/* What could not be carried over to each layout; with `by_function` the functions and fields too. */
int replay_stream_print(const struct replay_result *result, bool by_function,
			struct error *err) __must_check;

#endif
