/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What if the kernel had handed out smaller folios? Rewrites the operations of a replay as if every
 * folio above an order had been so many folios of that order, allocated, used and freed one after the
 * other. Free blocks, slabs and page tables stay as traced. The trace cannot know what else such a kernel
 * would have done; results say which policy they are for.
 */
#ifndef SIM_POLICY_H
#define SIM_POLICY_H

#include <stdbool.h>

#include "base/error.h"
#include "sim/access/op.h"
#include "sim/pages/pages.h"

enum { POLICY_AS_TRACED = 255, POLICY_THP_ORDER = 9 };

struct policy {
	uint8_t max_order; /* of any folio; 0: a kernel without large folios */
	bool no_thp;	   /* anonymous folios of the PMD's order become order 0 */
	bool small_files;  /* and so do all folios of files */
};

static inline bool policy_is_none(const struct policy *policy)
{
	return policy->max_order == POLICY_AS_TRACED && !policy->no_thp && !policy->small_files;
}

/*
 * What a kernel with this code would have made of the recorded kernel's folios (bits by enum code): ext4 keeps files in large
 * folios since v6.16 (7ac67301e82f "ext4: enable large folio for regular file").
 */
struct policy policy_of_kernel(uint64_t recorded, uint64_t code);

/* What units there would be, by kind and order; everything else of the counts is copied. */
void policy_counts(const struct policy *policy, const struct pages_counts *counts,
		   struct pages_counts *ret);

/* Appends to out what the operations would have been. */
void policy_apply(const struct policy *policy, const struct op *ops, size_t nr,
		  struct op_list *out);

/* "folios as traced", "folios of order 0 only", "no anonymous THP": static or in buf. */
const char *policy_text(const struct policy *policy, char *buf, size_t len);

#endif
