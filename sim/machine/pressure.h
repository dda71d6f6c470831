/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How hard the workload's own data presses on the caches: lines per second and CPU that it fills into each
 * level. Where a trace has what CPUs counted these are measured (pressure_series.h); else they are assumptions, with
 * names, printed with every result.
 *
 * Where the assumptions come from: a compiler run on Linux 6.12 in a 2 GiB guest, every access of kernel
 * and user space put through caches of 48K/12, 2M/16 and 8M/16. Of 285,465,009 accesses that were not to
 * page metadata, 1,922,345 were found in L2, 368,790 in the LLC and 1,018,591 in memory. So the levels
 * were filled with
 *	L1	1,922,345 + 368,790 + 1,018,591 = 3,309,726 lines: 2.386 for each fill of L2
 *	L2	            368,790 + 1,018,591 = 1,387,381 lines: 4.86 in 1000 accesses
 *	LLC	                      1,018,591 lines:             0.734 for each fill of L2
 * and these proportions are used for every rate; what a level takes in and the next one does not was found in that one. The
 * run was emulated and tells nothing of time; a CPU that makes 1 G data accesses a second (2.5 G instructions, 4 in 10 of which access data) would have
 * filled its L2 at 4.86 M/s. That is `light`, rounded. `heavy` is ten times as much: 50 M/s into L2 and
 * 36.7 M/s, 2.3 GB/s, from memory, a quarter of what one core of a current server reads in a plain scan.
 *
 * Under an assumption every online CPU presses all the time: that a CPU idles is not taken into account.
 */
#ifndef SIM_PRESSURE_H
#define SIM_PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct pressure {
	/* "none", "light", "heavy", "given", "trace"; static storage. NULL: as the trace measured it, or else none */
	const char *name;
	/* lines per second and CPU into L1, L2 and the LLC (enum cache_level); if measured: the means, once known */
	uint64_t fills[3];
	bool measured;	 /* fills are the trace's, CPU by CPU, over time */
	uint8_t derived; /* if measured: bits of the levels that follow from others by proportion */
	uint32_t one_in; /* if measured: of a sample's caches only so many are filled; 0: all */
};

/* The proportions of that run: fills of each level for 1000 of L2. */
extern const uint32_t pressure_per_mille[3];

#define PRESSURE_LIGHT_L2 5000000ULL /* fills of L2 per second and CPU */
#define PRESSURE_HEAVY_L2 50000000ULL

/* "none", "light", "heavy", "trace", or fills of L2 per second and CPU: digits, then k, M or G (powers of 1000). */
int pressure_parse(const char *text, struct pressure *ret, struct error *err) __must_check;
/* "no background pressure", or "background pressure light: 5 M lines/s per CPU into L2"; 160 bytes do. */
const char *pressure_format(const struct pressure *p, char *buf, size_t len);

static inline bool pressure_is_none(const struct pressure *p)
{
	return !p->measured && !p->fills[0] && !p->fills[1] && !p->fills[2];
}

static inline const char *pressure_name(const struct pressure *p)
{
	return p->name ? p->name : "none";
}

/* Fills of a level within the first ns nanoseconds, at `rate` a second. */
static inline uint64_t pressure_fills(uint64_t rate, uint64_t ns)
{
	return (uint64_t)((unsigned __int128)rate * ns / 1000000000);
}

#endif
