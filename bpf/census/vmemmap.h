/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds where the kernel's array of struct page starts, without symbols and without tracefs: pages
 * that we touch are reported by the allocation tracepoint as pointers and by pagemap as numbers.
 */
#ifndef BPF_VMEMMAP_H
#define BPF_VMEMMAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Touches nr fresh pages one by one and tells their pfns. Needs CAP_SYS_ADMIN. */
int vmemmap_touch(uint64_t *pfns, size_t nr, struct error *err) __must_check;

/*
 * The base for which base + pfn * struct_size is among the pointers for most pfns; at least three
 * quarters must agree. -EPROTO: they do not.
 */
int vmemmap_solve(const uint64_t *pointers, size_t nr_pointers, const uint64_t *pfns,
		  size_t nr_pfns, uint32_t struct_size, uint64_t *ret_base,
		  struct error *err) __must_check;

#endif
