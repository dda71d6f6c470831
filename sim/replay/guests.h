/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host and the virtual machines on it, each with a trace of its own: the memory of a guest has metadata in
 * the guest, and once more in the host, whose memory it is.
 *
 * Which of the host's pages back a guest is in no trace. It is taken to be anonymous memory, shmem and
 * hugetlb pages, as hypervisors use, at their mean cost there; and all of a guest's RAM is taken to be
 * backed, as far as the host has so much memory of these kinds.
 */
#ifndef SIM_GUESTS_H
#define SIM_GUESTS_H

#include <stdint.h>

#include "sim/replay/replay.h"

struct guests_cost {
	uint64_t host_bytes;	   /* all of the host's metadata */
	uint64_t host_twice_bytes; /* of these, for memory that backs guests */
	uint64_t guest_bytes;	   /* all of the guests' metadata */
	uint64_t total_bytes;	   /* host and guests together */
};

/* RAM of all guests, and how much of it the host is seen to back. */
uint64_t guests_ram_bytes(const struct replay_result *host);
uint64_t guests_backed_bytes(const struct replay_result *host);

/* The i-th layout of all of them, at the end of each trace. */
void guests_cost_of(const struct replay_result *host, size_t i, struct guests_cost *ret);

#endif
