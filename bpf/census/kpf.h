/* SPDX-License-Identifier: GPL-2.0-only */
/* What a page is, in one word: the bits of /proc/kpageflags and some more. For both sides of BPF. */
#ifndef BPF_KPF_H
#define BPF_KPF_H

/*
 * include/uapi/linux/kernel-page-flags.h and include/linux/kernel-page-flags.h; numbers are frozen
 */
enum kpf {
	KPF_LOCKED = 0,
	KPF_REFERENCED = 2,
	KPF_UPTODATE = 3,
	KPF_DIRTY = 4,
	KPF_LRU = 5,
	KPF_ACTIVE = 6,
	KPF_SLAB = 7,
	KPF_WRITEBACK = 8,
	KPF_RECLAIM = 9,
	KPF_BUDDY = 10,
	KPF_MMAP = 11,
	KPF_ANON = 12,
	KPF_SWAPCACHE = 13,
	KPF_SWAPBACKED = 14,
	KPF_COMPOUND_HEAD = 15,
	KPF_COMPOUND_TAIL = 16,
	KPF_HUGE = 17,
	KPF_UNEVICTABLE = 18,
	KPF_HWPOISON = 19,
	KPF_NOPAGE = 20,
	KPF_KSM = 21,
	KPF_OFFLINE = 23,
	KPF_ZERO_PAGE = 24,
	KPF_PGTABLE = 26,
	KPF_RESERVED = 32,
	KPF_MLOCKED = 33,
	KPF_PRIVATE = 35,

	/* what only the memmap tells, in bits that the kernel leaves alone */
	KPF_MEMMAP_PCP = 48,	 /* free, on a per-CPU list */
	KPF_MEMMAP_KMALLOC = 49, /* large kmalloc */
	KPF_MEMMAP_ZSMALLOC = 50,
	KPF_MEMMAP_NETPOOL = 51,
	KPF_MEMMAP_ORDER = 56, /* with BUDDY: the block's order + 1, in KPF_ORDER_BITS bits */
};

enum { KPF_ORDER_BITS = 5 };

#endif
