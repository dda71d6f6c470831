/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the plugin of tests/truth writes while the emulator runs, until `memsim import --accesses` makes a trace of it:
 * little-endian 64-bit words, ACCESS_LOG_MAGIC and then three for each record.
 *
 *	word 0	ns of the emulator's own clock
 *	word 1	type in bits 60..63, and by type
 *		access	bytes from the start of the memmap (40 bits), cpu (8), log2 of the size (3), load, store, locked,
 *			level (3) as in ACCESS_LEVEL
 *		counter	its number: enum access_log_counter (8 bits), and of all but the first the cpu (as above). Those of one
 *			moment stand together: the first, then those of each CPU
 *		clock	0 at the beginning, 1 at the end
 *	word 2	access: low half of the instruction's address << 32 | that of the last call before it;
 *		counter: its value; clock: CLOCK_REALTIME of the guest at that moment
 */
#ifndef TRACE_ACCESS_LOG_H
#define TRACE_ACCESS_LOG_H

#include <stdint.h>

#define ACCESS_LOG_MAGIC UINT64_C(0x31676f6c6d656d8a) /* "\x8amemlog1" */

enum access_log_type { ACCESS_LOG_ACCESS, ACCESS_LOG_COUNTER, ACCESS_LOG_CLOCK };

/* Since the beginning: instructions of all CPUs, and where other data than the memmap was found, by level. */
enum access_log_counter {
	ACCESS_LOG_INSTRUCTIONS,
	ACCESS_LOG_OTHER, /* in L1; then L2, LLC, memory */
	ACCESS_LOG_COUNTERS = ACCESS_LOG_OTHER + 4,
};

enum {
	ACCESS_LOG_CPU_SHIFT = 40,
	ACCESS_LOG_SIZE_SHIFT = 48,
	ACCESS_LOG_LEVEL_SHIFT = 54,
	ACCESS_LOG_TYPE_SHIFT = 60,
};

#define ACCESS_LOG_ADDRESS ((UINT64_C(1) << ACCESS_LOG_CPU_SHIFT) - 1)
#define ACCESS_LOG_LOAD (UINT64_C(1) << 51)
#define ACCESS_LOG_STORE (UINT64_C(1) << 52)
#define ACCESS_LOG_LOCKED (UINT64_C(1) << 53)

struct access_log_record {
	uint64_t ns, what, site;
};

#endif
