/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads struct pages where they lie. Needs what kernels from v6.12 on have: page types in an
 * enumeration (4ffca5a96678), so that BTF tells their numbers, and bpf_loop() (e6f2dd0f8067,
 * v5.17). Tells what /proc/kpageflags cannot: pages on per-CPU lists, free blocks by their order,
 * and the pages of memory whose struct pages that file takes for uninitialised.
 */
#ifndef BPF_MEMMAP_H
#define BPF_MEMMAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/census/census.h"

struct memmap;

/* -EOPNOTSUPP: this kernel lacks something. base is the address of pfn 0's struct page. */
int memmap_create(uint64_t base, struct memmap **ret, struct error *err) __must_check;
void memmap_destroy(struct memmap *m);

/* What n pages are. n is at most MEMMAP_WINDOW. Pages without a struct page show KPF_NOPAGE. */
enum { MEMMAP_WINDOW = 8192 };

int memmap_read(struct memmap *m, uint64_t pfn, size_t n, const struct census_window *ret,
		struct error *err) __must_check;

#endif
