/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A layout's memory on a machine of another size that does the same: its memmap follows from the size; of
 * everything else there is as much per byte of RAM as on the recorded host. That is an assumption, and results
 * say so: a larger host may well have larger folios, or more of its memory free.
 */
#ifndef SIM_SCALE_H
#define SIM_SCALE_H

#include <stdint.h>

#include "sim/replay/replay.h"

struct scaled {
	uint64_t fixed_bytes; /* all but descriptors */
	uint64_t desc_bytes;
	uint64_t total_bytes, total_peak_bytes, total_mean_bytes;
};

void scale_layout(const struct replay_result *result, const struct layout_result *layout,
		  uint64_t ram_bytes, struct scaled *ret);

/* n per `of` bytes, on `to` bytes: rounded down, and exact beyond 2^64 in between. */
uint64_t scale_bytes(uint64_t n, uint64_t of, uint64_t to);

/* What per-TiB figures are per. */
#define SCALE_TIB (1ULL << 40)

#endif
