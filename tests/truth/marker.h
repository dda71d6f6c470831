/* SPDX-License-Identifier: GPL-2.0-only */
/* How the guest tells the plugin where its workload begins and ends: stores to agreed user addresses. */
#ifndef TRUTH_MARKER_H
#define TRUTH_MARKER_H

/* Far from where Linux maps anything by itself: below 2^47 and above the usual heap, below the mmap area. */
#define TRUTH_MARKER_PAGE 0x4d454d000000ULL
#define TRUTH_MARKER_START TRUTH_MARKER_PAGE
#define TRUTH_MARKER_STOP (TRUTH_MARKER_PAGE + 64)

/* Then, one after the other, stores to this place plus each byte of what the clock was at the marker. */
#define TRUTH_MARKER_SAY (TRUTH_MARKER_PAGE + 256)
#define TRUTH_MARKER_BYTES 256

#endif
