/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the running kernel which hooks it takes, by loading and attaching programs that do nothing. */
#ifndef BPF_LADDER_H
#define BPF_LADDER_H

#include "bpf/attach/hooks.h"

struct ladder {
	int chosen[HOOK_SLOT_MAX]; /* index into hooks[], or -1 */
	char why[160];		   /* what is refused as a whole; empty if nothing */
	bool fetch_and_add;	   /* BPF has it */
};

void ladder_climb(const struct btf *btf, struct ladder *ret);

#endif
