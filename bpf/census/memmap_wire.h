/* SPDX-License-Identifier: GPL-2.0-only */
/* Between memmap.bpf.c and memmap.c. */
#ifndef BPF_MEMMAP_WIRE_H
#define BPF_MEMMAP_WIRE_H

#ifndef __bpf__
#include <stdint.h>
#endif

enum { MEMMAP_PAGES = 8192 }; /* of one call */

struct memmap_page {
	uint64_t kpf, count, memcg; /* as census_window has them */
};

/* The pages asked for in one call. */
struct memmap_args {
	uint64_t base; /* address of pfn 0's struct page */
	uint64_t pfn;
	uint32_t nr;
	uint32_t pad;
};

#endif
